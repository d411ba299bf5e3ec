"""Whether the rows of a table in memory follow one another in time."""

import ast
from typing import Final

from nbprod.evidence import Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import named, table_at
from nbprod.kit.shared_rows import reads_before
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call

_ID: Final = lazy_pattern(r"(?:.*[_ .-])?(?:id|key|code|no|nr|number|uuid|name|email)|\w+I[dD]")
_FEWEST: Final = 20


def order_of_time(ctx: Context, frames: set[object], data: ast.expr, split: Call) -> str | None:
    """What shows that the rows which are split are in the order of time, for a message; None if nothing does."""
    for node in reads_before(frames, data, split):
        table = table_at(ctx, node)
        if table is None or table.rows < _FEWEST:
            continue
        if table.index_kind == "date" and table.index_rising:
            return f"the index of `{node.id}`"
        dates = [it.name for it in table.columns if it.rising and "date" in {it.kind, it.reads_as}]
        column = next((name for name in dates if _makes_feature(ctx, name, data)), None)
        if column is not None and not _is_one_for_each(table):
            return f"{named(column)} of `{node.id}`"
    return None


def _makes_feature(ctx: Context, column: str, data: ast.expr) -> bool:
    """Whether a column of dates is taken apart (`df["day"].dt.month`), or goes into what is split."""
    picked = ctx.value(data.slice).elements if isinstance(data, ast.Subscript) else ()
    if any(value.text == column for value in picked):
        return True
    for cell in ctx.cells:
        for node in ast.walk(cell.tree) if cell.tree is not None and ".dt" in cell.source else ():
            match node:
                case ast.Attribute(value=ast.Subscript(slice=ast.Constant(value=name)), attr="dt") if name == column:
                    return True
                case ast.Attribute(value=ast.Attribute(attr=name), attr="dt") if name == column:
                    return True
    return False


def _is_one_for_each(table: Table) -> bool:
    """Whether some id tells all rows apart: then the dates say when each came, not how one went on."""
    return any(it.distinct == table.seen and it.kind != "date" and _ID.fullmatch(it.name) for it in table.columns)
