"""`nbprod check`: find what keeps notebooks from production."""

import time
from collections import Counter

import click

from nbprod.api import Checker, allowed, known_rules
from nbprod.cli import EXIT_FINDINGS
from nbprod.cli.options import (
    fix_options,
    names_option,
    no_color_option,
    one_of,
    paths_argument,
    profile_option,
    stdin_filename_option,
)
from nbprod.cli.outputs import as_statistics, complete_formats, needs_of, parse_outputs, write_outputs
from nbprod.cli.run import STDIN, Run, complain, cores, terminal_width, wants_color
from nbprod.config import Configuration, FailOn, Overrides
from nbprod.errors import UsageError
from nbprod.output import View
from nbprod.output.formats import FORMATS
from nbprod.protocol import Profile, Severity


@click.command("check")
@paths_argument
@names_option("--select", "Run only these rules or dimensions; there is no score then.")
@names_option("--ignore", "Leave out these rules or dimensions.")
@profile_option
@click.option("--fail-on", **one_of(FailOn), help="Exit with 1 from this severity on [warning; error to explore].")
@click.option("--max-warnings", type=click.IntRange(min=0), metavar="N", help="Let up to N warnings pass, no more.")
@click.option("--baseline", metavar="FILE", help="Accept what this file lists; see --write-baseline.")
@click.option("--changed-since", metavar="REF", help="Only what lies in cells changed since this git commit or branch.")
@click.option("--write-baseline", metavar="FILE", help="Write what is found to this file, and exit with 0 for it.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where it would be 1.")
@click.option(
    "--show",
    **one_of(Severity),
    default=Severity.WARNING.value,
    show_default=True,
    help="List findings from this severity on; the others are counted.",
)
@click.option(
    "--output-format",
    multiple=True,
    metavar="FORMAT[:FILE]",
    shell_complete=complete_formats,
    help=f"One of {', '.join(FORMATS)}. May be given several times, once without a file  [default: text]",
)
@click.option("--output-file", metavar="FILE", help="Write to this file instead of standard output.")
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of listing them.")
@stdin_filename_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes [number of cores].")
@click.option("--fix", "fixing", is_flag=True, help="Repair first, as `nbprod fix` does; then check what is left.")
@fix_options
@click.option("--no-cache", is_flag=True, help="Check everything anew.")
@click.option("--profile-rules", is_flag=True, help="Say on standard error how long each rule took.")
@no_color_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    profile: Profile | None,
    fail_on: FailOn | None,
    max_warnings: int | None,
    baseline: str | None,
    changed_since: str | None,
    write_baseline: str | None,
    exit_zero: bool,
    show: Severity,
    output_format: tuple[str, ...],
    output_file: str | None,
    statistics: bool,
    stdin_filename: str,
    jobs: int | None,
    fixing: bool,
    unsafe: bool,
    template: bool,
    no_cache: bool,  # accepted: there is no cache yet
    profile_rules: bool,
    no_color: bool,
) -> None:
    """Find what keeps notebooks from production.

    PATHS are files, folders, or '-' for standard input; the current folder by default. Folders are
    walked, without what .gitignore leaves out. Formats for programs (json, jsonl, sarif, gitlab,
    rdjson) and the page (html) hold every finding, whatever --show says.

    Exits with 0 when all is well, 1 for findings or a file that can't be read as a notebook, 2 for
    wrong usage, configuration or paths, 3 for a failure of nbprod itself.
    """
    outputs = parse_outputs(output_format, output_file)
    if statistics:
        outputs = as_statistics(outputs)
    overrides = Overrides(select=select, ignore=ignore, profile=profile, fail_on=fail_on)
    view = View(color=wants_color(no_color=no_color), width=terminal_width(), show=show)
    configuration = Configuration(known_rules(), overrides)
    needs = needs_of(outputs)
    if fixing:
        from nbprod.cli.fix import fixing_checker  # noqa: PLC0415  -- most runs only check

        if STDIN in paths:
            raise UsageError("--fix writes files: for standard input use `nbprod fix -`")
        checker = fixing_checker(configuration, paths, view, allowed(unsafe=unsafe, template=template), **needs)
    elif unsafe or template:
        raise UsageError("--unsafe and --template go with --fix")
    else:
        checker = Checker(configuration, **needs)
    if profile_rules:
        checker.seconds = Counter()
    sieve, changes = None, None
    if baseline is not None or write_baseline is not None:
        from nbprod.cli.baseline import Sieve  # noqa: PLC0415  -- most runs have none

        sieve = Sieve(baseline, write_baseline)
    if changed_since is not None:
        from nbprod.cli.changes import Changes  # noqa: PLC0415

        if fixing or write_baseline is not None:
            raise UsageError("--changed-since only looks: use it without --fix and --write-baseline")
        changes = Changes(changed_since)
    run = Run(
        checker,
        paths,
        stdin_filename,
        sift=[step.sift for step in (changes, sieve) if step is not None],
        concerns=None if changes is None else changes.concerns,
        max_warnings=max_warnings,
        jobs=jobs or cores(),
    )
    write_outputs(outputs, run.outcomes(), view, run.progress)
    if checker.seconds is not None:
        _tell_times(checker.seconds)
    code = run.exit_code()
    if sieve is not None:
        sieve.finish(code)
    ctx.exit(0 if (exit_zero or write_baseline) and code == EXIT_FINDINGS else code)


def _tell_times(seconds: Counter[str]) -> None:
    """Tell the CPU time of parsing, of the model and of each rule, and its share of the process, longest first."""
    whole = time.process_time()
    for name, taken in [*seconds.most_common(), ("(whole process)", whole)]:
        complain(f"{name:<38}{taken:9.3f} s{100 * taken / whole:7.1f} %")
