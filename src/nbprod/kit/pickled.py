"""What a pickle needs from this notebook: functions, classes and lambdas that live in it."""

import ast
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.models import SavedModel, path_node
from nbprod.kit.steps import constructor_of, listed
from nbprod.semantic import Event, EventKind, Function, Value

_BY_REFERENCE: Final = ("pickle.", "joblib.", "torch.save", "compress_pickle.")
"""They store of a function or class only where it is found; dill and cloudpickle store the code."""

_DEEP: Final = 15
_WIDE: Final = 200


class LocalObject(Struct, frozen=True):
    """A function, class or lambda of the notebook that a saved object refers to."""

    function: Function
    is_lambda: bool

    @property
    def name(self) -> str:
        """Its name; empty for a lambda."""
        return "" if self.is_lambda else self.function.name


def local_objects(saved: SavedModel, ctx: Context) -> list[LocalObject]:
    """What of this notebook is needed to load what a call saves, each once."""
    event = saved.event
    if not event.call.name.startswith(_BY_REFERENCE):
        return []
    if event.kind is EventKind.WRITE and not saved.predictors and _is_read_again(event, ctx):
        return []
    found: dict[ast.AST, LocalObject] = {}
    for piece in saved.pieces:
        for function in _in_object(piece.value, piece.node, event.cell, ctx):
            found.setdefault(function.node, LocalObject(function, isinstance(function.node, ast.Lambda)))
    return list(found.values())


def _is_read_again(event: Event, ctx: Context) -> bool:
    """Whether the notebook itself loads what it has saved: a cache."""
    path = path_node(event, ctx)
    loads = (load for load in ctx.model.events_of(EventKind.LOAD) if load.detail == "model")
    others = (path_node(load, ctx) for load in loads)
    return path is not None and any(other is not None and ast.dump(other) == ast.dump(path) for other in others)


def _in_object(value: Value, node: ast.expr | None, cell: int, ctx: Context) -> Iterator[Function]:
    if value.definition is not None and _is_instance(value, node):
        yield value.definition
    if node is None:
        return
    made = constructor_of(_searched(node, cell, ctx), cell, ctx)
    if made is not None and _makes_object(made.name):
        yield from _in_arguments([*made.node.args, *(keyword.value for keyword in made.node.keywords)], made.cell, ctx)


def _searched(node: ast.expr, cell: int, ctx: Context) -> ast.expr:
    """The search behind `best = search.best_estimator_`; any other expression as it is."""
    if isinstance(node, ast.Name):
        for binding in reversed(ctx.model.bindings(node.id)):
            statement = binding.stmt.node if binding.stmt is not None else None
            if binding.cell <= cell and isinstance(statement, ast.Assign):
                node = statement.value if isinstance(statement.value, ast.Attribute) else node
                break
    if isinstance(node, ast.Attribute) and node.attr == "best_estimator_":
        return node.value
    return node


def _is_instance(value: Value, node: ast.expr | None) -> bool:
    """Whether it is the function, class or instance itself, not what a method of it gave."""
    return node is None or not isinstance(node, ast.Attribute | ast.Subscript)


def _makes_object(name: str) -> bool:
    """Whether a call makes an object that keeps its arguments: a class, or `make_pipeline` and the like."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() or last.startswith("make_") or last in {"defaultdict", "partial"}


def _in_arguments(nodes: list[ast.expr], cell: int, ctx: Context) -> Iterator[Function]:
    """The functions and instances of the notebook among the arguments of a constructor, nested ones too."""
    pending: list[tuple[ast.expr, int, int]] = [(node, cell, 0) for node in nodes]
    for node, where, depth in pending:
        if len(pending) > _WIDE or depth > _DEEP:
            return
        value = ctx.value(node)
        if value.definition is not None and not isinstance(node, ast.Attribute | ast.Subscript):
            yield value.definition
            continue
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            pending += [(item, where, depth + 1) for item in node.elts]
        elif isinstance(node, ast.Dict):
            pending += [(item, where, depth + 1) for item in node.values]
        elif isinstance(node, ast.Call | ast.Name):
            made = constructor_of(node, where, ctx)
            if made is not None and _makes_object(made.name):
                inner = [*made.node.args, *(keyword.value for keyword in made.node.keywords)]
                pending += [(item, made.cell, depth + 1) for item in inner]
            elif made is None and isinstance(node, ast.Name):
                steps = (item for item in listed(node.id, where, ctx) if isinstance(item, ast.expr))
                pending += [(item, where, depth + 1) for item in steps]
