"""The Python objects in a column: what may be counted, and what a text reads as.

A column of objects may hold anything. Their classes are known without touching them; they are compared or
hashed only where all are of the classes listed here, which run no code of the user's.
"""

import datetime as dt
import decimal
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from nbprod.kernel.evidence.classes import exported
from nbprod.patterns import lazy_pattern

TEXTS_TRIED: Final = 1000
_READS: Final = 0.99
"""The share of texts that must read as a number or a date."""

# Leading zeros and more digits than a float holds are those of identifiers, which no number keeps.
_NUMBER: Final = lazy_pattern(r"\s*[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\s*\Z")
# Year first only: 03/04/2024 is two different days.
_DATE: Final = lazy_pattern(
    r"\s*(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?)?\s*\Z"
)

_KINDS: Final = {
    str: "text",
    bool: "boolean",
    int: "integer",
    float: "float",
    dt.datetime: "date",
    dt.date: "date",
}
_COUNTABLE: Final = frozenset(map(id, (str, bool, int, float, dt.date, decimal.Decimal)))
"""Not `datetime`: its hash asks a time zone, which may be the user's."""
_DATETIME: Final = id(dt.datetime)
_NUMPY_SCALARS: Final = {"float64": "float", "float32": "float", "int64": "integer", "int32": "integer"}


class Objects:
    """Some Python objects, by their classes.

    Attributes:
        kind: As of `Column.kind`, when all objects are of one class.
        mixed: Whether several classes stand among those that are no nulls.
        nulls: Which places hold None, NaN, or a null of pandas.
        countable: Whether the objects may be hashed and compared.
    """

    def __init__(self, values: Sequence[Any]) -> None:
        nothing = {id(found) for found in (None, exported("pandas", "NA"), exported("pandas", "NaT"))}
        nan_types = {float, exported("numpy", "float64"), exported("numpy", "float32")}
        nan_ids = {id(cls) for cls in nan_types if cls is not None}
        types = list(map(type, values))
        self.nulls = [
            id(value) in nothing or (id(cls) in nan_ids and value != value)  # noqa: PLR0124
            for value, cls in zip(values, types, strict=True)
        ]
        left = {id(cls): cls for cls, null in zip(types, self.nulls, strict=True) if not null}
        self.mixed = len(left) > 1
        kinds = _kinds_by_id()
        self.kind = kinds.get(next(iter(left)), "other") if len(left) == 1 else "other"
        self.countable = all(found in _COUNTABLE or found in kinds for found in left) and _DATETIME not in left
        self.present = [value for value, null in zip(values, self.nulls, strict=True) if not null]


def _kinds_by_id() -> dict[int, str]:
    kinds = {id(cls): kind for cls, kind in _KINDS.items()}
    if "numpy" in sys.modules:
        kinds.update({id(exported("numpy", name)): kind for name, kind in _NUMPY_SCALARS.items()})
    return kinds


def reads_as(texts: Sequence[str]) -> str | None:
    """What nearly all of `TEXTS_TRIED` texts or so read as: "number", "date" or None."""
    for kind, pattern in (("number", _NUMBER), ("date", _DATE)):
        if texts and sum(pattern.match(text) is not None for text in texts) >= _READS * len(texts):
            return kind
    return None


def is_rising(values: Sequence[str]) -> bool:
    """Whether texts are sorted; that of dates with the year first is the order of time."""
    return len(values) > 1 and values[0] < values[-1] and all(a <= b for a, b in pairwise(values))
