"""How often a notebook asks a language model, and whether anything bounds that."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.language_models import language_models
from nbprod.kit.protection import Protection, Stake
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Stmt, Tag

_DATA: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_TABLES: Final = ("pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.Series", "datasets.Dataset",
                  "pandas.GroupBy")  # fmt: skip
_SIZED: Final = (*_TABLES, "builtins.list", "builtins.dict", "builtins.tuple", "numpy.ndarray")
_ROWS: Final = frozenset({"iterrows", "itertuples", "items", "to_dict", "tolist", "values", "keys", "iter_rows"})
_PART: Final = frozenset({"head", "sample", "islice", "take", "limit", "nlargest", "nsmallest", "tail"})
_WRAPPERS: Final = frozenset({"enumerate", "tqdm", "zip", "list", "reversed", "sorted", "trange", "track", "len",
                              "range", "set"})  # fmt: skip
_SEARCHES: Final = frozenset(
    {"invoke", "get_relevant_documents", "similarity_search", "similarity_search_with_score", "retrieve", "search",
     "query", "max_marginal_relevance_search", "ainvoke"}
)  # fmt: skip
_LOCAL: Final = ("transformers.", "ollama.", "llama_index.llms.ollama.")  # a call costs time, but no money
_WAITS: Final = frozenset({"sleep", "acquire"})
_BOUNDS: Final = lazy_pattern(
    r"cache|memo|semaphore|limiter|rate_?limit|throttl|budget|max_calls|checkpoint", re.IGNORECASE
)
_CACHES: Final = frozenset(
    {"set_llm_cache", "InMemoryCache", "SQLiteCache", "RedisCache", "GPTCache", "SQLAlchemyCache"}
)
_LEAVES: Final = frozenset({EventKind.WRITE, EventKind.PERSIST})


class RowCalls(Struct, eq=False):
    """A call of a language model that is made for each of some items.

    `at` is what asks, as it stands in the loop; `items` is what the loop goes over, and `sized` the part of that
    whose length says how many calls there will be, if there is one.
    """

    cell: int
    node: ast.expr
    event: Event
    loop: Stmt
    items: ast.expr
    sized: ast.expr | None


class Budgets:
    """Tells which calls of language models are made once for every row of data, without a bound."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def unbounded(self) -> Iterator[RowCalls]:
        """One for each loop."""
        asks = language_models(self._ctx).asks
        if not asks or self._is_cached():
            return
        protection = Protection(self._ctx)
        seen: set[ast.expr] = set()
        for event in asks:
            if event.call.name.startswith(_LOCAL):
                continue
            stake, items = protection.stake(event)
            if stake is not Stake.BATCH or items is None or items in seen or not self._is_data(items):
                continue
            seen.add(items)
            loop = self._loop(items)
            if loop is not None and not self._is_found(loop, items) and not self._is_bounded(loop, items, event):
                at = self._asking(loop, event) or items
                yield RowCalls(loop.cell, at, event, loop, items, self._sized(items))

    # -- what is gone through -----------------------------------------------------------------

    def _is_data(self, items: ast.expr) -> bool:
        """Whether items come from a file, a table or a service, and not from the model or the code."""
        while isinstance(items, ast.Call) and items.args and last_name(items.func) in _WRAPPERS:
            items = items.args[-1 if last_name(items.func) == "range" else 0]
        value = self._ctx.value(items)
        if value.has(Tag.LLM | Tag.LIMITED) or value.text is not None:
            return False
        loaded = any(event.kind in _DATA and event.detail not in {"toy", "handle"} for event in value.lineage)
        return loaded or value.type in _TABLES or last_name(getattr(items, "func", None)) in {"iterrows", "itertuples"}

    def _is_found(self, loop: Stmt, items: ast.expr) -> bool:
        """Whether items are the few that a search gave, as many as it was told to."""
        if not isinstance(items, ast.Name):
            return _searches(items)
        place = loop.function.node if loop.function is not None else self._ctx.notebook.cells[loop.cell].tree
        bound = [binding.stmt.node for binding in self._ctx.model.bindings(items.id) if binding.stmt is not None]
        nodes = [*bound, *(ast.walk(place) if place is not None else ())]
        return any(
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == items.id for target in node.targets)
            and _searches(node.value)
            for node in nodes
        )

    def _sized(self, items: ast.expr) -> ast.expr | None:
        """`frame` of `enumerate(frame.iterrows())`."""
        while isinstance(items, ast.Call):
            name = last_name(items.func)
            if name in _WRAPPERS and items.args:
                items = items.args[-1] if name == "range" else items.args[0]
            elif name in _ROWS and isinstance(items.func, ast.Attribute):
                items = items.func.value
            else:
                return None
        known = self._ctx.value(items)
        plain = isinstance(items, ast.Name | ast.Attribute | ast.Subscript)
        return items if plain and known.type in _SIZED else None

    def _loop(self, items: ast.expr) -> Stmt | None:
        """The statement that goes through items."""
        for cell in self._ctx.cells:
            for node in ast.walk(cell.tree) if cell.tree is not None else ():
                if isinstance(node, ast.For | ast.AsyncFor):
                    found = node.iter is items
                else:
                    simple = isinstance(node, ast.stmt) and not hasattr(node, "body")
                    found = simple and any(part is items for part in ast.walk(node))
                if found:
                    return self._ctx.stmt(node)
        return None

    def _asking(self, loop: Stmt, event: Event) -> ast.expr | None:
        """What asks the model in the loop: the call itself, or that of the function around it."""
        function = event.stmt.function
        for part in ast.walk(loop.node):
            if part is event.node:
                return event.node
            call = self._ctx.call(part) if isinstance(part, ast.Call) else None
            if call is not None and function is not None:
                given = (call.function, *call.args, *call.keywords.values())
                if any(value.definition is function for value in given):
                    return call.node
        return None

    # -- what bounds it -----------------------------------------------------------------------

    def _is_bounded(self, loop: Stmt, items: ast.expr, event: Event) -> bool:
        parts = list(ast.walk(items))
        if any(isinstance(part, ast.Slice) and part.upper is not None for part in parts):
            return True
        if any(isinstance(part, ast.Call) and last_name(part.func) in _PART for part in parts):
            return True
        bodies = [loop.node, *([event.stmt.function.node] if event.stmt.function is not None else [])]
        if any(_bounds(node) for body in bodies for node in _outside_handlers(body)):
            return True
        return self._leaves_traces(loop) or self._is_counted_before(loop)

    def _leaves_traces(self, loop: Stmt) -> bool:
        """Whether each turn, or some of them, write down what there is."""
        inside = set(ast.walk(loop.node)) if hasattr(loop.node, "body") else set()
        return any(
            event.node in inside and (event.kind in _LEAVES or event.detail == "write")
            for event in self._ctx.model.events_of(EventKind.WRITE, EventKind.PERSIST, EventKind.DB)
        )

    def _is_counted_before(self, loop: Stmt) -> bool:
        """`if len(rows) > MAX_CALLS: raise …` above the loop."""
        above = loop.block[: loop.index]
        return any(isinstance(node, ast.If | ast.Assert) and _measures(node) for node in above)

    def _is_cached(self) -> bool:
        """Whether the framework keeps answers."""
        return any(call.method in _CACHES for call in self._ctx.model.all_calls)


def _searches(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _SEARCHES


def _bounds(node: ast.AST) -> bool:
    match node:
        case ast.Break():
            return True
        case ast.Call(func=function) if last_name(function) in _WAITS:
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _BOUNDS.search(name) is not None
        case ast.If(test=ast.Compare(ops=[ast.In() | ast.NotIn()]), body=[ast.Continue()]):
            return True
    return False


def _outside_handlers(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those of exception handlers: to wait there is to try again."""
    pending = [node]
    while pending:
        part = pending.pop()
        yield part
        pending.extend(child for child in ast.iter_child_nodes(part) if not isinstance(child, ast.ExceptHandler))


def _measures(node: ast.If | ast.Assert) -> bool:
    lengths = any(isinstance(part, ast.Call) and last_name(part.func) == "len" for part in ast.walk(node.test))
    stops = isinstance(node, ast.Assert) or any(isinstance(item, ast.Raise) for item in node.body)
    return lengths and stops
