"""What stands behind a cell marker: `Load the data [markdown] tags=["parameters"] {"key": 1}`."""

import json
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from nbprod.errors import EditConflict
from nbprod.patterns import lazy_pattern

_KIND = lazy_pattern(r"\[(markdown|md|raw)\]")
_KEY = lazy_pattern(r"(?:^|(?<=\s))([\w.:-]++)=")
_WORD = lazy_pattern(r"\S*+")
_DECODER = json.JSONDecoder()


class Options(Struct, frozen=True):
    """A marker's text, taken apart."""

    kind: str
    metadata: dict[str, Any]


def parse_options(text: str) -> Options:
    """Read a marker's text; what can't be read is part of the title."""
    head, metadata = _object(text)
    if not metadata:
        head, metadata = _pairs(text)
    found = _KIND.search(head)
    kind = "code" if found is None else "raw" if found[1] == "raw" else "markdown"
    return Options(kind, metadata)


def with_tags(marker: str, tags: Sequence[str]) -> str:
    """A marker that gives a cell these tags and is the same otherwise.

    Raises:
        EditConflict: It holds its metadata as one JSON object.
    """
    if _object(marker)[1]:
        raise EditConflict("the cell's metadata stand in its marker as JSON: add the tags there")
    written = f"tags={json.dumps(list(tags), ensure_ascii=False)}" if tags else ""
    for found in _KEY.finditer(marker):
        if found[1] == "tags":
            return (marker[: found.start()] + written + marker[_value(marker, found.end())[1] :]).rstrip()
    return f"{marker.rstrip()} {written}".rstrip()


def _object(text: str) -> tuple[str, dict[str, Any]]:
    """The text before a JSON object at the end, and the object."""
    start = text.find("{")
    if start < 0 or not text.rstrip().endswith("}") or text[max(start - 1, 0)] not in " \t{":
        return text, {}
    try:
        found = json.loads(text[start:])
    except (ValueError, RecursionError):
        return text, {}
    return (text[:start], found) if isinstance(found, dict) else (text, {})


def _pairs(text: str) -> tuple[str, dict[str, Any]]:
    """The text before the first `key=value`, and all of these."""
    metadata: dict[str, Any] = {}
    head: str | None = None
    position = 0
    while found := _KEY.search(text, position):
        head = text[: found.start()] if head is None else head
        metadata[found[1]], position = _value(text, found.end())
    return text if head is None else head, metadata


def _value(text: str, start: int) -> tuple[Any, int]:
    """The JSON value at an offset, or the word there; and where it ends."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        found = _WORD.match(text, start)
        end = found.end() if found else start
        return text[start:end], end
