"""Makes a handler that hid a failure report it."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress

from nbprod.kit.blocks import events_in, mentions, shows
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, keep_comments, locate, looking_at
from nbprod.kit.edit.source import newline_of
from nbprod.kit.edit.statements import colon_of, indentation, indented
from nbprod.kit.failures import Swallow
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import except_clause, phrase
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.kit.fixes.prints import message_of
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import BOUNDARIES, Event, Stmt


def swallowed_fix(ctx: Context, handler: ast.ExceptHandler, swallow: Swallow) -> Plan:
    """Log the exception with its traceback, and raise it again; in a loop over items only log it.

    A broad handler then catches only what the guarded calls are known to give.
    """
    guard = swallow.guard
    in_loop = _is_in_loop(guard)

    def build() -> Sequence[Edit]:
        with looking_at(ctx, guard.cell):
            events = [event for event in events_in(swallow.block, ctx) if event.kind in BOUNDARIES]
            setup, logger = ensure_logger(ctx, before=guard)
            first = next((node for node in handler.body if in_loop and not _is_idle(node, ctx)), None)
            message = _message(ctx, handler, events)
            imports, caught = except_clause(ctx, events, before=guard) if swallow.is_broad else ([], "")
            needed = handler.body[handler.body.index(first) :] if first is not None else []
            named = handler.name is not None and (_names(message, handler.name) or _uses(needed, handler.name))
            head = _head(ctx, handler, caught, keeps_name=named)
            body = _body(ctx, handler, f"{logger}.exception({message})", first)
            return combine(setup, imports if head else [], head, body)

    return Plan(f"Log the exception and {'go on' if in_loop else 'raise it again'}", Safety.UNSAFE, build)


def _is_in_loop(guard: Stmt) -> bool:
    """Whether the next item has its turn when one fails."""
    for outer in guard.ancestors():
        if isinstance(outer.node, ast.For | ast.AsyncFor):
            return True
        if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
    return False


def _is_idle(node: ast.stmt, ctx: Context) -> bool:
    """Whether the record takes the statement's place: it only prints or does nothing at all."""
    if isinstance(node, ast.Pass):
        return True
    return isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or (isinstance(node.value, ast.Call) and shows(node.value, ctx))
    )


def _message(ctx: Context, handler: ast.ExceptHandler, events: Sequence[Event]) -> str:
    """What the handler printed, if that was words, else what failed."""
    for node in handler.body:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id="print")) as call):
                with suppress(Declined):
                    return message_of(ctx, call)
    return phrase(ctx, events[0]).failed if events else '"this step failed"'


def _names(source: str, name: str) -> bool:
    return mentions(ast.parse(f"f({source})"), {name})


def _uses(nodes: Sequence[ast.stmt], name: str) -> bool:
    return any(mentions(node, {name}) for node in nodes)


def _head(ctx: Context, handler: ast.ExceptHandler, caught: str, *, keeps_name: bool) -> list[Edit]:
    """Name the exceptions, and drop the name of the caught one if nothing reads it any more."""
    site = locate(ctx, handler)
    if handler.type is None:
        start = end = site.start + len("except")
        text = f" {caught}" if caught else " Exception"
    else:
        start, end = locate(ctx, handler.type).start, locate(ctx, handler.type).end
        text = caught or site.cell.source[start:end]
        name = re.compile(r"\s+as\s+\w+").match(site.cell.source, end)
        if name is not None and keeps_name:
            text += name[0]
        end = name.end() if name is not None else end
    if site.cell.source[site.start : site.start + len("except")] != "except" or "\n" in site.cell.source[start:end]:
        raise Declined("the head of the handler is not on one line")
    if site.cell.source[start:end] == text:
        return []
    return [ReplaceText(span=ctx.cell_span(site.cell.index, start, end), text=text)]


def _body(ctx: Context, handler: ast.ExceptHandler, record: str, first: ast.stmt | None) -> list[Edit]:
    """Put the record in the place of the handler's statements, or of those before the first that still matters."""
    inner = ctx.stmt(handler.body[0])
    if inner is None:
        raise Declined("the handler was not analysed")
    site = locate(ctx, inner)
    cell, newline, indent = site.cell, newline_of(site.cell), indentation(site.cell, inner)
    colon = colon_of(cell, inner)
    end = locate(ctx, handler.body[-1]).end if first is None else locate(ctx, first).start
    if cell.source[site.start : end] != cell.python[site.start : end]:
        raise Declined("a magic stands in the handler")
    keep_comments(cell.source[site.start : end])
    text = indented(cell, record if first is not None else f"{record}\nraise", indent)
    text = f"{newline}{text}" if colon is not None else text.removeprefix(indent)
    if first is not None:
        text += f"{newline}{indent}"
    start = site.start if colon is None else colon
    return [ReplaceText(span=ctx.cell_span(cell.index, start, end), text=text)]
