"""Where the parts of a notebook stand in the bytes of its file.

The file is scanned once, front to back, by regexes that never backtrack: one or two matches a cell, and token
by token only what nests deeper than notebooks do. Outputs, which may fill a hundred megabytes, are stepped over in one
comparison, because the decoder kept their bytes. Of two equal keys the last wins, as in every JSON decoder. The bytes
must be valid JSON: callers have decoded them before.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec

from nbprod.patterns import lazy_pattern

_BOM = b"\xef\xbb\xbf"
_DEPTH = 5
_WS = rb"[ \t\r\n]*+"
_COLON = rb"%b:%b" % (_WS, _WS)
_STRING = rb'"(?:[^"\\]++|\\.)*+"'


def _shallow_value() -> bytes:
    """A pattern for a JSON value that nests at most `_DEPTH` levels."""
    container = rb'[\[{](?:[^"\[\]{}]++|%b)*+[\]}]' % _STRING
    for _ in range(_DEPTH - 1):
        container = rb'[\[{](?:[^"\[\]{}]++|%b|%b)*+[\]}]' % (_STRING, container)
    return rb'(?:%b|[^\s"\[\]{},]++|%b)' % (_STRING, container)


_VALUE = _shallow_value()
_BLANKS = lazy_pattern(_WS)
_COMMA = lazy_pattern(rb"%b(?:,%b)?+" % (_WS, _WS))
_KEY = lazy_pattern(rb"(%b)%b" % (_STRING, _COLON), re.DOTALL)
_SHALLOW_VALUE = lazy_pattern(_VALUE, re.DOTALL)
_STRUCTURE = lazy_pattern(rb"(?P<string>%b)|(?P<open>[\[{])|(?P<close>[\]}])" % _STRING, re.DOTALL)
_LINE_OF_STRING = lazy_pattern(rb"(?:[^\\]++|\\[^n])++(?:\\n)?|\\n", re.DOTALL)
_CELL_MEMBERS = lazy_pattern(  # as many as come before the outputs or the end
    rb'%(ws)b(?:(?:"source"%(colon)b(?P<source>)|"metadata"%(colon)b(?P<metadata>)|(?!"outputs")"[^"\\]*+"%(colon)b)'
    rb'%(value)b%(ws)b(?:,%(ws)b)?+)*+(?:(?P<outputs>"outputs"%(colon)b)|(?P<close>\}))'
    % {b"ws": _WS, b"colon": _COLON, b"value": _VALUE},
    re.DOTALL,
)


class Member(NamedTuple):
    """One `"key": value` of an object: where the key starts, where the value starts and ends."""

    key_start: int
    start: int
    end: int


class CellSpan(NamedTuple):
    """Where a cell starts and ends, and where the values of the keys that edits touch start (-1: there are none)."""

    start: int
    end: int
    source: int
    outputs: int
    metadata: int


class Piece(NamedTuple):
    """One written part of a cell's source: an item of a list of strings, or a line of a single string.

    Attributes:
        start: where its bytes start, the quotes of a list's item included.
        end: where they end.
        text: what they say.
        offset: the code point offset of `text` in the source.
    """

    start: int
    end: int
    text: str
    offset: int


def skip_blanks(data: bytes, start: int) -> int:
    """The offset of the first byte at or after `start` that is no JSON white space."""
    found = _BLANKS.match(data, start)
    return found.end() if found else start


def value_end(data: bytes, start: int) -> int:
    """The offset after the JSON value that starts at `start`."""
    found = _SHALLOW_VALUE.match(data, start)
    return found.end() if found else _deep_value_end(data, start)


def _deep_value_end(data: bytes, start: int) -> int:
    depth = 0
    for token in _STRUCTURE.finditer(data, start):
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
            if not depth:
                return token.end()
    return len(data)


def read_object(
    data: bytes, start: int, end_of: Callable[[str, int], int] = lambda _key, _start: 0
) -> tuple[dict[str, Member], int]:
    """The members of the object that starts at `start`, and where it ends.

    Args:
        data: the file.
        start: the offset of the opening brace.
        end_of: tells from a key and the start of its value where that ends; 0 to have it looked up.
    """
    members: dict[str, Member] = {}
    position = skip_blanks(data, start + 1)
    while found := _KEY.match(data, position):
        key, value = json.loads(found[1].decode("utf-8", "replace")), found.end()
        end = end_of(key, value) or value_end(data, value)
        members[key] = Member(position, value, end)
        position = after_comma(data, end)
    return members, position + 1


def read_items(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Where each item of the array that starts at `start` starts and ends."""
    position = skip_blanks(data, start + 1)
    while position < len(data) and not data.startswith(b"]", position):
        end = value_end(data, position)
        yield position, end
        position = after_comma(data, end)


def after_comma(data: bytes, end: int) -> int:
    """Where the next item or member starts after one that ends at `end`; where the container closes after the last."""
    found = _COMMA.match(data, end)
    return found.end() if found else end


def _read_cell(data: bytes, start: int, outputs: bytes) -> CellSpan:
    """The cell that starts at `start`; `outputs` are the bytes of its outputs as the decoder saw them."""
    values = {"source": -1, "outputs": -1, "metadata": -1}
    position = start + 1
    while found := _CELL_MEMBERS.match(data, position):
        values.update((key, found.start(key)) for key in ("source", "metadata") if found[key] is not None)
        position = found.end()
        if found["close"]:
            return CellSpan(start, position, **values)
        values["outputs"] = position
        known = outputs and data.startswith(outputs, position)
        position = after_comma(data, position + len(outputs) if known else value_end(data, position))
    if not data.startswith(b"{", start):
        return CellSpan(start, value_end(data, start), -1, -1, -1)
    members, end = read_object(data, start)
    values = {key: members[key].start if key in members else -1 for key in values}
    return CellSpan(start, end, **values)


class JsonMap:
    """The byte spans of a notebook of nbformat 4 or later.

    Attributes:
        data: the file.
        start: where the notebook object starts.
        members: the members of the notebook object.
        cells: the cells in order.
    """

    def __init__(self, data: bytes, outputs: Sequence[bytes | msgspec.Raw]) -> None:
        """Scan a file; `outputs` are the undecoded outputs of its cells in order, which spares reading them."""
        self.data = data
        self._outputs = outputs
        self._pieces: dict[int, list[Piece]] = {}
        arrays: dict[int, list[CellSpan]] = {}

        def end_of(key: str, start: int) -> int:
            if key != "cells" or not data.startswith(b"[", start):
                return 0
            arrays[start], end = self._read_cells(start)
            return end

        self.start = skip_blanks(data, len(_BOM) if data.startswith(_BOM) else 0)
        self.members, _ = read_object(data, self.start, end_of)
        self.cells = arrays[self.members["cells"].start]

    def _read_cells(self, start: int) -> tuple[list[CellSpan], int]:
        cells: list[CellSpan] = []
        position = skip_blanks(self.data, start + 1)
        while position < len(self.data) and not self.data.startswith(b"]", position):
            outputs = bytes(self._outputs[len(cells)]) if len(cells) < len(self._outputs) else b""
            cells.append(_read_cell(self.data, position, outputs))
            position = after_comma(self.data, cells[-1].end)
        return cells, position + 1

    def pieces(self, cell: int) -> list[Piece]:
        """The written parts of the source of the cell at an index; none when it has no source or a strange one."""
        if cell not in self._pieces:
            self._pieces[cell] = list(_read_pieces(self.data, self.cells[cell].source))
        return self._pieces[cell]

    def line_of(self, cell: int, offset: int) -> int | None:
        """The line (from 1) of the file on which a code point offset of a cell's source is written."""
        pieces = self.pieces(cell)
        if not pieces:
            return None
        piece = pieces[max(bisect_right(pieces, offset, key=lambda piece: piece.offset) - 1, 0)]
        return self._first_lines[cell] + self.data.count(b"\n", self.cells[cell].start, piece.start)

    @cached_property
    def _first_lines(self) -> list[int]:
        """The line of the file on which each cell starts."""
        lines, line, counted = [], 1, 0
        for cell in self.cells:
            line += self.data.count(b"\n", counted, cell.start)
            counted = cell.start
            lines.append(line)
        return lines


def _read_pieces(data: bytes, source: int) -> Iterator[Piece]:
    if source < 0:
        return
    offset = 0
    if data.startswith(b'"', source):
        for found in _LINE_OF_STRING.finditer(data, source + 1, value_end(data, source) - 1):
            text = json.loads(b'"%b"' % found[0])
            yield Piece(*found.span(), text, offset)
            offset += len(text)
    elif data.startswith(b"[", source):
        items = list(read_items(data, source))
        if all(data.startswith(b'"', start) for start, _ in items):
            for start, end in items:
                text = json.loads(data[start:end])
                yield Piece(start, end, text, offset)
                offset += len(text)
