import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Binding,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import brief, last_name
from nbprod.kit.loads import named_call
from nbprod.kit.origins import origins
from nbprod.kit.purpose import DELIVERIES

_DEMO: Final = frozenset({"toy", "generated"})
_REAL: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_GIVEN: Final = frozenset({EventKind.PERSIST, EventKind.SERVE, EventKind.WRITE})
_TRYING: Final = lazy_pattern(
    r"(?:^|[/._-])(?:te?mp|tests?|demos?|examples?|samples?|dummy|fake|mock|toy|tutorial|playground|synthetic|simulat|random)\w*(?=[._/-]|$)"
)
_TABLES: Final = frozenset(
    {"csv", "parquet", "excel", "feather", "pickle", "hdf", "sql", "stata", "orc", "delta", "arrow", "json", "upload"}
)
_MADE: Final = ("pandas.DataFrame", "numpy.array", "numpy.asarray", "polars.DataFrame")
_RANDOM: Final = ("numpy.random.", "random.", "torch.rand", "faker.")
_GENERATORS: Final = frozenset({"numpy.random.Generator", "numpy.random.RandomState", "faker.Faker"})
_COUNTED: Final = frozenset(
    {"pandas.date_range", "pandas.period_range", "numpy.arange", "numpy.linspace", "numpy.zeros", "numpy.ones"}
)
_SUMMARIES: Final = frozenset({"groupby", "group_by", "pivot_table", "resample", "agg", "aggregate"})
_STEPS: Final = 30
_ROWS: Final = 2
_DEPTH: Final = 3
_PRETRAINED: Final = frozenset({"model", "hub", "download", "pretrained", "sdk", "index"})


class DemoDataInDeliverable(Rule):
    """A model of demonstration data is a demonstration, wherever it is deployed.

    ## Why is this bad?
    Irises and made-up numbers are there to show that a pipeline runs. When what is saved, written or deployed was made
    of them, somebody will take its numbers for those of the business.

    ## Examples
    ```nb bad error
    # %%
    import joblib
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier
    # %%
    X, y = load_wine(return_X_y=True)
    model = RandomForestClassifier(random_state=0).fit(X, y)
    # %%
    joblib.dump(model, "model.joblib")
    ```
    ```nb bad error
    import seaborn as sns
    tips = sns.load_dataset("tips")
    tips.groupby("day").total_bill.mean().to_frame().to_csv("revenue.csv")
    ```
    ```nb fixed template
    # %% tags=["parameters"]
    TIPS_CSV = "data/tips.csv"
    # %%
    import seaborn as sns
    import pandas as pd
    tips = pd.read_csv(TIPS_CSV)
    tips.groupby("day").total_bill.mean().to_frame().to_csv("revenue.csv")
    ```
    ```nb good
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier
    X, y = load_wine(return_X_y=True)
    print(RandomForestClassifier(random_state=0).fit(X, y).score(X, y))
    ```
    ```nb good
    import joblib
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    wines = pd.read_parquet(path)
    joblib.dump(RandomForestClassifier(random_state=0).fit(wines[["acid"]], wines["kind"]), "model.joblib")
    ```

    ## What keeps it quiet
    - results that are only shown, and files that the notebook reads back itself;
    - results that real data went into, too;
    - files whose names say that they are a test, a sample or a demonstration, and temporary ones;
    - notebooks that teach.

    ## Fix safety
    A template: where a table of a library is loaded, a file takes its place, with the path as a parameter. Put
    the real data there.

    ## References
    - scikit-learn: [Toy datasets](https://scikit-learn.org/stable/datasets/toy_dataset.html)
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook, needs=DELIVERIES)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        demos = any(event.detail in _DEMO for event in ctx.model.events_of(EventKind.LOAD))
        made = ctx.model.events_of(EventKind.PERSIST, EventKind.SERVE, EventKind.DRAW)
        written_out = any(True for _ in ctx.model.calls(*_MADE))
        if not (demos or made or written_out) or ctx.purpose.teaches:
            return
        seen: set[ast.AST] = set()
        for delivery in ctx.purpose.deliveries:
            if delivery.kind not in _GIVEN or _is_trial(delivery):
                continue
            source = _demo_source(delivery, ctx)
            if source is not None and source.node not in seen:
                seen.add(source.node)
                yield self._finding(source, delivery, ctx)

    def _finding(self, source: Event | Call, delivery: Event, ctx: Context) -> Diagnosis:
        name = brief(source.node.func)
        what = "made-up data" if isinstance(source, Call) else "demonstration data"
        return self.finding(
            ctx,
            source,
            f"`{name}`: {what} ends in {named_call(delivery, ctx)}, which passes for a result of the business",
            fixes=_plans(source, ctx),
            related=[(delivery, "delivered here")],
            advice="Load the real data in its place, from a path or a table that is a parameter.",
        )


def _is_trial(delivery: Event) -> bool:
    """Whether what is delivered says that it is for trying things out, or is no table."""
    if delivery.kind is EventKind.WRITE and delivery.detail not in _TABLES:
        return True
    path = delivery.path.head if delivery.path is not None else None
    return _TRYING.search((path or "").lower()) is not None


def _demo_source(delivery: Event, ctx: Context) -> Event | Call | None:
    """The demonstration data that a delivery was made of, if no other data were."""
    found: list[Event] = []
    for event in delivery.lineage:
        if event.kind in _REAL and event.detail not in _PRETRAINED:
            if event.detail not in _DEMO:
                return None
            found.append(event)
    if found:
        return min(found, key=lambda event: event.order)
    fits = sorted((event for event in delivery.lineage if event.kind is EventKind.FIT), key=lambda event: event.order)
    if delivery.kind is EventKind.WRITE:
        data = delivery.inputs.get("data")
        frame = delivery.node.func.value if isinstance(delivery.node.func, ast.Attribute) else None
        maker = _Maker(ctx)
        drawn = not maker.is_summed_up(frame)
        return maker.of(frame, drawn=drawn) if data is not None and not fits and not maker.is_added_to(frame) else None
    if not fits and delivery.detail == "network":
        return _trained_on(delivery, ctx)
    first = (fit.node.args[0] for fit in fits[:10] if fit.node.args)
    return next((call for node in first if (call := _Maker(ctx).of(node)) is not None), None)


def _trained_on(delivery: Event, ctx: Context) -> Event | None:
    """The demonstration data of all training before a network is saved whose own is not known."""
    fits = [event for event in ctx.model.events_of(EventKind.FIT) if event.order < delivery.order]
    sources = [source for fit in fits for source in fit.lineage if source.kind in _REAL]
    if not sources or any(source.detail not in _DEMO | _PRETRAINED for source in sources):
        return None
    if not all(any(source.detail in _DEMO for source in fit.lineage) for fit in fits):
        return None
    return min((source for source in sources if source.detail in _DEMO), key=lambda event: event.order)


class _Maker:
    """Finds the call that makes data of constants in the code, or of numbers that are drawn."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._origins = origins(ctx)

    def of(self, node: ast.expr | None, *, drawn: bool = False) -> Call | None:
        """The call that an expression got its rows from; None if they may be others, or none was `drawn`."""
        for _ in range(_STEPS):
            call = self._ctx.call(node) if isinstance(node, ast.Call) else None
            if node is None:
                return None
            if call is not None and _draws(call):
                return call
            if isinstance(node, ast.BinOp):
                return self._both(node.left, node.right, drawn=drawn)
            if call is not None and call.name in _MADE:
                return call if self._is_made_up(call, drawn=drawn) else None
            node = self._before(node, call)
        return None

    def is_summed_up(self, frame: ast.expr | None) -> bool:
        """Whether a table is worked out from another: a report, and no list of settings that is kept in the code."""
        for _ in range(_STEPS):
            if frame is None:
                return False
            if isinstance(frame, ast.Call) and last_name(frame.func) in _SUMMARIES:
                return True
            frame = self._before(frame, self._ctx.call(frame) if isinstance(frame, ast.Call) else None)
        return False

    def is_added_to(self, frame: ast.expr | None) -> bool:
        """Whether a table gets columns that are neither drawn nor constant: the scores of settings that were drawn."""
        binding = self._origins.binding(frame)
        statements = [use.stmt.node for use in binding.uses] if binding is not None else []
        return any(
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Subscript)
            and self.of(node.value) is None
            and not self._is_plain(node.value)
            for node in statements
        )

    def _before(self, node: ast.expr, call: Call | None) -> ast.expr | None:
        """One step back from an expression, to what its rows come from."""
        match node:
            case ast.Name():
                origin = self._origins.of(node)
                if origin is None or origin.index is None or not isinstance(origin.expression, ast.Call):
                    return origin.expression if origin is not None else None
                made = self._returned(origin.expression, origin.index)
                return made or next(iter(origin.expression.args), None)  # `train_test_split(X, y)`
            case ast.Subscript(value=owner) | ast.Attribute(value=owner):
                return owner
            case ast.Call(func=ast.Attribute(value=owner)) if call is not None and call.receiver:
                return owner
            case ast.Call():
                return self._returned(node, None)
        return None

    def _returned(self, node: ast.Call, index: int | None) -> ast.expr | None:
        """What a function of the notebook returns at its end."""
        binding = self._origins.binding(node.func)
        function = binding.stmt.node if binding is not None and binding.stmt is not None else None
        if not isinstance(function, ast.FunctionDef) or not isinstance(function.body[-1], ast.Return):
            return None
        value = function.body[-1].value
        if index is not None and isinstance(value, ast.Tuple):
            return value.elts[index] if index < len(value.elts) else None
        return value if index is None else None

    def _both(self, left: ast.expr, right: ast.expr, *, drawn: bool) -> Call | None:
        parts = [part for part in (left, right) if not self._is_plain(part)]
        found = [self.of(part, drawn=drawn) for part in parts]
        return found[0] if found and all(found) else None

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether an expression is constant, or counts: `range(10)`, `pd.date_range(start, periods=10)`."""
        value = self._ctx.value(node)
        if isinstance(value.const, int | float | str):
            return True
        last = next(reversed(list(self._origins.back(node))), node)
        call = self._ctx.call(last) if isinstance(last, ast.Call) else None
        return (call is not None and call.name in _COUNTED) or _counts(last) or _is_written_out(self._ctx.value(last))

    def _is_made_up(self, call: Call, *, drawn: bool) -> bool:
        """Whether a table is made of constants and of what is drawn here, row by row or column by column."""
        node, value = (call.node.args[0], call.args[0]) if call.args and call.node.args else (None, None)
        if node is None or value is None:
            return False
        if not drawn and _is_written_out(value):
            return True
        if not value.lineage or any(event.kind not in {EventKind.DRAW, EventKind.SEED} for event in value.lineage):
            return False
        origin = self._origins.of(node)
        match origin.expression if origin is not None else node:
            case ast.Dict(values=columns) if columns:
                return self._are_drawn(columns)
            case ast.ListComp(generators=[generator]):
                return _counts(generator.iter)
            case ast.List(elts=[]):
                return origin is not None and _is_filled_by_counting(origin.binding)
        return self.of(node) is not None

    def _are_drawn(self, columns: list[ast.expr]) -> bool:
        """Whether the columns of a table are drawn or constant, most of them drawn."""
        known = [column for column in columns if self.of(column) is not None]
        plain = all(self._is_plain(column) for column in columns if column not in known)
        return 2 * len(known) >= len(columns) and plain


def _is_filled_by_counting(rows: Binding) -> bool:
    """Whether an empty list is filled in a loop over numbers: `for i in range(n): rows.append(...)`."""
    place = rows.stmt
    block = place.block[place.index + 1 :] if place is not None else ()
    loops = [node for node in block if isinstance(node, ast.For)]
    filling = [loop for loop in loops if any(f"{rows.name}.append(" in ast.unparse(inner) for inner in loop.body)]
    return bool(filling) and all(_counts(loop.iter) for loop in filling)


def _draws(call: Call) -> bool:
    """Whether a call gives random numbers or made-up texts."""
    if not any(event.kind is EventKind.DRAW for event in call.events):
        return False
    return call.name.startswith(_RANDOM) or (call.receiver is not None and call.receiver.type in _GENERATORS)


def _counts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def _is_written_out(value: Value, depth: int = 0) -> bool:
    """Whether a value is rows of constants, or of numbers that were drawn."""
    if depth and (value.text is not None or isinstance(value.const, int | float)):
        return True
    if depth and value.lineage and all(event.kind is EventKind.DRAW for event in value.lineage):
        return True
    items = value.elements
    enough = len(items) >= (1 if depth or isinstance(value.items, dict) else _ROWS)
    return depth < _DEPTH and enough and all(_is_written_out(item, depth + 1) for item in items)


def _plans(source: Event | Call, ctx: Context) -> list[Plan]:
    if isinstance(source, Event) and source.output.type == "pandas.DataFrame" and source.stmt.function is None:
        return [fixes.loader.real_data_fix(ctx, source)]
    return []
