"""Mends calls that pass an argument which a library has taken out, renamed, or no longer takes by position."""

import ast
import re
from collections.abc import Callable, Sequence
from typing import Final

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, drop_keyword, ensure_import, locate, looking_at, name_arguments, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.retired import Retired
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call

Mend = Callable[[Context, Call, Retired], list[Edit]]
_CALL: Final = "()"


def argument_fixes(ctx: Context, row: Retired, calls: Sequence[Call]) -> list[Plan]:
    """The plan to mend all calls that a row is about, if the table says how."""
    if row.most is not None:
        plan = Plan("Name the arguments", Safety.SAFE, lambda: _all(ctx, calls, row, _named))
        return [plan] if row.names else []
    if row.is_to_be_dropped:
        return [Plan(f"Drop `{row.keyword}=`", Safety.UNSAFE, lambda: _all(ctx, calls, row, _dropped))]
    if not row.successor:
        return []
    mend = _other_function if row.successor.endswith(_CALL) else _replaced
    safety = Safety.SAFE if row.exact else Safety.UNSAFE
    return [Plan(f"Use `{row.successor}`", safety, lambda: _all(ctx, calls, row, mend))]


def _all(ctx: Context, calls: Sequence[Call], row: Retired, mend: Mend) -> list[Edit]:
    edits: list[Edit] = []
    for call in calls:
        with looking_at(ctx, call.cell):
            edits = combine(edits, mend(ctx, call, row))
    return edits


def _named(ctx: Context, call: Call, row: Retired) -> list[Edit]:
    """Write the names in front of the arguments that may no longer go without."""
    most = row.most or 0
    names = dict(enumerate(row.names, start=most))
    names.update(enumerate(row.first))
    count = len(call.node.args)
    if any(index not in names for index in range(most, count)):
        raise Declined("it is not known how all of the arguments are called")
    return list(name_arguments(ctx, call.node, {index: names[index] for index in range(count) if index in names}))


def _dropped(ctx: Context, call: Call, row: Retired) -> list[Edit]:
    return list(drop_keyword(ctx, call.node, row.keyword))


def _other_function(ctx: Context, call: Call, row: Retired) -> list[Edit]:
    """Call another function, which needs to be told no more."""
    successor, func = row.successor.removesuffix(_CALL), call.node.func
    dropped = drop_keyword(ctx, call.node, row.keyword)
    module, _, name = successor.rpartition(".")
    if isinstance(func, ast.Attribute) and module in {"", row.name.rpartition(".")[0]}:
        return combine(dropped, [new_end(ctx, func, func.attr, name)])
    imports, expression = ensure_import(ctx, module, name, before=func)
    return combine(dropped, imports, replace(ctx, func, expression))


def _replaced(ctx: Context, call: Call, row: Retired) -> list[Edit]:
    """Pass another keyword, or another value."""
    keyword = next((item for item in call.node.keywords if item.arg == row.keyword), None)
    if keyword is None:
        node = call.argument_node(row.position, row.keyword)
        if node is None or not row.value or "=" in row.successor:
            raise Declined("the argument does not stand in the call itself")
        return list(replace(ctx, node, _like(ctx, node, row.successor)))
    if not row.value:
        return [_new_keyword(ctx, call, keyword, row.successor)]
    if "=" not in row.successor:
        return list(replace(ctx, keyword.value, _like(ctx, keyword.value, row.successor)))
    name, _, value = row.successor.partition("=")
    return [_new_keyword(ctx, call, keyword, name), *replace(ctx, keyword.value, value)]


def _new_keyword(ctx: Context, call: Call, keyword: ast.keyword, name: str) -> Edit:
    if any(item.arg == name for item in call.node.keywords):
        raise Declined("the call passes the new keyword, too")
    cell, start, _ = ctx.offsets(keyword)
    old = keyword.arg or ""
    if not cell.source.startswith(old, start):
        raise Declined("the keyword has no text of its own here")
    return ReplaceText(span=ctx.cell_span(cell.index, start, start + len(old)), text=name)


def _like(ctx: Context, node: ast.expr, literal: str) -> str:
    """A string literal with the quotes of the one that it replaces."""
    if not isinstance(node, ast.Constant):
        raise Declined("the value is set somewhere else")
    old = ctx.source(node)
    return literal.replace('"', "'") if old.startswith("'") and literal.startswith('"') else literal


def new_end(ctx: Context, place: "ast.AST | Located", old: str, new: str) -> Edit:
    """Another last part of a dotted name.

    Raises:
        Declined: The name is not written out at its place.
    """
    site = locate(ctx, place)
    if not re.search(rf"\.\s*{re.escape(old)}\Z", site.text):
        raise Declined("the name has no text of its own here")
    return ReplaceText(span=ctx.cell_span(site.cell.index, site.end - len(old), site.end), text=new)
