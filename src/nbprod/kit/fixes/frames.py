"""Repairs of steps on frames whose result is lost: chained assignments, bare statements."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import insert, keep_comments, locate, looking_at
from nbprod.kit.edit.source import expression_site, rewrite
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.frames import FramePart, part_of_frame
from nbprod.notebook import Cell, parse_python
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Stmt


def assign_back_fix(ctx: Context, stmt: Stmt, target: ast.expr, safety: Safety = Safety.UNSAFE) -> Plan:
    """Give the result of a bare call back to what it was computed from; `inplace=True` goes."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, stmt.cell):
            call = stmt.node.value if isinstance(stmt.node, ast.Expr) else None
            if not isinstance(call, ast.Call):
                raise Declined("the call is part of a statement that does more")
            site = expression_site(ctx, call)
            begin = insert(ctx, site.cell, site.start, f"{_target(ctx, target)} = ")
            inplace = next((keyword for keyword in call.keywords if keyword.arg == "inplace"), None)
            return [begin, *(_without(ctx, call, inplace) if inplace is not None else ())]

    return Plan(f"Assign the result to `{ast.unparse(target)}`", safety, build)


def _target(ctx: Context, target: ast.expr) -> str:
    """The text of what is assigned to: `df["a"]` for `df.a`, since an attribute makes no new column."""
    part = part_of_frame(target, ctx)
    if part is None:
        return expression_site(ctx, target).text
    if part.name is not None and (part.key is None or part.indexer):
        return f'{expression_site(ctx, part.frame).text}["{part.name}"]'
    return expression_site(ctx, target).text


def _without(ctx: Context, call: ast.Call, keyword: ast.keyword) -> list[Edit]:
    """Take a keyword out of a call, with its comma."""
    site = locate(ctx, keyword)
    cell, start, end = site.cell, site.start, site.end
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    others = [locate(ctx, node) for node in arguments if node is not keyword]
    before = max((other.end for other in others if other.end <= start), default=None)
    after = min((other.start for other in others if other.start >= end), default=None)
    if before is not None:
        start = _comma(cell, before, start)
    elif after is not None:
        end = after
    keep_comments(cell.source[start:end])
    return [rewrite(ctx, cell, start, end, "")]


def _comma(cell: Cell, start: int, end: int) -> int:
    """Where the comma stands between two arguments, of which the first may have brackets around it."""
    place = cell.source.rfind(",", start, end)
    if place < 0:
        raise Declined("no comma stands between two arguments")
    return place


def one_step_fix(ctx: Context, stmt: Stmt, target: ast.Subscript, inner: FramePart, safety: Safety) -> Plan:
    """Select rows and column in one step: `df["a"][m] = 0` becomes `df.loc[m, "a"] = 0`."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, stmt.cell):
            site = locate(ctx, target)
            if not _is_written_so(site.text, target):
                raise Declined("the assignment has no text of its own here (a magic)")
            keep_comments(site.text)
            return [rewrite(ctx, site.cell, site.start, site.end, _in_one_step(ctx, target, inner))]

    return Plan("Select rows and column in one step", safety, build)


def _is_written_so(text: str, target: ast.Subscript) -> bool:
    tree = parse_python(f"{text} = 0")
    match tree:
        case ast.Module(body=[ast.Assign(targets=[written])]):
            return ast.dump(written) == ast.dump(target)
    return False


def _in_one_step(ctx: Context, target: ast.Subscript, inner: FramePart) -> str:
    frame = expression_site(ctx, inner.frame).text
    outer = target.value.attr if isinstance(target.value, ast.Attribute) and _is_indexer(target.value) else ""
    if inner.is_column:
        column = _text(ctx, inner.key) if inner.key is not None and not inner.indexer else f'"{inner.name}"'
        rows, by_position = target.slice, outer == "iloc"
        if isinstance(rows, ast.Slice) and not outer:
            by_position = _takes_places(rows)
    else:
        if (
            inner.indexer == "ix"
            or outer
            or inner.key is None
            or isinstance(inner.key, ast.Tuple)
            or ctx.value(target.slice).text is None
        ):
            raise Declined("what is selected is not clear enough")
        column, rows, by_position = _text(ctx, target.slice), inner.key, inner.indexer == "iloc"
        if isinstance(rows, ast.Slice) and not inner.indexer:
            by_position = _takes_places(rows)
    if isinstance(rows, ast.Tuple | ast.NamedExpr | ast.Starred):
        raise Declined("the rows are selected by several keys")
    where = _text(ctx, rows)
    if by_position:
        return f"{frame}.iloc[{where}, {frame}.columns.get_loc({column})]"
    return f"{frame}.loc[{where}, {column}]"


def _is_indexer(node: ast.Attribute) -> bool:
    return node.attr in {"loc", "iloc"}


def _takes_places(rows: ast.Slice) -> bool:
    """Whether a slice without an indexer goes by position; one by labels would go by label.

    Raises:
        Declined: Nobody knows.
    """
    bounds = [bound for bound in (rows.lower, rows.upper, rows.step) if bound is not None]
    if not all(isinstance(bound, ast.Constant) and isinstance(bound.value, int) for bound in bounds):
        raise Declined("the slice may go by position or by label")
    return bool(bounds)


def _text(ctx: Context, node: ast.expr) -> str:
    site = locate(ctx, node) if isinstance(node, ast.Slice) else expression_site(ctx, node)
    return site.text
