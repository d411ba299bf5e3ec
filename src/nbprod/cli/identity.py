"""What a result depends on besides the notebook and its project: the code that makes it, and what was asked of it."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import nbprod
from nbprod.config import Overrides
from nbprod.registry import plugin_packages

try:
    from _blake2 import blake2b  # for all else that it has, hashlib loads OpenSSL: that takes as long as a warm run
except ImportError:
    from hashlib import blake2b

_FORMAT: Final = 1
"""To be raised when results are kept in another form."""
_MATTERING: Final = ("libcst-", "nbformat-")
"""Distributions that have a part in results, as their metadata is called."""
_CODE: Final = (".py", ".json")


def identity(overrides: Overrides, *, edits: bool, lines: bool) -> bytes:
    """The hash of all that every result of a run depends on.

    Args:
        overrides: What the command line asked for.
        edits: Whether fixes are worked out.
        lines: Whether lines of the file are looked up.
    """
    found = blake2b(_code(), digest_size=12)
    found.update(msgspec.json.encode([edits, lines, overrides]))
    return found.digest()


@cache
def _code() -> bytes:
    """The hash of the code that makes results: looked up once, since what runs stays what it was."""
    found = blake2b()
    for part in (_FORMAT, sys.implementation.cache_tag, sys.hexversion, *sorted(_installed())):
        found.update(f"{part}\0".encode())
    packages = (place for name in plugin_packages() for place in _places(name))
    for place in (str(Path(nbprod.__file__).parent), *packages):
        for name, path in _sources(place):
            found.update(f"{name}\0".encode("utf-8", "surrogatepass"))
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123  -- some hundreds in each run
                found.update(file.read())
    return found.digest()


def _installed() -> Iterator[str]:
    """Names and versions of the distributions that matter."""
    for folder in dict.fromkeys(sys.path):
        try:
            with os.scandir(folder or ".") as entries:
                yield from (entry.name for entry in entries if entry.name.startswith(_MATTERING))
        except OSError:  # an archive, or nothing
            continue


def _places(module: str) -> list[str]:
    """The folders of a package, or the file of a module; nothing of it is run."""
    from importlib.util import find_spec  # noqa: PLC0415  -- few have plugins

    spec = find_spec(module)
    if spec is None:
        return []
    return list(spec.submodule_search_locations or ([spec.origin] if spec.origin else []))


def _sources(place: str) -> Iterator[tuple[str, str]]:
    """The files of a package that say what it does, each with its path from there, in order; or the one file."""
    waiting = [place]
    while waiting:
        path = waiting.pop()
        if path.endswith(_CODE):
            yield path.removeprefix(place), path
        else:
            with os.scandir(path) as entries:
                wanted = (entry.path for entry in entries if entry.name.endswith(_CODE) or _is_package(entry))
                waiting.extend(sorted(wanted))


def _is_package(entry: "os.DirEntry[str]") -> bool:
    return entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False)
