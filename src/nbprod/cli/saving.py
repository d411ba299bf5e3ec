"""Writes fixed notebooks: files in place, standard input to standard output."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbprod.cli.run import complain
from nbprod.errors import EditConflict, ReadError
from nbprod.notebook import parse_notebook, read_notebook, write_atomic
from nbprod.output import Repaired
from nbprod.protocol import Problem


class Saver:
    """Writes what changed, in all files of a jupytext pair, and says so when that lies outside of what the user named.

    What was not named by itself is not written when it lies, behind a link or as part of a pair, outside of the current
    folder, too: a repository might hold a link to somebody's files.

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
        try:
            files = [(Path(before.path), before.raw, outcome.data), *_partners(outcome)]
        except (EditConflict, ReadError) as error:
            return Problem(path=before.path, stage="read", message=f"not fixed, since it is paired: {error}")
        for path, old, new in sorted(files, key=lambda file: file[0].suffix != ".ipynb"):  # jupytext: text comes last
            problem = self._write(path, old, new)
            if problem is not None:
                return problem
            if path != Path(before.path):
                complain(f"note: {path} was written, too, since {before.path} is paired with it")
        return None

    def _write(self, path: Path, old: bytes, new: bytes) -> Problem | None:
        """Replace the bytes of one file."""
        target = path.resolve()
        is_told = not any(target.is_relative_to(root) for root in self.roots)
        if is_told and _root(path) not in self.roots and not target.is_relative_to(Path.cwd().resolve()):
            message = f"not written, since it leads out of the current folder, to {target}: name that file to fix it"
            return Problem(path=str(path), stage="write", message=message)
        try:
            write_atomic(path, new, old)
        except EditConflict as error:
            return Problem(path=str(path), stage="write", message=str(error).removeprefix(f"{path}: "))
        except OSError as error:
            return Problem(path=str(path), stage="write", message=error.strerror or str(error))
        if is_told and target != _root(path):
            complain(f"note: {path} is a link: {target} was written")
        return None


def _partners(outcome: Repaired) -> Iterator[tuple[Path, bytes, bytes]]:
    """The other files of a notebook that jupytext keeps in several: path, bytes as they are, and as they should be.

    Raises:
        EditConflict: One holds other cells.
        ReadError: One can't be read.
    """
    from nbprod.notebook.text.pairs import carried, partners_of  # noqa: PLC0415  -- only for what is written

    before, fixed = outcome.before, outcome.fixed
    for path in partners_of(before):
        if path.suffix not in {".ipynb", ".py"}:
            complain(f"note: {path} is paired with {before.path}: `jupytext --sync {before.path}` brings it in step")
        elif fixed is not None:
            other = read_notebook(path)
            yield path, other.raw, carried(before, parse_notebook(fixed.data, before.path), fixed.origins, other)


def _root(path: Path) -> Path:
    """Where a path really is; a file that is a link counts by the place of the link."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
