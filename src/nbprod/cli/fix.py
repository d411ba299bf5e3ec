"""`nbprod fix`: repair what keeps notebooks from production."""

from collections.abc import Callable, Sequence
from typing import Any

import click
from msgspec.structs import replace

from nbprod.api import Checker, Fixer, allowed, known_rules
from nbprod.cli import EXIT_FINDINGS
from nbprod.cli.limits import Limits
from nbprod.cli.options import (
    fix_options,
    force_exclude_option,
    limit_options,
    names_option,
    no_color_option,
    paths_argument,
    profile_option,
    stdin_filename_option,
)
from nbprod.cli.prompt import Prompt
from nbprod.cli.run import STDIN, Run, complain, emit, terminal_width, wants_color
from nbprod.cli.saving import Saver
from nbprod.config import Configuration, Overrides, Settings
from nbprod.engine.fix import Accept
from nbprod.errors import UsageError
from nbprod.evidence import Witness
from nbprod.notebook import Notebook, parse_notebook
from nbprod.output import Outcome, Repaired, View
from nbprod.output.repairs import Repairs
from nbprod.protocol import Problem, Profile, Safety
from nbprod.semantic.reuse import Memory


@click.command("fix")
@paths_argument
@fix_options
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--interactive", is_flag=True, help="Show each fix and ask.")
@names_option("--select", "Fix only the findings of these rules or dimensions.")
@names_option("--ignore", "Leave out these rules or dimensions.")
@profile_option
@force_exclude_option
@stdin_filename_option
@limit_options
@no_color_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    unsafe: bool,
    template: bool,
    show_diff: bool,
    interactive: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    profile: Profile | None,
    force_exclude: bool,
    stdin_filename: str,
    time_limit: float,
    memory_limit: int,
    no_color: bool,
) -> None:
    """Repair what keeps notebooks from production.

    Only safe fixes are applied: a run that succeeds gives the same values. What was found stays
    unfixed if its fix is of another kind, or would lose a comment.

    PATHS are files, folders, or '-' to read a notebook from standard input and write it to standard
    output; the current folder by default.

    Exits with 0 when all is well, 1 if --diff shows changes or a file can't be read as a notebook, 2
    for wrong usage, configuration or paths, 3 for a failure of nbprod itself.
    """
    if interactive and (show_diff or STDIN in paths):
        raise UsageError("--interactive asks on the terminal: use it without --diff and '-'")
    view = View(color=wants_color(no_color=no_color), width=terminal_width())
    overrides = Overrides(select=select, ignore=ignore, profile=profile, force_exclude=force_exclude)
    configuration = Configuration(known_rules(), overrides)
    fixer = SavingFixer(
        configuration,
        allow=allowed(unsafe=unsafe, template=template),
        accept=Prompt(view) if interactive else None,
        save=None if show_diff else Saver(paths, stdin_filename if STDIN in paths else None).save,
    )
    limits = Limits(None if interactive else time_limit, memory_limit)  # people take the time they need
    run = Run(fixer, paths, stdin_filename, judge=False, limits=limits)
    repairs = Repairs(view, is_dry=show_diff)
    if STDIN in paths and not show_diff:  # standard output is for the notebook
        for text in repairs.render(run.outcomes()):
            click.echo(text, nl=False, err=True)
    else:
        emit(repairs.render(run.outcomes()), run.progress)
    if repairs.notebooks:
        complain(repairs.summary())
    code = run.exit_code()
    ctx.exit(EXIT_FINDINGS if show_diff and repairs.changed and not code else code)


class SavingFixer(Fixer):
    """Fixes notebooks, and hands each to `save`, which tells what went wrong."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        allow: frozenset[Safety],
        accept: Accept | None,
        save: Callable[[Repaired], Problem | None] | None,
    ) -> None:
        super().__init__(configuration, allow=allow, accept=accept)
        self.save = save

    def repaired(self, notebook: Notebook, settings: Settings) -> Repaired:
        """Fix a notebook that was read, and save it."""
        outcome = super().repaired(notebook, settings)
        problem = self.save(outcome) if self.save is not None else None
        if problem is None:
            return outcome
        report = replace(outcome.report, problems=(*outcome.report.problems, problem))
        return Repaired(report, before=notebook)


class FixingChecker(SavingFixer):
    """Fixes and saves notebooks, and then checks them as they are; what it fixed goes to standard error."""

    def __init__(self, repairs: Repairs, *, edits: bool, lines: bool, **options: Any) -> None:
        super().__init__(**options)
        self.repairs = repairs
        self.edits = edits
        self.lines = lines

    def _checked(
        self, notebook: Notebook, settings: Settings, memory: Memory | None, witness: Witness | None
    ) -> Outcome:
        repaired = self.repaired(notebook, settings)
        if repaired.fixed is None:
            return repaired
        for line in self.repairs.tell(repaired):
            click.echo(line, err=True)
        saved = parse_notebook(repaired.data, notebook.path)
        outcome = Checker._checked(self, saved, settings, memory, witness)  # noqa: SLF001
        ours = [problem for problem in repaired.report.problems if problem.stage in {"fix", "write"}]
        return replace(outcome, report=replace(outcome.report, problems=(*outcome.report.problems, *ours)))


def fixing_checker(
    configuration: Configuration, paths: Sequence[str], view: View, allow: frozenset[Safety], **needs: bool
) -> Checker:
    """The checker of `nbprod check --fix`."""
    save = Saver(paths, None).save
    return FixingChecker(Repairs(view), configuration=configuration, allow=allow, accept=None, save=save, **needs)
