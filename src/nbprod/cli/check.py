"""`nbprod check`: find what keeps notebooks from production."""

import click

from nbprod.api import allowed
from nbprod.cli.checking import Request, carry_out
from nbprod.cli.limits import Limits
from nbprod.cli.options import (
    cache_options,
    exit_zero_option,
    fail_on_option,
    fix_options,
    force_exclude_option,
    jobs_option,
    limit_options,
    names_option,
    no_color_option,
    output_options,
    paths_argument,
    profile_option,
    show_option,
    stdin_filename_option,
)
from nbprod.cli.outputs import as_statistics, parse_outputs
from nbprod.cli.run import STDIN, cores, terminal_width, wants_color
from nbprod.config import FailOn, Overrides
from nbprod.errors import UsageError
from nbprod.output import View
from nbprod.protocol import Profile, Severity


@click.command("check")
@paths_argument
@names_option("--select", "Run only these rules or dimensions; there is no score then.")
@names_option("--ignore", "Leave out these rules or dimensions.")
@profile_option
@force_exclude_option
@fail_on_option
@click.option("--max-warnings", type=click.IntRange(min=0), metavar="N", help="Let up to N warnings pass, no more.")
@click.option("--baseline", metavar="FILE", help="Accept what this file lists; see --write-baseline.")
@click.option("--changed-since", metavar="REF", help="Only what lies in cells changed since this git commit or branch.")
@click.option("--write-baseline", metavar="FILE", help="Write what is found to this file, and exit with 0 for it.")
@exit_zero_option
@show_option
@output_options
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of listing them.")
@stdin_filename_option
@jobs_option
@click.option("--fix", "fixing", is_flag=True, help="Repair first, as `nbprod fix` does; then check what is left.")
@fix_options
@cache_options
@limit_options
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a notebook or its settings change.")
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
    force_exclude: bool,
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
    no_cache: bool,
    cache_dir: str | None,
    time_limit: float,
    memory_limit: int,
    watching: bool,
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
    if fixing and STDIN in paths:
        raise UsageError("--fix writes files: for standard input use `nbprod fix -`")
    if (unsafe or template) and not fixing:
        raise UsageError("--unsafe and --template go with --fix")
    if changed_since is not None and (fixing or write_baseline is not None):
        raise UsageError("--changed-since only looks: use it without --fix and --write-baseline")
    if watching and (fixing or write_baseline is not None or STDIN in paths):
        raise UsageError("--watch only looks: use it without --fix, --write-baseline and '-'")
    outputs = parse_outputs(output_format, output_file)
    request = Request(
        paths=paths,
        stdin_name=stdin_filename,
        overrides=Overrides(
            select=select, ignore=ignore, profile=profile, fail_on=fail_on, force_exclude=force_exclude
        ),
        outputs=as_statistics(outputs) if statistics else outputs,
        view=View(color=wants_color(no_color=no_color), width=terminal_width(), show=show),
        fixing=allowed(unsafe=unsafe, template=template) if fixing else None,
        baseline=baseline,
        write_baseline=write_baseline,
        changed_since=changed_since,
        max_warnings=max_warnings,
        exit_zero=exit_zero,
        jobs=jobs or cores(),
        limits=Limits(time_limit, memory_limit),
        caching=not no_cache,
        cache_dir=cache_dir,
        profiling=profile_rules,
    )
    if watching:
        from nbprod.cli.watch import watch  # noqa: PLC0415  -- most runs end

        ctx.exit(watch(request))
    ctx.exit(carry_out(request))
