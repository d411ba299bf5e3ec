"""Rules of the dimension ownership."""
