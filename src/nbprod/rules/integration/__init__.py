"""Rules of the dimension integration."""
