"""The notebook's `parameters` cell: papermill, and people, set there what a run depends on."""

import ast
from collections.abc import Mapping

from nbprod.kit.context import Context, Located
from nbprod.kit.edit.merge import PARAMETERS
from nbprod.kit.edit.names import fresh
from nbprod.kit.edit.restarts import fresh_start
from nbprod.kit.edit.source import Site, insert, locate, newline_of
from nbprod.kit.edit.statements import remove_statement
from nbprod.kit.findings import Declined
from nbprod.notebook import Cell
from nbprod.protocol import Edit, InsertCell, SetMetadata
from nbprod.semantic import Stmt

_SCALARS = (ast.Constant, ast.UnaryOp)


def hoist(
    ctx: Context, parameters: Mapping[str, str], *, before: "ast.AST | Located", shared: bool = False
) -> tuple[list[Edit], dict[str, str]]:
    """Put literals into the `parameters` cell, which is made if there is none.

    `parameters` holds the source of each literal, to the letter, by the name that it should have;
    `before` is the place that is going to use them. With `shared`, a parameter that already has the
    name is used whatever its value is (`SEED`).

    Returns:
        The edits, and the name that each wish came to. A parameter of the same value is used again.

    Raises:
        Declined: The parameters cell comes after the place.
    """
    site = locate(ctx, before)
    cell = parameters_cell(ctx) or _constants_cell(ctx, site.cell.index)
    index = cell.index if cell else new_cell_index(ctx)
    if index > site.cell.index or (cell and index == site.cell.index):
        raise Declined("the parameters cell does not come before the place that needs it")
    if index < fresh_start(ctx, site.cell.index):
        raise Declined("Python is restarted between the parameters cell and the place that needs it")
    known = _assigned(cell)
    names: dict[str, str] = {}
    lines = []
    for wish, source in parameters.items():
        if wish in known and (shared or _same(known[wish], source)):
            names[wish] = wish
            continue
        names[wish] = fresh(ctx, wish)
        lines.append(f"{names[wish]} = {source}")
    return _put(ctx, cell, index, lines), names


def move_to_parameters(ctx: Context, stmt: Stmt) -> list[Edit]:
    """Make a constant that the notebook binds once, at its top level, a parameter: with its own name.

    A cell that holds nothing but such constants becomes the parameters cell; otherwise the statement
    moves there.

    Raises:
        Declined: It is no such constant, or would leave a comment or a magic behind.
    """
    cell = ctx.notebook.cells[stmt.cell]
    name = _constant_name(ctx, stmt.node)
    if stmt.parent is not None or name is None:
        raise Declined("this is no constant of the notebook's top level")
    home = parameters_cell(ctx) or _constants_cell(ctx, stmt.cell) or (cell if _holds_settings(ctx, cell) else None)
    if home is cell:
        if PARAMETERS in cell.tags:
            raise Declined("this is a parameter already")
        return [_tag(cell)]
    index = home.index if home else new_cell_index(ctx)
    if index > stmt.cell or index < fresh_start(ctx, stmt.cell) or len(stmt.block) == 1:
        raise Declined("the statement cannot move without leaving an empty cell, or back in time")
    site = locate(ctx, stmt)
    begin = _own_comment(site)
    remark = cell.source[begin : site.start]
    return [*_put(ctx, home, index, [*remark.splitlines(), site.text]), *remove_statement(ctx, stmt, begin)]


def _own_comment(site: Site) -> int:
    """Where the comment begins that stands right above a statement and speaks of nothing else; else the statement."""
    cell = site.cell
    line, _ = cell.map.position(site.start)
    last, _ = cell.map.position(site.end)
    texts = [cell.python[slice(*cell.map.line_span(number))].strip() for number in range(1, len(cell.map.starts) + 1)]
    if last < len(texts) and texts[last] and not texts[last].startswith("#"):
        return site.start
    first = line
    while first > 1 and texts[first - 2].startswith("#"):
        first -= 1
    return cell.map.line_span(first)[0] if first < line else site.start


def parameters_cell(ctx: Context) -> Cell | None:
    """The notebook's cell tagged `parameters`."""
    return next((cell for cell in ctx.notebook.code_cells if PARAMETERS in cell.tags), None)


def _constants_cell(ctx: Context, stop: int) -> Cell | None:
    """The first cell before `stop` that only holds settings: it may as well be the parameters cell."""
    begin = fresh_start(ctx, stop)
    for cell in ctx.cells:
        if cell.index >= stop:
            break
        if cell.is_injected or cell.index < begin:
            continue
        names = [_constant_name(ctx, node) or "" for node in cell.tree.body] if cell.tree is not None else []
        if _holds_settings(ctx, cell) and (len(names) > 1 or any(map(str.isupper, names))):
            return cell
    return None


def _holds_settings(ctx: Context, cell: Cell) -> bool:
    """Whether a cell does nothing but give names to single values."""
    body = cell.tree.body if cell.tree is not None else []
    plain = all(_constant_name(ctx, node) and isinstance(getattr(node, "value", None), _SCALARS) for node in body)
    return bool(body) and plain and not cell.magics


def _constant_name(ctx: Context, node: ast.AST) -> str | None:
    """The name that a statement gives to a constant, if nothing else in the notebook binds it."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_literal(value):
            return name if len(ctx.model.bindings(name)) == 1 else None
    return None


def _is_literal(node: ast.expr) -> bool:
    """Whether papermill could have written the value."""
    plain = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp, ast.USub, ast.Load)
    return all(isinstance(part, plain) for part in ast.walk(node))


def _put(ctx: Context, cell: Cell | None, index: int, lines: list[str]) -> list[Edit]:
    if not lines:
        return []
    if cell is None:
        return [InsertCell(before=index, cell_type="code", source="\n".join(lines), tags=(PARAMETERS,))]
    newline = newline_of(cell)
    end = len(cell.source.rstrip())
    text = newline.join(lines)
    appended = insert(ctx, cell, end, f"{newline}{text}" if end else text)
    return [appended] if PARAMETERS in cell.tags else [_tag(cell), appended]


def _tag(cell: Cell) -> Edit:
    return SetMetadata(cell=cell.ref, path=("tags",), value=[*cell.tags, PARAMETERS])


def new_cell_index(ctx: Context) -> int:
    """Where a cell that the whole notebook depends on goes: behind the imports that it begins with, else before
    its first code, and before the heading of that. Where Python is restarted, the notebook begins below that.
    """
    cells, begin = ctx.notebook.cells, fresh_start(ctx)
    code = [cell for cell in ctx.notebook.code_cells if cell.index >= begin]
    behind = None
    for cell in code:
        if not _only_prepares(cell):
            break
        if _imports(cell):
            behind = cell.index + 1
    if behind is not None:
        return behind
    first = next((cell.index for cell in code), len(cells))
    heading = cells[first - 1] if first - 1 >= max(begin, 1) else None
    return first - 1 if heading is not None and heading.source.lstrip().startswith("##") else first


def _only_prepares(cell: Cell) -> bool:
    """Whether a cell holds nothing but imports and magics."""
    if cell.tree is None:
        return False
    blank = (ast.Import, ast.ImportFrom, ast.Pass)
    return all(isinstance(node, blank) for node in cell.tree.body)


def _imports(cell: Cell) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in cell.tree.body) if cell.tree else False


def _assigned(cell: Cell | None) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in cell.tree.body if cell is not None and cell.tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
    return found


def _same(known: ast.expr, source: str) -> bool:
    return ast.dump(known) == ast.dump(ast.parse(source, mode="eval").body)
