"""Loops that wait for something remote: which of them may wait for ever."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from nbprod.kit.blocks import last_name, mentions, targets_of, walk_block
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import EventKind

_BOUND: Final = lazy_pattern(
    r"deadline|timed?_?out|attempt|tries|retr(y|ies)|elapsed|waited|max(_|imum|\b)|limit|budget|patience", re.IGNORECASE
)
_CLOCKS: Final = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow"})


def polls_unbounded(loop: ast.While, ctx: Context) -> bool:
    """Whether a loop sleeps and asks for a status until it changes, with nothing to end the waiting.

    A bound is a clock, a counter of the loop, or a name that speaks of one (`max_attempts`, `deadline`),
    in the loop's condition or in that of a `break`, `return` or `raise`.
    """
    inside = list(walk_block(loop.body))
    if not any(isinstance(node, ast.Call) and last_name(node.func) == "sleep" for node in inside):
        return False
    asks = any(isinstance(node, ast.Call) and _asks(node, ctx) for node in (*inside, *ast.walk(loop.test)))
    tests = list(_conditions(loop))
    if not asks and not any(_reads_status(node, _fetched(inside)) for test in tests for node in ast.walk(test)):
        return False
    counted = {
        node.target.id for node in inside if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return bool(tests) and not any(_bounds(node, counted) for test in tests for node in ast.walk(test))


def _asks(node: ast.Call, ctx: Context) -> bool:
    """Whether a call goes to a service."""
    call = ctx.call(node)
    remote = {EventKind.HTTP, EventKind.DB, EventKind.LLM, EventKind.SERVE}
    return call is not None and any(event.kind in remote for event in call.events)


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
    return isinstance(node, ast.Attribute | ast.Call) or (isinstance(node, ast.Name) and node.id in fetched)


def _conditions(loop: ast.While) -> Iterator[ast.expr]:
    """The conditions by which a loop may end."""
    if not isinstance(loop.test, ast.Constant):
        yield loop.test
    for node in walk_block(loop.body):
        if isinstance(node, ast.If) and any(
            isinstance(part, ast.Break | ast.Return | ast.Raise) for part in walk_block([*node.body, *node.orelse])
        ):
            yield node.test


def _bounds(node: ast.AST, counted: set[str]) -> bool:
    if isinstance(node, ast.Call) and last_name(node.func) in _CLOCKS:
        return True
    name = last_name(node)
    return name in counted or bool(_BOUND.search(name))
