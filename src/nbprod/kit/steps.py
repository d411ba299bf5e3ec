"""What an estimator was made with: the call that made it, and the steps of a pipeline or column transformer."""

import ast
from collections.abc import Iterator
from itertools import islice
from typing import Final

from nbprod.kit.context import Context
from nbprod.semantic import Call, Event, is_a

_CONTAINERS: Final = frozenset(
    {"Pipeline", "ColumnTransformer", "FeatureUnion", "make_pipeline", "make_column_transformer", "make_union"}
)
_MOST: Final = 40


def constructor(event: Event, ctx: Context) -> Call | None:
    """The call that made what an event is done to, where it stands in sight: `StandardScaler()`."""
    function = event.node.func if isinstance(event.node, ast.Call) else None
    if not isinstance(function, ast.Attribute):
        return None
    return _made_beside(function.value, event, ctx) or _made_by(function.value, event.cell, ctx)


def _made_beside(node: ast.expr, event: Event, ctx: Context) -> Call | None:
    """The call that a name is bound to in front of an event in the same block of a function."""
    stmt = event.stmt
    if stmt.function is None or not isinstance(node, ast.Name):
        return None
    for statement in reversed(stmt.block[: stmt.index]):
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == node.id for target in statement.targets
        ):
            return ctx.call(statement.value) if isinstance(statement.value, ast.Call) else None
    return None


def _made_by(node: ast.expr, cell: int, ctx: Context, depth: int = 4) -> Call | None:
    """The call behind an expression: the expression itself, its innermost receiver, or what its name is bound to."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        call = ctx.call(node)
        if call is not None and call.receiver is None:
            return call
        node = node.func.value
    if isinstance(node, ast.Call):
        return ctx.call(node)
    if not isinstance(node, ast.Name) or not depth:
        return None
    for binding in reversed(ctx.model.bindings(node.id)):
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell <= cell and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            return _made_by(statement.value, binding.cell, ctx, depth - 1)
    return None


def steps(event: Event, ctx: Context) -> list[str]:
    """The classes of the steps of a pipeline or column transformer that is fitted; empty when it is none.

    Those of nested ones are among them, the nested ones themselves are not.
    """
    call = constructor(event, ctx)
    return list(_steps(call, ctx, depth=3)) if call is not None and call.method in _CONTAINERS else []


def _steps(call: Call, ctx: Context, depth: int) -> Iterator[str]:
    pending: list[ast.AST] = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    for node in islice(pending, _MOST):
        if isinstance(node, ast.List | ast.Tuple):
            pending.extend(node.elts)
        elif isinstance(node, ast.Call | ast.Name):
            kind = ctx.value(node).type
            inner = _made_by(node, call.cell, ctx)
            if inner is not None and inner.method in _CONTAINERS and depth:
                yield from _steps(inner, ctx, depth - 1)
            elif kind is not None and (is_a(kind, "sklearn.base.BaseEstimator") or kind.startswith("pyspark.ml.")):
                yield kind
            elif isinstance(node, ast.Name) and inner is None:
                pending.extend(listed(node.id, call.cell, ctx))


def listed(name: str, cell: int, ctx: Context) -> list[ast.AST]:
    """The elements of a list of steps that has a name."""
    for binding in reversed(ctx.model.bindings(name)):
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell <= cell and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.List):
            return list(statement.value.elts)
    return []


def constructor_of(node: ast.expr, cell: int, ctx: Context) -> Call | None:
    """The call that made what an expression of a cell stands for, where it stands in sight."""
    return _made_by(node, cell, ctx)


def steps_of(made: Call, ctx: Context) -> list[str]:
    """The classes of the steps of what a call makes, if that is a pipeline or column transformer."""
    return list(_steps(made, ctx, depth=3)) if made.method in _CONTAINERS else []


def last_step(made: Call, ctx: Context) -> str | None:
    """The class of the last step of a pipeline, as it stands there: not what is inside of it; None if not in sight."""
    match made.node.args[:1]:
        case [ast.List(elts=[*_, ast.Tuple(elts=[_, step])])] if made.method == "Pipeline":
            return ctx.value(step).type
    return ctx.value(made.node.args[-1]).type if made.method == "make_pipeline" and made.node.args else None
