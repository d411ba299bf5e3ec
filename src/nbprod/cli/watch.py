"""`nbprod check --watch`: checks again whenever a notebook, or what configures its check, has changed.

A change counts when nothing more follows for a moment, and a notebook that is half written is waited for: who saves
often wants to see findings, not errors.
"""

import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from nbprod.api import known_rules
from nbprod.cli.checking import Request, carry_out
from nbprod.cli.run import complain, notebooks_in
from nbprod.config import Configuration
from nbprod.errors import NbprodError
from nbprod.notebook import surroundings
from nbprod.output.tally import count_of

_INTERVAL_S: Final = 0.5
_SHARE: Final = 10
"""Looking takes a tenth of the time at most."""
_SETTLED_S: Final = 0.2
_PATIENCE_S: Final = 3.0
"""For how long a notebook is taken for half written."""
_CLEAR: Final = "\x1b[H\x1b[2J"
_SETTINGS: Final = ("nbprod.toml", "pyproject.toml", ".gitignore")

Seen = dict[str, tuple[int, int, int]]
"""The files that matter -> when they were written (ns), their size and inode."""


def watch(request: Request) -> int:
    """Check until the user interrupts; the exit code.

    Raises:
        NbprodError: The request can't be met even once.
    """
    try:
        seen = _look(request)
        _check(request)
        while True:
            _tell(seen)
            seen = _next(request, seen)
            present = tuple(path for path in request.paths if os.path.lexists(path))
            try:
                if present or not request.paths:
                    _check(replace(request, paths=present))
            except NbprodError as error:  # a configuration that is being edited
                complain(f"Error: {error}")
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # after the ^C that terminals show
        return 0


def _check(request: Request) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(_CLEAR)
    surroundings.forget()
    carry_out(request)
    sys.stdout.flush()
    gc.collect()  # it is off in short runs, and this one may last all day


def _tell(seen: Seen) -> None:
    notebooks = sum(not path.endswith(_SETTINGS) for path in seen)
    complain(f"{time.strftime('%H:%M:%S')}: watching {count_of(notebooks, 'notebook')}; Ctrl-C ends.")


def _next(request: Request, seen: Seen) -> Seen:
    """Wait for a change that is complete; the files after it."""
    pause = _INTERVAL_S
    while True:
        time.sleep(pause)
        started = time.monotonic()
        now = _look(request)
        if now != seen:
            return _settled(request, seen, now)
        pause = max(_INTERVAL_S, _SHARE * (time.monotonic() - started))


def _settled(request: Request, seen: Seen, now: Seen) -> Seen:
    until = time.monotonic() + _PATIENCE_S
    while True:
        time.sleep(_SETTLED_S)
        later = _look(request)
        fresh = [path for path, state in later.items() if seen.get(path) != state]
        if later == now and (time.monotonic() > until or all(map(_is_whole, fresh))):
            return later
        now = later


def _look(request: Request) -> Seen:
    """The notebooks of the request, and the files that say how they are to be checked."""
    paths = request.paths or (".",)
    configuration = Configuration(known_rules(), request.overrides)
    found_there = notebooks_in(paths, configuration, lambda _: None)
    notebooks = [found for found in found_there if isinstance(found, str)]
    seen: Seen = {}
    for path in (*notebooks, *_settings_of([*notebooks, *paths]), *filter(None, [request.baseline])):
        try:
            found = os.stat(path)  # noqa: PTH116  -- thousands, twice a second
        except (OSError, ValueError):
            continue
        seen[path] = found.st_mtime_ns, found.st_size, found.st_ino
    return seen


def _settings_of(paths: Iterable[str]) -> Iterator[str]:
    """Where settings of these files and folders may stand: beside them, and in all folders above."""
    known: set[str] = set()
    for path in paths:
        folder = os.path.abspath(path)  # noqa: PTH100
        while folder not in known:
            known.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
    return (os.path.join(folder, name) for folder in known for name in _SETTINGS)  # noqa: PTH118


def _is_whole(path: str) -> bool:
    """Whether a notebook holds all of its JSON."""
    if not path.endswith(".ipynb"):
        return True
    try:
        msgspec.json.decode(Path(path).read_bytes(), type=msgspec.Raw)
    except (OSError, msgspec.DecodeError, RecursionError):
        return False
    return True
