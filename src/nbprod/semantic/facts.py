"""What the walk over the cells records: statements, names, calls and events."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from nbprod.semantic.values import NO_LINEAGE, UNKNOWN, Lineage, Value

if TYPE_CHECKING:
    from nbprod.semantic.library import Seed

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class EventKind(StrEnum):
    """What a call does to the world or to the data."""

    LOAD = "load"
    SPLIT = "split"
    FIT = "fit"
    PREDICT = "predict"
    EVALUATE = "evaluate"
    PERSIST = "persist"  # a model is saved or registered
    WRITE = "write"  # a table or file, not a figure
    HTTP = "http"
    DB = "db"
    LLM = "llm"
    SERVE = "serve"  # a server is started, a model deployed
    SHELL = "shell"
    LOG = "log"  # something a run leaves behind: logger, tracker, tracer
    SEED = "seed"  # a global seed is set
    DRAW = "draw"  # random numbers are drawn, or an estimator is made that will draw them
    DERIVE = "derive"  # from all rows: "encoding" of categories, "fill" of gaps, averages by "groups", "ratio" to data
    REDUCE = "reduce"  # rows are left out: all but some ("limit"), incomplete ones ("missing"), and so on


BOUNDARIES = frozenset(
    {
        EventKind.LOAD,
        EventKind.HTTP,
        EventKind.DB,
        EventKind.LLM,
        EventKind.WRITE,
        EventKind.PERSIST,
        EventKind.SERVE,
    }
)
"""Where the notebook touches something that can fail at run time."""


class Fact(Struct, eq=False):
    """What the walk records; equal to nothing but itself, and shown without the web of facts around it."""

    __repr__ = object.__repr__


class Stmt(Fact):
    """A statement in its place: the cell, the block, the enclosing statement and function.

    `block` is the list that holds the node, `index` its place there, `slot` the name of that list in
    the parent ("body", "orelse", "finalbody", "handlers").
    """

    node: ast.stmt | ast.ExceptHandler
    cell: int
    parent: "Stmt | None"
    slot: str
    block: list[ast.stmt]
    index: int
    function: "Function | None"

    def ancestors(self) -> Iterator["Stmt"]:
        """The enclosing statements, innermost first."""
        parent = self.parent
        while parent is not None:
            yield parent
            parent = parent.parent


class Binding(Fact):
    """One place where a name gets a value. `value` is what it holds now; `parts` are the bindings
    that a join after a branch may stand for.
    """

    name: str
    value: Value
    node: ast.AST
    cell: int
    stmt: Stmt | None
    kind: str
    parts: "tuple[Binding, ...]" = ()
    uses: "list[Use]" = []


class Use(Fact):
    """One place where a name is read. `via` is the call through which the body of `function` was
    reached; `deferred` says that some other code is to call it, perhaps later. `binding` is None when no
    binding came before.
    """

    name: str
    node: ast.Name
    cell: int
    stmt: Stmt
    binding: Binding | None
    function: "Function | None"
    via: "Call | None"
    deferred: bool


class Function:
    """A function, lambda or class of the notebook. `stmt` is the statement that it stands in;
    `attributes` are those of a class and of `self`.
    """

    __slots__ = ("attributes", "base", "cell", "evaluations", "name", "node", "reached", "result", "scope", "stmt")

    def __init__(self, node: FunctionNode | ast.ClassDef, cell: int, scope: "Scope", stmt: Stmt) -> None:
        self.node = node
        self.cell = cell
        self.scope = scope
        self.stmt = stmt
        self.name = getattr(node, "name", "<lambda>")
        self.evaluations = 0
        self.reached = False
        self.result: Value = UNKNOWN
        self.attributes: dict[str, Value] = {}
        self.base: Value = UNKNOWN


class Scope:
    """The names of a function body, a comprehension, a class body or the notebook (`parent` None)."""

    __slots__ = ("function", "globals", "is_class", "names", "parent")

    def __init__(self, parent: "Scope | None", function: Function | None = None, *, is_class: bool = False) -> None:
        self.parent = parent
        self.function = function
        self.is_class = is_class
        self.names: dict[str, Binding] = {}
        self.globals: set[str] = set()

    @property
    def is_comprehension(self) -> bool:
        """Whether it is no function, class or notebook."""
        return self.function is None and self.parent is not None


class Call(Fact):
    """A call with what is known of its function and arguments.

    `name` is the canonical qualified name ("pandas.read_csv", "requests.Session.get"), or "." and
    the method's name when the receiver's type is unknown (".fit"), or "" when nothing is known.
    `method` is the last part of that name. `open` says that `*args` or `**kwargs` of unknown content are passed.
    """

    node: ast.Call
    cell: int
    stmt: Stmt
    name: str
    function: Value
    receiver: Value | None
    args: list[Value]
    keywords: dict[str, Value]
    open: bool
    via: "Call | None"
    result: Value = UNKNOWN
    events: "list[Event]" = []
    method: str = ""

    def argument(self, position: int | None, keyword: str) -> Value | None:
        """The value passed for a parameter, by keyword or by position; None when it is not passed."""
        found = self.keywords.get(keyword)
        if found is None and position is not None and position < len(self.args):
            found = self.args[position]
        return found

    def argument_node(self, position: int | None, keyword: str) -> ast.expr | None:
        """The expression passed for a parameter, where it stands in this very call."""
        for item in self.node.keywords:
            if item.arg == keyword:
                return item.value
        if position is not None and position < len(self.node.args):
            node = self.node.args[position]
            return None if isinstance(node, ast.Starred) else node
        return None

    def passes(self, position: int | None, keyword: str) -> bool:
        """Whether the parameter is, or may be (`**kwargs`), given a value."""
        return self.open or self.argument(position, keyword) is not None


class Event:
    """Something that a call does, with the values it does it to.

    `detail` refines the kind ("csv", "toy", "get", "classifier"); `path` is the value that names a
    file, table or address; `inputs` are the data by role ("X", "y", "data", "model", "true",
    "predicted"); `seed` tells how it is seeded if it draws random numbers; `certain` is False when only
    the method's name speaks for it. The node of a `REDUCE` may also be the subscript of a slice.
    """

    __slots__ = ("call", "certain", "detail", "inputs", "kind", "order", "output", "path", "seed", "subject")

    def __init__(
        self,
        kind: EventKind,
        call: Call,
        order: int,
        *,
        detail: str = "",
        path: Value | None = None,
        inputs: dict[str, Value] | None = None,
        subject: Value | None = None,
        seed: "Seed | None" = None,
        certain: bool = True,
    ) -> None:
        self.kind = kind
        self.call = call
        self.order = order
        self.detail = detail
        self.path = path
        self.inputs = inputs or {}
        self.subject = subject
        self.seed = seed
        self.certain = certain
        self.output: Value = UNKNOWN

    @property
    def node(self) -> ast.Call:
        """The call that does it."""
        return self.call.node

    @property
    def cell(self) -> int:
        """The index of the cell that the call stands in."""
        return self.call.cell

    @property
    def stmt(self) -> Stmt:
        """The statement that the call stands in."""
        return self.call.stmt

    @property
    def lineage(self) -> Lineage:
        """All events that the inputs were derived from."""
        merged = NO_LINEAGE
        for value in self.inputs.values():
            merged = merged | value.lineage
        return merged


class Access:
    """An attribute read from a value of a type whose library table asks for it (a response)."""

    __slots__ = ("attribute", "cell", "node", "stmt", "value", "via")

    def __init__(
        self, node: ast.Attribute, cell: int, stmt: Stmt, attribute: str, value: Value, via: Call | None
    ) -> None:
        self.node = node
        self.cell = cell
        self.stmt = stmt
        self.attribute = attribute
        self.value = value
        self.via = via
