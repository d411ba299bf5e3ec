"""What a notebook says of itself before its first code."""

import re
from typing import Final

from nbprod.kit.context import Context
from nbprod.notebook import Cell
from nbprod.patterns import lazy_pattern

_TITLE: Final = lazy_pattern(
    r"^[ ]{0,3}#[ \t]+\S[^\n]*$|^[^\n#>|-][^\n]*\n=+[ \t]*$|<h1\b[^>]{0,200}>(?:[^<]|<(?!/h1>)){0,500}</h1>",
    re.MULTILINE | re.IGNORECASE,
)
_NO_PROSE: Final = lazy_pattern(
    r"^[ ]{0,3}#{1,6}[ \t][^\n]*$|^[^\n]*\n[=-]{3,}[ \t]*$|!?\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)|<[^>\n]{1,500}>"
    r"|https?://\S+",
    re.MULTILINE,
)
"""Headings, links, pictures, tags."""
_OPENING: Final = 4
_LONGEST: Final = 6_000


def opening(ctx: Context) -> Cell | None:
    """The Markdown cell with the title, if one stands among those before the first code."""
    first = None
    for cell in ctx.notebook.cells[:4]:
        if cell.type == "markdown" and not cell.is_remark:
            if title_end(cell.source):
                return cell
            first = first or cell
        elif cell.type == "code" and cell.source.strip() and first is not None:
            break
    return None


def statement(ctx: Context) -> str:
    """The prose of the first Markdown cells, without headings: what the notebook says of its purpose."""
    said = [cell for cell in ctx.notebook.cells[:_OPENING] if cell.type == "markdown" and not cell.is_remark]
    texts = [cell.source[:_LONGEST] for cell in said]
    return "\n".join(_NO_PROSE.sub("", text) for text in texts)


def title_end(text: str) -> int:
    """Where the title of a Markdown text ends; 0 when it has none."""
    found = _TITLE.search(text[:_LONGEST])
    return found.end() if found is not None else 0
