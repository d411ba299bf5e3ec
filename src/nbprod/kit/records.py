"""What a run leaves behind: which steps are followed by a log record, and whether anybody would see it."""

import ast
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Stmt

_LEVELS: Final = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "success"}
)
_SEEN_ANYWAY: Final = frozenset({"warning", "warn", "error", "exception", "critical", "fatal"})
_LOGGER: Final = lazy_pattern(r"_*(root_?)?log(ger|ging)?_*", re.IGNORECASE)
_OWN_OUTPUT: Final = ("loguru.", "structlog.", "opentelemetry.", "logzero.")
_TRACED: Final = lazy_pattern(r"\b(LANGCHAIN_TRACING(_V2)?|LANGSMITH_TRACING)\b")
_TRACKERS: Final = frozenset(
    {"SummaryWriter", "TensorBoard", "CSVLogger", "TensorBoardLogger", "MLFlowLogger", "WandbLogger", "NeptuneLogger",
     "CometLogger", "WandbCallback", "MLflowCallback", "set_global_handler"}
)  # fmt: skip
_REPORTING: Final = frozenset(  # settings of trainers, which report to trackers when they are told to
    {"TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig", "ORPOConfig", "GRPOConfig"}
)
_AFTER: Final = 10
_BEFORE: Final = 3


class Records:
    """Tells of each boundary whether the run leaves a record of it.

    A tracker (MLflow, W&B) records the run as a whole. A log record counts where it stands in the ten
    statements after the boundary, right before it, in the same function, or in the handler of its `try`;
    and only if somebody sees it: a handler is set up, or the level is one that is always shown.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    @cached_property
    def tracked(self) -> bool:
        """Whether a tracker or tracer records the run."""
        if any(event.detail == "tracker" for event in self._ctx.model.events_of(EventKind.LOG)):
            return True
        if any(map(_tracks, self._ctx.model.calls_named((_TRACKERS | _REPORTING).__contains__))):
            return True
        return any("_TRACING" in cell.source and _TRACED.search(cell.source) for cell in self._ctx.cells)

    @property
    def leaves_any(self) -> bool:
        """Whether the run leaves any record at all that somebody would see."""
        return self.tracked or any(self._is_seen(call) for call in self._calls)

    @cached_property
    def unseen(self) -> Call | None:
        """A log call that shows nothing, because logging is never set up."""
        return next((call for call in self._calls if not self._is_seen(call)), None)

    @cached_property
    def is_set_up(self) -> bool:
        """Whether the notebook says where the standard library's log records go."""
        return any(event.detail == "configure" for event in self._ctx.model.events_of(EventKind.LOG))

    def covers(self, event: Event) -> bool:
        """Whether a record is left of a boundary."""
        return self.tracked or self._stands_by(event, self._seen)

    def would_cover(self, event: Event) -> bool:
        """Whether one would be left if logging were set up."""
        return self.tracked or self._stands_by(event, self._all)

    # -- the log calls ------------------------------------------------------------------------

    @cached_property
    def _calls(self) -> list[Call]:
        events = self._ctx.model.events_of(EventKind.LOG)
        known = [event.call for event in events if event.detail == "call"]
        by_name = [call for call in self._ctx.model.calls_named(_LEVELS.__contains__) if _is_log_call(call)]
        found = {call.node: call for call in (*known, *by_name)}.values()
        return sorted(found, key=lambda call: (call.cell, call.node.lineno, call.node.col_offset))

    def _is_seen(self, call: Call) -> bool:
        """Whether a record goes anywhere. A logger that the project made is set up there."""
        if self.is_set_up or not call.name.startswith("logging."):
            return True
        return call.method in _SEEN_ANYWAY

    # -- where they stand ---------------------------------------------------------------------

    @cached_property
    def _all(self) -> "_Places":
        return _Places(self._calls)

    @cached_property
    def _seen(self) -> "_Places":
        return _Places([call for call in self._calls if self._is_seen(call)])

    def _stands_by(self, event: Event, places: "_Places") -> bool:
        via = event.call.via
        return self._is_logged(event.stmt, places) or (via is not None and self._is_logged(via.stmt, places))

    def _is_logged(self, stmt: Stmt, places: "_Places") -> bool:
        if stmt.function is not None and stmt.function.node in places.functions:
            return True
        place: Stmt | None = stmt
        while place is not None:
            if place.node in places.statements:
                return True
            place = place.parent if place.parent is not None and isinstance(place.parent.node, ast.Try) else None
        before = stmt.block[max(0, stmt.index - _BEFORE) : stmt.index]
        return any(node in places.statements for node in (*before, *self._ctx.model.following(stmt, _AFTER)))


def _tracks(call: Call) -> bool:
    """Whether a call sets up a tracker: `TensorBoard()`, `TrainingArguments(report_to="wandb")`."""
    if call.method not in _REPORTING:
        return True
    told = call.keywords.get("report_to")
    return (
        told is not None and told.const != "none" and not all(item.const == "none" for item in told.elements or [told])
    )


class _Places:
    """The functions that log, and the statements that do, hold one that does, or call a function that does."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self.functions: set[ast.AST] = set()
        self.statements: set[ast.AST] = set()
        for call in calls:
            if call.stmt.function is not None:
                self.functions.add(call.stmt.function.node)
            self._add(call.stmt)
            if call.via is not None:
                self._add(call.via.stmt)

    def _add(self, stmt: Stmt) -> None:
        self.statements.add(stmt.node)
        for outer in stmt.ancestors():
            if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                break
            self.statements.add(outer.node)


def _is_log_call(call: Call) -> bool:
    """`log.info(…)` on something of unknown make that is called a logger."""
    function = call.node.func
    if not isinstance(function, ast.Attribute) or function.attr not in _LEVELS or call.name.startswith(_OWN_OUTPUT):
        return False
    owner = call.receiver.type if call.receiver is not None else None
    return owner is None and bool(_LOGGER.fullmatch(last_name(function.value)))
