"""Regular expressions that are compiled when they are first used.

Compiling one takes as long as importing a small module, and most notebooks need few of all that
the rules hold ready.
"""

import re
from collections.abc import Iterable
from typing import Any, AnyStr, cast


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` returns, but compiled by the first use.

    Its methods are called as ever (`p.search(text)`); functions of `re` don't take it.
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))


def one_of(literals: Iterable[str]) -> str:
    """A pattern of one of some literals, by their common beginnings: several times as quick as one after the other.

    It tells whether one of them is there; of two that begin alike it may match the shorter.
    """
    rests: dict[str, list[str]] = {}
    for literal in sorted(literals):
        rests.setdefault(literal[0], []).append(literal[1:])
    return "|".join(re.escape(first) + _one_of_rests(rest) for first, rest in rests.items())


def _one_of_rests(rests: list[str]) -> str:
    if "" in rests:
        return ""
    return re.escape(rests[0]) if len(rests) == 1 else f"(?:{one_of(rests)})"


class _LazyPattern:
    """Stands for a pattern; keeps each method that was asked for, so that the next call is as fast as the pattern's."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._source = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = self.__dict__.get("_compiled")
        if compiled is None:
            compiled = self.__dict__["_compiled"] = re.compile(self._source, self._flags)
        value = self.__dict__[name] = getattr(compiled, name)
        return value
