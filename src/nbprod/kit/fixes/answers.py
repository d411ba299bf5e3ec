"""Makes a run say what a language model answered where the answer cannot be read."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, hoist, insert_before, replace_statement
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, InsertCell, Safety
from nbprod.semantic import Call, Event, Function, Stmt

_KINDS = {
    # parser -> what it raises, and what it expects
    "json.loads": ("ValueError", "JSON"),
    "builtins.int": ("ValueError", "whole number"),
    "builtins.float": ("ValueError", "number"),
    "ast.literal_eval": ("(ValueError, SyntaxError)", "Python literal"),
    "datetime.datetime.strptime": ("ValueError", "date in that form"),
    "datetime.datetime.fromisoformat": ("ValueError", "ISO date"),
}
_SIMPLE = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Load, ast.Index, ast.UnaryOp, ast.USub)


def guard_fix(ctx: Context, call: Call) -> Plan:
    """Wrap the statement that parses an answer, and ask for the keys that are read from it later."""

    def build() -> Sequence[Edit]:
        if call.name not in _KINDS:
            raise Declined("what the parser raises is not known")
        stmt = call.stmt
        alone = isinstance(stmt.node, ast.Assign | ast.Return) and stmt.node.value is call.node
        if not alone or "\n" in ctx.source(stmt):
            raise Declined("the parser is part of a larger statement")
        raised, kind = _KINDS[call.name]
        text = call.node.args[0]
        simple = all(isinstance(part, _SIMPLE) for part in ast.walk(text))
        quoted = ast.unparse(text)
        shown = f'f"the model gave no {kind}: {{{quoted}!r}}"' if simple and '"' not in quoted else None
        error = fresh(ctx, "error")
        lines = [
            "try:",
            f"    {ctx.source(stmt)}",
            f"except {raised} as {error}:",
            f"    raise ValueError({shown or _quote(f'the model gave no {kind}')}) from {error}",
        ]
        return replace_statement(ctx, stmt, "\n".join(lines + _required(ctx, call)))

    return Plan("Say what the model answered when it cannot be read", Safety.TEMPLATE, build)


_GOLDEN_SET = """\
import csv

{GOLDEN_SET} = "golden_set.csv"  # TODO(nbprod): at least 20 cases that a person has checked, with input and expected
{MIN_PASS_RATE} = 0.9  # TODO(nbprod): agree on it with those who rely on the answers

with open({GOLDEN_SET}, newline="") as {file}:
    {cases} = list(csv.DictReader({file}))
{passed} = sum({ask}(case["input"]).strip() == case["expected"].strip() for case in {cases})
if {passed} < {MIN_PASS_RATE} * len({cases}):
    raise RuntimeError(f"the model gave {{{passed}}} of {{len({cases})}} expected answers: nothing is written")"""


def golden_set_fix(ctx: Context, sink: Event, ask: Function) -> Plan:
    """Ask the model about cases whose answer is known, before anything of it is delivered."""

    def build() -> list[Edit]:
        if ask.cell >= sink.cell:
            raise Declined("the function that asks the model does not come before what is delivered")
        wishes = ("GOLDEN_SET", "MIN_PASS_RATE", "file", "cases", "passed")
        names = {wish: fresh(ctx, wish) for wish in wishes}
        source = _GOLDEN_SET.format(ask=ask.name, **names)
        return [InsertCell(before=sink.cell, cell_type="code", source=source, tags=())]

    return Plan("Hold the model against a golden set first", Safety.TEMPLATE, build)


def _quote(text: str) -> str:
    return f'"{text}"'


def _required(ctx: Context, call: Call) -> list[str]:
    """Lines that ask for the keys which later code reads."""
    match call.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call.node and call.name == "json.loads":
            keys = sorted(_keys_read(ctx, call, name))
        case _:
            return []
    if not keys:
        return []
    missing = fresh(ctx, "missing")
    names = ", ".join(_quote(key) for key in keys)
    return [
        f"{missing} = {{{names}}} - {name}.keys()",
        f"if {missing}:",
        f'    raise ValueError(f"the model left out {{sorted({missing})}}")',
    ]


def _keys_read(ctx: Context, call: Call, name: str) -> set[str]:
    """The constant keys of `data["key"]` where it is this binding that is read."""
    stmts = {
        use.stmt.node: use.node
        for use in ctx.model.uses
        if use.name == name and use.binding is not None and use.binding.stmt is call.stmt
    }
    return {
        part.slice.value
        for stmt in stmts
        for part in ast.walk(stmt)
        if isinstance(part, ast.Subscript)
        and isinstance(part.ctx, ast.Load)
        and isinstance(part.value, ast.Name)
        and part.value.id == name
        and isinstance(part.slice, ast.Constant)
        and isinstance(part.slice.value, str)
        and '"' not in part.slice.value
    }


def budget_fix(ctx: Context, loop: Stmt, sized: ast.expr) -> Plan:
    """Refuse to start a loop that would ask a model more often than a parameter allows."""

    def build() -> list[Edit]:
        length = f"len({ast.unparse(sized)})"
        edits, names = hoist(ctx, {"MAX_CALLS": "1000"}, before=loop, shared=True)
        limit = names["MAX_CALLS"]
        if '"' in length:
            raise Declined("the name of the data cannot stand in the message")
        guard = (
            f"if {_double(length)} > {limit}:\n"
            f'    raise RuntimeError(f"{{{length}}} calls of the model are more than the {{{limit}}} in the budget")'
        )
        return combine(edits, insert_before(ctx, loop, guard))

    return Plan("Bound the number of calls", Safety.TEMPLATE, build)


def _double(code: str) -> str:
    return code.replace("'", '"')
