"""What `nbprod check` does once its options are read, as often as `--watch` asks for it."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

from msgspec import Struct

from nbprod.api import Checker, known_rules
from nbprod.cli import EXIT_FINDINGS
from nbprod.cli.limits import Limits
from nbprod.cli.outputs import Output, needs_of, write_outputs
from nbprod.cli.run import Run, cache_for, complain
from nbprod.config import Configuration, Overrides
from nbprod.output import View
from nbprod.protocol import Safety


class Request(Struct, frozen=True, kw_only=True):
    """What was asked of `nbprod check`.

    Attributes:
        paths: Files and folders.
        stdin_name: The name of what comes from standard input.
        overrides: What beats configuration files.
        outputs: Formats, and where they go.
        view: What people want to see.
        fixing: Which fixes to apply first; None to look only.
        baseline: The file with what is accepted.
        write_baseline: The file to write what is found to.
        changed_since: The commit with which to compare.
        max_warnings: How many warnings pass.
        exit_zero: Findings do not matter for the exit code.
        jobs: How many processes to use at most.
        limits: What one notebook may take.
        caching: Whether to keep results.
        cache_dir: Where to keep them; None for the project.
        profiling: Whether to tell how long each rule took.
    """

    paths: tuple[str, ...]
    stdin_name: str
    overrides: Overrides
    outputs: Sequence[Output]
    view: View
    fixing: frozenset[Safety] | None
    baseline: str | None
    write_baseline: str | None
    changed_since: str | None
    max_warnings: int | None
    exit_zero: bool
    jobs: int
    limits: Limits
    caching: bool
    cache_dir: str | None
    profiling: bool


def carry_out(request: Request) -> int:
    """Check, and show what was found; the exit code.

    Raises:
        UsageError: The request can't be met.
    """
    checker = _checker(request)
    sieve, changes = None, None
    if request.baseline is not None or request.write_baseline is not None:
        from nbprod.cli.baseline import Sieve  # noqa: PLC0415  -- most runs have none

        sieve = Sieve(request.baseline, request.write_baseline)
    if request.changed_since is not None:
        from nbprod.cli.changes import Changes  # noqa: PLC0415

        changes = Changes(request.changed_since)
    run = Run(
        checker,
        request.paths,
        request.stdin_name,
        sift=[step.sift for step in (changes, sieve) if step is not None],
        concerns=None if changes is None else changes.concerns,
        max_warnings=request.max_warnings,
        jobs=request.jobs,
        limits=request.limits,
        cache=cache_for(checker, request.cache_dir) if request.caching else None,
    )
    with closing(run.outcomes()) as outcomes:
        write_outputs(request.outputs, outcomes, request.view, run.progress)
    if checker.seconds is not None:
        _tell_times(checker.seconds)
    code = run.exit_code()
    accepted = request.exit_zero
    if sieve is not None:
        sieve.finish(code, run.unread)
        accepted = accepted or (request.write_baseline is not None and not run.unread)
    return 0 if accepted and code == EXIT_FINDINGS else code


def _checker(request: Request) -> Checker:
    configuration = Configuration(known_rules(), request.overrides)
    needs = needs_of(request.outputs)
    if request.fixing is not None:
        from nbprod.cli.fix import fixing_checker  # noqa: PLC0415  -- most runs only check

        checker = fixing_checker(configuration, request.paths, request.view, request.fixing, **needs)
    else:
        checker = Checker(configuration, **needs)
    if request.profiling:
        checker.seconds = Counter()
    return checker


def _tell_times(seconds: Counter[str]) -> None:
    """Tell the CPU time of parsing, of the model and of each rule, and its share of the process, longest first."""
    whole = time.process_time()
    for name, taken in [*seconds.most_common(), ("(whole process)", whole)]:
        complain(f"{name:<38}{taken:9.3f} s{100 * taken / whole:7.1f} %")
