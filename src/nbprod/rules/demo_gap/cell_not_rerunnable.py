import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit import (
    Cell,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Rule,
    Severities,
    Severity,
    Stmt,
    fixes,
    on,
)
from nbprod.kit.reruns import (
    asks_for_names,
    does_its_step,
    finds_named_rows,
    is_pop,
    keyword_node,
    keyword_value,
    leaves_its_rows,
    second_time,
)

_RELATED: Final = 5
_BLOCKS: Final = frozenset({ast.For, ast.While, ast.If, ast.With, ast.Try})
_CHANGING: Final = frozenset({ast.Assign, ast.Expr, ast.AugAssign, ast.Delete})
_KEPT: Final = frozenset({ast.Assign, ast.AugAssign, ast.Delete, ast.AnnAssign, ast.For, ast.With})
_MADE_OF: Final = frozenset({ast.BinOp, ast.Call, ast.Subscript})
"""What may make a new value of the old one."""
_VALUES: Final = frozenset({"assign", "augmented", "with", "for"})
"""Bindings that give a name a value, unlike imports and definitions."""
_ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)

_GROWS: Final = frozenset({"append", "extend", "insert", "appendleft"})
_SHRINKS: Final = frozenset({"pop", "popleft", "remove"})
_LISTS: Final = _GROWS | _SHRINKS
_IN_PLACE: Final = {"drop": "fails", "set_index": "fails", "reset_index": "changes"}
"""Methods of frames that can't be repeated, and what the second time does."""
_STATEMENTS: Final = _LISTS | _IN_PLACE.keys()
_DERIVES: Final = {
    **_IN_PLACE, "append": "changes", "merge": "changes", "join": "fails", "shift": "changes", "diff": "changes",
    "pct_change": "changes", "cumsum": "changes", "melt": "fails", "pivot": "fails", "transpose": "changes",
    "add_prefix": "changes", "add_suffix": "changes", "stack": "changes", "unstack": "changes", "pop": "fails",
}  # fmt: skip
_FRAMES_ONLY: Final = frozenset({"join", "stack", "unstack", "append", "transpose", "pop"})
_FUNCTIONS: Final = frozenset({"numpy.log", "numpy.log1p", "numpy.log2", "numpy.log10", "numpy.exp", "numpy.sqrt",
                               "numpy.square", "numpy.transpose"})  # fmt: skip
_TABLES: Final = frozenset({"pandas.DataFrame", "pandas.Series", "polars.DataFrame"})
_LISTED: Final = frozenset({None, "builtins.list", *_TABLES})


Candidate = tuple[ast.stmt, tuple[ast.expr, ...]]


class Step(Struct, frozen=True, eq=False):
    """A statement that must not run twice: what it changes, and what a second run does ("fails", "changes")."""

    name: str
    node: ast.stmt
    outcome: str


class CellNotRerunnable(Rule):
    """A cell changes what an earlier cell made, so that running it twice gives something else.

    ## Why is this bad?
    Whoever works on the notebook runs a cell again after a small change, and has divided by 100 twice, dropped a column
    that is no longer there, or appended the same rows once more. The numbers that follow are wrong, and nothing in the
    notebook shows it.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv")
    # %%
    orders["discount"] /= 100
    ```
    ```nb bad warning
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv")
    # %%
    orders = orders.drop(columns=["note"])
    # %%
    print(orders.describe())
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv")
    # %%
    orders_reduced = orders.drop(columns=["note"])
    # %%
    print(orders_reduced.describe())
    ```
    ```nb good
    # %%
    import pandas as pd
    raw = pd.read_csv("orders.csv")
    # %%
    orders = raw.drop(columns=["note"])
    orders["discount"] /= 100
    ```
    ```nb good
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv")
    # %%
    orders = orders.dropna().sort_values("date").fillna(0).astype({"amount": float})
    ```

    ## What keeps it quiet
    - steps that change nothing the second time: `fillna`, `astype`, `dropna`, `sort_values`, `rename`, `drop` with
      `errors="ignore"`, `reset_index(drop=True)`;
    - a name that the same cell binds anew before, columns that it makes itself and then changes or takes away;
    - a branch that asks for the name first (`if "note" in orders:`), a loop that does (`while len(rows) < 10:`), and
      rows chosen by what is changed in them (`orders.loc[orders["price"] < 1, "price"] *= 100`), or by what is in them
      (`orders.drop(orders[orders["price"] < 1].index)`);
    - what stands in functions.

    There is one finding for each cell.

    ## Fix safety
    Unsafe: the result gets a name of its own, here and in the cells below. Code that is not in the notebook may
    still ask for the old one.

    ## References
    - [NBSafety](https://github.com/ipyflow/tutorial), a kernel that watches for unsafe re-runs
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"

    @on(Notebook)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for cell in ctx.cells:
            steps = [] if cell.holds_parameters else list(_steps(cell, ctx))
            if steps:
                yield self._finding(cell, steps, ctx)

    def _finding(self, cell: Cell, steps: list[Step], ctx: Context) -> Diagnosis:
        ctx.cell = cell.index
        first, *others = steps
        what = f"changes `{first.name}` once more" if first.outcome == "changes" else "fails"
        plans = [fixes.own_name.own_name_fix(ctx, stmt, first.name)] if (stmt := _plain(first, ctx)) else []
        return self.finding(
            ctx,
            first.node,
            f"running cell {ctx.number(cell.index)} again {what}: `{ctx.text(first.node)}`",
            related=[(step.node, "nor can this be repeated") for step in others[:_RELATED]],
            fixes=plans if len({step.name for step in steps}) == len(steps) == 1 else [],
            advice=f"Give the result a name of its own, or put this into the cell that makes `{first.name}`.",
        )


def _plain(step: Step, ctx: Context) -> Stmt | None:
    """The statement, if it is an assignment to a name on the cell's top level."""
    node = step.node
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        stmt = ctx.stmt(node)
        return stmt if stmt is not None and stmt.parent is None else None
    return None


# -- what can't be repeated ---------------------------------------------------------------------------


def _steps(cell: Cell, ctx: Context) -> Iterator[Step]:
    candidates: list[Candidate] = []
    _collect(cell.tree.body if cell.tree is not None else (), (), candidates)
    for place, (node, tested) in enumerate(candidates):
        step = _step(node, cell.index, ctx) if type(node) in _CHANGING else None
        if step is not None and _is_older(step.name, cell.index, ctx):
            before = [node for node, _ in candidates[:place]]
            fresh = any(step.name in _bound(other) for other in before)
            fresh = fresh or _made_again(step, before) or finds_named_rows(node, before)
            if not fresh and not any(_mentions(test, step.name) for test in tested):
                yield step


def _collect(block: Iterable[ast.stmt], tested: tuple[ast.expr, ...], found: list[Candidate]) -> None:
    """Keep the statements of a block that may change or bind something, with the conditions of the loops around.

    Those in functions are not among them, nor those in branches that ask for names.
    """
    for node in block:
        kind = type(node)
        if kind is ast.Expr:
            call = node.value  # type: ignore[attr-defined]  # told apart by the exact type, which is faster
            if type(call) is ast.Call and type(call.func) is ast.Attribute and call.func.attr in _STATEMENTS:
                found.append((node, tested))
        elif kind in _KEPT:
            found.append((node, tested))
        if kind in _BLOCKS and not (isinstance(node, ast.If) and asks_for_names(node.test)):
            around = (*tested, node.test) if isinstance(node, ast.While) else tested
            for name in ("body", "orelse", "finalbody"):
                _collect(getattr(node, name, ()), around, found)


def _made_again(step: Step, before: Sequence[ast.stmt]) -> bool:
    """Whether a step changes, or takes away, nothing but columns that the cell has made itself."""
    if step.outcome != "fails":
        return any(_makes(other, step.node) for other in before)
    targets = [target for node in before if isinstance(node, ast.Assign) for target in node.targets]
    made = {text for target in targets if _owner(target) == step.name for text in _texts(target)}
    value = step.node.value if isinstance(step.node, ast.Assign | ast.Expr) else step.node
    taken = _texts(value)
    return bool(taken) and taken <= made


def _makes(node: ast.stmt, step: ast.stmt) -> bool:
    """Whether an assignment makes the very column anew, of others, that a step changes: `df["x"] = df["a"] + 1`."""
    match node, step:
        case ast.Assign(targets=[made], value=value), ast.Assign(targets=[changed]) | ast.AugAssign(target=changed):
            same = isinstance(made, ast.Subscript) and ast.dump(made) == ast.dump(changed)
            return same and _texts(made).isdisjoint(_texts(value))
    return False


def _texts(node: ast.AST) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)} - {
        "columns"
    }


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds without regard to what they were."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = [*node.targets]
    elif isinstance(node, ast.AnnAssign | ast.For):
        targets = [node.target]
    elif isinstance(node, ast.With):
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets = [*targets, *target.elts]
        elif isinstance(target, ast.Starred):
            targets = [*targets, target.value]
        elif isinstance(target, ast.Name):
            yield target.id


def _is_older(name: str, cell: int, ctx: Context) -> bool:
    """Whether an earlier cell gave the name a value."""
    bindings = ctx.model.bindings(name)
    return bool(bindings) and bindings[0].cell < cell and bindings[0].kind in _VALUES


def _step(node: ast.stmt, cell: int, ctx: Context) -> Step | None:
    if isinstance(node, ast.Assign):
        if type(node.value) not in _MADE_OF or len(node.targets) > 1:
            return None
        target = node.targets[0]
        return _rebound(node, target, node.value, cell, ctx) if isinstance(target, ast.Name | ast.Subscript) else None
    if isinstance(node, ast.Expr):
        match node.value:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) as call:
                return _in_place(node, receiver, method, call, ctx)
    elif isinstance(node, ast.AugAssign):
        counts = isinstance(node.op, _ARITHMETIC) and not leaves_its_rows(node)
        return _made(_owner(node.target), node, "changes") if counts else None
    elif isinstance(node, ast.Delete):
        match node.targets:
            case [ast.Subscript(value=ast.Name(id=name), slice=ast.Constant())]:
                return Step(name, node, "fails")
    return None


def _made(name: str | None, node: ast.stmt, outcome: str) -> Step | None:
    return Step(name, node, outcome) if name is not None else None


def _owner(node: ast.expr) -> str | None:
    """The name of what is changed: `df` of `df["x"]` and of `df.loc[rows, "x"]`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _in_place(node: ast.stmt, receiver: ast.expr, method: str, call: ast.Call, ctx: Context) -> Step | None:
    """A method that changes its receiver, as a statement."""
    if not isinstance(receiver, ast.Name):
        return None
    kind = ctx.value(receiver).type if method in _LISTS else ""
    if kind in _LISTED:
        if kind in _TABLES and method == "append":  # it gives a new one
            return None
        if method == "insert" and any(is_pop(arg) for arg in call.args):
            return None  # it only moves a column
        fails = method == "remove" or (kind in _TABLES and method in {"pop", "insert"})
        return Step(receiver.id, node, "fails" if fails else "changes")
    if method in _IN_PLACE and keyword_value(call, "inplace") is True and does_its_step(method, call):
        outcome = second_time(call, _IN_PLACE[method])
        return Step(receiver.id, node, outcome) if outcome else None
    return None


def _rebound(node: ast.stmt, target: ast.expr, value: ast.expr, cell: int, ctx: Context) -> Step | None:
    """`x = f(x)`, with an f that gives something else the second time."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "pop":
        owner = value.func.value
        if isinstance(owner, ast.Name) and ctx.value(owner).type in _TABLES:
            return Step(owner.id, node, "fails")
    name = _owner(target)
    if name is None or not _is_older(name, cell, ctx) or not _begins_with(value, name):
        return None
    same = ast.dump(target).replace("Store()", "Load()")
    outcome = _outcome(value, same, ctx)
    return Step(name, node, outcome) if outcome else None


def _begins_with(value: ast.expr, name: str) -> bool:
    """Whether x is among what the value begins with; looking closer takes longer."""
    if isinstance(value, ast.BinOp):
        return name in {_owner(value.left), _owner(value.right)}
    if isinstance(value, ast.Call) and value.args:
        first = value.args[0]
        if isinstance(first, ast.List) and first.elts:
            first = first.elts[0]
        if _owner(first) == name:
            return True
    node = value
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id == name


def _outcome(value: ast.expr, same: str, ctx: Context) -> str | None:
    """What a second run of `x = value` does, where `same` is the dump of x; None if nothing speaks for harm."""
    match value:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            sides = [ast.dump(left), ast.dump(right)]
            return "changes" if sides.count(same) == 1 else None
        case ast.Call(func=ast.Attribute(value=receiver)) if _chains_to(receiver, same):
            return _of_chain(value, same, ctx)
        case ast.Call(args=[ast.List(elts=[first, _, *_]), *_]) if _named(value, ctx) == "pandas.concat":
            return "changes" if ast.dump(first) == same else None
        case ast.Call(args=[first, *_]) if ast.dump(first) == same:
            name = _named(value, ctx)
            if name == "pandas.get_dummies" and keyword_node(value, "columns") is not None:
                return "fails"
            return "changes" if name in _FUNCTIONS or name == "pandas.merge" else None
        case ast.Subscript(value=receiver, slice=ast.Slice(lower=ast.Constant(value=int() as lower), upper=None)):
            return "changes" if lower > 0 and _is_rows(receiver, same) else None
    return None


def _is_rows(receiver: ast.expr, same: str) -> bool:
    inner = receiver.value if isinstance(receiver, ast.Attribute) and receiver.attr == "iloc" else receiver
    return ast.dump(inner) == same


def _chains_to(node: ast.expr, same: str) -> bool:
    """Whether a chain of methods begins with x."""
    while True:
        if ast.dump(node) == same:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return False


def _of_chain(node: ast.expr, same: str, ctx: Context) -> str | None:
    """What the methods of a chain that begins with x do the second time."""
    found = None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method, receiver = node.func.attr, node.func.value
        is_table = ctx.value(receiver).type in _TABLES
        if method == "map" and is_table and node.args and isinstance(node.args[0], ast.Dict):
            found = "changes"
        elif method in _DERIVES and does_its_step(method, node) and (is_table or method not in _FRAMES_ONLY):
            found = second_time(node, _DERIVES[method])
        elif method in {"groupby", "agg", "aggregate", "sum", "mean", "copy"}:
            return None
        node = receiver
    return found


def _named(node: ast.Call, ctx: Context) -> str:
    call = ctx.call(node)
    return call.name if call is not None else ""
