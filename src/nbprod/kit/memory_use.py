"""How much of the memory the tables of a session take, how often over, and for how much of what is read of them."""

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from msgspec import Struct

from nbprod.evidence import Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import bound_thing, changed_columns, share
from nbprod.semantic import Binding, Event, EventKind, Use

_LARGE: Final = 0.25
_COPIES: Final = 0.1
_UNUSED: Final = 0.05
_FEW_COLUMNS: Final = 0.3
_ALIKE: Final = 0.9
_TABLES: Final = frozenset({"pandas.DataFrame", "polars.DataFrame"})
_COPYING: Final = frozenset(
    {"copy", "dropna", "fillna", "sort_values", "merge", "concat", "drop_duplicates", "query", "astype", "clone"}
)
_LOOKING: Final = frozenset({"shape", "head", "tail", "info", "describe", "dtypes", "columns", "index", "sample"})
_UNITS: Final = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


class Load(Struct, frozen=True):
    """What is to be said of the memory: by which tables, and, of one that was loaded, the columns that are read."""

    message: str
    tables: tuple[Binding, ...]
    event: Event | None = None
    used: tuple[str, ...] = ()
    advice: str | None = None


def load_of(ctx: Context) -> Load | None:
    """What takes too much of the memory; None if nothing does, or its size is not known."""
    total = ctx.runtime.total_memory if ctx.runtime is not None else None
    if not total:
        return None
    held = sorted(_held(ctx), key=lambda pair: -(pair[1].memory or 0))
    if not held or (held[0][1].memory or 0) < _UNUSED * total / 2:
        return None
    return _large(ctx, held, total) or _copied(ctx, held, total)


def _held(ctx: Context) -> Iterator[tuple[Binding, Table]]:
    for name in ctx.model.bound_names:
        binding = ctx.model.bindings(name)[-1]
        thing = bound_thing(ctx, binding) if binding.value.type in _TABLES else None
        if isinstance(thing, Table) and thing.memory:
            yield binding, thing


def _large(ctx: Context, held: Sequence[tuple[Binding, Table]], total: int) -> Load | None:
    """The largest table that is too large, or large with few columns of it read."""
    for binding, table in held:
        memory = table.memory or 0
        part = f"`{binding.name}` takes {_bytes(memory)}, {share(memory, total)} of this machine's memory"
        event, used, columns = _read(ctx, binding, table)
        few = used is not None and columns and 0 < len(used) < _FEW_COLUMNS * columns
        if few and used is not None and memory > _UNUSED * total:
            message = f"{part}, and {len(used)} of its {columns} columns are read"
            return Load(message, (binding,), event, used)
        if memory > _LARGE * total:
            return Load(f"{part}: a step that copies it may end the run", (binding,))
    return None


def _copied(ctx: Context, held: Sequence[tuple[Binding, Table]], total: int) -> Load | None:
    for (one, table), (other, second) in combinations(held, 2):
        together = (table.memory or 0) + (second.memory or 0)
        if together <= _COPIES * total or not _is_alike(table, second):
            continue
        first, later = sorted((one, other), key=lambda it: (it.cell, it.stmt.node.lineno if it.stmt is not None else 0))
        if _copies(ctx, later):
            message = (
                f"`{first.name}` and `{later.name}` hold nearly the same, {_bytes(together)} together: "
                f"{share(together, total)} of this machine's memory"
            )
            return Load(message, (first, later), advice="Keep one of them, or `del` the other before the next step.")
    return None


def _is_alike(table: Table, other: Table) -> bool:
    """Whether most columns are the same, and so is about the number of rows."""
    names, others = ({column.name for column in it.columns} for it in (table, other))
    few, many = sorted((table.rows, other.rows))
    return len(names & others) >= _ALIKE * max(len(names), len(others)) and few >= _ALIKE * many


def _copies(ctx: Context, binding: Binding) -> bool:
    """Whether the statement that binds a name copies a table, or loads one again."""
    value = getattr(binding.stmt.node, "value", None) if binding.stmt is not None else None
    call = ctx.call(value) if isinstance(value, ast.Call) else None
    return call is not None and (call.method in _COPYING or any(it.kind is EventKind.LOAD for it in call.events))


def _bytes(count: float) -> str:
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} bytes"


# -- which columns are read -------------------------------------------------------------------------


def _read(ctx: Context, binding: Binding, table: Table) -> tuple[Event | None, tuple[str, ...] | None, int]:
    """The load of a table, those of its columns that are picked out of it, and how many there are.

    None for the columns if something else is done with the table: then any may be used. A column that is filled before
    it is read did not come from the file.
    """
    value = getattr(binding.stmt.node, "value", None) if binding.stmt is not None else None
    event = next((event for event in ctx.model.events_of(EventKind.LOAD) if event.node is value), None)
    if event is None or changed_columns(ctx, event) is None:
        return event, None, 0
    read: dict[str, tuple[int, int]] = {}
    filled: dict[str, tuple[int, int]] = {}
    for use, user in _users(ctx, binding):
        names = _picked(use.node, user, {column.name for column in table.columns}, ctx)
        if names is None:
            return event, None, 0
        stmt = use.stmt.node
        if isinstance(getattr(user, "ctx", None), ast.Store):
            _note(filled, names, (use.cell, stmt.end_lineno or stmt.lineno))
        else:
            _note(read, names, (use.cell, use.node.lineno))
    last = (len(ctx.notebook.cells), 0)
    own = [it.name for it in table.columns if it.name not in filled or read.get(it.name, last) <= filled[it.name]]
    return event, tuple(name for name in own if name in read), len(own)


def _picked(name: ast.Name, user: ast.AST, known: set[str], ctx: Context) -> list[str] | None:
    """The columns that a node picks out of the table that is a part of it; None if it may do anything."""
    match user:
        case ast.Subscript(value=value, slice=key) if value is name:
            whole = ctx.value(key)
            texts = [value.text for value in (whole, *whole.elements) if value.text is not None]
            return texts if texts and known.issuperset(texts) else None
        case ast.Attribute(attr=attr) if attr in known:
            return [attr]
        case ast.Attribute(attr=attr) if attr in _LOOKING:
            return []
    return None


def _note(first: dict[str, tuple[int, int]], names: list[str], place: tuple[int, int]) -> None:
    for name in names:
        first[name] = min(place, first.get(name, place))


def _users(ctx: Context, binding: Binding) -> Iterator[tuple[Use, ast.AST]]:
    """Each read of a name, with the node that it is a part of."""
    uses = {use.node: use for use in binding.uses}
    for index in {use.cell for use in binding.uses}:
        tree = ctx.notebook.cells[index].tree
        for node in ast.walk(tree) if tree is not None else ():
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Name) and child in uses:
                    yield uses[child], node
