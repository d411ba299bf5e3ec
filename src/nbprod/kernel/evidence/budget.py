"""How long the collector may look: at one object, and for one report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

OBJECT_SECONDS = 0.2
REPORT_SECONDS = 1.0
WHILE_TYPING_SECONDS = 0.4  # the front end asks the server after 1.2 s, and the check itself takes its time, too


class OutOfTime(Exception):  # noqa: N818  -- a signal, not an error
    """Raised by `Deadline.check` once the time is up."""


class Deadline:
    """When to stop looking at one object.

    Attributes:
        was_fair: False once time was up that was shorter than an object's: it may be looked at again.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds
        self._is_short = seconds < OBJECT_SECONDS
        self.was_fair = True

    def check(self) -> None:
        """Stop here if the time is up.

        Raises:
            OutOfTime: It is.
        """
        if time.perf_counter() > self._end:
            self.was_fair = not self._is_short
            raise OutOfTime


class Budget:
    """The time left for one report, of which each object takes a part.

    Args:
        patient: Whether nobody is typing meanwhile.
    """

    def __init__(self, *, patient: bool) -> None:
        self._whole = REPORT_SECONDS if patient else WHILE_TYPING_SECONDS
        self._left = self._whole

    def renew(self) -> None:
        """Begin a report."""
        self._left = self._whole

    @property
    def is_spent(self) -> bool:
        """Whether nothing more can be looked at in this report."""
        return self._left <= 0

    @contextmanager
    def deadline(self) -> Iterator[Deadline]:
        """Give an object its time, and take what it used off the report's."""
        started = time.perf_counter()
        try:
            yield Deadline(min(OBJECT_SECONDS, self._left))
        finally:
            self._left -= time.perf_counter() - started
