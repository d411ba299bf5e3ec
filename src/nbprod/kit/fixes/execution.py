"""What stands in for running a model's text: reading it as a literal, or choosing among functions."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, fresh, insert_before, looking_at, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.notebook import parse_python
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call


def literal_fix(ctx: Context, call: Call) -> Plan:
    """Read a text as a Python literal instead of evaluating it."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, call.cell):
            edits, name = ensure_import(ctx, "ast", before=call.node)
            return combine(edits, replace(ctx, call.node.func, f"{name}.literal_eval"))

    return Plan("Read a literal, run nothing", Safety.UNSAFE, build)


def dispatch_fix(ctx: Context, call: Call, node: ast.expr, names: Sequence[str]) -> Plan:
    """Choose among functions by name, where a call was put together as text or looked up in all names."""

    def build() -> Sequence[Edit]:
        table = fresh(ctx, "TOOLS")
        entries = ", ".join(f'"{name}": {name}' for name in names)
        line = f"{table} = {{{entries}}}  # what the model may call, and nothing else"
        with looking_at(ctx, call.cell):
            if isinstance(node, ast.JoinedStr):
                edits = replace(ctx, call.node, _call_of(node, table))
            else:
                edits = replace(ctx, call.node, table)
            return combine(insert_before(ctx, call.stmt, line), edits)

    return Plan("Choose among the tools by name", Safety.TEMPLATE, build)


def _call_of(node: ast.JoinedStr, table: str) -> str:
    """`TOOLS[name](**arguments)` of the text `f"{name}(**arguments)"`.

    Raises:
        Declined: The text is no such call.
    """
    match node.values:
        case [ast.FormattedValue(value=name, conversion=-1, format_spec=None), ast.Constant(value=str(rest))]:
            text = f"{table}[{ast.unparse(name)}]{rest}"
            tree = parse_python(text)
            if rest.startswith("(") and isinstance(tree, ast.Module) and len(tree.body) == 1:
                return text
    raise Declined("the text is more than one call with arguments that stand in it")
