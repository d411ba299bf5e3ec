"""`nbprod rule NAME`: the page of one rule."""

import sys

import click

from nbprod.cli.options import complete_names, no_color_option
from nbprod.cli.run import terminal_width, wants_color
from nbprod.config import did_you_mean
from nbprod.errors import UsageError
from nbprod.output.pages import all_pages, markdown_of


@click.command("rule")
@click.argument("name", shell_complete=complete_names)
@no_color_option
def command(*, name: str, no_color: bool) -> None:
    """Explain a rule.

    Its page says why it matters, with examples, and what its fix changes.
    """
    pages = all_pages()
    page = pages.get(name)
    if page is None:
        raise UsageError(f"there is no rule `{name}`{did_you_mean(name, pages) or '; `nbprod rules` lists them'}")
    text = markdown_of(page)
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from rich.console import Console  # noqa: PLC0415  -- slow to load, and only for a terminal
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=min(terminal_width(), 100), no_color=not wants_color(no_color=no_color))
    console.print(Markdown(text, hyperlinks=False))
