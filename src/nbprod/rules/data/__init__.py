"""Rules of the dimension data."""
