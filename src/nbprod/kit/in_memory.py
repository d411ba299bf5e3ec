"""What a session holds of the tables that expressions stand for; asked only where `ctx.runtime` is one.

A table is what it was given as a whole, but code may have changed it since, in place. Who counts its rows or reads the
types of its columns asks here which of them may differ.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from nbprod.evidence import Array, Column, Table, Thing
from nbprod.kit.context import Context
from nbprod.kit.origins import origins
from nbprod.semantic import Binding, Call, Event

_INDEXERS: Final = frozenset({"loc", "iloc", "at", "iat"})
_LONGEST: Final = 40
_KEEPS_TYPES: Final = frozenset({"dropna", "drop", "drop_duplicates", "sort_values", "sort_index", "set_index"})
"""Methods that leave rows or columns out, or in another order, also in place."""
_KEEPS_ROWS: Final = frozenset({"fillna", "replace", "rename", "sort_values", "sort_index", "clip", "set_index"})


class Counted(Struct, frozen=True):
    """A column, or an array of one axis, in memory: counts are over `seen` rows."""

    name: str
    seen: int
    nulls: int
    distinct: int | None
    most: int | None


def thing_at(ctx: Context, node: ast.AST | None) -> Thing | None:
    """What a plain name stands for where it is read, if that is still in memory under it."""
    binding = origins(ctx).binding(node)
    return None if binding is None else bound_thing(ctx, binding)


def bound_thing(ctx: Context, binding: Binding) -> Thing | None:
    """What a binding gave its name, if it is still in memory under it."""
    runtime = ctx.runtime
    if runtime is None or binding.parts or binding not in ctx.model.bindings(binding.name):
        return None
    if not runtime.is_fresh(binding):
        if not runtime.is_current(binding.name):
            runtime.thing(binding.name)  # what a deleted cell bound is set aside, and the report says so
        return None
    return runtime.thing(binding.name, binding.cell)


def type_at(ctx: Context, node: ast.AST | None) -> str | None:
    """The class of what a plain name stands for where it is read; changes in place leave it what it is."""
    binding = origins(ctx).binding(node)
    runtime = ctx.runtime
    if runtime is None or binding is None or binding.parts or binding not in ctx.model.bindings(binding.name):
        return None
    thing = runtime.thing(binding.name, binding.cell) if runtime.is_fresh(binding) else None
    return thing.type if thing is not None else None


def table_at(ctx: Context, node: ast.AST | None) -> Table | None:
    """The table that a plain name stands for where it is read."""
    thing = thing_at(ctx, node)
    return thing if isinstance(thing, Table) else None


def given_table(ctx: Context, event: Event) -> Table | None:
    """The table that an event gave, if its statement gives a name nothing but that."""
    name = _given(ctx, event)
    return ctx.runtime.table(name, event.cell) if name is not None and ctx.runtime is not None else None


def _given(ctx: Context, event: Event) -> str | None:
    value = getattr(event.stmt.node, "value", None)
    return ctx.runtime.name_given(event) if ctx.runtime is not None and value is event.node else None


def counted_at(ctx: Context, node: ast.AST | None) -> Counted | None:
    """The one column or axis that an expression stands for: `y`, `df["y"]`, `df.y`."""
    match node:
        case ast.Name(id=name):
            thing = thing_at(ctx, node)
            if isinstance(thing, Array) and len(thing.shape) == 1:
                return Counted(name, thing.seen, thing.nulls or 0, thing.distinct, thing.most)
            if isinstance(thing, Table) and len(thing.columns) == 1:
                return _counted(name, thing, thing.columns[0])
        case ast.Subscript(value=frame, slice=ast.Constant(value=str(name))) | ast.Attribute(value=frame, attr=name):
            table = table_at(ctx, frame)
            column = table.column(name) if table is not None else None
            if table is not None and column is not None:
                return _counted(name, table, column)
    return None


def filled_column(ctx: Context, event: Event) -> Counted | None:
    """The column that takes up what an event gave, and nothing fills again: `df["day"] = pd.to_datetime(…)`."""
    match event.stmt.node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(name)))]) as stmt:
            bindings = ctx.model.bindings(frame)
            table = bound_thing(ctx, bindings[-1]) if bindings and stmt.value is event.node else None
            column = table.column(name) if isinstance(table, Table) and event.stmt.function is None else None
            if not isinstance(table, Table) or column is None or times_filled(ctx, frame, name) != 1:
                return None
            return _counted(name, table, column)
    return None


def times_filled(ctx: Context, frame: str, column: str) -> int:
    """How many assignments fill a column of the table of a name."""
    count = 0
    for cell in ctx.cells:
        for node in _stores(cell.tree) if frame in cell.source else ():
            match node:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)):
                    count += (name, key) == (frame, column)
    return count


def _counted(name: str, table: Table, column: Column) -> Counted:
    return Counted(name, table.seen, column.nulls, column.distinct, column.most)


def share(part: int, whole: int) -> str:
    """A part of a whole in a message: "13.5 %"."""
    percent = 100 * part / max(whole, 1)
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %" if percent >= 0.1 else "<0.1 %"


def named(column: str) -> str:
    """The name of a column in a message: of one line, in one pair of backticks, not longer than a name should be."""
    plain = (letter if letter.isprintable() and letter != "`" else " " for letter in column[:_LONGEST])
    text = " ".join("".join(plain).split())
    return f"`{text}`" if len(column) < _LONGEST else f"`{text}…`"


# -- what changed since ---------------------------------------------------------------------------


def changed_columns(ctx: Context, event: Event) -> frozenset[str] | None:
    """The columns that the notebook fills or makes in tables of what an event gave; None if it may be any."""
    found: set[str] = set()
    for name in _changes(ctx, event):
        if name is None:
            return None
        found.add(name)
    return frozenset(found)


def _changes(ctx: Context, event: Event) -> Iterator[str | None]:
    for cell in ctx.cells:
        for node in _stores(cell.tree):
            match node:
                case ast.Subscript(value=ast.Attribute(value=base, attr=attr), slice=key) if attr in _INDEXERS:
                    yield from _named(ctx, base, key.elts[-1] if isinstance(key, ast.Tuple) else None, event)
                case ast.Subscript(value=base, slice=key):
                    yield from _named(ctx, base, key, event)
                case ast.Attribute(value=base, attr=attr) if event in ctx.value(base).lineage:
                    yield None if attr in {"columns", "index"} else attr
    for call in ctx.model.all_calls:
        if call.receiver is not None and event in call.receiver.lineage and _is_in_place(call, _KEEPS_TYPES):
            yield call.receiver.column


def _named(ctx: Context, base: ast.expr, key: ast.expr | None, event: Event) -> Iterator[str | None]:
    if event in ctx.value(base).lineage:
        items = key.elts if isinstance(key, ast.List) else [key]
        yield from (ctx.value(item).text if item is not None else None for item in items)


def _is_in_place(call: Call, harmless: frozenset[str]) -> bool:
    """Whether a method changes what it is called on, and is none of the harmless ones."""
    inplace = call.keywords.get("inplace")
    changes = call.method in {"insert", "update"} or (inplace is not None and inplace.const is not False)
    return changes and call.method not in harmless


def keeps_rows(ctx: Context, name: str) -> bool:
    """Whether no code adds rows to the table of a name, or takes rows out of it, in place."""
    for call in ctx.model.all_calls:
        function = call.node.func
        owner = function.value if isinstance(function, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == name and _is_in_place(call, _KEEPS_ROWS | {"insert", "update"}):
            return False
    return not any(_may_grow(node, name) for cell in ctx.cells if name in cell.source for node in _stores(cell.tree))


@lru_cache(maxsize=2048)
def _stores(tree: ast.Module | None) -> Sequence[ast.Subscript | ast.Attribute]:
    """What is assigned to in a cell beside names. Kept: a notebook being edited keeps the trees of its other cells."""
    nodes = ast.walk(tree) if tree is not None else ()
    parts = (node for node in nodes if isinstance(node, ast.Subscript | ast.Attribute))
    return [node for node in parts if isinstance(node.ctx, ast.Store)]


def _may_grow(node: ast.AST, name: str) -> bool:
    """Whether something is assigned to `df.loc[…]`, which may be a new row."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=base), attr="loc" | "at"), slice=key):
            return base == name and not isinstance(key, ast.Tuple)
    return False
