"""Numbers in the code that are how many rows, columns or classes something in memory has."""

import ast
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec import Struct

from nbprod.evidence import Array, Table, Thing
from nbprod.kit.context import Context
from nbprod.kit.in_memory import bound_thing
from nbprod.semantic import Binding, EventKind, Tag

_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_MADE_UP: Final = frozenset({"generated", "toy"})
_TABLES: Final = frozenset({"pandas.DataFrame", "pandas.Series", "polars.DataFrame", "numpy.ndarray"})
_LEAST: Final = 20
_TELLING: Final = 100
"""A number from here on that is not round is hardly the size of two things by chance."""
_PICTURES: Final = frozenset({28, 32, 224})
_COUNTING: Final = frozenset({"builtins.range", "numpy.arange"})
_FILLED: Final = frozenset({"numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full", "torch.zeros", "torch.ones"})
_HOLDERS: Final = (ast.Call, ast.Subscript, ast.Compare)
_CLASSES: Final = frozenset({"num_classes", "n_classes", "num_labels", "n_labels"})
_WIDTHS: Final = frozenset({"input_dim", "in_features", "n_features", "num_features", "input_size", "input_shape"})


class Size(StrEnum):
    """What a number counts."""

    ROWS = "rows"
    COLUMNS = "columns"
    CLASSES = "classes"  # the different values of labels


class SizeLiteral(Struct, frozen=True):
    """A number that is the size of a table: where it stands, what of which table it counts, how to ask for it."""

    cell: int
    node: ast.Constant
    number: int
    table: str
    made: Binding
    size: Size

    @property
    def expression(self) -> str:
        """The source that asks the table."""
        asking = {Size.ROWS: "len({})", Size.COLUMNS: "{}.shape[1]", Size.CLASSES: "len(set({}))"}
        return asking[self.size].format(self.table)


class _Place(Struct, frozen=True):
    """A number where something is counted, with the names of what may be counted there."""

    cell: int
    node: ast.Constant
    number: int
    size: Size
    names: frozenset[str]


def size_literals(ctx: Context) -> Iterator[SizeLiteral]:
    """The numbers that are sizes, in the order in which they stand."""
    places = list(_places(ctx))
    sizes = _sizes(ctx) if places else {}
    for place in places:
        for name, binding in sizes.get((place.number, place.size), ()):
            if _is_before(binding, place) and _is_telling(place, name):
                yield SizeLiteral(place.cell, place.node, place.number, name, binding, place.size)
                break


def _sizes(ctx: Context) -> dict[tuple[int, Size], list[tuple[str, Binding]]]:
    """The loaded tables in memory by their number of rows, of columns, and of classes."""
    found: dict[tuple[int, Size], list[tuple[str, Binding]]] = {}
    for name in ctx.model.bound_names:
        binding = ctx.model.bindings(name)[-1]
        value = binding.value
        sources = [event for event in value.lineage if event.kind in _SOURCES]
        if value.type not in _TABLES or not sources or value.has(Tag.LIMITED):
            continue
        if all(event.detail in _MADE_UP for event in sources):
            continue
        thing = bound_thing(ctx, binding)
        for size, count in _counts(thing):
            if count is not None and count >= _LEAST:
                found.setdefault((count, size), []).append((name, binding))
    return found


def _counts(thing: Thing | None) -> Iterator[tuple[Size, int | None]]:
    if isinstance(thing, Array):
        yield from zip((Size.ROWS, Size.COLUMNS), thing.shape, strict=False)
        yield Size.CLASSES, thing.distinct if thing.shape == (thing.seen,) else None
    elif isinstance(thing, Table):
        yield Size.ROWS, thing.rows
        if thing.type.endswith("Frame"):
            yield Size.COLUMNS, len(thing.columns)
        elif thing.columns and thing.seen == thing.rows:
            yield Size.CLASSES, thing.columns[0].distinct


def _is_before(binding: Binding, place: _Place) -> bool:
    line = binding.stmt.node.end_lineno or 0 if binding.stmt is not None else 0
    return (binding.cell, line) < (place.cell, place.node.lineno)


def _is_telling(place: _Place, name: str) -> bool:
    """Whether that a number is a table's size can't well be chance."""
    number = place.number
    if name in place.names or place.size is Size.CLASSES:
        return True
    is_common = number % 10 == 0 or number & (number - 1) == 0 or number in _PICTURES
    return number >= _TELLING and not is_common


# -- where rows and columns are counted -------------------------------------------------------------


def _places(ctx: Context) -> Iterator[_Place]:
    for cell in ctx.cells:
        for stmt, node in _numbered(cell.tree):
            for part, size in _parts(node, ctx):
                if isinstance(part, ast.Constant) and type(part.value) is int and part.value >= _LEAST:
                    yield _Place(cell.index, part, part.value, size, _meant(node, stmt))


@lru_cache(maxsize=2048)
def _numbered(tree: ast.Module | None) -> Sequence[tuple[ast.stmt, ast.AST]]:
    """What holds a number that may be a size, with its statement, as long as a cell stays the same."""
    statements = [stmt for stmt in tree.body if not isinstance(stmt, ast.Assert)] if tree is not None else []
    pairs = ((stmt, node) for stmt in statements for node in ast.walk(stmt))
    return [(stmt, node) for stmt, node in pairs if isinstance(node, _HOLDERS) and _has_number(node)]


def _has_number(node: ast.AST) -> bool:
    inner = (part for part in ast.walk(node) if isinstance(part, ast.Constant))
    return any(type(part.value) is int and part.value >= _LEAST for part in inner)


def _meant(node: ast.AST, stmt: ast.stmt) -> frozenset[str]:
    """The names of what a number may be the size of: what is cut, gone through in a loop, or named in the statement."""
    if isinstance(node, ast.Subscript):
        return frozenset({_root(node)})
    if isinstance(stmt, ast.For | ast.While):
        stepped = (it for it in ast.walk(stmt) if isinstance(it, ast.Subscript))
        return frozenset(_root(it) for it in stepped if any(isinstance(part, ast.Name) for part in ast.walk(it.slice)))
    return frozenset(it.id for it in ast.walk(stmt) if isinstance(it, ast.Name))


def _root(node: ast.expr) -> str:
    """The name of a table that an expression picks rows or columns of; empty for the letters of texts."""
    while not isinstance(node, ast.Name):
        if not isinstance(node, ast.Attribute | ast.Subscript) or (
            isinstance(node, ast.Attribute) and node.attr == "str"
        ):
            return ""
        node = node.value
    return node.id


def _parts(node: ast.AST, ctx: Context) -> Iterator[tuple[ast.AST | None, Size]]:
    match node:
        case ast.Call(args=args, keywords=keywords):
            call = ctx.call(node)
            name = call.name if call is not None else ""
            if name in _COUNTING and len(args) <= 2:
                yield from ((arg, Size.ROWS) for arg in args[-1:])
            elif name in _FILLED and args:
                yield from _shape(args[0].elts if isinstance(args[0], ast.Tuple | ast.List) else args[:1])
            elif name.rpartition(".")[2] == "reshape":
                own = args[1:] if name == "numpy.reshape" else args
                yield from _shape(own[0].elts if own and isinstance(own[0], ast.Tuple | ast.List) else own)
            for keyword in keywords:
                if keyword.arg in _WIDTHS:
                    value = keyword.value
                    yield (value.elts[-1] if isinstance(value, ast.Tuple) and value.elts else value), Size.COLUMNS
                elif keyword.arg in _CLASSES:
                    yield keyword.value, Size.CLASSES
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
            yield from ((lower, Size.ROWS), (upper, Size.ROWS))
        case ast.Subscript(slice=ast.Tuple(elts=[ast.Slice(lower=lower, upper=upper), *_])):
            yield from ((lower, Size.ROWS), (upper, Size.ROWS))
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Lt() | ast.GtE()], comparators=[right]) if not _asks(
            left, right
        ):
            yield right, Size.ROWS


def _shape(dimensions: Sequence[ast.expr]) -> Iterator[tuple[ast.AST, Size]]:
    """The first dimension counts rows, the second columns."""
    yield from zip(dimensions, (Size.ROWS, Size.COLUMNS), strict=False)


def _asks(left: ast.expr, right: ast.expr) -> bool:
    """Whether a comparison asks for a size, or for what stands in a table: then the number may well be meant."""
    return not isinstance(left, ast.Name) or not isinstance(right, ast.Constant)
