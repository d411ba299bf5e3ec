"""DataFrames and Series of polars; a LazyFrame is never computed."""

import sys
from typing import Any, Final

from nbprod.evidence import Column, Table
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.cells import TEXTS_TRIED, is_rising, reads_as
from nbprod.kernel.evidence.classes import name_of
from nbprod.kernel.evidence.counts import count_numbers, counted_in_time, spacing

_KINDS: Final = {
    "String": "text",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "date",
    "Categorical": "category",
    "Enum": "category",
}
_COUNTABLE: Final = {"integer", "float", "boolean", "text", "date", "category"}


def polars_table(thing: Any, deadline: Deadline) -> Table:
    """What is known of a DataFrame or Series."""
    polars = sys.modules["polars"]
    is_series = type(thing) is polars.Series
    width = 1 if is_series else polars.DataFrame.width.fget(thing)
    columns = [thing] if is_series else [polars.DataFrame.to_series(thing, place) for place in range(width)]
    outlines = [_outline(column) for column in columns]
    table = Table(
        type="polars.Series" if is_series else "polars.DataFrame",
        rows=len(thing),
        columns=tuple(outlines),
        seen=0,
        memory=sum(int(column.estimated_size()) for column in columns),
    )
    return counted_in_time(table, lambda limit: _counted(table, outlines, columns, limit, deadline))


def _outline(column: Any) -> Column:
    """A column of which nothing was counted. The class names the type: an Enum's text holds its values."""
    dtype = name_of(type(column.dtype))
    return Column(name=column.name, dtype=dtype, kind=_kind(dtype))


def is_countable(dtype: Any) -> bool:
    """Whether the values of a column may be compared: no lists, and nothing of Python's."""
    return _kind(name_of(type(dtype))) in _COUNTABLE


def _kind(dtype: str) -> str:
    if dtype.startswith(("Int", "UInt")):
        return "integer"
    return "float" if dtype.startswith("Float") else _KINDS.get(dtype, "other")


def _counted(table: Table, outlines: list[Column], columns: list[Any], limit: int, deadline: Deadline) -> Table:
    """The table with counts over at most `limit` rows."""
    step = spacing(table.rows, limit)
    parts, counted = [], []
    for outline, column in zip(outlines, columns, strict=True):
        deadline.check()
        part = column.gather_every(step) if step > 1 else column
        parts.append(part)
        counted.append(_column(outline, part))
    deadline.check()
    return Table(
        type=table.type,
        rows=table.rows,
        columns=tuple(counted),
        seen=-(-table.rows // step),
        repeated=_repeated(parts) if all(column.kind in _COUNTABLE for column in counted) else None,
        memory=table.memory,
    )


def _repeated(parts: list[Any]) -> int | None:
    if not parts:
        return None
    polars = sys.modules["polars"]
    unnamed = [part.alias(str(place)) for place, part in enumerate(parts)]
    return len(parts[0]) - int(polars.DataFrame(unnamed).n_unique())


def _column(outline: Column, part: Any) -> Column:
    nulls = int(part.null_count())
    facts: dict[str, Any] = {"nulls": nulls}
    if outline.kind not in _COUNTABLE:
        return Column(name=outline.name, dtype=outline.dtype, kind=outline.kind, **facts)
    present = part.drop_nulls()
    if outline.kind == "float":
        present = present.drop_nans()
        facts["nulls"] = len(part) - len(present)
        facts |= count_numbers(present.to_numpy()) if "numpy" in sys.modules else {}
    often = present.unique_counts()
    facts["distinct"], facts["singles"] = len(often), int((often == 1).sum())
    facts["most"] = int(often.max()) if len(often) else 0
    if outline.kind == "text":
        facts["reads_as"] = reads_as(present.gather_every(spacing(len(present), TEXTS_TRIED)).to_list())
        facts["rising"] = facts["reads_as"] == "date" and not nulls and is_rising(present.to_list())
    elif outline.kind in {"integer", "float", "date"}:
        facts["rising"] = not facts["nulls"] and facts["distinct"] > 1 and bool(part.is_sorted())
    return Column(name=outline.name, dtype=outline.dtype, kind=outline.kind, **facts)
