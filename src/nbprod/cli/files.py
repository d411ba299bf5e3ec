"""Report files: written whole or not at all, never through a link, and beside what goes to the terminal."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

from nbprod.cli.links import refuse_links
from nbprod.errors import UsageError
from nbprod.output import Outcome, View
from nbprod.output.formats import Renderer


class ReportFile:
    """A file that holds the whole report or is not touched: it is written beside its place, then moved there.

    A link is never followed; to a pipe or a device it writes at once.

    Raises:
        UsageError: The file is a link, lies beyond one that leads out of the current folder, or can't be written.
    """

    def __init__(self, path: Path) -> None:
        refuse_links(path)
        self.path = path
        self._temporary: Path | None = None
        try:
            if path.exists() and not path.is_file():
                self._stream: IO[bytes] = path.open("wb")
            else:
                handle, name = tempfile.mkstemp(prefix=".nbprod-", suffix=".tmp", dir=path.parent)
                self._temporary = Path(name)
                self._stream = os.fdopen(handle, "wb")
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, chunk: str | bytes) -> None:
        """Write a piece; text as UTF-8."""
        try:
            self._stream.write(chunk if isinstance(chunk, bytes) else chunk.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self, *, keep: bool) -> None:
        """Put the file in its place, or leave everything as it was."""
        try:
            self._stream.close()
            if keep and self._temporary is not None:
                self._temporary.chmod(0o666 & ~_umask())  # it was private until now
                self._temporary.replace(self.path)
                self._temporary = None
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            if self._temporary is not None:
                self._temporary.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self.path} cannot be written: {error.strerror or error}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Branch:
    """Renders to a file in a thread of its own, so that one stream of outcomes can feed several generators.

    An outcome is given when the one before was taken, so that no more than one waits.
    """

    def __init__(self, renderer: Renderer, view: View, path: Path) -> None:
        self._waiting: Queue[Outcome | None] = Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._completed = False
        self._file = ReportFile(path)  # now: a wrong name ends the run before it starts
        self._thread = Thread(target=self._work, args=(renderer, view), daemon=True)

    def give(self, outcome: Outcome) -> None:
        """Hand over an outcome."""
        if self._thread.ident is None:  # not before: processes are forked until the first comes
            self._thread.start()
        self._waiting.put(outcome)

    def finish(self, *, completed: bool) -> BaseException | None:
        """Wait until the file is written, or taken away; what went wrong."""
        self._completed = completed
        if self._thread.ident is None:
            self._thread.start()
        self._waiting.put(None)
        self._thread.join()
        return self._failure

    def _work(self, renderer: Renderer, view: View) -> None:
        outcomes = self._outcomes()
        try:
            for chunk in renderer.render(outcomes, view):
                self._file.write(chunk)
            self._file.close(keep=self._completed)
        except BaseException as failure:  # noqa: BLE001  -- told by `finish`
            self._failure = failure
            with suppress(UsageError):  # a full disk fails twice
                self._file.close(keep=False)
            for _ in outcomes:  # let the others go on
                pass

    def _outcomes(self) -> Iterator[Outcome]:
        while (outcome := self._waiting.get()) is not None:
            yield outcome
