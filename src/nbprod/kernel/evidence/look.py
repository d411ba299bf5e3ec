"""Which collector looks at what: the allow-list of exact classes."""

from collections.abc import Callable
from typing import Any, Final

from nbprod.evidence import Opaque, Thing
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.classes import is_exactly, qualified
from nbprod.kernel.evidence.plain import imported, plain_value
from nbprod.kernel.evidence.tables import pandas_table

Looker = Callable[[Any, Deadline], Thing | None]

_LOOKERS: Final[tuple[tuple[str, str, Looker], ...]] = (
    ("pandas", "DataFrame", pandas_table),
    ("pandas", "Series", pandas_table),
)


def look(thing: Any, deadline: Deadline) -> Thing | None:
    """What is known of an object; None when that could not be found out.

    Only objects of listed classes are touched. All others are `Opaque`, lazy tables (Spark, Dask) among them.
    """
    try:
        for module, name, looker in _LOOKERS:
            if is_exactly(thing, module, name):
                return looker(thing, deadline)
        return plain_value(thing) or imported(thing) or Opaque(type=qualified(type(thing)))
    except Exception:  # noqa: BLE001  -- the user's thread may change the object meanwhile: nothing is known then
        return None
