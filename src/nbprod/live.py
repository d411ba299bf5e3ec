"""One notebook that is being edited: asked again and again, it parses only the cells that changed.

The kernel's comm and the server's handler both answer with a `LiveNotebook`.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import msgspec

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration
from nbprod.errors import NbprodError
from nbprod.notebook import Cell, live_notebook
from nbprod.protocol import (
    PROTOCOL_VERSION,
    AnalyseRequest,
    Answer,
    CellText,
    Failure,
    NeedCells,
    Profile,
    ReportAnswer,
)

LONGEST_CELL: Final = 1_000_000
"""Characters; a longer cell is not analysed live."""
MOST_CELLS: Final = 10_000


class LiveNotebook:
    """Holds the cells between requests, and answers them. Thread-safe: one request at a time.

    Args:
        analyser: Who answers, for the panel to say: "kernel" or "server".
    """

    def __init__(self, analyser: str) -> None:
        self._analyser = analyser
        self._texts: dict[str, CellText] = {}
        self._cells: dict[str, Cell] = {}
        self._lock = Lock()

    def answer(self, message: object) -> dict[str, Any]:
        """Answer a request given as JSON-like builtins, with builtins. Never raises."""
        revision = message.get("revision", 0) if isinstance(message, Mapping) else 0
        try:
            request = msgspec.convert(message, AnalyseRequest)
            with self._lock:
                answer = self._answer(request)
        except msgspec.ValidationError as error:
            answer = Failure(
                revision=revision if isinstance(revision, int) else 0, message=f"malformed request: {error}"
            )
        except NbprodError as error:
            answer = Failure(revision=request.revision, message=str(error))
        except Exception as error:  # noqa: BLE001  -- the front end must hear of it; the user's kernel must not
            message = f"nbprod failed: {type(error).__name__}: {error}"
            answer = Failure(revision=request.revision, message=message)
        built: dict[str, Any] = msgspec.to_builtins(answer)
        return built

    def _answer(self, request: AnalyseRequest) -> Answer:
        started = time.perf_counter()
        if request.version != PROTOCOL_VERSION:
            text = f"the panel speaks version {request.version} of the protocol, this nbprod version {PROTOCOL_VERSION}"
            return Failure(revision=request.revision, message=f"{text}: install the same version in both places")
        if len(request.order) > MOST_CELLS:
            return Failure(revision=request.revision, message=f"more than {MOST_CELLS} cells are not analysed live")
        self._texts.update((cell.id, cell) for cell in request.changed)
        missing = tuple(name for name in request.order if name not in self._texts)
        if missing:
            return NeedCells(revision=request.revision, ids=missing)
        notebook = live_notebook(request.path, request.metadata, self._in_order(request.order))
        report = _current_checker().check_notebook(notebook, request.profile or Profile.EXPLORE).report
        return ReportAnswer(
            revision=request.revision,
            report=msgspec.structs.replace(report, revision=request.revision),
            analyser=self._analyser,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )

    def _in_order(self, order: tuple[str, ...]) -> tuple[Cell, ...]:
        """The cells of the notebook, those that did not change with their syntax trees; others are forgotten."""
        kept = {name: self._texts[name] for name in order}
        cells = tuple(self._cell(index, text) for index, text in enumerate(kept.values()))
        self._texts = kept
        self._cells = {cell.id or "": cell for cell in cells}
        return cells

    def _cell(self, index: int, text: CellText) -> Cell:
        known = self._cells.get(text.id)
        source = text.source if len(text.source) <= LONGEST_CELL else ""
        same = known is not None and known.source == source and known.type == text.type
        if known is not None and same and known.index == index and known.tags == text.tags:
            return known
        cell = Cell(
            index=index,
            id=text.id,
            type=text.type,
            source=source,
            tags=text.tags,
            metadata={"tags": list(text.tags)},
            execution_count=text.execution_count,
        )
        return cell.sharing(known) if known is not None and same else cell


@lru_cache(maxsize=1)
def _checker(_age: int) -> Checker:
    return Checker(Configuration(known_rules()), edits=True)


def _current_checker() -> Checker:
    """A checker, made anew every ten seconds: the project's configuration may change."""
    return _checker(int(time.monotonic() // 10))
