"""Asks, fix by fix, with the diff shown."""

import click

from nbprod.engine.fix import preview
from nbprod.notebook import Notebook
from nbprod.output import View
from nbprod.output.diff import notebook_diff
from nbprod.output.terminal import clean, clean_start, paint
from nbprod.protocol import Finding, Fix


class Prompt:
    """Answers whether to apply a fix by asking the user; "all" and "quit" settle the rest."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.settled: bool | None = None

    def __call__(self, notebook: Notebook, finding: Finding, fix: Fix) -> bool:
        """Show a finding and its fix, and ask.

        Raises:
            KeyboardInterrupt: Ctrl-C, or no more input: nothing of this notebook is written.
        """
        if self.settled is not None:
            return self.settled
        place = f"{notebook.path}, cell {finding.at.cell.index + 1}"
        click.echo(f"\n{paint(clean_start(place), 'bold', color=self.view.color)}: {clean(finding.message)}")
        repaired, origins = preview(notebook, fix)
        for line in notebook_diff(notebook, repaired, origins, self.view):
            click.echo(line)
        question = f"{clean(fix.title)} ({fix.safety})? yes, no, all, quit"
        try:
            answer = click.prompt(question, type=click.Choice(["y", "n", "a", "q"]), show_choices=True)
        except click.Abort as stopped:  # an ordinary exception, which would pass for a failure of ours
            raise KeyboardInterrupt from stopped
        if answer in {"a", "q"}:
            self.settled = answer == "a"
        return answer in {"y", "a"}
