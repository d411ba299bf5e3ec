"""What the features of a saved model went through, and whether that was saved, too."""

import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import is_model_fit, is_transformer_fit, split_data, transformer_type
from nbprod.kit.models import PREDICTORS, Piece, SavedModel, saved_objects
from nbprod.kit.preparation import encodes_target, name_of
from nbprod.kit.steps import constructor_of
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Tag, is_a

_PART_OF_NETWORKS: Final = ("keras.layers.", "keras.preprocessing.image.")
_SAVES: Final = lazy_pattern(
    r"save|dump|export|pickle|to_json|to_disk|get_config|register|log_|upload|put_|write|persist"
)
_COLUMNS: Final = lazy_pattern(
    r"columns|\bcols|features?(?:_|\b)(?!_(?:importance|selection))|feature_names|dummies|dtypes"
)
_RESULTS: Final = Tag.PREDICTION | Tag.PROBABILITY | Tag.METRIC
_TABLES: Final = frozenset({"csv", "excel", "parquet", "feather", "sql", "image"})
_ARRAYS: Final = frozenset({"numpy.ndarray", "pandas.DataFrame", "pandas.Series"})


def model_fits(piece: Piece, ctx: Context) -> list[Event]:
    """The trainings that a saved model is the outcome of, as far as they can be told."""
    name = last_name(piece.node)
    fits = [event for event in piece.value.lineage if is_model_fit(event)]
    if not fits and piece.kind == "network":
        fits = [event for event in ctx.model.events_of(EventKind.FIT) if event.call.method == "backward"]
    own = [event for event in fits if name and subject_name(event) == name]
    return sorted(own or fits, key=lambda event: event.order)


def subject_name(event: Event) -> str:
    """The name of what is fitted: "scaler" of `scaler.fit_transform(X)` and of `scaler = Scaler().fit(X)`; or empty."""
    function = event.node.func
    if not isinstance(function, ast.Attribute):
        return ""
    match event.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is event.node and function.attr == "fit":
            return last_name(function.value) or name
    return last_name(function.value)


def preparations(saved: SavedModel, ctx: Context) -> list[Event]:
    """What learned from data and changed the features of a saved model, and is saved nowhere, in order.

    Fits of transformers, and encodings such as `get_dummies`; those of the target are left out.
    """
    found: dict[str, Event] = {}
    for piece in saved.predictors:
        for fit in model_fits(piece, ctx)[-1:]:
            for event in _behind(fit):
                if event.order < fit.order and _prepares(event, ctx) and not is_kept(event, saved, ctx):
                    found.setdefault(subject_name(event) or event.call.method, event)
    return sorted(found.values(), key=lambda event: event.order)


def _behind(fit: Event) -> Iterator[Event]:
    for value in split_data(fit):
        yield from sorted(value.lineage, key=lambda event: event.order)


def _prepares(event: Event, ctx: Context) -> bool:
    if event.kind is EventKind.DERIVE:
        return event.detail == "encoding"
    if not is_transformer_fit(event) or transformer_type(event).startswith(_PART_OF_NETWORKS):
        return False
    return not encodes_target(event, ctx)


def is_kept(event: Event, saved: SavedModel, ctx: Context) -> bool:
    """Whether what an event learned is saved anywhere: as an object, in a pipeline, in a file of its own."""
    if event.kind is EventKind.DERIVE:
        return event.call.method == "get_dummies" and lists_features(ctx)
    name = subject_name(event)
    for other in saved_objects(ctx):
        for piece in other.pieces:
            if name and _is_among(name, piece.node, ctx):
                return True
            if piece.kind in PREDICTORS:
                made = constructor_of(piece.node, other.event.cell, ctx) if piece.node is not None else None
                if name and made is not None and _mentions(made.node, name):
                    return True
            elif _holds(piece, event, name):
                return True
    return bool(name) and any(_SAVES.search(call.method) and _mentions(call.node, name) for call in ctx.model.all_calls)


def _is_among(name: str, saved: ast.expr | None, ctx: Context) -> bool:
    """Whether what is saved stands for one object after the other, of which one has the name."""
    for binding in ctx.model.bindings(saved.id) if isinstance(saved, ast.Name) else ():
        loop = binding.stmt.node if binding.stmt is not None else None
        if not isinstance(loop, ast.For):
            continue
        held = [part.id for part in ast.walk(loop.iter) if isinstance(part, ast.Name)]
        made = (other.stmt.node for item in held for other in ctx.model.bindings(item) if other.stmt is not None)
        if name in held or any(isinstance(node, ast.Assign) and _mentions(node.value, name) for node in made):
            return True
    return False


def _holds(piece: Piece, event: Event, name: str) -> bool:
    """Whether a saved object is, or holds, what an event fitted."""
    value = piece.value
    if event in value.lineage and value.type not in _ARRAYS and not value.has(_RESULTS):
        return True
    return bool(name) and piece.node is not None and _mentions(piece.node, name)


def _writes(ctx: Context) -> list[Event]:
    return ctx.model.events_of(EventKind.WRITE, EventKind.PERSIST)


def lists_features(ctx: Context) -> bool:
    """Whether the columns that a model wants are saved anywhere: as a list, with their types, in its bundle."""
    listed = any(_COLUMNS.search(piece.key) for other in saved_objects(ctx) for piece in other.pieces)
    return listed or any(map(_holds_columns, _writes(ctx)))


def _holds_columns(event: Event) -> bool:
    return event.detail not in _TABLES and bool(_COLUMNS.search(ast.unparse(event.node)))


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name | ast.Attribute) and last_name(part) == name for part in ast.walk(node))


def preparation_name(event: Event, ctx: Context) -> str:
    """How a preparation is called in a message."""
    return name_of(event, ctx)


def is_column_wise(event: Event) -> bool:
    """Whether a transformer is one of scikit-learn, so that a pipeline may hold it."""
    return is_a(transformer_type(event), "sklearn.base.TransformerMixin")
