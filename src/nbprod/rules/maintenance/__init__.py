"""Rules of the dimension maintenance."""
