"""Writes the lines with which a notebook says what it is for, and who answers for it."""

from collections.abc import Callable, Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import insert
from nbprod.kit.findings import Plan
from nbprod.kit.headers import opening, title_end
from nbprod.protocol import Edit, InsertCell, Safety


def owner_fix(ctx: Context) -> Plan:
    """Name an owner below the title."""

    def build() -> Sequence[Edit]:
        return _below_title(ctx, "**Owner:** TODO(nbprod)", "")

    return Plan("Name an owner on top of the notebook", Safety.TEMPLATE, build)


def purpose_fix(ctx: Context, title: str, facts: Callable[[], Sequence[str]]) -> Plan:
    """Say on top what the notebook is for; `facts` gives the lines that follow."""

    def build() -> Sequence[Edit]:
        known = facts()
        lines = ["TODO(nbprod): what this notebook is for, and for whom.", *([""] if known else []), *known]
        return _below_title(ctx, "\n".join(lines), f"# {title}")

    return Plan("Say on top what the notebook is for", Safety.TEMPLATE, build)


def title_fix(ctx: Context, title: str) -> Plan:
    """Put a title above what the first cells say."""

    def build() -> Sequence[Edit]:
        return [InsertCell(before=0, cell_type="markdown", source=f"# {title}")]

    return Plan("Put a title on top", Safety.TEMPLATE, build)


def _below_title(ctx: Context, text: str, title: str) -> list[Edit]:
    """Put a paragraph below the title, or on top in a cell of its own."""
    cell = opening(ctx)
    if cell is None:
        return [InsertCell(before=0, cell_type="markdown", source=f"{title}\n\n{text}" if title else text)]
    end = title_end(cell.source)
    before = "\n\n" if cell.source[:end].strip() else ""
    after = "" if cell.source[end:].startswith("\n\n") or not cell.source[end:].strip() else "\n"
    return [insert(ctx, cell, end, f"{before}{text}{after}")]
