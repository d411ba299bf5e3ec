"""Makes the amount of rows that a run takes a parameter, and stops a run that loses too many."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, hoist, looking_at, move_to_parameters, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.rows import limit_node
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event, Stmt

_NONE_IS_ALL = frozenset({"nrows", "n_rows", "max_rows"})


def can_move(event: Event) -> bool:
    """Whether the amount of rows that a call or slice keeps is a number, or the name of one."""
    node = limit_node(event)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and type(node.value) in {int, float})


def row_limit_fix(ctx: Context, events: Sequence[Event]) -> Plan:
    """Move the amount of rows to the `parameters` cell, as "no limit" where that can be said."""

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        for event in events:
            with suppress(Declined, EditConflict), looking_at(ctx, event.cell):
                edits = combine(edits, _moved(ctx, event))
        if not edits:
            raise Declined("no amount can be moved")
        return edits

    return Plan("Make the number of rows a parameter", Safety.TEMPLATE, build)


def _moved(ctx: Context, event: Event) -> Sequence[Edit]:
    node = limit_node(event)
    if isinstance(node, ast.Name):
        return move_to_parameters(ctx, _assignment(ctx, node.id))
    if not isinstance(node, ast.Constant):
        raise Declined("the amount is put together in the call")
    is_share = isinstance(node.value, float)
    wish = "SAMPLE_FRACTION" if is_share else "MAX_ROWS"
    value = "1.0" if is_share else "None" if _takes_none(event) else expression_site(ctx, node).text
    edits, names = hoist(ctx, {wish: value}, before=node)
    return combine(edits, replace(ctx, node, names[wish]))


def _assignment(ctx: Context, name: str) -> Stmt:
    bindings = ctx.model.bindings(name)
    stmt = bindings[0].stmt if len(bindings) == 1 else None
    if stmt is None:
        raise Declined(f"`{name}` is bound more than once")
    return stmt


def _takes_none(event: Event) -> bool:
    """Whether None in the place of the amount means all rows."""
    node: ast.expr = event.node
    if isinstance(node, ast.Subscript):
        return True
    is_head = event.call.method == "head" and event.call.name.startswith("pandas.")
    return is_head or any(keyword in _NONE_IS_ALL for keyword in event.call.keywords)
