import ast
from collections.abc import Iterator, Sequence
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
    fixes,
    on,
)
from nbprod.kit.categories import (
    Categories,
    categories_of,
    declares_categories,
    encodes_text,
    indexes_target,
    is_aligned,
    is_filled,
    is_label_encoder,
)
from nbprod.kit.models import SavedModel, is_checkpoint, saved_models

_SAVED: Final = Severities(explore=Severity.INFO, production=Severity.ERROR)
_INSTEAD: Final = (
    'A `OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10)` in a `ColumnTransformer`, in one '
    "pipeline with the model, keeps the columns of the training data and has a place for what is new."
)


class UnseenCategoryCrash(Rule):
    """Categories are encoded so that one that is new tomorrow fails, or shifts the columns.

    ## Why is this bad?
    The encoding knows the cities, plans and devices of today's table. On the first row with another one, an encoder
    raises, a dictionary gives a gap, and `get_dummies` makes other columns, in another order, than the model was
    trained on. That is not a question of whether, only of when.

    ## Examples
    ```nb bad warning
    # %%
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    # %%
    columns = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression())
    # %%
    model.fit(X_train, y_train)
    ```
    ```nb fixed unsafe
    # %%
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    # %%
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression())
    # %%
    model.fit(X_train, y_train)
    ```
    Training and test data that are encoded apart have other columns as soon as one category is missing in one of them:
    ```nb bad warning
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
    X_train = pd.get_dummies(train[["city", "age"]])
    X_test = pd.get_dummies(test[["city", "age"]])
    model = DecisionTreeClassifier(random_state=0).fit(X_train, train["left"])
    model.predict(X_test)
    ```
    ```nb fixed unsafe
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
    X_train = pd.get_dummies(train[["city", "age"]])
    X_test = pd.get_dummies(test[["city", "age"]]).reindex(columns=X_train.columns, fill_value=0)
    model = DecisionTreeClassifier(random_state=0).fit(X_train, train["left"])
    model.predict(X_test)
    ```
    A model that is saved will meet them:
    ```nb bad error
    import joblib
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    df = pd.read_csv("customers.csv")
    df["plan"] = df["plan"].map({"basic": 0, "plus": 1, "pro": 2})
    model = DecisionTreeClassifier(random_state=0).fit(df[["plan", "age"]], df["left"])
    joblib.dump(model, "left.joblib")
    ```
    ```nb good
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import LabelEncoder
    df = pd.read_csv("customers.csv")
    y = LabelEncoder().fit_transform(df["left"])
    model = LogisticRegression().fit(df[["age", "calls"]], y)
    ```
    ```nb good
    import pandas as pd
    df = pd.get_dummies(pd.read_csv("customers.csv"))
    df.corr()
    ```

    ## What keeps it quiet
    - `handle_unknown` (Spark: `handleInvalid`), and options that can't be seen;
    - `reindex(columns=…)`, `align`, declared categories, and a `fillna` of what a dictionary left empty;
    - encodings of the target, those that no model learns from, and statistical inference.

    ## What a running kernel adds
    How often it will happen: of the columns that are encoded, the one with most values that occur once, whose part of
    the rows estimates how many rows bring a new one.

    ## Fix safety
    Unsafe: what is new is encoded as none of the known categories, where the run ended before. An encoder takes the
    place of `get_dummies` where one model of scikit-learn learns from the table, and nothing names a column that it
    made.

    ## References
    - scikit-learn: `OneHotEncoder`, on `handle_unknown`
    - pandas: `get_dummies`
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on("sklearn.preprocessing.OneHotEncoder", "sklearn.preprocessing.OrdinalEncoder")
    def check_encoder(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if call.receiver is not None or call.passes(None, "handle_unknown"):
            return
        models = categories_of(ctx).models_holding(call)
        if models:
            unknown = fixes.categories.handle_unknown_fix(ctx, call)
            yield self._finding(ctx, call, f"`{call.method}` raises", models, [unknown])

    @on("pyspark.ml.feature.StringIndexer")
    def check_indexer(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if call.receiver is not None or call.open or call.passes(None, "handleInvalid") or indexes_target(call, ctx):
            return
        models = categories_of(ctx).models_holding(call)
        if models:
            yield self._finding(ctx, call, "`StringIndexer` raises", models)

    @on(EventKind.DERIVE)
    def check_derived(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if event.detail != "encoding" or is_aligned(event, ctx):
            return
        models = categories_of(ctx).models_behind(event)
        if not models:
            return
        plans, related = [], []
        if event.call.method == "get_dummies":
            others = [other for other in ctx.model.events_of(EventKind.DERIVE) if _is_apart(other, event, ctx)]
            related = [(other, "encoded apart") for other in others[:3]]
            if len(others) == 1:
                plans = [fixes.categories.reindex_fix(ctx, event, others[0])]
            elif not others:
                plans = [fixes.encoding.encoder_in_pipeline_fix(ctx, event, models)]
            what = "`get_dummies` gives other columns"
        else:
            what = f"`{event.call.method}` gives other codes"
        yield self._finding(ctx, event.call, what, models, plans, related)

    @on(EventKind.FIT)
    def check_labels(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if not is_label_encoder(event) or event.detail != "transformer":
            return
        models = categories_of(ctx).models_behind(event)
        if models:
            yield self._finding(ctx, event.call, "`LabelEncoder` raises", models)

    @on("pandas.DataFrame.apply", "pandas.Series.apply")
    def check_applied(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if (
            call.receiver is None
            or not call.args
            or not (call.args[0].name or "").endswith("LabelEncoder.fit_transform")
        ):
            return
        models = categories_of(ctx).models_fed(call.receiver, call)
        if models:
            yield self._finding(ctx, call, "`LabelEncoder` learns the categories of today and is gone", models)

    @on("pandas.Series.map", "pandas.Series.replace", "pandas.DataFrame.replace")
    def check_mapping(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        mapping = call.argument(0, "arg" if call.method == "map" else "to_replace")
        if mapping is None or call.receiver is None or not encodes_text(mapping) or not _is_kept(call):
            return
        if call.method == "map" and is_filled(call, ctx):
            return
        models = categories_of(ctx).models_fed(call.receiver, call)
        if models:
            what = "a gap" if call.method == "map" else "text"
            yield self._finding(ctx, call, f"this dictionary leaves {what}", models)

    @on(Notebook, needs=[EventKind.FIT])
    def check_codes(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for cell in ctx.cells:
            if ".cat.codes" not in cell.source or cell.tree is None:
                continue
            statements: set[ast.AST] = set()
            for stmt in ast.walk(cell.tree):
                if not isinstance(stmt, ast.Assign | ast.Expr | ast.Return):
                    continue
                for node in ast.walk(stmt):
                    match node:
                        case ast.Attribute(value=ast.Attribute(value=column, attr="cat"), attr="codes"):
                            if stmt not in statements:
                                statements.add(stmt)
                                ctx.cell = cell.index
                                yield from self._check_codes(node, column, stmt, ctx)

    def _check_codes(self, node: ast.Attribute, column: ast.expr, stmt: ast.stmt, ctx: Context) -> Iterator[Diagnosis]:
        fits = categories_of(ctx).fits_on(ctx.value(column), ctx.stmt(stmt))
        models = [fit for fit in fits if (fit.cell, fit.node.lineno) > (ctx.cell, node.lineno)]
        if models and not any(map(declares_categories, ctx.model.all_calls)):
            yield self._finding(ctx, node, "`cat.codes` gives other codes", models)

    def _finding(
        self,
        ctx: Context,
        at: Call | ast.AST,
        what: str,
        models: Sequence[Event],
        plans: Sequence[Plan] = (),
        related: Sequence[tuple[Event, str]] = (),
    ) -> Diagnosis:
        saved = any(_is_outcome(item, models) and not is_checkpoint(item, ctx) for item in saved_models(ctx))
        learner = f"the model trained in cell {ctx.number(models[0].call.via or models[0])}"
        known = _known(ctx, at) if ctx.runtime is not None else ""
        message = f"{what} on a category that is not there today{known}: {learner} can't take it"
        return self.finding(
            ctx,
            at,
            message,
            severity=_SAVED if saved else None,
            fixes=plans,
            related=[(models[0], "a model learns from it"), *related],
            advice=None if plans else _INSTEAD,
            live=bool(known),
        )


def _known(ctx: Context, at: Call | ast.AST) -> str:
    """How often that will be, by the values in memory that occur once."""
    from nbprod.kit.rare_categories import rarest  # noqa: PLC0415  -- most runs have no session to ask

    rare = rarest(ctx, at) if isinstance(at, Call) else None
    return f" ({rare.shown})" if rare is not None else ""


def _is_outcome(saved: SavedModel, models: Sequence[Event]) -> bool:
    return any(not piece.value.lineage.isdisjoint(models) for piece in saved.predictors)


def _is_apart(other: Event, event: Event, ctx: Context) -> bool:
    """Whether `get_dummies` is called on other rows, of which the model gets the columns as they come."""
    if other is event or other.call.method != "get_dummies" or other.node is event.node:
        return False
    categories: Categories = categories_of(ctx)
    return not categories.models_behind(other)


def _is_kept(call: Call) -> bool:
    """Whether the mapped values take the place of the column, or are handed on; not only shown."""
    if isinstance(call.stmt.node, ast.Assign | ast.AugAssign | ast.Return):
        return True
    inplace = call.keywords.get("inplace")
    return inplace is not None and inplace.const is True
