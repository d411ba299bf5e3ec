"""Rows that two tables or arrays share, by hashes that are thrown away."""

import sys
from collections.abc import Sequence
from typing import Any, Final

from nbprod.evidence import Overlap
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.cells import Objects
from nbprod.kernel.evidence.classes import exported, is_exactly, is_one_of
from nbprod.kernel.evidence.counts import row_keys, spacing
from nbprod.kernel.evidence.polars_tables import is_countable
from nbprod.kernel.evidence.tables import is_known_dtype

_ROWS: Final = 100_000
_CELLS: Final = 2_000_000
"""Looked at in each of the two."""


def overlap(first: Any, second: Any, column: str | None, deadline: Deadline) -> Overlap | None:
    """How many rows of `second` also stand in `first`; None when they can't be compared.

    Of large ones, evenly spaced rows are looked at, so that at least so many are shared.
    """
    keys = _keys(first, second, column, deadline)
    if keys is None:
        return None
    known, asked = keys
    shared = sys.modules["numpy"].isin(asked, known)
    return Overlap(shared=int(shared.sum()), seen=len(asked))


def _keys(first: Any, second: Any, column: str | None, deadline: Deadline) -> tuple[Any, Any] | None:
    """A number for each row of both, equal for equal rows."""
    pair = (first, second)
    if all(is_exactly(thing, "numpy", "ndarray") for thing in pair):
        return _array_keys(first, second) if column is None else None
    for module, columns_of, number in (
        ("pandas", _pandas_columns, _pandas_keys),
        ("polars", _polars_columns, _polars_keys),
    ):
        if all(any(is_exactly(thing, module, name) for name in ("DataFrame", "Series")) for thing in pair):
            ours, theirs = (columns_of(thing, column) for thing in pair)
            if not ours or list(ours) != list(theirs):
                return None
            return number(list(zip(ours.values(), theirs.values(), strict=True)), deadline)
    return None


def _step(rows: int, columns: int) -> int:
    return spacing(rows, min(_ROWS, max(1, _CELLS // max(1, columns))))


def _array_keys(first: Any, second: Any) -> tuple[Any, Any] | None:
    is_same_form = first.ndim == second.ndim == 2 and first.shape[1] == second.shape[1] and first.dtype == second.dtype
    if not is_same_form or first.dtype.kind not in "iufb" or not first.size or not second.size:
        return None
    numpy = sys.modules["numpy"]
    rows = [numpy.ascontiguousarray(thing[:: _step(*thing.shape)]) for thing in (first, second)]
    whole = numpy.dtype((numpy.void, first.dtype.itemsize * first.shape[1]))
    _, numbers = numpy.unique(numpy.concatenate([part.view(whole).ravel() for part in rows]), return_inverse=True)
    return numbers[: len(rows[0])], numbers[len(rows[0]) :]


def _pandas_columns(thing: Any, column: str | None) -> dict[Any, Any]:
    """The columns of a table by label, or the one; none where labels say nothing."""
    pandas = sys.modules["pandas"]
    if type(thing) is pandas.Series:
        return {"": pandas.Series(thing)} if column is None else {}
    frame = pandas.DataFrame(thing)
    labels = list(frame.columns)
    if not all(is_one_of(type(label), (str, int)) for label in labels) or len(set(labels)) < len(labels):
        return {}
    return {label: frame.iloc[:, place] for place, label in enumerate(labels) if column is None or label == column}


def _pandas_keys(pairs: Sequence[tuple[Any, Any]], deadline: Deadline) -> tuple[Any, Any] | None:
    pandas = sys.modules["pandas"]
    steps = [_step(len(column), len(pairs)) for column in pairs[0]]
    codes = []
    for pair in pairs:
        deadline.check()
        parts = [column.iloc[::step] for column, step in zip(pair, steps, strict=True)]
        if not _are_comparable(*parts):
            return None
        codes.append(pandas.factorize(pandas.concat(parts, ignore_index=True))[0])
    rows = -(-len(pairs[0][0]) // steps[0])
    keys = row_keys(codes)
    return keys[:rows], keys[rows:]


def _are_comparable(first: Any, second: Any) -> bool:
    if not is_known_dtype(first.dtype) or not is_known_dtype(second.dtype):
        return False
    if exported("pandas", "CategoricalDtype") in {type(first.dtype), type(second.dtype)}:
        return first.dtype is second.dtype  # to compare them is to compare their categories, which may be anything
    is_plain = first.dtype != object or (Objects(first.tolist()).countable and Objects(second.tolist()).countable)
    return bool(first.dtype == second.dtype) and is_plain


def _polars_columns(thing: Any, column: str | None) -> dict[str, Any]:
    polars = sys.modules["polars"]
    if type(thing) is polars.Series:
        return {"": thing} if column is None else {}
    found = {part.name: part for part in polars.DataFrame.get_columns(thing)}
    return found if column is None else {name: part for name, part in found.items() if name == column}


def _polars_keys(pairs: Sequence[tuple[Any, Any]], deadline: Deadline) -> tuple[Any, Any] | None:
    polars = sys.modules["polars"]
    if any(first.dtype != second.dtype or not is_countable(first.dtype) for first, second in pairs):
        return None
    hashed = []
    for columns in zip(*pairs, strict=True):
        deadline.check()
        step = _step(len(columns[0]), len(columns))
        parts = [column.gather_every(step).alias(str(place)) for place, column in enumerate(columns)]
        hashed.append(polars.DataFrame(parts).hash_rows().to_numpy())
    return hashed[0], hashed[1]
