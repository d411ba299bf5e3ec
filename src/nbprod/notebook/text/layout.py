"""Where the cells of a text notebook stand in its file."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nbprod.patterns import lazy_pattern

if TYPE_CHECKING:
    from nbprod.notebook.text.dialect import Dialect

_LINE = lazy_pattern(r"([^\r\n]*+)(\r\n|\r|\n|\Z)")
_TOKEN = lazy_pattern(
    r"""
    \#[^\r\n]*+
  | (?P<long>'''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z) | \"\"\"(?:[^\\"]|\\.|"(?!""))*+(?:\"\"\"|\Z))
  | '(?:[^\\'\r\n]|\\(?:\r\n|.))*+'? | "(?:[^\\"\r\n]|\\(?:\r\n|.))*+"?
    """,
    re.VERBOSE | re.DOTALL,
)


class Lines:
    """The lines of a file, as Python counts them.

    Attributes:
        texts: the lines without their line breaks.
        starts: the code point offset of each line, and that of the end of the file.
        newline: the first line break of the file.
        text: all of it.
    """

    def __init__(self, text: str) -> None:
        found = [match for match in _LINE.finditer(text) if match.start() < len(text) or not text]
        self.texts = [match[1] for match in found]
        self.starts = [match.start() for match in found] + [len(text)]
        self.newline = next((match[2] for match in found if match[2]), "\n")
        self.text = text

    def inside_strings(self) -> frozenset[int]:
        """The lines that begin inside a string of several lines: no marker stands there."""
        if "'''" not in self.text and '"""' not in self.text:
            return frozenset()
        inside: set[int] = set()
        for token in _TOKEN.finditer(self.text):
            if token["long"]:
                first, last = (bisect_right(self.starts, place) for place in token.span())
                inside.update(range(first, last))
        return frozenset(inside)

    def is_blank(self, number: int) -> bool:
        """Whether a line (from 0) holds nothing."""
        return not self.texts[number].strip()


class Row(Struct, frozen=True):
    """One line of a cell's source, and the part of a line of the file that it was read from.

    Attributes:
        line: the line of the file, from 0.
        start: the column where the source's part begins: past a comment sign, say.
        end: the column where it ends; None for the end of the line.
        lead: what stands before it in the source, but not there in the file.
        is_fixed: the file says this in its own way, so it can't be edited.
    """

    line: int
    start: int = 0
    end: int | None = None
    lead: str = ""
    is_fixed: bool = False


class Block(Struct, frozen=True, kw_only=True):
    """One cell in its file.

    Attributes:
        kind: "code", "markdown" or "raw".
        rows: the lines of its source.
        first: the first line of the file that is the cell's: its marker, if it has one.
        last: the last one that is not blank.
        marker: the line of its marker; None when it has none.
        metadata: what the marker says.
        comment: what stands before each line of its source: "# " in a Markdown cell; "" in code.
    """

    kind: str
    rows: tuple[Row, ...]
    first: int
    last: int
    marker: int | None = None
    metadata: Mapping[str, Any] = {}
    comment: str = ""

    def source(self, lines: Lines) -> str:
        """The text of the cell."""
        return "\n".join(row.lead + lines.texts[row.line][row.start : row.end] for row in self.rows)


class TextMap:
    """Where the cells of a text notebook stand in its file; the counterpart of `JsonMap`.

    Attributes:
        lines: the file.
        cells: the cells in order.
        dialect: how the file marks its cells.
        encoding: that of the file.
    """

    def __init__(self, lines: Lines, cells: Sequence[Block], dialect: "Dialect", encoding: str) -> None:
        self.lines = lines
        self.cells = cells
        self.dialect = dialect
        self.encoding = encoding

    def line_of(self, cell: int, offset: int) -> int:
        """The line (from 1) of the file on which a code point offset of a cell's source stands."""
        block = self.cells[cell]
        return block.rows[self.row_at(cell, offset)].line + 1 if block.rows else block.first + 1

    def row_at(self, cell: int, offset: int) -> int:
        """The number (from 0) of the row of a cell that holds a code point offset of its source."""
        return bisect_right(self.row_starts(cell), offset) - 1

    def row_starts(self, cell: int) -> list[int]:
        """Where each row of a cell starts in its source."""
        rows = self.cells[cell].rows
        lengths = (len(row.lead) + len(self.lines.texts[row.line][row.start : row.end]) + 1 for row in rows)
        return list(accumulate(lengths, initial=0))[:-1]
