"""What a table that was read without types says about the guess: which columns lost something, and what they should be.

Both speak of the columns that came from the file: what the notebook fills, makes or converts itself is left out.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from nbprod.evidence import Column, Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import changed_columns, given_table, named
from nbprod.kit.loads import loaded_path
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event

_KEY: Final = lazy_pattern(
    r"(?:.*[_ .-])?(?:id|ids|key|code|no|nr|num|number|zip|plz|postcode|postal|sku|isbn|ean|iban|account|phone)"
    r"|\w+Id|\w+ID",
    re.IGNORECASE,
)
_CONVERTING: Final = frozenset({"to_datetime", "to_numeric", "to_timedelta", "astype"})
_NUMBERS: Final = frozenset({"integer", "float"})


class Lost(Struct, frozen=True):
    """A column that the guess of its type did something to; `rank` puts the worst first."""

    column: Column
    how: str
    rank: int

    @property
    def shown(self) -> str:
        """In a message: "`zip` lost its leading zeros"."""
        return f"{named(self.column.name)} {self.how}"


class Typed(Struct, frozen=True):
    """The types that a table's columns should be read with, and the columns to be read as dates."""

    types: dict[str, str]
    dates: tuple[str, ...]


def lost_types(ctx: Context, event: Event) -> Sequence[Lost]:
    """The columns of a loaded table that is in memory which lost something, the worst first."""
    table, columns = _own_columns(ctx, event)
    if table is None:
        return ()
    zeros, converted = _zeros(ctx, event), _converted(ctx, event)
    found = (_judged(column, zeros) for column in columns if column.name not in converted)
    return sorted((lost for lost in found if lost is not None), key=lambda lost: lost.rank)


def known_types(ctx: Context, event: Event) -> Typed | None:
    """The types of a loaded table's columns, as they are in memory, and restored where something was lost."""
    table, columns = _own_columns(ctx, event)
    if table is None or not columns or not table.seen:
        return None
    if {"header", "names", "converters"} & event.call.keywords.keys():
        return None  # the names in memory are not those of the file
    zeros, is_read, converted = _zeros(ctx, event), _is_read(ctx, event), _converted(ctx, event)
    columns = [column for column in columns if is_read or column.kind != "integer" or not _KEY.fullmatch(column.name)]
    columns = [column for column in columns if column.name not in converted]
    dates = tuple(column.name for column in columns if column.reads_as == "date")
    types = {column.name: _type(column, zeros) for column in columns if column.name not in dates}
    return Typed({name: kind for name, kind in types.items() if kind}, dates)


def _own_columns(ctx: Context, event: Event) -> tuple[Table | None, list[Column]]:
    table = given_table(ctx, event)
    changed = changed_columns(ctx, event) if table is not None else None
    if table is None or changed is None:
        return None, []
    return table, [column for column in table.columns if column.name and column.name not in changed]


def _zeros(ctx: Context, event: Event) -> frozenset[str]:
    """The columns whose values begin with zeros in the file, which numbers don't."""
    path = loaded_path(event)
    fact = ctx.runtime.path(path) if path and ctx.runtime is not None else None
    return frozenset(fact.zeros) if fact is not None else frozenset()


def _is_read(ctx: Context, event: Event) -> bool:
    """Whether leading zeros would have been seen: a session reads plain text files of bounded size."""
    path = loaded_path(event)
    fact = ctx.runtime.path(path) if path and ctx.runtime is not None else None
    return fact is not None and fact.lines is not None


def _converted(ctx: Context, event: Event) -> set[str]:
    """The columns that the notebook converts, wherever it puts the result."""
    calls = (call for call in ctx.model.all_calls if call.method in _CONVERTING)
    values = (value for call in calls for value in (call.receiver, *call.args[:1]) if value is not None)
    return {value.column for value in values if value.column is not None and event in value.lineage}


def _judged(column: Column, zeros: frozenset[str]) -> Lost | None:
    if column.name in zeros and column.kind in _NUMBERS:
        return Lost(column, "lost its leading zeros", 0)
    if column.inexact:
        return Lost(column, "holds integers that were rounded", 1)
    if column.mixed:
        return Lost(column, "holds values of several types", 2)
    if column.kind == "text" and column.reads_as is not None:
        return Lost(column, f"stayed text though it holds {column.reads_as}s", 3)
    if column.kind == "float" and column.whole and column.nulls and _KEY.fullmatch(column.name):
        return Lost(column, "became floating point by a gap", 4)
    return None


def _type(column: Column, zeros: frozenset[str]) -> str | None:
    """The dtype to read a column with; None if none is known."""
    if column.kind == "text" or column.mixed or (column.name in zeros and column.kind in _NUMBERS):
        return "string"
    if column.kind == "float":
        return "Int64" if column.whole and (column.nulls or column.inexact) else "float64"
    known = {"integer": "int64", "boolean": "bool", "category": "category"}
    return known.get(column.kind) if not column.nulls else None
