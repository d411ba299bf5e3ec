r"""Where things stand in a source: syntax-tree positions, code point offsets, lines and columns.

Python counts lines by ``\n``, ``\r\n`` and lone ``\r`` only (`str.splitlines` also splits at form feeds and
U+2028, so it is never used here) and columns in UTF-8 bytes. Everything else counts code points.
"""

import ast
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from nbprod.patterns import lazy_pattern

_LINE_BREAK = lazy_pattern(r"\r\n|\r|\n")


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character, as Python counts lines; never empty."""
    return [0, *(found.end() for found in _LINE_BREAK.finditer(text))]


class SourceMap:
    """Translates positions of one source text; positions outside the text are clamped to it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line's first character."""
        return line_starts(self.text)

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    @cached_property
    def _byte_columns(self) -> dict[int, list[int]]:
        return {}

    def offset(self, lineno: int, col_offset: int) -> int:
        """The code point offset of a syntax-tree position.

        Args:
            lineno: the line, from 1.
            col_offset: UTF-8 bytes from the start of the line.
        """
        starts = self.starts
        if lineno < 1:
            return 0
        if lineno > len(starts):
            return len(self.text)
        start = starts[lineno - 1]
        if not self._ascii:
            col_offset = self._code_points(lineno, col_offset)
        return min(start + max(col_offset, 0), len(self.text))

    def _code_points(self, lineno: int, col_offset: int) -> int:
        """How many code points of a line its first `col_offset` UTF-8 bytes hold."""
        columns = self._byte_columns.get(lineno)
        if columns is None:
            start, end = self.line_span(lineno)
            line = self.text[start:end]
            columns = [] if line.isascii() else list(accumulate(map(_utf8_length, line), initial=0))
            self._byte_columns[lineno] = columns
        if not columns:
            return col_offset
        return max(bisect_right(columns, col_offset) - 1, 0)

    def line_span(self, line: int) -> tuple[int, int]:
        """The half-open offsets of a line (from 1), its line break included."""
        starts = self.starts
        end = starts[line] if line < len(starts) else len(self.text)
        return starts[line - 1], end

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1 and in code points, of an offset."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def node_span(
        self, node: ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias
    ) -> tuple[int, int]:
        """The half-open offsets of a syntax-tree node (decorators not included, as in `ast`)."""
        start = self.offset(node.lineno, node.col_offset)
        if node.end_lineno is None or node.end_col_offset is None:
            return start, start
        return start, max(start, self.offset(node.end_lineno, node.end_col_offset))


def _utf8_length(char: str) -> int:
    code = ord(char)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
