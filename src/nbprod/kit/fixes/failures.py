"""Handles the failure of a boundary: names the errors, logs, and raises one that tells of the input."""

import ast
from collections.abc import Sequence

from nbprod.kit.blocks import displays
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, insert, insert_after, insert_before, locate, looking_at
from nbprod.kit.edit.source import Site, newline_of
from nbprod.kit.edit.statements import indent_unit, indentation, indented, line_ends, line_start_of
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import except_clause, phrase
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Event, EventKind, Stmt

_SILENT = {EventKind.WRITE, EventKind.PERSIST}


def failure_fix(ctx: Context, event: Event) -> Plan:
    """Wrap the boundary's statement in a `try` with the errors to expect; the handler logs and raises."""

    def build() -> Sequence[Edit]:
        stmt = event.stmt
        _check(ctx, stmt, event)
        imports, caught = except_clause(ctx, [event], before=stmt)
        if not caught:
            raise Declined("nothing is known of how this call fails")
        setup, logger = ensure_logger(ctx, before=stmt)
        with looking_at(ctx, stmt.cell):
            handler = _handler(ctx, event, caught, logger)
            return combine(imports, setup, _guard(ctx, stmt, handler))

    return Plan("Log the failure and raise an error that names the input", Safety.TEMPLATE, build)


def batch_fix(ctx: Context, event: Event) -> Plan:
    """Let the other items of a loop have their turn: log each failure, collect it, and raise behind the loop."""

    def build() -> Sequence[Edit]:
        stmt, loop = event.stmt, event.stmt.parent
        item = _item(loop.node.target) if loop is not None and isinstance(loop.node, ast.For) else None
        if loop is None or item is None:
            raise Declined("the call does not stand by itself in a loop")
        _check(ctx, stmt, event)
        imports, caught = except_clause(ctx, [event], before=stmt)
        if not caught:
            raise Declined("nothing is known of how this call fails")
        whole = _outermost(loop)
        setup, logger = ensure_logger(ctx, before=whole)
        known = _collected(whole)
        failed = known or _name_of_list(ctx)
        handler = (
            f'except {caught}:\n    {logger}.exception("%s failed", {item})\n    {failed}.append({item})\n    continue'
        )
        with looking_at(ctx, stmt.cell):
            guarded: list[Edit] = [*_guard(ctx, stmt, handler)]
            around = [] if known else _around(ctx, whole, failed)
            return combine(imports, setup, _joined(guarded, around))

    return Plan("Go on with the other items, and raise when all had their turn", Safety.TEMPLATE, build)


def _outermost(loop: Stmt) -> Stmt:
    """The loop around all loops that a statement stands in."""
    for outer in loop.ancestors():
        if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.While):
            break
        if isinstance(outer.node, ast.For | ast.AsyncFor):
            loop = outer
    return loop


def _collected(loop: Stmt) -> str | None:
    """The list in which a loop collects failures already, to raise behind it."""
    before = loop.block[loop.index - 1] if loop.index else None
    after = loop.block[loop.index + 1] if loop.index + 1 < len(loop.block) else None
    match before, after:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])), ast.If(
            test=ast.Name(id=tested), body=[ast.Raise()]
        ) if name == tested:
            return name
    return None


def _name_of_list(ctx: Context) -> str:
    """A name for the list of failures: one may serve loop after loop, since each begins it anew."""
    bindings = ctx.model.bindings("failed")
    for binding in bindings:
        match binding.stmt.node if binding.stmt is not None else None:
            case ast.Assign(value=ast.List(elts=[])):
                continue
        return fresh(ctx, "failed")
    return "failed" if bindings else fresh(ctx, "failed")


def _around(ctx: Context, loop: Stmt, failed: str) -> list[Edit]:
    ending = f'if {failed}:\n    raise RuntimeError(f"{{len({failed})}} failed, the first {{{failed}[0]!r}}")'
    return [*insert_before(ctx, loop, f"{failed} = []"), *insert_after(ctx, loop, ending)]


def _joined(guarded: list[Edit], around: list[Edit]) -> list[Edit]:
    """The edits, with what goes in behind the statement and behind the loop that it ends as one."""
    last, after = guarded[-1], around[-1] if around else None
    if isinstance(last, ReplaceText) and isinstance(after, ReplaceText) and after.span == last.span:
        return [*guarded[:-1], ReplaceText(span=last.span, text=last.text + after.text), *around[:-1]]
    return [*guarded, *around]


def _item(target: ast.expr) -> str | None:
    """The name that stands for an item: the first of `for name, text in …`."""
    while isinstance(target, ast.Tuple | ast.List) and target.elts:
        target = target.elts[0]
    return target.id if isinstance(target, ast.Name) else None


def _check(ctx: Context, stmt: Stmt, event: Event) -> None:
    if isinstance(stmt.node, ast.With | ast.AsyncWith):
        if len(stmt.node.body) > 3 or any(hasattr(node, "body") for node in stmt.node.body):
            raise Declined("the block is too long to be guarded as one")
    elif hasattr(stmt.node, "body"):
        raise Declined("the call is part of a compound statement's head")
    own = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    if any(isinstance(part, own) and event.node in ast.walk(part) for part in ast.walk(stmt.node)):
        raise Declined("the call has names of its own, which a handler would not know")
    if displays(ctx, stmt) and event.kind not in _SILENT:
        raise Declined("the cell would no longer show the value")


def _handler(ctx: Context, event: Event, caught: str, logger: str) -> str:
    error = fresh(ctx, "error")
    what = phrase(ctx, event)
    return (
        f"except {caught} as {error}:\n"
        f"    {logger}.exception({what.failed})\n"
        "    # TODO(nbprod): say in the message what to do about it\n"
        f"    raise RuntimeError({what.failure}) from {error}"
    )


def _guard(ctx: Context, stmt: Stmt, handler: str) -> list[ReplaceText]:
    """Indent a statement under a `try`, with insertions only, so that its comments stay."""
    site = locate(ctx, stmt)
    cell = site.cell
    start, end = line_start_of(site), line_ends(site)
    if start is None or end is None or site.text != cell.python[site.start : site.end]:
        raise Declined("the statement shares its line with others, or with a magic")
    indent, newline = indentation(cell, stmt), newline_of(cell)
    unit = indent_unit(cell, indent)
    edits = [insert(ctx, cell, start, f"{indent}try:{newline}{unit}")]
    fixed = _lines_of_strings(site)
    first, _ = cell.map.position(site.start)
    last, _ = cell.map.position(site.end)
    for line in range(first + 1, last + 1):
        begin, stop = cell.map.line_span(line)
        if line not in fixed and cell.source[begin:stop].strip():
            edits.append(insert(ctx, cell, begin, unit))
    edits.append(insert(ctx, cell, end, newline + indented(cell, handler, indent)))
    return edits


def _lines_of_strings(site: Site) -> set[int]:
    """The lines that begin inside a string: they must not be indented."""
    found: set[int] = set()
    for node in ast.walk(site.node):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            found.update(range(node.lineno + 1, node.end_lineno + 1))
    return found
