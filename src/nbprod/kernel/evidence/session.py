"""The witness of a running IPython shell."""

import platform
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from msgspec import Struct

from nbprod.evidence import Overlap, PathFact, Run, Session, Thing
from nbprod.kernel.evidence.budget import Budget
from nbprod.kernel.evidence.look import look


class Seen(Struct, frozen=True):
    """What was found out about an object after so many runs; None when that took too long, or failed."""

    object_id: int
    runs: int
    thing: Thing | None


class KernelWitness:
    """Looks into one shell. What it saw is kept until another cell has run.

    Args:
        shell: The `InteractiveShell` of the user's session.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._session: Session | None = None
        self._budget = Budget()
        self._seen: dict[str, Seen] = {}

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
        """What a global name stands for now; None when nothing does, or there was no time.

        It is looked at once after each run. While a cell runs nothing is, and what was seen before is the answer.
        """
        known = self._seen.get(name)
        if _is_running(self._shell):
            return None if known is None else known.thing
        namespace = self._shell.user_ns
        if name not in namespace:
            return None
        found, runs = namespace[name], len(self._shell.history_manager.input_hist_raw)
        if known is not None and (known.object_id, known.runs) == (id(found), runs):
            return known.thing
        if self._budget.is_spent:
            return None
        with self._budget.deadline() as deadline:
            thing = look(found, deadline)
        self._seen[name] = Seen(id(found), runs, thing)
        return thing

    def path(self, path: str) -> PathFact | None:  # noqa: ARG002
        """A file or folder."""
        return None

    def versions(self, module: str) -> dict[str, str]:  # noqa: ARG002
        """The installed distributions that give an importable module, with their versions."""
        return {}

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:  # noqa: ARG002
        """Rows that two tables or arrays share."""
        return None

    def is_set(self, variable: str) -> bool:  # noqa: ARG002
        """Whether an environment variable is set."""
        return False

    def total_memory(self) -> int | None:
        """The memory of the machine or container in bytes."""
        return None


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
