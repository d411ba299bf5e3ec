"""Numbers that are worked out from data and put to use at once: means that fill gaps, standardisation by hand."""

import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit.blocks import last_name, mentions, targets_of
from nbprod.kit.context import Context
from nbprod.semantic import Event, EventKind, Stmt, Tag

_CENTRES: Final = frozenset({"mean", "median", "mode", "nanmean", "nanmedian", "average", "quantile", "percentile"})
_SPREADS: Final = frozenset({"std", "nanstd", "var", "sqrt", "iqr"})
_EXTREMES: Final = frozenset({"min", "max", "nanmin", "nanmax", "amin", "amax", "ptp"})
_KEEPS: Final = frozenset({EventKind.PERSIST, EventKind.WRITE})
_DEPTH: Final = 3


def calls_behind(node: ast.AST, stmt: Stmt, ctx: Context, depth: int = _DEPTH) -> Iterator[ast.Call]:
    """The calls in an expression, and in what its names are bound to."""
    yield from (part for part in parts_behind(node, stmt, ctx, depth) if isinstance(part, ast.Call))


def parts_behind(node: ast.AST, stmt: Stmt, ctx: Context, depth: int = _DEPTH) -> Iterator[ast.AST]:
    """All nodes of an expression, and of what its names are bound to."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Name):
            yield part
        elif depth:
            for value in _values_of(part.id, stmt, ctx):
                yield from parts_behind(value, stmt, ctx, depth - 1)


def _values_of(name: str, stmt: Stmt, ctx: Context) -> list[ast.expr]:
    """What a name is bound to by a plain assignment: in the function around, else in the notebook."""
    function = stmt.function
    if function is not None and not isinstance(function.node, ast.Lambda):
        found = [value for node in function.node.body for value in _assigned(node, name)]
        if found:
            return found[-1:]
    for binding in reversed(ctx.model.bindings(name)):
        if binding.stmt is not None and binding.cell <= stmt.cell:
            return _assigned(binding.stmt.node, name)
    return []


def _assigned(node: ast.AST, name: str) -> list[ast.expr]:
    if not isinstance(node, ast.Assign):
        return []
    found = []
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id == name:
            found.append(node.value)
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            found.extend(value for part, value in pairs if isinstance(part, ast.Name) and part.id == name)
    return found


def _uses(names: frozenset[str], node: ast.AST, stmt: Stmt, ctx: Context) -> bool:
    """Whether an expression comes from a call of one of these names, or a row of `describe()` that is called so."""
    return any(
        (isinstance(part, ast.Call) and last_name(part.func) in names)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value in names)
        for part in parts_behind(node, stmt, ctx)
    )


def filling_statistic(event: Event, ctx: Context) -> str:
    """The statistic that a `fillna` fills gaps with: "mean", "median", "mode"; empty when it is another value."""
    call = event.node
    value = event.call.argument_node(0, "value") if isinstance(call, ast.Call) else None
    return statistic_in(value, event.stmt, ctx) if value is not None else ""


def statistic_in(value: ast.expr, stmt: Stmt, ctx: Context) -> str:
    """The statistic that a value is, here or where its name is bound; empty when it is something else."""
    for found in calls_behind(value, stmt, ctx):
        name = last_name(found.func)
        if name == "transform":  # `groupby("a")["b"].transform("mean")`
            named = found.args[0] if found.args else None
            return str(named.value) if isinstance(named, ast.Constant) and named.value in _CENTRES else ""
        if name in _CENTRES:
            return name.removeprefix("nan")
    return ""


def filled_by_rows(node: ast.Assign) -> tuple[ast.expr, str, ast.expr] | None:
    """The frame, column and value of `df.loc[df["a"].isna(), "a"] = v`, `df["a"] = np.where(df["a"].isna(), v, …)`."""
    match node:
        case ast.Assign(
            targets=[
                ast.Subscript(
                    value=ast.Attribute(value=frame, attr="loc"),
                    slice=ast.Tuple(elts=[rows, ast.Constant(value=str(column))]),
                )
            ],
            value=value,
        ):
            pass
        case ast.Assign(
            targets=[ast.Subscript(value=frame, slice=ast.Constant(value=str(column)))],
            value=ast.Call(func=ast.Attribute(attr="where"), args=[rows, value, _]),
        ):
            pass
        case _:
            return None
    is_gap = isinstance(rows, ast.Call) and last_name(rows.func) in {"isna", "isnull"}
    return (frame, column, value) if is_gap else None


def standardised(event: Event, ctx: Context) -> ast.expr | None:
    """What a division puts on a scale of its own: `x` of `(x - x.mean()) / x.std()`, or by minimum and maximum.

    None for every other division.
    """
    node: ast.AST = event.node
    if isinstance(node, ast.AugAssign):  # `x -= mean`, then `x /= std`
        return node.target if _uses(_SPREADS, node.value, event.stmt, ctx) else None
    if not isinstance(node, ast.BinOp) or not isinstance(node.left, ast.BinOp) or not isinstance(node.left.op, ast.Sub):
        return None
    below, taken = node.right, node.left.right
    by_spread = _uses(_SPREADS, below, event.stmt, ctx) and _uses(_CENTRES, taken, event.stmt, ctx)
    by_range = _uses(_EXTREMES, below, event.stmt, ctx) and _uses(_EXTREMES, taken, event.stmt, ctx)
    if not (by_spread or by_range) or _is_compared(event) or _is_target(event, ctx):
        return None
    scaled = node.left.left
    holds_two = isinstance(scaled, ast.Call) and last_name(scaled.func) in _CENTRES  # the means of two groups
    return None if holds_two or _is_sample(scaled, event) else scaled


def _is_sample(scaled: ast.expr, event: Event) -> bool:
    """Whether one row, window or picture, which a loop takes out by its position, is scaled by its own numbers."""
    for outer in event.stmt.ancestors():
        loop = outer.node
        if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "range":
            continue
        positions = set(targets_of(loop.target))
        name = scaled.id if isinstance(scaled, ast.Name) else ""
        taken = [value for node in loop.body for value in _assigned(node, name)] if name else [scaled]
        if taken and _is_taken_at(taken[0], positions):
            return True
    return False


def _is_taken_at(node: ast.expr, positions: set[str]) -> bool:
    """Whether it is a row or a stretch of rows: `rows[i]`, `rows[i : i + 10]`."""
    match node:
        case ast.Subscript(slice=ast.Name(id=name)):
            return name in positions
        case ast.Subscript(slice=ast.Slice() as stretch):
            return mentions(stretch, positions)
    return False


def _is_compared(event: Event) -> bool:
    """Whether the scores are only held against a limit, to leave rows out."""
    node = event.stmt.node
    if any(isinstance(part, ast.Compare) for part in ast.walk(node)):
        return True
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    name = last_name(target) if target is not None else ""
    return name.lower().startswith(("z_score", "zscore", "z"))


def _is_target(event: Event, ctx: Context) -> bool:
    """Whether the scaled values are what a model is to predict: `y = (y - y.mean()) / y.std()`."""
    data = event.inputs["X"]
    node = event.stmt.node
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    bound = ctx.model.bindings(target.id) if isinstance(target, ast.Name) else ()
    return data.has(Tag.TARGET) or any(item.stmt is event.stmt and item.value.has(Tag.TARGET) for item in bound)


def is_kept(node: ast.AST | None, ctx: Context) -> bool:
    """Whether a statistic that has a name is saved for later: written, pickled, logged to a tracker."""
    if node is None:
        return False
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    for name in names:
        for binding in ctx.model.bindings(name):
            for use in binding.uses:
                for part in ast.walk(use.stmt.node) if isinstance(use.stmt.node, ast.Expr) else ():
                    call = ctx.call(part)
                    if call is not None and any(event.kind in _KEEPS for event in call.events):
                        return use.node in {*ast.walk(part)}
    return False
