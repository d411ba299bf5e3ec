"""Rules of the dimension demo-gap."""
