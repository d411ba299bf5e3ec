"""Checks many notebooks in several processes; what comes out, and its order, is as from one.

A process that dies, or is stopped because it hangs, takes one notebook with it, which is reported; another takes its
place.
"""

import multiprocessing
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from nbprod.cli.limits import Limits, Result, Task, too_slow
from nbprod.cli.run import collecting_rarely
from nbprod.protocol import Problem

_AHEAD = 2  # notebooks that a process is given at a time, so that it need not wait for the next
_WINDOW = 16  # notebooks for each process that may be done before the one that is shown next
_GRACE_S = 5.0  # a process that should have stopped by itself by now hangs where it can't
_CONTEXT: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def check_files(task: Task, paths: Sequence[str], jobs: int) -> Iterator[Result]:
    """Check files in `jobs` processes, and yield what came of each in the order of the paths."""
    workers: list[_Worker] = []
    done: dict[int, Result] = {}
    waiting = deque(range(len(paths)))
    shown = 0
    try:
        workers.extend(_Worker(task, workers) for _ in range(jobs))
        while shown < len(paths):
            for worker in workers:
                while waiting and len(worker.tasks) < _AHEAD and waiting[0] < shown + jobs * _WINDOW:
                    worker.give(waiting[0], paths[waiting[0]])
                    waiting.popleft()
            if shown in done:
                yield done.pop(shown)
                shown += 1
                continue
            for worker in _ready(workers, task.limits):
                number = worker.tasks.popleft()
                result = worker.take()
                if result is None:
                    waiting.extendleft(reversed(worker.tasks))
                    result = task.checker.unread(_loss(paths[number], worker, task.limits)), None
                    workers[workers.index(worker)] = _Worker(task, [other for other in workers if other is not worker])
                done[number] = result
    finally:
        for worker in workers:
            worker.end()


def _ready(workers: Sequence["_Worker"], limits: Limits) -> list["_Worker"]:
    """Those that have something to say, have died, or hang, while they had something to do."""
    busy = [worker for worker in workers if worker.tasks]
    patience = None if limits.seconds is None else limits.seconds + _GRACE_S
    longest = None if patience is None else min(worker.since for worker in busy) + patience - time.monotonic()
    ready = wait([worker.connection for worker in busy], longest if longest is None else max(longest, 0))
    if ready or patience is None:
        return [worker for worker in busy if worker.connection in ready]
    hanging = [worker for worker in busy if time.monotonic() - worker.since >= patience]
    for worker in hanging:
        worker.stop()
    return hanging


def _loss(path: str, worker: "_Worker", limits: Limits) -> Problem:
    code = worker.end()
    if worker.was_stopped:
        return too_slow(path, limits)
    how = f"ended with code {code}"
    if code is not None and code < 0:
        how = f"was ended by {signal.Signals(-code).name}"
    message = f"the process that checked it {how}; if memory was short, try --jobs 1"
    return Problem(path=path, stage="model", message=message)


class _Worker:
    """A process that checks what it is given, one after the other.

    Attributes:
        tasks: What it has not answered yet.
        since: When it began with the first of them, or a little later.
        was_stopped: It was ended because it hung.
    """

    def __init__(self, task: Task, others: Sequence["_Worker"]) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.tasks: deque[int] = deque()
        self.since = 0.0
        self.was_stopped = False
        inherited = [self.connection, *(other.connection for other in others)] if sys.platform == "linux" else []
        self._process = _CONTEXT.Process(target=_work, args=(task, theirs, inherited), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, task: int, path: str) -> None:
        """Hand over a notebook; a process that has died is noticed when it should answer."""
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        try:
            self.connection.send(path)
        except OSError:
            return

    def take(self) -> Result | None:
        """The next answer; None from a process that has died."""
        self.since = time.monotonic()
        try:
            answer: Result = self.connection.recv()
        except (EOFError, OSError):
            return None
        return answer

    def stop(self) -> None:
        """End a process that does not answer."""
        self.was_stopped = True
        self._process.kill()

    def end(self) -> int | None:
        """Stop; the exit code."""
        self.connection.close()
        self._process.join(0.2)
        self._process.kill()
        self._process.join()
        code: int | None = self._process.exitcode
        return code


def _work(task: Task, connection: Connection, inherited: Sequence[Connection]) -> None:
    """Answer until nobody asks: also when the parent was killed, since no sibling holds its end of the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent ends us
    for other in inherited:
        other.close()
    try:
        for path in collecting_rarely(iter(connection.recv, None)):
            connection.send(task(path))
    except (EOFError, OSError):
        return
