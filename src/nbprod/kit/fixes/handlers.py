"""Makes a handler that hides errors log them, and raise them again where the run can't go on."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress

from nbprod.kit.blocks import last_name, shows
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, insert, keep_comments, locate, looking_at, rewrite
from nbprod.kit.edit.source import newline_of
from nbprod.kit.edit.statements import indentation, indented
from nbprod.kit.failures import Swallow
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import name_of
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.kit.fixes.prints import log_record
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call, Stmt

_AS: str = r"\s+as\s+{name}\s*"


def handler_fix(ctx: Context, handler: ast.ExceptHandler, swallow: Swallow, failing: Call | None) -> Plan:
    """Log what a handler caught; then go on with the next item of a loop, or raise it again."""
    loop = _loop(swallow.guard, handler)

    def build() -> list[Edit]:
        with looking_at(ctx, swallow.guard.cell):
            if loop is None and _has_remark(ctx, handler):
                raise Declined("a comment says why the error is passed over: to raise it would contradict that")
            setup, logger = ensure_logger(ctx, before=handler)
            rest = _rest(ctx, handler, swallow.stand_in) if loop else ["raise"]
            lines = [*_records(ctx, handler, swallow, logger, failing, loop), *rest]
            return combine(setup, _header(ctx, handler, lines), [_body(ctx, handler, lines)])

    title = "Log the error and go on with the next" if loop else "Log the error and raise it again"
    return Plan(title, Safety.UNSAFE, build)


def _has_remark(ctx: Context, handler: ast.ExceptHandler) -> bool:
    """Whether a comment stands behind the handler's last statement: `pass  # there may be no table yet`."""
    site = locate(ctx, handler.body[-1])
    _, line_end = site.cell.map.line_span(site.cell.map.position(site.end)[0])
    return site.cell.source[site.end : line_end].lstrip().startswith("#")


def _loop(guard: Stmt, handler: ast.ExceptHandler) -> ast.For | ast.AsyncFor | None:
    """The loop whose other items a failure need not concern."""
    if isinstance(handler.body[-1], ast.Break | ast.Return):
        return None
    for place in guard.ancestors():
        if isinstance(place.node, ast.For | ast.AsyncFor):
            return place.node
        if isinstance(place.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.While):
            return None
    return None


def _records(
    ctx: Context,
    handler: ast.ExceptHandler,
    swallow: Swallow,
    logger: str,
    failing: Call | None,
    loop: ast.For | ast.AsyncFor | None,
) -> list[str]:
    """The handler's own words as log records, the first with the traceback; else a line of ours."""
    records = []
    for stmt in handler.body:
        match stmt:
            case ast.Expr(value=ast.Call() as node) if shows(node, ctx) and last_name(node.func) != "sleep":
                call = ctx.call(node)
                with suppress(Declined):  # it prints the exception alone, which the traceback shows
                    if call is not None and call.name == "builtins.print":
                        records.append(log_record(ctx, call, logger, "exception").text)
            case ast.Pass() | ast.Continue() | ast.Break() | ast.Return() | ast.Assign() | ast.AnnAssign():
                pass
            case ast.Expr(value=ast.Constant()):
                pass
            case _ if stmt is not swallow.stand_in:
                raise Declined("the handler does more than print")
    if not records:
        is_telling = failing is not None and not failing.name.startswith("builtins.")
        what = name_of(failing) if failing is not None and is_telling else "this step"
        item = loop.target.id if loop is not None and isinstance(loop.target, ast.Name) else None
        words = f"{what} failed for %s" if item else f"{what} failed"
        records = [f'{logger}.exception("{words}", {item})' if item else f'{logger}.exception("{words}")']
    return [records[0], *(record.replace(".exception(", ".error(", 1) for record in records[1:])]


def _rest(ctx: Context, handler: ast.ExceptHandler, stand_in: ast.stmt | None) -> list[str]:
    """What the handler does so that the loop goes on: the values it made up, `continue`."""
    kept = (ast.Assign, ast.AnnAssign, ast.Continue)
    return [ctx.source(stmt) for stmt in handler.body if isinstance(stmt, kept) or stmt is stand_in]


def _header(ctx: Context, handler: ast.ExceptHandler, lines: Sequence[str]) -> list[Edit]:
    """`except:` names `Exception`, and a name for the exception goes when nothing uses it any more."""
    site = locate(ctx, handler)
    if handler.type is None:
        return [insert(ctx, site.cell, site.start + len("except"), " Exception")]
    used = any(re.search(rf"\b{re.escape(handler.name)}\b", line) for line in lines) if handler.name else True
    end = locate(ctx, handler.type).end
    found = re.compile(_AS.format(name=re.escape(handler.name or ""))).match(site.cell.source, end)
    if used or found is None or not site.cell.source.startswith(":", found.end()):
        return []
    return [rewrite(ctx, site.cell, end, found.end(), "")]


def _body(ctx: Context, handler: ast.ExceptHandler, lines: Sequence[str]) -> ReplaceText:
    first, last = locate(ctx, handler.body[0]), locate(ctx, handler.body[-1])
    cell, stmt = first.cell, ctx.stmt(handler.body[0])
    old = cell.source[first.start : last.end]
    if stmt is None or old != cell.python[first.start : last.end]:
        raise Declined("a magic stands in the handler")
    keep_comments(old)
    indent = indentation(cell, stmt)
    text = indented(cell, "\n".join(lines), indent)
    line_start, _ = cell.map.line_span(cell.map.position(first.start)[0])
    if not cell.source[line_start : first.start].strip():
        return rewrite(ctx, cell, first.start, last.end, text[len(indent) :])
    colon = cell.source.rindex(":", 0, first.start) + 1
    return ReplaceText(span=ctx.cell_span(cell.index, colon, last.end), text=newline_of(cell) + text)
