"""What is outside of the session's memory: installed packages, variables, the machine."""

import os
import sys
import threading
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

_PATIENCE: Final = 0.05
"""Seconds that somebody who types waits for the list of packages, while it is being read."""
_NO_LIMIT: Final = 1 << 60
_CONTAINER_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Packages:
    """The installed distributions by the modules that they give.

    Reading them takes a good part of a second, so it is done in a thread of its own, and again when something was
    installed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, list[str]] = {}
        self._versions: dict[str, str] = {}
        self._state: tuple[tuple[str, float], ...] = ()
        self._begun = 0.0
        self._reader = threading.Thread()

    def versions(self, module: str, *, patient: bool) -> dict[str, str]:
        """The distributions that give a module, with their versions; who is not `patient` may be told nothing."""
        self.refresh()
        if self._reader.is_alive():
            self._reader.join(None if patient else max(0.0, self._begun + _PATIENCE - time.monotonic()))
        return {name: self._version(name) for name in dict.fromkeys(self._found.get(module, ()))}

    def refresh(self) -> None:
        """Begin to read what is installed, unless that is known."""
        with self._lock:
            state = _state_of_path()
            if state == self._state:
                return
            self._state, self._begun = state, time.monotonic()
            self._reader = threading.Thread(target=self._read, daemon=True, name="nbprod-packages")
            self._reader.start()

    def _read(self) -> None:
        try:
            found = {module: list(names) for module, names in metadata.packages_distributions().items()}
        except Exception:  # noqa: BLE001  -- a broken installation: nothing is known of it
            found = {}
        self._found, self._versions = found, {}

    def _version(self, name: str) -> str:
        if name not in self._versions:
            self._versions[name] = metadata.version(name)
        return self._versions[name]


PACKAGES: Final = Packages()
"""Those of this process."""


def _state_of_path() -> tuple[tuple[str, float], ...]:
    """Where modules are found, and when the folders that packages are installed in were last changed."""
    return tuple((folder, _changed(folder) if folder.endswith("-packages") else 0.0) for folder in sys.path if folder)


def _changed(folder: str) -> float:
    try:
        return Path(folder).stat().st_mtime
    except OSError:
        return 0.0


def total_memory() -> int | None:
    """The memory in bytes that this process may use: the container's limit, or the machine's."""
    limits = [limit for limit in (_limit(path) for path in _CONTAINER_LIMITS) if limit is not None]
    with suppress(AttributeError, ValueError, OSError):  # Windows does not say
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(limits, default=None)


def _limit(path: str) -> int | None:
    try:
        text = Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() and int(text) < _NO_LIMIT else None
