from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
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
    is_a,
    on,
)
from nbprod.kit.leakage import Part, is_cross_validation, part_of
from nbprod.kit.scoring import Score, Scores, scores_of

_VALIDATION: Final = ("validation_data", "validation_split", "eval_set", "valid_sets", "evals", "eval_dataset")
"""Parameters of a `fit` that score the model on other rows."""

_RELATED: Final = 10


class EvaluatedOnTrainingData(Rule):
    """A model is scored on rows that it has not seen.

    ## Why is this bad?
    A model can learn its training rows by heart: a decision tree scores 1.0 on them, whatever the data. Such a score
    says nothing of the rows that will come, and the model that it recommends is the one that overfits most.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    from sklearn.ensemble import RandomForestRegressor
    df = pd.read_csv("flats.csv")
    X = df[["rooms", "area"]]
    y = df["rent"]
    # %%
    model = RandomForestRegressor(random_state=0)
    model.fit(X, y)
    # %%
    print("R2:", model.score(X, y))
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.ensemble import RandomForestRegressor
    df = pd.read_csv("flats.csv")
    X = df[["rooms", "area"]]
    y = df["rent"]
    # %%
    model = RandomForestRegressor(random_state=0)
    model.fit(X, y)
    # %%
    print("R2:", model.score(X, y))
    # %%
    from sklearn.model_selection import cross_val_score

    # each fold is scored by a model that has not seen it; mind order in time and rows that belong together
    cv_scores = cross_val_score(model, X, y, cv=5)
    print(f"cross-validated: {cv_scores.mean():.3f} ± {cv_scores.std():.3f}")
    ```
    ```nb bad error
    from tensorflow import keras
    import numpy as np
    X, y = np.load("X.npy"), np.load("y.npy")
    net = keras.Sequential([keras.layers.Dense(1)])
    net.compile("adam", "mse", metrics=["mae"])
    net.fit(X, y, epochs=20)
    print(net.evaluate(X, y))
    ```
    ```nb fixed unsafe
    from tensorflow import keras
    import numpy as np
    X, y = np.load("X.npy"), np.load("y.npy")
    net = keras.Sequential([keras.layers.Dense(1)])
    net.compile("adam", "mse", metrics=["mae"])
    net.fit(X, y, epochs=20, validation_split=0.2)
    print(net.evaluate(X, y))
    ```
    ```nb good
    from sklearn.model_selection import train_test_split
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    model.fit(X_train, y_train)
    print("train:", model.score(X_train, y_train))
    print("test:", model.score(X_test, y_test))
    ```

    ## What keeps it quiet
    - any score of any model on other rows, a cross-validation, a search, out-of-bag scores, `validation_split`;
    - predictions for a test part, which something may be done with that is no score to us;
    - clustering, detectors of anomalies, statistical inference;
    - a score whose rows or model can't be seen.

    ## Fix safety
    A template: a cross-validation of the same model on the same data is added in a cell of its own. Folds at random are
    wrong for rows that belong together or follow each other in time. For Keras the fix is unsafe: the network no longer
    learns from the last fifth of the rows.

    ## References
    - scikit-learn: [Cross-validation: evaluating estimator performance](https://scikit-learn.org/stable/modules/cross_validation.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if not (ctx.model.events_of(EventKind.FIT) and ctx.model.events_of(EventKind.EVALUATE, EventKind.PREDICT)):
            return
        scores = scores_of(ctx)
        if not scores.fits or _is_validated(ctx) or not _only_on_training_rows(scores, ctx):
            return
        first, *others = scores.all
        fit = first.fit
        if fit is None or _is_shown_elsewhere(fit, ctx):
            return
        model = _model_name(fit, ctx)
        many = "the only score" if not others else "every score"
        message = (
            f"{many} of `{model}`, such as `{ctx.text(first, 40)}`, is on the rows that it was trained on in cell "
            f"{ctx.number(fit)}: it says nothing of new ones"
        )
        yield self.finding(
            ctx,
            first,
            message,
            related=[(fit, "trained here"), *((other, "on training rows, too") for other in others[:_RELATED])],
            fixes=[_plan(fit, first, ctx)],
            anchor="",
        )


def _is_validated(ctx: Context) -> bool:
    """Whether a fit, a search or a cross-validation scores on other rows by itself."""
    for event in ctx.model.events_of(EventKind.FIT, EventKind.EVALUATE):
        kind = event.subject.type if event.subject is not None else None
        if is_cross_validation(event) or (kind or "").endswith("CV"):
            return True
        if event.kind is EventKind.FIT and (
            event.call.open or any(name in event.call.keywords for name in _VALIDATION)
        ):
            return True
    return False


def _only_on_training_rows(scores: Scores, ctx: Context) -> bool:
    understood = {score.event for score in scores.all}
    for event in ctx.model.events_of(EventKind.EVALUATE):
        if event not in understood and not {"X", "predicted"} <= event.inputs.keys():  # those judge a clustering
            return False
    return bool(scores.all) and all(scores.on_training_rows(score) for score in scores.all)


def _is_shown_elsewhere(fit: Event, ctx: Context) -> bool:
    """Whether the model predicts for a test part, or is handed with one to something that may score it."""
    if any(part_of(event.inputs.get("X")) in _HELD_OUT for event in ctx.model.events_of(EventKind.PREDICT)):
        return True
    for call in ctx.model.all_calls:
        if "oob_score" in call.keywords:
            return True
        values = [*call.args, *call.keywords.values()]
        if not call.events and any(fit in value.lineage for value in values) and any(map(_is_held_out, values)):
            return True
    return False


_HELD_OUT: Final = frozenset({Part.TEST, Part.BOTH})


def _is_held_out(value: Value) -> bool:
    return part_of(value) in _HELD_OUT


def _plan(fit: Event, score: Score, ctx: Context) -> Plan:
    if fit.subject is not None and is_a(fit.subject.type, "keras.Model"):
        return fixes.scores.validation_split_fix(ctx, fit)
    return fixes.scores.cross_validation_fix(ctx, fit, score)


def _model_name(fit: Event, ctx: Context) -> str:
    """How the notebook calls what is trained: `model` of `model.fit(X, y)`."""
    name = ctx.text(fit, 200).partition(".fit")[0]
    return name if len(name) <= 40 else f"{name[:39]}…"
