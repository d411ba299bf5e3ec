"""Where the parts of a notebook stand in the bytes of its file.

The file is scanned once, front to back, by possessive regexes that never backtrack. Outputs, which may fill a hundred
megabytes, are stepped over in one comparison where their undecoded bytes are known. Of two equal keys the last wins,
as in every JSON decoder. The bytes must be valid JSON: callers have decoded them before.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

_BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]*+")
_STRUCTURE = re.compile(rb'(?P<string>"(?:[^"\\]++|\\.)*+")|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
_LINE_OF_STRING = re.compile(rb"(?:[^\\]++|\\[^n])++(?:\\n)?|\\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Member:
    """One `"key": value` of an object: where the key starts, where the value starts and ends."""

    key_start: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CellSpan:
    """A cell's object in the file; `members` is empty for what is no object."""

    start: int
    end: int
    members: dict[str, Member]


@dataclass(frozen=True, slots=True)
class Piece:
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
    first = data[start : start + 1]
    if first in (b"{", b"["):
        return _container_end(data, start)
    found = (_STRING if first == b'"' else _SCALAR).match(data, start)
    return found.end() if found else len(data)


def _container_end(data: bytes, start: int) -> int:
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
    data: bytes, start: int, end_of: Callable[[str, int], int] | None = None
) -> tuple[dict[str, Member], int]:
    """The members of the object that starts at `start`, and where it ends.

    Args:
        data: the file.
        start: the offset of the opening brace.
        end_of: tells from a key and the start of its value where that ends, where there is a quicker way.
    """
    members: dict[str, Member] = {}
    position = skip_blanks(data, start + 1)
    while data.startswith(b'"', position):
        key_end = value_end(data, position)
        key = json.loads(data[position:key_end])
        value = skip_blanks(data, skip_blanks(data, key_end) + 1)
        end = end_of(key, value) if end_of else value_end(data, value)
        members[key] = Member(position, value, end)
        position = _after_comma(data, end)
    return members, position + 1


def read_items(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """The spans of the items of the array that starts at `start`."""
    position = skip_blanks(data, start + 1)
    while position < len(data) and not data.startswith(b"]", position):
        end = value_end(data, position)
        yield position, end
        position = _after_comma(data, end)


def _after_comma(data: bytes, end: int) -> int:
    position = skip_blanks(data, end)
    return skip_blanks(data, position + 1) if data.startswith(b",", position) else position


class JsonMap:
    """The byte spans of a notebook of nbformat 4 or later.

    Attributes:
        cells: the cells in order.
        members: the members of the notebook object.
    """

    def __init__(self, data: bytes, outputs: Sequence[bytes | msgspec.Raw]) -> None:
        """Scan a file; `outputs` are the undecoded outputs of its cells, in order."""
        self.data = data
        self.cells: list[CellSpan] = []
        self._outputs = outputs
        self._pieces: dict[int, list[Piece]] = {}
        start = skip_blanks(data, len(_BOM) if data.startswith(_BOM) else 0)
        self.members, _ = read_object(data, start, self._end_of_member)

    def _end_of_member(self, key: str, start: int) -> int:
        if key != "cells" or not self.data.startswith(b"[", start):
            return value_end(self.data, start)
        self.cells = []
        position = skip_blanks(self.data, start + 1)
        while position < len(self.data) and not self.data.startswith(b"]", position):
            cell = self._cell(position)
            self.cells.append(cell)
            position = _after_comma(self.data, cell.end)
        return position + 1

    def _cell(self, start: int) -> CellSpan:
        if not self.data.startswith(b"{", start):
            return CellSpan(start, value_end(self.data, start), {})
        index = len(self.cells)
        outputs = bytes(self._outputs[index]) if index < len(self._outputs) else b""

        def end_of(key: str, value: int) -> int:
            if key == "outputs" and outputs and self.data.startswith(outputs, value):
                return value + len(outputs)
            return value_end(self.data, value)

        members, end = read_object(self.data, start, end_of)
        return CellSpan(start, end, members)

    def pieces(self, cell: int) -> list[Piece]:
        """The written parts of the source of the cell at an index; none when it has no source or a strange one."""
        if cell not in self._pieces:
            source = self.cells[cell].members.get("source")
            self._pieces[cell] = list(self._read_pieces(source)) if source else []
        return self._pieces[cell]

    def _read_pieces(self, source: Member) -> Iterator[Piece]:
        data, offset = self.data, 0
        if data.startswith(b'"', source.start):
            for found in _LINE_OF_STRING.finditer(data, source.start + 1, source.end - 1):
                text = json.loads(b'"%b"' % found[0])
                yield Piece(*found.span(), text, offset)
                offset += len(text)
        elif data.startswith(b"[", source.start):
            for start, end in read_items(data, source.start):
                if data.startswith(b'"', start):
                    text = json.loads(data[start:end])
                    yield Piece(start, end, text, offset)
                    offset += len(text)

    def line_of(self, cell: int, offset: int) -> int | None:
        """The line (from 1) of the file on which a code point offset of a cell's source is written."""
        pieces = self.pieces(cell)
        if not pieces:
            return None
        piece = pieces[max(bisect_right(pieces, offset, key=lambda piece: piece.offset) - 1, 0)]
        start = self.cells[cell].start
        return self._first_lines[cell] + self.data.count(b"\n", start, piece.start)

    @cached_property
    def _first_lines(self) -> list[int]:
        """The line of the file on which each cell's object starts."""
        lines, line, counted = [], 1, 0
        for cell in self.cells:
            line += self.data.count(b"\n", counted, cell.start)
            counted = cell.start
            lines.append(line)
        return lines
