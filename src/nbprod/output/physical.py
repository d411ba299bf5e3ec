"""Where things stand in the .ipynb file itself, for tools that know files and lines but no cells."""

import os
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from nbprod.errors import EditConflict, ReadError
from nbprod.notebook import Notebook, read_notebook
from nbprod.output import Outcome
from nbprod.protocol import Fix, Span


class Replacement(Struct, frozen=True):
    """Text to put in the place of a stretch of the file."""

    start: "Position"
    end: "Position"
    text: str


class Position(Struct, frozen=True):
    """A place in a file: its line, and its column in code points and in bytes of UTF-8, all from 1."""

    line: int
    column: int
    byte: int


class Physical:
    """The file of one notebook, read again when the first fix is asked for.

    Args:
        outcome: What came of checking it.
    """

    def __init__(self, outcome: Outcome) -> None:
        self._path = outcome.report.path
        self._cells = list(outcome.cells)
        self._notebook: Notebook | None = None
        self._gone = False

    def replacements(self, fix: Fix) -> list[Replacement]:
        """What a fix replaces in the file, in order; nothing when the file can't be edited in place or has changed."""
        from nbprod.kit.edit.merge import combine  # noqa: PLC0415  -- only some formats tell fixes by file
        from nbprod.notebook import patches  # noqa: PLC0415

        notebook = self._read()
        if notebook is None or not fix.edits:
            return []
        try:
            found = patches(notebook, combine(fix.edits))
            return [
                Replacement(_position(notebook.raw, start), _position(notebook.raw, end), data.decode())
                for start, end, data in found
            ]
        except (EditConflict, UnicodeDecodeError):
            return []

    def _read(self) -> Notebook | None:
        if self._notebook is None and not self._gone:
            try:
                notebook = read_notebook(Path(self._path))
            except ReadError:
                self._gone = True
                return None
            self._gone = [cell.source for cell in notebook.cells] != self._cells
            self._notebook = None if self._gone else notebook
        return self._notebook


def line_of(span: Span) -> int:
    """The line of the file on which a span starts; the first, where that is not known."""
    return span.file_line or 1


def shown_path(path: str) -> str:
    """A path as CI systems want it: from the current folder if it lies below, with forward slashes."""
    if os.path.isabs(path):  # noqa: PTH117
        inside = os.path.relpath(path)
        path = path if inside.startswith("..") else inside
    return os.path.normpath(path).replace(os.sep, "/")


def uri_of(path: str) -> str:
    """A path as a URI: relative, or with the scheme `file` when it lies elsewhere."""
    shown = shown_path(path)
    try:
        quoted = quote(os.fsencode(shown))
    except UnicodeEncodeError:
        quoted = quote(shown, errors="surrogatepass")
    return f"file://{quoted}" if shown.startswith("/") else quoted


def _position(raw: bytes, offset: int) -> Position:
    start = raw.rfind(b"\n", 0, offset) + 1
    column = len(raw[start:offset].decode("utf-8", "replace")) + 1
    return Position(raw.count(b"\n", 0, start) + 1, column, offset - start + 1)
