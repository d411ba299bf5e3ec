"""What every rule needs; `nbprod.kit` gives it away."""

from nbprod.kit.context import Context, Place
from nbprod.kit.findings import INFO, Declined, Diagnosis, Plan, Severities
from nbprod.kit.rule import Example, Rule, on
from nbprod.notebook import Cell, Magic, Notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Action, Confidence, Dimension, Edit, Safety, Severity, Span
from nbprod.semantic import (
    BOUNDARIES,
    PROVIDED,
    Access,
    Binding,
    Call,
    Event,
    EventKind,
    Function,
    Literal,
    Stmt,
    Tag,
    Use,
    Value,
    is_a,
)

__all__ = [
    "BOUNDARIES", "INFO", "PROVIDED", "Access", "Action", "Binding", "Call", "Cell", "Confidence", "Context",
    "Declined", "Diagnosis", "Dimension", "Edit", "Event", "EventKind", "Example", "Function", "Literal", "Magic",
    "Notebook", "Place", "Plan", "Rule", "Safety", "Severities", "Severity", "Span", "Stmt", "Tag", "Use", "Value",
    "is_a", "lazy_pattern", "on",
]  # fmt: skip
