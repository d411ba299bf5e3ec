"""Notebooks laid out in every way that tools lay them out, and a slow, simple way to find things in them."""

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Notebook = dict[str, Any]
Layout = Callable[[Notebook], bytes]


def _nbformat(nb: Notebook) -> bytes:
    return (json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n").encode()


def _indented_oddly(nb: Notebook) -> bytes:
    text = json.dumps(nb, indent="\t", ensure_ascii=False, separators=(" ,", " : "))
    return re.sub(r"(?m)([\[{])([\]}])(?= ,$|$)", r"\1 \n\2", text).encode()


def _reversed(nb: Any) -> Any:
    if isinstance(nb, dict):
        return {key: _reversed(nb[key]) for key in sorted(nb, reverse=True)}
    return [_reversed(item) for item in nb] if isinstance(nb, list) else nb


LAYOUTS: dict[str, Layout] = {
    "nbformat": _nbformat,
    "escaped": lambda nb: json.dumps(nb, indent=1).encode(),
    "two spaces": lambda nb: json.dumps(nb, indent=2, ensure_ascii=False).encode(),
    "tabs": lambda nb: json.dumps(nb, indent="\t", ensure_ascii=False).encode(),
    "no indent": lambda nb: json.dumps(nb, indent=0, ensure_ascii=False).encode(),
    "compact": lambda nb: json.dumps(nb, separators=(",", ":"), ensure_ascii=False).encode(),
    "one line": lambda nb: json.dumps(nb).encode(),
    "CRLF": lambda nb: _nbformat(nb).replace(b"\n", b"\r\n"),
    "BOM": lambda nb: b"\xef\xbb\xbf" + _nbformat(nb),
    "keys backwards": lambda nb: _nbformat_unsorted(_reversed(nb)),
    "odd": _indented_oddly,
}


def _nbformat_unsorted(nb: Notebook) -> bytes:
    return (json.dumps(nb, indent=1, ensure_ascii=False) + "\n").encode()


SOURCES = st.text(alphabet="ab=1 \"'\\/\n\r\t{}[],:é日😀\u2028\x0b\x7f", max_size=40)
_TRAPS: list[Any] = [
    {"source": ["trap\n"], "outputs": [], "cells": [{"source": "trap"}]},
    {"a": [{"b": [{"c": [{"d": [{"e": [{"source": ["}", "]"]}]}]}]}]}]},
    {"text": 'a "source": [\\" }]'},
    {},
]


@st.composite
def notebooks(draw: st.DrawFn) -> Notebook:
    """Notebooks of few cells, with sources as lists or strings, and with traps in metadata and outputs."""
    cells = []
    for number in range(draw(st.integers(0, 4))):
        source = draw(SOURCES)
        as_list = draw(st.booleans())
        cell: Notebook = {
            "cell_type": draw(st.sampled_from(["code", "markdown", "raw"])),
            "id": f"id{number}",
            "metadata": draw(st.sampled_from(_TRAPS)),
            "source": source.splitlines(keepends=True) if as_list else source,
        }
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": draw(st.lists(st.sampled_from(_TRAPS), max_size=2))}
        cells.append(cell)
    return {"cells": cells, "metadata": draw(st.sampled_from(_TRAPS)), "nbformat": 4, "nbformat_minor": 5}


def written(layout: str, nb: Notebook) -> bytes:
    """The bytes of a notebook in a layout."""
    return LAYOUTS[layout](nb)
