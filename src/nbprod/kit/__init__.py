"""All that a rule may import: the base class, what a rule sees, and helpers to match and to fix."""

from nbprod.kit.blocks import events_in, later_uses, names_bound, shows, walk_block
from nbprod.kit.context import Context, Place
from nbprod.kit.failures import Hiding, Swallow, suppresses, swallows
from nbprod.kit.findings import INFO, Declined, Diagnosis, Plan, Severities
from nbprod.kit.http import Timeouts, timeout_parameter
from nbprod.kit.installs import Install, Requirement, installs
from nbprod.kit.namespace import UnseenNames
from nbprod.kit.randomness import Randomness, repeats, takes_number
from nbprod.kit.responses import Response, Responses
from nbprod.kit.rule import Example, Rule, on
from nbprod.notebook import Cell, Magic, Notebook
from nbprod.protocol import Confidence, Dimension, Edit, Safety, Severity, Span
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
    "BOUNDARIES", "INFO", "PROVIDED", "Access", "Binding", "Call", "Cell", "Confidence", "Context", "Declined",
    "Diagnosis", "Dimension", "Edit", "Event", "EventKind", "Example", "Function", "Hiding", "Install", "Literal",
    "Magic", "Notebook", "Place", "Plan", "Randomness", "Requirement", "Response", "Responses", "Rule", "Safety",
    "Severities", "Severity", "Span", "Stmt", "Swallow", "Tag", "Timeouts", "UnseenNames", "Use", "Value", "events_in",
    "installs", "is_a", "later_uses", "names_bound", "on", "repeats", "shows", "suppresses", "swallows", "takes_number",
    "timeout_parameter", "walk_block",
]  # fmt: skip
