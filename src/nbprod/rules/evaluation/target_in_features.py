import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import Call, Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.columns import Columns, Features
from nbprod.kit.leakage import is_cross_validation
from nbprod.kit.scoring import learns_number, learns_target

_PICKS: Final = frozenset(
    {"ColumnTransformer", "make_column_transformer", "make_column_selector", "DataFrameMapper", "FunctionTransformer",
     "ColumnSelector", "SelectColumns"}
)  # fmt: skip
"""What takes the columns that it wants, whatever it is given."""

_OPAQUE: Final = frozenset({"pipeline", "search", ""})
"""Fits of what may hold such a step."""

_MATRICES: Final = (
    "xgboost.DMatrix", "lightgbm.Dataset", "catboost.Pool",
    *(f"statsmodels.api.{name}" for name in ("OLS", "WLS", "GLS", "GLM", "Logit", "Probit", "Poisson", "RLM")),
)  # fmt: skip
"""What is given the features and the target together before the training."""

_SPARK: Final = ("pyspark.ml.classification.", "pyspark.ml.regression.")


class TargetInFeatures(Rule):
    """The features must not hold the target.

    ## Why is this bad?
    The model reads the answer off its input and scores nearly perfectly. In production nobody knows the answer yet:
    the column is missing, and what the model has learned is worth nothing.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import train_test_split
    df = pd.read_csv("flats.csv")
    # %%
    X = df
    y = df["rent"]
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    # %%
    model = LinearRegression().fit(X_train, y_train)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import train_test_split
    df = pd.read_csv("flats.csv")
    # %%
    X = df.drop(columns=["rent"])
    y = df["rent"]
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    # %%
    model = LinearRegression().fit(X_train, y_train)
    ```
    A `drop` gives a new frame and leaves the old one as it is:
    ```nb bad error
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    data = pd.read_csv("loans.csv")
    target = data["repaid"]
    data.drop("repaid", axis=1)
    tree = DecisionTreeClassifier().fit(data, target)
    ```
    ```nb fixed unsafe
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    data = pd.read_csv("loans.csv")
    target = data["repaid"]
    data.drop("repaid", axis=1)
    tree = DecisionTreeClassifier().fit(data.drop(columns=["repaid"]), target)
    ```
    ```nb good
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier
    data = pd.read_csv("loans.csv")
    target = data.pop("repaid")
    tree = DecisionTreeClassifier().fit(data, target)
    ```

    ## What keeps it quiet
    - a list of columns without the target; a `drop`, `pop` or `del` that takes it out, or of who knows which columns;
    - targets that were shifted in time, and any step that is not known to keep all columns;
    - libraries that are told the name of the target, and column transformers, which take what they want.

    ## Fix safety
    Unsafe: the model no longer sees the target, and its score drops to the real one. No fix is offered where other data
    that the model predicts from would keep the column.

    ## References
    - scikit-learn: [Common pitfalls and recommended practices](https://scikit-learn.org/stable/common_pitfalls.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    def __init__(self) -> None:
        self._columns: Columns | None = None
        self._seen: set[object] = set()
        self._picks: bool | None = None

    @on(EventKind.FIT, EventKind.EVALUATE)
    def check(self, fit: Event, ctx: Context) -> Iterator[Diagnosis]:
        crossed = fit.kind is EventKind.EVALUATE
        if not (is_cross_validation(fit) if crossed else learns_target(fit)):
            return
        features, target = _argument(fit.call, 0 + crossed, "X"), _argument(fit.call, 1 + crossed, "y")
        if features is None or target is None or ((crossed or fit.detail in _OPAQUE) and self._picks_columns(ctx)):
            return
        yield from self._compare(fit.call, features, target, fit, ctx)

    @on(*_MATRICES)
    def matrix(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        """`xgb.DMatrix(df, label=df["price"])`, `sm.OLS(df["price"], df)`."""
        target_first = call.name.startswith("statsmodels.")
        features = call.argument_node(1 if target_first else 0, "exog" if target_first else "data")
        target = call.argument_node(0 if target_first else 1, "endog" if target_first else "label")
        if features is not None and target is not None:
            yield from self._compare(call, features, target, None, ctx)

    @on("pyspark.ml.feature.VectorAssembler")
    def assembled(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        """`VectorAssembler(inputCols=[…, "price"])` before a model of Spark whose `labelCol` is "price"."""
        given, output = call.argument(None, "inputCols"), call.argument(None, "outputCol")
        columns = {item.text for item in given.elements} - {None} if given is not None else set()
        for model in ctx.model.all_calls if columns else ():
            if not model.name.startswith(_SPARK) or model.receiver is not None:
                continue
            label, features = model.argument(None, "labelCol"), model.argument(None, "featuresCol")
            taken = output is not None and output.text == (features.text if features is not None else "features")
            if label is not None and label.text in columns and taken:
                message = (
                    f"the target `{label.text}` is among the columns of `{ctx.text(call, 60)}`, which `{model.method}` "
                    f"(cell {ctx.number(model)}) learns from: the model reads the answer off its input"
                )
                yield self.finding(ctx, call, message, related=[(model, "learned from here")])
                return

    def _compare(
        self, call: Call, features: ast.expr, target: ast.expr, fit: Event | None, ctx: Context
    ) -> Iterator[Diagnosis]:
        """Follow the features and the target of a call back to their columns."""
        columns = self._columns = self._columns or Columns(ctx)
        column = columns.target(target, call.via, is_number=_is_number(call, fit))
        found = columns.features(features, call.cell, call.via, column) if column is not None else None
        what = "the target {0}"
        if column is not None and found is None and (source := columns.made_of(column)) is not None:
            what = f"{{0}}, which the target `{column.column}` is made of,"
            column, found = source, columns.features(features, call.cell, call.via, source)
        if column is None or found is None or (found.frame, column.column) in self._seen:
            return
        self._seen.add((found.frame, column.column))
        name = f"`{column.column}`" if isinstance(column.column, str) else f"column {column.column}"
        message = (
            f"{what.format(name)} is still a column of `{brief(features, 30)}`, which `{ctx.text(call, 60)}` learns "
            "from: the model reads the answer off its input"
        )
        plans = [fixes.columns.drop_target_fix(ctx, found, column.column)] if isinstance(column.column, str) else []
        at: Event | Call = fit or call
        yield self.finding(
            ctx, at, message, fixes=plans if fit is not None and self._is_everywhere(fit, found, ctx) else []
        )

    def _picks_columns(self, ctx: Context) -> bool:
        """Whether the notebook has a step that takes columns by itself, or a class that may be one."""
        if self._picks is None:
            self._picks = any(call.method in _PICKS for call in ctx.model.all_calls) or any(
                isinstance(function.node, ast.ClassDef) for function in ctx.model.functions
            )
        return self._picks

    def _is_everywhere(self, fit: Event, found: Features, ctx: Context) -> bool:
        """Whether all that the model predicts from is mended where its features are."""
        assert self._columns is not None  # noqa: S101  -- for the type checker
        for event in ctx.model.events_of(EventKind.PREDICT, EventKind.EVALUATE):
            subject = event.inputs.get("model") or event.subject
            if subject is None or fit not in subject.lineage:
                continue
            node = _argument(event.call, 1 if "model" in event.inputs else 0, "X")
            if node is None or not self._columns.passes(node, event.call.via, found.frame):
                return False
        return True


def _argument(call: Call, position: int, name: str) -> ast.expr | None:
    return call.argument_node(position, name) or call.argument_node(None, name.lower())


def _is_number(call: Call, fit: Event | None) -> bool:
    """Whether what a call learns is certainly a number."""
    return learns_number(fit) if fit is not None else call.name.endswith((".OLS", ".WLS", ".GLS", ".RLM"))
