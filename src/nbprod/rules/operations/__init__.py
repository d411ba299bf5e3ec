"""Rules of the dimension operations."""
