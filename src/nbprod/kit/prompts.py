"""Calls that wait for a person: which of them a run without one would reach."""

import ast
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Stmt, Tag

_ELSEWHERE: Final = lazy_pattern(
    r"environ|getenv|\benv\b|colab|kaggle|interactive|isatty|exists|is_?file|userdata|secrets?\b|config|\bargs\b"
)
"""What a condition mentions that asks whether the answer, or a person, is there."""

_GIVEN: Final = Tag.ENVIRONMENT | Tag.PARAMETER | Tag.SECRET


def must_be_answered(call: Call, ctx: Context) -> bool:
    """Whether a run gets to a prompt, and has no other way to the answer: the environment, a parameter, a file.

    False, too, for a function that nobody calls.
    """
    function = call.stmt.function
    if function is not None and (not function.reached or (call.via is None and _is_only_decorated(function.node, ctx))):
        return False
    places = [call.stmt, *call.stmt.ancestors()]
    if call.via is not None:
        places += [call.via.stmt, *call.via.stmt.ancestors()]
    return not _is_fallback(call) and not any(_is_spared(place, call, ctx) for place in places)


def _is_only_decorated(node: ast.AST, ctx: Context) -> bool:
    """Whether nothing in the notebook names a function that a decorator took: a command line's, such as `@command`."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.decorator_list:
        return False
    bound = [binding for binding in ctx.model.bindings(node.name) if binding.node is node]
    return bool(bound) and not any(binding.uses for binding in bound)


def _is_fallback(call: Call) -> bool:
    """`os.getenv("KEY") or getpass()`, and the same with `if … else`."""
    for node in ast.walk(call.stmt.node):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            branches = node.values[1:]
        elif isinstance(node, ast.IfExp) and _ELSEWHERE.search(ast.unparse(node.test)):
            branches = [node.body, node.orelse]
        else:
            continue
        if any(part is call.node for branch in branches for part in ast.walk(branch)):
            return True
    return False


def _is_spared(place: Stmt, call: Call, ctx: Context) -> bool:
    """Whether a statement around a prompt keeps a run without a person from it, or from failing there."""
    node = place.node
    if isinstance(node, ast.ExceptHandler):
        return True
    if isinstance(node, ast.Try):
        caught = (ast.unparse(handler.type) for handler in node.handlers if handler.type is not None)
        return any("EOFError" in name or "StdinNotImplemented" in name for name in caught)
    if not isinstance(node, ast.If) or any(part is call.node for part in ast.walk(node.test)):
        return False
    test = ast.unparse(node.test)
    if _ELSEWHERE.search(test) or any(ctx.value(part).has(_GIVEN) for part in ast.walk(node.test)):
        return True
    targets = call.stmt.node.targets if isinstance(call.stmt.node, ast.Assign) else []
    return any(ast.unparse(target) in test for target in targets)
