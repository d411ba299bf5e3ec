"""What rules ask of the folders around a notebook, and who hears it.

Rules see nothing of the file system but the answers of these questions. So a result can be kept together with all that
was asked, and be taken again for as long as the answers are the same: see `listening`. Answers are remembered for a
minute, for processes that may live for days.
"""

# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH119, PTH120, PTH123
# Thousands of questions are asked in a run, and pathlib takes several times as long.

import os
import re
import stat
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache, wraps
from typing import Final, NamedTuple, ParamSpec, TypeVar

Asked = dict[tuple[str, str], Hashable]
"""The name of a question and what it was about -> the answer."""

MARKS: Final = (".git", ".hg", ".svn", "pyproject.toml", "setup.py", "setup.cfg", "CODEOWNERS", "catalog-info.yaml")
LARGEST: Final = 4_000_000
"""Bytes; a larger file is not read."""

_REMEMBERED_S: Final = 60
_HIGHEST: Final = 30
_MOST_ENTRIES: Final = 5_000
_MOST_LOOKED_AT: Final = 500
_DEPENDENCIES: Final = frozenset(
    {
        *("pyproject.toml", "setup.cfg", "setup.py", "settings.ini", "pipfile", "pixi.toml"),
        *("pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "conda-lock.yml"),
    }
)
_heard: ContextVar[Asked | None] = ContextVar("_heard", default=None)
_memories: list[Callable[[], None]] = []
P = ParamSpec("P")
H = TypeVar("H", bound=Hashable)
T = TypeVar("T")


class File(NamedTuple):
    """What a file holds: `data` is None when there is none that may be read; it may also be unreadable or too large."""

    data: bytes | None
    is_readable: bool = True


@contextmanager
def listening() -> Iterator[Asked]:
    """Collect what is asked meanwhile in this thread."""
    asked: Asked = {}
    token = _heard.set(asked)
    try:
        yield asked
    finally:
        _heard.reset(token)


def tell(question: str, subject: str, answer: Hashable) -> None:
    """Let who listens know the answer of a question."""
    heard = _heard.get()
    if heard is not None:
        heard[question, subject] = answer


def remembered(work: Callable[P, T]) -> Callable[P, T]:
    """Work out once a minute what depends on such questions alone; who asks hears them each time."""

    @lru_cache(maxsize=1024)
    def made(_minute: int, *args: P.args, **kwargs: P.kwargs) -> tuple[T, Asked]:
        with listening() as asked:
            return work(*args, **kwargs), asked

    @wraps(work)
    def recall(*args: P.args, **kwargs: P.kwargs) -> T:
        result, asked = made(_minute(), *args, **kwargs)  # type: ignore[arg-type]  # lru_cache forgets what it takes
        heard = _heard.get()
        if heard is not None:
            heard.update(asked)
        return result

    _memories.append(made.cache_clear)
    return recall


def forget() -> None:
    """Look at everything anew."""
    for clear in _memories:
        clear()


def _minute() -> int:
    return int(time.monotonic() // _REMEMBERED_S)


def _question(ask: Callable[[str], H]) -> Callable[[str], H]:
    """Make a question of a function of a path: its answer is remembered, and told to who listens."""

    @remembered
    @wraps(ask)
    def answer(subject: str) -> H:
        found = ask(subject)
        tell(ask.__name__, subject, found)
        return found

    return answer


@_question
def marks(folder: str) -> tuple[str, ...]:
    """Which files or folders stand in a folder that mark the root of a project."""
    return tuple(mark for mark in MARKS if os.path.exists(os.path.join(folder, mark)))


@_question
def real(path: str) -> str:
    """Where a path leads."""
    return os.path.realpath(path)


@_question
def is_folder(path: str) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)


@_question
def modules(folder: str) -> tuple[tuple[str, str], ...]:
    """What stands in a folder that could be imported, by name: Python files, and folders."""
    names = ((name.removesuffix(".py"), os.path.join(folder, name)) for name in _names_in(folder, _MOST_ENTRIES))
    return tuple(sorted((name, path) for name, path in names if "." not in name))


@_question
def is_package(path: str) -> bool:
    """Whether there is a folder that holds Python."""
    return os.path.isdir(path) and any(name.endswith(".py") for name in _names_in(path, _MOST_LOOKED_AT))


@_question
def dependency_files(folder: str) -> tuple[str, ...]:
    """The names of the files in a folder that could say what a project needs."""
    in_requirements = os.path.basename(folder) == "requirements"
    names = sorted(_names_in(folder, _MOST_ENTRIES))
    return tuple(name for name in names if _may_declare(name.lower(), in_requirements=in_requirements))


def _may_declare(name: str, *, in_requirements: bool) -> bool:
    if name in _DEPENDENCIES or (name.endswith((".txt", ".in")) and (in_requirements or "requirements" in name)):
        return True
    return name.endswith((".yml", ".yaml")) and re.match(r"(?:conda[-_]?)?env|conda(?!-lock)", name) is not None


def _names_in(folder: str, most: int) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(most), strict=False)]
    except (OSError, ValueError):
        return []


@remembered
def project_root(folder: str) -> str | None:
    """The folder of the project that a folder lies in: of a repository if there is one, else of a package."""
    found: str | None = None
    for _ in range(_HIGHEST):
        standing = marks(folder)
        if set(standing) - {".svn"}:
            found = folder
        above = os.path.dirname(folder)
        if above == folder or ".git" in standing or ".hg" in standing:
            break
        folder = above
    return found


def content(path: str) -> File:
    """What a regular file holds; one that changed is read again at once."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        found = File(None)
    except (OSError, ValueError):
        found = File(None, is_readable=False)
    else:
        found = _content(path, status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else File(None)
    tell("content", path, found)
    return found


@lru_cache(maxsize=256)
def _content(path: str, _changed: int, size: int) -> File:
    if size > LARGEST:
        return File(None, is_readable=False)
    try:
        with open(path, "rb") as file:
            return File(file.read(LARGEST))  # never more, should it grow
    except OSError:
        return File(None, is_readable=False)


def is_over(day: str, today: date | None = None) -> bool:
    """Whether a day, as ISO 8601 writes it, lies before today (UTC)."""
    over = date.fromisoformat(day) < (today or datetime.now(tz=UTC).date())
    tell("is_over", day, over)
    return over


QUESTIONS: Final[Mapping[str, Callable[[str], Hashable]]] = {
    "marks": marks,
    "real": real,
    "is_folder": is_folder,
    "modules": modules,
    "is_package": is_package,
    "dependency_files": dependency_files,
    "content": content,
    "is_over": is_over,
}
"""All that rules may ask, to be asked again."""
