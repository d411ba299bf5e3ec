"""The rules, one file each, by dimension."""
