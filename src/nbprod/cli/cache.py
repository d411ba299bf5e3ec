"""Keeps results, so that a notebook is not checked again while nothing changed that its result depends on.

That is: its bytes, its name, its configuration, what rules asked of the folders around it, and what `identity` says of
nbprod and the run. A few files hold the results of all folders. What can't be read is checked anew; what can't be
written is not kept, and the run goes on.
"""

import os
import stat
import time
from collections import defaultdict
from collections.abc import Hashable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from zlib import crc32

import msgspec
from msgspec.structs import replace

from nbprod.cli.links import refuse_links
from nbprod.cli.shelf import Answer, Blob, Draft, Entry, Shelf, State
from nbprod.config import Configuration
from nbprod.errors import ConfigError, UsageError
from nbprod.notebook.surroundings import QUESTIONS, listening, project_root
from nbprod.output import Outcome
from nbprod.protocol import Report, Severity

try:
    from _blake2 import blake2b  # for all else that it has, hashlib loads OpenSSL: that takes as long as a warm run
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from nbprod.api import Checker

FOLDER: Final = ".nbprod_cache"
SUFFIX: Final = ".results"
_SHELVES: Final = 16
_SETTLED_NS: Final = 2_000_000_000
"""A file that changed less than this ago may change once more and have the same time stamp."""
_STORABLE: Final = (1 << 63) - 1
"""Time stamps may lie before Christ, and inodes may have more bits than a number in the file."""
_OLDEST_S: Final = 30 * 24 * 3600
_MOST_BYTES: Final = 500_000_000
_TORN_S: Final = 3600
"""A temporary file of this age was left by a run that was killed."""
_PIECE: Final = 1 << 20
_LASTING: Final = frozenset({"read", "settings", "parse"})
"""Stages of problems that lie in the notebook; those that lie in us are looked at again."""
_TAG: Final = b"Signature: 8a477f597d28d172789f06886806bc55\n# Results of nbprod; see https://bford.info/cachedir/\n"


class Seen(msgspec.Struct, frozen=True):
    """What a result was worked out from, as in `Entry`; `asked` with the answers themselves."""

    state: State | None
    digest: bytes
    asked: tuple[Answer, ...]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    report: Report
    cells: list[str]
    limit: Severity | None


_DECODER: Final = msgspec.msgpack.Decoder(_Kept)


def examine(checker: "Checker", path: str) -> tuple[Outcome, Seen | None]:
    """Check a file, and note what the result depends on; None when it should not be kept.

    Raises:
        ConfigError: The configuration of its folder is wrong.
    """
    before = _state(path)
    digest = None if before is None else _digest_of_file(path)
    with listening() as asked:
        outcome = checker.check_file(path)
    lasts = all(problem.stage in _LASTING for problem in outcome.report.problems)
    if before is None or digest is None or not lasts or _state(path) != before:
        return outcome, None
    answers = tuple((question, subject, _digest(answer)) for (question, subject), answer in asked.items())
    return outcome, Seen(_settled(before), digest, answers)


class Cache:
    """The results of earlier runs.

    Args:
        folder: Where they are kept.
        key: What all results of this run depend on.
        configuration: The settings of this run.
    """

    def __init__(self, folder: Path, key: bytes, configuration: Configuration) -> None:
        self._folder = folder
        self._key = key
        self._configuration = configuration
        self._here = os.getcwd()  # noqa: PTH109  -- a part of names
        self._shelves: dict[int, Shelf] = {}
        self._found: dict[str, Entry] = {}
        self._new: dict[str, tuple[Entry, tuple[Answer, ...]]] = {}
        self._moved: dict[str, Entry] = {}
        self._asked: dict[tuple[Answer, ...], tuple[Answer, ...]] = {}
        self._answers: dict[tuple[str, str], bytes | None] = {}
        self._holding: dict[tuple[int, int], bool] = {}
        self._settings: dict[str, bytes] = {}

    def knows(self, path: str) -> bool:
        """Whether the result for a file is here, and right."""
        number = self._number(path)
        shelf = self._shelf(number)
        entry = shelf.entries.get(self._name(path))
        state = _state(path) if entry is not None else None
        if entry is None or state is None or not self._rests_on_the_same(path, entry, number):
            return False
        if state != entry.state:
            if _digest_of_file(path) != entry.digest:
                return False
            settled = _settled(state)
            if settled is not None:  # a checkout, or the cache of another machine: it need not be read next time
                self._moved[path] = replace(entry, state=settled)
        self._found[path] = entry
        return True

    def take(self, path: str) -> Outcome | None:
        """The result for a file that is known; None when it can't be read after all."""
        data = self._shelf(self._number(path)).read(self._found[path])
        try:
            kept = None if data is None else _DECODER.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            kept = None
        return None if kept is None else Outcome(kept.report, kept.cells, kept.limit)

    def keep(self, path: str, outcome: Outcome, seen: Seen) -> None:
        """Note a new result, to be written in the end."""
        try:
            data = msgspec.msgpack.encode(_Kept(outcome.report, list(outcome.cells), outcome.limit))
            msgspec.msgpack.encode([self._name(path), seen.asked])
            start = self._spool.seek(0, os.SEEK_END)
            self._spool.write(data)
            settings = self._settings_of(path)
        except (UnicodeEncodeError, OSError, ConfigError):  # a name that is no text; a full disk
            return
        blob = Blob(start, len(data), crc32(data))
        asked = self._asked.setdefault(seen.asked, seen.asked)  # often the same for a whole folder
        self._new[path] = Entry(seen.state, seen.digest, settings, 0, blob), asked

    def close(self) -> None:
        """Write what is new, and let go of all files."""
        self._save()
        for shelf in self._shelves.values():
            shelf.close()
        if "_spool" in self.__dict__:
            self._spool.close()

    def _save(self) -> None:
        by_shelf: dict[int, list[str]] = defaultdict(list)
        for path in (*self._new, *self._moved):
            by_shelf[self._number(path)].append(path)
        if not by_shelf:
            return
        try:
            _prepare(self._folder)
            for number, paths in by_shelf.items():
                self._write(self._path(number), paths)
            _tidy(self._folder)
        except OSError:  # read-only or full
            return

    def _write(self, target: Path, paths: list[str]) -> None:
        """Write a file anew; what other runs wrote to it meanwhile stays, but for notebooks that are gone."""
        old = Shelf(target, self._key)
        draft = Draft(self._key)
        for path in paths:
            if path in self._new:
                entry, asked = self._new[path]
                draft.add(self._name(path), entry, asked, partial(self._spooled, entry.blob))
        moved = {self._name(path): entry for path, entry in self._moved.items()}
        for name, entry in old.entries.items():
            asked_then = old.asked(entry)
            if asked_then is None or not os.path.lexists(os.path.join(*name.split("\0", 1))):  # noqa: PTH118
                continue
            same = name in moved and moved[name].digest == entry.digest
            known = replace(entry, state=moved[name].state) if same else entry
            draft.add(name, known, asked_then, partial(old.read, entry))
        try:
            draft.write(target)
        finally:
            old.close()

    @cached_property
    def _spool(self) -> IO[bytes]:
        """New results: a run over thousands of notebooks can't hold them in memory."""
        from tempfile import TemporaryFile  # noqa: PLC0415  -- slow to load, and a warm run writes nothing

        return TemporaryFile()

    def _spooled(self, blob: Blob) -> bytes:
        self._spool.seek(blob.start)
        return self._spool.read(blob.size)

    # -- where a result is --------------------------------------------------------------------

    def _name(self, path: str) -> str:
        return f"{self._here}\0{path}"

    def _number(self, path: str) -> int:
        folder = os.path.dirname(path)  # noqa: PTH120  -- once a notebook
        return crc32(os.fsencode(folder)) % _SHELVES

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._key.hex()}-{number:x}{SUFFIX}"

    def _shelf(self, number: int) -> Shelf:
        if number not in self._shelves:
            self._shelves[number] = Shelf(self._path(number), self._key)
        return self._shelves[number]

    # -- what a result depends on -------------------------------------------------------------

    def _rests_on_the_same(self, path: str, entry: Entry, number: int) -> bool:
        """Whether settings and surroundings are as they were."""
        try:
            if entry.settings != self._settings_of(path):
                return False
        except ConfigError:  # told by who checks it
            return False
        place = number, entry.asked
        if place not in self._holding:
            asked = self._shelf(number).asked(entry)
            self._holding[place] = asked is not None and all(self._answer(*what) == then for *what, then in asked)
        return self._holding[place]

    def _settings_of(self, path: str) -> bytes:
        identity = self._configuration.identity(path)
        if identity not in self._settings:
            self._settings[identity] = _digest(identity)
        return self._settings[identity]

    def _answer(self, question: str, subject: str) -> bytes | None:
        """The hash of what the surroundings answer now."""
        asked = question, subject
        if asked not in self._answers:
            try:
                self._answers[asked] = _digest(QUESTIONS[question](subject))
            except (KeyError, ValueError, OSError):
                self._answers[asked] = None
        return self._answers[asked]


def _state(path: str) -> State | None:
    """What `stat` says of a regular file; None for a link, which may lead elsewhere tomorrow, and all else."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    numbers = found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
    changed, moved, size, inode = (number & _STORABLE for number in numbers)
    return changed, moved, size, inode


def _settled(state: State) -> State | None:
    return state if time.time_ns() - max(state[:2]) > _SETTLED_NS else None


def _digest(value: Hashable) -> bytes:
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _digest_of_file(path: str) -> bytes | None:
    found = blake2b(digest_size=16)
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  -- once a notebook
            while piece := file.read(_PIECE):
                found.update(piece)
    except OSError:
        return None
    return found.digest()


def cache_folder(given: str | None) -> Path | None:
    """Where results are kept: the folder that was given, else one in the project around the current folder.

    A link is not followed: a repository might bring one that leads to somebody's files.

    Raises:
        UsageError: The folder that was given is a link, or lies behind one that leads out of the current folder.
    """
    here = os.getcwd()  # noqa: PTH109
    folder = Path(given) if given else Path(project_root(here) or here) / FOLDER
    try:
        refuse_links(folder)
    except UsageError:
        if given:
            raise
        return None
    return folder


def _prepare(folder: Path) -> None:
    """Make the folder; say to git and to backups that it holds nothing of worth."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((".gitignore", b"*\n"), ("CACHEDIR.TAG", _TAG)):
        try:
            with (folder / name).open("xb") as file:  # new, never through a link
                file.write(content)
        except FileExistsError:
            continue


def _tidy(folder: Path) -> None:
    """Take away what killed runs left, what nobody wrote for a month, and the oldest where it is too much."""
    with os.scandir(folder) as entries:
        ours = [entry for entry in entries if SUFFIX in entry.name and entry.is_file(follow_symlinks=False)]
    ages: Mapping[str, tuple[float, int]] = {
        entry.path: (time.time() - found.st_mtime, found.st_size)
        for entry in ours
        for found in [entry.stat(follow_symlinks=False)]
    }
    total = 0
    for path, (age, size) in sorted(ages.items(), key=lambda item: item[1][0]):
        total += size
        if age > (_OLDEST_S if path.endswith(SUFFIX) else _TORN_S) or total > _MOST_BYTES:
            Path(path).unlink(missing_ok=True)
