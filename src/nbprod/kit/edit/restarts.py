"""Cells that begin a new Python, as notebooks do behind an install: what was bound down to them is gone below."""

import re
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern

_RESTARTS: Final = lazy_pattern(r"\brestartPython\s*\(|\.do_shutdown\(|\bos\.kill\(\s*os\.getpid\b|\bos\._exit\(")
_INSTALLS: Final = lazy_pattern(r"^[ \t]*+%(?:pip|conda)\b", re.MULTILINE)
"""Magics after which Databricks restarts Python by itself."""


def fresh_start(ctx: Context, stop: int | None = None) -> int:
    """The index of the first cell whose names are still there at the end of the notebook, or in cell `stop`."""
    return max((cell + 1 for cell in ctx.once(_restarts) if stop is None or cell < stop), default=0)


def _restarts(ctx: Context) -> tuple[int, ...]:
    by_magic = any("databricks" in key for key in ctx.notebook.metadata)
    return tuple(
        cell.index
        for cell in ctx.notebook.code_cells
        if _RESTARTS.search(cell.source) or (by_magic and _INSTALLS.search(cell.source))
    )
