"""`nbprod run`: execute a notebook in a fresh kernel, then check it with what the run left in memory."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from nbprod.api import known_rules
from nbprod.cli import EXIT_FINDINGS
from nbprod.cli.links import refuse_links
from nbprod.cli.options import (
    exit_zero_option,
    fail_on_option,
    names_option,
    no_color_option,
    output_options,
    profile_option,
    show_option,
)
from nbprod.cli.outputs import needs_of, parse_outputs, write_outputs
from nbprod.cli.run import Run, complain, terminal_width, wants_color
from nbprod.config import Configuration, FailOn, Overrides
from nbprod.errors import UsageError
from nbprod.output import View
from nbprod.protocol import Profile, Severity

_SECONDS = click.FloatRange(min=1)


@click.command("run")
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--kernel", metavar="NAME", help="Run it in this kernel instead of the notebook's own.")
@click.option(
    "--timeout", type=_SECONDS, default=600, show_default=True, metavar="SECONDS", help="How long a cell may run."
)
@click.option(
    "--total-timeout", type=_SECONDS, default=3600, show_default=True, metavar="SECONDS", help="How long all may run."
)
@click.option(
    "-p",
    "--parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter in a cell behind the one tagged `parameters`, as papermill does. May be given several times.",
)
@click.option("--parameters-file", metavar="FILE", help="Set the parameters of a JSON, TOML or YAML file.")
@click.option("--save", metavar="FILE", type=click.Path(path_type=Path), help="Write the executed notebook there.")
@click.option("--verify-fixes", is_flag=True, help="Run a copy with the safe fixes, too: does it give the same?")
@names_option("--select", "Check only these rules or dimensions; there is no score then.")
@names_option("--ignore", "Leave out these rules or dimensions.")
@profile_option
@fail_on_option
@exit_zero_option
@show_option
@output_options
@no_color_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    notebook: Path,
    kernel: str | None,
    timeout: float,
    total_timeout: float,
    parameters: tuple[str, ...],
    parameters_file: str | None,
    save: Path | None,
    verify_fixes: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    profile: Profile | None,
    fail_on: FailOn | None,
    exit_zero: bool,
    show: Severity,
    output_format: tuple[str, ...],
    output_file: str | None,
    no_color: bool,
) -> None:
    """Execute a notebook in a fresh kernel, and check it with what the run left in memory.

    This runs the code of the notebook, in its folder; `nbprod check` never does. The file itself is not
    changed. A kernel that has nbprod installed tells types, numbers of rows and versions, and never a
    value; without it, the check is that of `nbprod check`.

    Exits with 0 when all is well, 1 for findings, a cell that fails or a time limit, 2 for wrong usage or
    a kernel that is not installed, 3 for a failure of nbprod itself.
    """
    from nbprod.execution.checker import ExecutingChecker, How  # noqa: PLC0415  -- of no other command
    from nbprod.execution.parameters import read_parameters  # noqa: PLC0415
    from nbprod.execution.running import Limits  # noqa: PLC0415

    _refuse(notebook, save)
    how = How(
        kernel=kernel,
        limits=Limits(timeout, total_timeout),
        parameters=read_parameters(parameters, parameters_file),
        save=save,
        verify=verify_fixes,
    )
    outputs = parse_outputs(output_format, output_file)
    overrides = Overrides(select=select, ignore=ignore, profile=profile, fail_on=fail_on)
    configuration = Configuration(known_rules(), overrides)
    view = View(color=wants_color(no_color=no_color), width=terminal_width(), show=show)
    checker = ExecutingChecker(configuration, how, **needs_of(outputs))
    run = Run(checker, [os.fspath(notebook)], "")
    checker.show, checker.tell = run.progress.show, _telling(run)
    with closing(run.outcomes()) as outcomes:
        write_outputs(outputs, outcomes, view, run.progress)
    code = run.exit_code()
    ctx.exit(0 if exit_zero and code == EXIT_FINDINGS else code)


def _refuse(notebook: Path, save: Path | None) -> None:
    """See to it that there is one notebook, which stays as it is.

    Raises:
        UsageError: It is something else.
    """
    if str(notebook) == "-" or notebook.is_dir():
        raise UsageError("nbprod run takes one notebook, from a file")
    if save is None:
        return
    refuse_links(save)
    if save.exists() and notebook.exists() and save.samefile(notebook):
        raise UsageError("--save: the notebook itself is never written; name another file")
    if not save.absolute().parent.is_dir():
        raise UsageError(f"--save {save}: there is no such folder")


def _telling(run: Run) -> Callable[[str], None]:
    def tell(message: str) -> None:
        run.progress.clear()
        complain(message)

    return tell
