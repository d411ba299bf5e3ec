"""One notebook that is being edited: asked again and again, it parses only the cells that changed.

The kernel's comm and the server's handler both answer with a `LiveNotebook`.
"""

import gc
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import msgspec

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration
from nbprod.errors import NbprodError
from nbprod.notebook import Cell, Notebook, live_notebook, tags_of
from nbprod.protocol import (
    PROTOCOL_VERSION,
    AnalyseRequest,
    Answer,
    CellText,
    Combined,
    CombineRequest,
    Failure,
    NeedCells,
    Profile,
    ReportAnswer,
    Request,
)
from nbprod.semantic.reuse import Memory

if TYPE_CHECKING:
    from nbprod.evidence import Witness

LONGEST_CELL: Final = 1_000_000
"""Characters; a longer cell is not analysed live."""
MOST_CELLS: Final = 10_000


class LiveNotebook:
    """Holds the cells between requests, and answers them. Thread-safe: one request at a time.

    Args:
        analyser: Who answers, for the panel to say: "kernel" or "server".
        witness: Who knows what the session holds that the notebook runs in; the server has none.

    Attributes:
        latest: The notebook as it was when a report was last asked for; None before that.
    """

    def __init__(self, analyser: str, witness: "Witness | None" = None) -> None:
        self._analyser = analyser
        self._witness = witness
        self._texts: dict[str, CellText] = {}
        self._cells: dict[str, tuple[CellText, Cell]] = {}
        self._memory = Memory()
        self._lock = Lock()
        self.latest: Notebook | None = None

    def answer(self, message: object) -> dict[str, Any]:
        """Answer a request given as JSON-like builtins, with builtins. Never raises."""
        asked = message.get("revision") if isinstance(message, Mapping) else None
        revision = asked if type(asked) is int else 0
        try:
            request: Request = msgspec.convert(message, Request)
        except (msgspec.ValidationError, UnicodeError) as error:  # half a surrogate pair is no Unicode
            failure: dict[str, Any] = msgspec.to_builtins(
                Failure(revision=revision, message=f"malformed request: {error}")
            )
            return failure
        try:
            answer = _refusal(request) or self._answer(request)
        except NbprodError as error:
            answer = Failure(revision=revision, message=str(error))
        except Exception as error:  # noqa: BLE001  -- the front end must hear of it; the user's kernel must not
            answer = Failure(revision=revision, message=f"nbprod failed: {type(error).__name__}: {error}")
        built: dict[str, Any] = msgspec.to_builtins(answer)
        return built

    def _answer(self, request: Request) -> Answer:
        if isinstance(request, CombineRequest):
            return _combined(request)
        with self._lock:
            return self._analysed(request)

    def _analysed(self, request: AnalyseRequest) -> Answer:
        started = time.perf_counter()
        for cell in request.changed:
            self._texts[cell.id] = self._with_outputs(cell)
        missing = tuple(name for name in request.order if name not in self._texts)
        if missing:
            return NeedCells(revision=request.revision, ids=missing)
        self.latest = notebook = live_notebook(request.path, request.metadata, self._in_order(request.order))
        with _collector_paused():
            checker = _current_checker(edits=request.edits)
            profile = request.profile or Profile.EXPLORE
            outcome = checker.check_notebook(notebook, profile, memory=self._memory, witness=self._witness)
        return ReportAnswer(
            revision=request.revision,
            report=msgspec.structs.replace(outcome.report, revision=request.revision),
            analyser=self._analyser,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )

    def _with_outputs(self, cell: CellText) -> CellText:
        """A cell that was sent, with the outputs that it had if none came with it."""
        known = self._texts.get(cell.id)
        if cell.outputs is not None or known is None:
            return cell
        return msgspec.structs.replace(cell, outputs=known.outputs)

    def _in_order(self, order: tuple[str, ...]) -> tuple[Cell, ...]:
        """The cells of the notebook, those that did not change with their syntax trees; others are forgotten."""
        texts = {name: self._texts[name] for name in order}
        cells = {name: self._cell(index, text) for index, (name, text) in enumerate(texts.items())}
        self._texts, self._cells = texts, cells
        return tuple(cell for _, cell in cells.values())

    def _cell(self, index: int, text: CellText) -> tuple[CellText, Cell]:
        before, known = self._cells.get(text.id, (None, None))
        if known is not None and before is text and known.index == index:
            return text, known
        source = text.source if len(text.source) <= LONGEST_CELL else ""
        cell = Cell(
            index=index,
            id=text.id,
            type=text.type,
            source=source,
            tags=tags_of(text.metadata),
            metadata=text.metadata,
            execution_count=text.execution_count,
            raw_outputs=json.dumps(text.outputs).encode() if text.outputs else b"",
        )
        is_same = known is not None and known.source == source and known.type == text.type
        return text, cell.sharing(known) if known is not None and is_same else cell


def _refusal(request: Request) -> Failure | None:
    """Why a request is not answered; None when it is."""
    if request.version != PROTOCOL_VERSION:
        text = f"the panel speaks version {request.version} of the protocol, this nbprod version {PROTOCOL_VERSION}"
        return Failure(revision=request.revision, message=f"{text}: install the same version in both places")
    if isinstance(request, AnalyseRequest) and len(request.order) > MOST_CELLS:
        return Failure(revision=request.revision, message=f"more than {MOST_CELLS} cells are not analysed live")
    return None


def _combined(request: CombineRequest) -> Combined:
    """Put fixes together as the command line does: only here is it known how imports and constants join."""
    from nbprod.kit.edit.merge import combine_fitting  # noqa: PLC0415  -- loaded when a fix is first wanted

    edits, taken = combine_fitting([fix.edits for fix in request.fixes])
    return Combined(revision=request.revision, edits=tuple(edits), taken=tuple(taken))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from looking through all that the user's session holds, again and again, while a
    model grows. It frees itself when it is done with.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@lru_cache(maxsize=2)
def _checker(_age: int, *, edits: bool) -> Checker:
    return Checker(Configuration(known_rules()), edits=edits)


def _current_checker(*, edits: bool) -> Checker:
    """A checker, made anew every ten seconds: the project's configuration may change."""
    return _checker(int(time.monotonic() // 10), edits=edits)
