"""What went wrong in a session: warnings that cells showed, exceptions that code ended in while nothing caught them."""

import ast
import re
from collections.abc import Sequence
from typing import Final

from nbprod.evidence import Run
from nbprod.kit.context import Context
from nbprod.kit.saved_text import saved_texts
from nbprod.kit.statement_names import is_same_code
from nbprod.notebook import Cell
from nbprod.notebook.parsing import without_warnings
from nbprod.patterns import lazy_pattern

_WARNED: Final = lazy_pattern(r"^[^\n]{1,500}?:\d+: (?P<name>[A-Za-z]\w*(?:Warning|Error)): ", re.MULTILINE)
_SLIPS: Final = frozenset({"KeyboardInterrupt", "NameError", "UnboundLocalError", "SyntaxError", "IndentationError"})
"""What says something of the author, and nothing of the data or the network."""


def warnings_seen(ctx: Context, start: int) -> dict[str, Cell]:
    """The categories of warnings that cells from an index on showed when they ran, each with the first of them."""
    found: dict[str, Cell] = {}
    for cell in ctx.notebook.code_cells:
        for name in warnings_of(ctx, cell) if cell.index >= start else ():
            found.setdefault(name, cell)
    return found


def warnings_of(ctx: Context, cell: Cell) -> list[str]:
    """The categories of warnings that a cell showed when it ran in this session, as it stands."""
    if ctx.runtime is None or not cell.raw_outputs:
        return []
    ran = (run for run in ctx.runtime.session.runs if run.count == cell.execution_count)
    if not any(is_same_code(cell.source, run.source) for run in ran):
        return []
    return [warning["name"] for saved in saved_texts(cell) for warning in _WARNED.finditer(saved.text)]


def errors_seen(ctx: Context, block: Sequence[ast.stmt]) -> dict[str, Run]:
    """The exceptions that some statements ended in when they ran with nothing else, each with its first run."""
    found: dict[str, Run] = {}
    failed = [run for run in ctx.runtime.session.runs if run.error is not None] if ctx.runtime is not None else []
    own = [ast.dump(stmt) for stmt in block]
    for run in failed:
        if run.error is not None and run.error not in _SLIPS and _runs_only(run, own):
            found.setdefault(run.error, run)
    return found


def _runs_only(run: Run, own: Sequence[str]) -> bool:
    """Whether a run executed these statements, alone or guarded in some other way, and imports."""
    cell = Cell(index=0, id=None, type="code", source=run.source, tags=(), metadata={}, execution_count=None)
    with without_warnings():
        body = cell.tree.body if cell.tree is not None else []
    rest = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    if len(rest) == 1 and isinstance(rest[0], ast.Try):
        rest = rest[0].body
    return bool(rest) and [ast.dump(node) for node in rest] == list(own)
