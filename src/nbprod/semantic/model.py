"""The semantic model of a notebook: what its cells mean, as rules ask for it."""

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING

from nbprod.notebook import Cell, Notebook
from nbprod.semantic import calls, expressions, inner_scopes, statements
from nbprod.semantic.facts import Access, Binding, Call, Event, EventKind, Function, Stmt, Use
from nbprod.semantic.statements import call_function
from nbprod.semantic.values import UNKNOWN, Value
from nbprod.semantic.walk import Walk

if TYPE_CHECKING:
    from nbprod.semantic.reuse import Memory

HANDLERS = (calls, expressions, inner_scopes, statements)  # importing them registers what nodes mean

SKIP_TAG = "nbprod-skip"


def _bind_magics(walk: Walk, cell: Cell, tree: ast.Module, kind: str) -> None:
    """Bind what the magics of a cell bind by themselves: `%store -r x` as it starts, `%%capture x` when it has run."""
    for magic in cell.magics:
        assigned = "=" in cell.source[: magic.start].rpartition("\n")[2]  # `x = %magic` is an assignment in the tree
        if magic.kind == kind and not assigned:
            for target in magic.targets:
                if target not in walk.globals.names:
                    walk.bind(target, UNKNOWN, tree, "magic")


def _growing(functions: dict[ast.AST, Function]) -> Iterator[Function]:
    """All functions, those too that are met meanwhile."""
    done = 0
    while done < len(functions):
        batch = list(functions.values())[done:]
        done += len(batch)
        yield from batch


class SemanticModel:
    """What the cells of one notebook mean.

    Attributes:
        notebook: The notebook; with a `memory`, cells are evaluated only if what they depend on has changed.
        events: Loads, fits, requests and so on, in the order in which they would run.
        nodes: The nodes of the types asked for at construction, with their statements.
        failures: The index of each cell in which the walk failed, with the reason.
    """

    def __init__(
        self, notebook: Notebook, wanted: Iterable[type[ast.AST]] = (), memory: "Memory | None" = None
    ) -> None:
        self.notebook = notebook
        self.failures: dict[int, str] = {}
        self._walk = walk = Walk(frozenset(wanted))
        if memory is not None:
            memory.start(walk, self.cells)
        for cell in self.cells:
            if memory is None:
                self._run(walk, cell)
            else:
                memory.run(walk, cell, partial(self._run, walk, cell))
        self._run_unreached(walk)
        self.events: Sequence[Event] = walk.events
        self.nodes = walk.nodes

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The code cells that are analysed, in document order."""
        return tuple(cell for cell in self.notebook.code_cells if cell.tree is not None and SKIP_TAG not in cell.tags)

    def _run(self, walk: Walk, cell: Cell) -> bool:
        """Evaluate a cell; whether that came to its end."""
        walk.cell = cell.index
        walk.parameters = cell.holds_parameters
        tree = cell.tree
        assert tree is not None  # noqa: S101  -- `cells` saw to it
        try:
            _bind_magics(walk, cell, tree, "line")
            walk.run(tree.body, None)
            _bind_magics(walk, cell, tree, "cell")
        except RecursionError:
            self.failures[cell.index] = "its expressions are nested too deeply"
            walk.return_to_top()
            return False
        return True

    def _run_unreached(self, walk: Walk) -> None:
        """Functions that nobody calls are read last, with unknown arguments, and so are those in them."""
        for function in _growing(walk.functions):
            if function.evaluations == 0 and not isinstance(function.node, ast.ClassDef):
                reached = function.reached
                try:
                    call_function(walk, function, [], {})
                except RecursionError:
                    self.failures[function.cell] = "its expressions are nested too deeply"
                    walk.return_to_top()
                function.reached = reached

    def release(self) -> None:
        """Cut the cycles among the facts, so that their memory is free at once and not at the next
        collection. The model can't be asked any more.
        """
        walk = self._walk
        for use in walk.uses:
            use.binding = None
        for call in walk.calls.values():
            call.events.clear()
            call.receiver = None
            call.result = UNKNOWN
        for event in walk.events:
            event.inputs = {}
            event.output = UNKNOWN
            event.call.events.clear()  # the call of a slice is not among the calls
        for function in walk.functions.values():
            function.result = UNKNOWN
            function.attributes.clear()
            function.scope.names.clear()
        for stmt in walk.statements.values():
            stmt.function = None
        walk.globals.names.clear()

    # -- queries ------------------------------------------------------------------------------

    def value(self, node: ast.AST | None) -> Value:
        """What is known of an expression; `UNKNOWN` when it was never evaluated."""
        return self._walk.values.get(node, UNKNOWN) if node is not None else UNKNOWN

    def call(self, node: ast.AST) -> Call | None:
        """What is known of a call."""
        return self._walk.calls.get(node) if isinstance(node, ast.Call) else None

    def stmt(self, node: ast.AST) -> Stmt | None:
        """The place of a statement."""
        return self._walk.statements.get(node)

    @property
    def all_calls(self) -> Iterable[Call]:
        """Every call, once, in the order of evaluation."""
        return self._walk.calls.values()

    @cached_property
    def _calls_by_name(self) -> dict[str, list[Call]]:
        index: dict[str, list[Call]] = {}
        for call in self._walk.calls.values():
            index.setdefault(call.name, []).append(call)
        return index

    @property
    def call_names(self) -> frozenset[str]:
        """The canonical qualified names of all that is called."""
        return frozenset(self._calls_by_name)

    def calls(self, *names: str) -> Iterator[Call]:
        """The calls of functions with these canonical qualified names."""
        for name in names:
            yield from self._calls_by_name.get(name, ())

    def calls_named(self, fits: Callable[[str], object]) -> Iterator[Call]:
        """The calls of whatever has a fitting last name ("fit" of `model.fit`); each name is asked about once."""
        for name, found in self._calls_by_name.items():
            if fits(name.rpartition(".")[2]):
                yield from found

    @cached_property
    def _events_by_kind(self) -> dict[EventKind, list[Event]]:
        index: dict[EventKind, list[Event]] = {}
        for event in self.events:
            index.setdefault(event.kind, []).append(event)
        return index

    @property
    def event_kinds(self) -> Iterable[EventKind]:
        """The kinds of which there are events."""
        return self._events_by_kind.keys()

    def events_of(self, *kinds: EventKind) -> list[Event]:
        """The events of these kinds, in order."""
        if len(kinds) == 1:
            return self._events_by_kind.get(kinds[0], [])
        return sorted((event for kind in kinds for event in self.events_of(kind)), key=lambda event: event.order)

    def bindings(self, name: str) -> Sequence[Binding]:
        """Where a name of the notebook's namespace is bound, in order."""
        return self._walk.bindings.get(name, ())

    def deletion(self, name: str) -> Stmt | None:
        """The last `del` of a name of the notebook's namespace."""
        return self._walk.deletions.get(name)

    @property
    def bound_names(self) -> Iterable[str]:
        """All names that the cells bind at the top level."""
        return self._walk.bindings.keys()

    @property
    def uses(self) -> Sequence[Use]:
        """Every read of a name, in the order of evaluation."""
        return self._walk.uses

    @property
    def accesses(self) -> Sequence[Access]:
        """The attribute reads of watched types."""
        return self._walk.accesses

    @property
    def functions(self) -> Iterable[Function]:
        """The functions, lambdas and classes that the notebook defines."""
        return self._walk.functions.values()

    @property
    def imports(self) -> Sequence[tuple[str, Binding]]:
        """Qualified name and binding of everything imported."""
        return self._walk.imports

    @property
    def starred_imports(self) -> Sequence[tuple[str, Stmt]]:
        """Modules whose names were all imported, with the statement."""
        return self._walk.starred_imports

    def reaching(self, event: Event, *kinds: EventKind) -> list[Event]:
        """The later events of these kinds whose inputs were derived from an event."""
        return [other for other in self.events_of(*kinds) if event in other.lineage and other is not event]

    def following(self, stmt: Stmt, count: int) -> list[ast.stmt]:
        """Up to `count` statements that run after one on the same path: its block, then the enclosing
        ones, and at the top level the cells that follow.
        """
        found: list[ast.stmt] = []
        place: Stmt | None = stmt
        while place is not None and len(found) < count:
            if place.slot != "handlers":
                found.extend(place.block[place.index + 1 : place.index + 1 + count])
            if isinstance(place.parent.node if place.parent else None, ast.FunctionDef | ast.AsyncFunctionDef):
                return found[:count]
            place = place.parent
        after = bisect_right(self.cells, stmt.cell, key=lambda cell: cell.index)
        for cell in islice(self.cells, after, None):
            if len(found) >= count:
                break
            if cell.tree is not None:
                found.extend(cell.tree.body[: count - len(found)])
        return found[:count]
