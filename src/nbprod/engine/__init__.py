"""Checks and fixes notebooks with the rules it is handed."""
