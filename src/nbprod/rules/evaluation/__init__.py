"""Rules of the dimension evaluation."""
