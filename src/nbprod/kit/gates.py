"""Acceptance gates: what keeps a model that is not good enough from being saved."""

import ast
import re
from typing import Final

from nbprod.kit.blocks import last_name, nodes_in, walk_block
from nbprod.kit.context import Context
from nbprod.kit.findings import HOLE
from nbprod.kit.models import SavedModel
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Tag

_METRIC: Final = lazy_pattern(
    r"(?:\w*_)?(?:metrics?|scores?|acc|accuracy|auc|roc|f1|rmse|mae|mse|mape|r2|precision|recall|loss|error|performance"
    r"|threshold|quality|is_?better|passed|accepted|approved|beats)(?:_\w*)?|(?:min|max)_\w+|better_\w+",
    re.IGNORECASE,
)
_STOPS: Final = frozenset({"exit", "quit", "_exit", "abort", "fail", "skip", "notebook_exit"})
_GATES: Final = lazy_pattern(
    r"validate_evaluation_results|MetricThreshold|ModelCheckpoint|EarlyStopping|early_stopping|\w*AutoML\w*|automl"
)


def is_gated(saved: SavedModel, ctx: Context) -> bool:
    """Whether a score decides, before or around the call, if a model is saved.

    A search that picks the best of several models is no gate: nothing stops a bad best.
    """
    if any(_GATES.fullmatch(call.method) for call in ctx.model.all_calls):
        return True
    return any(_decides(node, saved, ctx) for cell, node in ctx.once(_tests) if cell <= saved.event.cell)


def _tests(ctx: Context) -> list[tuple[int, ast.If | ast.Assert]]:
    return [
        (cell.index, node)
        for cell in ctx.cells
        if cell.tree is not None
        for node in nodes_in(cell.tree)
        if isinstance(node, ast.If | ast.Assert)
    ]


def _decides(node: ast.If | ast.Assert, saved: SavedModel, ctx: Context) -> bool:
    if not _asks_for_score(node.test, ctx) or _is_hole(node.test, ctx):
        return False
    if isinstance(node, ast.Assert):
        return True
    inside = list(walk_block([*node.body, *node.orelse]))
    via = saved.event.call.via
    if any(part is saved.event.node or (via is not None and part is via.node) for part in inside):
        return True
    return any(isinstance(part, ast.Raise | ast.Return | ast.Assert) or _stops(part) for part in inside)


def _stops(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _STOPS


def _asks_for_score(test: ast.expr, ctx: Context) -> bool:
    """Whether a test depends on a score, by its lineage or by what it is called."""
    if ctx.value(test).has(Tag.METRIC):
        return True
    for part in ast.walk(test):
        if isinstance(part, ast.Name | ast.Attribute) and _METRIC.fullmatch(last_name(part)):
            return True
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _METRIC.fullmatch(part.value):
            return True
    return False


def _is_hole(test: ast.expr, ctx: Context) -> bool:
    """Whether a limit in a test is one of a template that nobody has filled in."""
    for part in ast.walk(test):
        for binding in ctx.model.bindings(part.id) if isinstance(part, ast.Name) else ():
            if binding.stmt is not None and isinstance(binding.stmt.node, ast.Assign):
                lines = ctx.notebook.cells[binding.cell].source.split("\n")
                if HOLE in lines[binding.stmt.node.lineno - 1]:
                    return True
    return False
