"""The text that a place stands on, held against the tree, and the smallest edits to it."""

import ast
import io
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from nbprod.kit.context import Context, Located
from nbprod.kit.findings import Declined
from nbprod.notebook import Cell, parse_python
from nbprod.protocol import ReplaceText

_ATOMS = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set,
)  # fmt: skip


class Site(Struct, frozen=True):
    """A node in its cell: it stands on the half-open code points `start` to `end` of the source."""

    cell: Cell
    node: ast.AST
    start: int
    end: int

    @property
    def text(self) -> str:
        """The source that the node stands on."""
        return self.cell.source[self.start : self.end]


@contextmanager
def looking_at(ctx: Context, cell: int) -> Iterator[None]:
    """Take bare nodes for those of a cell, whatever cell the rule is looking at."""
    outer, ctx.cell = ctx.cell, cell
    try:
        yield
    finally:
        ctx.cell = outer


def locate(ctx: Context, place: "ast.AST | Located") -> Site:
    """Where a node or fact stands, unchecked. A bare node is one of the cell that the rule looks at."""
    cell, start, end = ctx.offsets(place)
    return Site(cell, place if isinstance(place, ast.AST) else place.node, start, end)


def expression_site(ctx: Context, place: "ast.AST | Located") -> Site:
    """Where an expression stands, sure that its text is what the tree says.

    It is not inside an f-string, whose parts have no positions of their own before Python 3.12, and
    where a magic was masked.

    Raises:
        Declined: The text there means something else.
    """
    site = locate(ctx, place)
    tree = parse_python(f"({site.text}\n)")
    found = tree.body[0] if isinstance(tree, ast.Module) and len(tree.body) == 1 else None
    if not isinstance(found, ast.Expr) or ast.dump(found.value) != ast.dump(site.node):
        raise Declined("the expression has no text of its own here (an f-string or a magic)")
    return site


def insert(ctx: Context, cell: Cell, offset: int, text: str) -> ReplaceText:
    """Put text in at an offset of a cell."""
    return ReplaceText(span=ctx.cell_span(cell.index, offset, offset), text=text)


def rewrite(ctx: Context, cell: Cell, start: int, end: int, text: str) -> ReplaceText:
    """Make the source from `start` to `end` read `text`, touching only what differs."""
    old = cell.source[start:end]
    shared = min(len(old), len(text))
    head = next((index for index in range(shared) if old[index] != text[index]), shared)
    rest = shared - head
    tail = next((index for index in range(rest) if old[-1 - index] != text[-1 - index]), rest)
    return ReplaceText(span=ctx.cell_span(cell.index, start + head, end - tail), text=text[head : len(text) - tail])


def replace(ctx: Context, place: "ast.AST | Located", text: str) -> list[ReplaceText]:
    """Put another expression where one stands, in parentheses if its surroundings ask for them.

    Raises:
        Declined: A comment would be lost, or the place has no text of its own.
    """
    site = expression_site(ctx, place)
    if isinstance(site.node, ast.GeneratorExp):
        raise Declined("the parentheses of a generator expression may be those of a call")
    keep_comments(site.text)
    if not (_is_atom(text) or _is_set_off(site)):
        text = f"({text})"
    return [ReplaceText(span=ctx.cell_span(site.cell.index, site.start, site.end), text=text)]


def wrap(ctx: Context, place: "ast.AST | Located", before: str, after: str) -> list[ReplaceText]:
    """Put text before and after an expression, such as `int(` and `)`; comments inside stay.

    Raises:
        Declined: The place has no text of its own.
    """
    site = expression_site(ctx, place)
    if isinstance(site.node, ast.GeneratorExp):
        raise Declined("the parentheses of a generator expression may be those of a call")
    return [insert(ctx, site.cell, site.start, before), insert(ctx, site.cell, site.end, after)]


def _is_atom(text: str) -> bool:
    tree = parse_python(text)
    node = tree.body[0] if isinstance(tree, ast.Module) and len(tree.body) == 1 else None
    return isinstance(node, ast.Expr) and isinstance(node.value, _ATOMS)


def _is_set_off(site: Site) -> bool:
    """Whether commas, brackets, `=` or line ends keep the expression apart from its neighbours."""
    before = site.cell.source[: site.start].rstrip(" \t")
    after = site.cell.source[site.end :].lstrip(" \t")
    closed = not after or after[0] in ",)]}:;\r\n#"
    opened = not before or before[-1] in "(,[{\r\n;" or (before[-1] == "=" and before[-2:-1] not in "=!<>")
    return closed and opened


def comments(text: str) -> list[str]:
    """The comments of some Python, or of as much of it as makes sense."""
    found: list[str] = []
    if "#" in text:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        with suppress(tokenize.TokenError, SyntaxError):
            found.extend(token.string for token in tokens if token.type == tokenize.COMMENT)
    return found


def keep_comments(text: str) -> None:
    """Refuse to replace text that holds a comment.

    Raises:
        Declined: It does.
    """
    if comments(f"({text}\n)"):
        raise Declined("a comment would be lost")


def newline_of(cell: Cell) -> str:
    """How the lines of a cell end."""
    return "\r\n" if "\r\n" in cell.source else "\n"
