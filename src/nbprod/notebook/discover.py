"""Finds the notebooks below folders, leaving out what git ignores and what tools generate."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nbprod.errors import UsageError
from nbprod.protocol import Problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SKIPPED_FOLDERS = frozenset(
    {
        *(".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "site-packages", "node_modules"),
        *(".ipynb_checkpoints", ".virtual_documents", "__pycache__"),
        *(".mypy_cache", ".nbprod_cache", ".pytest_cache", ".ruff_cache"),
    }
)
"""Folders that are not entered unless they are named."""


def is_text_notebook(path: Path, *, marked: bool = False) -> bool:
    """Whether a Python file is evidently a notebook; if `marked`, whether it has cell markers."""
    from nbprod.notebook.text.evident import is_notebook  # noqa: PLC0415 - many folders hold no Python file

    return is_notebook(path, marked=marked)


def discover(
    paths: Sequence[Path],
    exclude: Callable[[Path], bool] = lambda _: False,
    is_text: Callable[[Path], bool] = is_text_notebook,
) -> Iterator[Path | Problem]:
    """Find notebooks: files as given, folders walked in sorted order; symlinked folders inside are not followed.

    Args:
        paths: files, which are always taken, and folders.
        exclude: says which files and folders below the given folders to leave out.
        is_text: says which Python files in them are notebooks.

    Yields:
        Each notebook once; a problem for a folder that cannot be read.

    Raises:
        UsageError: a path does not exist; raised before anything is yielded.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path}: no such file or folder")
    return _unique(paths, exclude, is_text)


def _unique(
    paths: Sequence[Path], exclude: Callable[[Path], bool], is_text: Callable[[Path], bool]
) -> Iterator[Path | Problem]:
    seen: set[str] = set()
    for path in paths:
        for found in _walk(path, exclude, is_text) if path.is_dir() else (path,):
            name = os.path.abspath(found.path if isinstance(found, Problem) else found)  # noqa: PTH100 - keeps symlinks
            if name not in seen:
                seen.add(name)
                yield found


class _Ignore(NamedTuple):
    """One .gitignore: its folder and its patterns."""

    folder: str
    patterns: "GitIgnoreSpec"


def _walk(root: Path, exclude: Callable[[Path], bool], is_text: Callable[[Path], bool]) -> Iterator[Path | Problem]:
    waiting: list[tuple[Path, bool, tuple[_Ignore, ...]]] = [(root, True, _ignores_above(root))]
    while waiting:
        path, is_folder, ignores = waiting.pop()
        if not is_folder:
            yield path
            continue
        try:
            with os.scandir(path) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
            ignores += _ignore_in(path) if any(entry.name == ".gitignore" for entry in entries) else ()
        except (OSError, ValueError) as error:
            yield Problem(path=str(path), stage="read", message=f"the folder cannot be read: {error}")
            continue
        for entry in reversed(entries):
            child = path / entry.name
            folder = entry.is_dir(follow_symlinks=False)
            wanted = (
                entry.name not in SKIPPED_FOLDERS
                if folder
                else entry.name.endswith((".ipynb", ".py")) and not _leads_to_folder(entry)
            )
            if not wanted or _ignored(child, folder, ignores) or exclude(child):
                continue
            if folder or entry.name.endswith(".ipynb") or is_text(child):
                waiting.append((child, folder, ignores))


def _ignore_in(folder: Path) -> tuple[_Ignore, ...]:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - most runs meet no .gitignore

    lines = (folder / ".gitignore").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return (_Ignore(os.path.abspath(folder), GitIgnoreSpec.from_lines(lines)),)  # noqa: PTH100 - keeps symlinks


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; a link that leads in a circle is left to the reader to explain."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _ignores_above(root: Path) -> tuple[_Ignore, ...]:
    """The .gitignore files above a folder, up to its git repository's root; none when they ignore the folder itself."""
    folder = Path(os.path.abspath(root))  # noqa: PTH100 - keeps symlinks
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
    ignores: tuple[_Ignore, ...] = ()
    for parent in reversed(folder.parents):
        if parent.is_relative_to(top) and (parent / ".gitignore").is_file():
            ignores += _ignore_in(parent)
    return () if _ignored(folder, True, ignores) else ignores


def _ignored(path: Path, is_folder: bool, ignores: Sequence[_Ignore]) -> bool:
    """What git would say: the last pattern that matches decides, and deeper files come after their parents'."""
    for folder, patterns in reversed(ignores):
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        verdict = patterns.check_file(f"{name}/" if is_folder else name).include
        if verdict is not None:
            return verdict
    return False
