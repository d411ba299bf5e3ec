"""`python -m nbprod` is the command `nbprod`."""

from nbprod.cli import main

main(prog_name="nbprod")
