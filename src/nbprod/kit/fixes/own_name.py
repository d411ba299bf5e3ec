"""Gives the result of a step a name of its own, where it took that of its input."""

import ast
import re
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, locate, looking_at, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Binding, Stmt

_ENDINGS = {
    "drop": "reduced", "merge": "merged", "join": "joined", "concat": "extended", "append": "extended",
    "set_index": "indexed", "reset_index": "flat", "melt": "long", "pivot": "wide", "get_dummies": "encoded",
    "log": "log", "log1p": "log", "shift": "shifted", "diff": "differences", "cumsum": "cumulated",
}  # fmt: skip


def own_name_fix(ctx: Context, stmt: Stmt, name: str) -> Plan:
    """Bind `x = f(x)` to a new name, and use that from there on."""

    def build() -> Sequence[Edit]:
        node = stmt.node
        binding = next((found for found in ctx.model.bindings(name) if found.stmt is stmt), None)
        if binding is None or not isinstance(node, ast.Assign) or not _is_last(ctx, binding):
            raise Declined(f"`{name}` is bound again, or used in functions")
        new = fresh(ctx, f"{name}_{_ending(node.value)}")
        with looking_at(ctx, stmt.cell):
            site = locate(ctx, node.targets[0])
        edits: list[Edit] = [ReplaceText(span=ctx.cell_span(site.cell.index, site.start, site.end), text=new)]
        for use in binding.uses:
            edits = combine(edits, replace(ctx, use, new))
        return edits

    return Plan("Give the result a name of its own", Safety.UNSAFE, build)


def _is_last(ctx: Context, binding: Binding) -> bool:
    """Whether every later use of the name means this value, for certain."""
    bindings = ctx.model.bindings(binding.name)
    if bindings[-1] is not binding or any(binding in other.parts for other in bindings):
        return False
    if any(_mentions(magic.raw, binding.name) for cell in ctx.notebook.code_cells for magic in cell.magics):
        return False
    return all(use.function is None for use in ctx.model.uses if use.name == binding.name)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _ending(value: ast.expr) -> str:
    """A word for what came out."""
    node = value
    while isinstance(node, ast.Call):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if method in _ENDINGS:
            return _ENDINGS[method]
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return "scaled" if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.Div) else "new"
