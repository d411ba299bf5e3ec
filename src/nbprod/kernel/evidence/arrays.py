"""Arrays of numpy, sparse matrices of scipy and tensors of torch."""

import sys
from typing import Any, Final

from nbprod.evidence import Array
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.cells import Objects
from nbprod.kernel.evidence.classes import qualified
from nbprod.kernel.evidence.counts import spacing

_ENTRIES: Final = 100_000
"""Of the first axis that are looked at, at most."""
_NUMBERS: Final = 2_000_000
"""In those entries."""


def numpy_array(thing: Any, deadline: Deadline) -> Array:
    """What is known of an array; a subclass, such as one that reads from a file, is not looked at."""
    whole = Array(type="numpy.ndarray", shape=thing.shape, dtype=str(thing.dtype), memory=int(thing.nbytes))
    return _counted(whole, thing, deadline)


def torch_tensor(thing: Any, deadline: Deadline) -> Array:
    """What is known of a tensor. Numbers on an accelerator, or that are not laid out plainly, are left there."""
    torch = sys.modules["torch"]
    shape = tuple(int(size) for size in thing.shape)
    memory = int(thing.element_size() * thing.nelement())
    whole = Array(type=qualified(type(thing)), shape=shape, dtype=str(thing.dtype), memory=memory)
    is_plain = thing.device.type == "cpu" and thing.layout is torch.strided and not thing.is_quantized
    if not is_plain or str(thing.dtype) == "torch.bfloat16" or thing.is_conj() or thing.is_neg():
        return whole
    return _counted(whole, thing.detach().numpy(), deadline)


def sparse_matrix(thing: Any, deadline: Deadline) -> Array:
    """What is known of a sparse matrix: its shape."""
    return Array(type=qualified(type(thing)), shape=tuple(thing.shape), dtype=str(thing.dtype))


def _counted(whole: Array, values: Any, deadline: Deadline) -> Array:
    """The array with counts over evenly spaced entries of its first axis."""
    if not values.ndim or not values.size:
        return whole
    entries = len(values)
    part = values[:: spacing(entries, min(_ENTRIES, max(1, _NUMBERS * entries // values.size)))]
    deadline.check()
    nulls = _nulls(part)
    deadline.check()
    often = _often(part) if part.ndim == 1 else None
    return Array(
        type=whole.type,
        shape=whole.shape,
        dtype=whole.dtype,
        memory=whole.memory,
        seen=len(part),
        nulls=nulls,
        distinct=None if often is None else int(often.size),
        most=None if often is None or not often.size else int(often.max()),
    )


def _nulls(part: Any) -> int | None:
    numpy = sys.modules["numpy"]
    if part.dtype.kind in "fc":
        return int(numpy.isnan(part).sum())
    if part.dtype.kind in "mM":
        return int(numpy.isnat(part).sum())
    if part.dtype.kind == "O":
        return sum(Objects(part.ravel().tolist()).nulls) if part.size <= _ENTRIES else None
    return 0 if part.dtype.kind in "iubSU" else None


def _often(part: Any) -> Any:
    """How often each value occurs that is no null; None where values may not be compared."""
    numpy = sys.modules["numpy"]
    if part.dtype.kind == "f":
        part = part[~numpy.isnan(part)]
    elif part.dtype.kind == "O":
        objects = Objects(part.tolist())
        if not objects.countable or objects.mixed:
            return None
        part = part[~numpy.array(objects.nulls, dtype=bool)]
    elif part.dtype.kind not in "iubSU":
        return None
    return numpy.unique(part, return_counts=True)[1]
