"""The YAML header that jupytext puts on top of a text notebook, in comments."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from nbprod.patterns import lazy_pattern

_FENCE = "# ---"
_PREAMBLE = lazy_pattern(r"\#!|\#.*coding[:=]|\s*$")
_ENTRY = lazy_pattern(r"(?P<indent>[ ]*+)(?P<key>[\w.-]++):(?:[ ]++(?P<value>.*+))?$")
_LONGEST = 200
"""Lines that a header may have; jupytext writes fifteen."""


class Header(Struct, frozen=True):
    """What a header says.

    Attributes:
        metadata: the notebook's metadata.
        stop: the number of the first line (from 0) after it and what comes before it.
    """

    metadata: Mapping[str, Any]
    stop: int

    @property
    def jupytext(self) -> Mapping[str, Any]:
        """What it says to jupytext."""
        found = self.metadata.get("jupytext")
        return found if isinstance(found, Mapping) else {}

    @property
    def format_name(self) -> str | None:
        """How the cells are marked, in jupytext's words."""
        written = self.jupytext.get("text_representation")
        name = written.get("format_name") if isinstance(written, Mapping) else None
        return name if isinstance(name, str) else None

    @property
    def formats(self) -> tuple[str, ...]:
        """The files that are this notebook, too: "ipynb", "py:percent", "scripts//py"."""
        return formats_of(self.metadata)


def formats_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats that a notebook's metadata pair it with."""
    jupytext = metadata.get("jupytext")
    formats = jupytext.get("formats") if isinstance(jupytext, Mapping) else None
    return tuple(part.strip() for part in formats.split(",")) if isinstance(formats, str) else ()


def read_header(lines: list[str]) -> Header:
    """Read the header of a file; without one, only a first line for the shell and an encoding are passed over."""
    start = 0
    while start < min(len(lines), 3) and _PREAMBLE.match(lines[start]):
        start += 1
    if start >= len(lines) or lines[start].rstrip() != _FENCE:
        return Header({}, start if any(line.startswith("#") for line in lines[:start]) else 0)
    stop = start + 1
    while stop < min(len(lines), start + _LONGEST) and lines[stop].rstrip() != _FENCE:
        stop += 1
    if stop >= len(lines) or lines[stop].rstrip() != _FENCE:
        return Header({}, start)
    found = _mapping([line.removeprefix("#").removeprefix(" ") for line in lines[start + 1 : stop]])
    metadata = found.get("jupyter")
    return Header(metadata if isinstance(metadata, dict) else {}, stop + 1)


def _mapping(lines: list[str]) -> dict[str, Any]:
    """The mappings and plain values of a YAML text; of YAML no more is needed here."""
    root: dict[str, Any] = {}
    open_: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for line in lines:
        found = _ENTRY.match(line.rstrip())
        if found is None:
            continue
        indent = len(found["indent"])
        while open_[-1][0] >= indent:
            open_.pop()
        value = found["value"]
        holder = open_[-1][1]
        if value is None:
            holder[found["key"]] = inner = dict[str, Any]()
            open_.append((indent, inner))
        else:
            holder[found["key"]] = value.strip().strip("'\"")
    return root
