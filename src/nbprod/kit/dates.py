"""What rules must agree on about dates in the code: which constants are dates, and which of them bound data."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from nbprod.kit.blocks import parents_in
from nbprod.kit.context import Context
from nbprod.kit.flow import flow
from nbprod.kit.origins import origins
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Literal, Stmt, Tag

_LIKE: Final = lazy_pattern(
    r"(?:19|20)\d\d(?:[-/]\d|[\"']|\d{4}[\"']|,\s?\d\d?,\s?\d)|(?:year|season)[^\n]{0,40}?\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
"""Source that may hold a date: a quick look before a thorough one."""
_DATE: Final = lazy_pattern(
    r"(?:19|20)\d\d(?:[-/](?:0?[1-9]|1[0-2])(?:[-/](?:0?[1-9]|[12]\d|3[01]))?|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?"
    r"(?:[ T]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:19|20)\d\d"
)
_YEAR: Final = lazy_pattern(
    r"(?:(?:calendar|fiscal|sale|sales|order|report|season)_?)?(?:year|yr)|season|(?:date|day|time)_?year|yr_?sold|year_?sold",
    re.IGNORECASE,
)
"""Columns and variables that hold the year in which something took place, not one that describes it: `year_built`."""
_YEARS: Final = range(1900, 2101)
_MOST_YEARS: Final = 4
_SQL: Final = lazy_pattern(
    r"(?P<operator>[<>]=?|=|\bbetween|\band)\s*+(?:(?:date|timestamp)\s*+)?\(?['\"](?P<date>(?:19|20)\d\d-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_YEAR_QUERY: Final = lazy_pattern(
    r"\b(?:year|yr|season)\b[`\"\]]?\s*(?P<operator>[<>]=?|==?|between)\s*(?P<year>(?:19|20)\d\d)\b"
    r"(?:\s+and\s+(?P<until>(?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_NAME_QUERY: Final = lazy_pattern(r"(?P<operator>[<>]=?)\s*@(?P<name>[A-Za-z_]\w*)")
_MAKERS: Final = frozenset(
    {"datetime.datetime", "datetime.date", "pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64",
     "datetime.datetime.strptime", "datetime.datetime.fromisoformat", "datetime.date.fromisoformat", "polars.date",
     "polars.datetime"}
)  # fmt: skip
_LITERALS: Final = frozenset(
    {"polars.lit", "pyspark.sql.functions.lit", "pyspark.sql.functions.to_date", "pyspark.sql.functions.to_timestamp"}
)
_FROM: Final = frozenset({"start", "start_date", "since", "from_date", "date_from", "begin", "before"})
_UNTIL: Final = frozenset({"end", "end_date", "until", "to_date", "date_to", "stop", "after"})
_SENT: Final = frozenset({"params", "json", "data"})
_TAKES: Final = frozenset({"reindex", "isin", "intersection"})
_FETCHES: Final = frozenset({EventKind.LOAD, EventKind.HTTP, EventKind.DB})
_SETTABLE: Final = Tag.PARAMETER | Tag.ENVIRONMENT
_LOWER: Final = (ast.Gt, ast.GtE)
_UPPER: Final = (ast.Lt, ast.LtE)


class DateBound(Struct, frozen=True):
    """A constant date that data are taken from (`upper` False) or until, and the statement that takes them.

    `literal` is the constant, where it is a text of its own; `place` is the statement that the date stands in.
    """

    node: ast.expr
    cell: int
    shown: str
    upper: bool
    stmt: Stmt
    literal: Literal | None
    place: Stmt | None


def date_bounds(ctx: Context) -> list[DateBound]:
    """The constant dates that bound which data are taken: in filters, slices, queries and downloads."""
    dated = [cell for cell in ctx.cells if _has_century(cell.source) and _LIKE.search(cell.source)]
    names = {name for cell in dated for name in _named(cell.tree)}
    read = {cell.index for cell in dated}
    if names:
        read.update(cell.index for cell in ctx.cells if any(name in cell.source for name in names))
    found: list[DateBound] = []
    for cell in ctx.cells:
        if cell.index in read and cell.tree is not None:
            found.extend(_Reader(cell.tree, cell.index, ctx).bounds())
    return found


def _has_century(source: str) -> bool:
    """Whether a closer look is worth its time."""
    return "19" in source or "20" in source


def _named(tree: ast.Module | None) -> Iterator[str]:
    """The names that a cell gives to what may be dates: other cells may use them."""
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | int()) | ast.Call()):
                yield name
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple()):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


class _Reader:
    """Reads the bounds of one cell."""

    def __init__(self, tree: ast.Module, cell: int, ctx: Context) -> None:
        self._cell, self._ctx = cell, ctx
        self._parents = parents_in(tree)

    def bounds(self) -> Iterator[DateBound]:
        for node in self._parents:
            if isinstance(node, ast.Compare):
                yield from self._compared(node)
            elif isinstance(node, ast.Subscript):
                yield from self._sliced(node)
            elif isinstance(node, ast.Call):
                yield from self._called(node)
            elif isinstance(node, ast.For):
                yield from self._counted(node)

    def _bound(self, node: ast.expr, at: ast.AST, *, upper: bool, other: ast.expr | None = None) -> Iterator[DateBound]:
        made = self._ctx.call(node)
        if made is not None and made.name in _LITERALS and made.node.args:
            node = made.node.args[0]
        year = self._year(node) if other is not None and _is_year(other) else None
        shown = self._date(node) if year is None else str(year)
        if shown is not None:
            for stmt in self._takers(at):
                yield self._made(node, shown, stmt, upper=upper)

    def _made(self, node: ast.expr, shown: str, stmt: Stmt, *, upper: bool) -> DateBound:
        place = next(self._statement(node), None)
        literal = self._ctx.value(node).literal
        if literal is None and isinstance(node, ast.Constant):
            literal = Literal(self._cell, node)
        origin = origins(self._ctx).of(node) if literal is None else None
        if origin is not None and isinstance(origin.expression, ast.Constant):
            literal = Literal(origin.binding.cell, origin.expression)
        return DateBound(node, self._cell, shown, upper, stmt, literal, place)

    def _date(self, node: ast.expr) -> str | None:
        """The date that an expression is, as it is written; None if it is no constant date."""
        value = self._ctx.value(node)
        if value.has(_SETTABLE):
            return None
        if value.text is not None:
            text = value.text.strip()
            return text if _DATE.fullmatch(text) else None
        made = next(reversed(list(origins(self._ctx).back(node))), node) if isinstance(node, ast.Name) else node
        call = self._ctx.call(made)
        if call is None or call.name not in _MAKERS or not call.args or call.args[0].has(_SETTABLE):
            return None
        first = call.args[0].text
        if first is not None:
            return first if _DATE.fullmatch(first.strip()) else None
        numbers = [argument.const for argument in call.args[:3]]
        if len(numbers) == 3 and all(type(number) is int for number in numbers):
            return "-".join(f"{number:02d}" for number in numbers if isinstance(number, int))
        return None

    def _takers(self, node: ast.AST) -> Iterator[Stmt]:
        """The statements that take rows by a condition: the one around it, or those that use the mask that it makes."""
        child, parent = node, self._parents.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.Subscript) and child is parent.slice:
                if isinstance(parent.ctx, ast.Load) and self._is_data(parent.value):
                    yield from self._statement(parent)
                return
            if isinstance(parent, ast.Call) and child is not parent.func:
                if isinstance(parent.func, ast.Attribute) and parent.func.attr in {"filter", "where", "query"}:
                    yield from self._statement(parent)
                return
            if not isinstance(parent, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.Tuple):
                return
            child, parent = parent, self._parents.get(parent)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            stmt = self._ctx.stmt(parent)
            if stmt is not None:
                yield from _mask_users(stmt, self._ctx)

    def _statement(self, node: ast.AST) -> Iterator[Stmt]:
        parent: ast.AST | None = node
        while parent is not None and not isinstance(parent, ast.stmt):
            parent = self._parents.get(parent)
        stmt = self._ctx.stmt(parent) if parent is not None else None
        if stmt is not None and not isinstance(stmt.node, ast.Assert):
            yield stmt

    def _is_data(self, node: ast.expr) -> bool:
        value = self._ctx.value(node)
        return bool(value.lineage) or (value.type or "").endswith(("DataFrame", "Series"))

    # -- forms ------------------------------------------------------------------------------------

    def _compared(self, node: ast.Compare) -> Iterator[DateBound]:
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            if isinstance(operator, _UPPER + _LOWER):
                yield from self._bound(right, node, upper=isinstance(operator, _UPPER), other=left)
                yield from self._bound(left, node, upper=isinstance(operator, _LOWER), other=right)
            elif isinstance(operator, ast.Eq) and _is_year(left):
                yield from self._bound(right, node, upper=False, other=left)
                yield from self._bound(right, node, upper=True, other=left)

    def _counted(self, node: ast.For) -> Iterator[DateBound]:
        """A loop over fixed years: `for year in range(2015, 2021)`."""
        stmt = self._ctx.stmt(node)
        match node.iter:
            case ast.Call(func=ast.Name(id="range"), args=[first, last]) if _is_year(node.target) and stmt is not None:
                years = [(edge, self._year(edge), edge is last) for edge in (first, last)]
                calls = (self._ctx.call(part) for part in ast.walk(node) if isinstance(part, ast.Call))
                fetches = (event for call in calls if call is not None for event in call.events)
                if all(year is not None for _, year, _ in years) and any(it.kind in _FETCHES for it in fetches):
                    yield from (self._made(edge, str(year), stmt, upper=upper) for edge, year, upper in years)

    def _year(self, node: ast.expr) -> int | None:
        """The year that an expression is; None if it is no constant."""
        value = self._ctx.value(node)
        number = value.const
        return number if type(number) is int and number in _YEARS and not value.has(_SETTABLE) else None

    def _sliced(self, node: ast.Subscript) -> Iterator[DateBound]:
        part = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if isinstance(part, ast.Slice) and isinstance(node.ctx, ast.Load) and self._is_data(node.value):
            for edge, upper in ((part.lower, False), (part.upper, True)):
                shown = self._date(edge) if edge is not None else None
                for stmt in self._statement(node) if edge is not None and shown is not None else ():
                    assert edge is not None and shown is not None  # noqa: S101, PT018  -- for the type checker
                    yield self._made(edge, shown, stmt, upper=upper)

    def _called(self, node: ast.Call) -> Iterator[DateBound]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in {"between", "is_between"} and len(node.args) >= 2:
            yield from self._between(node)
        elif name in {"isin", "is_in"} and node.args:
            yield from self._listed(node)
        elif name == "sel":
            yield from self._selected(node)
        else:
            yield from self._fetched(node, name)

    def _between(self, node: ast.Call) -> Iterator[DateBound]:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        yield from self._bound(node.args[0], node, upper=False, other=owner)
        yield from self._bound(node.args[1], node, upper=True, other=owner)

    def _listed(self, node: ast.Call) -> Iterator[DateBound]:
        """A few years by name: `df[df.year.isin([2016, 2017])]`."""
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        years = node.args[0].elts if isinstance(node.args[0], ast.List | ast.Tuple | ast.Set) else []
        if owner is not None and _is_year(owner) and len(years) <= _MOST_YEARS:
            for year in years:
                for bound in self._bound(year, node, upper=True, other=owner):
                    yield replace(bound, literal=None)  # one of a list has no name of its own

    def _selected(self, node: ast.Call) -> Iterator[DateBound]:
        """A slice of labels: `ds.sel(time=slice("2000", "2020"))`."""
        for keyword in node.keywords:
            match keyword.value:
                case ast.Call(func=ast.Name(id="slice"), args=[first, last]):
                    for edge, upper in ((first, False), (last, True)):
                        shown = self._date(edge)
                        for stmt in self._statement(node) if shown is not None else ():
                            yield self._made(edge, shown or "", stmt, upper=upper)

    def _fetched(self, node: ast.Call, name: str) -> Iterator[DateBound]:
        call = self._ctx.call(node)
        if call is None:
            return
        fetch = next((event for event in call.events if event.kind in _FETCHES), None)
        is_range = call.name == "pandas.date_range"
        if fetch is not None or name in {"truncate", "query"} or is_range:
            stmts = list(self._loops(node) if is_range else self._statement(node))
            for edge, upper in _edges(node, fetch):
                shown = self._date(edge)
                for stmt in stmts if shown is not None else ():
                    yield self._made(edge, shown or "", stmt, upper=upper)
            yield from self._queried(node, fetch, stmts)
            if name == "query":
                yield from self._named_in_query(node, stmts)

    def _loops(self, node: ast.Call) -> Iterator[Stmt]:
        """What goes through a range of dates, or takes rows by it; as the index of a new table, it only names them."""
        parent = self._parents.get(node)
        if isinstance(parent, ast.For) and node is parent.iter:
            yield from self._statement(parent)
        stmt = self._ctx.stmt(parent) if isinstance(parent, ast.Assign) else None
        for name, user in flow(self._ctx).reads(stmt) if stmt is not None else ():
            taking = self._ctx.call(name_parent) if (name_parent := self._parents.get(name)) is not None else None
            if (isinstance(user.node, ast.For) and name is user.node.iter) or (
                taking is not None and taking.method in _TAKES
            ):
                yield user

    def _named_in_query(self, node: ast.Call, stmts: list[Stmt]) -> Iterator[DateBound]:
        """`frame.query("day < @CUTOFF")`, of a constant date."""
        text = self._ctx.value(node.args[0]).text if node.args else None
        for found in _NAME_QUERY.finditer(text or ""):
            for binding in self._ctx.model.bindings(found["name"])[-1:]:
                made = binding.stmt.node if binding.stmt is not None else None
                shown = self._date(made.value) if isinstance(made, ast.Assign) else None
                for stmt in stmts if shown is not None and not binding.value.has(_SETTABLE) else ():
                    upper = found["operator"].startswith("<")
                    yield DateBound(node, self._cell, shown or "", upper, stmt, None, None)

    def _queried(self, node: ast.Call, fetch: Event | None, stmts: list[Stmt]) -> Iterator[DateBound]:
        """Dates in the text of a query."""
        path = fetch.path if fetch is not None and fetch.kind is EventKind.DB else None
        value = path or (self._ctx.value(node.args[0]) if node.args else None)
        text = value.text if value is not None and not value.has(_SETTABLE) else None
        for found in _YEAR_QUERY.finditer(text or ""):
            upper = not found["operator"].startswith(">")
            for stmt in stmts if upper else ():
                yield DateBound(node, self._cell, found["until"] or found["year"], upper, stmt, None, None)
        previous = ""
        for found in _SQL.finditer(text or ""):
            operator = found["operator"].lower()
            upper = "<" in operator or (operator == "and" and previous == "between") or operator == "="
            previous = operator
            if operator != "and" or upper:
                for stmt in stmts:
                    yield DateBound(node, self._cell, found["date"], upper, stmt, None, None)


def _is_year(node: ast.expr) -> bool:
    """Whether an expression is named as the year of something: `df.year`, `df["Year"]`, `df.day.dt.year`."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str() as name)):
            return _YEAR.fullmatch(name) is not None
        case ast.Call(func=ast.Attribute(attr="col") | ast.Name(id="col"), args=[ast.Constant(value=str() as name)]):
            return _YEAR.fullmatch(name) is not None
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "year"


def _edges(node: ast.Call, fetch: Event | None) -> Iterator[tuple[ast.expr, bool]]:
    for keyword in node.keywords:
        if keyword.arg in _FROM or keyword.arg in _UNTIL:
            yield keyword.value, keyword.arg in _UNTIL
        if keyword.arg in _SENT and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                name = key.value if isinstance(key, ast.Constant) else None
                if name in _FROM or name in _UNTIL:
                    yield value, name in _UNTIL
        if keyword.arg == "params" and fetch is not None and fetch.kind is EventKind.DB:
            yield from _sent(keyword.value)
    dates = node.args if fetch is None else node.args[1:]
    if len(dates) >= 2 and not any(isinstance(argument, ast.Starred) for argument in dates):
        yield dates[-2], False
        yield dates[-1], True


def _sent(parameters: ast.expr) -> Iterator[tuple[ast.expr, bool]]:
    """The first and the last of several parameters of a query, in whatever form: a window has two ends."""
    match parameters:
        case ast.Dict(keys=keys, values=values):
            names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
            if any(name in _FROM or name in _UNTIL for name in names):
                return
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            values = [keyword.value for keyword in keywords]
        case ast.List(elts=values) | ast.Tuple(elts=values):
            pass
        case _:
            return
    if len(values) >= 2:
        yield values[-2], False
        yield values[-1], True


def _mask_users(stmt: Stmt, ctx: Context) -> Iterator[Stmt]:
    """The statements that take rows by a mask which a statement gives a name."""
    for name, user in flow(ctx).reads(stmt):
        for node in ast.walk(user.node) if not hasattr(user.node, "body") else ():
            if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
                continue
            if any(part is name for part in ast.walk(node.slice)):
                yield user
                break
