"""`nbprod score`: how far notebooks are from running unattended, and what helps most."""

import click

from nbprod.api import Checker, known_rules
from nbprod.cli.limits import Limits
from nbprod.cli.options import (
    cache_options,
    jobs_option,
    limit_options,
    no_color_option,
    paths_argument,
    stdin_filename_option,
)
from nbprod.cli.run import Run, cache_for, cores, emit, terminal_width, wants_color
from nbprod.config import Configuration
from nbprod.output import View, scorecard


@click.command("score")
@paths_argument
@click.option("--steps", type=click.IntRange(min=0), default=5, show_default=True, help="How many next steps to list.")
@stdin_filename_option
@jobs_option
@cache_options
@limit_options
@no_color_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    steps: int,
    stdin_filename: str,
    jobs: int | None,
    no_cache: bool,
    cache_dir: str | None,
    time_limit: float,
    memory_limit: int,
    no_color: bool,
) -> None:
    """Show the readiness score of notebooks.

    Nine dimensions from 0 to 100, a dash where the notebook does nothing that could be assessed. The
    headline is the lowest of them. Weights are those of the production profile, and ignored findings
    count: the number with waivers leaves them out.
    """
    checker = Checker(Configuration(known_rules()), edits=False)
    run = Run(
        checker,
        paths,
        stdin_filename,
        judge=False,
        jobs=jobs or cores(),
        limits=Limits(time_limit, memory_limit),
        cache=None if no_cache else cache_for(checker, cache_dir),
    )
    view = View(color=wants_color(no_color=no_color), width=terminal_width())
    emit(scorecard.render(run.outcomes(), view, steps), run.progress)
    ctx.exit(run.exit_code())
