"""Runs notebooks in a fresh kernel, and asks it what they left in memory. Needs nbclient: `nbprod[run]`."""
