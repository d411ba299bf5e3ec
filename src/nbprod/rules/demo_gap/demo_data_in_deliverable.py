import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
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
    brief,
    fixes,
    lazy_pattern,
    named_call,
    on,
    origins,
)

_DEMO: Final = frozenset({"toy", "generated"})
_REAL: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})
_GIVEN: Final = frozenset({EventKind.PERSIST, EventKind.SERVE, EventKind.WRITE})
_TRYING: Final = lazy_pattern(
    r"(?:^|[/._-])(?:te?mp|tests?|demos?|examples?|samples?|dummy|fake|mock|toy|tutorial|playground|synthetic)\w*(?=[._/-]|$)"
)
_TABLES: Final = frozenset(
    {"csv", "parquet", "excel", "feather", "pickle", "hdf", "sql", "stata", "orc", "delta", "arrow", "json", "upload"}
)
_MADE: Final = ("pandas.DataFrame", "numpy.array", "numpy.asarray", "polars.DataFrame")
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

    @on(Notebook)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        demos = any(event.detail in _DEMO for event in ctx.model.events_of(EventKind.LOAD))
        if not (demos or ctx.model.events_of(EventKind.PERSIST, EventKind.SERVE)) or ctx.purpose.teaches:
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
    if delivery.kind is EventKind.WRITE:
        return None
    fits = sorted((event for event in delivery.lineage if event.kind is EventKind.FIT), key=lambda event: event.order)
    return next((call for fit in fits[:10] if (call := _literal(fit, ctx)) is not None), None)


def _literal(fit: Event, ctx: Context) -> Call | None:
    """The call that makes the training data of constants in the code."""
    node: ast.expr | None = fit.node.args[0] if fit.node.args else None
    known = origins(ctx)
    for _ in range(_STEPS):
        if node is None:
            return None
        call = ctx.call(node)
        if call is not None and call.name in _MADE:
            return call if call.args and _is_written_out(call.args[0]) else None
        if isinstance(node, ast.Name):
            origin = known.of(node)
            node = origin.expression if origin is not None else None
            if origin is not None and origin.index is not None and isinstance(node, ast.Call):
                node = node.args[0] if node.args else None  # `train_test_split(X, y)`
        elif isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and call is not None and call.receiver:
            node = node.func.value
        else:
            return None
    return None


def _is_written_out(value: Value, depth: int = 0) -> bool:
    """Whether a value is rows of constants, or of numbers that were drawn."""
    if depth and (value.text is not None or isinstance(value.const, int | float)):
        return True
    if depth and value.lineage and all(event.kind is EventKind.DRAW for event in value.lineage):
        return True
    items = value.elements
    enough = len(items) >= (1 if isinstance(value.items, dict) else _ROWS)
    return depth < _DEPTH and enough and all(_is_written_out(item, depth + 1) for item in items)


def _plans(source: Event | Call, ctx: Context) -> list[Plan]:
    if isinstance(source, Event) and source.output.type == "pandas.DataFrame" and source.stmt.function is None:
        return [fixes.loader.real_data_fix(ctx, source)]
    return []
