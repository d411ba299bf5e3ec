"""The names that settings may mention, and help for those who mistype one."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from nbprod.protocol import Dimension

UNIGNORABLE = frozenset({"hard-coded-secret", "secret-in-output"})
"""Rules that no ignore silences by name: a value is allowed by its hash instead."""

ALWAYS_ON = frozenset({"cell-not-analysable"})
"""Rules that run whatever is selected: without them an unreadable cell would look clean."""


class RuleInfo(Struct, frozen=True):
    """What the configuration must know of a rule: its dimension and the types of its options."""

    dimension: Dimension | None = None
    options: Mapping[str, type] = {}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest known name, or nothing when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  -- only for a mistake

    word, names = word.lower().replace("_", "-"), list(known)
    near = [name for name in names if word and name.startswith(word)] or get_close_matches(word, names, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
