"""All that a rule may import: the base class, what a rule sees, and helpers to match and to fix."""

from nbprod.kit.blocks import brief, events_in, later_uses, names_bound, only_shows, shows, walk_block
from nbprod.kit.context import Context, Place
from nbprod.kit.failures import Hiding, Swallow, suppresses, swallows
from nbprod.kit.findings import INFO, Declined, Diagnosis, Plan, Severities
from nbprod.kit.http import Timeouts, timeout_parameter
from nbprod.kit.installs import Install, Requirement, installs
from nbprod.kit.namespace import UnseenNames
from nbprod.kit.paths import PathKind, PathUse, local_paths, path_kind
from nbprod.kit.polling import polls_unbounded
from nbprod.kit.protection import Protection, Stake
from nbprod.kit.purpose import is_remote
from nbprod.kit.randomness import Randomness, repeats, takes_number
from nbprod.kit.records import Records
from nbprod.kit.responses import Response, Responses
from nbprod.kit.rule import Example, Rule, on
from nbprod.kit.secrets import Secret, SecretScanner, words_of
from nbprod.notebook import Cell, Magic, Notebook
from nbprod.patterns import lazy_pattern
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
    "Magic", "Notebook", "PathKind", "PathUse", "Place", "Plan", "Protection", "Randomness", "Records",
    "Requirement", "Response", "Responses", "Rule", "Safety", "Secret", "SecretScanner", "Severities", "Severity",
    "Span", "Stake", "Stmt", "Swallow", "Tag", "Timeouts", "UnseenNames", "Use", "Value", "brief", "events_in",
    "installs", "is_a", "is_remote", "later_uses", "lazy_pattern", "local_paths", "names_bound", "on", "only_shows",
    "path_kind", "polls_unbounded", "repeats", "shows", "suppresses", "swallows", "takes_number",
    "timeout_parameter", "walk_block", "words_of",
]  # fmt: skip
