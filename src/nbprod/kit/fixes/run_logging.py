"""Leaves a record of a run: one line behind each boundary, with counts."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.blocks import displays
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, insert_after, insert_before, locate, looking_at
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import is_simple, phrase
from nbprod.kit.fixes.logger import ensure_logger, set_up_logging
from nbprod.kit.fixes.prints import log_record
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event, EventKind, Stmt

_OUTWARD = {EventKind.WRITE, EventKind.PERSIST, EventKind.SERVE}
_FRAMES = ("pandas.DataFrame", "polars.DataFrame", "geopandas.GeoDataFrame")


def run_logging_fix(ctx: Context, events: Sequence[Event], *, is_set_up: bool) -> Plan:
    """Say after each of these boundaries what was done, on what, and how many rows; set logging up if it is not."""

    def build() -> list[Edit]:
        setup, edits = [] if is_set_up else set_up_logging(ctx), list[Edit]()
        if events:
            first = min(events, key=lambda event: (event.cell, locate(ctx, event).start))
            made, logger = ensure_logger(ctx, before=first)
            setup = made or setup
        for event in {event.stmt: event for event in events}.values():
            with suppress(Declined, EditConflict), looking_at(ctx, event.cell):  # the others still leave a record
                edits = combine(edits, _record(ctx, event, logger))
        return combine(setup, edits) if edits or not events else []

    return Plan("Log what each step did" if events else "Set up logging", Safety.TEMPLATE, build)


def _record(ctx: Context, event: Event, logger: str) -> Sequence[Edit]:
    stmt = event.stmt
    if _ends_the_block(stmt.node) or (displays(ctx, stmt) and event.kind not in _OUTWARD):
        what = phrase(ctx, event)
        return insert_before(ctx, stmt, _line(logger, f"{what.doing} {what.words}", *what.arguments))
    if hasattr(stmt.node, "body") and not isinstance(stmt.node, ast.With | ast.AsyncWith):
        raise Declined("the call is part of a compound statement's head")
    following = _following(ctx, stmt)
    if following is not None and _is_check(following.node):
        stmt, following = following, _following(ctx, following)
    if following is not None and following.node.lineno - (stmt.node.end_lineno or 0) <= 1:
        match following.node:
            case ast.Expr(value=ast.Call(func=ast.Name(id="print")) as node) if (said := ctx.call(node)) is not None:
                with suppress(Declined):
                    return [log_record(ctx, said, logger)]
    return insert_after(ctx, stmt, _after(ctx, event, logger))


def _following(ctx: Context, stmt: Stmt) -> Stmt | None:
    return ctx.stmt(stmt.block[stmt.index + 1]) if stmt.index + 1 < len(stmt.block) else None


def _is_check(node: ast.AST) -> bool:
    """Whether a statement only looks whether an answer is an error."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="raise_for_status"))):
            return True
    return False


def _ends_the_block(node: ast.AST) -> bool:
    """Whether nothing behind a statement runs."""
    if isinstance(node, ast.With | ast.AsyncWith):
        return _ends_the_block(node.body[-1])
    return isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break)


def _after(ctx: Context, event: Event, logger: str) -> str:
    what = phrase(ctx, event)
    name = _bound(event)
    if name is not None and event.output.type in _FRAMES and what.done == "called":
        return _line(logger, f"called {what.words}: %d rows", f"len({name})")
    if name is not None and event.output.type in _FRAMES:
        return _line(logger, f"read %d rows from {what.words}", f"len({name})", *what.arguments)
    rows = _written(ctx, event)
    if rows is not None:
        message = f"called {what.words}: %d rows" if what.done == "called" else f"wrote %d rows to {what.words}"
        return _line(logger, message, f"len({rows})", *what.arguments)
    return _line(logger, f"{what.done} {what.words}", *what.arguments)


def _line(logger: str, message: str, *arguments: str) -> str:
    values = ", ".join([f'"{message}"', *arguments])
    return f"{logger}.info({values})"


def _bound(event: Event) -> str | None:
    """The name that the call's statement gives to its result, and to nothing more."""
    match event.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is event.node:
            return name
    return None


def _written(ctx: Context, event: Event) -> str | None:
    """The name of the frame that is written."""
    function = event.node.func
    if event.kind not in _OUTWARD or not isinstance(function, ast.Attribute) or event.call.receiver is None:
        return None
    owner = function.value
    return ctx.source(owner) if event.call.receiver.type in _FRAMES and is_simple(owner) else None
