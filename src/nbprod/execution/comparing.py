"""Whether two runs left the same in memory."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from nbprod.evidence import Module, Thing
from nbprod.execution.running import Stop


class Results(Struct, frozen=True):
    """What a run gave: why it ended early, what is known of each name, and digests of what can be compared."""

    stop: Stop | None
    facts: Mapping[str, Thing | None]
    digests: Mapping[str, str]


def differences(before: Results, after: Results | None) -> set[str]:
    """The names that hold something else after another run; what the second has more of is no difference.

    Values are compared where they have digests. Of other objects it is compared what is known of them.
    """
    if after is None:
        return set()
    return {name for name, fact in before.facts.items() if not _is_kept(name, fact, before, after)}


def _is_kept(name: str, fact: Thing | None, before: Results, after: Results) -> bool:
    if isinstance(fact, Module):
        return True  # an import that the fix took out gave no result
    if name in before.digests or name in after.digests:
        return before.digests.get(name) == after.digests.get(name)
    other = after.facts.get(name)
    if fact is None or other is None:
        return name in after.facts  # there was no time to look
    return msgspec.json.encode(fact) == msgspec.json.encode(other)
