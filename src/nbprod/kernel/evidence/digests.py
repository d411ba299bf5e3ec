"""Digests of what names stand for, to tell whether two sessions hold the same without a value leaving either."""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from nbprod.kernel.evidence.cells import Objects
from nbprod.kernel.evidence.classes import is_exactly, is_one_of, qualified
from nbprod.kernel.evidence.polars_tables import is_countable
from nbprod.kernel.evidence.tables import is_known_dtype

_SCALARS: Final = (str, int, float, bool, type(None), bytes, complex)
_DEEPEST: Final = 20


class Unknown(Exception):  # noqa: N818  -- a signal, not an error
    """Something in an object may not be touched."""


def digest(thing: Any, key: bytes) -> str | None:
    """The digest of one object; None when it holds what may not be touched, or can't be compared."""
    hashed = blake2b(key=key[:64], digest_size=16)
    try:
        for part in _parts(thing, 0):
            hashed.update(len(part).to_bytes(8, "little") + part)
    except Exception:  # noqa: BLE001  -- it is not compared then
        return None
    return hashed.hexdigest()


def _parts(thing: Any, depth: int) -> Iterator[bytes]:
    """The bytes that an object is made of, its class first."""
    cls = type(thing)
    yield qualified(cls).encode()
    if is_one_of(cls, _SCALARS):
        yield repr(thing).encode("utf-8", "surrogatepass")
    elif is_one_of(cls, (list, tuple, dict)) and depth < _DEEPEST:
        for item in thing.items() if cls is dict else thing:
            yield from _parts(item, depth + 1)
    elif is_exactly(thing, "numpy", "ndarray"):
        yield from _array(thing)
    elif is_exactly(thing, "torch", "Tensor"):
        yield from _array(thing.detach().cpu().numpy())
    elif any(is_exactly(thing, "pandas", name) for name in ("DataFrame", "Series")):
        yield from _pandas(thing)
    elif any(is_exactly(thing, "polars", name) for name in ("DataFrame", "Series")):
        yield from _polars(thing)
    else:
        raise Unknown


def _array(values: Any) -> Iterator[bytes]:
    yield f"{values.dtype} {values.shape}".encode()
    if values.dtype.kind == "O":
        yield from _objects(values.ravel().tolist())
    elif values.dtype.kind == "V":
        raise Unknown
    else:
        yield values.tobytes()


def _objects(values: list[Any]) -> Iterator[bytes]:
    if not Objects(values).countable:
        raise Unknown
    yield from (f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass") for value in values)


def _pandas(thing: Any) -> Iterator[bytes]:
    pandas = sys.modules["pandas"]
    frame = pandas.DataFrame(thing)
    yield from _objects(list(frame.columns))
    index = pandas.Series(frame.index)
    for column in (index, *(frame.iloc[:, place] for place in range(frame.shape[1]))):
        if not is_known_dtype(column.dtype):
            raise Unknown
        yield str(column.dtype).encode()
        if column.dtype == object:
            yield from _objects(column.tolist())
        else:
            yield pandas.util.hash_pandas_object(column, index=False).to_numpy().tobytes()


def _polars(thing: Any) -> Iterator[bytes]:
    frame = sys.modules["polars"].DataFrame(thing)
    if not all(is_countable(dtype) for dtype in frame.dtypes):
        raise Unknown
    yield " ".join(map(str, frame.columns)).encode()
    yield frame.hash_rows().to_numpy().tobytes()
