"""What rules must agree on about rows that are left out: how many are kept, and what becomes of the others."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from nbprod.kit.blocks import names_bound, nodes_in, walk_block
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Stmt

_SOURCES = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_LIMITS = ("nrows", "n_rows", "max_rows", "n", "num", "count", "frac", "fraction", "split")
_QUERY_LIMIT = lazy_pattern(r"\b(?:limit|top|first)\s+\(?(\d{1,12})\b", re.IGNORECASE)
_REST = frozenset({"drop", "difference", "setdiff1d", "isin", "in1d", "index", "anti_join", "subtract"})


def limit_node(event: Event) -> ast.expr | None:
    """The expression that says how many rows are kept: `4000` of `head(4000)`, of `read_csv(p, nrows=4000)`."""
    node: ast.expr = event.node
    if isinstance(node, ast.Subscript):
        part = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        return part.upper if isinstance(part, ast.Slice) else None
    if not isinstance(node, ast.Call):
        return None
    for keyword in node.keywords:
        if keyword.arg in _LIMITS:
            return keyword.value
    numbers = (argument for argument in node.args if not isinstance(argument, ast.Starred))
    return next(
        (it for it, value in zip(numbers, event.call.args, strict=False) if type(value.const) in {int, float}), None
    )


def row_count(event: Event, ctx: Context) -> str:
    """How many rows are kept, in words; empty if that is not known."""
    node = limit_node(event)
    if node is None:
        query = event.call.args[0].text if event.call.args else None
        found = _QUERY_LIMIT.findall(query or "")
        return f"{int(found[-1]):,} rows" if found else ""
    constant = ctx.value(node).const
    if isinstance(constant, float):
        return f"{constant:.1%} of the rows".replace(".0%", "%")
    if isinstance(constant, str):
        return f"`{constant}`"
    return f"{constant:,} rows" if isinstance(constant, int) else ""


def splits_off(event: Event, ctx: Context) -> bool:
    """Whether the rest of the rows is used, too: `data[800:]` beside `data[:800]`, `data.drop(part.index)`."""
    node: ast.expr = event.node
    if isinstance(node, ast.Call):
        calls = (call for call in ctx.model.all_calls if call.method in _REST)
        if any(event in value.lineage for call in calls for value in (*call.args, *call.keywords.values())):
            return True
        if _loads_rest(event, ctx):
            return True
        base = node.func.value if isinstance(node.func, ast.Attribute) else None
    else:
        base = node.value if isinstance(node, ast.Subscript) else None
    if base is None:
        return False
    text = _base(base)
    cells = (cell for cell in ctx.cells if _root(base) in cell.source)
    return any(text == other for cell in cells for other in _rests(cell.tree))


def _loads_rest(event: Event, ctx: Context) -> bool:
    """Whether the same data set is loaded from there on: `split="train[80%:]"` beside `split="train[:80%]"`."""
    amount = limit_node(event)
    part = ctx.value(amount).const if amount is not None else None
    if not isinstance(part, str):
        return False
    whole = part.partition("[")[0]
    others = (value.const for call in ctx.model.calls(event.call.name or "") for value in call.keywords.values())
    return any(isinstance(other, str) and other.startswith(f"{whole}[") and other.endswith(":]") for other in others)


def _base(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and node.attr in {"loc", "iloc"}:
        node = node.value
    return ast.unparse(node)


def _rests(tree: ast.AST | None) -> Iterator[str]:
    """What slices with a lower bound, and `tail`, are taken of."""
    for node in nodes_in(tree) if tree is not None else ():
        match node:
            case (
                ast.Subscript(value=base, slice=ast.Slice(lower=ast.expr() as lower))
                | ast.Subscript(value=base, slice=ast.Tuple(elts=[ast.Slice(lower=ast.expr() as lower), *_]))
            ) if not (isinstance(lower, ast.Constant) and lower.value == 0):
                yield _base(base)
            case ast.Call(func=ast.Attribute(value=base, attr="tail"), args=[_, *_]):
                yield _base(base)


# -- whether a loss is recorded -------------------------------------------------------------------

_COUNTS = frozenset({"shape", "size", "height"})
_TAKING_OUT = frozenset({"sum", "any", "item", "collect", "compute"})
_COUNTING = frozenset(
    {"info", "count", "describe", "isna", "isnull", "notna", "notnull", "null_count", "is_null", "duplicated"}
)
_AFTER = 10


def is_recorded(event: Event, ctx: Context) -> bool:
    """Whether what is left is counted in the ten statements after a loss: shown, compared, asserted or logged."""
    stmt: Stmt | None = event.stmt
    via = event.call.via
    while stmt is not None:
        names = _results(event, stmt)
        if any(_counts(node, names) for node in ctx.model.following(stmt, _AFTER)):
            return True
        stmt, via = (via.stmt, None) if via is not None else (None, None)
    return False


def _results(event: Event, stmt: Stmt) -> set[str]:
    """The names that hold what is left after a statement."""
    bound = names_bound([stmt.node]) if isinstance(stmt.node, ast.stmt) else set()
    names = {name.partition(".")[0] for name in bound}
    function = event.node.func if isinstance(event.node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        names.add(_root(function.value))
    return names - {""}


def _root(node: ast.expr) -> str:
    """The name that an expression begins with: `df` of `df["a"].str.strip()`."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return ""
    return node.id


def _counts(stmt: ast.stmt, names: set[str]) -> bool:
    """Whether a statement says how many rows or gaps one of some names has."""
    if isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    parts: Iterable[ast.AST] = [stmt]
    if isinstance(stmt, ast.Assign | ast.AnnAssign):
        if isinstance(stmt.value, ast.Call) and not _is_count(_counted(stmt.value), names):
            return False  # `zeros = np.zeros(len(data))`
        parts = [stmt.value] if stmt.value is not None else []
    return any(_is_count(node, names) for node in walk_block(parts))


def _counted(node: ast.expr) -> ast.expr:
    """What a number is taken out of: `frame.isna()` of `frame.isna().sum().sum()`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TAKING_OUT:
        node = node.func.value
    return node


def _is_count(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[argument]):
            return _root(argument) in names
        case ast.Attribute(value=owner, attr=attr) if attr in _COUNTS:
            return _root(owner) in names
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _COUNTING:
            return _root(owner) in names
        case ast.Call(
            func=ast.Attribute(value=owner, attr="select"), args=[ast.Call(func=ast.Attribute(attr="len" | "count"))]
        ):  # polars: `frame.select(pl.len())`
            return _root(owner) in names
    return False


def row_sources(event: Event) -> frozenset[object]:
    """The files, tables and requests that the rows of an event came from, by path where that is known."""
    made = (*event.lineage, *event.call.events)
    return frozenset(
        (source.path.text if source.path is not None else None) or source.node
        for source in made
        if source.kind in _SOURCES
    )


# -- what a session knows of a loss -----------------------------------------------------------------


class Loss(Struct, frozen=True):
    """How many rows, or values of a column (`what`), of `whole` were lost."""

    lost: int
    whole: int
    what: str

    @property
    def share(self) -> float:
        """The part that was lost, from 0 to 1."""
        return self.lost / max(self.whole, 1)

    @property
    def shown(self) -> str:
        """In a message: "1,204 of 8,930 rows (13 %)"."""
        from nbprod.kit.in_memory import share  # noqa: PLC0415  -- only a session has a memory

        if not self.lost:
            return f"none of {self.whole:,} {self.what} today"
        return f"{self.lost:,} of {self.whole:,} {self.what} ({share(self.lost, self.whole)})"


def measured_loss(chain: Sequence[Event], ctx: Context) -> Loss | None:
    """What a chain of losses took, if the tables before and after it are both in memory, and nothing else took any."""
    from nbprod.kit.in_memory import given_table, keeps_rows, table_at  # noqa: PLC0415

    first, last = chain[0], chain[-1]
    if first.detail == "values":
        return _blanked(first, ctx) if len(chain) == 1 else None
    before = _owner(first)
    names = [before.id if isinstance(before, ast.Name) else "", ctx.runtime.name_given(last) if ctx.runtime else None]
    if first.detail == "lines" or not all(map(_follows_directly, chain, chain[1:])):
        return None
    if not all(name and keeps_rows(ctx, name) for name in names):
        return None
    whole, left = table_at(ctx, before), given_table(ctx, last)
    if whole is None or left is None or left.rows > whole.rows:
        return None
    return Loss(whole.rows - left.rows, whole.rows, "rows")


def _owner(event: Event) -> ast.expr | None:
    function = event.node.func if isinstance(event.node, ast.Call) else None
    return function.value if isinstance(function, ast.Attribute) else None


def _follows_directly(first: Event, second: Event) -> bool:
    """Whether a loss takes from what another left, in one expression."""
    return _owner(second) is first.node


def _blanked(event: Event, ctx: Context) -> Loss | None:
    """How many values of a column a conversion blanked: `df["day"] = pd.to_datetime(raw["day"], errors="coerce")`."""
    from nbprod.kit.in_memory import counted_at, filled_column, times_filled  # noqa: PLC0415

    match source := event.node.args[0] if event.node.args else None:
        case ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(name))):
            if times_filled(ctx, frame, name):
                return None
    before, after = counted_at(ctx, source), filled_column(ctx, event)
    if before is None or after is None or before.seen != after.seen or after.nulls < before.nulls:
        return None
    return Loss(after.nulls - before.nulls, before.seen - before.nulls, "values")


class Whole(Struct, frozen=True):
    """How many rows there are where a limit keeps some; `fits` says that the limit leaves none out today."""

    shown: str
    fits: bool


def whole_rows(cut: Event, ctx: Context) -> Whole | None:
    """The rows of what is cut: of a table in memory, or of the file of which only some are read."""
    from nbprod.kit.in_memory import keeps_rows, table_at  # noqa: PLC0415

    limit = ctx.value(limit_node(cut)).const
    base = _owner(cut) if isinstance(cut.node, ast.Call) else getattr(cut.node, "value", None)
    if isinstance(base, ast.Attribute) and base.attr in {"iloc", "loc"}:
        base = base.value
    table = table_at(ctx, base)
    if table is not None and isinstance(base, ast.Name) and keeps_rows(ctx, base.id):
        return Whole(f"of {table.rows:,}", isinstance(limit, int) and table.rows <= limit)
    load = next((event for event in cut.call.events if event.kind is EventKind.LOAD), None)
    path = load.path.text if load is not None and load.path is not None else None
    fact = ctx.runtime.path(path) if path and ctx.runtime is not None else None
    if fact is None or not fact.lines:
        return None
    fits = isinstance(limit, int) and fact.lines - 1 <= limit  # without the line of the names
    return Whole(f"the file has {fact.lines:,} lines", fits)
