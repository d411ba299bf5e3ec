"""DataFrames and Series of pandas: their columns, and counts over evenly spaced rows."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from nbprod.evidence import Column, Table
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.cells import TEXTS_TRIED, Objects, is_rising, reads_as
from nbprod.kernel.evidence.classes import exported, is_from, is_one_of, name_of
from nbprod.kernel.evidence.counts import ROWS_TRIED, count_codes, count_numbers, counted_in_time, repeated, spacing

_KINDS: Final = {"i": "integer", "u": "integer", "f": "float", "b": "boolean", "M": "date"}
_LIBRARY: Final = {"pandas", "numpy"}


def pandas_table(thing: Any, deadline: Deadline) -> Table | None:
    """What is known of a DataFrame or Series.

    Works on a shallow copy, made by the class: attributes that the user set on the object are not asked, and what
    hangs on it (`attrs`) is not copied along.
    """
    pandas = sys.modules["pandas"]
    is_series = type(thing) is pandas.Series
    if is_series:
        label = object.__getattribute__(thing, "_name")
        if not _is_plain_label(label):
            return None
        plain, labels = pandas.Series(thing), [label]
        columns = [plain]
    else:
        plain = pandas.DataFrame(thing)
        labels = list(plain.columns)
        columns = list(_columns_of(plain))
    rows = len(plain.index)
    outlines = [_outline(label, column) for label, column in zip(labels, columns, strict=True)]
    table = Table(
        type="pandas.Series" if is_series else "pandas.DataFrame",
        rows=rows,
        columns=tuple(outlines),
        seen=0,
        memory=sum(_bytes_of(column) for column in columns) + _index_bytes(plain.index),
        **_index_facts(plain.index),
    )
    return counted_in_time(table, lambda limit: _counted(table, outlines, columns, limit, deadline))


def _columns_of(plain: Any) -> Iterator[Any]:
    return (plain.iloc[:, place] for place in range(plain.shape[1]))


def _is_plain_label(label: object) -> bool:
    return label is None or is_one_of(type(label), (str, int))


def _label_text(label: object) -> str:
    return str(label) if is_one_of(type(label), (str, int)) else ""


def _outline(label: object, column: Any) -> Column:
    """A column of which nothing was counted."""
    dtype = column.dtype
    is_known = is_known_dtype(dtype)
    return Column(
        name=_label_text(label),
        dtype=str(dtype) if is_known else name_of(type(dtype)),
        kind=_kind(dtype) if is_known else "other",
        numbered=type(label) is int,
    )


def is_known_dtype(dtype: Any) -> bool:
    """Whether a column's values are held by an array of pandas' own, not by one of the user's."""
    module = type(dtype).__module__
    return module.partition(".")[0] in _LIBRARY and (module.startswith("numpy") or is_from(type(dtype), "pandas"))


def _kind(dtype: Any) -> str:
    name = str(dtype)
    if type(dtype) is exported("pandas", "CategoricalDtype") or name.startswith("dictionary<"):
        return "category"
    if type(dtype) is exported("pandas", "StringDtype") or name.startswith(("string[", "large_string[")):
        return "text"
    if name.startswith(("period", "interval", "Sparse", "decimal", "time")):
        return "other"
    if name.startswith(("date32", "date64")):
        return "date"
    return _KINDS.get(getattr(dtype, "kind", ""), "other")


def _bytes_of(column: Any) -> int:
    """The memory of a column. Of objects, only texts are sized, and few of them: `__sizeof__` may be the user's."""
    if not is_known_dtype(column.dtype):
        return 0
    held = int(column.nbytes)
    if column.dtype != object or not len(column):
        return held
    few = column.iloc[:: spacing(len(column), 100)].tolist()
    sized = [sys.getsizeof(value) for value in few if is_one_of(type(value), (str, int, float, bytes))]
    return held + (sum(sized) * len(column) // len(few))


def _index_bytes(index: Any) -> int:
    return int(index.nbytes) if is_known_dtype(index.dtype) and index.dtype != object else 0


def _index_facts(index: Any) -> dict[str, Any]:
    cls = type(index)
    if not is_from(cls, "pandas"):
        return {}
    kind = _kind(index.dtype) if name_of(cls) != "MultiIndex" and is_known_dtype(index.dtype) else "other"
    rising = kind in {"integer", "float", "date"} and len(index) > 1 and _is_sorted(index)
    return {"index": name_of(cls), "index_kind": kind, "index_rising": rising}


def _is_sorted(values: Any) -> bool:
    few = values[:: spacing(len(values), ROWS_TRIED[-1])]
    return bool(few.is_monotonic_increasing and few[0] != few[-1])


def _counted(table: Table, outlines: Sequence[Column], columns: Sequence[Any], limit: int, deadline: Deadline) -> Table:
    """The table with counts over at most `limit` rows."""
    step = spacing(table.rows, limit)
    counted: list[Column] = []
    codes: list[Any] = []
    for outline, column in zip(outlines, columns, strict=True):
        deadline.check()
        if is_known_dtype(column.dtype):
            part = column.iloc[::step] if step > 1 else column
            described, coded = _column(outline, part)
        else:
            described, coded = outline, None
        counted.append(described)
        codes.append(coded)
    deadline.check()
    return Table(
        type=table.type,
        rows=table.rows,
        columns=tuple(counted),
        seen=-(-table.rows // step),
        repeated=repeated(codes),
        memory=table.memory,
        index=table.index,
        index_kind=table.index_kind,
        index_rising=table.index_rising,
    )


def _column(outline: Column, part: Any) -> tuple[Column, Any]:
    """What is counted in some rows of a column, and a number for each value there, None where none may be given."""
    if part.dtype == object:
        return _objects(outline, part)
    if outline.dtype == "float16":
        part = part.astype("float32")  # pandas counts nothing of half the precision
    if outline.kind == "category" and hasattr(part.array, "codes"):
        codes = part.array.codes
    else:
        codes, _ = sys.modules["pandas"].factorize(part)
    counts = count_codes(codes)
    facts: dict[str, Any] = counts.facts()
    if outline.kind == "text":
        few = part.iloc[:: spacing(len(part), TEXTS_TRIED)].tolist()
        facts["reads_as"] = reads_as([text for text in few if type(text) is str])
        facts["rising"] = facts["reads_as"] == "date" and not counts.nulls and is_rising(part.tolist())
    elif outline.kind == "float":
        facts |= count_numbers(part.to_numpy(dtype="float64", na_value=float("nan")))
    if outline.kind in {"integer", "float", "date"}:
        facts["rising"] = not counts.nulls and counts.distinct > 1 and bool(part.is_monotonic_increasing)
    return replace(outline, **facts), codes


def _objects(outline: Column, part: Any) -> tuple[Column, Any]:
    """A column that may hold anything."""
    objects = Objects(part.tolist())
    facts: dict[str, Any] = {"nulls": sum(objects.nulls), "mixed": objects.mixed}
    codes = None
    if objects.countable:
        codes, _ = sys.modules["pandas"].factorize(part.to_numpy())
        facts |= count_codes(codes).facts() | {"nulls": facts["nulls"]}
    if objects.kind == "text":
        facts["reads_as"] = reads_as(objects.present[:: spacing(len(objects.present), TEXTS_TRIED)])
        rises = facts["reads_as"] == "date" and not facts["nulls"]
        facts["rising"] = rises and is_rising(objects.present)
    return replace(outline, kind=objects.kind, **facts), codes
