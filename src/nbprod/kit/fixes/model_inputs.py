"""Saves with a model what its features went through."""

import ast
from collections.abc import Sequence
from typing import Final

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.model_inputs import is_column_wise, model_fits, subject_name
from nbprod.kit.models import ModelKind, SavedModel
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event, EventKind

_PICKLES: Final = frozenset({"pickle", "skops"})


def keep_fix(ctx: Context, saved: SavedModel, missing: Sequence[Event]) -> Plan:
    """Save one pipeline where a single transformer hands its output to the model; else all of it in a dictionary."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, saved.event.cell):
            node = saved.what
            if saved.event.detail not in _PICKLES or len(saved.pieces) != 1 or not isinstance(node, ast.Name):
                raise Declined("the format of the file holds a single model only")
            if any(event.stmt.function is not None for event in missing):
                raise Declined("the transformer lives in a function only")
            if _is_loaded_later(ctx, saved):
                raise Declined("the notebook loads the model again, and expects it alone")
            model = expression_site(ctx, node).text
            if _is_handed_on(ctx, saved, missing):
                imports, make_pipeline = ensure_import(ctx, "sklearn.pipeline", "make_pipeline", before=saved.event)
                return combine(imports, replace(ctx, node, f"{make_pipeline}({subject_name(missing[0])}, {model})"))
            entries = [f'"model": {model}', *(_entry(ctx, saved, event) for event in missing)]
            return replace(ctx, node, "{" + ", ".join(dict.fromkeys(entries)) + "}")

    return Plan("Save the model with what prepares its input", Safety.UNSAFE, build)


def _is_loaded_later(ctx: Context, saved: SavedModel) -> bool:
    loads = ctx.model.events_of(EventKind.LOAD)
    return any(load.detail in {"model", "pickle"} and load.order > saved.event.order for load in loads)


def _entry(ctx: Context, saved: SavedModel, event: Event) -> str:
    if event.kind is EventKind.FIT:
        name = subject_name(event)
        if not name or not ctx.model.bindings(name):
            raise Declined("the transformer has no name")
        if _is_fitted_again(ctx, name):
            raise Declined("several transformers bear the same name")
        return f'"{name}": {name}'
    if event.call.method != "get_dummies":
        raise Declined("the codes of factorize are not kept")
    fit = model_fits(saved.predictors[0], ctx)[-1]
    data = fit.node.args[0] if fit.node.args else None
    if not isinstance(data, ast.Name) or ctx.value(data).type != "pandas.DataFrame" or fit.stmt.function is not None:
        raise Declined("the frame that the model was trained on has no name")
    return f'"columns": list({data.id}.columns)'


def _is_fitted_again(ctx: Context, name: str) -> bool:
    """Whether a name stands for several transformers, or one that is fitted to several columns in turn."""
    fits = [event for event in ctx.model.events_of(EventKind.FIT) if subject_name(event) == name]
    looped = any(isinstance(outer.node, ast.For | ast.While) for event in fits for outer in event.stmt.ancestors())
    return len({event.node for event in fits}) > 1 or looped


def _is_handed_on(ctx: Context, saved: SavedModel, missing: Sequence[Event]) -> bool:
    """Whether the model learned from exactly what one transformer gave for all columns."""
    piece = saved.predictors[0]
    if len(missing) != 1 or missing[0].kind is not EventKind.FIT or piece.kind is not ModelKind.ESTIMATOR:
        return False
    (event,) = missing
    if not is_column_wise(event) or _is_fitted_again(ctx, subject_name(event)) or (piece.value.type or "") == "":
        return False
    fit = model_fits(piece, ctx)[-1]
    data = fit.node.args[0] if fit.node.args else None
    if isinstance(data, ast.Call):
        return data is event.node or _transforms(data, event)
    if not isinstance(data, ast.Name) or len(ctx.model.bindings(data.id)) != 1:
        return False
    (binding,) = ctx.model.bindings(data.id)
    made = binding.stmt.node if binding.stmt is not None else None
    gives = isinstance(made, ast.Assign) and isinstance(made.targets[0], ast.Name)
    return gives and isinstance(made, ast.Assign) and _is_whole(made.value, event)


def _is_whole(value: ast.expr, event: Event) -> bool:
    """Whether a value is what a transformer gave for a table that has a name, not for some of its columns."""
    if not isinstance(value, ast.Call) or not (value is event.node or _transforms(value, event)):
        return False
    return bool(value.args) and isinstance(value.args[0], ast.Name)


def _transforms(call: ast.Call, event: Event) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr != "transform":
        return False
    return isinstance(function.value, ast.Name) and function.value.id == subject_name(event)
