"""A finding's identity across edits: the rule and the code it is about, not the place."""

import ast
from bisect import bisect_right
from typing import TYPE_CHECKING

from nbprod.notebook import Cell

if TYPE_CHECKING:
    from nbprod.semantic import SemanticModel, Stmt

try:
    from _blake2 import blake2b  # for all else that it has, hashlib loads OpenSSL: that takes longer than most checks
except ImportError:
    from hashlib import blake2b


_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_NAMES = frozenset({"attr", "arg", "name", "module"})


def fingerprint(rule: str, anchor: str) -> str:
    """The hash of a rule's name and of the normalised code that a finding is about."""
    return blake2b(f"{rule}\0{anchor}".encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def statement_anchor(model: "SemanticModel", cell: Cell, offset: int) -> str:
    """The normalised text of the statement at an offset, and the name of the enclosing function.

    Names are numbered in the order in which they occur, so that renaming a variable changes
    nothing. Where no statement stands (a magic, Markdown) it is the line itself.
    """
    stmt = _innermost(cell, offset)
    if stmt is None:
        start = cell.source.rfind("\n", 0, offset) + 1
        end = cell.source.find("\n", offset)
        return " ".join(cell.source[start : end if end >= 0 else None].split())
    place: Stmt | None = model.stmt(stmt)
    function = place.function.name if place is not None and place.function is not None else ""
    return f"{function}\0{_normalised(stmt)}"


def _innermost(cell: Cell, offset: int) -> ast.stmt | None:
    """The statement at an offset. Blocks are in source order, so each is searched by halving."""
    if cell.tree is None:
        return None

    def start(node: ast.stmt) -> int:
        return cell.map.node_span(node)[0]

    found: ast.stmt | None = None
    blocks: list[list[ast.stmt]] = [cell.tree.body]
    while blocks:
        before = [block[place - 1] for block in blocks if (place := bisect_right(block, offset, key=start))]
        inner = next((node for node in before if offset <= cell.map.node_span(node)[1]), None)
        if inner is None:
            break
        found = inner
        holders = [inner, *getattr(inner, "handlers", ()), *getattr(inner, "cases", ())]
        blocks = [getattr(holder, name, []) for holder in holders for name in ("body", "orelse", "finalbody")]
    return found


def _normalised(stmt: ast.stmt) -> str:
    """The header of a compound statement or the whole of a simple one, with its names numbered."""
    numbers: dict[str, str] = {}
    parts: list[str] = []
    pending: list[ast.AST] = [stmt]
    while pending:
        node = pending.pop()
        parts.append(type(node).__name__)
        if isinstance(node, ast.Name):
            parts.append(numbers.setdefault(node.id, f"${len(numbers)}"))
        elif isinstance(node, ast.Constant):
            parts.append(repr(node.value))
        else:
            names = (getattr(node, field) for field in node._fields if field in _NAMES)
            parts += [name for name in names if isinstance(name, str)]
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                pending.append(value)
            elif isinstance(value, list) and not (node is stmt and field in _BLOCKS):
                pending += [item for item in reversed(value) if isinstance(item, ast.AST)]
    return " ".join(parts)
