"""What a handler does with the exceptions it catches: it may hide them, and so hide a failed run."""

import ast
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import (
    TEARDOWN,
    events_in,
    last_name,
    mentions,
    names_bound,
    only_shows,
    shows,
    targets_of,
    walk_block,
)
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import BOUNDARIES, Call, EventKind, Function, Stmt, Value

_WORK: Final = BOUNDARIES | {EventKind.FIT}
_BROAD: Final = frozenset({"builtins.Exception", "builtins.BaseException"})
# Exceptions that people wait for: the handler is the other branch of a question.
_EXPECTED: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "StopIteration", "StopAsyncIteration", "KeyboardInterrupt", "GeneratorExit",
     "NameError", "UnboundLocalError", "FileExistsError", "Empty", "QueueEmpty", "SystemExit"}
)  # fmt: skip
_PURE: Final = ("builtins.", "math.", "numpy.", "pandas.", "scipy.", "datetime.")
_CHANGES: Final = frozenset(
    {"append", "extend", "add", "update", "insert", "pop", "sort", "fill", "remove", "clear", "discard", "setdefault",
     "write", "seed", "setattr", "exec", "put", "resize"}
)  # fmt: skip
_FALLIBLE: Final = (
    ast.Call,
    ast.Subscript,
    ast.Attribute,
    ast.BinOp,
    ast.For,
    ast.With,
    ast.Raise,
    ast.Assert,
    ast.Await,
)
_LOOKS: Final = lazy_pattern(r"(list|get|describe|find|head|wait|exists)(_|$)")
_ALREADY_THERE: Final = lazy_pattern(r"Already|Duplicate|Conflict|OwnedByYou")
_STATUS: Final = lazy_pattern(r"err|fail|status|success|state|ok\b|valid|reason|message", re.IGNORECASE)
_APOLOGY: Final = lazy_pattern(r"error|fail|could not|couldn't|cannot|can't|unable|invalid|sorry", re.IGNORECASE)
_PLACEHOLDER: Final = lazy_pattern(r"<[\w -]+>|\[[\w -]+\]|YOUR_\w+")
_EMPTY_MAKERS: Final = frozenset(
    {"dict", "list", "set", "tuple", "str", "int", "float", "bytes", "DataFrame", "Series", "array", "Counter",
     "OrderedDict", "defaultdict", "zeros", "ones", "full", "empty", "nan", "Document"}
)  # fmt: skip
_MISSING: Final = frozenset({"nan", "NaN", "NaT", "NA", "inf", "NAN"})


class Hiding(StrEnum):
    """How a handler hides what went wrong."""

    SILENT = "silent"  # it does nothing
    PRINTED = "printed"  # it only prints
    STAND_IN = "stand-in"  # it goes on with a made-up value


class Swallow(Struct, frozen=True):
    """A handler that hides the exceptions it catches.

    Attributes:
        guard: The `try` statement in its place, and `block` what it guards.
        how: What it does instead of handling them.
        stand_in: The statement that gives the made-up value, if one does.
        is_broad: It catches whatever may happen, not one named condition.
        is_harmless: All that it guards is cleaning up, or showing something that nothing else needs.
    """

    guard: Stmt
    block: list[ast.stmt]
    how: Hiding
    stand_in: ast.stmt | None
    is_broad: bool
    is_harmless: bool

    @property
    def is_told(self) -> bool:
        """Whether the made-up value is a text that says that it failed."""
        value = getattr(self.stand_in, "value", None)
        return isinstance(value, ast.Constant) and bool(_APOLOGY.search(str(value.value)))

    @property
    def is_left_open(self) -> bool:
        """Whether the made-up value is one that stands for a missing one: `np.nan`."""
        return last_name(getattr(self.stand_in, "value", None)) in _MISSING - {"inf"}


def swallows(handler: ast.ExceptHandler, ctx: Context) -> Swallow | None:
    """How a handler hides every trace of what it catches; None when it handles it.

    It handles it by raising, logging, counting, collecting or returning the failure, by ending the
    process, or by computing the value in another way, within itself or right after.
    """
    place = ctx.stmt(handler)
    guard = place.parent if place is not None else None
    if guard is None or not isinstance(guard.node, ast.Try | ast.TryStar):
        return None
    is_broad = _is_broad(ctx.value(handler.type)) if handler.type is not None else True
    if not is_broad and _is_expected(handler.type, ctx):
        return None
    reading = _Reading(handler, guard.node, ctx)
    if not reading.hides(handler.body) or _is_question(guard.node.body, ctx):
        return None
    if _tries_again(guard, handler) or _is_made_good(guard, reading, ctx):
        return None
    block = guard.node.body
    is_shown = only_shows(guard, block, ctx)
    if is_shown and not any(event.kind in _WORK for event in events_in(block, ctx)):
        return None
    how = Hiding.STAND_IN if reading.stand_in else Hiding.PRINTED if reading.prints else Hiding.SILENT
    return Swallow(guard, block, how, reading.stand_in, is_broad, is_shown or _is_teardown(block, ctx))


def suppresses(call: Call, ctx: Context) -> Swallow | None:
    """The same of `with contextlib.suppress(Exception):`; None when it names a condition."""
    guard = call.stmt
    if not isinstance(guard.node, ast.With) or not any(_is_broad(value) for value in call.args):
        return None
    if all(item.context_expr is not call.node for item in guard.node.items):
        return None
    block = guard.node.body
    is_harmless = only_shows(guard, block, ctx) or _is_teardown(block, ctx)
    return Swallow(guard, block, Hiding.SILENT, None, is_broad=True, is_harmless=is_harmless)


def _is_broad(caught: Value) -> bool:
    return caught.name in _BROAD or any(item.name in _BROAD for item in caught.elements)


def _is_expected(caught: ast.expr | None, ctx: Context) -> bool:
    """Whether only conditions are caught that are no failures: a package or file that is (not) there."""
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    last = [last_name(name) for name in names]
    return all(name in _EXPECTED or _ALREADY_THERE.search(name) for name in last)


# -- what the handler does --------------------------------------------------------------------


class _Reading:
    """Reads the statements of a handler, and remembers what they do instead of handling."""

    def __init__(self, handler: ast.ExceptHandler, guard: ast.Try | ast.TryStar, ctx: Context) -> None:
        self.prints = False
        self.stand_in: ast.stmt | None = None
        self._exception = handler.name
        self._ctx = ctx
        self._guarded = guard.body

    def hides(self, block: Iterable[ast.stmt]) -> bool:
        """Whether no statement handles anything."""
        answers = [self._hides(stmt) for stmt in block]
        return all(answers)

    def _hides(self, stmt: ast.stmt) -> bool:
        match stmt:
            case ast.Pass() | ast.Continue() | ast.Break() | ast.Global() | ast.Nonlocal():
                return True
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
                return self._call_hides(call, stmt)
            case ast.If():
                return self.hides([*stmt.body, *stmt.orelse])
            case ast.For():
                return self.hides(stmt.body)
            case ast.Return():
                return self._returns_nothing(stmt)
            case ast.Assign(targets=targets, value=value):
                return self._stands_in(targets, value, stmt)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self._stands_in([target], value, stmt)
        return False

    def _call_hides(self, call: ast.Call, stmt: ast.stmt) -> bool:
        if shows(call, self._ctx):
            self.prints = self.prints or last_name(call.func) not in {"sleep", "collect", "clear_output"}
            return True
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"append", "add"} and len(call.args) == 1:
            listed = ast.dump(call.func.value)
            if self._is_made_up(call.args[0]) and listed in self._lists_filled():
                self.stand_in = stmt
                return True
        return False

    def _lists_filled(self) -> set[str]:
        """What the guarded block itself appends to."""
        return {
            ast.dump(node.func.value)
            for stmt in self._guarded
            for node in ast.walk(stmt)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"append", "add"}
        }

    def _returns_nothing(self, stmt: ast.Return) -> bool:
        value = stmt.value
        if value is None:
            return True
        if isinstance(value, ast.Constant) and isinstance(value.value, bool):
            return False  # it says whether it worked
        if not self._is_made_up(value) or self._answers_in_constants():
            return False
        self.stand_in = stmt
        return True

    def _answers_in_constants(self) -> bool:
        """Whether the guarded block, too, returns nothing but constants: 1 for yes, 0 for no."""
        returned = [node.value for node in walk_block(self._guarded) if isinstance(node, ast.Return)]
        return bool(returned) and all(isinstance(value, ast.Constant) for value in returned)

    def _stands_in(self, targets: Sequence[ast.expr], value: ast.expr, stmt: ast.stmt) -> bool:
        """Whether a made-up value takes the place of one that the guarded block would have bound."""
        if not self._is_made_up(value) or (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            return False
        names = {name for target in targets for name in targets_of(target)}
        if any(_STATUS.search(name) for name in names) or not names & names_bound(self._guarded):
            return False
        self.stand_in = stmt
        return True

    def _is_made_up(self, value: ast.expr) -> bool:
        """Whether an expression is a constant or an empty thing, and says nothing of the exception."""
        match value:
            case ast.Constant():
                return not (isinstance(value.value, str) and _PLACEHOLDER.fullmatch(value.value))
            case ast.UnaryOp(operand=operand):
                return self._is_made_up(operand)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                flags = [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, bool)]
                return not flags and all(map(self._is_made_up, items))
            case ast.BinOp(left=left, right=right):
                return self._is_made_up(left) and self._is_made_up(right)
            case ast.Dict(keys=keys, values=values):
                told = any(isinstance(key, ast.Constant) and _STATUS.search(str(key.value)) for key in keys)
                return not told and all(map(self._is_made_up, values))
            case ast.JoinedStr(values=parts):
                text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
                return bool(_APOLOGY.search(text)) and not mentions(value, {self._exception or ""})
            case ast.Attribute():
                return value.attr in _MISSING
            case ast.Call():
                arguments = [*value.args, *(keyword.value for keyword in value.keywords)]
                return last_name(value.func) in _EMPTY_MAKERS and all(map(self._is_made_up, arguments))
        return False


# -- what makes up for it ---------------------------------------------------------------------


def _tries_again(guard: Stmt, handler: ast.ExceptHandler) -> bool:
    """Whether the handler lets a loop repeat the attempt, or go on to the next way of doing it."""
    loop = next(
        (place.node for place in guard.ancestors() if isinstance(place.node, ast.For | ast.AsyncFor | ast.While)), None
    )
    if loop is None or (guard.function is not None and not _is_inside(guard, guard.function.node, loop)):
        return False
    node = guard.node
    assert isinstance(node, ast.Try | ast.TryStar)  # noqa: S101  -- the caller asked
    last = node.orelse[-1] if node.orelse else node.body[-1]
    if isinstance(last, ast.Break | ast.Return):
        return True
    if any(isinstance(part, ast.Break | ast.Return) for part in walk_block(handler.body)):
        return False
    if isinstance(loop, ast.While):
        return mentions(loop.test, names_bound(node.body)) or _waits(handler)
    counts = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) in {"range", "count"}
    return counts and _waits(handler)


def _is_inside(guard: Stmt, function: ast.AST, loop: ast.AST) -> bool:
    """Whether the loop stands within the function, not around its definition."""
    for place in guard.ancestors():
        if place.node is loop:
            return True
        if place.node is function:
            return False
    return False


def _waits(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Call) and last_name(node.func) == "sleep" for node in ast.walk(handler))


def _is_made_good(guard: Stmt, reading: _Reading, ctx: Context) -> bool:
    """Whether the code right after looks whether it worked, or does the work in another way."""
    node = guard.node
    assert isinstance(node, ast.Try | ast.TryStar)  # noqa: S101  -- the caller asked
    if any(isinstance(stmt, ast.Import | ast.ImportFrom) for stmt in node.body):
        return True  # an optional package
    if isinstance(reading.stand_in, ast.Return):
        return _is_asked_for(guard, ctx)
    after = guard.block[guard.index + 1 :] if guard.slot != "handlers" else []
    if isinstance(node.body[-1], ast.Return) and not reading.stand_in:
        return any(isinstance(part, ast.Call) and not shows(part, ctx) for part in walk_block(after[:3]))
    if after and isinstance(after[0], ast.AugAssign) and any(isinstance(part, ast.AugAssign) for part in node.body):
        return True  # it counts what went well, and then all
    names = names_bound(node.body)
    return any(_tests(stmt, names) for stmt in ctx.model.following(guard, 6))


def _is_asked_for(guard: Stmt, ctx: Context) -> bool:
    """Whether whoever calls the function around looks at once whether there is a value."""
    calls = ctx.once(_callers).get(guard.function, []) if guard.function is not None else []
    return bool(calls) and all(_is_asked(call.stmt, ctx) for call in calls)


def _is_asked(stmt: Stmt, ctx: Context) -> bool:
    """Whether the statements behind one look whether what it bound has a value."""
    names = names_bound([stmt.node]) if isinstance(stmt.node, ast.Assign | ast.AnnAssign) else set()
    return bool(names) and any(_tests(after, names) for after in ctx.model.following(stmt, 3))


def _callers(ctx: Context) -> dict[Function, list[Call]]:
    found: dict[Function, list[Call]] = {}
    for call in ctx.model.all_calls:
        if call.function.definition is not None:
            found.setdefault(call.function.definition, []).append(call)
    return found


def _tests(stmt: ast.stmt, names: set[str]) -> bool:
    """Whether a statement begins with, or holds, a question about one of these names."""
    return any(
        isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert) and _asks_whether(node.test, names)
        for node in walk_block([stmt])
    )


def _asks_whether(test: ast.expr, names: set[str]) -> bool:
    """`x`, `not x`, `x is None`, `len(x) == 0`, `"x" in globals()`: is there a value at all?"""
    match test:
        case ast.Name(id=name):
            return name in names
        case ast.UnaryOp(operand=operand):
            return _asks_whether(operand, names)
        case ast.BoolOp(values=values):
            return any(_asks_whether(value, names) for value in values)
        case ast.Compare(left=ast.Constant(value=name), ops=[ast.In() | ast.NotIn()]):
            return name in names
        case ast.Compare(left=ast.Call(), comparators=[ast.Constant()]):  # len(x) > 0
            return mentions(test, names)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()], comparators=[right]):
            made_up = (
                isinstance(right, ast.Constant | ast.UnaryOp | ast.List | ast.Dict) or last_name(right) in _MISSING
            )
            return made_up and mentions(left, names)
        case ast.Call():
            return mentions(test, names)
        case ast.Attribute():
            return test.attr in {"empty", "size"} and mentions(test, names)
    return False


def _is_question(block: Sequence[ast.stmt], ctx: Context) -> bool:
    """Whether the block asks whether something can be done: `float(text)`, `np.linalg.inv(matrix)`, of no other effect.

    Neither does a block say anything in which nothing can fail.
    """
    match block[0]:
        case ast.Expr(value=ast.Call() as node):
            call = ctx.call(node)
            pure = call is not None and call.name.startswith(_PURE) and call.method not in _CHANGES
            if call is not None and pure and not call.events and not shows(node, ctx):
                return "inplace" not in call.keywords
    return not any(isinstance(node, _FALLIBLE) for node in walk_block(block))


def _is_teardown(block: Sequence[ast.stmt], ctx: Context) -> bool:
    """Whether all that the block does, apart from printing, is cleaning up."""
    calls = [node for node in walk_block(block) if isinstance(node, ast.Call) and not shows(node, ctx)]
    removing = {call for call in calls if TEARDOWN.fullmatch(last_name(call.func))}
    bare = {stmt.value for stmt in block if isinstance(stmt, ast.Expr)}
    others = [
        call
        for call in calls
        if call not in removing and not _LOOKS.match(last_name(call.func)) and (call in bare or _acts(ctx.call(call)))
    ]
    return bool(removing) and not others


def _acts(call: Call | None) -> bool:
    return call is not None and any(event.kind in BOUNDARIES for event in call.events)
