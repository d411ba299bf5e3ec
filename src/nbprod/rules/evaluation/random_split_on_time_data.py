import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Call,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Plan,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    on,
)
from nbprod.kit.row_copies import frames_behind
from nbprod.kit.steps import constructor_of

_SPLIT: Final = "sklearn.model_selection.train_test_split"
_FOLDS: Final = ("KFold", "StratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "RepeatedKFold")
_LAGS: Final = frozenset({"shift", "diff", "rolling", "pct_change", "ewm", "expanding"})
_SERIES: Final = ("yfinance.", "pandas_datareader.", "quandl.")
"""What gives prices of one day after the other."""
_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})


class RandomSplitOnTimeData(Rule):
    """Rows that follow one another in time are held out from the end, not at random.

    ## Why is this bad?
    In production the model predicts days that nobody has seen yet. Held out at random, each test row lies between two
    days that the model has learned from, and a series changes little from one day to the next: the score is that of
    filling gaps in the past, and the first week after the release is worse.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    sales["last_week"] = sales["amount"].shift(7)
    sales = sales.dropna()
    # %%
    X, y = sales[["last_week"]], sales["amount"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    sales["last_week"] = sales["amount"].shift(7)
    sales = sales.dropna()
    # %%
    X, y = sales[["last_week"]], sales["amount"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, shuffle=False)
    ```
    Folds, too, are cut in time:
    ```nb bad warning
    import pandas as pd
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_score
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    sales["average"] = sales["amount"].rolling(7).mean()
    X, y = sales[["average"]], sales["amount"]
    scores = cross_val_score(Ridge(), X, y, cv=KFold(n_splits=5, shuffle=True, random_state=0))
    ```
    ```nb fixed unsafe
    import pandas as pd
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.model_selection import TimeSeriesSplit
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    sales["average"] = sales["amount"].rolling(7).mean()
    X, y = sales[["average"]], sales["amount"]
    scores = cross_val_score(Ridge(), X, y, cv=TimeSeriesSplit(n_splits=5))
    ```
    ```nb good
    import pandas as pd
    from sklearn.model_selection import train_test_split
    members = pd.read_csv("members.csv", parse_dates=["joined"])
    train, test = train_test_split(members, test_size=0.2)
    ```
    With a running kernel, an index in the order of time is enough:
    ```nb bad live warning
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    days = pd.date_range("2026-01-01", periods=60)
    load = pd.DataFrame({"hour": range(60), "megawatts": range(60)}, index=days)
    # %%
    train, test = train_test_split(load, test_size=0.2)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    days = pd.date_range("2026-01-01", periods=60)
    load = pd.DataFrame({"hour": range(60), "megawatts": range(60)}, index=days)
    # %%
    train, test = train_test_split(load, test_size=0.2, shuffle=False)
    ```
    ```nb good live
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    days = pd.date_range("2026-01-01", periods=60)
    members = pd.DataFrame({"member_id": range(60), "joined": days, "age": range(60)})
    # %%
    train, test = train_test_split(members[["age"]], test_size=0.2)
    ```

    ## What keeps it quiet
    - splits in order (`shuffle=False`), and a `TimeSeriesSplit` anywhere in the notebook;
    - dates alone: without a kernel, a feature must look back in time (`shift`, `rolling`, `diff` and their like), over
      rows that were loaded with dates;
    - steps within groups (`groupby("store")["sales"].shift()`);
    - one row for each person or thing, in the order of their dates, if no feature is made of the date.

    ## What a running kernel adds
    Whether the rows are in the order of time: by their index, or by a column of dates which a feature is made of.

    ## Fix safety
    Unsafe: other rows are held out, the latest ones, and the score becomes that of predicting them. The rows must be in
    the order of time.

    ## References
    - scikit-learn: [`TimeSeriesSplit`](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.TimeSeriesSplit.html)
    - S. Kapoor, A. Narayanan, [Leakage and the Reproducibility Crisis in ML-based
      Science](https://reproducible.cs.princeton.edu/), Patterns, 2023: temporal leakage
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"

    @on(_SPLIT)
    def check(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        shuffle = call.keywords.get("shuffle")
        if call.node.args and not call.open and (shuffle is None or shuffle.const is True):
            yield from self._judge(call, call.node.args[0], ctx)

    @on(*(f"sklearn.model_selection.{name}.split" for name in _FOLDS))
    def folds(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        """`for train, test in KFold(5, shuffle=True).split(X)`."""
        node, function = call.argument_node(0, "X"), call.node.func
        made = constructor_of(function.value, call.cell, ctx) if isinstance(function, ast.Attribute) else None
        if node is not None and made is not None and _shuffles(made):
            yield from self._judge(call, node, ctx, made)

    @on("sklearn.model_selection.cross_val_score", "sklearn.model_selection.cross_validate")
    def crossed(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        """`cross_val_score(model, X, y, cv=KFold(5, shuffle=True))`."""
        node, folds = call.argument_node(1, "X"), call.argument_node(None, "cv")
        made = constructor_of(folds, call.cell, ctx) if folds is not None else None
        if node is not None and made is not None and made.method in _FOLDS and _shuffles(made):
            yield from self._judge(call, node, ctx, made)

    def _judge(self, call: Call, data: ast.expr, ctx: Context, folds: Call | None = None) -> Iterator[Diagnosis]:
        if any("TimeSeriesSplit" in it.method for it in ctx.model.all_calls):
            return
        ordered = _order_in_memory(data, call, ctx) if ctx.runtime is not None else None
        lag = next(_lags(call, ctx.value(data), ctx), None)
        if ordered is not None:
            shows = ordered
        elif lag is not None:
            shows = f"`{lag.method}` in cell {ctx.number(lag)}"
        else:
            return
        name = folds.method if folds is not None else call.method
        message = f"`{name}` shuffles rows in the order of time ({shows}): the model is tested on gaps in what it knows"
        yield self.finding(
            ctx,
            call,
            message,
            related=[(lag, "looks back to earlier rows")] if lag is not None else [],
            fixes=_plans(call, folds, ctx),
            confidence=Confidence.HIGH if ordered is not None else None,
            advice="Use TimeSeriesSplit." if folds is not None else None,
            live=ordered is not None,
        )


def _shuffles(made: Call) -> bool:
    """Whether folds are made of rows in no order."""
    shuffle = made.keywords.get("shuffle")
    return "Shuffle" in made.method or (shuffle is not None and shuffle.const is True)


def _plans(call: Call, folds: Call | None, ctx: Context) -> list[Plan]:
    if folds is None:
        return [fixes.splits.in_order_fix(ctx, call)]
    return [fixes.splits.folds_in_order_fix(ctx, folds)] if folds.method in {"KFold", "StratifiedKFold"} else []


def _lags(split: Call, data: Value, ctx: Context) -> Iterator[Call]:
    """What looks back in time before a split, over rows that were loaded with dates, to make a column of them."""
    dated = {event for event in data.lineage if event.kind in _SOURCES and _has_dates(event, ctx)}
    for call in ctx.model.all_calls if dated else ():
        receiver = call.receiver
        if call.method not in _LAGS or receiver is None or call.cell > split.cell:
            continue
        if receiver.type == "polars.Expr":
            made = call.stmt.node.value if isinstance(call.stmt.node, ast.Assign) else call.node
            if not dated.isdisjoint(ctx.value(made).lineage) and not _is_grouped(made):
                yield call
            continue
        is_series = (receiver.type or "").endswith(("DataFrame", "Series"))
        if is_series and not dated.isdisjoint(receiver.lineage) and _fills_column(call):
            yield call


def _is_grouped(made: ast.expr) -> bool:
    """Whether an expression of polars looks back within groups: `pl.col("sales").shift().over("store")`."""
    return any(isinstance(part, ast.Attribute) and part.attr == "over" for part in ast.walk(made))


def _fills_column(call: Call) -> bool:
    match call.stmt.node:
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            return True
    return False


def _has_dates(load: Event, ctx: Context) -> bool:
    """Whether a table is loaded with dates, or a column of it becomes one."""
    dates = load.call.keywords.get("parse_dates") or load.call.keywords.get("try_parse_dates")
    if load.call.name.startswith(_SERIES):
        return True
    if dates is not None and dates.const is not False:
        return True
    made = ctx.model.calls("pandas.to_datetime")
    return any(load in value.lineage for call in made for value in call.args[:1])


def _order_in_memory(data: ast.expr, split: Call, ctx: Context) -> str | None:
    from nbprod.kit.time_order import order_of_time  # noqa: PLC0415  -- most runs have no session to ask

    return order_of_time(ctx, frames_behind(data, ctx), data, split)
