"""Repairs of calls to language models: limits, a pinned model, answers that are read as data and not as code."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, hoist, locate, looking_at, replace, set_keyword
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Literal


def pin_fix(ctx: Context, literal: Literal, call: Call, pinned: str) -> Plan:
    """Name a snapshot: in the constant that the notebook has for it, else in the `MODEL` of the parameters cell."""

    def build() -> Sequence[Edit]:
        quote = "'" if ctx.source(literal).startswith("'") else '"'
        source = f"{quote}{pinned}{quote}"
        if not isinstance(literal.node, ast.Constant) or ctx.source(literal)[:1] not in {"'", '"'}:
            raise Declined("the name of the model is put together from parts")
        with looking_at(ctx, literal.cell):
            if literal.node not in [*call.node.args, *(keyword.value for keyword in call.node.keywords)]:
                return replace(ctx, literal.node, source)
            edits, names = hoist(ctx, {"MODEL": f'"{pinned}"'}, before=literal)
            return combine(edits, replace(ctx, literal.node, names["MODEL"]))

    return Plan(f"Pin the model to `{pinned}`", Safety.UNSAFE, build)


def limits_fix(ctx: Context, made: Call, limits: Sequence[tuple[Call, dict[str, str]]]) -> Plan:
    """Give calls keywords that bound how long they take and how much they write."""

    def build() -> list[Edit]:
        edits: list[Edit] = []
        for call, keywords in limits:
            with suppress(Declined, EditConflict), looking_at(ctx, call.cell):  # the others can still be bounded
                edits = combine(edits, set_keywords(ctx, call, keywords))
        return edits

    return Plan(f"Bound what `{ast.unparse(made.node.func)}` may take", Safety.UNSAFE, build)


def set_keywords(ctx: Context, call: Call, keywords: dict[str, str]) -> Sequence[Edit]:
    """Give a call several new keywords at once, one a line if its arguments stand so."""
    site = locate(ctx, call)
    last = max(
        (item.value for item in call.node.keywords if item.arg is not None),
        key=lambda node: (node.lineno, node.col_offset),
        default=None,
    )
    gap = ", "
    if "\n" in site.text and last is not None:
        start, _ = site.cell.map.node_span(last)
        line = site.cell.source[site.cell.map.line_span(site.cell.map.position(start)[0])[0] : start]
        indent = line[: len(line) - len(line.lstrip())]
        if "(" not in line:
            gap = f",\n{indent}"
    (first, value), *others = keywords.items()
    text = gap.join([value, *(f"{name}={source}" for name, source in others)])
    return set_keyword(ctx, call, first, text)
