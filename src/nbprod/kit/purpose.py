"""What a notebook is for, decided once for all rules: does it deliver, does it only teach?"""

import ast
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import PurePath
from typing import Final

from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern
from nbprod.semantic import BOUNDARIES, Event, EventKind, SemanticModel, Tag

DELIVERIES: Final = (EventKind.HTTP, EventKind.DB, EventKind.PERSIST, EventKind.WRITE, EventKind.SERVE)
"""What deliveries are among: a notebook that has none of these delivers nothing."""
_MUTATING: Final = frozenset({"post", "put", "patch", "delete"})
_EXERCISE: Final = {
    "markdown": lazy_pattern(
        r"^[ \t]*+#++[ \t]*+(exercises?|your turn|quiz|homework|assignment|challenge|question[ \t]*+#?\d)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "code": lazy_pattern(
        r"#\s*(your code here|todo: *(implement|your)|write your code|begin solution|end solution|start code here)",
        re.IGNORECASE,
    ),
}
_COURSE_PATH: Final = lazy_pattern(
    r"course|tutorial|lecture|lesson|workshop|homework|exercise|assignment|week[-_ ]?\d|chapter|^(ch|appendix)[-_ ]?\d",
    re.IGNORECASE,
)
_OWN_FILE: Final = lazy_pattern(
    r"^/?tmp/|\.(py|sh|sql|ya?ml|toml|cfg|ini|env|dockerfile|gitignore)$"
    r"|(^|/)(Dockerfile|requirements[\w-]*\.txt|(README|CHANGELOG|SKILL|AGENTS|CLAUDE)\.md)$"
)
_ADDED: Final = ("", ".npy", ".npz")  # `numpy.save` completes the name
_HANDED_OVER: Final = frozenset({"handle", "upload", "table", "sql"})
_NETWORK: Final = lazy_pattern(
    r"(https?|ftp|s3[an]?|gs|gcs|abfss?|adl|wasbs?|hdfs|azureml|dbfs|oci|hf):/", re.IGNORECASE
)
_PREPARING: Final = frozenset({"handle", "connect"})
_OPEN: Final = ("io.TextIOWrapper", "io.StringIO")  # what is read through them was opened, or is in memory
_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.LLM})
_TOY: Final = frozenset({"toy", "generated"})


class Purpose:
    """What the notebook delivers, and whether it is there to teach."""

    def __init__(self, notebook: Notebook, model: SemanticModel) -> None:
        self._notebook = notebook
        self._model = model

    @cached_property
    def deliveries(self) -> list[Event]:
        """The events that give something to others: a saved model, a written table, a deployment.

        Files that the notebook itself reads back, temporary ones, downloads, and scripts and settings
        that it writes for a job are for itself.
        """
        model = self._model
        mutating = [
            event for event in model.events_of(EventKind.HTTP) if event.detail in _MUTATING and not _asks(event)
        ]
        writing = [event for event in model.events_of(EventKind.DB) if event.detail == "write"]
        plain = model.events_of(EventKind.PERSIST, EventKind.WRITE, EventKind.SERVE)
        own = {event for event in model.events_of(EventKind.WRITE) if self._is_own_file(event)}
        handles = [event for event in plain if event.detail == "handle"]
        own |= {opened for event in handles if _is_download(event) for opened in _opened(event)}
        own |= {event for event in handles if _opened(event) & own}
        live = (event for event in (*plain, *mutating, *writing) if event not in own and _is_live(event))
        return sorted(live, key=lambda event: event.order)

    def _is_own_file(self, event: Event) -> bool:
        path = event.path.head if event.path is not None else None
        if path is None or event.detail in _HANDED_OVER:
            return False
        is_whole = event.path is not None and event.path.text is not None
        if _OWN_FILE.search(path):
            return True
        return is_whole and any(self._last_read.get(path + suffix, -1) > event.order for suffix in _ADDED)

    @cached_property
    def _last_read(self) -> dict[str, int]:
        """The place in the order of events at which a file is last read."""
        loads = self._model.events_of(EventKind.LOAD)
        return {event.path.text: event.order for event in loads if event.path is not None and event.path.text}

    @property
    def delivers(self) -> bool:
        """Whether anything leaves the notebook for others to use."""
        return bool(self.deliveries)

    @cached_property
    def boundaries(self) -> list[Event]:
        """Where the notebook touches something that can fail at run time, each call once.

        Toys are left out, and so is what only prepares a boundary, and what no call reaches.
        """
        found: dict[ast.Call, Event] = {}
        for event in self._model.events_of(*BOUNDARIES):
            is_open = event.path is not None and event.path.type in _OPEN
            if event.detail not in _TOY | _PREPARING and not is_open and _is_live(event):
                found.setdefault(event.node, event)
        return list(found.values())

    @cached_property
    def exposed(self) -> list[Event]:
        """The boundaries that an absence rule asks about: none while data is only looked at, or when it teaches."""
        at_stake = self.delivers or any(
            event.kind is not EventKind.LOAD or is_remote(event) for event in self.boundaries
        )
        if self.teaches or not (at_stake or self._model.events_of(EventKind.FIT)):
            return []
        return self.boundaries

    def delivered(self, event: Event) -> Event | None:
        """The delivery that an event is, or feeds."""
        return self._fed.get(event)

    def foremost(self, events: Sequence[Event]) -> tuple[Event, list[Event]]:
        """The event that an absence rule speaks of, on the way to a delivery if one is, and all others."""
        first = next((event for event in events if self.delivered(event) is not None), events[0])
        return first, [event for event in events if event is not first]

    @cached_property
    def _fed(self) -> dict[Event, Event]:
        found = {delivery: delivery for delivery in self.deliveries}
        for delivery in self.deliveries:
            for source in delivery.lineage:
                if source.kind in _SOURCES and source.detail != "sdk":
                    found.setdefault(source, delivery)
        return found

    @cached_property
    def teaches(self) -> bool:
        """Whether at least two signs say that the notebook is there to teach."""
        signs = sum((self._only_toys, self._has_grading, self._expects_errors, self._is_course))
        return signs >= 2 or (signs == 1 and self.has_exercises)  # the last takes longest to find out

    @property
    def _only_toys(self) -> bool:
        """Whether all data come from libraries, or are read back; a model that is loaded is none."""
        loads = self._model.events_of(EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.LLM)
        data = [event for event in loads if event.detail != "model"]
        return bool(data) and all(event.detail in _TOY or self._reads_own(event) for event in data)

    def _reads_own(self, event: Event) -> bool:
        """Whether an event reads back what the notebook itself wrote."""
        return event.kind is EventKind.LOAD and event.path is not None and event.path.text in self._written

    @cached_property
    def _written(self) -> set[str]:
        """The files that the notebook writes."""
        writes = self._model.events_of(EventKind.WRITE, EventKind.PERSIST)
        found = {event.path.text: event.detail for event in writes if event.path is not None and event.path.text}
        return {*found, *(f"{path}.npy" for path, kind in found.items() if kind == "npy")}  # as NumPy calls them

    @cached_property
    def has_exercises(self) -> bool:
        """Whether it sets its readers tasks, and may leave blanks for them."""
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
        if any(cell.tree is not None and cell.tree.body for cell in self._notebook.code_cells):
            found.add("code")
        if kinds & BOUNDARIES:
            found.add("boundary")
        if self.delivers:
            found.add("delivers")
        return frozenset(found)


def _is_live(event: Event) -> bool:
    """Whether any call reaches the code that an event stands in."""
    function = event.stmt.function
    return function is None or function.reached


def is_remote(event: Event) -> bool:
    """Whether an event goes over the network."""
    if event.kind in {EventKind.HTTP, EventKind.LLM, EventKind.SERVE} or event.detail == "hub":
        return True
    return event.path is not None and bool(_NETWORK.match(event.path.head or ""))


def _asks(event: Event) -> bool:
    """A POST whose answer is read asks a question (GraphQL, a model endpoint); it delivers nothing."""
    statement = event.call.stmt.node
    done = statement.value if isinstance(statement, ast.Expr) else None
    return event.output.has(Tag.LLM) or (done.value if isinstance(done, ast.Await) else done) is not event.node


def _is_download(event: Event) -> bool:
    """Whether a response is put into a file as it came: `f.write(response.content)`."""
    data = event.node.args[0] if event.node.args else None
    return (
        isinstance(data, ast.Attribute)
        and data.attr in {"content", "text"}
        and any(source.kind is EventKind.HTTP for source in event.lineage)
    )


def _opened(event: Event) -> frozenset[Event]:
    """The events that opened the file that an event writes into."""
    return event.path.lineage if event.path is not None else frozenset()
