"""Takes a part of a statement out into a statement of its own before it."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from nbprod.kit.context import Context
from nbprod.kit.edit.names import fresh
from nbprod.kit.edit.source import Site, expression_site, looking_at
from nbprod.kit.edit.statements import indentation, insert_before
from nbprod.kit.findings import Declined
from nbprod.notebook import parse_python
from nbprod.protocol import ReplaceText
from nbprod.semantic import Stmt


def lift(ctx: Context, expression: ast.expr, stmt: Stmt, wish: str, then: str = "") -> list[ReplaceText]:
    """Give an expression a name, before the statement that it is part of.

    `requests.get(u).json()` turns into `response = requests.get(u)` and `response.json()`. `then`
    holds statements to put in between, in which `{name}` stands for the name.

    Raises:
        Declined: The expression does not run exactly once and first (it is in a lambda, a
            comprehension, behind `and`, in a loop's condition, behind another call).
    """
    with looking_at(ctx, stmt.cell):
        site = expression_site(ctx, expression)
        _check_runs_first(stmt.node, expression)
        name = fresh(ctx, wish)
        code = f"{name} = {standing_alone(site, stmt)}"
        if then:
            code += "\n" + then.replace("{name}", name)
        span = ctx.cell_span(site.cell.index, site.start, site.end)
        return [*insert_before(ctx, stmt, code, moved=True), ReplaceText(span=span, text=name)]


def _check_runs_first(root: ast.AST, target: ast.AST) -> None:
    path = next(_paths(root, target), None)
    if path is None:
        raise Declined("the expression is not part of the statement")
    for parent, child in pairwise(path):
        if not _runs_once(parent, child):
            raise Declined("the expression runs more than once, or not always")
        for sibling in _evaluated_before(parent, child):
            if any(isinstance(node, ast.Call | ast.Await | ast.NamedExpr) for node in ast.walk(sibling)):
                raise Declined("another call of the statement runs first")


def _paths(root: ast.AST, target: ast.AST) -> Iterator[list[ast.AST]]:
    """The nodes from a statement down to one of its expressions; statements inside are not entered."""
    stack: list[list[ast.AST]] = [[root]]
    while stack:
        path = stack.pop()
        if path[-1] is target:
            yield path
        stack.extend([*path, child] for child in ast.iter_child_nodes(path[-1]) if not isinstance(child, ast.stmt))


def _runs_once(parent: ast.AST, child: ast.AST) -> bool:
    match parent:
        case ast.BoolOp(values=values):
            return child is values[0]
        case ast.IfExp(test=test) | ast.Assert(test=test):
            return child is test
        case ast.Compare(comparators=others):
            return child not in others[1:]
        case ast.ListComp(generators=loops) | ast.SetComp(generators=loops) | ast.DictComp(generators=loops):
            return child is loops[0]
        case ast.comprehension(iter=source):
            return child is source
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return child is items[0]
        case ast.While() | ast.Lambda() | ast.GeneratorExp() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return False
        case ast.ClassDef() | ast.ExceptHandler() | ast.match_case() | ast.JoinedStr() | ast.Starred():
            return False
        case _:
            return True


def _evaluated_before(parent: ast.AST, child: ast.AST) -> Iterator[ast.AST]:
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor):
        return  # the value comes before the targets
    for other in ast.iter_child_nodes(parent):
        if other is child:
            return
        yield other


def standing_alone(site: Site, stmt: Stmt) -> str:
    """The text of the expression as it can stand behind `name =`, its further lines moved along."""
    text = site.text
    if "\n" not in text and "\r" not in text:
        return text
    first, *others = text.replace("\r\n", "\n").split("\n")
    filled = [line for line in others if line.strip()]
    margins = (_margin(site), indentation(site.cell, stmt))
    margin = next((margin for margin in margins if all(line.startswith(margin) for line in filled)), None)
    if margin is None or (margin and _has_long_string(site.node)):
        raise Declined("the lines of the expression cannot be moved")
    text = "\n".join([first, *(line.removeprefix(margin) for line in others)])
    alone = parse_python(text)
    return text if isinstance(alone, ast.Module) and len(alone.body) == 1 else f"({text})"


def _margin(site: Site) -> str:
    """The blanks that begin the line on which the expression begins."""
    start, _ = site.cell.map.line_span(site.cell.map.position(site.start)[0])
    line = site.cell.source[start : site.end]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _has_long_string(node: ast.AST) -> bool:
    """Whether a string goes over several lines, so that its lines must not move."""
    return any(
        isinstance(part, ast.Constant | ast.JoinedStr) and part.end_lineno != part.lineno for part in ast.walk(node)
    )
