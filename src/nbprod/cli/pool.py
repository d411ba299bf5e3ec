"""Checks many notebooks in several processes; what comes out, and its order, is as from one.

A process that dies takes one notebook with it, which is reported; another takes its place.
"""

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from nbprod.api import Checker
from nbprod.cli.run import collecting_rarely
from nbprod.errors import ConfigError
from nbprod.output import Outcome
from nbprod.protocol import Problem

_AHEAD = 2  # notebooks that a process is given at a time, so that it need not wait for the next
_WINDOW = 16  # notebooks for each process that may be done before the one that is shown next
_CONTEXT: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def check_files(checker: Checker, paths: Sequence[str], jobs: int) -> Iterator[Outcome | ConfigError]:
    """Check files in `jobs` processes, and yield what came of each in the order of the paths."""
    workers: list[_Worker] = []
    done: dict[int, Outcome | ConfigError] = {}
    waiting = deque(range(len(paths)))
    shown = 0
    try:
        workers.extend(_Worker(checker, workers) for _ in range(jobs))
        while shown < len(paths):
            for worker in workers:
                while waiting and len(worker.tasks) < _AHEAD and waiting[0] < shown + jobs * _WINDOW:
                    worker.give(waiting[0], paths[waiting[0]])
                    waiting.popleft()
            if shown in done:
                yield done.pop(shown)
                shown += 1
                continue
            for worker in _ready(workers):
                task = worker.tasks.popleft()
                result = worker.take()
                if result is None:
                    waiting.extendleft(reversed(worker.tasks))
                    result = checker.unread(_death(paths[task], worker.end()))
                    workers[workers.index(worker)] = _Worker(
                        checker, [other for other in workers if other is not worker]
                    )
                done[task] = result
    finally:
        for worker in workers:
            worker.end()


def _ready(workers: Sequence["_Worker"]) -> list["_Worker"]:
    """Those that have something to say, or have died, while they had something to do."""
    ready = wait([worker.connection for worker in workers if worker.tasks])
    return [worker for worker in workers if worker.connection in ready]


def _death(path: str, code: int | None) -> Problem:
    how = f"ended with code {code}"
    if code is not None and code < 0:
        how = f"was ended by {signal.Signals(-code).name}"
    message = f"the process that checked it {how}; if memory was short, try --jobs 1"
    return Problem(path=path, stage="model", message=message)


class _Worker:
    """A process that checks what it is given, one after the other; `tasks` it has not answered yet."""

    def __init__(self, checker: Checker, others: Sequence["_Worker"]) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.tasks: deque[int] = deque()
        inherited = [self.connection, *(other.connection for other in others)] if sys.platform == "linux" else []
        self._process = _CONTEXT.Process(target=_work, args=(checker, theirs, inherited), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, task: int, path: str) -> None:
        """Hand over a notebook; a process that has died is noticed when it should answer."""
        self.tasks.append(task)
        try:
            self.connection.send(path)
        except OSError:
            return

    def take(self) -> Outcome | ConfigError | None:
        """The next answer; None from a process that has died."""
        try:
            answer: Outcome | ConfigError = self.connection.recv()
        except (EOFError, OSError):
            return None
        return answer

    def end(self) -> int | None:
        """Stop; the exit code."""
        self.connection.close()
        self._process.join(0.2)
        self._process.kill()
        self._process.join()
        code: int | None = self._process.exitcode
        return code


def _work(checker: Checker, connection: Connection, inherited: Sequence[Connection]) -> None:
    """Answer until nobody asks: also when the parent was killed, since no sibling holds its end of the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent ends us
    for other in inherited:
        other.close()
    try:
        for path in collecting_rarely(iter(connection.recv, None)):
            try:
                connection.send(checker.check_file(path))
            except ConfigError as error:
                connection.send(error)
    except (EOFError, OSError):
        return
