"""Which columns had gaps when they were loaded and have none where a model learns from them, as a session knows."""

import ast
from typing import Final

from msgspec import Struct

from nbprod.evidence import Column, Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import given_table, table_at
from nbprod.kit.leakage import is_model_fit, transformer_type
from nbprod.kit.steps import steps
from nbprod.semantic import Event, EventKind

_NO_GAPS: Final = (
    "sklearn.linear_model.", "sklearn.svm.", "sklearn.neighbors.", "sklearn.naive_bayes.", "sklearn.neural_network.",
    "sklearn.discriminant_analysis.", "sklearn.gaussian_process.", "sklearn.kernel_ridge.",
)  # fmt: skip
_BOOSTING: Final = ("sklearn.ensemble.GradientBoosting", "sklearn.ensemble.AdaBoost")
"""Estimators that raise on the first gap, in all versions of scikit-learn."""
_FILLING: Final = frozenset({"fillna", "dropna", "interpolate", "ffill", "bfill", "where", "mask"})


class Gaps(Struct, frozen=True):
    """Columns with gaps in the table that an event loaded under a name, and none in the features of a fit."""

    columns: tuple[str, ...]
    table: str
    load: Event


def takes_no_gaps(event: Event, ctx: Context) -> bool:
    """Whether a model is trained that raises on gaps, and no step before it fills them."""
    if not is_model_fit(event):
        return False
    kinds = [*steps(event, ctx), transformer_type(event)]
    if any("mpute" in kind for kind in kinds):
        return False
    kind = kinds[-2] if kinds[-1].endswith(".Pipeline") and len(kinds) > 1 else kinds[-1]
    return kind.startswith((*_NO_GAPS, *_BOOSTING))


def gaps_before(ctx: Context, fit: Event) -> Gaps | None:
    """The columns whose gaps are gone before a fit; None if there are none, or a function sees to them."""
    if ctx.runtime is None or _has_filling_function(ctx):
        return None
    features = _features(ctx, fit.call.argument_node(0, "X"))
    data = fit.inputs.get("X")
    for load in sorted(data.lineage, key=lambda event: event.order) if data is not None and features else ():
        table = given_table(ctx, load) if load.kind in {EventKind.LOAD, EventKind.DB} else None
        if table is None or table.seen != table.rows:
            continue
        known = ((column, table.column(column.name)) for column in features)
        names = tuple(now.name for now, before in known if before is not None and before.nulls and not now.nulls)
        if names:
            return Gaps(names, ctx.runtime.name_given(load) or "", load)
    return None


def _features(ctx: Context, node: ast.expr | None) -> list[Column]:
    """The columns of a table in memory, or those that are picked out of it; none if any was counted in part."""
    names: set[str | None] | None = None
    if isinstance(node, ast.Subscript):
        names = {value.text for value in ctx.value(node.slice).elements}
        node = node.value
    table = table_at(ctx, node)
    if not isinstance(table, Table) or table.seen != table.rows:
        return []
    return [column for column in table.columns if names is None or column.name in names]


def _has_filling_function(ctx: Context) -> bool:
    """Whether gaps are filled or dropped inside of a function, which the code that predicts can call."""
    return any(call.method in _FILLING and call.stmt.function is not None for call in ctx.model.all_calls)
