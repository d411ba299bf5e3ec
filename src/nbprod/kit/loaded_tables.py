"""What a session holds of a table as it was loaded: without what the notebook filled, made or took out since."""

from msgspec.structs import replace

from nbprod.evidence import Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import changed_columns, given_table, keeps_rows
from nbprod.semantic import Event


def table_as_loaded(ctx: Context, event: Event) -> Table | None:
    """The table that an event gave, with the columns and rows that came from its source; None if that is unknown."""
    table = given_table(ctx, event)
    name = ctx.runtime.name_given(event) if table is not None and ctx.runtime is not None else None
    if table is None or name is None or not keeps_rows(ctx, name):
        return None
    changed = changed_columns(ctx, event)
    if changed is None:
        return None
    return replace(table, columns=tuple(column for column in table.columns if column.name not in changed))


def outline(table: Table) -> str:
    """`12 columns, 3 of them with gaps, or 8,930 rows`."""
    gaps = sum(column.nulls > 0 for column in table.columns)
    with_gaps = f", {gaps} of them with gaps," if gaps and table.seen == table.rows else ""
    return f"{many(len(table.columns), 'column')}{with_gaps} or {many(table.rows, 'row')}"


def many(count: int, noun: str) -> str:
    """`1 row`, `8,930 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
