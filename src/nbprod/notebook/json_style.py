"""How a JSON file is laid out, and writing new values that look like their surroundings."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from nbprod.errors import EditConflict
from nbprod.notebook.json_map import Member, after_comma, read_object, skip_blanks, value_end
from nbprod.patterns import lazy_pattern

_HALF_PAIR = lazy_pattern("[\ud800-\udfff]")  # of surrogates: it can only be written as an escape
_ESCAPED_LETTER = lazy_pattern(rb"\\u(?:00[89a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])")


class Patch(NamedTuple):
    """Bytes to put in place of those from `start` to `end` of a file."""

    start: int
    end: int
    data: bytes


class JsonStyle(Struct, frozen=True, dict=True):
    """The layout of a JSON file.

    Attributes:
        indent: the white space of one level; None when the file is written on one line.
        newline: the line break between values.
        comma: what stands between two values on one line.
        colon: what stands between a key and its value.
        file: the whole file.
    """

    indent: str | None
    newline: str
    comma: str
    colon: str
    file: bytes

    @cached_property
    def escapes(self) -> bool:
        """Whether the file writes letters beyond ASCII as escapes; looked up when one is to be written."""
        return self.file.isascii() and any(
            _is_escape(self.file, found.start()) for found in _ESCAPED_LETTER.finditer(self.file)
        )

    def value(self, value: object, base: str = "") -> bytes:
        """A JSON value; `base` is the indentation of the line on which it starts."""
        written = self._dump(value, base, escape=False)
        if not written.isascii() and (self.escapes or _HALF_PAIR.search(written)):
            written = self._dump(value, base, escape=True)
        return written.encode()

    def _dump(self, value: object, base: str, *, escape: bool) -> str:
        comma = self.comma if self.indent is None else ","
        written = json.dumps(value, ensure_ascii=escape, indent=self.indent, separators=(comma, self.colon))
        return written.replace("\n", self.newline + base)

    def line(self, levels: int) -> bytes:
        """A line break and the indentation of a level; nothing when the file is written on one line."""
        return b"" if self.indent is None else (self.newline + self.indent * levels).encode()


def _is_escape(data: bytes, backslash: int) -> bool:
    """Whether a backslash is not escaped itself."""
    start = backslash
    while data[start - 1] == ord("\\"):
        start -= 1
    return (backslash - start) % 2 == 0


def style_of(data: bytes, start: int, members: Mapping[str, Member]) -> JsonStyle:
    """The layout of the file whose outermost object starts at `start`."""
    lead = data[start + 1 : skip_blanks(data, start + 1)].decode()
    first = min(members.values())
    broken = "\n" in lead or "\r" in lead
    comma = data[first.end : after_comma(data, first.end)].decode()
    return JsonStyle(
        indent=re.split(r"[\r\n]", lead)[-1] if broken else None,
        newline="\r\n" if "\r\n" in lead else "\n",
        comma=comma if "," in comma and not broken else ", ",
        colon=data[value_end(data, first.key_start) : first.start].decode(),
        file=data,
    )


def line_indent(data: bytes, position: int) -> str:
    """The white space at the start of the line on which `position` stands."""
    start = data.rfind(b"\n", 0, position) + 1
    line = data[start:position]
    return line[: len(line) - len(line.lstrip(b" \t"))].decode()


def set_member(data: bytes, start: int, path: tuple[str, ...], value: object, style: JsonStyle) -> Patch:
    """The patch that sets a value at a path of keys inside the object that starts at `start`.

    Raises:
        EditConflict: the path leads through a value that is no object.
    """
    members, end = read_object(data, start)
    key, *rest = path
    found = members.get(key)
    if found and rest:
        if not data.startswith(b"{", found.start):
            raise EditConflict(f"metadata `{key}` holds a plain value: nothing can be set inside it")
        return set_member(data, found.start, tuple(rest), value, style)
    if found:
        return Patch(found.start, found.end, style.value(value, line_indent(data, found.start)))
    for name in reversed(rest):
        value = {name: value}
    return _add_member(data, start, end, members, key, value, style)


def _add_member(
    data: bytes, start: int, end: int, members: Mapping[str, Member], key: str, value: object, style: JsonStyle
) -> Patch:
    """Put a member where sorted keys have it, which is how nbformat writes them."""
    if not members:
        return Patch(start, end, style.value({key: value}, line_indent(data, start)))
    indent = line_indent(data, skip_blanks(data, start + 1))
    written = b"%b%b%b" % (style.value(key), style.colon.encode(), style.value(value, indent))
    between = comma_in(data, start, min(members.values()).end, style)
    for name in sorted(members):
        if name > key:
            position = members[name].key_start
            return Patch(position, position, written + between)
    position = max(member.end for member in members.values())
    return Patch(position, position, between + written)


def comma_in(data: bytes, start: int, end: int, style: JsonStyle) -> bytes:
    """What separates the items of the array or object that starts at `start`; one of its items ends at `end`."""
    comma = data[end : after_comma(data, end)]
    if b"," in comma:
        return comma
    lead = data[start + 1 : skip_blanks(data, start + 1)]
    return b"," + lead if lead.strip(b" \t") else style.comma.encode()
