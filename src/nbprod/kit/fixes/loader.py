"""Turns the load of a file into a function: a path that can be set, a check of what came, a record of which it was."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from nbprod.kit.context import Context
from nbprod.kit.edit import (
    combine,
    ensure_import,
    fresh,
    hoist,
    insert_above,
    locate,
    looking_at,
    move_to_parameters,
    replace_statement,
)
from nbprod.kit.edit.lifting import standing_alone
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import is_simple, subject
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.kit.fixes.paths import parameter_name, quoted, wish_for
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Event, EventKind, Stmt, Value

_FRAMES = {"pandas.DataFrame": "pandas", "polars.DataFrame": "polars", "geopandas.GeoDataFrame": "geopandas"}
_LOCALS = {"path", "frame", "required", "missing", "fingerprint"}
_MOST_COLUMNS = 12
_RENAMING = frozenset({"columns", "rename", "set_axis", "assign"})
_FUNCTION = '''\
def {name}(path: str){returns}:
    """Read one delivery, refuse it if it is empty or lacks columns, and record which one it was."""
    frame = {call}
    required{required}  # TODO(nbprod): the columns that every delivery must have
    missing = sorted(required.difference(frame.columns))
    if missing or not len(frame):
        raise ValueError(f"{{path}}: {{len(frame)}} rows, missing columns: {{missing}}")
    fingerprint = {hashlib}.sha256({path}(path).read_bytes()).hexdigest()[:12]
    {logger}.info("read %d rows from %s (sha256 %s)", len(frame), path, fingerprint)
    return frame

'''


def loader_fix(ctx: Context, event: Event) -> Plan:
    """Load a table through a function that takes the path as a parameter and checks what it read."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, event.cell):
            if event.output.type not in _FRAMES:
                raise Declined("what is loaded is no table")
            node = subject(ctx, event)
            if node is None:
                raise Declined("the path cannot be told apart among the arguments")
            hoisted, argument, text = _parameter(ctx, event, node)
            top = _top(event.stmt)
            setup, logger = ensure_logger(ctx, before=top)
            import_hashlib, hashlib = ensure_import(ctx, "hashlib", before=top)
            import_path, path = ensure_import(ctx, "pathlib", "Path", before=top)
            name = fresh(ctx, _function_name(text))
            code = _FUNCTION.format(
                name=name,
                returns=_annotation(event),
                call=_call(ctx, event, node),
                required=_required(ctx, event),
                hashlib=hashlib,
                path=path,
                logger=logger,
            )
            site = expression_site(ctx, event.node)
            span = ctx.cell_span(site.cell.index, site.start, site.end)
            use = ReplaceText(span=span, text=f"{name}({argument})")
            function = insert_above(ctx, top, _spaced(ctx, top, code, [*import_hashlib, *import_path]))
            return combine(hoisted, setup, import_hashlib, import_path, function, [use])

    return Plan("Load it through a function with a path parameter and a check", Safety.TEMPLATE, build)


def real_data_fix(ctx: Context, event: Event) -> Plan:
    """Load a file, whose path is a parameter, in the place of a library's demonstration data."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, event.cell):
            match event.stmt.node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is event.node:
                    wish = f"{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_').upper() or 'DATA'}_CSV"
                case _:
                    raise Declined("the data get no name of their own")
            hoisted, names = hoist(ctx, {wish: f'"data/{name.lower()}.csv"'}, before=event)
            import_pandas, pandas = ensure_import(ctx, "pandas", before=event, alias="pd")
            line = f"{name} = {pandas}.read_csv({names[wish]})"
            return combine(hoisted, import_pandas, replace_statement(ctx, event.stmt, line))

    return Plan("Load a file in place of the demonstration data", Safety.TEMPLATE, build)


def _spaced(ctx: Context, top: Stmt, code: str, others: Sequence[Edit]) -> str:
    """The function with a blank line before it, unless it begins its cell or one is there."""
    (edit,) = insert_above(ctx, top, code)
    above = ctx.notebook.cells[top.cell].source[: edit.span.start]
    joined = any(isinstance(other, ReplaceText) and other.span == edit.span for other in others)
    close = re.search(r"\S[ \t]*(?:\r\n|\n|\r)\Z", above) is not None
    return f"\n{code}" if joined or close else code


def _parameter(ctx: Context, event: Event, node: ast.expr) -> tuple[Sequence[Edit], str, str]:
    """The edits that make the path a parameter, the argument for the function, and the path itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        edits, names = hoist(ctx, {(wish := wish_for(ctx, node.value)): ctx.source(node)}, before=event)
        return edits, names[wish], node.value
    text = event.path.head if event.path is not None else None
    if not is_simple(node) or text is None:
        raise Declined("the path is put together in the call")
    moved: Sequence[Edit] = []
    literal = event.path.literal if event.path is not None else None
    stmt = _binding_of(ctx, literal.cell, literal.node) if literal is not None else None
    if stmt is not None:
        with suppress(Declined):
            moved = move_to_parameters(ctx, stmt)
    return moved, ctx.source(node), text


def _binding_of(ctx: Context, cell: int, value: ast.expr) -> Stmt | None:
    tree = ctx.notebook.cells[cell].tree
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Assign) and node.value is value:
            return ctx.stmt(node)
    return None


def _top(stmt: Stmt) -> Stmt:
    for outer in stmt.ancestors():
        stmt = outer
    return stmt


def _function_name(path: str) -> str:
    stem = re.sub(r"_[A-Z0-9]+$", "", parameter_name(path)).lower()
    return f"load_{stem or 'data'}"


def _annotation(event: Event) -> str:
    """`-> pd.DataFrame`, if the call itself shows how the library is called here."""
    match event.node.func:
        case ast.Attribute(value=ast.Name(id=library)):
            return f" -> {library}.{(event.output.type or '').rpartition('.')[2]}"
        case _:
            return ""


def _call(ctx: Context, event: Event, path: ast.expr) -> str:
    """The call with `path` in the place of its path, moved into the function."""
    others = [node for node in (*event.node.args, *(k.value for k in event.node.keywords)) if node is not path]
    names = {part.id for node in others for part in ast.walk(node) if isinstance(part, ast.Name)}
    if names & _LOCALS or (names and event.stmt.function is not None):
        raise Declined("the other arguments may mean something else inside a function")
    site, inner = expression_site(ctx, event.node), locate(ctx, path)
    if any(isinstance(n, ast.Constant | ast.JoinedStr) and n.lineno != n.end_lineno for n in ast.walk(event.node)):
        raise Declined("a string over several lines cannot be indented")
    alone = standing_alone(site, event.stmt)
    whole = ctx.source(path)
    before = site.cell.source[site.start : inner.start].count(whole)
    parts = alone.split(whole)
    text = whole.join(parts[: before + 1]) + "path" + whole.join(parts[before + 1 :])
    return text.replace("\n", "\n    ")


def _required(ctx: Context, event: Event) -> str:
    """The columns that the notebook reads of the frame and does not make itself, as far as it says."""
    columns = list(dict.fromkeys(columns_read(ctx, event)))[:_MOST_COLUMNS]
    if not columns:
        return ": set[str] = set()"
    return f" = {{{', '.join(map(quoted, columns))}}}"


def columns_read(ctx: Context, event: Event) -> list[str]:
    """The columns that the notebook reads of a frame as it was loaded and does not make itself."""
    read: list[str] = []
    made: set[str] = set()
    for cell in ctx.cells:
        for node in _column_nodes(cell.tree) if cell.tree is not None else ():
            base = ctx.value(node.value)
            if event not in base.lineage:
                continue
            if isinstance(node, ast.Attribute):
                return []  # the names are not those of the file
            if base.type == event.output.type and _sources(base) == {event}:
                (made.update if isinstance(node.ctx, ast.Store) else read.extend)(_names(node.slice))
    return [name for name in read if name not in made]


@lru_cache(maxsize=2048)
def _column_nodes(tree: ast.Module) -> list[ast.Attribute | ast.Subscript]:
    """What may read, make or rename columns in a cell, as long as the cell stays the same."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in _RENAMING)
    ]


def _sources(frame: Value) -> set[Event]:
    """The events that a frame comes from; leaving rows out makes no other columns."""
    return {event for event in frame.lineage if event.kind is not EventKind.REDUCE}


def _names(node: ast.expr) -> list[str]:
    items = node.elts if isinstance(node, ast.List) else [node]
    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
