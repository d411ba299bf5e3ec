"""How long one notebook may take, and how much memory: what goes beyond is told as a problem, and the run goes on."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from nbprod.api import Checker
from nbprod.errors import ConfigError
from nbprod.output import Outcome
from nbprod.protocol import Problem

if TYPE_CHECKING:
    from nbprod.cli.cache import Seen

Result = tuple[Outcome, "Seen | None"] | ConfigError
"""What came of a notebook, and what that depends on if it should be kept."""
_MB: Final = 1_000_000


class Limits(Struct, frozen=True):
    """What one notebook may take; None for as much as it likes.

    Attributes:
        seconds: Wall clock time.
        megabytes: Address space, besides what the process has before.
    """

    seconds: float | None = None
    megabytes: int | None = None


NO_LIMITS: Final = Limits()


class _TimeUpError(BaseException):
    """The time is over. No `Exception`, so that nobody on the way takes it for a failure of something else."""


class Task(Struct, frozen=True):
    """Checks file after file.

    Attributes:
        checker: Checks a file.
        limits: What each may take.
        caching: Whether to say what results depend on.
    """

    checker: Checker
    limits: Limits
    caching: bool

    def __call__(self, path: str) -> Result:
        """Check a file; what runs in C without looking up is stopped by nobody but the parent of a process."""
        return self._limited(path, lambda: self._checked(path))

    def check_bytes(self, data: bytes, path: str) -> Result:
        """Check what comes from standard input."""
        return self._limited(path, lambda: (self.checker.check_bytes(data, path), None))

    def _limited(self, path: str, check: Callable[[], Result]) -> Result:
        try:
            with _memory_limited(self.limits.megabytes), _alarm(self.limits.seconds):
                return check()
        except ConfigError as error:
            return error
        except _TimeUpError:
            return self.checker.unread(too_slow(path, self.limits)), None

    def _checked(self, path: str) -> Result:
        if not self.caching:
            return self.checker.check_file(path), None
        from nbprod.cli.cache import examine  # noqa: PLC0415  -- not where nothing is kept

        return examine(self.checker, path)


def too_slow(path: str, limits: Limits) -> Problem:
    """What is told of a notebook that took too long."""
    message = f"checking it took longer than {limits.seconds:g} s and was given up; --time-limit allows more"
    return Problem(path=path, stage="model", message=message)


@contextmanager
def _memory_limited(megabytes: int | None) -> Iterator[None]:
    """Give this process so much more memory, where the platform can see to that: what asks for more fails.

    It ends with the check: a thread that is started without memory to run in would be waited for in vain.
    """
    if megabytes is None or sys.platform == "win32":
        yield
        return
    import resource  # noqa: PLC0415

    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = min(bound for bound in (_in_use() + megabytes * _MB, *before) if bound != resource.RLIM_INFINITY)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    except (OSError, ValueError):  # macOS refuses
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _in_use() -> int:
    """The address space that this process has now, in bytes; 0 where that is not told."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123  -- once a notebook
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@contextmanager
def _alarm(seconds: float | None) -> Iterator[None]:
    """Raise `_TimeUpError` in what takes too long, where signals can be had."""
    if seconds is None or sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise _TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
