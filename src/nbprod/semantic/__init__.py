"""What the code of a notebook means: names, values and their lineage, events. Nothing is ever run."""

from nbprod.semantic.divisions import part_tag
from nbprod.semantic.facts import (
    BOUNDARIES,
    Access,
    Binding,
    Call,
    Event,
    EventKind,
    Function,
    FunctionNode,
    Stmt,
    Use,
)
from nbprod.semantic.library import (
    ENCODER,
    HUB_DATA,
    NO_TIMEOUT,
    STATELESS,
    SUPERVISED,
    Effect,
    Seed,
    canonical,
    function_effect,
    is_a,
    method_effect,
    type_info,
)
from nbprod.semantic.model import SemanticModel
from nbprod.semantic.values import MISSING, UNKNOWN, Lineage, Literal, Tag, Value
from nbprod.semantic.walk import PROVIDED

__all__ = [
    "BOUNDARIES", "ENCODER", "HUB_DATA", "MISSING", "NO_TIMEOUT", "PROVIDED", "STATELESS", "SUPERVISED", "UNKNOWN",
    "Access", "Binding", "Call", "Effect", "Event", "EventKind", "Function", "FunctionNode", "Lineage", "Literal",
    "Seed", "SemanticModel", "Stmt", "Tag", "Use", "Value", "canonical", "function_effect", "is_a", "method_effect",
    "part_tag", "type_info",
]  # fmt: skip
