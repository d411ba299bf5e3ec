"""Whether a call leaves rows out: what its library's table says, held against its arguments."""

import ast
import re
from typing import Final

from nbprod.patterns import lazy_pattern
from nbprod.semantic.facts import Call, EventKind
from nbprod.semantic.library import Effect
from nbprod.semantic.randomness import holds
from nbprod.semantic.values import Tag, Value

_SLICES: Final = lazy_pattern(r"\[:\d+%?\]")
_SQL_LIMIT: Final = lazy_pattern(r"\b(?:limit\s+\d+|fetch\s+first\s+\d+\s+rows?\s+only)\s*+;?\s*+\Z", re.IGNORECASE)
_SQL_TOP: Final = lazy_pattern(r"\s*select\s+top\s*\(?\d", re.IGNORECASE)
_SETTABLE: Final = Tag.PARAMETER | Tag.ENVIRONMENT


def reduction(call: Call, effect: Effect, kind: EventKind | None) -> str:
    """What a call leaves out: all but a constant part ("limit"), or what its table names; "" for nothing."""
    if effect.limits is not None and _limits(call, effect):
        return "limit"
    for condition, left_out in effect.loses:
        if condition is None or holds(call, condition):
            return left_out
    if kind is EventKind.DB and effect.path is not None:
        query = call.argument(*effect.path)
        if query is not None and query.text and not query.has(_SETTABLE) and _limits_query(query.text):
            return "limit"
    return ""


def _limits(call: Call, effect: Effect) -> bool:
    assert effect.limits is not None  # noqa: S101  -- the caller asked
    if call.open:
        return False
    amount = call.argument(*effect.limits)
    if amount is None:
        part = call.keywords.get("frac") or call.keywords.get("fraction")
        if part is not None:
            return _is_part(part)
        return effect.returns == "self" and effect.event is None and effect.limits[0] is not None
    if amount.has(_SETTABLE):
        return False
    constant = amount.const
    if isinstance(constant, bool):  # the first argument of Spark's `sample`
        return len(call.args) > 1 and _is_part(call.args[1])
    if isinstance(constant, float):
        return _is_part(amount)
    if isinstance(constant, int):
        return constant > 0
    if isinstance(constant, str):
        return bool(_SLICES.search(constant)) and "[:100%]" not in constant
    return _is_range(call, effect.limits)


def _is_part(fraction: Value) -> bool:
    """Whether it is a constant fraction of less than all."""
    constant = fraction.const
    return isinstance(constant, float) and constant < 1 and not fraction.has(_SETTABLE)


def _is_range(call: Call, parameter: tuple[int | None, str]) -> bool:
    """Whether rows are selected by `range(1000)`."""
    node = call.argument_node(*parameter)
    match node:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int())]):
            return True
    return False


def _limits_query(text: str) -> bool:
    return bool(_SQL_LIMIT.search(text[-200:]) or _SQL_TOP.match(text))
