"""How often a category will be new, by the values that occur once in a table that is in memory (Good-Turing)."""

import ast
from collections.abc import Iterator

from msgspec import Struct

from nbprod.evidence import Column, Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import named, share, table_at
from nbprod.kit.steps import constructor
from nbprod.semantic import Call, Event, EventKind

_CATEGORIES = frozenset({"text", "category"})


class Rare(Struct, frozen=True):
    """A column of categories, some of which occur in one row only, of as many rows."""

    column: Column
    rows: int

    @property
    def shown(self) -> str:
        """In a message: "about 2 % of new rows: 97 of 310 values of `city` occur once"."""
        singles, distinct = self.column.singles or 0, self.column.distinct or 0
        occur = "occurs" if singles == 1 else "occur"
        part = share(singles, self.rows)
        return f"about {part} of new rows: {singles:,} of {distinct:,} values of {named(self.column.name)} {occur} once"


def rarest(ctx: Context, place: Call | Event) -> Rare | None:
    """Of the columns that a call encodes, the one that most rows bring a new category in; None if there is none."""
    found = [
        Rare(column, table.rows)
        for table, column in _encoded(ctx, place)
        if column.singles and column.distinct and table.seen == table.rows and column.distinct < table.rows
    ]
    return max(found, key=lambda rare: rare.column.singles or 0, default=None)


def _encoded(ctx: Context, place: Call | Event) -> Iterator[tuple[Table, Column]]:
    call = place.call if isinstance(place, Event) else place
    if call.method in {"OneHotEncoder", "OrdinalEncoder"}:
        yield from _of_encoder(ctx, call)
    elif call.method in {"map", "replace", "apply"} and isinstance(call.node.func, ast.Attribute):
        yield from _columns(ctx, call.node.func.value)
    elif call.node.args:
        only = call.keywords.get("columns")
        names = {value.text for value in only.elements} if only is not None else None
        yield from _columns(ctx, call.node.args[0], names)


def _of_encoder(ctx: Context, made: Call) -> Iterator[tuple[Table, Column]]:
    """What an encoder is fitted on: by itself, or as part of a column transformer that names its columns."""
    names = _named_beside(ctx, made)
    for event in ctx.model.events_of(EventKind.FIT):
        data = event.call.argument_node(0, "X")
        if constructor(event, ctx) is made or names:
            yield from _columns(ctx, data, names)


def _named_beside(ctx: Context, made: Call) -> set[str | None] | None:
    """The columns in `(OneHotEncoder(), ["city"])`, the form that column transformers take."""
    tree = ctx.notebook.cells[made.cell].tree
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Tuple) and made.node in node.elts:
            for other in node.elts:
                names = {value.text for value in ctx.value(other).elements}
                if names and None not in names:
                    return names
    return None


def _columns(
    ctx: Context, node: ast.expr | None, names: set[str | None] | None = None
) -> Iterator[tuple[Table, Column]]:
    """The columns of categories in a table, or those with the given names, or those that are picked out of one."""
    if isinstance(node, ast.Subscript):
        key = ctx.value(node.slice)
        names = {key.text} if key.text is not None else {value.text for value in key.elements}
        node = node.value
    elif isinstance(node, ast.Attribute):
        names, node = {node.attr}, node.value
    table = table_at(ctx, node)
    if table is not None:
        wanted = (it for it in table.columns if (it.name in names if names is not None else it.kind in _CATEGORIES))
        yield from ((table, column) for column in wanted)
