"""Rules of the dimension trust."""
