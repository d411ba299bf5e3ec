"""The witness of a running IPython shell."""

import platform
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from nbprod.evidence import Overlap, PathFact, Run, Session, Thing


class KernelWitness:
    """Looks into one shell. What it saw is kept until another cell has run.

    Args:
        shell: The `InteractiveShell` of the user's session.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._session: Session | None = None

    def session(self) -> Session:
        """What ran; the same object until something else ran."""
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

    def thing(self, name: str) -> Thing | None:  # noqa: ARG002
        """What a global name stands for now; None when nothing does, or there was no time."""
        return None

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
        is_hidden = name in hidden and hidden[name] is value
        if type(name) is str and not is_hidden and not name.startswith("__"):
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
