"""What a notebook is for, decided once for all rules: does it deliver, does it only teach?"""

import re
from functools import cached_property
from pathlib import PurePath
from typing import Final

from nbprod.notebook import Notebook
from nbprod.semantic import BOUNDARIES, Event, EventKind, SemanticModel, Tag

_MUTATING: Final = frozenset({"post", "put", "patch", "delete"})
_EXERCISE: Final = {
    "markdown": re.compile(
        r"^\s*#+\s*(exercises?|your turn|quiz|homework|assignment|challenge|question\s*#?\d)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "code": re.compile(
        r"#\s*(your code here|todo: *(implement|your)|write your code|begin solution|end solution|start code here)",
        re.IGNORECASE,
    ),
}
_COURSE_PATH: Final = re.compile(
    r"(course|tutorial|lecture|lesson|workshop|homework|exercise|assignment|week[-_ ]?\d)", re.IGNORECASE
)
_TOY: Final = frozenset({"toy", "generated"})


class Purpose:
    """What the notebook delivers, and whether it is there to teach."""

    def __init__(self, notebook: Notebook, model: SemanticModel) -> None:
        self._notebook = notebook
        self._model = model

    @cached_property
    def deliveries(self) -> list[Event]:
        """The events that give something to others: a saved model, a written table, a deployment."""
        model = self._model
        mutating = [
            event for event in model.events_of(EventKind.HTTP) if event.detail in _MUTATING and not _asks(event)
        ]
        writing = [event for event in model.events_of(EventKind.DB) if event.detail == "write"]
        plain = model.events_of(EventKind.PERSIST, EventKind.WRITE, EventKind.SERVE)
        return sorted([*plain, *mutating, *writing], key=lambda event: event.order)

    @property
    def delivers(self) -> bool:
        """Whether anything leaves the notebook for others to use."""
        return bool(self.deliveries)

    @cached_property
    def boundaries(self) -> list[Event]:
        """Where the notebook touches something that can fail at run time, toys left out."""
        return [event for event in self._model.events_of(*BOUNDARIES) if event.detail not in _TOY]

    @cached_property
    def teaches(self) -> bool:
        """Whether at least two signs say that the notebook is there to teach."""
        return (
            sum((self._only_toys, self._has_exercises, self._has_grading, self._expects_errors, self._is_course)) >= 2
        )

    @property
    def _only_toys(self) -> bool:
        loads = self._model.events_of(EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.LLM)
        return bool(loads) and all(event.detail in _TOY for event in loads)

    @property
    def _has_exercises(self) -> bool:
        cells = self._notebook.cells
        return any(_EXERCISE[cell.type].search(cell.source) for cell in cells if cell.type in _EXERCISE)

    @property
    def _has_grading(self) -> bool:
        return any("nbgrader" in cell.metadata for cell in self._notebook.cells)

    @property
    def _expects_errors(self) -> bool:
        return any("raises-exception" in cell.tags for cell in self._notebook.cells)

    @property
    def _is_course(self) -> bool:
        return any(_COURSE_PATH.search(part) for part in PurePath(self._notebook.path).parts)

    @cached_property
    def capabilities(self) -> frozenset[str]:
        """What the notebook does, by which a dimension of the score counts as assessed."""
        kinds = {event.kind for event in self._model.events}
        found = {kind.value for kind in kinds}
        if kinds & BOUNDARIES:
            found.add("boundary")
        if self.delivers:
            found.add("delivers")
        return frozenset(found)


def _asks(event: Event) -> bool:
    """A POST whose answer is read asks a question (GraphQL, a model endpoint); it delivers nothing."""
    used = event.call.stmt.node
    return event.output.has(Tag.LLM) or type(used).__name__ in {"Assign", "AnnAssign", "Return", "With"}
