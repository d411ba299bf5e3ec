"""What rules about scores must agree on: what is a prediction, what the truth, and which metrics tell them apart."""

import ast
from enum import StrEnum
from typing import Final

from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Tag, Value, function_effect


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASYMMETRIC: Final = _words(
    """average_precision_score balanced_accuracy_score brier_score_loss class_likelihood_ratios classification_report
    classification_report_imbalanced completeness_score confusion_matrix coverage_error d2_absolute_error_score
    d2_brier_score d2_log_loss_score d2_pinball_score d2_tweedie_score dcg_score det_curve explained_variance_score
    fbeta_score geometric_mean_score hinge_loss homogeneity_completeness_v_measure homogeneity_score
    label_ranking_average_precision_score label_ranking_loss log_loss macro_averaged_mean_absolute_error
    mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss mean_poisson_deviance mean_tweedie_deviance
    multilabel_confusion_matrix ndcg_score precision_recall_curve precision_recall_fscore_support precision_score
    r2_score recall_score roc_auc_score roc_curve sensitivity_score sensitivity_specificity_support specificity_score
    top_k_accuracy_score ConfusionMatrixDisplay DetCurveDisplay PrecisionRecallDisplay PredictionErrorDisplay
    RocCurveDisplay"""
)
"""Metrics whose value changes, or whose table is transposed, when truth and prediction change places."""
_WEIGHTED: Final = frozenset({"f1_score", "jaccard_score"})
"""Metrics that are symmetric unless they weigh the classes by their true share."""

_WORD: Final = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PREDICTED_WORDS: Final = _words(
    """pred preds prediction predictions predict predicts predicted predictor hat yhat ypred ypreds ypredict ypredicted
    yprob yproba yscore yscores proba probas prob probs probability probabilities"""
)
_TRUE_WORDS: Final = _words(
    "true truth actual actuals gold gt target targets observed real ytrue ytest ytrain yval yvalid ytst yts"
)
_PART_WORDS: Final = _words("test tst te train tr val valid validation dev holdout all")
_LABEL_WORDS: Final = frozenset({"y", "label", "labels"})
_PREDICTED: Final = Tag.PREDICTION | Tag.PROBABILITY


class Role(StrEnum):
    """What a value is to a metric."""

    TRUE = "true"
    PREDICTED = "predicted"


def is_asymmetric(event: Event) -> bool:
    """Whether a score depends on which argument is the truth."""
    if event.detail in _WEIGHTED:
        average = event.call.keywords.get("average")
        return average is not None and average.const == "weighted"
    return event.detail in _ASYMMETRIC


def role_by_name(name: str) -> Role | None:
    """What a name such as `y_test` or `val_preds` says; None when it says nothing."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not _PREDICTED_WORDS.isdisjoint(words):
        return Role.PREDICTED
    if not _TRUE_WORDS.isdisjoint(words):
        return Role.TRUE
    if not _LABEL_WORDS.isdisjoint(words) and _LABEL_WORDS.union(_PART_WORDS).issuperset(words):
        return Role.TRUE if "y" in words or not _PART_WORDS.isdisjoint(words) else None
    return None


def is_labels(name: str) -> bool:
    """Whether a name speaks of labels, be they true or predicted: `y`, `labels`, `batch_labels`."""
    words = {word.lower() for word in _WORD.findall(name)}
    return not _LABEL_WORDS.isdisjoint(words) and _PREDICTED_WORDS.isdisjoint(words)


def role_of(value: Value, node: ast.expr | None) -> Role | None:
    """What a value is to a metric, by its lineage and its name; None when unknown, or when they disagree."""
    named = role_by_name(name_of(node))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):  # of a table that may hold both
        named = named or (Role.TRUE if is_labels(name_of(node)) else None)
        if named is not None:
            return named
    if value.has(_PREDICTED):
        return Role.PREDICTED if named is not Role.TRUE else None
    if value.has(Tag.TARGET) or _is_plain_data(value):
        return Role.TRUE if named is not Role.PREDICTED else None
    return named


def _is_plain_data(value: Value) -> bool:
    """Whether it was loaded or split off, and no model had a part in it."""
    kinds = {event.kind for event in value.lineage}
    return not kinds.isdisjoint(_DATA) and kinds.isdisjoint(_MODELS) and not value.has(Tag.FITTED | Tag.METRIC)


_DATA: Final = frozenset({EventKind.LOAD, EventKind.SPLIT, EventKind.DB})
_MODELS: Final = frozenset({EventKind.FIT, EventKind.PREDICT, EventKind.EVALUATE})


def name_of(node: ast.AST | None) -> str:
    """The name that says what an expression holds: "y_test" of `y_test.values`, "label" of `df["label"]`."""
    while node is not None:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Subscript(slice=ast.Constant(value=str(column))):
                return column
            case ast.Attribute(value=ast.Name(), attr=attr) if attr not in _VIEWS:
                return attr
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                node = inner
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np" | "numpy" | "pd" | "tf" | "torch")), args=[first, *_]
            ):
                node = first
            case ast.Call(func=ast.Attribute(attr="transform" | "fit_transform"), args=[first, *_]):
                node = first
            case ast.Call(func=ast.Attribute(attr=attr, value=inner)):
                if not attr.startswith(("predict", "decision_function")):
                    node = inner
                    continue
                return "predicted"
            case ast.Call(func=ast.Name(id="list" | "round" | "len" | "sum"), args=[first, *_]):
                node = first
            case ast.Compare(left=inner) | ast.UnaryOp(operand=inner):
                node = inner
            case _:
                return ""
    return ""


_VIEWS: Final = frozenset({"values", "T", "array", "data", "iloc", "loc", "to_numpy", "flat"})


def scores_pair(event: Event) -> bool:
    """Whether a score compares a truth with a prediction (and not, say, a model with data)."""
    return "true" in event.inputs and "predicted" in event.inputs


def parameters_of(event: Event) -> tuple[str, str]:
    """What the metric calls the truth and the prediction: "y_true" and "y_score"."""
    effect = function_effect(event.call.name)
    inputs = effect.inputs if effect is not None else {}
    return inputs.get("true", (0, "y_true"))[1], inputs.get("predicted", (1, "y_pred"))[1]
