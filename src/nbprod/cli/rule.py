"""`nbprod rule NAME`: the page of one rule."""

import re
import sys

import click

from nbprod.cli.options import complete_names, no_color_option
from nbprod.cli.pages import Page, all_pages, fixes_of
from nbprod.cli.run import terminal_width, wants_color
from nbprod.config import did_you_mean
from nbprod.errors import UsageError
from nbprod.patterns import lazy_pattern

_FENCE = lazy_pattern(r"\n*^```nb (\w+)[^\n]*$", re.MULTILINE)
_CAPTIONS = {"bad": "Found", "fixed": "Fixed", "good": "Fine"}


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
    text = _markdown(page)
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from rich.console import Console  # noqa: PLC0415  -- slow to load, and only for a terminal
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=min(terminal_width(), 100), no_color=not wants_color(no_color=no_color))
    console.print(Markdown(text, hyperlinks=False))


def _markdown(page: Page) -> str:
    """The page with a heading and its facts, and with examples that any Markdown renderer understands."""
    severity = page.severity
    facts = {
        "Dimension": "none (not scored)" if page.dimension is None else page.dimension.value,
        "Severity": f"{severity.production.value} in production, {severity.explore.value} while exploring",
        "Confidence": page.confidence.value,
        "Fix": fixes_of(page) or "none",
        "Since": page.since,
    }
    listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    summary, _, rest = page.doc.partition("\n")
    examples = _FENCE.sub(lambda fence: f"\n\n{_CAPTIONS.get(fence[1], fence[1])}:\n\n```python", rest)
    return f"# {page.name}\n\n{summary}\n\n{listed}\n\n{examples.strip()}"
