"""The functions of scikit-learn and imbalanced-learn: splits, scores, example data, helpers."""

from typing import Final

from msgspec.structs import replace

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import Effect, Parameter, Seed
from nbprod.semantic.values import Tag

_ARRAY: Final = Effect(returns="numpy.ndarray")
_SEED: Final = (None, "random_state")
_ALWAYS: Final = Seed(_SEED)

_SCORES: Final = (
    # (names, what they call the truth, what they call the prediction)
    ("""accuracy_score balanced_accuracy_score classification_report confusion_matrix class_likelihood_ratios
     d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score f1_score fbeta_score
     hamming_loss jaccard_score matthews_corrcoef max_error mean_absolute_error mean_absolute_percentage_error
     mean_gamma_deviance mean_pinball_loss mean_poisson_deviance mean_squared_error mean_squared_log_error
     mean_tweedie_deviance median_absolute_error multilabel_confusion_matrix precision_recall_fscore_support
     precision_score r2_score recall_score root_mean_squared_error root_mean_squared_log_error zero_one_loss""",
     "y_true", "y_pred"),
    ("""average_precision_score confusion_matrix_at_thresholds coverage_error dcg_score det_curve
     label_ranking_average_precision_score label_ranking_loss metric_at_thresholds ndcg_score precision_recall_curve
     roc_auc_score roc_curve top_k_accuracy_score""", "y_true", "y_score"),
    ("brier_score_loss d2_brier_score d2_log_loss_score log_loss", "y_true", "y_proba"),
    ("hinge_loss", "y_true", "pred_decision"),
    ("cohen_kappa_score", "y1", "y2"),
    ("""adjusted_mutual_info_score adjusted_rand_score completeness_score fowlkes_mallows_score homogeneity_score
     homogeneity_completeness_v_measure mutual_info_score normalized_mutual_info_score pair_confusion_matrix rand_score
     v_measure_score""", "labels_true", "labels_pred"),
)  # fmt: skip


def _scores() -> dict[str, Effect]:
    rows = {}
    inputs: dict[str, Parameter]
    for names, true, predicted in _SCORES:
        inputs = {"true": (0, true), "predicted": (1, predicted)}
        for name in names.split():
            rows[f"sklearn.metrics.{name}"] = Effect(EventKind.EVALUATE, name, inputs=inputs, tags=Tag.METRIC)
    inputs = {"true": (0, "y_true"), "predicted": (1, "y_pred")}
    model: dict[str, Parameter] = {"model": (0, "estimator"), "X": (1, "X"), "y": (2, "y")}
    for name in (
        "sensitivity_specificity_support",
        "sensitivity_score",
        "specificity_score",
        "geometric_mean_score",
        "classification_report_imbalanced",
        "macro_averaged_mean_absolute_error",
    ):
        rows[f"imblearn.metrics.{name}"] = Effect(EventKind.EVALUATE, name, inputs=inputs, tags=Tag.METRIC)
    for name in ("silhouette_score", "silhouette_samples", "calinski_harabasz_score", "davies_bouldin_score"):
        rows[f"sklearn.metrics.{name}"] = Effect(
            EventKind.EVALUATE, name, inputs={"X": (0, "X"), "predicted": (1, "labels")}, tags=Tag.METRIC
        )
    for display in (
        "ConfusionMatrixDisplay",
        "RocCurveDisplay",
        "PrecisionRecallDisplay",
        "DetCurveDisplay",
        "PredictionErrorDisplay",
    ):
        name = f"sklearn.metrics.{display}"
        rows[f"{name}.from_estimator"] = Effect(EventKind.EVALUATE, display, inputs=model)
        rows[f"{name}.from_predictions"] = Effect(EventKind.EVALUATE, display, inputs=inputs)
    for name in ("plot_confusion_matrix", "plot_roc_curve", "plot_precision_recall_curve"):
        rows[f"sklearn.metrics.{name}"] = Effect(EventKind.EVALUATE, name, inputs=model)
    return rows  # fmt: skip


_CROSS: Final[dict[str, Parameter]] = {"model": (0, "estimator"), "X": (1, "X"), "y": (2, "y")}
_CROSS_SCORE: Final = Effect(EventKind.EVALUATE, "cross-validation", inputs=_CROSS, tags=Tag.METRIC)
_CROSS_LABELS: Final = Effect(
    EventKind.EVALUATE, "cross-validation", inputs=_CROSS, returns="numpy.ndarray", tags=Tag.PREDICTION
)
_CROSS_PREDICT: Final = replace(
    _CROSS_LABELS,
    tags=Tag.PROBABILITY,
    when=((None, "method"), ("predict_proba", "predict_log_proba", "decision_function"), "predict"),
    otherwise=_CROSS_LABELS,
)
_SAMPLE_OF_ROWS: Final = Effect(results=(0,), per_argument=True, seed=_ALWAYS)


def _toy(*, frame: bool = False) -> Effect:
    """Example data: a bunch of arrays, of frames with `as_frame`, or a pair with `return_X_y`."""
    return Effect(
        EventKind.LOAD,
        "toy",
        returns="numpy.ndarray",
        results=(0, Tag.TARGET),
        when=((None, "return_X_y"), (True,), False),
        otherwise=Effect(
            EventKind.LOAD,
            "toy",
            returns="sklearn.utils.FrameBunch",
            when=((None, "as_frame"), (True, "auto"), frame),
            otherwise=Effect(EventKind.LOAD, "toy", returns="sklearn.utils.Bunch"),
        ),
    )


def _datasets() -> dict[str, Effect]:
    toys = """load_boston load_breast_cancer load_diabetes load_digits load_iris load_linnerud load_wine
        load_sample_image load_sample_images fetch_20newsgroups fetch_20newsgroups_vectorized fetch_california_housing
        fetch_covtype fetch_kddcup99 fetch_lfw_pairs fetch_lfw_people fetch_mldata fetch_olivetti_faces fetch_rcv1
        fetch_species_distributions"""
    pairs = """make_blobs make_circles make_classification make_friedman1 make_friedman2 make_friedman3
        make_gaussian_quantiles make_hastie_10_2 make_moons make_multilabel_classification make_regression
        make_sparse_uncorrelated"""
    others = """make_biclusters make_checkerboard make_low_rank_matrix make_s_curve make_sparse_coded_signal
        make_sparse_spd_matrix make_spd_matrix make_swiss_roll"""
    pair = Effect(EventKind.LOAD, "generated", returns="numpy.ndarray", results=(0, Tag.TARGET), seed=_ALWAYS)
    other = Effect(EventKind.LOAD, "generated", returns="numpy.ndarray", seed=_ALWAYS)
    rows = {
        **each(toys, _toy()),
        **each(pairs, pair),
        **each(others, other),
        "fetch_openml": _toy(frame=True),
        "load_files": Effect(EventKind.LOAD, "text", path=(0, "container_path"), returns="sklearn.utils.Bunch"),
        "load_svmlight_file": Effect(EventKind.LOAD, "svmlight", path=(0, "f"), results=(0, Tag.TARGET)),
        "dump_svmlight_file": Effect(EventKind.WRITE, "svmlight", path=(2, "f"), inputs={"data": (0, "X")}),
        "fetch_file": Effect(EventKind.HTTP, "download", path=(0, "url")),
    }
    return {f"sklearn.datasets.{name}": effect for name, effect in rows.items()}


_LEARNED: Final = Effect(EventKind.FIT, "transformer", inputs={"X": (0, "X")}, returns="numpy.ndarray", tags=Tag.FITTED)

FUNCTIONS: Final = {
    **_scores(),
    **_datasets(),
    "sklearn.metrics.auc": Effect(tags=Tag.METRIC),
    "sklearn.model_selection.train_test_split": Effect(
        EventKind.SPLIT,
        inputs={"data": (0, "arrays")},
        results=(Tag.TRAIN, Tag.TEST),
        per_argument=True,
        seed=Seed(_SEED, when=(((None, "shuffle"), (True,), True),)),
    ),
    "sklearn.model_selection.cross_val_score": _CROSS_SCORE,
    "sklearn.model_selection.cross_validate": _CROSS_SCORE,
    "sklearn.model_selection.learning_curve": _CROSS_SCORE,
    "sklearn.model_selection.validation_curve": _CROSS_SCORE,
    "sklearn.model_selection.permutation_test_score": _CROSS_SCORE,
    "sklearn.model_selection.cross_val_predict": _CROSS_PREDICT,
    "sklearn.pipeline.make_pipeline": Effect(returns="sklearn.pipeline.Pipeline"),
    "imblearn.pipeline.make_pipeline": Effect(returns="imblearn.pipeline.Pipeline"),
    "sklearn.pipeline.make_union": Effect(returns="sklearn.pipeline.FeatureUnion"),
    "sklearn.compose.make_column_transformer": Effect(returns="sklearn.compose.ColumnTransformer"),
    "sklearn.base.clone": Effect(returns="argument"),
    "sklearn.utils.shuffle": _SAMPLE_OF_ROWS,
    "sklearn.utils.resample": _SAMPLE_OF_ROWS,
    "sklearn.inspection.permutation_importance": Effect(inputs=_CROSS, seed=_ALWAYS),
    "sklearn.feature_selection.mutual_info_classif": Effect(returns="numpy.ndarray", seed=_ALWAYS),
    "sklearn.feature_selection.mutual_info_regression": Effect(returns="numpy.ndarray", seed=_ALWAYS),
    **each(
        "scale minmax_scale maxabs_scale robust_scale quantile_transform power_transform",
        _LEARNED,
        "sklearn.preprocessing",
    ),
    **each("normalize binarize label_binarize", _ARRAY, "sklearn.preprocessing"),
    "sklearn.cluster.k_means": Effect(
        EventKind.FIT, "clusterer", inputs={"X": (0, "X")}, results=(0, Tag.PREDICTION, 0), seed=_ALWAYS
    ),
    "sklearn.cluster.dbscan": Effect(EventKind.FIT, "clusterer", inputs={"X": (0, "X")}, results=(0, Tag.PREDICTION)),
    "imblearn.datasets.make_imbalance": Effect(results=(0, Tag.TARGET), seed=_ALWAYS),
    "imblearn.datasets.fetch_datasets": Effect(EventKind.LOAD, "toy"),
}
