import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprod.kit import (
    INFO,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Notebook,
    Rule,
    Safety,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.blocks import brief, last_name
from nbprod.kit.model_inputs import lists_features, model_fits
from nbprod.kit.models import ModelKind, Piece, SavedModel, is_checkpoint, path_node, saved_models, saved_objects

if TYPE_CHECKING:
    from nbprod.evidence import Estimator

_NAMED = 4
_INFERRED = ("mlflow.transformers.", "mlflow.langchain.", "mlflow.openai.", "mlflow.sentence_transformers.")
_TEXT = ("Vectorizer", "Tokenizer")
_SCHEMAS = ("BaseModel", "DataFrameModel", "SchemaModel")


class ModelWithoutInputContract(Rule):
    """A model is handed over without a word on what it wants as input.

    ## Why is this bad?
    Whoever calls the model has to guess the columns, their order and their types. A column that is missing, or comes as
    text, is found when the numbers look odd, or never: an array of the right width is always accepted.

    ## Examples
    ```nb bad warning
    import mlflow
    from sklearn.ensemble import RandomForestRegressor
    model = RandomForestRegressor(random_state=0).fit(X_train, y_train)
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="demand")
    ```
    ```nb fixed unsafe
    import mlflow
    from mlflow.models import infer_signature
    from sklearn.ensemble import RandomForestRegressor
    model = RandomForestRegressor(random_state=0).fit(X_train, y_train)
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="demand", signature=infer_signature(X_train, model.predict(X_train)))
    ```
    A pickle of a model that learned from an array:
    ```nb bad warning
    import joblib
    import numpy as np
    from sklearn.linear_model import Ridge
    X, y = np.load("X.npy"), np.load("y.npy")
    model = Ridge().fit(X, y)
    joblib.dump(model, "demand.joblib")
    ```
    What learned from a data frame keeps the names of the columns, though not their types:
    ```nb bad info
    import joblib
    import pandas as pd
    from sklearn.linear_model import Ridge
    df = pd.read_csv("demand.csv")
    model = Ridge().fit(df[["price", "week"]], df["sold"])
    joblib.dump(model, "demand.joblib")
    ```
    ```nb good
    import mlflow
    from sklearn.linear_model import Ridge
    model = Ridge().fit(X_train, y_train)
    mlflow.sklearn.log_model(model, name="demand", input_example=X_train[:3])
    ```
    ```nb good
    import joblib
    from sklearn.linear_model import Ridge
    model = Ridge().fit(X_train, y_train)
    joblib.dump({"model": model, "features": list(X_train.columns)}, "demand.joblib")
    ```

    ## What a running kernel adds
    The columns that the fitted model takes; and whether a pickled one remembers their names, which is less of a gap.
    ```nb bad live info
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import Ridge
    # %%
    tables = [pd.DataFrame({"price": [1, 2, 3], "week": [4, 1, 2]})]
    X = next(iter(tables))
    # %%
    model = Ridge().fit(X, [0.5, 1.0, 0.5])
    # %%
    joblib.dump(model, "demand.joblib")
    ```

    ## What keeps it quiet
    - `signature`, `input_example`, `autolog`, and flavours that find the signature themselves;
    - for a dump, a list of features, columns or types that is saved with the model or beside it, a transformer that is,
      or a schema class in the notebook;
    - models of texts; networks, whose formats hold the shape of their input.

    ## Fix safety
    Unsafe: a model with a signature refuses input that does not fit it, where it took anything before. Safe where a
    session still holds the data that the model was fitted to, column by column: there the signature fits.

    ## References
    - MLflow: [Model signatures](https://mlflow.org/docs/latest/ml/model/signatures)
    - scikit-learn: [Model persistence](https://www.scikit-learn.org/stable/model_persistence.html)
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.PERSIST, EventKind.WRITE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for saved in saved_objects(ctx):
            if saved.event.detail == "mlflow" and _lacks_signature(saved, ctx):
                what = brief(saved.what)
                known = _known(saved, ctx)
                its = _columns(known) if known is not None else "its columns and types"
                message = f"`{what}` is logged without an input signature: callers can only guess {its}"
                plan = fixes.models.signature_fix(ctx, saved, _safety(saved, known, ctx))
                yield self.finding(ctx, saved.event, message, fixes=[plan], live=known is not None)
        for saved in saved_models(ctx):
            if saved.event.detail == "pickle" and not is_checkpoint(saved, ctx) and _lacks_features(saved, ctx):
                yield self._dumped(saved, ctx)

    def _dumped(self, saved: SavedModel, ctx: Context) -> Diagnosis:
        path = path_node(saved.event, ctx)
        where = f"`{brief(path)}`" if path is not None else "the file"
        known = _known(saved, ctx) if len(saved.predictors) == 1 else None
        named = all(_learned_from_frame(piece, ctx) for piece in saved.predictors)
        if known is not None:
            named = known.features is not None
        columns = f"its {known.feature_count} columns" if known and (known.feature_count or 0) > 1 else "its columns"
        missing = f"the types of {columns}" if named else "the features that the model wants, in which order and type"
        message = f"nothing saved with {where} says {missing}: callers can only guess"
        advice = "Save the names and types of the columns beside the model, or log it to MLflow with a signature."
        severity = INFO if named else None
        return self.finding(ctx, saved.event, message, severity=severity, advice=advice, live=known is not None)


def _known(saved: SavedModel, ctx: Context) -> "Estimator | None":
    if ctx.runtime is None:
        return None
    from nbprod.kit.fitted import fitted_estimator  # noqa: PLC0415  -- most runs have no session to ask

    return fitted_estimator(ctx, saved)


def _columns(known: "Estimator") -> str:
    names = ", ".join(f"`{name}`" for name in (known.features or ())[:_NAMED])
    more = f" and {len(known.features) - _NAMED} more" if known.features and len(known.features) > _NAMED else ""
    if names:
        return f"that it takes {names}{more}, and of which types"
    return f"its {known.feature_count} columns and their types" if known.feature_count else "its columns and types"


def _safety(saved: SavedModel, known: "Estimator | None", ctx: Context) -> Safety:
    """The signature of the very data that the model was fitted to changes nothing in this session."""
    if known is None:
        return Safety.UNSAFE
    from nbprod.kit.fitted import fits_as_it_is  # noqa: PLC0415  -- most runs have no session to ask

    return Safety.SAFE if fits_as_it_is(ctx, saved, known) else Safety.UNSAFE


def _lacks_signature(saved: SavedModel, ctx: Context) -> bool:
    call = saved.event.call
    if call.name.startswith(_INFERRED) or call.open or call.keywords.keys() & {"signature", "input_example"}:
        return False
    return not any(other.method == "autolog" for other in ctx.model.all_calls)


def _lacks_features(saved: SavedModel, ctx: Context) -> bool:
    if any(piece.kind is ModelKind.TRANSFORMER for piece in saved.pieces) or lists_features(ctx):
        return False
    if any(piece.kind is not ModelKind.ESTIMATOR or _takes_text(piece, ctx) for piece in saved.predictors):
        return False
    bases = [last_name(base) for item in ctx.model.functions for base in getattr(item.node, "bases", ())]
    return not any(base.endswith(_SCHEMAS) for base in bases)


def _takes_text(piece: Piece, ctx: Context) -> bool:
    """Whether a model works on texts: what it learned from went through a vectorizer, or is a single column."""
    for fit in model_fits(piece, ctx)[-1:]:
        data = fit.inputs.get("X")
        if data is None:
            continue
        if data.type == "pandas.Series" or any(_is_vectorizer(event.call.name) for event in data.lineage):
            return True
        made = fit.call.receiver
        if made is not None and made.type is not None and made.type.endswith("Pipeline"):
            return any(isinstance(node, ast.Call) and last_name(node.func).endswith(_TEXT) for cell in ctx.cells
                       if cell.tree is not None for node in ast.walk(cell.tree))  # fmt: skip
    return False


def _is_vectorizer(name: str) -> bool:
    return any(word in name for word in _TEXT)


def _learned_from_frame(piece: Piece, ctx: Context) -> bool:
    fits = model_fits(piece, ctx)[-1:]
    return bool(fits) and all((data := fit.inputs.get("X")) and data.type == "pandas.DataFrame" for fit in fits)
