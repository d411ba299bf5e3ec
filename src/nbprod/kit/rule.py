"""The base class of all rules. A rule is one file: a class, its documentation, its examples."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any, ClassVar, Final, Literal, Protocol, Self, TypeVar

from msgspec import Struct

from nbprod.errors import RuleError
from nbprod.kit.context import Context, Place
from nbprod.kit.findings import Diagnosis, Plan, Severities
from nbprod.notebook import Magic, Notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Confidence, Dimension, Related, Safety
from nbprod.semantic import Call, EventKind

Trigger = type[ast.AST] | EventKind | str | type[Notebook] | type[Call]
"""What calls a handler: a node type, a kind of event, the qualified name of a called function, every
call (`Call`), or, once for the whole notebook, `Notebook`."""

Need = Trigger | type[Magic]
"""What a handler may need: what may trigger it, `Magic` for any, "%sql" for one, "import requests", or `SESSION`."""

SESSION: Final = "a session"
"""A kernel that can be asked what it holds: `ctx.runtime` is not None."""

_NODE: Final = "node:"
M = TypeVar("M", bound=Callable[..., Iterator[Diagnosis]])


def key_of(need: Need) -> str:
    """What stands for a need in the index of the rules."""
    if isinstance(need, EventKind):
        return f"EventKind.{need.name}"
    if isinstance(need, str):
        return need
    return f"{_NODE}{need.__name__}" if issubclass(need, ast.AST) else need.__name__


class Handler(Struct, frozen=True):
    """A method of a rule: what calls it, and what must be in the notebook for that, at least one of them."""

    trigger: Trigger
    method: str
    needs: frozenset[str]


def on(*triggers: Trigger, needs: Iterable[Need] = ()) -> Callable[[M], M]:
    """Mark a method of a rule as the handler of some triggers.

    It is called with the node, event, call or notebook, and the context; with `needs`, only in notebooks that have
    at least one of these, since it would have nothing to say about others. A rule whose handlers all lack what they
    need is not even imported.
    """
    needed = frozenset(map(key_of, needs))

    def mark(method: M) -> M:
        method.__dict__["calls"] = [(trigger, needed or frozenset({key_of(trigger)})) for trigger in triggers]
        return method

    return mark


class Example(Struct, frozen=True):
    """A fenced example of a rule's page: `kind` is "bad", "fixed" or "good"; `words` follow it:
    the safety of the fix that gives `fixed`, or `explore` for the profile to check under.
    """

    kind: str
    source: str
    words: tuple[str, ...] = ()


_FENCE: Final = lazy_pattern(r"^```nb (\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORD: Final = lazy_pattern(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def examples_in(page: str) -> list[Example]:
    """The examples of a Markdown page, in order."""
    return [Example(kind, source.rstrip("\n"), tuple(words.split())) for kind, words, source in _FENCE.findall(page)]


class _Page:
    """The docstring of a rule without its indentation: most runs read none."""

    def __get__(self, rule: object, owner: type) -> str:
        return cleandoc(owner.__doc__ or "")


class Listed(Protocol):
    """What stands for a rule as long as nobody needs its class: a line of the index, or the class itself."""

    @property
    def name(self) -> str:
        """The rule's name."""

    @property
    def dimension(self) -> Dimension:
        """What it is about."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Its options with their defaults."""

    @property
    def needs(self) -> frozenset[str]:
        """The facts of which a notebook must have one, or the rule has nothing to say."""

    @property
    def nodes(self) -> frozenset[str]:
        """The types of the nodes that its handlers are called with, or need."""

    @property
    def written_files(self) -> str:
        """What it does with the Python files that cells write: "ignore", "check", or "fix" them, too."""

    def load(self) -> "type[Rule]":
        """The class."""


class Rule:
    """A smell that nbprod looks for.

    Subclasses set the class attributes, carry a Markdown docstring with the sections "Why is this
    bad?", "Examples", "Fix safety" (if they fix) and "References", and yield a `Diagnosis` from
    methods marked with `on`. One instance is made for each notebook, so a rule may keep state.
    """

    dimension: ClassVar[Dimension]
    severity: ClassVar[Severities]
    confidence: ClassVar[Confidence] = Confidence.HIGH
    since: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    """The rule's options with their defaults; set by `[tool.nbprod.rules.<name>]`."""
    written_files: ClassVar[Literal["ignore", "check", "fix"]] = "ignore"
    """What it does with the Python files that cells write: look at them, if one call or value is all that it needs to
    see, and fix them, if its fixes need neither imports nor a parameters cell."""
    absence: ClassVar[bool] = False
    """It reports what is missing from the notebook as a whole: no mark in the cell, and one
    fingerprint for the notebook."""

    name: ClassVar[str]
    doc = _Page()
    handlers: ClassVar[tuple[Handler, ...]]
    needs: ClassVar[frozenset[str]]
    nodes: ClassVar[frozenset[str]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = "-".join(word.lower() for word in _WORD.findall(cls.__name__))
        cls.handlers = tuple(
            Handler(trigger, attribute, needs)
            for base in reversed(cls.__mro__)
            for attribute, method in vars(base).items()
            for trigger, needs in getattr(method, "calls", ())
        )
        if not cls.handlers:
            raise RuleError(f"{cls.__name__} has no method marked with @on: nothing would ever call it")
        cls.needs = frozenset(key for handler in cls.handlers for key in handler.needs)
        keys = {*cls.needs, *(key_of(handler.trigger) for handler in cls.handlers)}
        cls.nodes = frozenset(key.removeprefix(_NODE) for key in keys if key.startswith(_NODE))

    @classmethod
    def load(cls) -> type[Self]:
        """The class itself, which stands for the rule where it was not found by the index."""
        return cls

    @classmethod
    def summary(cls) -> str:
        """The first line of the page."""
        return cls.doc.partition("\n")[0]

    @classmethod
    def examples(cls) -> list[Example]:
        """The examples of the page, in order."""
        return examples_in(cls.doc)

    @classmethod
    def safeties(cls) -> tuple[Safety, ...]:
        """The safety of the fixes that the examples show, so that the metadata can't lie."""
        shown = {word for example in cls.examples() if example.kind == "fixed" for word in example.words}
        return tuple(safety for safety in Safety if safety.value in shown)

    def finding(
        self,
        ctx: Context,
        at: Place,
        message: str,
        *,
        fixes: Sequence[Plan] = (),
        related: Sequence[tuple[Place, str]] = (),
        **details: Any,
    ) -> Diagnosis:
        """A diagnosis at a place; `details` are further fields of `Diagnosis`."""
        notes = tuple(Related(span=ctx.span(place), note=note) for place, note in related)
        if self.absence:
            details.setdefault("anchor", "")
        return Diagnosis(at=ctx.span(at), message=message, plans=tuple(fixes), related=notes, **details)
