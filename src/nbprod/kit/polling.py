"""Loops that wait for something remote: which of them may wait for ever."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name, mentions, targets_of, walk_block
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import EventKind

_BOUND: Final = lazy_pattern(
    r"deadline|timed?_?out|attempt|tries|retr(y|ies)|elapsed|waited|max(_|imum|\b)|limit|budget|patience", re.IGNORECASE
)
_CLOCKS: Final = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "today"})
_COLLECTS: Final = frozenset({"append", "extend", "add", "insert", "writerow", "writerows", "put"})
_CONSUMES: Final = frozenset({"read", "readline", "recv", "receive", "step", "render", "imshow", "input", "getch"})
"""Calls of loops that take in a stream, play a simulation or ask a person: they end with what they take in."""

_SHOWING: Final = frozenset({"print", "display", "len", "str", "info", "debug", "warning", "write"})
_APART: Final = (ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_REMOTE: Final = frozenset({EventKind.HTTP, EventKind.DB, EventKind.LLM, EventKind.SERVE})


class Poll(Struct, frozen=True):
    """A loop that may wait for ever.

    Attributes:
        awaited: The condition that it waits for, or the call that it tries again and again.
        retries: It does the latter.
    """

    awaited: ast.expr
    retries: bool = False


def polls_unbounded(loop: ast.While, ctx: Context) -> bool:
    """Whether a loop sleeps and asks for a status until it changes, with nothing to end the waiting."""
    return unbounded_poll(loop, ctx) is not None


def unbounded_poll(loop: ast.While, ctx: Context) -> Poll | None:
    """What a loop waits for that sleeps and asks until it has changed, with nothing to end the waiting.

    A bound is a clock, a counter of the loop, or a name that speaks of one (`max_attempts`, `deadline`),
    in the loop's condition or in that of a `break`, `return` or `raise`. Loops that collect what they
    are told, page by page, are no polls.
    """
    inside = list(_own(loop))
    called = {last_name(node.func) for node in inside if isinstance(node, ast.Call)}
    if not any(name.endswith("sleep") for name in called) or not called.isdisjoint(_COLLECTS | _CONSUMES):
        return None
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inside):
        return None
    tests = list(_conditions(loop))
    bounds = _counted(inside)
    if any(_bounds(node, bounds) for test in tests for node in ast.walk(test)) or _is_guarded(loop, ctx):
        return None
    asked = [node for node in (*inside, *ast.walk(loop.test)) if isinstance(node, ast.Call) and _asks(node, ctx)]
    if not tests:
        again = next((call for call in asked if call in set(_tried(loop))), None)
        return Poll(again, retries=True) if again is not None else None
    fetched = _fetched(inside)
    if any(isinstance(node, ast.AugAssign) and mentions(node.value, fetched) for node in inside):  # collected by `+=`
        return None
    for test in tests:
        if any(_reads_status(node, fetched) for node in ast.walk(test)) and not _turns_pages(test, inside):
            return Poll(test)
    return Poll(tests[0]) if asked and not any(_turns_pages(test, inside) for test in tests) else None


def _own(loop: ast.While) -> Iterator[ast.AST]:
    """What a loop does itself, and not in a `while` loop of its own."""
    pending: list[ast.AST] = [*loop.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _APART):
            pending.extend(ast.iter_child_nodes(node))


def _tried(loop: ast.While) -> Iterator[ast.AST]:
    """The nodes that a loop only leaves behind if no error comes up, having slept over the last one."""
    for stmt in loop.body:
        if not isinstance(stmt, ast.Try):
            continue
        leaves = any(isinstance(node, ast.Break | ast.Return) for node in walk_block([*stmt.body, *stmt.orelse]))
        asleep = (node for handler in stmt.handlers for node in walk_block(handler.body) if isinstance(node, ast.Call))
        if leaves and any(last_name(node.func).endswith("sleep") for node in asleep):
            yield from walk_block(stmt.body)


def _asks(node: ast.Call, ctx: Context) -> bool:
    """Whether a call goes to a service."""
    call = ctx.call(node)
    return call is not None and any(event.kind in _REMOTE for event in call.events)


def _fetched(nodes: list[ast.AST]) -> set[str]:
    """The names that a loop binds to what a call told it, or to a part of that."""
    bound = [node for node in nodes if isinstance(node, ast.Assign)]
    told = {
        name
        for node in bound
        if any(isinstance(part, ast.Call) for part in ast.walk(node.value))
        for name in _names(node)
    }
    return told | {name for node in bound if mentions(node.value, told) for name in _names(node)}


def _names(node: ast.Assign) -> Iterator[str]:
    for target in node.targets:
        yield from targets_of(target)


def _reads_status(node: ast.AST, fetched: set[str]) -> bool:
    if isinstance(node, ast.Attribute | ast.Call):
        name = last_name(node.func if isinstance(node, ast.Call) else node)
        return name != "is_set"  # an event of this program: what runs until it is told to stop is no wait
    return isinstance(node, ast.Name) and node.id in fetched


def _turns_pages(test: ast.expr, inside: list[ast.AST]) -> bool:
    """Whether what is tested says where to go on: it is handed to a call as it is, or held against its last value."""
    tested = {node.id for node in (test, *ast.iter_child_nodes(test)) if isinstance(node, ast.Name)}
    for node in inside:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in tested:
            if not tested.isdisjoint(_names(node)):
                return True
        elif isinstance(node, ast.Call) and last_name(node.func) not in _SHOWING:
            handed = (*node.args, *(keyword.value for keyword in node.keywords))
            if any(isinstance(part, ast.Name) and part.id in tested for part in handed):
                return True
    return False


def _conditions(loop: ast.While) -> Iterator[ast.expr]:
    """The conditions by which a loop may end; what breaks a loop inside it does not end it."""
    if not isinstance(loop.test, ast.Constant):
        yield loop.test
    nodes = list(walk_block(loop.body))
    inner = [node for node in nodes if isinstance(node, ast.For | ast.AsyncFor | ast.While)]
    elsewhere = {part for other in inner for part in walk_block(other.body) if isinstance(part, ast.Break)}
    for node in nodes:
        if isinstance(node, ast.If) and any(
            isinstance(part, ast.Break | ast.Return | ast.Raise) and part not in elsewhere
            for part in walk_block([*node.body, *node.orelse])
        ):
            yield node.test


def _counted(nodes: list[ast.AST]) -> set[str]:
    """The names that a loop counts up or down, and those that hold how late it is."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names = set(_names(node))
            counts = isinstance(node.value, ast.BinOp) and mentions(node.value, names)
            if counts or any(_is_clock(part) for part in ast.walk(node.value)):
                found |= names
    return found


def _is_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _CLOCKS


def _bounds(node: ast.AST, counted: set[str]) -> bool:
    if _is_clock(node):
        return True
    name = last_name(node)
    return name in counted or bool(_BOUND.search(name))


def _is_guarded(loop: ast.While, ctx: Context) -> bool:
    """Whether a `with` around a loop ends it (`asyncio.timeout`)."""
    stmt = ctx.stmt(loop)
    around = (outer.node for outer in stmt.ancestors()) if stmt is not None else ()
    items = (item for node in around if isinstance(node, ast.With | ast.AsyncWith) for item in node.items)
    return any(
        isinstance(part, ast.Call) and "timeout" in last_name(part.func).lower()
        for item in items
        for part in ast.walk(item.context_expr)
    )
