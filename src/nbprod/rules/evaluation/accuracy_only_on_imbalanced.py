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
from nbprod.kit.imbalance import made_up_for, shares_in_memory, shown_shares
from nbprod.kit.scoring import Score, scores_of

_ACCURACY: Final = frozenset({"accuracy_score", "zero_one_loss", "score"})
_PLAIN: Final = frozenset({"accuracy", "acc", "score", "loss"})
_REGRESSION: Final = lazy_pattern(r"(?:r2|mean_|median_|max_error|explained_|root_|d2_).*")
_OTHER: Final = lazy_pattern(
    r"confusion|classification_report|class_?report|roc|auc|precision|recall|(?:^|_)f1|f_?beta|f_?score|kappa|matthews|mcc"
    r"|balanced_acc|balancedacc|crosstab|brier|gini|log_?loss|sensitivity|specificity|g_?mean|likelihood_ratios|lift|"
    r"average_prec|gain|discrimination|det_curve|top_k|report",
    2,
)
_BY_HAND: Final = frozenset({"tp", "TP", "fp", "FP", "fn", "FN", "true_positives", "true_pos", "tpr", "fpr", "cm"})
_EVEN: Final = 0.65
_UNEVEN: Final = 0.8
_RELATED: Final = 5


class AccuracyOnlyOnImbalanced(Rule):
    """Accuracy alone says little where one class is rare.

    ## Why is this bad?
    With 3 frauds among 100 payments, a model that never finds one is right in 97% of all cases. Accuracy does not see
    the difference; the people who wait for the frauds do.

    ## Examples
    ```nb bad warning
    # %%
    from imblearn.over_sampling import SMOTE
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score
    X_balanced, y_balanced = SMOTE().fit_resample(X_train, y_train)
    # %%
    model = RandomForestClassifier().fit(X_balanced, y_balanced)
    y_pred = model.predict(X_test)
    # %%
    print(accuracy_score(y_test, y_pred))
    ```
    ```nb fixed template
    # %%
    from imblearn.over_sampling import SMOTE
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score
    X_balanced, y_balanced = SMOTE().fit_resample(X_train, y_train)
    # %%
    model = RandomForestClassifier().fit(X_balanced, y_balanced)
    y_pred = model.predict(X_test)
    # %%
    print(accuracy_score(y_test, y_pred))
    # %%
    from statistics import mode

    from sklearn.metrics import accuracy_score, balanced_accuracy_score, classification_report

    # accuracy rewards the largest class: what would always answering it score, and how does each class fare?
    print("always the largest class:", accuracy_score(y_test, [mode(y_test)] * len(y_test)))
    print("balanced accuracy:", balanced_accuracy_score(y_test, y_pred))
    print(classification_report(y_test, y_pred))
    ```
    ```nb good
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, roc_auc_score
    model = LogisticRegression(class_weight="balanced").fit(X_train, y_train)
    print(accuracy_score(y_test, model.predict(X_test)))
    print(roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
    ```

    With a running kernel, the labels themselves are evidence:
    ```nb bad live warning
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score
    payments = pd.DataFrame({"amount": range(100), "fraud": [0] * 96 + [1] * 4})
    X, fraud = payments[["amount"]], payments["fraud"]
    # %%
    model = LogisticRegression().fit(X, fraud)
    # %%
    y_pred = model.predict(X)
    print(accuracy_score(fraud, y_pred))
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score
    payments = pd.DataFrame({"amount": range(100), "fraud": [0] * 96 + [1] * 4})
    X, fraud = payments[["amount"]], payments["fraud"]
    # %%
    model = LogisticRegression().fit(X, fraud)
    # %%
    y_pred = model.predict(X)
    print(accuracy_score(fraud, y_pred))
    # %%
    from statistics import mode

    from sklearn.metrics import accuracy_score, balanced_accuracy_score, classification_report

    # accuracy rewards the largest class: what would always answering it score, and how does each class fare?
    print("always the largest class:", accuracy_score(fraud, [mode(fraud)] * len(fraud)))
    print("balanced accuracy:", balanced_accuracy_score(fraud, y_pred))
    print(classification_report(fraud, y_pred))
    ```

    ## What keeps it quiet
    - any metric that looks at the classes: a confusion matrix, a report, recall, F1, AUC, a kappa, one made by hand;
    - no sign that the classes are uneven: no resampling, no class weights, no counts that show it;
    - counts, in a saved output or in memory, in which no class has 65% of the rows.

    ## What a running kernel adds
    The true labels of the scores are counted where they are still in memory: from 80% in one class on, no other sign is
    needed; below 65%, class weights are none.

    ## Fix safety
    A template: a cell is added that scores every class. What a missed case costs, only you know.

    ## References
    - scikit-learn: [`balanced_accuracy_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.balanced_accuracy_score.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT, EventKind.EVALUATE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        accuracies = _accuracies(ctx)
        if accuracies is None:
            return
        counted = shares_in_memory(ctx, accuracies) if ctx.runtime is not None else []
        shares = [*counted, *shown_shares(ctx)]
        uneven = next((share for share in shares if share.largest >= _UNEVEN), None)
        if uneven is None and any(share.largest < _EVEN for share in shares):
            return
        signs = list(made_up_for(ctx)) if uneven is None else []
        if (uneven is None and not signs) or _looks_at_classes(ctx):
            return
        place = next(iter(accuracies), None) or _by_hand(ctx)
        if place is None:
            return
        if uneven is not None:
            share = f"{uneven.largest:.0%}"
            where = "" if uneven in counted else f" (cell {ctx.number(uneven.call)})"
            message = (
                f"accuracy is the only metric, and {share} of `{uneven.target}` is one class{where}: always answering "
                f"it scores {uneven.largest:.2f}"
            )
            related = [(uneven.call, "the classes are counted here")] if uneven not in counted else []
        else:
            call, name = signs[0]
            message = (
                f"accuracy is the only metric, but `{name}` (cell {ctx.number(call)}) says that a class is rare: a "
                "model that never finds it would score well"
            )
            related = [(call, f"`{name}` makes up for a rare class") for call, name in signs[:_RELATED]]
        yield self.finding(
            ctx,
            place,
            message,
            related=related,
            fixes=_plans(place, ctx),
            confidence=Confidence.HIGH if uneven is not None else Confidence.MEDIUM,
            anchor="",
            live=uneven is not None and uneven in counted,
        )


def _accuracies(ctx: Context) -> list[Event] | None:
    """The accuracies of classifiers; None if there is another score of one, or nothing learns."""
    fits, scores = ctx.model.events_of(EventKind.FIT), ctx.model.events_of(EventKind.EVALUATE)
    if not (fits or scores):
        return None
    found = []
    for event in scores:
        if event.detail == "cross-validation":
            scoring = event.call.keywords.get("scoring")
            if scoring is not None and scoring.const not in {None, "accuracy"}:
                return None
        elif event.detail == "network":
            if not _compiled_with_accuracy(ctx):
                return None
        elif event.detail not in _ACCURACY:
            if not _REGRESSION.fullmatch(event.detail):
                return None
            continue
        found.append(event)
    if not found and _compiled_with_accuracy(ctx):
        found = [event for event in fits if event.detail == "network" and _is_shown(event)]
    return found


def _by_hand(ctx: Context) -> Score | None:
    """A comparison of labels with predicted ones, as an accuracy is made by hand."""
    compared = [score for score in scores_of(ctx).by_hand if isinstance(score.node, ast.Compare)]
    return compared[-1] if compared else None  # training comes first


def _is_shown(fit: Event) -> bool:
    return not fit.call.keywords.keys().isdisjoint({"validation_data", "validation_split"})


def _compiled_with_accuracy(ctx: Context) -> bool:
    """Whether all networks are compiled with accuracy as their only metric."""
    compiled = ctx.model.calls("keras.Model.compile", "keras.Sequential.compile", ".compile")
    metrics = [call.keywords.get("metrics") for call in compiled]
    return bool(metrics) and all(value is not None and _is_accuracy(value) for value in metrics)


def _is_accuracy(metrics: Value) -> bool:
    named = (metrics,) if metrics.text is not None else metrics.elements
    return bool(named) and all(map(_names_accuracy, named))


def _names_accuracy(value: Value) -> bool:
    name = value.text or (value.type or "").rpartition(".")[2]
    return "acc" in name.lower() and "balanced" not in name.lower()


def _looks_at_classes(ctx: Context) -> bool:
    """Whether anything else, known to us or not, may tell how each class fares."""
    if not _BY_HAND.isdisjoint(ctx.model.bound_names):
        return True
    return any(_OTHER.search(call.method) or _scores_otherwise(call) for call in ctx.model.all_calls)


def _scores_otherwise(call: Call) -> bool:
    for name in ("scoring", "metrics", "eval_metric", "metric", "score", "objective_metric", "monitor", "refit"):
        value = call.keywords.get(name)
        texts = (item.text for item in (value, *value.elements)) if value is not None else ()
        if any(text is not None and _OTHER.search(text) for text in texts):
            return True
    return False


def _plans(place: Event | Score, ctx: Context) -> list[Plan]:
    score = next((score for score in scores_of(ctx).all if score.event is place), None)
    return [fixes.scores.report_fix(ctx, score)] if score is not None and score.event is not None else []
