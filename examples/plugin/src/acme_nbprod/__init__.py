"""Rules of nbprod that only make sense at Acme."""
