"""How often a notebook asks a language model, and whether anything bounds that."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.language_models import language_models
from nbprod.kit.protection import Protection, Stake
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Function, Stmt, Tag

_DATA: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_TABLES: Final = ("pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.Series", "datasets.Dataset",
                  "pandas.GroupBy")  # fmt: skip
_SIZED: Final = (*_TABLES, "builtins.list", "builtins.dict", "builtins.tuple", "numpy.ndarray")
_ROWS: Final = frozenset({"iterrows", "itertuples", "items", "to_dict", "tolist", "values", "keys", "iter_rows"})
_PART: Final = frozenset({"head", "sample", "islice", "take", "limit", "nlargest", "nsmallest", "tail"})
_LISTS: Final = frozenset({"iterrows", "itertuples", "glob", "iglob", "rglob", "iterdir", "listdir", "scandir"})
_WRAPPERS: Final = frozenset({"enumerate", "tqdm", "zip", "list", "reversed", "sorted", "trange", "track", "len",
                              "range", "set"})  # fmt: skip
_SEARCHES: Final = frozenset(
    {"invoke", "get_relevant_documents", "similarity_search", "similarity_search_with_score", "retrieve", "search",
     "query", "max_marginal_relevance_search", "ainvoke"}
)  # fmt: skip
_LOCAL: Final = ("transformers.", "ollama.", "llama_index.llms.ollama.")  # a call costs time, but no money
_CAPS: Final = lazy_pattern(
    r"^(n|k|num|limit|max|top|count|first)(_|$)|_(n|k|limit|num|max|count|size)$|^(max|num|top)[A-Z]"
)
_FEW: Final = frozenset({"unique", "drop_duplicates", "min"})  # of columns: their categories; of numbers: a cap
_DEEPEST: Final = 5
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
            if loop is None or not _runs(loop) or self._is_found(loop, items) or self._is_bounded(loop, items, event):
                continue
            asking = self._asking(loop, event)
            if not self._asks_in_blocks(loop, asking):
                yield RowCalls(loop.cell, asking or items, event, loop, items, self._sized(items))

    # -- what is gone through -----------------------------------------------------------------

    def _is_data(self, items: ast.expr) -> bool:
        """Whether items come from a file, a table or a service, and not from the model or the code."""
        while isinstance(items, ast.Call) and items.args and last_name(items.func) in _WRAPPERS:
            items = items.args[-1 if last_name(items.func) == "range" else 0]
        value = self._ctx.value(items)
        if value.has(Tag.LLM | Tag.LIMITED) or value.text is not None:
            return False
        read = [event for event in value.lineage if event.kind is EventKind.LOAD and event.path is not None]
        if read and all(self._is_written_before(event) for event in read):
            return False
        loaded = any(event.kind in _DATA and event.detail not in {"toy", "handle"} for event in value.lineage)
        return loaded or value.type in _TABLES or _lists(items, self._ctx)

    def _is_written_before(self, load: Event) -> bool:
        """Whether the notebook itself wrote what it loads."""
        path = load.path.text if load.path is not None else None
        first = self._written.get(path) if path else None
        return first is not None and first < load.order

    @cached_property
    def _written(self) -> dict[str, int]:
        """The files that the notebook writes, each with the place of the first time in the order of all events."""
        found: dict[str, int] = {}
        for event in self._ctx.model.events_of(EventKind.WRITE):
            if event.path is not None and event.path.text:
                found.setdefault(event.path.text, event.order)
        return found

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

    def _asks_in_blocks(self, loop: Stmt, asking: ast.expr | None) -> bool:
        """Whether the model is asked only when enough has come together: `if size > limit: ask(block)`."""
        inside = list(ast.walk(loop.node)) if isinstance(loop.node, ast.For | ast.AsyncFor) else []
        added = (node.target for node in inside if isinstance(node, ast.AugAssign))
        counted = {target.id for target in added if isinstance(target, ast.Name)}
        full = [node for node in inside if isinstance(node, ast.If) and _names(node.test) & counted] if counted else []
        guarded = {part for node in full for item in node.body for part in ast.walk(item)}
        calls = [asking] if asking is not None else [node for node in inside if self._is_own(node)]
        return bool(guarded) and bool(calls) and guarded.issuperset(calls)

    def _is_own(self, node: ast.AST) -> bool:
        """Whether a node calls a function of the notebook."""
        call = self._ctx.call(node) if isinstance(node, ast.Call) else None
        return call is not None and call.function.definition is not None

    # -- what bounds it -----------------------------------------------------------------------

    def _is_bounded(self, loop: Stmt, items: ast.expr, event: Event) -> bool:
        if self._is_capped(items, loop, _DEEPEST):
            return True
        bodies = [loop.node, *([event.stmt.function.node] if event.stmt.function is not None else [])]
        if any(_bounds(node) for body in bodies for node in _outside_handlers(body)):
            return True
        return self._leaves_traces(loop) or self._is_counted_before(loop)

    def _is_capped(self, items: ast.expr, place: Stmt, depth: int) -> bool:
        """Whether items are a part of what there is: as they stand, as they were bound, or as they are handed over."""
        if any(map(_caps, ast.walk(items))):
            return True
        root = _root(items)
        if not isinstance(root, ast.Name) or not depth:
            return False
        function = place.function
        if function is None:
            bound = (binding.stmt for binding in self._ctx.model.bindings(root.id))
            return any(self._is_capped_at(stmt, root.id, depth) for stmt in bound if stmt is not None)
        if any(self._is_capped_at(stmt, root.id, depth) for stmt in self._inside(function)):
            return True
        given = self._given(function, root.id)
        return bool(given) and all(self._is_capped(node, call.stmt, depth - 1) for node, call in given)

    def _is_capped_at(self, stmt: Stmt, name: str, depth: int) -> bool:
        node = stmt.node
        if not isinstance(node, ast.Assign) or not any(_is_called(target, name) for target in node.targets):
            return False
        return any(map(_caps, ast.walk(node.value))) or (
            not _is_called(_root(node.value), name) and self._is_capped(node.value, stmt, depth - 1)
        )

    def _inside(self, function: Function) -> Iterator[Stmt]:
        found = (self._ctx.stmt(node) for node in ast.walk(function.node) if isinstance(node, ast.Assign))
        return (stmt for stmt in found if stmt is not None)

    def _given(self, function: Function, name: str) -> list[tuple[ast.expr, Call]]:
        """What calls of a function of the notebook hand over for a parameter."""
        if not isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return []
        names = [parameter.arg for parameter in function.node.args.args]
        if name not in names:
            return []
        index, found = names.index(name), []
        for call in self._ctx.model.all_calls:
            if call.function.definition is function:
                place = index - 1 if names[0] == "self" else index
                named = next((keyword.value for keyword in call.node.keywords if keyword.arg == name), None)
                node = named or (call.node.args[place] if place < len(call.node.args) else None)
                if node is not None:
                    found.append((node, call))
        return found

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


def _lists(items: ast.expr, ctx: Context) -> bool:
    """Whether items are the rows of something, or the files of a folder."""
    if isinstance(items, ast.Name):
        made = {stmt.node for binding in ctx.model.bindings(items.id) if (stmt := binding.stmt) is not None}
        values = [node.value for node in made if isinstance(node, ast.Assign)]
        return len(made) == len(values) == 1 and isinstance(values[0], ast.Call) and _lists(values[0], ctx)
    while isinstance(items, ast.Call) and items.args and last_name(items.func) in _WRAPPERS:
        items = items.args[0]
    return last_name(getattr(items, "func", None)) in _LISTS


def _runs(loop: Stmt) -> bool:
    """Whether a loop stands where some call reaches it."""
    return loop.function is None or loop.function.reached


def _root(items: ast.expr) -> ast.expr:
    """What items are taken from: `frame` of `tqdm(frame["text"].tolist())`."""
    while True:
        match items:
            case ast.Call(func=function, args=[*_, last]) if last_name(function) in _WRAPPERS:
                items = last if last_name(function) == "range" else items.args[0]
            case ast.Call(func=ast.Attribute(value=value)) | ast.Attribute(value=value) | ast.Subscript(value=value):
                items = value
            case _:
                return items


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_called(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _caps(node: ast.AST) -> bool:
    """Whether something takes a part: `rows[:n]`, `sample(25)`, `load_paths(bucket, 3)`, `generate(num=40)`."""
    if isinstance(node, ast.Slice):
        return node.upper is not None
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    if name in _PART or name in _FEW or any(_CAPS.search(keyword.arg or "") for keyword in node.keywords):
        return True
    own = isinstance(node.func, ast.Name) and name not in _WRAPPERS
    return own and any(isinstance(arg, ast.Constant) and type(arg.value) is int for arg in node.args)


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
