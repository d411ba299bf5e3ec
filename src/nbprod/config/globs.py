"""Path patterns as in a .gitignore, without negation.

A pattern with a slash inside starts at the folder of the configuration file; one without matches a
file or folder of that name anywhere below. What matches a folder matches all that is in it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from nbprod.patterns import lazy_pattern

_TOKEN = lazy_pattern(r"(\*\*/)|(/\*\*$)|(\*\*|\*)|(\?)|(\[!?\]?[^\]]*\])|(.)", re.DOTALL)


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Say whether `path`, relative and with forward slashes, is meant by one of `patterns`."""
    return any(_compile(pattern).fullmatch(path) for pattern in patterns)


def is_pattern(pattern: str) -> bool:
    """Say whether `pattern` can be understood; `[z-a]` cannot."""
    try:
        _compile(pattern)
    except re.error:
        return False
    return bool(pattern.strip("/"))


@lru_cache(maxsize=512)
def _compile(pattern: str) -> re.Pattern[str]:
    body = pattern.removeprefix("./")
    folder_only = body.endswith("/")
    body = body.rstrip("/")
    anchored = "/" in body
    body = body.lstrip("/")
    start = "" if anchored else "(?:.*/)?"
    end = "/.*" if folder_only else "(?:/.*)?"
    return re.compile(start + "".join(_translate(token) for token in _TOKEN.finditer(body)) + end, re.DOTALL)


def _translate(token: re.Match[str]) -> str:
    folders, tail, star, mark, group, char = token.groups()
    if folders:
        return "(?:.*/)?"
    if tail:
        return "/.*"
    if star:
        return "[^/]*"
    if mark:
        return "[^/]"
    if group:
        negated = group.startswith("[!")
        inner = re.escape(group[2:-1] if negated else group[1:-1]).replace(r"\-", "-")
        return f"[^/{inner}]" if negated else f"[{inner}]"
    return re.escape(char)
