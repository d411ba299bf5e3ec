"""Makes the amount of rows that a run takes a parameter, and stops a run that loses too many."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.edit import (
    combine,
    fresh,
    hoist,
    insert_after,
    insert_before,
    lift,
    looking_at,
    move_to_parameters,
    replace,
    set_keyword,
)
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import is_simple
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.kit.rows import limit_node
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event, EventKind, Stmt

_NONE_IS_ALL = frozenset({"nrows", "n_rows", "max_rows"})


def can_move(event: Event) -> bool:
    """Whether the amount of rows that a call or slice keeps is a number, or the name of one."""
    node = limit_node(event)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and type(node.value) in {int, float})


def row_limit_fix(ctx: Context, events: Sequence[Event]) -> Plan:
    """Move the amount of rows to the `parameters` cell, as "no limit" where that can be said.

    It keeps its value if other places cut at the same number: features and labels must stay of one length.
    """

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        moved: set[ast.expr] = set()
        for event in events:
            with suppress(Declined, EditConflict), looking_at(ctx, event.cell):
                for node in _alike(event):
                    if node not in moved:
                        edits = combine(edits, _moved(ctx, event, node, alone=_is_alone(ctx, event, events)))
                        moved.add(node)
        if not edits:
            raise Declined("no amount can be moved")
        return edits

    return Plan("Make the number of rows a parameter", Safety.TEMPLATE, build)


def _alike(event: Event) -> list[ast.expr]:
    """The amount, and the same number of other slices in the statement: `fit(X[:100], y[:100])`."""
    node = limit_node(event)
    if node is None:
        return []
    if not isinstance(event.node, ast.Subscript) or hasattr(event.stmt.node, "body"):
        return [node]
    return [node, *(other for other in _bounds(event.stmt.node, node) if other is not node)]


def _bounds(root: ast.AST, amount: ast.expr) -> list[ast.expr]:
    """The upper bounds of slices that are the same number."""
    wanted = amount.value if isinstance(amount, ast.Constant) else None
    return [
        part.upper
        for part in ast.walk(root)
        if isinstance(part, ast.Slice) and isinstance(part.upper, ast.Constant) and part.upper.value == wanted
    ]


def _is_alone(ctx: Context, event: Event, events: Sequence[Event]) -> bool:
    """Whether no other place cuts at the same number."""
    amount = limit_node(event)
    if not isinstance(amount, ast.Constant):
        return True
    own = {node for other in events for node in _alike(other)}
    trees = (cell.tree for cell in ctx.cells if cell.tree is not None)
    if any(node not in own for tree in trees for node in _bounds(tree, amount)):
        return False
    others = (limit_node(other) for other in ctx.model.events_of(EventKind.REDUCE) if other.detail == "limit")
    return all(
        node in own or not isinstance(node, ast.Constant) or node.value != amount.value for node in others if node
    )


def _moved(ctx: Context, event: Event, node: ast.expr, *, alone: bool) -> Sequence[Edit]:
    if isinstance(node, ast.Name):
        return move_to_parameters(ctx, _assignment(ctx, node.id))
    if not isinstance(node, ast.Constant):
        raise Declined("the amount is put together in the call")
    is_share = isinstance(node.value, float)
    wish = "SAMPLE_FRACTION" if is_share else "MAX_ROWS"
    value = expression_site(ctx, node).text
    if alone:
        value = "1.0" if is_share else "None" if _takes_none(event) else value
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


# -- losses -------------------------------------------------------------------------------------------

_GATE = """\
{lost} = {share}
{logger}.info("{what} removed %.1f%% of the {things}", 100 * {lost})
if {lost} > {limit}:
    raise ValueError(f"{what} removed {{{lost}:.1%}} of the {things}")"""


def warn_of_lines_fix(ctx: Context, event: Event) -> Plan:
    """Have pandas say which lines it skips."""

    def build() -> Sequence[Edit]:
        return set_keyword(ctx, event, "on_bad_lines", '"warn"')

    return Plan("Report the lines that are skipped", Safety.UNSAFE, build)


def can_gate(event: Event) -> bool:
    """Whether a statement gives what is left a name, or changes a frame in place, so that both can be counted."""
    return _left(event) is not None


def row_loss_fix(ctx: Context, events: Sequence[Event]) -> Plan:
    """Log the share of what is lost, and stop the run when it is too large."""

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        for event in events:
            with suppress(Declined, EditConflict), looking_at(ctx, event.cell):
                edits = combine(edits, _gated(ctx, event))
        if not edits:
            raise Declined("what is left has no name")
        return edits

    return Plan("Log how much is lost, and stop when it is too much", Safety.TEMPLATE, build)


def _gated(ctx: Context, event: Event) -> Sequence[Edit]:
    left, before = _left(event), _before(event)
    if left is None or before is None:
        raise Declined("what is left has no name")
    hoisted, names = hoist(ctx, {"MAX_ROW_LOSS": "0.05"}, before=event, shared=True)
    setup, logger = ensure_logger(ctx, before=event)
    counted = fresh(ctx, "rows_before" if event.detail != "values" else "gaps_before")
    lost, after = fresh(ctx, "lost"), ctx.source(left)
    if event.detail == "values":
        count, things = "{}.isna().sum()", "values"
        share = f"({after}.isna().sum() - {counted}) / max(len({after}), 1)"
    else:
        count, things = "len({})", "rows"
        share = f"1 - len({after}) / max({counted}, 1)"
    limit, what = names["MAX_ROW_LOSS"], event.call.method
    gate = _GATE.format(lost=lost, share=share, logger=logger, what=what, things=things, limit=limit)
    if is_simple(before):
        counting = insert_before(ctx, event.stmt, f"{counted} = {count.format(ctx.source(before))}")
    else:
        counting = lift(ctx, before, event.stmt, "complete", f"{counted} = {count.format('{name}')}")
    return combine(hoisted, setup, counting, insert_after(ctx, event.stmt, gate))


def _left(event: Event) -> ast.expr | None:
    """What holds what is left: the target of the assignment, or the frame that is changed in place."""
    match event.stmt.node:
        case ast.Assign(targets=[target], value=value) if is_simple(target) and _goes_through(value, event.node):
            return target
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner)) as call) if call is event.node:
            return owner if is_simple(owner) else None
    return None


def _goes_through(value: ast.expr, call: ast.Call) -> bool:
    """Whether a value is what the call gives, or that with another index: `df.dropna().reset_index(drop=True)`."""
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="reset_index" | "copy")) if value is not call:
            return _goes_through(owner, call)
    return value is call


def _before(event: Event) -> ast.expr | None:
    """The data that a call is given, where it stands."""
    function, arguments = event.node.func, event.node.args
    if event.call.receiver is None:
        return arguments[0] if arguments and is_simple(arguments[0]) else None
    return function.value if isinstance(function, ast.Attribute) else None
