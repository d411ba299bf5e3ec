"""Which collector looks at what: the allow-list of exact classes."""

from collections.abc import Callable
from typing import Any, Final

from nbprod.evidence import Opaque, Thing
from nbprod.kernel.evidence.arrays import numpy_array, sparse_matrix, torch_tensor
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.classes import is_exactly, qualified
from nbprod.kernel.evidence.estimators import estimator, is_estimator
from nbprod.kernel.evidence.plain import imported, plain_value
from nbprod.kernel.evidence.polars_tables import polars_table
from nbprod.kernel.evidence.tables import pandas_table

Looker = Callable[[Any, Deadline], Thing | None]

_FORMS: Final = ("csr", "csc", "coo")
_LOOKERS: Final[tuple[tuple[str, str, Looker], ...]] = (
    ("pandas", "DataFrame", pandas_table),
    ("pandas", "Series", pandas_table),
    ("polars", "DataFrame", polars_table),
    ("polars", "Series", polars_table),
    ("numpy", "ndarray", numpy_array),
    ("torch", "Tensor", torch_tensor),
    ("torch.nn", "Parameter", torch_tensor),
    *(("scipy.sparse", f"{form}_{kind}", sparse_matrix) for form in _FORMS for kind in ("matrix", "array")),
)


def look(thing: Any, deadline: Deadline) -> Thing | None:
    """What is known of an object; None when that could not be found out.

    Only objects of listed classes are touched. All others are `Opaque`, lazy tables (Spark, Dask) among them.
    """
    for module, name, looker in _LOOKERS:
        if is_exactly(thing, module, name):
            return looker(thing, deadline)
    if is_estimator(type(thing)):
        return estimator(thing, deadline)
    return plain_value(thing) or imported(thing) or Opaque(type=qualified(type(thing)))
