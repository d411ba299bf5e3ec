"""Makes a module or one of its names available at a place, under the name that the user gave it."""

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise

from nbprod.kit.context import Context, Located
from nbprod.kit.edit.names import fresh, may_import
from nbprod.kit.edit.restarts import fresh_start
from nbprod.kit.edit.source import Site, locate
from nbprod.kit.edit.statements import insert_above, insert_after, insert_before
from nbprod.kit.findings import Declined
from nbprod.notebook import Cell
from nbprod.protocol import Edit
from nbprod.semantic import Stmt

Import = ast.Import | ast.ImportFrom


def ensure_import(
    ctx: Context, module: str, name: str | None = None, *, before: "ast.AST | Located", alias: str | None = None
) -> tuple[list[Edit], str]:
    """Make `module`, or its `name`, available at a place.

    Returns:
        The edits (none if it already is) and the expression to write there: "logging", "pd", "Path",
        "pathlib.Path". A new import joins the notebook's first block of imports if the place comes
        after it, else it stands on top of the place's own cell. `alias` is how it is imported if it
        has to be.

    Raises:
        Declined: There is no room for the import.
    """
    site = locate(ctx, before)
    known = _available(ctx, site, module, name)
    if known is not None:
        return [], known
    wish = alias or name or module.partition(".")[0]
    full = f"{module}.{name}" if name else module
    local = wish if may_import(ctx, wish, full) else fresh(ctx, wish)
    line = f"from {module} import {name}" if name else f"import {module}"
    if local != (name or module.partition(".")[0]):
        line += f" as {local}"
    result = local if name or local != wish or alias else module
    return _place(ctx, site, line), result


# --- what is there already -------------------------------------------------------------------------


def _available(ctx: Context, site: Site, module: str, name: str | None) -> str | None:
    for node in _imports_before(ctx, site):
        for item in node.names:
            found = _offers(node, item, module, name)
            if found is not None and _is_kept(ctx, found.partition(".")[0]):
                return found
    return None


def _offers(node: Import, item: ast.alias, module: str, name: str | None) -> str | None:
    """The expression for what is wanted that one imported name gives."""
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return None
        full = f"{node.module}.{item.name}"
        local = item.asname or item.name
        if name is None:
            return local if full == module else None
        if node.module == module and item.name == name:
            return local
        return f"{local}.{name}" if full == module else None
    local = item.asname or item.name
    if item.name != module and (item.asname or not item.name.startswith(f"{module}.")):
        return None
    local = local if item.name == module else module
    return f"{local}.{name}" if name else local


def _is_kept(ctx: Context, local: str) -> bool:
    """Whether a name is bound by imports alone, all of the same thing."""
    bindings = ctx.model.bindings(local)
    return all(binding.kind == "import" for binding in bindings) and len({b.value.name for b in bindings}) <= 1


def _imports_before(ctx: Context, site: Site) -> Iterator[Import]:
    """The imports at the top level that have run when the place is reached."""
    begin = fresh_start(ctx, site.cell.index)
    for cell in ctx.cells:
        if cell.index > site.cell.index or cell.tree is None:
            break
        if cell.index < begin:
            continue
        for node in cell.tree.body:
            if isinstance(node, Import) and (cell.index < site.cell.index or cell.map.node_span(node)[1] <= site.start):
                yield node


# --- where a new one goes --------------------------------------------------------------------------


def _place(ctx: Context, site: Site, line: str) -> list[Edit]:
    block = _first_block(ctx, fresh_start(ctx, site.cell.index))
    if block and (block[0].cell, _end(ctx, block[-1])) < (site.cell.index, site.start):
        group = _matching_group(block, line)
        later = _sorted_spot(ctx, group, line)
        return list(insert_before(ctx, later, line) if later else insert_after(ctx, (group or block)[-1], line))
    return [on_top(ctx, site.cell, line)]


def _end(ctx: Context, stmt: Stmt) -> int:
    return locate(ctx, stmt).end


def _first_block(ctx: Context, begin: int) -> list[Stmt]:
    """The first run of imports at the top level from a cell on; those for setting up logging stand by themselves."""
    for cell in ctx.cells:
        if cell.index < begin:
            continue
        if "logging.basicConfig(" in cell.source and cell.source.startswith("import logging"):
            continue
        body = cell.tree.body if cell.tree is not None else []
        first = next((index for index, node in enumerate(body) if isinstance(node, Import)), None)
        if first is not None:
            rest = body[first:]
            length = next((index for index, node in enumerate(rest) if not isinstance(node, Import)), len(rest))
            return [stmt for node in rest[:length] if (stmt := ctx.stmt(node)) is not None]
    return []


def _matching_group(block: list[Stmt], line: str) -> list[Stmt]:
    """The lines without a gap that hold only imports of the same origin, the standard library or elsewhere."""
    groups: list[list[Stmt]] = [[block[0]]]
    for before, after in pairwise(block):
        if after.node.lineno - (before.node.end_lineno or 0) <= 1:
            groups[-1].append(after)
        else:
            groups.append([after])
    wanted = _is_standard(ast.parse(line).body[0])
    for group in groups:
        if all(_is_standard(stmt.node) is wanted for stmt in group):
            return group
    return []


def _is_standard(node: ast.AST) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in getattr(node, "names", ())]
    return all(name.partition(".")[0] in sys.stdlib_module_names for name in names)


def _sorted_spot(ctx: Context, group: list[Stmt], line: str) -> Stmt | None:
    """The import that the new one goes before, in a group of at least two that is clearly kept in order."""
    if len(group) < 2:
        return None
    lines = [ctx.source(stmt) for stmt in group]
    numbers = [stmt.node.lineno for stmt in group]
    alone = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and not any("\n" in text for text in lines)
    if not alone or any("__future__" in text for text in lines):
        return None
    for key in (_by_module, _by_form):
        keys = [key(text) for text in lines]
        if keys == sorted(keys):
            return next((stmt for stmt, other in zip(group, keys, strict=True) if other > key(line)), None)
    return None


def _by_module(line: str) -> tuple[int, str]:
    return 0, line.split()[1].lower()


def _by_form(line: str) -> tuple[int, str]:
    return int(line.startswith("from")), line.split()[1].lower()


def on_top(ctx: Context, cell: Cell, line: str) -> Edit:
    """Put a line on top of a cell: below its magics, docstring and header comment, above its first statement.

    Raises:
        Declined: The cell has no statement.
    """
    body = list(cell.tree.body) if cell.tree is not None else []
    if body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str) and body[1:]:
        del body[0]
    stmt = ctx.stmt(body[0]) if body else None
    if stmt is None:
        raise Declined("the cell has no statement to put an import before")
    (edit,) = insert_above(ctx, stmt, line)
    return edit
