"""What makes several rows of one before a split: a frame joined to itself, exploded lists, windows that overlap."""

import ast
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.column_steps import integer
from nbprod.kit.context import Context
from nbprod.kit.origins import Origins, origins
from nbprod.semantic import Binding, Call

_STEPS: Final = 20
_JOINING: Final = frozenset({"pandas.concat", "numpy.concatenate", "numpy.vstack", "numpy.row_stack"})
_VARYING: Final = frozenset({"copy", "sample", "apply", "applymap", "assign", "head", "tail", "map"})
"""Methods whose result has rows of the frame, as they are or changed."""

_THROUGH: Final = frozenset({"array", "asarray", "expand_dims", "fit_transform", "transform", "DataFrame"})
"""Calls whose result has the rows of their first argument."""

ONE_FOR_ALL: Final = frozenset(
    {"drop_duplicates", "groupby", "pivot_table", "pivot", "first", "last", "unique", "value_counts", "nunique"}
)
"""Methods whose result has one row for what had several."""


def frames_behind(node: ast.expr, ctx: Context) -> set[object]:
    """The bindings that held the rows of an expression, all of them, the last first."""
    found: set[object] = set()
    follow = origins(ctx)
    for _ in range(_STEPS):
        match node:
            case ast.Name():
                binding, origin = follow.binding(node), follow.of(node)
                if binding is None:
                    break
                found.update(binding.parts or (binding,))
                if origin is None or origin.index is not None:
                    break
                node = origin.expression
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in ONE_FOR_ALL:
                return set()
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr not in {"agg", "aggregate", "transform"}:
                node = inner
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                node = inner
            case _:
                break
    return found


class Repeat(Struct, frozen=True):
    """A call that makes several rows of one. They are `equal`, or share much ("explode", windows, variants)."""

    call: Call
    how: str
    equal: bool = False


def repeat_of(data: ast.expr, ctx: Context) -> Repeat | None:
    """What made several rows of one on the way to some data; None where nothing is seen to."""
    follow = origins(ctx)
    for node in _way(data, follow):
        call = ctx.call(node) if isinstance(node, ast.Call) else None
        if call is None:
            continue
        if call.method == "explode" and call.receiver is not None:
            return Repeat(call, "makes several rows of one")
        if call.name in _JOINING and (equal := _joins_with_itself(call, follow)) is not None:
            return Repeat(call, "holds rows twice" if equal else "holds rows beside changed copies of them", equal)
        if _is_sliding(call.node):
            return Repeat(call, "takes windows that overlap")
    return None


def _way(node: ast.expr, follow: Origins) -> Iterator[ast.expr]:
    """The expressions that data comes from, row by row."""
    for _ in range(_STEPS):
        yield node
        match node:
            case ast.Name():
                origin = follow.of(node)
                if origin is None or origin.index is not None:
                    return
                node = origin.expression
            case ast.Call(func=ast.Attribute(attr=attr), args=[inner, *_]) if attr in _THROUGH:
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)):
                if attr in ONE_FOR_ALL:
                    return
                node = inner
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                node = inner
            case _:
                return


def _joins_with_itself(call: Call, follow: Origins) -> bool | None:
    """Whether the parts that are put below each other are equal; None if they have no rows in common."""
    axis = call.argument(1, "axis")
    parts = list(_listed(next(iter(call.node.args), None)))
    if axis is not None and axis.const not in {0, "index", "rows"}:
        return None
    held = [binding for part in parts if (binding := follow.binding(part)) is not None]
    if len(set(held)) < len(held):
        return True
    for part in parts:
        origin = follow.of(part)
        made = origin.expression if origin is not None and origin.index is None else part
        base, equal = _base(made)
        if base is not None and follow.binding(base) in _others(held, follow.binding(part)):
            return equal
    return None


def _listed(node: ast.expr | None) -> Iterator[ast.expr]:
    """The elements of a list, as far as it is written out: those of `[df] + [rare] * 10` are df, rare and rare."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            yield from elements
        case ast.BinOp(left=ast.List() as left, op=ast.Mult()):
            yield from (*left.elts, *left.elts)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if not isinstance(right, ast.BinOp) or isinstance(
            right.op, ast.Mult
        ):
            yield from _listed(left)
            yield from _listed(right)


def _others(held: list[Binding], own: Binding | None) -> set[Binding]:
    return {binding for binding in held if binding is not own}


def _base(node: ast.expr) -> tuple[ast.Name | None, bool]:
    """The frame whose rows an expression has, and whether they are as they were."""
    match node:
        case ast.Subscript(value=ast.Name() as base, slice=ast.Compare() | ast.BoolOp() | ast.BinOp()):
            return base, True
        case ast.Subscript(value=ast.Name() as base, slice=ast.Tuple(elts=parts)) if any(map(_is_backwards, parts)):
            return base, False
        case ast.Call(func=ast.Attribute(value=ast.Name() as base, attr=attr)) if attr in _VARYING:
            return base, attr in {"copy", "sample", "head", "tail"}
        case ast.BinOp(left=ast.Name() as base, op=ast.Add() | ast.Mult()):
            return base, False
        case ast.Call(args=[ast.Name() as base, *_]) if _changes(last_name(node.func)):
            return base, False
    return None, False


def _is_backwards(part: ast.expr) -> bool:
    """`::-1`, which mirrors pictures."""
    return isinstance(part, ast.Slice) and integer(part.step) == -1


def _changes(name: str) -> bool:
    """Whether a function gives changed copies of the rows of its first argument, by its name."""
    return name in {"flip", "fliplr", "flipud", "rot90", "roll"} or any(
        word in name.lower() for word in ("augment", "jitter", "noise", "mirror")
    )


def _is_sliding(node: ast.Call) -> bool:
    """`np.array([series[i : i + 24] for i in range(n)])`, `sliding_window_view(series, 24)`."""
    if last_name(node.func) == "sliding_window_view":
        return True
    match next(iter(node.args), None):
        case ast.ListComp(
            elt=ast.Subscript(slice=ast.Slice(lower=ast.expr() as lower, upper=ast.expr() as upper, step=None)),
            generators=[
                ast.comprehension(target=ast.Name(id=turn), iter=ast.Call(func=ast.Name(id="range"), args=args))
            ],
        ) if len(args) < 3:
            return _reads(lower, turn) and _reads(upper, turn)
    return False


def _reads(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
