"""SQL that is put together from strings: the text, and what is put into it where."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Binding, Tag, Use

_STATEMENT: Final = lazy_pattern(
    r"\s*+(?:--[^\n]*+\n\s*+)*+\(*+\s*+(?:select\s.*\bfrom\b|insert\s+(?:or\s+\w+\s+)?into\b|replace\s+into\b|update\s.*\bset\b"
    r"|delete\s+from\b|with\s++\w++.*\bas\s*\(|merge\s+into\b|call\s+\w|(?P<fixed>(?:create|alter|drop|truncate|grant|revoke|use"
    r"|show|describe|attach|copy|set|comment|optimize|vacuum|refresh|export|load)\s+\w))",
    re.IGNORECASE | re.DOTALL,
)
"""How SQL begins; `fixed` are the statements that take no bound parameters."""

_VALUE: Final = lazy_pattern(
    r"(?:[=<>]|\b(?:like|ilike|rlike|in|values|regexp)|\bbetween \S{1,80} and) ?(?:\w* ?\()? ?[\"']?\Z"
    r"|\b(?:values|in) ?\([^()]*, ?[\"']?\Z",
    re.IGNORECASE,
)
"""How SQL ends before a value; each stretch of white space is one blank."""

_FIELD: Final = lazy_pattern(r"\{\{|\}\}|\{(?P<name>[^{}!:]*)(?:![rsa])?(?P<spec>:[^{}]*)?\}")
_PERCENT: Final = lazy_pattern(r"%%|%(?:\((?P<name>\w+)\))?[-#0 +]*+[\d.]*+(?P<kind>[a-zA-Z])")
_MARKS: Final = frozenset({"?", "%s", "?,", "%s,", ",?", ",%s", "? ,", "?, ", "%s, "})
_QUOTERS: Final = lazy_pattern(r".*(?:identifier|quote|escape|literal|sanitize).*", re.IGNORECASE)
_NUMBERS: Final = frozenset({"int", "float", "len", "round", "abs", "bool", "date"})
_DEEPEST: Final = 6
_MOST: Final = 200


class Hole(Struct, frozen=True):
    """Something that is put into SQL as text.

    Attributes:
        node: The expression.
        at: How many characters of SQL stand before it.
        is_value: It stands where a value does, which could be a bound parameter; not for a name.
        outside: It comes from outside of the notebook: a prompt, a response, a model; for a value, a parameter, too.
            The names of tables are what parameters of a job are for.
    """

    node: ast.expr
    at: int
    is_value: bool
    outside: bool


class BuiltSql(Struct, frozen=True):
    """A statement that is put together.

    Attributes:
        cell: The index of the cell.
        node: The string that it is put together in: where it starts.
        by: How: "an f-string", "`+`", "`%`", "`format`".
        holes: What is put in, but for constants, numbers and what was checked against a list.
        is_bindable: The kind of statement takes parameters.
    """

    cell: int
    node: ast.expr
    by: str
    holes: tuple[Hole, ...]
    is_bindable: bool


def built_sql(node: ast.expr | None, cell: int, ctx: Context) -> BuiltSql | None:
    """The statement that an expression stands for, if it is put together from parts that are not all known."""
    found = _origin(node, cell, ctx)
    if found is None:
        return None
    place, cell = found
    parts = list(_parts(place, ctx, 0))
    text = "".join(part if isinstance(part, str) else "x" for part in parts)
    statement = _STATEMENT.match(text)
    if statement is None or len(parts) > _MOST:
        return None
    holes = tuple(_holes(parts, ctx))
    return BuiltSql(cell, place, _way(place), holes, statement["fixed"] is None) if holes else None


def _origin(node: ast.expr | None, cell: int, ctx: Context) -> tuple[ast.expr, int] | None:
    """The expression in which a string is built, behind names, `text(…)` and `.strip()`."""
    for _ in range(_DEEPEST):
        match node:
            case ast.Name():
                binding = binding_of(node, ctx)
                stmt = binding.stmt if binding is not None else None
                if (
                    stmt is None
                    or not isinstance(stmt.node, ast.Assign)
                    or not isinstance(stmt.node.targets[0], ast.Name)
                ):
                    return None
                node, cell = stmt.node.value, stmt.cell
            case ast.Call(func=ast.Attribute(attr="strip" | "lstrip" | "rstrip", value=inner)):
                node = inner
            case ast.Call(func=function, args=[inner, *_]) if last_name(function) in {
                "text",
                "dedent",
                "cleandoc",
                "SQL",
            }:
                node = inner
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()) | ast.Call(func=ast.Attribute(attr="format")):
                return node, cell
            case _:
                return None
    return None


def binding_of(node: ast.Name, ctx: Context) -> Binding | None:
    """What a name refers to where it is read."""
    use = ctx.once(_uses).get(node)
    return use.binding if use is not None else None


def _uses(ctx: Context) -> dict[ast.Name, Use]:
    return {use.node: use for use in ctx.model.uses}


def _way(node: ast.expr) -> str:
    match node:
        case ast.JoinedStr():
            return "an f-string"
        case ast.Call():
            return "`format`"
        case ast.BinOp(op=ast.Mod()):
            return "`%`"
        case _:
            return "`+`"


# --- parts: text as it is known, and what is put in --------------------------------------------------


def _parts(node: ast.expr, ctx: Context, depth: int) -> Iterator[str | ast.expr]:
    value = ctx.value(node)
    constant = value.const if isinstance(value.const, str | int | float) and not value.has(_OUTSIDE) else None
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif constant is not None and not isinstance(node, ast.JoinedStr | ast.BinOp):
        yield str(constant)
    elif depth > _DEEPEST:
        yield node
    else:
        match node:
            case ast.JoinedStr(values=values):
                for part in values:
                    if isinstance(part, ast.FormattedValue):
                        yield from ("0",) if _is_number_format(part) else _parts(part.value, ctx, depth + 1)
                    else:
                        yield from _parts(part, ctx, depth + 1)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                yield from _parts(left, ctx, depth)
                yield from _parts(right, ctx, depth + 1)
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=filling):
                yield from _filled(_percent(text, filling), node, ctx, depth)
            case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str(text)))):
                yield from _filled(_format(text, node), node, ctx, depth)
            case _:
                yield node


def _filled(parts: Iterator[str | ast.expr], whole: ast.expr, ctx: Context, depth: int) -> Iterator[str | ast.expr]:
    for part in parts:
        yield from (part,) if isinstance(part, str) or part is whole else _parts(part, ctx, depth + 1)


def _is_number_format(part: ast.FormattedValue) -> bool:
    spec = part.format_spec
    return isinstance(spec, ast.JoinedStr) and bool(re.search(r"[dfeg%]'", ast.unparse(spec)))


def _percent(text: str, filling: ast.expr) -> Iterator[str | ast.expr]:
    items = list(filling.elts) if isinstance(filling, ast.Tuple) else [filling]
    named: dict[object, ast.expr] = {}
    if isinstance(filling, ast.Dict):
        pairs = zip(filling.keys, filling.values, strict=True)
        named = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
    end = 0
    for found in _PERCENT.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        if found[0] == "%%":
            yield "%"
        elif found["kind"] not in "sr":
            yield "0"
        elif found["name"]:
            yield named.get(found["name"], filling)
        else:
            yield items.pop(0) if items else filling
    yield text[end:]


def _format(text: str, call: ast.Call) -> Iterator[str | ast.expr]:
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    end = automatic = 0
    for found in _FIELD.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        if found[0] in {"{{", "}}"}:
            yield found[0][0]
            continue
        name = re.split(r"[.\[]", found["name"] or "", maxsplit=1)[0].strip()
        if not name:
            name, automatic = str(automatic), automatic + 1
        if (found["spec"] or "").endswith(("d", "f", "e", "g")):
            yield "0"
        elif name.isdigit():
            yield call.args[int(name)] if int(name) < len(call.args) else call
        else:
            yield named.get(name, call)
    yield text[end:]


# --- holes -------------------------------------------------------------------------------------------

_FOREIGN: Final = Tag.EXTERNAL | Tag.LLM
_OUTSIDE: Final = _FOREIGN | Tag.PARAMETER


def _holes(parts: list[str | ast.expr], ctx: Context) -> Iterator[Hole]:
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
            continue
        if not _is_harmless(part, ctx):
            tags = [ctx.value(inner) for inner in ast.walk(part) if isinstance(inner, ast.expr)]
            is_value = _takes_value(before)
            outside = any(value.has(_OUTSIDE if is_value else _FOREIGN) for value in tags)
            yield Hole(part, len(before), is_value, outside)
        before += "x"


def _takes_value(before: str) -> bool:
    """Whether a value follows on some SQL: within quotation marks, or behind a comparison."""
    tail = " ".join(before[-400:].split())
    return before.replace("''", "").count("'") % 2 == 1 or _VALUE.search(tail) is not None


def _is_harmless(node: ast.expr, ctx: Context) -> bool:
    """Whether only constants, numbers, marks of bound parameters or checked names can come of an expression."""
    value = ctx.value(node)
    if value.type in {"builtins.int", "builtins.float", "builtins.bool"}:
        return True
    for inner in ast.walk(node):
        match inner:
            case ast.Constant(value=str(mark)) if mark.strip() in _MARKS:
                return True
            case ast.Call(func=function) if _QUOTERS.fullmatch(last_name(function)) or _doubles_quotes(inner):
                return True
    if isinstance(node, ast.Call) and last_name(node.func) in _NUMBERS:
        return True
    if not isinstance(node, ast.Name):
        return False
    binding = binding_of(node, ctx)
    if binding is None:
        return False
    made = binding.stmt.node if binding.stmt is not None else None
    is_escaped = isinstance(made, ast.Assign) and any(map(_doubles_quotes, ast.walk(made.value)))
    return is_escaped or _is_one_of_constants(binding, ctx) or _is_checked(binding, node.id)


def _doubles_quotes(node: ast.AST) -> bool:
    """Whether it makes text fit for standing between quotation marks: `name.replace("'", "''")`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="replace"), args=[ast.Constant(value="'"), ast.Constant(value=written)]):
            return written in {"''", "\\'"}
    return False


def _is_one_of_constants(binding: Binding, ctx: Context) -> bool:
    """Whether a loop takes a name through constants: `for table in ("orders", "items")`."""
    if binding.value.const is not None and isinstance(binding.value.const, int | float):
        return not binding.value.has(_OUTSIDE)
    node = binding.stmt.node if binding.stmt is not None else None
    if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
        return False
    source = ctx.value(node.iter)
    if isinstance(node.iter, ast.Call) and last_name(node.iter.func) == "range":
        return True
    return bool(source.elements) and all(isinstance(item.const, str | int | float) for item in source.elements)


def _is_checked(binding: Binding, name: str) -> bool:
    """Whether a name is held against a list somewhere: `if table not in TABLES: raise …`."""
    for use in binding.uses:
        test = getattr(use.stmt.node, "test", None)
        for part in ast.walk(test) if isinstance(test, ast.AST) else ():
            match part:
                case ast.Compare(left=ast.Name(id=held), ops=[ast.In() | ast.NotIn(), *_]) if held == name:
                    return True
    return False
