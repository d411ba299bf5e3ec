"""What several commands share: where output goes, and how notebooks are walked through."""

import gc
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from msgspec.structs import replace

from nbprod.api import Checker
from nbprod.cli import EXIT_FINDINGS, EXIT_INTERNAL, EXIT_USAGE
from nbprod.cli.limits import NO_LIMITS, Limits, Result, Task
from nbprod.config import Configuration
from nbprod.errors import ConfigError
from nbprod.notebook import discover, is_text_notebook
from nbprod.output import Outcome
from nbprod.output.terminal import clean, clean_start
from nbprod.protocol import Problem, Severity

if TYPE_CHECKING:
    from nbprod.cli.cache import Cache
    from nbprod.cli.pairs import Skipped

STDIN = "-"
_OUR_STAGES = frozenset({"model", "rule", "fix", "write"})
_THEIR_STAGES = frozenset({"read", "settings"})
_DEFAULT_WIDTH = 100
_WIDEST = 160
_PATIENCE = 1.0  # seconds before a run counts as long enough for a progress line
_REFRESH = 0.1
_COLLECT_EVERY = 100
_WORTH_A_PROCESS = 11  # notebooks that must be there for each process
T = TypeVar("T")


def wants_color(*, no_color: bool) -> bool:
    """Decide whether to colour: the flag, NO_COLOR, FORCE_COLOR, then whether a terminal is looking."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Return the columns of the terminal, bounded; a fixed number when output goes elsewhere."""
    if not sys.stdout.isatty():
        return _DEFAULT_WIDTH
    import shutil  # noqa: PLC0415

    return max(40, min(shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns, _WIDEST))


def emit(chunks: Iterable[str] | Iterable[bytes], progress: "Progress | None" = None) -> None:
    """Write chunks to standard output as they come; bytes go out as they are.

    Text that the terminal's encoding can't express is escaped rather than failing.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    for chunk in chunks:
        if progress is not None:
            progress.clear()
        if isinstance(chunk, bytes):
            sys.stdout.buffer.write(chunk)
        else:
            sys.stdout.write(chunk)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def complain(message: str) -> None:
    """Write a line to standard error."""
    click.echo(clean_start(message), err=True)


def cache_for(checker: Checker, folder: str | None) -> "Cache | None":
    """Results of earlier runs, in the project unless a folder is given; None for a checker that does more than check.

    Raises:
        UsageError: The folder that was given is a link.
    """
    if not checker.is_plain:
        return None
    from nbprod.cli.cache import Cache, cache_folder  # noqa: PLC0415  -- who keeps nothing need not wait for it
    from nbprod.cli.identity import identity  # noqa: PLC0415

    place = cache_folder(folder)
    if place is None:
        complain("note: .nbprod_cache is a link, so results are not kept; --cache-dir names another folder")
        return None
    key = identity(checker.configuration.overrides, edits=checker.edits, lines=checker.lines)
    return Cache(place, key, checker.configuration)


def collecting_rarely(items: Iterable[T]) -> Iterator[T]:
    """Go through items with the garbage collector off, collecting between some of them.

    A notebook's model is full of cycles, and looking for garbage while it grows costs a quarter of the
    run. What is imported by now is not looked through either: it stays anyway.
    """
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        for number, item in enumerate(items, start=1):
            yield item
            if number % _COLLECT_EVERY == 0:
                gc.collect()
                gc.freeze()
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def notebooks_in(
    paths: Iterable[str], configuration: Configuration, told: Callable[[str], None]
) -> Iterator[str | Problem]:
    """The notebooks behind those paths that there are; what is wrong with the configuration of a folder is told."""

    def excludes(path: Path) -> bool:
        try:
            return configuration.excludes(path)
        except ConfigError as error:
            told(str(error))
            return True

    def is_text(path: Path) -> bool:
        marked = configuration.text_notebooks(path)
        return marked is not False and is_text_notebook(path, marked=bool(marked))

    given = [Path(path) for path in paths if os.path.lexists(path)]
    if configuration.overrides.force_exclude:
        given = [path for path in given if path.is_dir() or not excludes(path)]
    for found in discover(given, excludes, is_text):
        yield found if isinstance(found, Problem) else str(found)


class Run:
    """One pass over the notebooks that a command was given, and the exit code it comes to.

    Args:
        checker: Checks each notebook.
        paths: Files and folders; "-" is standard input.
        stdin_name: The name of what comes from standard input.
        judge: Whether findings matter for the exit code.
        sift: Steps that change outcomes before they are judged and shown.
        concerns: Says which notebooks to check at all.
        max_warnings: How many warnings do not matter for the exit code; None to judge them like other findings.
        jobs: How many processes to use at most.
        limits: What one notebook may take.
        cache: Results of earlier runs.

    Attributes:
        unread: How many notebooks could not be read.
    """

    def __init__(
        self,
        checker: Checker,
        paths: Iterable[str],
        stdin_name: str,
        *,
        judge: bool = True,
        sift: Sequence[Callable[[Outcome], Outcome]] = (),
        concerns: Callable[[str], bool] | None = None,
        max_warnings: int | None = None,
        jobs: int = 1,
        limits: Limits = NO_LIMITS,
        cache: "Cache | None" = None,
    ) -> None:
        self.checker = checker
        self.paths = list(paths) or ["."]
        self.stdin_name = stdin_name
        self.judge = judge
        self.sift = sift
        self.concerns = concerns
        self.max_warnings = max_warnings
        self.jobs = jobs
        self.cache = cache
        self.unread = 0
        self._task = Task(checker, limits, caching=cache is not None)
        self._warnings = 0
        self.progress = Progress()
        self._codes: set[int] = set()
        self._complaints: set[str] = set()

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Check notebook after notebook, and note what each means for the exit code."""
        everything = list(self._found())
        todo = _without_pairs([found for found in everything if self._is_wanted(found)])
        for number, result in enumerate(self._results(todo), start=1):
            self.progress.show(number, len(todo), str(todo[number] if number < len(todo) else todo[-1]))
            if isinstance(result, ConfigError):
                self._usage(str(result))
                continue
            outcome = reduce(lambda so_far, step: step(so_far), self.sift, result)
            self._codes.add(self._code(outcome))
            yield outcome
        self.progress.clear()
        if not everything and not self._codes:
            complain(f"No notebooks found in {', '.join(self.paths)}.")

    def exit_code(self) -> int:
        """Return the code to end with: usage errors win over failures of ours, and those over findings."""
        too_many = self.max_warnings is not None and self._warnings > self.max_warnings
        codes = self._codes | ({EXIT_FINDINGS} if too_many else set())
        return next((code for code in (EXIT_USAGE, EXIT_INTERNAL, EXIT_FINDINGS) if code in codes), 0)

    def _results(self, todo: Sequence["str | Problem | Skipped"]) -> Iterator[Outcome | ConfigError]:
        """What came of each notebook, in order."""
        cache = self.cache
        files = [found for found in todo if isinstance(found, str) and found != STDIN]
        known = frozenset(path for path in files if cache is not None and cache.knows(path))
        try:
            with closing(self._checked([path for path in files if path not in known])) as fresh:
                for found in todo:
                    if not isinstance(found, str) or found == STDIN:
                        yield self._special(found)
                        continue
                    kept = cache.take(found) if cache is not None and found in known else None
                    yield kept or self._noted(found, self._task(found) if found in known else next(fresh))
        finally:
            if cache is not None:
                cache.close()

    def _checked(self, files: Sequence[str]) -> Generator[Result, None, None]:
        """Check files, here or in several processes."""
        jobs = min(self.jobs, len(files) // _WORTH_A_PROCESS)
        if jobs < 2 or not self.checker.is_plain:
            yield from map(self._task, collecting_rarely(files))
            return
        from nbprod.cli.pool import check_files  # noqa: PLC0415  -- most runs are short

        yield from check_files(self._task, files, jobs)

    def _noted(self, path: str, result: Result) -> Outcome | ConfigError:
        """The outcome of a check, which the cache keeps if it may."""
        if isinstance(result, ConfigError):
            return result
        outcome, seen = result
        if self.cache is not None and seen is not None:
            self.cache.keep(path, outcome, seen)
        return outcome

    def _found(self) -> Iterator[str | Problem]:
        """The notebooks behind the paths; a path that leads nowhere is told, and the rest goes on."""
        given = [path for path in dict.fromkeys(self.paths) if path != STDIN]
        for path in given:
            if not os.path.lexists(path):
                self._usage(f"{path}: no such file or folder")
        if STDIN in self.paths:
            yield STDIN
        yield from notebooks_in(given, self.checker.configuration, self._usage)

    def _is_wanted(self, found: str | Problem) -> bool:
        return self.concerns is None or isinstance(found, Problem) or found == STDIN or self.concerns(found)

    def _special(self, found: "str | Problem | Skipped") -> Outcome | ConfigError:
        """What came of standard input, of a folder that can't be walked, or of what is not looked at."""
        try:
            if isinstance(found, Problem):
                return self.checker.unread(found)
            if not isinstance(found, str):
                return self.checker.skipped(found.path, found.reason)
        except ConfigError as error:
            return error
        return self._noted(STDIN, self._task.check_bytes(sys.stdin.buffer.read(), self.stdin_name))

    def _code(self, outcome: Outcome) -> int:
        stages = {problem.stage for problem in outcome.report.problems}
        self.unread += bool(stages & _THEIR_STAGES)
        if stages & _OUR_STAGES:
            return EXIT_INTERNAL
        if self.max_warnings is not None:
            others = tuple(item for item in outcome.report.findings if item.severity is not Severity.WARNING)
            self._warnings += len(outcome.report.findings) - len(others)
            outcome = replace(outcome, report=replace(outcome.report, findings=others))
        return EXIT_FINDINGS if stages & _THEIR_STAGES or (self.judge and outcome.fails) else 0

    def _usage(self, message: str) -> None:
        self._codes.add(EXIT_USAGE)
        if message not in self._complaints:
            self._complaints.add(message)
            self.progress.clear()
            complain(f"Error: {message}")


def _without_pairs(found: Sequence[str | Problem]) -> "Sequence[str | Problem | Skipped]":
    if not any(isinstance(path, str) and path.endswith(".py") for path in found):
        return found
    from nbprod.cli.pairs import without_pairs  # noqa: PLC0415  -- most notebooks are .ipynb files

    return list(without_pairs(found))


class Progress:
    """A line on standard error that says how far a long run is; only on a terminal."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._next = time.monotonic() + _PATIENCE
        self._visible = False

    def show(self, done: int, total: int, path: str) -> None:
        """Say that `done` of `total` notebooks are checked and `path` is next."""
        if not self._on or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _REFRESH
        self._visible = True
        sys.stderr.write(f"\r\x1b[K{done}/{total} {clean(path)[-60:]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, before other output."""
        if self._visible:
            self._visible = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
