"""Which columns a key or a method takes of a frame: lists of names, `frame.columns`, `select_dtypes`, `filter`.

What is answered is always whether the target is certainly taken.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.column_steps import Column, changes_list
from nbprod.kit.context import Context
from nbprod.kit.in_memory import table_at
from nbprod.kit.origins import Origins
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Binding, Value

_STEPS: Final = 30
_UNCHANGED: Final = frozenset({"tolist", "to_list", "copy", "to_numpy"})
_UNCHANGED_FUNCTIONS: Final = frozenset({"list", "sorted", "set", "tuple", "array", "Index"})
_LESS: Final = frozenset({"difference", "drop"})
_WHOLE: Final = frozenset({"int", "integer", "int64", "int32"})
_BROKEN: Final = frozenset({"float", "floating", "float64", "float32"})
_PLAIN_WORDS: Final = lazy_pattern(r"\^?\(?(?:\?:)?\w+(?:\|\w+)*\)?\$?")
"""The regular expressions that are tried: a hostile one would never end."""


class Target(Struct, frozen=True):
    """The target of a model as a column of a frame.

    Attributes:
        column: Its name or position.
        frames: The bindings that held the frame; of `self.frame` the assignment.
        is_number: Whether how it is used says that it is stored as a number.
    """

    column: Column
    frames: frozenset[Binding | ast.Assign]
    is_number: bool = False


class Choice(Struct, frozen=True):
    """A key that takes the target, if `frame`, whose columns it goes through, has it; None if it names the target."""

    frame: ast.expr | None


_NAMED: Final = Choice(None)


class Choices:
    """Reads keys and picking methods."""

    def __init__(self, ctx: Context, origins: Origins) -> None:
        self._ctx = ctx
        self._origins = origins
        self._changed: dict[Binding, bool] = {}

    def by_key(self, key: ast.expr, target: Target) -> Choice | None:
        """What takes the target in `frame[key]`; None if nothing certainly does."""
        pending = [key]
        for _ in range(_STEPS):
            if not pending:
                break
            part = pending.pop()
            names = self.names(part)
            if names is not None:
                if target.column in names:
                    return _NAMED
            elif isinstance(part, ast.Attribute) and part.attr == "columns":
                return Choice(part.value)
            else:
                pending += self._before(part, target)
        return None

    def _before(self, key: ast.expr, target: Target) -> list[ast.expr]:
        """The keys that a key is made of, each of which hands on the target if it has it."""
        match key:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _UNCHANGED:
                return [inner]
            case ast.Call(func=ast.Attribute(value=inner, attr=attr), args=[left_out]) if attr in _LESS:
                return [inner] if self._misses(left_out, target.column) else []
            case ast.Call(func=function, args=[inner]) if last_name(function) in _UNCHANGED_FUNCTIONS:
                return [inner]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [right, left]
            case ast.BinOp(left=left, op=ast.Sub(), right=left_out):
                return [left] if self._misses(left_out, target.column) else []
            case ast.ListComp():
                columns = self._comprehended(key, target)
                return [columns] if columns is not None else []
            case ast.Name():
                origin, binding = self._origins.of(key), self._origins.binding(key)
                if origin is not None and origin.index is None and binding is not None:
                    return [] if self._is_changed(binding) else [origin.expression]
        return []

    def names(self, key: ast.expr) -> list[str] | None:
        """The columns that a constant list names."""
        if not isinstance(key, ast.List | ast.Name):
            return None
        if isinstance(key, ast.Name):
            binding = self._origins.binding(key)
            if binding is None or self._is_changed(binding):
                return None
        items = self._ctx.value(key).items
        if not isinstance(items, tuple) or not items:
            return None
        names = [item.text for item in items]
        return [name for name in names if name is not None] if None not in names else None

    def _is_changed(self, binding: Binding) -> bool:
        """Whether something is put into a list, or taken out of it."""
        known = self._changed.get(binding)
        if known is None:
            known = any(changes_list(use.stmt.node, binding.name) for use in binding.uses)
            self._changed[binding] = known
        return known

    def _misses(self, left_out: ast.expr, column: Column) -> bool:
        """Whether what is left out is known, and the column not among it."""
        if isinstance(left_out, ast.Set):
            known = [self._ctx.value(item).text for item in left_out.elts]
        else:
            value = self._ctx.value(left_out)
            known = [value.text] if value.text is not None else [item.text for item in value.elements]
        return isinstance(column, str) and bool(known) and None not in known and column not in known

    # -- comprehensions -----------------------------------------------------------------------

    def _comprehended(self, key: ast.ListComp, target: Target) -> ast.expr | None:
        """What `[c for c in columns if …]` goes through, if the target is certainly let pass."""
        match key:
            case ast.ListComp(
                elt=ast.Name(id=name),
                generators=[ast.comprehension(target=ast.Name(id=turn), iter=columns, ifs=conditions)],
            ) if name == turn and all(self._lets_pass(test, name, target) for test in conditions):
                return columns
        return None

    def _lets_pass(self, test: ast.expr, name: str, target: Target) -> bool:
        """Whether a condition holds for the target: `c not in others`, `df[c].dtype != "object"`, `c.startswith(…)`."""
        match test:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(self._lets_pass(value, name, target) for value in values)
            case ast.Compare(left=ast.Name(id=left), ops=[ast.NotIn() | ast.NotEq()], comparators=[others]):
                return left == name and self._misses(others, target.column)
            case ast.Compare(left=asked, ops=[ast.NotEq() | ast.NotIn()], comparators=[kinds]):
                return _asks_type(asked, name) and self.excludes_no_number(kinds) and self.is_number(target)
            case ast.Compare(left=asked, ops=[ast.In()], comparators=[kinds]):
                return _asks_type(asked, name) and self.includes_numbers(kinds) and self.is_number(target)
            case ast.Call(func=function, args=[asked]) if last_name(function) == "is_numeric_dtype":
                return _asks_type(asked, name) and self.is_number(target)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=left), attr="startswith" | "endswith" as attr)):
                call, column = self._ctx.call(test), target.column
                text = call.argument(0, "prefix") if call is not None else None
                known = text.text if text is not None else None
                if left != name or known is None or not isinstance(column, str):
                    return False
                return column.startswith(known) if attr == "startswith" else column.endswith(known)
        return False

    # -- positions ----------------------------------------------------------------------------

    def position(self, frame: ast.expr, column: Column) -> Column:
        """The place of a column in a frame that was read with `names=`, or is in memory; else the column itself."""
        table = table_at(self._ctx, frame)
        known: list[str | None] = [part.name for part in table.columns] if table is not None else []
        origin = self._origins.of(frame)
        made = self._ctx.call(origin.expression) if origin is not None and origin.index is None else None
        if made is not None and made.name.startswith("pandas.read_") and not made.passes(None, "usecols"):
            names = made.keywords.get("names")
            known = [item.text for item in names.elements] if names is not None else known
        return known.index(column) if isinstance(column, str) and known.count(column) == 1 else column

    # -- types --------------------------------------------------------------------------------

    def by_call(self, node: ast.Call, target: Target) -> bool:
        """Whether `frame.select_dtypes(…)` or `frame.filter(…)` certainly takes the target."""
        call = self._ctx.call(node)
        if call is None or call.open:
            return False
        if call.method == "filter":
            return self._filters(node, target)
        if call.method == "_get_numeric_data":
            return self.is_number(target)
        included, excluded = call.argument_node(0, "include"), call.argument_node(1, "exclude")
        takes = included is None or self.includes_numbers(included)
        return (
            (included is not None or excluded is not None)
            and takes
            and (excluded is None or self.excludes_no_number(excluded))
            and self.is_number(target)
        )

    def _filters(self, node: ast.Call, target: Target) -> bool:
        call, column = self._ctx.call(node), target.column
        if call is None or not isinstance(column, str) or "axis" in call.keywords:
            return False
        items = call.argument_node(0, "items")
        like, regex = call.argument(1, "like"), call.argument(2, "regex")
        if items is not None:
            return self.by_key(items, target) is _NAMED
        if like is not None and like.text:
            return like.text in column
        if regex is not None and regex.text and _PLAIN_WORDS.fullmatch(regex.text):
            return re.search(regex.text, column) is not None
        return False

    def includes_numbers(self, kinds: ast.expr) -> bool:
        """Whether `include=` names numbers of every kind."""
        known = set(self._types(kinds))
        return "number" in known or (not known.isdisjoint(_WHOLE) and not known.isdisjoint(_BROKEN))

    def excludes_no_number(self, kinds: ast.expr) -> bool:
        """Whether `exclude=` is known, and names no numbers."""
        known = list(self._types(kinds))
        return bool(known) and known == [kind for kind in known if kind in _NO_NUMBERS]

    def _types(self, node: ast.expr) -> Iterator[str]:
        """The last words of the types that an expression names: "number" of `[np.number, "object"]`."""
        value = self._ctx.value(node)
        parts: Sequence[Value] = value.elements or [value]
        for part in parts:
            yield (part.text or part.name or "").rpartition(".")[2]

    def is_number(self, target: Target) -> bool:
        """Whether the target is stored as a number: so it is used, filled or compared, or so it stands in memory."""
        if target.is_number:
            return True
        for binding in (frame for frame in target.frames if isinstance(frame, Binding)):
            for use in binding.uses:
                if any(self._says_number(part, binding.name, target.column) for part in ast.walk(use.stmt.node)):
                    return True
        return False

    def _says_number(self, node: ast.AST, frame: str, column: Column) -> bool:
        match node:
            case ast.Compare(left=left, comparators=[ast.Constant(value=value)]):
                return type(value) in {int, float} and _is_column(left, frame, column)
            case ast.Assign(targets=[target], value=value):
                return _is_column(target, frame, column) and _gives_numbers(value)
        return False


_NO_NUMBERS: Final = frozenset(
    {"object", "O", "str", "string", "category", "bool", "datetime", "datetime64", "timedelta"}
)


def _asks_type(node: ast.expr, name: str) -> bool:
    """Whether an expression is the type of the column in turn: `df[c].dtype`, `df.dtypes[c]`; or that column."""
    match node:
        case ast.Attribute(value=inner, attr="dtype" | "dtypes"):
            return _asks_type(inner, name)
        case ast.Subscript(slice=ast.Name(id=turn)):
            return turn == name
    return False


def _is_column(node: ast.expr, frame: str, column: Column) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=base), slice=ast.Constant(value=name)):
            return base == frame and name == column
        case ast.Attribute(value=ast.Name(id=base), attr=name):
            return base == frame and name == column
    return False


def _gives_numbers(node: ast.expr) -> bool:
    """Whether what is written into a column are numbers: mapped to some, encoded, converted."""
    match node:
        case ast.Call(func=ast.Attribute(attr="map" | "replace"), args=[ast.Dict(values=values), *_]):
            return bool(values) and all(
                isinstance(value, ast.Constant) and type(value.value) in {int, float} for value in values
            )
        case ast.Call(func=ast.Attribute(attr="astype"), args=[kind, *_]):
            name = kind.value if isinstance(kind, ast.Constant) else last_name(kind)
            return name in _WHOLE | _BROKEN
        case ast.Call(func=function):
            return last_name(function) in {"to_numeric", "log", "log1p", "sqrt"}
    return False
