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
    Rule,
    Severities,
    Severity,
    Tag,
    Value,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.metrics import (
    Role,
    is_asymmetric,
    is_labels,
    name_of,
    parameters_of,
    role_by_name,
    role_of,
    scores_pair,
)

_TRANSPOSED: Final = frozenset({"confusion_matrix", "multilabel_confusion_matrix", "ConfusionMatrixDisplay"})
_DISPLAYS: Final = frozenset({"ConfusionMatrixDisplay", "DetCurveDisplay", "PrecisionRecallDisplay", "RocCurveDisplay"})
_EXCHANGED: Final = {
    "precision_score": "the value is the recall",
    "recall_score": "the value is the precision",
    "classification_report": "precision and recall have changed places",
    "precision_recall_fscore_support": "precision and recall have changed places",
    "homogeneity_score": "the value is the completeness",
    "completeness_score": "the value is the homogeneity",
}
"""What comes out when truth and prediction change places; the other metrics are just wrong."""


class SwappedMetricArguments(Rule):
    """A metric takes the truth first and the prediction second.

    ## Why is this bad?
    Most metrics are not symmetric. With its arguments swapped, precision is really recall, R² divides by the spread of
    the predictions, and a confusion matrix is transposed. No error says so: the number looks as good as any, and the
    decision that is based on it is wrong.

    ## Examples
    ```nb bad error
    # %%
    from sklearn.metrics import r2_score
    from sklearn.linear_model import LinearRegression
    # %%
    model = LinearRegression().fit(X_train, y_train)
    y_hat = model.predict(X_test)
    # %%
    print(r2_score(y_hat, y_test))
    ```
    ```nb fixed unsafe
    # %%
    from sklearn.metrics import r2_score
    from sklearn.linear_model import LinearRegression
    # %%
    model = LinearRegression().fit(X_train, y_train)
    y_hat = model.predict(X_test)
    # %%
    print(r2_score(y_true=y_test, y_pred=y_hat))
    ```
    ```nb good
    from sklearn.metrics import r2_score
    y_hat = model.predict(X_test)
    print(r2_score(y_test, y_hat))
    ```
    The mean squared error is the same either way:
    ```nb good
    from sklearn.metrics import mean_squared_error
    print(mean_squared_error(model.predict(X_test), y_test))
    ```

    ## What keeps it quiet
    - metrics that are symmetric: accuracy, MSE, MAE, the Matthews coefficient, F1 unless it is weighted;
    - one side is unknown, or its name and what it was computed from disagree.

    ## Fix safety
    Unsafe: the score changes, to the right one.

    ## References
    - scikit-learn: [`precision_score(y_true, y_pred)`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html)
    - scikit-learn: [`r2_score(y_true, y_pred)`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.r2_score.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.ERROR, production=Severity.ERROR)
    since = "0.1"

    def __init__(self) -> None:
        self._seen: set[ast.Call] = set()

    @on(EventKind.EVALUATE)
    def check(self, score: Event, ctx: Context) -> Iterator[Diagnosis]:
        if not scores_pair(score) or not is_asymmetric(score):
            return
        true, predicted = parameters_of(score)
        first, second = score.call.argument_node(0, true), score.call.argument_node(1, predicted)
        call, plans = score.call, [fixes.scores.swap_fix(ctx, score)]
        named = role_by_name(_id(first)), role_by_name(_id(second))
        if call.via is not None and named in {(Role.TRUE, Role.PREDICTED), (None, None)} and _id(first) and _id(second):
            passed = _passed(call.via, _id(first)), _passed(call.via, _id(second))
            if None not in passed or named != (None, None):
                call, plans = call.via, []  # a function of the notebook that has it right: perhaps its caller has not
                first, second = passed
        if first is None or second is None or call.node in self._seen:
            return
        other = score.inputs["predicted"]
        role = role_of(other, second) or (Role.TRUE if _may_be_labels(other, second) else None)
        if (role_of(score.inputs["true"], first), role) == (Role.PREDICTED, Role.TRUE):
            self._seen.add(call.node)
            yield self.finding(ctx, call, _message(score, call, first, second, ctx), fixes=plans)


def _id(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _may_be_labels(value: Value, node: ast.expr) -> bool:
    """Whether something is called `labels`, and no model had a part in it."""
    by_model = any(event.kind in {EventKind.FIT, EventKind.PREDICT} for event in value.lineage)
    return is_labels(name_of(node)) and not by_model and not value.has(Tag.PREDICTION | Tag.PROBABILITY | Tag.FITTED)


def _passed(call: Call, parameter: str) -> ast.expr | None:
    """The expression that a call of a function of the notebook passes for one of its parameters."""
    definition = call.function.definition
    arguments = getattr(definition.node, "args", None) if definition is not None else None
    if not isinstance(arguments, ast.arguments):
        return None
    names = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    return call.argument_node(names.index(parameter), parameter) if parameter in names else None


def _message(score: Event, call: Call, first: ast.expr, second: ast.expr, ctx: Context) -> str:
    name = score.detail if score.detail in _DISPLAYS else score.call.method
    shown = f"`{name}({brief(first, 30)}, {brief(second, 30)})` is reversed"
    if call is not score.call:
        shown = f"`{ctx.text(call, 50)}` hands `{name}` (cell {ctx.number(score)}) the prediction as the truth"
    if score.detail in _TRANSPOSED:
        result = "the table is transposed: false positives stand where false negatives should"
    else:
        result = _EXCHANGED.get(score.detail, "the value is wrong")
    return f"{shown}: it takes the truth first, so {result}" if call is score.call else f"{shown}: {result}"
