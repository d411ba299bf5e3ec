"""The witness of a running IPython shell."""

import platform
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from msgspec import Struct

from nbprod.evidence import Overlap, PathFact, Run, Session, Thing
from nbprod.kernel.evidence.budget import Budget, Deadline
from nbprod.kernel.evidence.digests import digest
from nbprod.kernel.evidence.environment import PACKAGES, total_memory
from nbprod.kernel.evidence.files import path_fact
from nbprod.kernel.evidence.look import look
from nbprod.kernel.evidence.overlap import overlap


class Seen(Struct, frozen=True):
    """What was found out when so many cells had run about objects with these ids; None when that failed."""

    state: tuple[int, ...]
    fact: Any


class KernelWitness:
    """Looks into one shell. What it saw is kept until another cell has run, and is all it tells while a cell runs.

    Args:
        shell: The `InteractiveShell` of the user's session.
        patient: Whether who asks would rather wait for what takes long to read than be told nothing.
    """

    def __init__(self, shell: Any, *, patient: bool = True) -> None:
        self._shell = shell
        self._patient = patient
        self._session: Session | None = None
        self._budget = Budget(patient=patient)
        self._seen: dict[tuple[str | None, ...], Seen] = {}
        PACKAGES.refresh()

    def session(self) -> Session:
        """What ran; the same object until something else ran. A report begins with it, and gets its time."""
        self._budget.renew()
        runs = self._runs()
        names = frozenset(_users_own(self._shell))
        running = _is_running(self._shell)
        known = self._session
        if known is None or (len(known.runs), known.names, known.running) != (len(runs), names, running):
            self._session = known = Session(python=platform.python_version(), runs=runs, names=names, running=running)
        return known

    def _runs(self) -> tuple[Run, ...]:
        """What was executed; a cell that runs right now has bound nothing yet that counts."""
        history = self._shell.history_manager
        sources = list(history.input_hist_raw)
        errors = getattr(history, "exceptions", None) or {}
        last = len(sources) - (1 if _is_running(self._shell) else 0)
        return tuple(
            Run(count=count, source=sources[count], error=_error(errors.get(count)))
            for count in range(1, last)
            if sources[count]
        )

    def thing(self, name: str) -> Thing | None:
        """What a global name stands for now; None when nothing does, or there was no time."""
        seen: Thing | None = self._look(("thing", name), (name,), lambda found, until: look(found[0], until))
        return seen

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:
        """Rows that two tables or arrays share; at least so many, where not all of large ones was looked at."""
        seen: Overlap | None = self._look(
            ("overlap", first, second, column),
            (first, second),
            lambda found, until: overlap(found[0], found[1], column, until),
        )
        return seen

    def path(self, path: str) -> PathFact | None:
        """A file or folder."""
        seen: PathFact | None = self._look(("path", path), (), lambda _found, _until: path_fact(path))
        return seen

    def versions(self, module: str) -> dict[str, str]:
        """The installed distributions that give an importable module, with their versions."""
        return PACKAGES.versions(module, patient=self._patient)

    def total_memory(self) -> int | None:
        """The memory of the machine or container in bytes."""
        return total_memory()

    def digests(self, key: str) -> dict[str, str]:
        """Digests of the tables, arrays and plain values by name, under a key that who asks made up."""
        found = ((name, digest(self._shell.user_ns[name], key.encode())) for name in self.session().names)
        return {name: told for name, told in found if told is not None}

    def _look(
        self, key: tuple[str | None, ...], names: tuple[str, ...], ask: Callable[[list[Any], Deadline], Any]
    ) -> Any:
        """Ask about what some names stand for, once after each run, and not while a cell runs."""
        known = self._seen.get(key)
        if _is_running(self._shell):
            return None if known is None else known.fact
        namespace = self._shell.user_ns
        if any(name not in namespace for name in names):
            return None
        found = [namespace[name] for name in names]
        state = (len(self._shell.history_manager.input_hist_raw), *map(id, found))
        if known is not None and known.state == state:
            return known.fact
        if self._budget.is_spent:
            return None
        fact = None
        with self._budget.deadline() as deadline:
            try:
                fact = ask(found, deadline)
            except Exception:  # noqa: BLE001  -- no time, or the user's thread changes it meanwhile: nothing is known
                fact = None
        if deadline.was_fair:
            self._seen[key] = Seen(state, fact)
        return fact


def _error(told: Any) -> str | None:
    return str(told["ename"]) if isinstance(told, dict) and "ename" in told else None


def _users_own(shell: Any) -> Iterator[str]:
    """The names of the user's namespace without those that the shell put there."""
    hidden = shell.user_ns_hidden
    for name, value in list(shell.user_ns.items()):
        if type(name) is not str or name.startswith("__"):
            continue
        if name not in hidden or hidden[name] is not value:
            yield name


def _is_running(shell: Any) -> bool:
    """Whether the main thread is inside of a cell: there is no event that tells it of the cell that runs already."""
    if threading.current_thread() is threading.main_thread():
        return False
    runs_code = type(shell).run_code.__code__
    frame: FrameType | None = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001
    while frame is not None:
        if frame.f_code is runs_code:
            return True
        frame = frame.f_back
    return False
