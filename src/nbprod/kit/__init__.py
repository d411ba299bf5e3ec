"""All that a rule may import.

What every rule needs is here: the base class, what a rule sees and gives back, the types of a notebook and its meaning.
What only some ask stands in the module of its topic (`from nbprod.kit.leakage import leakage_of`), so that a run loads
no more than its rules need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbprod.kit.essentials import *  # noqa: F403


def __getattr__(name: str) -> object:
    """Load what every rule needs when the first of it is asked for: where no rule runs, it would take the longest."""
    if name.startswith("_") or name == "essentials":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.essentials"), name)
