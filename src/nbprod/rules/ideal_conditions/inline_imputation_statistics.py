import ast
from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.categories import categories_of
from nbprod.kit.leakage import Part, leakage_of, part_of
from nbprod.kit.statistics import filled_by_rows, filling_statistic, is_kept, standardised, statistic_in


class InlineImputationStatistics(Rule):
    """A mean that fills gaps belongs to the model, and has to be kept with it.

    ## Why is this bad?
    `fillna(df["age"].mean())` computes a number, uses it and forgets it. When the model later meets a single row with a
    gap, the number is gone; taken anew from whatever rows come along, it is another one, and the model sees features
    that it never learned from. The same goes for `(x - x.mean()) / x.std()`.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    df = pd.read_csv("churn.csv")
    df["age"] = df["age"].fillna(df["age"].median())
    # %%
    model = RandomForestClassifier(random_state=1).fit(df[["age", "income"]], df["churn"])
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    df = pd.read_csv("churn.csv")
    # %%
    model = make_pipeline(
        ColumnTransformer([("age", SimpleImputer(strategy="median"), ["age"])], remainder="passthrough"),
        RandomForestClassifier(random_state=1),
    ).fit(df[["age", "income"]], df["churn"])
    ```
    ```nb bad
    import pandas as pd
    from sklearn.linear_model import Ridge
    df = pd.read_csv("sales.csv")
    X = df[["price", "stock"]]
    X = (X - X.mean()) / X.std()
    model = Ridge().fit(X, df["sold"])
    ```
    ```nb good
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    df = pd.read_csv("churn.csv")
    model = make_pipeline(SimpleImputer(strategy="median"), RandomForestClassifier(random_state=1))
    model.fit(df[["age", "income"]], df["churn"])
    ```
    ```nb good
    import pandas as pd
    df = pd.read_csv("churn.csv")
    df["age"] = df["age"].fillna(df["age"].median())
    df.groupby("plan")["age"].mean().plot()
    ```

    ## What keeps it quiet
    - data that no model is trained on, and models that only explain (statsmodels) or group rows at hand; the target;
    - constants (`fillna(0)`) and values of other rows (`ffill`);
    - a statistic that has a name and is saved;
    - z-scores that only decide which rows to leave out;
    - the test part, when the training part beside it is reported.

    ## Fix safety
    Unsafe: the model fills its gaps with what it learns from its training rows, and the column itself keeps them.
    Offered for a column of a table that one model of scikit-learn learns from, and nothing else uses.

    ## References
    - scikit-learn: [Imputation of missing values](https://scikit-learn.org/stable/modules/impute.html)
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    def __init__(self) -> None:
        self._seen: set[ast.AST] = set()
        self._filled = False

    @on(EventKind.DERIVE)
    def check(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if event.node in self._seen:
            return
        statistic = filling_statistic(event, ctx) if event.detail == "fill" else ""
        scaled = standardised(event, ctx) if event.detail == "ratio" else None
        if not statistic and scaled is None:
            return
        later = leakage_of(ctx).later_fits(event)
        column = event.inputs["X"].column
        fits = [
            fit
            for fit in later
            if fit.detail != "inference" and not _only_groups(fit, ctx) and _may_take(fit, column, ctx)
        ]
        if not fits and not leakage_of(ctx).later_cross_validation(event):
            return
        if self._filled and part_of(event.inputs.get("X")) is Part.TEST:
            return
        if is_kept(event.call.argument_node(0, "value") if statistic else event.node, ctx):
            return
        self._seen.add(event.node)
        self._filled = True
        yield self.finding(
            ctx,
            event,
            _message(event, statistic, scaled, ctx),
            fixes=[fixes.imputation.imputer_in_pipeline_fix(ctx, event, statistic, fits)] if statistic else [],
            related=[(fits[0], "a model learns from it here")] if fits else [],
        )

    @on(ast.Assign, needs=[EventKind.FIT])
    def check_rows(self, node: ast.Assign, ctx: Context) -> Iterator[Diagnosis]:
        found = filled_by_rows(node)
        stmt = ctx.stmt(node) if found is not None else None
        if found is None or stmt is None:
            return
        frame, column, value = found
        statistic = statistic_in(value, stmt, ctx)
        data = ctx.value(frame)
        fits = categories_of(ctx).fits_on(data, stmt) if statistic and column not in leakage_of(ctx).targets else []
        fits = [
            fit for fit in fits if fit.detail != "inference" and (fit.cell, fit.node.lineno) > (ctx.cell, node.lineno)
        ]
        if not any(_may_take(fit, column, ctx) for fit in fits) or is_kept(value, ctx):
            return
        if self._filled and part_of(data) is Part.TEST:
            return
        self._filled = True
        message = _filled(f"`{column}` is filled", statistic)
        yield self.finding(ctx, node, message, related=[(fits[0], "a model learns from it here")])


def _may_take(fit: Event, column: str | None, ctx: Context) -> bool:
    """Whether a column may be among the features of a model: not if it is given a list of others."""
    features = fit.call.argument_node(0, "X")
    if column is None or not isinstance(features, ast.Subscript):
        return True
    names = [item.text for item in ctx.value(features.slice).elements]
    return not names or None in names or column in names


def _only_groups(fit: Event, ctx: Context) -> bool:
    """Whether rows at hand are put into groups, and no row is ever going to be: nothing predicts, nothing is saved."""
    if fit.call.method != "fit_predict":
        return False
    for event in ctx.model.events_of(EventKind.PREDICT, EventKind.PERSIST):
        values = (event.subject, *event.inputs.values())
        if any(value is not None and fit in value.lineage for value in values):
            return False
    return True


def _message(event: Event, statistic: str, scaled: ast.expr | None, ctx: Context) -> str:
    if scaled is not None:
        return (
            f"`{brief(scaled)}` is put on a scale by numbers that only this run knows: "
            "a new row cannot be put on the same one"
        )
    column = event.inputs["X"].column
    what = f"`{column}`" if column else f"`{ctx.text(event)}`"
    return _filled(f"{what} {'is filled' if column else 'fills gaps'}", statistic)


def _filled(what: str, statistic: str) -> str:
    return f"{what} with a {statistic} that only this run knows: a new row with a gap would get another one"
