"""Rules of the dimension ideal-conditions."""
