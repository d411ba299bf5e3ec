"""Counts over codes and numbers, with numpy, which is loaded wherever there is a table or an array."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from nbprod.evidence import Table
from nbprod.kernel.evidence.budget import OutOfTime

_MIX: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 31)
"""Constants that spread the bits of a hash."""
ROWS_TRIED: Final = (2_000, 100_000)
"""Rows of a table looked at: first few, which nearly always fits the time, then as many as there may be."""
_WHOLE_LIMIT: Final = 2.0**53
"""Beyond it, floats can't hold every integer."""


def counted_in_time(table: Table, count: Callable[[int], Table]) -> Table:
    """A table with counts over as many rows as there is time for; `count` makes one over at most so many."""
    for limit in ROWS_TRIED:
        if table.seen == table.rows:
            break
        try:
            table = count(limit)
        except OutOfTime:
            break
    return table


def spacing(rows: int, limit: int) -> int:
    """The step at which about `limit` of some rows are looked at: a prime, lest it falls in step with a pattern."""
    step = -(-rows // limit) if limit and rows > limit else 1
    while any(step % divisor == 0 for divisor in range(2, int(step**0.5) + 1)):
        step += 1
    return step


class Counts(Struct, frozen=True):
    """How often values occur: of all, `nulls` are missing; `distinct`, `singles` and `most` are of the others."""

    nulls: int
    distinct: int
    singles: int
    most: int

    def facts(self) -> dict[str, Any]:
        """As fields of a `Column`."""
        return {"nulls": self.nulls, "distinct": self.distinct, "singles": self.singles, "most": self.most}


def count_codes(codes: Any) -> Counts:
    """Counts over numbers that stand for values, from 0 on; -1 is a null."""
    numpy = sys.modules["numpy"]
    present = codes[codes >= 0]
    often = numpy.bincount(present) if present.size else present
    return Counts(
        nulls=int(codes.size - present.size),
        distinct=int((often > 0).sum()),
        singles=int((often == 1).sum()),
        most=int(often.max()) if often.size else 0,
    )


def count_numbers(values: Any) -> dict[str, bool]:
    """Whether floats are whole numbers, and whether some are so great that integers between them are lost."""
    numpy = sys.modules["numpy"]
    finite = values[numpy.isfinite(values)]
    whole = bool(finite.size) and bool((finite == numpy.floor(finite)).all())
    return {"whole": whole, "inexact": whole and bool((numpy.abs(finite) > _WHOLE_LIMIT).any())}


def repeated(codes: Sequence[Any]) -> int | None:
    """How many rows occurred before, given the codes of all columns; None when a column has none."""
    if not codes or any(column is None for column in codes):
        return None
    keys = row_keys(codes)
    return int(keys.size - sys.modules["numpy"].unique(keys).size)


def row_keys(codes: Sequence[Any]) -> Any:
    """A number of 64 bits for each row, given the codes of all columns: equal rows have the same."""
    numpy = sys.modules["numpy"]
    keys = numpy.zeros(len(codes[0]), dtype="uint64")
    for column in codes:
        keys = (keys ^ (column.astype("uint64") + numpy.uint64(_MIX[0]))) * numpy.uint64(_MIX[1])
        keys ^= keys >> numpy.uint64(_MIX[2])
    return keys
