"""What becomes of a run when a boundary fails: is that provided for, and if not, is the error alone enough?"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Final

from nbprod.kit.blocks import TEARDOWN, last_name, nodes_in
from nbprod.kit.context import Context
from nbprod.kit.findings import HOLE
from nbprod.kit.http import Timeouts
from nbprod.kit.loads import TRIAL_FILE, loaded_path
from nbprod.kit.polling import polls_unbounded
from nbprod.kit.purpose import is_remote
from nbprod.kit.responses import Responses
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Stmt

_RETRIES: Final = lazy_pattern(r"retry|retries|backoff|tenacity|stamina|fallback", re.IGNORECASE)
_EXISTS: Final = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir", "lexists"})
_TRANSACTIONS: Final = frozenset({"begin", "begin_nested", "transaction", "atomic", "start_transaction"})
_CONNECTIONS: Final = ("sqlite3.Connection", "psycopg2.Connection", "psycopg.Connection", "dbapi.Connection")
# Clients that make one attempt; the SDKs of the clouds, OpenAI, Anthropic and the hubs make several.
_ONE_ATTEMPT: Final = (
    "requests.", "httpx.", "aiohttp.", "urllib.", "urllib3.", "wget.", "pandas.", "polars.", "geopandas.", "ftplib.",
    "smtplib.", "mistralai.", "cohere.", "ollama.", "tweepy.", "yfinance.", "praw.",
)  # fmt: skip
_WEB: Final = lazy_pattern(r"(https?|ftp)://", re.IGNORECASE)
# Calls to a service that only watch its work.
_WATCHES: Final = lazy_pattern(
    r"(wait|describe|list|retrieve|poll|start_logging)\w*|get|get_\w*(job|status|run|operation|task)\w*"
)
# Files whose content may be bad, though the file is there.
_PARSED: Final = frozenset(
    {"csv", "excel", "json", "parquet", "feather", "orc", "html", "xml", "geo", "hdf", "image", "audio", "svmlight"}
)
_MAPPERS: Final = frozenset(
    {"apply", "map", "applymap", "progress_apply", "parallel_apply", "map_elements", "imap", "imap_unordered",
     "starmap"}
)  # fmt: skip
_FEW: Final = 3
_SAMPLE: Final = 10


class Stake(StrEnum):
    """Why it is not enough to let an error end the run."""

    BATCH = "batch"  # one bad item of many loses the rest
    HALF_WRITTEN = "half-written"  # what was written before stays
    TRANSIENT = "transient"  # a remote call that is not tried again
    TRACEBACK = "traceback"  # nothing is at stake: the run fails loudly, if without a word on its input


class Protection:
    """Tells of each boundary whether its failure is provided for."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._timeouts = Timeouts(ctx)
        self._responses = Responses(ctx)
        self._waiting: dict[Stmt, bool] = {}
        self._repeated: dict[Stmt, dict[ast.Call, ast.expr]] = {}

    def lacking(self, event: Event) -> bool:
        """Whether nothing handles the failure of a boundary, and no other rule says so of it already."""
        if event.kind is EventKind.HTTP and (
            self._timeouts.lacking(event) or self._responses.checks(event) or self._retries_by_itself(event)
        ):
            return False
        if event.kind is EventKind.LOAD and self._is_looked_for(event.stmt):
            return False
        if any(self._waits_for_ever(place) for place in (event.stmt, *event.stmt.ancestors())):
            return False
        return not any(self._is_covered(stmt, event, depth=0) for stmt in self._places(event))

    def _waits_for_ever(self, place: Stmt) -> bool:
        if not isinstance(place.node, ast.While):
            return False
        if place not in self._waiting:
            self._waiting[place] = polls_unbounded(place.node, self._ctx)
        return self._waiting[place]

    def stake(self, event: Event) -> tuple[Stake, ast.expr | None]:
        """Why the error alone would not be enough, and the items that a failure at one of them puts at stake."""
        if _is_fragile(event):
            items = self._items(event.node, event.stmt, depth=0)
            if items is not None:
                return Stake.BATCH, items
        if event in self._second_writes:
            return Stake.HALF_WRITTEN, None
        if _is_transient(event):
            return Stake.TRANSIENT, None
        return Stake.TRACEBACK, None

    def is_template(self, event: Event) -> bool:
        """Whether what handles a failure is a fix of ours that nobody has filled in."""
        return any(self._is_template(outer) for outer in event.stmt.ancestors())

    # -- provided for -------------------------------------------------------------------------

    def _places(self, event: Event) -> Iterator[Stmt]:
        yield event.stmt
        if event.call.via is not None:
            yield event.call.via.stmt

    def _is_covered(self, stmt: Stmt, event: Event, depth: int) -> bool:
        """Whether something around a statement deals with a failure there."""
        place: Stmt | None = stmt
        while place is not None:
            outer = place.parent
            if outer is not None and self._handles(outer, place.slot, event):
                return True
            place = outer
        function = stmt.function
        if function is None:
            return False
        callers = self._callers.get(function.node, ())
        if depth >= 3 or not callers:
            return False
        return all(self._is_covered(call.stmt, event, depth + 1) for call in callers)

    def _handles(self, outer: Stmt, slot: str, event: Event) -> bool:
        node = outer.node
        if isinstance(node, ast.Try | ast.TryStar):
            return slot == "body" and not self._is_template(outer)
        if isinstance(node, ast.With | ast.AsyncWith):
            return any(self._rolls_back(item.context_expr, event) for item in node.items)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return any(_RETRIES.search(ast.unparse(decorator)) for decorator in node.decorator_list)
        return isinstance(node, ast.For) and bool(_RETRIES.search(ast.unparse(node.iter)))

    def _is_template(self, outer: Stmt) -> bool:
        if not isinstance(outer.node, ast.Try | ast.TryStar):
            return False
        cell = self._ctx.notebook.cells[outer.cell]
        spans = (cell.map.node_span(handler) for handler in outer.node.handlers)
        return any(HOLE in cell.source[start:end] for start, end in spans)

    def _rolls_back(self, manager: ast.expr, event: Event) -> bool:
        """`with engine.begin()`, `with connection` of the DB API, and whatever tries again or suppresses."""
        name = last_name(manager.func if isinstance(manager, ast.Call) else manager)
        if name == "suppress" or _RETRIES.search(name) or name == "attempt":
            return True
        writes = event.kind in {EventKind.DB, EventKind.WRITE}
        return writes and (name in _TRANSACTIONS or self._ctx.value(manager).type in _CONNECTIONS)

    @cached_property
    def _callers(self) -> dict[ast.AST, list[Call]]:
        found: dict[ast.AST, list[Call]] = defaultdict(list)
        model = self._ctx.model
        for call in model.all_calls if any(True for _ in model.functions) else ():
            if call.function.definition is not None:
                found[call.function.definition.node].append(call)
            elif call.method in _MAPPERS:
                for value in (*call.args, *call.keywords.values()):
                    if value.definition is not None:
                        found[value.definition.node].append(call)
        return found

    def _is_looked_for(self, stmt: Stmt) -> bool:
        """Whether the code asks whether the input is there: around the statement, or right before it."""
        outer = (place.node for place in stmt.ancestors() if isinstance(place.node, ast.If))
        before = stmt.block[max(0, stmt.index - 4) : stmt.index]
        tests = [node.test for node in (*outer, *before) if isinstance(node, ast.If | ast.Assert)]
        return any(
            isinstance(node, ast.Call) and last_name(node.func) in _EXISTS for test in tests for node in ast.walk(test)
        )

    def _retries_by_itself(self, event: Event) -> bool:
        """Whether the session was given an adapter that tries again."""
        adapters = self._ctx.model.calls("requests.adapters.HTTPAdapter")
        has_retries = any(call.passes(2, "max_retries") for call in adapters)
        return has_retries and event.call.receiver is not None

    # -- what is at stake ---------------------------------------------------------------------

    def _items(self, node: ast.Call, stmt: Stmt, depth: int) -> ast.expr | None:
        """What a call is repeated over, in a loop, a comprehension or a `map`, here or where it is reached."""
        if stmt not in self._repeated:
            self._repeated[stmt] = dict(_repetitions(stmt.node))
        within = self._repeated[stmt].get(node)
        if within is not None and not self._is_short(within):
            return within
        slot = stmt.slot
        for place in stmt.ancestors():
            outer = place.node
            if isinstance(outer, ast.For | ast.AsyncFor) and slot == "body" and not self._is_short(outer.iter):
                return outer.iter
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                return self._items_of_callers(outer, depth)
            slot = place.slot
        return None

    def _items_of_callers(self, function: ast.AST, depth: int) -> ast.expr | None:
        if depth >= 3:
            return None
        for call in self._callers.get(function, ())[:20]:
            if call.function.definition is not None and call.function.definition.node is function:
                items = self._items(call.node, call.stmt, depth + 1)
            else:
                items = _mapped(call.node)
            if items is not None:
                return items
        return None

    def _is_short(self, items: ast.expr) -> bool:
        """Whether items are a handful that the code itself names, or counts, or the cases of a trial run."""
        if isinstance(items, ast.Call) and items.args:
            name = last_name(items.func)
            if name in {"enumerate", "tqdm", "zip", "reversed", "sorted"}:
                return self._is_short(items.args[0])
            count = self._ctx.value(items.args[-1 if len(items.args) < 3 else 1]).const
            return name == "range" and isinstance(count, int) and count <= _FEW
        if isinstance(items, ast.List | ast.Tuple):
            return len(items.elts) <= _FEW
        if isinstance(items, ast.Subscript) and isinstance(items.slice, ast.Slice):  # a sample
            upper = self._ctx.value(items.slice.upper).const
            return items.slice.lower is None and isinstance(upper, int) and 0 <= upper <= _SAMPLE
        value = self._ctx.value(items)
        if any(event.kind is EventKind.LOAD and TRIAL_FILE.search(loaded_path(event)) for event in value.lineage):
            return True
        return isinstance(items, ast.Name) and isinstance(value.items, tuple) and 0 < len(value.items) <= _FEW

    @cached_property
    def _second_writes(self) -> frozenset[Event]:
        """The writes that a second run would make twice, but for the first of them."""
        return frozenset([event for event in self._ctx.purpose.deliveries if _adds(event)][1:])


def _is_fragile(event: Event) -> bool:
    """Whether one item of many may well fail: what is remote, and files that may hold anything."""
    is_file = event.kind in {EventKind.LOAD, EventKind.WRITE}
    if is_file and event.path is not None and event.path.text is not None:
        return False  # it is the same for every item
    if TEARDOWN.fullmatch(event.call.method) or (event.detail == "sdk" and _WATCHES.fullmatch(event.call.method)):
        return False
    if event.kind is EventKind.DB and event.call.name.startswith("dbapi."):
        return False  # it is one transaction: all rows or none
    match event.kind:
        case EventKind.LOAD:
            return event.detail in _PARSED or is_remote(event)
        case EventKind.WRITE:
            return event.detail in {"sql", "upload"} or is_remote(event)
    return event.kind in {EventKind.HTTP, EventKind.DB, EventKind.LLM}


def _is_transient(event: Event) -> bool:
    """Whether an event is a remote call that makes a single attempt."""
    if not event.call.name.startswith(_ONE_ATTEMPT) or event.detail == "sdk":
        return False
    if event.kind in {EventKind.HTTP, EventKind.LLM}:
        return True
    return event.path is not None and bool(_WEB.match(event.path.head or ""))


def _adds(event: Event) -> bool:
    """Whether an event adds rows somewhere, outside any transaction of the database's own."""
    if event.detail == "sql":
        mode = event.call.argument(None, "if_exists")
        return mode is not None and mode.const == "append"
    if event.kind is EventKind.DB:
        return event.call.method.startswith(("insert", "put"))
    return event.kind is EventKind.HTTP and event.detail == "post"


def _mapped(call: ast.Call) -> ast.expr | None:
    """The items that a `map` goes over: `frame` of `frame.apply(f)`, `urls` of `pool.map(f, urls)`."""
    if not isinstance(call.func, ast.Attribute) or len(call.args) > 1:
        return call.args[1] if len(call.args) > 1 else None
    return call.func.value


def _repetitions(node: ast.AST) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The calls of a simple statement that are made once for each of some items."""
    if hasattr(node, "body"):
        return
    for part in nodes_in(node):
        if isinstance(part, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            first = part.generators[0]
            once = set(ast.walk(first.iter))
            yield from (
                (call, first.iter) for call in ast.walk(part) if isinstance(call, ast.Call) and call not in once
            )
        elif isinstance(part, ast.Call) and last_name(part.func) in _MAPPERS:
            items = _mapped(part)
            for function in part.args:
                if items is not None and isinstance(function, ast.Lambda):
                    yield from ((call, items) for call in ast.walk(function) if isinstance(call, ast.Call))
