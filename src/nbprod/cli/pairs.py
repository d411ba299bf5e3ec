"""Notebooks that jupytext keeps in two files are reported once, in the .ipynb."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from nbprod.notebook.text.pairs import ipynb_of
from nbprod.protocol import Problem


class Skipped(Struct, frozen=True):
    """A file that is not looked at, and why."""

    path: str
    reason: str


def without_pairs(found: Sequence[str | Problem]) -> Iterator[str | Problem | Skipped]:
    """Skip the Python files whose .ipynb is among what was found."""
    notebooks = {os.path.abspath(path) for path in found if isinstance(path, str)}  # noqa: PTH100 - keeps symlinks
    for item in found:
        partner = ipynb_of(Path(item)) if isinstance(item, str) and item.endswith(".py") else None
        if isinstance(item, str) and partner is not None and os.path.abspath(partner) in notebooks:  # noqa: PTH100
            yield Skipped(item, f"it is paired with {partner}, which says the same")
        else:
            yield item
