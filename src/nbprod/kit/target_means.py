"""Averages of the target by groups, which become a feature of the rows they were taken from."""

import ast
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import leakage_of, split_data
from nbprod.semantic import Event, Tag, Value

_AVERAGES: Final = frozenset({"mean", "median", "sum", "std", "var", "min", "max", "nanmean", "average", "quantile"})
_EARLIER_ROWS: Final = frozenset({"shift", "rolling", "expanding", "ewm", "cumsum", "cumcount", "diff", "rank"})
"""What looks at rows before a row, and not at the row itself."""


def target_means(event: Event, ctx: Context) -> Event | None:
    """The split of rows that an average of the target by groups became a feature of; None if it did not."""
    known, data = leakage_of(ctx), event.inputs.get("X")
    if data is None or data.has(Tag.TRAIN | Tag.TEST) or known.targets.isdisjoint(_averaged(event, ctx)):
        return None
    if _fills_target(event, known.targets) or _picks_rows(event):
        return None
    later = (split for split in (*known.splits, *known.cross_validations) if split.order > event.order)
    return next((split for split in later if any(event in value.lineage for value in split_data(split))), None)


def _averaged(event: Event, ctx: Context) -> set[str]:
    """The columns that are averaged: "price" of `groupby("zip")["price"].mean()`, `….agg({"price": "mean"})`."""
    call, function = event.call, event.node.func
    if any(last_name(part) in _EARLIER_ROWS for part in ast.walk(event.node) if isinstance(part, ast.Attribute)):
        return set()
    how = call.argument(0, "func") if call.method in {"transform", "agg", "aggregate"} else None
    if how is not None and how.text not in {None, *_AVERAGES}:
        return set()
    pairs = (value.elements for value in call.keywords.values())
    named = {pair[0].text for pair in pairs if len(pair) == 2 and pair[1].text in _AVERAGES}
    if how is not None and isinstance(how.items, dict):
        named |= {column for column, value in how.items.items() if _is_average(value)}
    elif not named and isinstance(function, ast.Attribute):
        named = {_column(function.value, ctx)}
    return {name for name in named if isinstance(name, str)}


def _is_average(how: Value) -> bool:
    return any(value.text in _AVERAGES for value in (how, *how.elements))


def _column(groups: ast.expr, ctx: Context) -> str | None:
    """The column whose groups an expression is: `frame.groupby("zip")["price"]`, `pl.col("price").mean()`."""
    if isinstance(groups, ast.Subscript):
        return ctx.value(groups.slice).text
    column = ctx.value(groups).column
    while column is None and isinstance(groups, ast.Call) and isinstance(groups.func, ast.Attribute):
        if groups.func.attr == "col":
            return ctx.value(groups.args[0]).text if groups.args else None
        groups = groups.func.value
    return column


def _fills_target(event: Event, targets: frozenset[str]) -> bool:
    """Whether the average goes into the target itself, to fill its gaps."""
    match event.stmt.node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(column)))]):
            return column in targets
    return False


def _picks_rows(event: Event) -> bool:
    """Whether rows are picked by it: `df[df.groupby("user")["bought"].transform("sum") > 5]`."""
    keys = (part.slice for part in ast.walk(event.stmt.node) if isinstance(part, ast.Subscript))
    tests = (part for key in keys for part in ast.walk(key) if isinstance(part, ast.Compare))
    return any(event.node in ast.walk(test) for test in tests)
