"""What nbprod knows of libraries: one table a module, each with one `LIBRARY`."""
