"""`nbprod rules`: all rules in a table."""

import sys
from collections.abc import Iterator, Sequence

import click

from nbprod.cli.options import no_color_option
from nbprod.cli.run import emit, terminal_width, wants_color
from nbprod.output.pages import Page, all_pages, fixes_of
from nbprod.output.terminal import clean, paint
from nbprod.output.text import STYLES
from nbprod.protocol import Severity

_HEAD = ("Rule", "Dimension", "Explore", "Production", "Fix", "About")


@click.command("rules")
@no_color_option
def command(*, no_color: bool) -> None:
    """List all rules.

    Each with its dimension, its severity in both profiles, and the kinds of fixes it offers.
    """
    width = terminal_width() if sys.stdout.isatty() else None
    emit(_table([_row(page) for page in all_pages().values()], width, color=wants_color(no_color=no_color)))


def _row(page: Page) -> tuple[str, ...]:
    dimension = "-" if page.dimension is None else page.dimension.value
    severity = page.severity
    about = clean(page.summary().replace("`", ""))
    return page.name, dimension, severity.explore.value, severity.production.value, fixes_of(page) or "-", about


def _table(rows: Sequence[tuple[str, ...]], width: int | None, *, color: bool) -> Iterator[str]:
    """Yield aligned lines; the last column is cut where the terminal ends."""
    sizes = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD) - 1)]
    room = None if width is None else max(width - sum(sizes) - 2 * len(sizes), 20)
    for row in (_HEAD, *rows):
        *cells, about = row
        padded = [f"{cell:<{size}}" for cell, size in zip(cells, sizes, strict=True)]
        if room is not None and len(about) > room:
            about = f"{about[: room - 1]}…"
        line = [_painted(cell, head=row is _HEAD, color=color) for cell in (*padded, about)]
        yield "  ".join(line).rstrip() + "\n"


def _painted(cell: str, *, head: bool, color: bool) -> str:
    if head:
        return paint(cell, "bold", color=color)
    word = cell.strip()
    return paint(cell, STYLES[Severity(word)], color=color) if word in Severity.__members__.values() else cell
