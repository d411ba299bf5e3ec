"""Passes values to SQL as bound parameters."""

import ast
import re
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, set_keyword
from nbprod.kit.edit.source import comments, expression_site, insert
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.sql import BuiltSql, Hole, binding_of
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call, EventKind, Literal

_STYLES: Final = {
    # what connects -> how its driver marks a parameter
    **dict.fromkeys(("sqlite3", "duckdb", "pyodbc"), "?"),
    **dict.fromkeys(("psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql", "pymssql", "snowflake"), "%s"),
    **dict.fromkeys(("sqlalchemy", "pyspark"), ":"),
}
_LITERAL: Final = lazy_pattern(r"(?P<prefix>[fFrR]{1,2})(?P<quote>\"\"\"|'''|\"|')")
_PIECE: Final = lazy_pattern(r"\{\{|\}\}|\{(?P<expression>[^{}]+)\}")
_PLAIN: Final = lazy_pattern(r"[^{}!:=]+")


def bind_fix(ctx: Context, sql: BuiltSql, call: Call) -> Plan | None:
    """Put marks into an f-string, and the values into the call that runs it; None where the driver is unknown."""
    style = _style(call)
    if style is None or not isinstance(sql.node, ast.JoinedStr) or not any(hole.is_value for hole in sql.holes):
        return None

    def build() -> Sequence[Edit]:
        _check_single_use(ctx, call)
        with looking_at(ctx, sql.cell):
            site = expression_site(ctx, sql.node)
        text, values = _Marker(style, sql.holes).rewrite(site.text)
        imports: Sequence[Edit] = []
        if style == ":" and not call.name.startswith("pyspark.") and not _is_text(ctx, sql):
            imports, function = ensure_import(ctx, "sqlalchemy", "text", before=Literal(sql.cell, sql.node))
            text = f"{function}({text})"
        literal = ReplaceText(span=ctx.cell_span(sql.cell, site.start, site.end), text=text)
        return combine(imports, [literal], _pass(ctx, call, style, values))

    return Plan("Pass the values as bound parameters", Safety.UNSAFE, build)


def _check_single_use(ctx: Context, call: Call) -> None:
    """Refuse to change a statement that something else uses, too."""
    node = call.node.args[0] if call.node.args else None
    binding = binding_of(node, ctx) if isinstance(node, ast.Name) else None
    if binding is not None and len(binding.uses) > 1:
        raise Declined("the statement is used more than once")


def _is_text(ctx: Context, sql: BuiltSql) -> bool:
    """Whether the string stands in SQLAlchemy's `text(…)`."""
    return any(call.node.args[:1] == [sql.node] for call in ctx.model.calls("sqlalchemy.text"))


def _style(call: Call) -> str | None:
    """How the driver behind a call marks a parameter, if it is known for certain."""
    if call.name == "pyspark.sql.SparkSession.sql":
        return ":" if len(call.node.args) == 1 and not call.node.keywords else None
    connections = (call.receiver, call.argument(1, "con"))
    roots = {
        event.call.name.partition(".")[0]
        for value in connections
        if value is not None
        for event in value.lineage
        if event.kind is EventKind.DB and event.detail == "connect"
    }
    return _STYLES.get(roots.pop()) if len(roots) == 1 else None


class _Value(Struct, frozen=True):
    """What is bound: its name, and the expression."""

    name: str
    code: str


class _Marker:
    """Puts marks in the place of values, and keeps the rest of a literal to the letter."""

    def __init__(self, style: str, holes: Sequence[Hole]) -> None:
        self._style = style
        self._values = {ast.dump(hole.node) for hole in holes if hole.is_value}
        self._others = {ast.dump(hole.node) for hole in holes if not hole.is_value}
        self.values: list[_Value] = []

    def rewrite(self, literal: str) -> tuple[str, list[_Value]]:
        """The literal with marks, and the values to bind.

        Raises:
            Declined: It is no single f-string, or a value is only a part of a text or a list.
        """
        opening = _LITERAL.match(literal)
        if opening is None or not literal.endswith(opening["quote"]) or comments(literal):
            raise Declined("the SQL is no single f-string")
        body = literal[opening.end() : -len(opening["quote"])]
        if opening["quote"] in body:
            raise Declined("the SQL is no single f-string")
        if self._style == "%s" and "%" in body:
            raise Declined("the SQL holds a % sign, which would be taken for a mark")
        kept = False
        done: list[str] = []
        end = 0
        for found in _PIECE.finditer(body):
            done.append(body[end : found.start()])
            end = found.end()
            if found["expression"] is None:
                done.append(found[0])
                continue
            mark = self._mark(found["expression"], "".join(done), body[end:])
            if mark is None:
                kept = True
                done.append(found[0])
                continue
            if done[-1].endswith("'"):
                done[-1] = done[-1][:-1]
                end += 1
            done.append(mark)
        done.append(body[end:])
        text = "".join(done)
        if not self.values:
            raise Declined("no value could be taken out")
        prefix = opening["prefix"]
        if not kept:
            prefix = re.sub("[fF]", "", prefix)
            text = text.replace("{{", "{").replace("}}", "}")
        return f"{prefix}{opening['quote']}{text}{opening['quote']}", self.values

    def _mark(self, expression: str, before: str, after: str) -> str | None:
        """The mark for an expression; None when it stays in the text."""
        if not _PLAIN.fullmatch(expression):
            raise Declined("a value is formatted")
        node = ast.parse(expression.strip(), mode="eval").body
        dumped = ast.dump(node)
        if dumped not in self._values:
            return None
        if dumped in self._others:
            raise Declined("the same expression is a name, too")
        if before.endswith("'") != after.startswith("'") or before.endswith('"'):
            raise Declined("a value is only a part of a text")
        if not before.endswith("'") and re.search(r"\b(?:in|values)\s?\(?\s?\Z", before, re.IGNORECASE):
            raise Declined("a list is put in")
        name = self._name(node)
        self.values.append(_Value(name, expression.strip()))
        return f":{name}" if self._style == ":" else self._style

    def _name(self, node: ast.expr) -> str:
        """A name for the parameter, after what it holds; the same for the same expression."""
        code = ast.unparse(node)
        words = re.sub(r"\W+", "_", code).strip("_").lower() or "value"
        wish = words if words[0].isalpha() and len(words) <= 30 else "value"
        taken = {value.name: value.code for value in self.values}
        name, number = wish, 1
        while name in taken and taken[name] != code:
            number += 1
            name = f"{wish}_{number}"
        return name


def _pass(ctx: Context, call: Call, style: str, values: Sequence[_Value]) -> Sequence[Edit]:
    """Hand the values to the call that runs the statement."""
    if style == ":":
        pairs = {value.name: value.code for value in values}
        bound = "{" + ", ".join(f'"{name}": {code}' for name, code in pairs.items()) + "}"
    else:
        codes = [value.code for value in values]
        bound = "(" + ", ".join(codes) + ("," if len(codes) == 1 else "") + ")"
    keyword = _keyword(call)
    if keyword is not None:
        if keyword in call.keywords or call.open:
            raise Declined("the call passes parameters already")
        return set_keyword(ctx, call, keyword, bound)
    if len(call.node.args) != 1 or call.node.keywords:
        raise Declined("the call passes parameters already")
    cell, _, end = ctx.offsets(call)
    with looking_at(ctx, call.cell):
        argument = expression_site(ctx, call.node.args[0])
    if cell.source[argument.end : end] != ")":
        raise Declined("more stands behind the statement")
    return [insert(ctx, cell, argument.end, f", {bound}")]


_keyword: Callable[[Call], str | None] = lambda call: (  # noqa: E731
    "params" if call.name.startswith("pandas.") else "args" if call.name.startswith("pyspark.") else None
)
