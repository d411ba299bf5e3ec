"""Writes fixed notebooks: files in place, standard input to standard output."""

import sys
from collections.abc import Sequence
from pathlib import Path

from nbprod.cli.run import complain
from nbprod.errors import EditConflict
from nbprod.notebook import write_atomic
from nbprod.output import Repaired
from nbprod.protocol import Problem


class Saver:
    """Writes what changed, and says so when that lies outside of what the user named.

    Args:
        paths: The files and folders that the command was given.
        stdin_name: The name of the notebook that came from standard input, if one did.
    """

    def __init__(self, paths: Sequence[str], stdin_name: str | None) -> None:
        self.roots = [_root(Path(path)) for path in paths or ["."]]
        self.stdin_name = stdin_name

    def save(self, outcome: Repaired) -> Problem | None:
        """Write one notebook; what went wrong, if something did."""
        before = outcome.before
        if before.path == self.stdin_name:
            sys.stdout.buffer.write(outcome.data)
            return None
        if outcome.data == before.raw:
            return None
        path = Path(before.path)
        target = path.resolve()
        try:
            write_atomic(path, outcome.data, before.raw)
        except EditConflict as error:
            return Problem(path=before.path, stage="write", message=str(error).removeprefix(f"{path}: "))
        except OSError as error:
            return Problem(path=before.path, stage="write", message=error.strerror or str(error))
        if not any(target.is_relative_to(root) for root in self.roots):
            complain(f"note: {path} is a link: {target} was written")
        return None


def _root(path: Path) -> Path:
    """Where a path really is; a file that is a link counts by the place of the link."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
