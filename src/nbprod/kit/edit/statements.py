"""Puts statements before and after a statement, wherever it stands: alone, behind a `;`, behind a colon."""

import ast
import re
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit.source import Site, comments, insert, keep_comments, locate, newline_of
from nbprod.kit.findings import Declined
from nbprod.notebook import Cell
from nbprod.protocol import ReplaceText
from nbprod.semantic import Stmt


def insert_before(ctx: Context, stmt: Stmt, code: str, *, moved: bool = False) -> list[ReplaceText]:
    """Put statements before one, in its block.

    `code` is indented by nothing, and by four blanks inside, unless it was `moved` here from the same
    block: then it keeps its layout.

    Raises:
        Declined: What stands around the statement leaves no room (a magic, a backslash, an `elif`).
    """
    return _put(ctx, stmt, code, after=False, moved=moved)


def insert_above(ctx: Context, stmt: Stmt, code: str) -> list[ReplaceText]:
    """Put statements before one and the comment that stands right above it.

    Raises:
        Declined: What stands around the statement leaves no room.
    """
    edits = insert_before(ctx, stmt, code)
    cell = ctx.notebook.cells[stmt.cell]
    if len(edits) != 1 or edits[0].span.start != edits[0].span.end:
        return edits
    start = edits[0].span.start
    comment = re.search(r"(?:^[ \t]*#[^\r\n]*(?:\r\n|\n|\r))+\Z", cell.python[:start], re.MULTILINE)
    return [insert(ctx, cell, comment.start(), edits[0].text)] if comment is not None else edits


def insert_after(ctx: Context, stmt: Stmt, code: str) -> list[ReplaceText]:
    """Put statements after one, in its block.

    Ask `displays` first whether that would hide what a cell shows.

    Raises:
        Declined: What stands around the statement leaves no room.
    """
    return _put(ctx, stmt, code, after=True)


def replace_statement(ctx: Context, stmt: Stmt, code: str) -> list[ReplaceText]:
    """Put statements in the place of one.

    Raises:
        Declined: A comment inside would be lost, or the statement holds or shares a line with a magic.
    """
    site = locate(ctx, stmt)
    if site.text != site.cell.python[site.start : site.end]:
        raise Declined("a magic stands in the statement")
    keep_comments(site.text)
    if "\n" in code and (line_start_of(site) is None or line_ends(site) is None):
        raise Declined("the statement shares its line with others")
    text = indented(site.cell, code, indentation(site.cell, stmt)).lstrip(" \t")
    return [ReplaceText(span=ctx.cell_span(site.cell.index, site.start, site.end), text=text)]


def remove_statement(ctx: Context, stmt: Stmt, begin: int | None = None) -> list[ReplaceText]:
    """Take a statement out, with its line, and what stands before it from an offset `begin` on.

    Raises:
        Declined: A comment would be lost, it shares its line, or its block would be left empty.
    """
    site = locate(ctx, stmt)
    start, end = line_start_of(site), line_ends(site)
    if start is None or end is None or len(stmt.block) == 1 or comments(site.cell.python[site.start : end]):
        raise Declined("the statement does not stand alone on its lines")
    start = start if begin is None else min(start, begin)
    source = site.cell.source
    if source.startswith(("\r\n", "\n"), end):
        end += 2 if source.startswith("\r\n", end) else 1
    else:  # the last line of the cell
        start = len(source[:start].rstrip("\r\n"))
    return [ReplaceText(span=ctx.cell_span(site.cell.index, start, end), text="")]


def indentation(cell: Cell, stmt: Stmt) -> str:
    """The white space that begins the lines of a statement's block."""
    if stmt.parent is not None and _is_one_line(cell, stmt):
        outer = indentation(cell, stmt.parent)
        return outer + indent_unit(cell, outer)
    return _line_indent(cell, stmt.block[0] if stmt.block else stmt.node)


def indent_unit(cell: Cell, indent: str) -> str:
    """By what a cell indents its blocks, at an indentation: a tab, or some blanks."""
    if "\t" in indent:
        return "\t"
    for node in ast.walk(cell.tree) if cell.tree is not None else ():
        body = getattr(node, "body", None)
        if isinstance(node, ast.stmt) and isinstance(body, list) and body[0].lineno > node.lineno:
            outer, inner = _line_indent(cell, node), _line_indent(cell, body[0])
            if len(inner) > len(outer) and inner.startswith(outer):
                return inner[len(outer) :]
    return "    "


def _line_indent(cell: Cell, node: ast.AST) -> str:
    start, _ = cell.map.node_span(node)  # type: ignore[arg-type]
    line_start, _ = cell.map.line_span(cell.map.position(start)[0])
    found = re.compile(r"[ \t\f]*").match(cell.source, line_start)
    return found[0] if found else ""


def indented(cell: Cell, code: str, indent: str) -> str:
    """`code`, which is indented by four blanks inside, in the style of a cell at an indentation."""
    unit = indent_unit(cell, indent)
    lines = []
    for line in code.split("\n"):
        blanks = len(line) - len(line.lstrip(" "))
        inner = unit * (blanks // 4) + " " * (blanks % 4)
        lines.append(f"{indent}{inner}{line[blanks:]}" if line.strip() else "")
    return newline_of(cell).join(lines)


def _prefixed(code: str, indent: str) -> list[str]:
    return [f"{indent}{line}" if line.strip() else line for line in code.split("\n")]


# --- how a statement shares its line ---------------------------------------------------------------


def _put(ctx: Context, stmt: Stmt, code: str, *, after: bool, moved: bool = False) -> list[ReplaceText]:
    site = locate(ctx, stmt)
    cell = site.cell
    indent = indentation(cell, stmt)
    newline = newline_of(cell)
    text = newline.join(_prefixed(code, indent)) if moved else indented(cell, code, indent)
    if stmt.parent is not None and _is_one_line(cell, stmt):
        return _open(ctx, stmt, cell, text, indent, after=after)
    if not after:
        start = line_start_of(site)
        if start is not None:
            _refuse_elif(site)
            return [insert(ctx, cell, start, f"{text}{newline}")]
        if stmt.index > 0:
            return [_part(ctx, cell, stmt.block[stmt.index - 1], stmt.node, f"{newline}{text}{newline}{indent}")]
    else:
        end = line_ends(site)
        if end is not None:
            return [insert(ctx, cell, end, f"{newline}{text}")]
        if stmt.index + 1 < len(stmt.block):
            return [_part(ctx, cell, stmt.node, stmt.block[stmt.index + 1], f"{newline}{text}{newline}{indent}")]
    raise Declined("there is no room for a statement beside this one")


def line_start_of(site: Site) -> int | None:
    """The start of the statement's first line, decorators and a masked magic included, if it has it alone."""
    decorators: Sequence[ast.expr] = getattr(site.node, "decorator_list", ())
    first = min([site.start, *(site.cell.map.node_span(node)[0] for node in decorators)])
    line_start, _ = site.cell.map.line_span(site.cell.map.position(first)[0])
    head = site.cell.python[line_start:first]
    if decorators:
        head = head.replace("@", "")
    code = head.strip(" \t\f")
    masked = (
        re.fullmatch(r"pass\s*;", code) and site.cell.source[line_start:first] != site.cell.python[line_start:first]
    )
    return line_start if masked or not code else None


def line_ends(site: Site) -> int | None:
    """The end of the statement's last line, its comment included, if nothing else follows on it."""
    _, line_end = site.cell.map.line_span(site.cell.map.position(site.end)[0])
    tail = site.cell.python[site.end : line_end]
    if not re.fullmatch(r"[ \t\f]*+;?[ \t\f]*+(?:#[^\r\n]*+)?[\r\n]*+", tail):
        return None
    return site.end + len(tail.rstrip("\r\n"))


def _refuse_elif(site: Site) -> None:
    if isinstance(site.node, ast.If) and site.cell.source.startswith("elif", site.start):
        raise Declined("nothing can stand before an `elif`")


def _part(ctx: Context, cell: Cell, first: ast.AST, second: ast.AST, text: str) -> ReplaceText:
    """Replace the `;` between two statements on one line."""
    _, start = cell.map.node_span(first)  # type: ignore[arg-type]
    end, _ = cell.map.node_span(second)  # type: ignore[arg-type]
    if not re.fullmatch(r"[ \t\f]*;[ \t\f]*", cell.source[start:end]):
        raise Declined("more than a `;` stands between two statements on a line")
    return ReplaceText(span=ctx.cell_span(cell.index, start, end), text=text)


def colon_of(cell: Cell, stmt: Stmt) -> int | None:
    """Where the colon ends on whose line the block of a statement stands: `if x: y; z`."""
    if stmt.parent is None or not _is_one_line(cell, stmt):
        return None
    start, _ = cell.map.node_span(stmt.block[0])
    return cell.source.rindex(":", 0, start) + 1


def _is_one_line(cell: Cell, stmt: Stmt) -> bool:
    if not stmt.block:
        return False
    start, _ = cell.map.node_span(stmt.block[0])
    line_start, _ = cell.map.line_span(cell.map.position(start)[0])
    return cell.python[line_start:start].rstrip(" \t\f").endswith(":")


def _open(ctx: Context, stmt: Stmt, cell: Cell, text: str, indent: str, *, after: bool) -> list[ReplaceText]:
    """Put each statement of a one-line block on a line of its own, and the new ones among them."""
    newline = newline_of(cell)
    start, _ = cell.map.node_span(stmt.block[0])
    colon = cell.source.rindex(":", 0, start) + 1
    new_first = f"{newline}{text}" if stmt.index == 0 and not after else ""
    edits = [ReplaceText(span=ctx.cell_span(cell.index, colon, start), text=f"{new_first}{newline}{indent}")]
    for index in range(1, len(stmt.block)):
        here = index == stmt.index + after
        between = f"{newline}{text}{newline}{indent}" if here else f"{newline}{indent}"
        edits.append(_part(ctx, cell, stmt.block[index - 1], stmt.block[index], between))
    if after and stmt.index == len(stmt.block) - 1:
        end = line_ends(locate(ctx, stmt))
        if end is None:
            raise Declined("there is no room for a statement after this one")
        edits.append(insert(ctx, cell, end, f"{newline}{text}"))
    return edits
