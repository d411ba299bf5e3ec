"""Turns `print` into a log record with lazy arguments."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from nbprod.kit.blocks import mentions
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, keep_comments, locate, looking_at
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call

_KEYWORDS = frozenset({"sep", "end", "flush", "file"})
_SPEC = lazy_pattern(r"[ 0]?\d*+(?:\.\d++)?[dfeEgGxX]")


_BLANKS = lazy_pattern(r"(?<!\\)(?:\\[nrt]|\s)++")
_AWAITED = lazy_pattern(r"Already|Exist|Duplicate|NotFound|ImportError|StopIteration|KeyboardInterrupt")
_BAD_NEWS = lazy_pattern(
    r"\b(?:error|fail(?:ed|ure)?|could not|couldn't|cannot|can't|unable|invalid|missing|warning|not found)\b|[⚠❌✗]",
    re.IGNORECASE,
)


def print_to_log_fix(ctx: Context, calls: Sequence[Call]) -> Plan:
    """Write to a logger what was printed; within a handler, with the traceback."""

    def build() -> list[Edit]:
        edits: list[Edit] = []
        first = min(calls, key=lambda call: (call.cell, locate(ctx, call).start))
        setup, logger = ensure_logger(ctx, before=first)
        for call in calls:
            with suppress(Declined):  # the others can still be turned
                edits.append(log_record(ctx, call, logger))
        return combine(setup, edits) if edits else []

    many = "the print" if len(calls) == 1 else f"{len(calls)} prints"
    return Plan(f"Log instead of {many}", Safety.UNSAFE, build)


def log_record(ctx: Context, call: Call, logger: str, level: str | None = None) -> ReplaceText:
    """Make one print a log record; without a level that of its words.

    Raises:
        Declined: It does not simply print a line, or it has no words.
    """
    if not isinstance(call.stmt.node, ast.Expr) or call.stmt.node.value is not call.node:
        raise Declined("the print is part of something else")
    with looking_at(ctx, call.cell):
        site = expression_site(ctx, call)
        keep_comments(site.text)
        message = message_of(ctx, call.node)
    if level is None:
        level = "exception" if _is_caught(call) else "warning" if _BAD_NEWS.search(message) else "info"
    return ReplaceText(span=ctx.span(call), text=f"{logger}.{level}({message})")


def _is_caught(call: Call) -> bool:
    """Whether a failure is told of: the print stands in a handler, and not for what people wait for."""
    branches: list[ast.If] = []
    inner = call.stmt
    for outer in call.stmt.ancestors():
        handler = outer.node
        if isinstance(handler, ast.ExceptHandler):
            return not (_awaits(handler) or any(_tells_apart(handler, branch, call) for branch in branches))
        if isinstance(handler, ast.If) and inner.slot == "body":
            branches.append(handler)
        inner = outer
    return False


def _awaits(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and _AWAITED.search(ast.unparse(handler.type)) is not None


def _tells_apart(handler: ast.ExceptHandler, branch: ast.If, call: Call) -> bool:
    """Whether a branch is there for a known case of the failure: `if error.code == "Exists": print("is there")`."""
    names = {handler.name} if handler.name else set()
    return mentions(branch.test, names) and not mentions(call.node, names)


class _Message(Struct):
    """The format string as it will stand between quotes, and the source of its arguments."""

    text: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def literal(self) -> str:
        text = _BLANKS.sub(lambda found: " " if "\\" in found[0] else found[0], self.text).strip()
        if not text:
            raise Declined("the print has no words")
        return f'"{text if self.arguments else text.replace("%%", "%")}"'

    def words(self, value: str) -> None:
        """Add literal text."""
        shown = "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escape(char)) for char in value)
        self.text += shown.replace("%", "%%")

    def hole(self, conversion: str, source: str) -> None:
        """Add an argument."""
        if "\n" in source or "\r" in source:
            raise Declined("an argument goes over several lines")
        self.text += conversion
        self.arguments.append(source)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def message_of(ctx: Context, call: ast.Call) -> str:
    """The arguments of a print as those of a logger: a format string and its values.

    Raises:
        Declined: It prints to somewhere else, stays on the line, or says nothing in words.
    """
    separator = " "
    for keyword in call.keywords:
        value = keyword.value
        known = isinstance(value, ast.Constant) and keyword.arg in _KEYWORDS and keyword.arg != "file"
        if not known or (keyword.arg == "end" and value.value not in {"\n", "\n\n", None}):  # type: ignore[attr-defined]
            raise Declined("the print does not simply print a line")
        if keyword.arg == "sep":
            separator = " " if value.value is None else str(value.value)  # type: ignore[attr-defined]
    message = _Message()
    for index, argument in enumerate(call.args):
        if index and not message.text.endswith(separator):
            message.words(separator)
        _add(ctx, message, argument)
    if not re.search(r"[^\W\d_]{2}", re.sub(r"%[\d.]*[a-z]|\\[a-z]", "", message.text)):
        raise Declined("the print has no words")
    return ", ".join([message.literal, *message.arguments])


def _add(ctx: Context, message: _Message, node: ast.expr) -> None:
    match node:
        case ast.Constant(value=str(text)):
            message.words(text)
        case ast.JoinedStr():
            _add_formatted(ctx, message, node)
        case ast.BinOp(left=ast.Constant(value=str(template)), op=ast.Mod(), right=right):
            _add_percent(ctx, message, template, right)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_text(left) or _is_text(right):
            _add(ctx, message, left)
            _add(ctx, message, right)
        case ast.Call(func=ast.Name(id="str"), args=[inner], keywords=[]):
            _add(ctx, message, inner)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(template)), attr="format"), keywords=[]):
            _add_braces(ctx, message, template, node.args)
        case ast.Starred():
            raise Declined("the number of arguments is not known")
        case _:
            message.hole(_conversion(node), ctx.source(node))


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id="str")):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case _:
            return False


def _conversion(node: ast.expr) -> str:
    is_count = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    return "%d" if is_count else "%s"


def _add_formatted(ctx: Context, message: _Message, node: ast.JoinedStr) -> None:
    """The parts of an f-string. Their positions can't be trusted before Python 3.12, so LibCST reads it."""
    import libcst as cst  # noqa: PLC0415  -- half a second, only when a fix is wanted

    try:
        tree = cst.parse_expression(f"({expression_site(ctx, node).text})")
    except cst.ParserSyntaxError as error:
        raise Declined("LibCST cannot read the string") from error
    module = cst.Module([])
    for part in _strings(tree):
        if isinstance(part, cst.SimpleString):
            message.words(str(part.evaluated_value))
            continue
        raw = "r" in part.prefix.lower()
        for piece in part.parts:
            if isinstance(piece, cst.FormattedStringText):
                text = piece.value.replace("{{", "{").replace("}}", "}")
                message.words(text if raw else str(ast.literal_eval(part.start.lstrip("fF") + text + part.end)))
            elif isinstance(piece, cst.FormattedStringExpression):
                source = module.code_for_node(piece.expression)
                spec = "".join(module.code_for_node(item) for item in piece.format_spec or ())
                if piece.equal is not None:
                    message.words(f"{source}=")
                default = "r" if piece.equal is not None and not spec else None
                _add_hole(message, source, piece.conversion or default, spec)


def _strings(node: Any) -> list[Any]:
    """The string literals that stand side by side."""
    left, right = getattr(node, "left", None), getattr(node, "right", None)
    return [node] if left is None else [*_strings(left), *_strings(right)]


def _add_hole(message: _Message, source: str, conversion: str | None, spec: str) -> None:
    if "{" in spec:
        raise Declined("a format depends on a value")
    if conversion == "r" and not spec:
        message.hole("%r", source)
    elif conversion in {None, "s"} and not spec:
        message.hole(_conversion(ast.parse(f"({source})", mode="eval").body), source)
    elif conversion is None and _SPEC.fullmatch(spec):
        message.hole(f"%{spec}", source)
    else:
        quotes = "'" if '"' in spec else '"'
        inner = source if conversion is None else f"{'repr' if conversion == 'r' else 'str'}({source})"
        message.hole("%s", f"format({inner}, {quotes}{spec}{quotes})")


_PERCENT = lazy_pattern(r"%(?:(%)|[-+ 0#]*+\d*+(?:\.\d++)?[sdifFeEgGxXrc])|(%)")


def _add_percent(ctx: Context, message: _Message, template: str, right: ast.expr) -> None:
    values = right.elts if isinstance(right, ast.Tuple) else [right]
    holes = [found for found in _PERCENT.finditer(template) if not found[1]]
    simple = not isinstance(right, ast.Dict | ast.Starred) and not any(found[2] for found in holes)
    if not simple or len(holes) != len(values):
        raise Declined("the format string does not match its values")
    place = 0
    for found, value in zip(holes, values, strict=True):
        message.words(template[place : found.start()].replace("%%", "%"))
        message.hole(found[0], ctx.source(value))
        place = found.end()
    message.words(template[place:].replace("%%", "%"))


_BRACES = lazy_pattern(r"\{\{|\}\}|\{(\d*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]")


def _add_braces(ctx: Context, message: _Message, template: str, values: Sequence[ast.expr]) -> None:
    place = used = 0
    for found in _BRACES.finditer(template):
        message.words(template[place : found.start()])
        place = found.end()
        if found[0] in {"{{", "}}"}:
            message.words(found[0][0])
            continue
        if found[0] in {"{", "}"}:
            raise Declined("the format string names its values")
        index = int(found[1]) if found[1] else used
        used += 1
        if index >= len(values) or isinstance(values[index], ast.Starred):
            raise Declined("the format string does not match its values")
        _add_hole(message, ctx.source(values[index]), found[2], found[3] or "")
    message.words(template[place:])
