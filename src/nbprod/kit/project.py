"""The project that a notebook lies in: its root, and the few files there that rules ask about.

Nothing outside the project is read, whatever links say; nor is anything large.
"""

import os
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from nbprod.kit.context import Context

_MARKS: Final = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg", "CODEOWNERS", "catalog-info.yaml")
_HIGHEST: Final = 30
_LARGEST: Final = 256 * 1024
_REMEMBERED_S: Final = 60


def notebook_file(ctx: Context) -> Path | None:
    """The notebook's file; None when it is not where its path says (a notebook that was never saved)."""
    for path in (ctx.notebook.path, ctx.path.name):  # a kernel runs beside its notebook, and knows its path from above
        if path and os.path.isfile(path):  # noqa: PTH113  -- once a notebook, and may hold a NUL
            return Path(os.path.realpath(path))
    return None


def project_root(ctx: Context) -> Path | None:
    """The folder of the project that the notebook lies in: of a repository if there is one, else of a package."""
    file = notebook_file(ctx)
    return _root(str(file.parent), age()) if file is not None else None


def age() -> int:
    """A number that changes every minute, for what is remembered of folders by a process that may live for days."""
    return int(time.monotonic() // _REMEMBERED_S)


@lru_cache(maxsize=1024)
def _root(folder: str, now: int) -> Path | None:
    found: Path | None = None
    for place in [Path(folder), *Path(folder).parents][:_HIGHEST]:
        marks = _marks_in(str(place), now)
        if marks:
            found = place
        if ".git" in marks or ".hg" in marks:
            break
    return found


@lru_cache(maxsize=4096)
def _marks_in(folder: str, _now: int) -> list[str]:
    return [mark for mark in _MARKS if os.path.exists(os.path.join(folder, mark))]  # noqa: PTH110, PTH118  -- quicker


def project_text(root: Path, name: str) -> str | None:
    """The text of a file of the project, by its path from the root; None when there is none that may be read."""
    path = root / name
    try:
        if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            return None
        status = path.stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return _text(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _text(path: str, changed: int, size: int) -> str | None:
    if size > _LARGEST:
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123  -- never more than was asked for, should it grow
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
