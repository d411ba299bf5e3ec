"""Gives a call a keyword, or takes one, in the layout that the call already has."""

import ast
import re
from collections.abc import Mapping

from msgspec import Struct

from nbprod.kit.context import Context, Located
from nbprod.kit.edit.source import Site, expression_site, insert, keep_comments, looking_at, newline_of, replace
from nbprod.kit.findings import Declined
from nbprod.protocol import ReplaceText


def set_keyword(ctx: Context, call: "ast.Call | Located", name: str, value: str) -> list[ReplaceText]:
    """Make a call pass `name=value`: change the keyword if it is there, else add it.

    A new keyword comes last, but before `**options`. Comments, trailing commas and one argument per
    line stay as they are.

    Raises:
        Declined: A comment would be lost, or the call has no text of its own (inside an f-string).
    """
    site = expression_site(ctx, call)
    if not isinstance(site.node, ast.Call):
        raise Declined("this is no call")
    if len(site.node.args) == 1 and isinstance(site.node.args[0], ast.GeneratorExp) and not site.node.keywords:
        raise Declined("the brackets of the call may be those of a generator expression")
    for keyword in site.node.keywords:
        if keyword.arg == name:
            with looking_at(ctx, site.cell.index):
                return replace(ctx, keyword.value, value)
    return _add(ctx, site, f"{name}={value}")


def name_arguments(ctx: Context, call: "ast.Call | Located", names: Mapping[int, str]) -> list[ReplaceText]:
    """Pass positional arguments, by their places, by name.

    Raises:
        Declined: The call passes one of the names already, or has no text of its own.
    """
    site = expression_site(ctx, call)
    if not isinstance(site.node, ast.Call) or {item.arg for item in site.node.keywords} & {*names.values()}:
        raise Declined("the call passes one of the arguments by name, too")
    _, arguments = _arguments(site)
    if any(argument.star for argument in arguments[: len(site.node.args)]):
        raise Declined("the call passes arguments that stand somewhere else")
    return [insert(ctx, site.cell, arguments[index].start, f"{name}=") for index, name in names.items()]


def drop_keyword(ctx: Context, call: "ast.Call | Located", name: str) -> list[ReplaceText]:
    """Make a call pass a keyword no more.

    Raises:
        Declined: A comment would be lost, or the keyword does not stand in the call.
    """
    site = expression_site(ctx, call)
    _, arguments = _arguments(site)
    source = site.cell.source
    place = next((index for index, item in enumerate(arguments) if _passes(source, item, name)), None)
    if place is None:
        raise Declined("the keyword does not stand in the call itself")
    gone = arguments[place]
    follows = place > 0 and place == len(arguments) - 1  # then the comma before it goes, and one behind it stays
    start, end = (arguments[place - 1].end, gone.end) if follows else (gone.start, gone.stop)
    keep_comments(source[start:end])
    return [ReplaceText(span=ctx.cell_span(site.cell.index, start, end), text="")]


def _passes(source: str, argument: "_Argument", name: str) -> bool:
    return re.match(rf"{re.escape(name)}\s*=(?!=)", source[argument.start : argument.end]) is not None


class _Argument(Struct, frozen=True):
    """Where an argument stands: `end` is before its comma, `stop` after its comma and blanks."""

    star: str
    start: int
    end: int
    stop: int


def _arguments(site: Site) -> tuple[int, list[_Argument]]:
    """The offset of the first argument (or where it would be), and all arguments, by LibCST's reading."""
    import libcst as cst  # noqa: PLC0415  -- half a second, only when a fix is wanted

    text = f"({site.text})"
    module = cst.Module([], default_newline=newline_of(site.cell))
    try:
        call = cst.parse_expression(text)
    except cst.ParserSyntaxError as error:
        raise Declined("LibCST cannot read the call") from error
    if not isinstance(call, cst.Call) or module.code_for_node(call) != text:
        raise Declined("LibCST does not read the call as it is written")
    codes = [module.code_for_node(argument) for argument in call.args]
    blank = cst.SimpleWhitespace("")
    bare = [
        module.code_for_node(argument.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=blank))
        for argument in call.args
    ]
    place = first = site.end - 1 - sum(map(len, codes))
    found = []
    for argument, code, core in zip(call.args, codes, bare, strict=True):
        found.append(_Argument(argument.star, place, place + len(core), place + len(code)))
        place += len(code)
    return first, found


def _add(ctx: Context, site: Site, text: str) -> list[ReplaceText]:
    first, arguments = _arguments(site)
    source = site.cell.source
    indent = _one_per_line(source, arguments)
    gap = " " if indent is None else f"{newline_of(site.cell)}{indent}"
    options = next((argument for argument in arguments if argument.star == "**"), None)
    if options is not None:
        return [insert(ctx, site.cell, options.start, f"{text},{gap}")]
    if not arguments:
        return [insert(ctx, site.cell, first, text)]
    last = arguments[-1]
    comma, line_end = _after(source, last.end, site.end - 1)
    if comma is not None:
        return [insert(ctx, site.cell, comma if indent is None else line_end, f"{gap}{text},")]
    if indent is None or line_end == last.end:
        return [insert(ctx, site.cell, last.end, f",{gap}{text}")]
    return [insert(ctx, site.cell, last.end, ","), insert(ctx, site.cell, line_end, f"{gap}{text}")]


def _one_per_line(source: str, arguments: list[_Argument]) -> str | None:
    """The indentation of the arguments if each begins a line of its own (the first need not); else None."""
    befores = [re.split(r"[\r\n]", source[: argument.start])[-1] for argument in arguments]
    own_line = [not before.strip() for before in befores]
    if not own_line or not all(own_line[1:] or own_line):
        return None
    return befores[-1]


def _after(source: str, end: int, close: int) -> tuple[int | None, int]:
    """The end of the comma behind the last argument, if any, and of the comment that follows on its line."""
    code = re.sub(r"#[^\r\n]*", lambda found: " " * len(found[0]), source[end:close])
    comma = end + code.index(",") + 1 if "," in code else None
    comment = re.compile(r"[ \t]*#[^\r\n]*").match(source, comma or end, close)
    return comma, comment.end() if comment else comma or end
