"""What the model knows of a value without running anything: names, types, constants and lineage."""

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from nbprod.semantic.facts import Event, Function

MISSING: Final = object()
"""Stands for "no constant is known", since None is a constant."""


class Tag:
    """Bits that travel with a value. Plain integers: enum flags are ten times slower to combine."""

    LIMITED: Final = 1 << 0  # a constant number of rows was taken
    TRAIN: Final = 1 << 1  # the training part of a split
    TEST: Final = 1 << 2  # the held-out part of a split
    FITTED: Final = 1 << 3  # an estimator that has learned, or what it transformed
    PREDICTION: Final = 1 << 4
    PROBABILITY: Final = 1 << 5
    TARGET: Final = 1 << 6  # the labels that a model is to learn
    METRIC: Final = 1 << 7  # a number that says how good a model is
    LLM: Final = 1 << 8  # text that a language model wrote
    EXTERNAL: Final = 1 << 9  # text that came from outside: a response, an upload, a prompt
    SECRET: Final = 1 << 10
    PARAMETER: Final = 1 << 11  # from a cell tagged `parameters`, the command line or a widget
    ENVIRONMENT: Final = 1 << 12  # from the environment, with or without a default

    # A conversion of a value (rounding predictions, slicing labels) keeps these.
    INHERITED: Final = LIMITED | TRAIN | TEST | PREDICTION | PROBABILITY | TARGET | METRIC | LLM | EXTERNAL | SECRET
    # A mere mention of a value among the arguments of an unknown call keeps only these.
    CONTAGIOUS: Final = LIMITED | TRAIN | TEST | PREDICTION | PROBABILITY | METRIC | LLM | EXTERNAL


class Literal(Struct, frozen=True, eq=False):
    """The constant in the source that a string value begins with: where a path would be mended."""

    cell: int
    node: ast.expr

    __repr__ = object.__repr__


Lineage = frozenset["Event"]
NO_LINEAGE: Final[Lineage] = frozenset()


class Value(Struct, frozen=True, eq=False, kw_only=True):
    """An abstract value. Treat it as frozen: derive another one with `evolve`.

    `name` is a qualified name when the value is a module, class or function ("pandas.read_csv");
    `type` is the qualified class when it is an instance ("pandas.DataFrame"); `prefix` is the known
    beginning of a string whose rest is unknown; `items` are the elements of a tuple or list, or the
    entries of a dict with constant keys; `lineage` are the events that it was derived from.
    """

    name: str | None = None
    type: str | None = None
    const: Any = MISSING
    prefix: str | None = None
    items: "tuple[Value, ...] | dict[Any, Value] | None" = None
    tags: int = 0
    lineage: "Lineage" = NO_LINEAGE
    literal: Literal | None = None
    definition: "Function | None" = None
    column: str | None = None

    def __repr__(self) -> str:
        shown = ", ".join(f"{slot}={getattr(self, slot)!r}" for slot in ("name", "type") if getattr(self, slot))
        constant = "" if self.const is MISSING else f" const={self.const!r}"
        return f"<Value {shown}{constant} tags={self.tags:b} lineage={len(self.lineage)}>"

    @property
    def is_known(self) -> bool:
        """Whether anything at all is known of what the value is."""
        return self.name is not None or self.type is not None or self.const is not MISSING or self.items is not None

    @property
    def text(self) -> str | None:
        """The whole string, if it is a constant string."""
        return self.const if isinstance(self.const, str) else None

    @property
    def head(self) -> str | None:
        """The string as far as it is known: all of a constant, the beginning of a formatted one."""
        return self.const if isinstance(self.const, str) else self.prefix

    @property
    def elements(self) -> "tuple[Value, ...]":
        """The elements of a tuple or list, or the values of a dict; empty when unknown."""
        if isinstance(self.items, dict):
            return tuple(self.items.values())
        return self.items or ()

    def has(self, tag: int) -> bool:
        """Whether any of these tags is set."""
        return bool(self.tags & tag)

    def evolve(self, **changes: Any) -> "Value":
        """The same value with some slots changed."""
        return replace(self, **changes)


UNKNOWN: Final = Value()


def merge_lineage(values: Iterable[Value]) -> Lineage:
    """The union of the values' lineages, sharing a set where one holds the others."""
    merged = NO_LINEAGE
    for value in values:
        lineage = value.lineage
        if lineage and lineage is not merged:
            if not merged or merged <= lineage:
                merged = lineage
            elif not lineage <= merged:
                merged = merged | lineage
    return merged


def merge_tags(values: Iterable[Value], mask: int) -> int:
    """The union of the values' tags, under a mask."""
    merged = 0
    for value in values:
        merged |= value.tags
    return merged & mask


def join(first: Value, second: Value) -> Value:
    """What is known when either of two values may stand here."""
    if first is second or second is UNKNOWN:
        return first
    if first is UNKNOWN:
        return second
    same_const = first.const is second.const or (
        first.const is not MISSING and type(first.const) is type(second.const) and first.const == second.const
    )
    return Value(
        name=first.name if first.name == second.name else first.name or second.name,
        type=first.type if first.type == second.type else first.type or second.type,
        const=first.const if same_const else MISSING,
        prefix=first.prefix if first.prefix == second.prefix else None,
        items=_join_items(first, second),
        tags=first.tags | second.tags,
        lineage=merge_lineage((first, second)),
        literal=first.literal or second.literal,
        definition=first.definition or second.definition,
        column=first.column if first.column == second.column else None,
    )


def _join_items(first: Value, second: Value) -> "tuple[Value, ...] | dict[Any, Value] | None":
    left, right = first.items, second.items
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return tuple(join(one, other) for one, other in zip(left, right, strict=True))
    return None
