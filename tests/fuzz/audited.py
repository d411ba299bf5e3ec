"""Runs nbprod's command line as its script does, and writes down whatever Python's audit hooks tell of it.

    python audited.py LOG ARGUMENTS...

One event a line: its name and what it is about. The other processes of a run write to the same file.
"""

import os
import sys

LOG = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
QUIET = (
    "sys.",
    "builtins.id",
    "object.",
    "code.",
    "marshal.",
    "gc.",
    "os.listdir",
    "os.scandir",
    "import",
    "resource.",
)


def note(event: str, arguments: tuple[object, ...]) -> None:
    """Write down an event; of code that is run, the file that it is from, or that made it."""
    if event == "exec":
        made = getattr(arguments[0], "co_filename", "?")  # a dataclass runs "<string>", for one
        told = sys._getframe(1).f_code.co_filename if made.startswith("<") else made
    elif event == "compile":
        return  # to a syntax tree, or a module that is imported: running is another event
    elif event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        event, told = "write" if writes else "read", path
    elif event.startswith(QUIET):
        return
    else:
        told = arguments
    os.write(LOG, f"{event}\t{told!r}\n".encode("ascii", "backslashreplace"))


if __name__ == "__main__":
    sys.addaudithook(note)
    from nbprod.__main__ import main

    sys.exit(main())
