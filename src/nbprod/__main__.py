"""The command `nbprod`, and `python -m nbprod`."""

import gc


def main() -> None:
    """Run the command line without the garbage collector's help.

    What is loaded at the start is no garbage, and what is left at the end goes with the process; looking
    through it takes a tenth of a short run. Long runs collect for themselves.
    """
    gc.disable()
    from nbprod.cli import main as command  # noqa: PLC0415

    try:
        command(prog_name="nbprod")
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
