"""The one walk over the cells: it evaluates them abstractly, in the order in which they would run.

`Walk` holds the state and the facts found so far. What each kind of node means stands in
`expressions`, `statements`, `calls` and `functions`, which register their handlers here.
"""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, TypeVar, cast

from nbprod.semantic.facts import Access, Binding, Call, Event, EventKind, Function, Scope, Stmt, Use
from nbprod.semantic.values import UNKNOWN, Tag, Value, join

_BUILTINS: Final = {name: Value(name=f"builtins.{name}") for name in dir(builtins)}

_PLATFORM: Final = (
    "get_ipython", "display", "In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_dh", "_ih", "_oh", "_sh",
    "_exit_code", "exit", "quit", "sc", "sqlContext", "displayHTML", "mssparkutils", "notebookutils",
    "__annotations__", "__builtins__", "__loader__", "__session__", "__vsc_ipynb_file__", "__class__", "__module__",
    "__qualname__",
)  # fmt: skip
PROVIDED: Final = {name: Value(name=name) for name in _PLATFORM} | {
    "spark": Value(type="pyspark.sql.SparkSession"),
    "dbutils": Value(type="databricks.DBUtils"),
}
"""Names that IPython and the notebook platforms put into every namespace."""

_CUSTOMARY: Final = {"np": Value(name="numpy"), "pd": Value(name="pandas")}
"""What a name stands for that nothing binds, since a cell is gone: everybody uses it for that."""

ExpressionHandler = Callable[["Walk", Any], Value]
StatementHandler = Callable[["Walk", Any, Stmt], None]
EXPRESSIONS: Final[dict[type[ast.AST], ExpressionHandler]] = {}
STATEMENTS: Final[dict[type[ast.AST], StatementHandler]] = {}

E = TypeVar("E", bound=ExpressionHandler)
S = TypeVar("S", bound=StatementHandler)


def expression(*types: type[ast.expr]) -> Callable[[E], E]:
    """Register the handler of some kinds of expression."""

    def register(handler: E) -> E:
        EXPRESSIONS.update(dict.fromkeys(types, handler))
        return handler

    return register


def statement(*types: type[ast.stmt]) -> Callable[[S], S]:
    """Register the handler of some kinds of statement."""

    def register(handler: S) -> S:
        STATEMENTS.update(dict.fromkeys(types, handler))
        return handler

    return register


@cache
def _recording(wanted: frozenset[type[ast.AST]]) -> dict[type[ast.AST], ExpressionHandler]:
    """The handlers of expressions, of which those for the wanted types also note the node."""

    def noting(kind: type[ast.AST]) -> ExpressionHandler:
        handler = EXPRESSIONS.get(kind)

        def note(walk: "Walk", node: Any) -> Value:
            walk.nodes[kind].setdefault(node, walk.stmt)
            return handler(walk, node) if handler is not None else UNKNOWN

        return note

    return {**EXPRESSIONS, **{kind: noting(kind) for kind in wanted if issubclass(kind, ast.expr)}}


class Walk:
    """The state of the walk, and what it found.

    Attributes:
        cell: Index of the cell that the current node stands in.
        scope: Where names are looked up and bound.
        stmt: The current statement.
        entered: How often the body of a function was entered.
        function: The function whose body is evaluated; None at the top level.
        via: The call through which the current function body was reached; None at the top level.
        deferred: That call hands the function to other code, which may call it later.
        nodes: For the wanted node types, each node met, with its statement, once.
    """

    def __init__(self, wanted: frozenset[type[ast.AST]]) -> None:
        self.cell = 0
        self.globals = Scope(None)
        self.scope = self.globals
        self.stmt: Stmt = None  # type: ignore[assignment]  # set before any expression is evaluated
        self.via: Call | None = None
        self.deferred = False
        self.parameters = False
        self.active: list[Function] = []
        self.function: Function | None = None
        self.returned: list[Value] = []

        self.nodes: dict[type[ast.AST], dict[ast.AST, Stmt]] = {kind: {} for kind in wanted}
        self._expressions = _recording(wanted)
        self.values: dict[ast.AST, Value] = {}
        self.calls: dict[ast.Call, Call] = {}
        self.events: list[Event] = []
        self.bindings: dict[str, list[Binding]] = {}
        self.deletions: dict[str, Stmt] = {}
        self.divisions: dict[tuple[Binding, str], Event] = {}
        self.uses: list[Use] = []
        self.accesses: list[Access] = []
        self.functions: dict[ast.AST, Function] = {}
        self.statements: dict[ast.AST, Stmt] = {}
        self.futures: set[str] = set()
        self.imports: list[tuple[str, Binding]] = []
        self.starred_imports: list[tuple[str, Stmt]] = []

        self.remembers = False  # what the current cell has made and changed so far
        self.made: list[tuple[Binding, Value, bool]] = []
        self.changes: list[tuple[Binding, Value]] = []
        self.entered = 0

    def return_to_top(self) -> None:
        """Go on at the top level, after a body that had to be given up."""
        self.scope, self.active, self.function, self.via, self.deferred = self.globals, [], None, None, False

    # -- expressions --------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """Evaluate an expression."""
        handler = self._expressions.get(type(node))
        self.values[node] = value = handler(self, node) if handler is not None else UNKNOWN
        return value

    def all_values(self, nodes: Iterable[ast.expr | None]) -> list[Value]:
        """Evaluate several expressions, leaving out what is None."""
        return [self.value(node) for node in nodes if node is not None]

    # -- statements ---------------------------------------------------------------------------

    def run(self, block: list[Any], parent: Stmt | None, slot: str = "body") -> None:
        """Execute a list of statements."""
        outer, function, statements, wanted = self.stmt, self.function, self.statements, self.nodes
        for index, node in enumerate(block):
            stmt = statements.get(node)
            if stmt is None:
                statements[node] = stmt = Stmt(node, self.cell, parent, slot, block, index, function)
            kind = type(node)
            if kind in wanted:
                wanted[kind].setdefault(node, stmt)
            handler = STATEMENTS.get(kind)
            if handler is not None:
                self.stmt = stmt
                handler(self, node, stmt)
        self.stmt = outer

    # -- names --------------------------------------------------------------------------------

    def lookup(self, name: str) -> Binding | None:
        """The binding that a name refers to here, as Python's scopes have it."""
        scope: Scope | None = self.scope
        innermost = True
        while scope is not None:
            if not scope.is_class or innermost:
                binding = scope.names.get(name)
                if binding is not None:
                    return binding
            scope, innermost = scope.parent, False
        return None

    def read(self, node: ast.Name) -> Value:
        """Read a name: record the use, return its value."""
        name = node.id
        binding = self.scope.names.get(name) or self.lookup(name)
        if binding is None:
            given = _BUILTINS.get(name) or PROVIDED.get(name)
            if given is not None:
                return given
        use = Use(name, node, self.cell, self.stmt, binding, self.function, self.via, self.deferred)
        self.uses.append(use)
        if binding is None:
            return UNKNOWN if name in self.bindings else _CUSTOMARY.get(name, UNKNOWN)
        binding.uses.append(use)
        for part in binding.parts:
            part.uses.append(use)
        return binding.value

    def bind(self, name: str, value: Value, node: ast.AST, kind: str = "assign") -> Binding:
        """Give a name a value in the current scope (or where `global` says)."""
        if self.parameters and self.scope is self.globals:
            value = value.evolve(tags=value.tags | Tag.PARAMETER)
        binding = Binding(name, value, node, self.cell, self.stmt, kind)
        scope = self.globals if name in self.scope.globals else self.scope
        scope.names[name] = binding
        is_global = scope is self.globals
        if is_global:
            self.bindings.setdefault(name, []).append(binding)
        if self.remembers:
            self.made.append((binding, value, is_global))
        return binding

    def change(self, node: ast.expr, value: Value) -> None:
        """What an expression refers to was changed in place (fitted, extended): remember it."""
        if isinstance(node, ast.Name):
            binding = self.lookup(node.id)
            if binding is not None:
                binding.value = value
                if self.remembers:
                    self.changes.append((binding, value))
        elif isinstance(node, ast.Attribute):
            owner = self.values.get(node.value, UNKNOWN)
            if owner.definition is not None:
                owner.definition.attributes[node.attr] = value
            elif owner.type == "pandas.DataFrame":  # a column of it was filled in place
                self.change(node.value, owner.evolve(lineage=owner.lineage | value.lineage))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = self.values.get(node.value, UNKNOWN)
            key = self.values.get(node.slice, UNKNOWN).const
            if isinstance(owner.items, dict) and key in owner.items:
                self.change(node.value, owner.evolve(items={**owner.items, key: value}))
            elif owner.type == "pandas.DataFrame":  # a column of it was filled in place
                self.change(node.value, owner.evolve(lineage=owner.lineage | value.lineage))

    # -- branches -----------------------------------------------------------------------------

    def branch(self, *runs: Callable[[], None]) -> None:
        """Run alternatives from the same state, then join what they bound."""
        scope = self.scope
        before = scope.names
        outcomes = []
        for run in runs:
            scope.names = dict(before)
            run()
            outcomes.append(scope.names)
        scope.names = merged = outcomes[0]
        for outcome in outcomes[1:]:
            for name, binding in outcome.items():
                other = merged.get(name)
                if other is binding:
                    continue
                if other is None or other is before.get(name):
                    merged[name] = binding if other is None else self._either(other, binding)
                elif binding is not before.get(name):
                    merged[name] = self._either(other, binding)

    def _either(self, first: Binding, second: Binding) -> Binding:
        if first is second:
            return first
        value = join(first.value, second.value)
        parts = tuple(dict.fromkeys((*(first.parts or (first,)), *(second.parts or (second,)))))[-8:]
        joined = Binding(first.name, value, second.node, second.cell, second.stmt, "join", parts)
        if self.remembers:
            self.made.append((joined, value, False))
        return joined

    # -- facts --------------------------------------------------------------------------------

    def divisions_of(self, binding: Binding) -> Iterator[Event | None]:
        """The splits of what a name holds: the first, and those of what is held out to choose and to judge by."""
        return (self.divisions.get((binding, purpose)) for purpose in ("", "val", "test"))

    def event_at(self, kind: EventKind, node: ast.AST, detail: str, **inputs: Value) -> Event:
        """Record what is done to data without a call: a slice, a division. It stands in a call's place."""
        subject = next(iter(inputs.values()))
        call = Call(cast("ast.Call", node), self.cell, self.stmt, "", UNKNOWN, subject, [], {}, False, self.via)
        return self.event(kind, call, detail=detail, inputs=inputs, subject=subject)

    def event(self, kind: EventKind, call: Call, **details: Any) -> Event:
        """Record an event; one per call node and way of reaching it."""
        event = Event(kind, call, len(self.events), **details)
        self.events.append(event)
        call.events.append(event)
        return event
