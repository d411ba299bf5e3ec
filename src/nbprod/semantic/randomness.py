"""Whether a call draws random numbers: what its library's table says, held against its arguments."""

from nbprod.semantic.facts import Call
from nbprod.semantic.library import Condition, Effect, Seed, type_info
from nbprod.semantic.values import MISSING


def randomness(call: Call, effect: Effect) -> Seed | None:
    """How the randomness of a call is seeded; None when it is not random, as far as is known."""
    seed = effect.seed
    if seed is None and call.receiver is None:
        info = type_info(call.name)
        seed = info.seed if info is not None else None
    if seed is None or not all(holds(call, condition) for condition in seed.when):
        return None
    if seed.unless and all(_may_hold(call, condition) for condition in seed.unless):
        return None
    return seed


def holds(call: Call, condition: Condition) -> bool:
    """Whether a condition holds for certain."""
    (position, name), constants, default = condition
    value = call.argument(position, name)
    if value is None:
        return not call.open and _is_among(default, constants)
    return value.const is not MISSING and _is_among(value.const, constants)


def _may_hold(call: Call, condition: Condition) -> bool:
    (position, name), constants, default = condition
    value = call.argument(position, name)
    if value is None:
        return call.open or _is_among(default, constants)
    return value.const is MISSING or _is_among(value.const, constants)


def _is_among(constant: object, constants: tuple[object, ...]) -> bool:
    return any(type(constant) is type(other) and constant == other for other in constants)
