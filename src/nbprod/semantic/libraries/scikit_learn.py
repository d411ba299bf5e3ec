"""scikit-learn, imbalanced-learn and category_encoders.

Kinds follow scikit-learn's mixins. A class needs a row of its own only if the end of its name does not
give its kind (`families`), if it draws random numbers, or if it learns nothing, or from the target.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.scikit_learn_functions import FUNCTIONS
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import ENCODER, STATELESS, SUPERVISED, Condition, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_ESTIMATOR: Final = "sklearn.base.BaseEstimator"
_CLASSIFIER: Final = "sklearn.base.ClassifierMixin"
_REGRESSOR: Final = "sklearn.base.RegressorMixin"
_CLUSTERER: Final = "sklearn.base.ClusterMixin"
_DETECTOR: Final = "sklearn.base.OutlierMixin"
_TRANSFORMER: Final = "sklearn.base.TransformerMixin"
_SEARCH: Final = "sklearn.model_selection.BaseSearchCV"
_SPLITTER: Final = "sklearn.model_selection.BaseCrossValidator"
_RESAMPLER: Final = "imblearn.base.BaseSampler"
_BUNCH: Final = "sklearn.utils.Bunch"

_X: Final = {"X": (0, "X")}
_XY: Final = {"X": (0, "X"), "y": (1, "y")}
_PROBABILITY: Final = Effect(EventKind.PREDICT, "probability", inputs=_X, returns="numpy.ndarray", tags=Tag.PROBABILITY)


def _learning(kind: str, score: str = "score") -> dict[str, Effect]:
    """The methods of an estimator that depend on its kind."""
    fit = Effect(EventKind.FIT, kind, inputs=_XY, returns="self", tags=Tag.FITTED, mutates=True)
    labels = Tag.FITTED | Tag.PREDICTION
    return {
        "fit": fit,
        "partial_fit": fit,
        "fit_transform": Effect(
            EventKind.FIT, kind, inputs=_XY, returns="numpy.ndarray", tags=Tag.FITTED, mutates=True
        ),
        "fit_predict": Effect(EventKind.FIT, kind, inputs=_XY, returns="numpy.ndarray", tags=labels, mutates=True),
        "score": Effect(EventKind.EVALUATE, score, inputs=_XY, tags=Tag.METRIC),
    }


def _kind(kind: str, score: str = "score", *bases: str) -> Type:
    return Type(bases=(*bases, _ESTIMATOR), methods=_learning(kind, score))


_BASES: Final = {
    _ESTIMATOR: Type(
        methods={
            **_learning("estimator"),
            "predict": Effect(EventKind.PREDICT, inputs=_X, returns="numpy.ndarray", tags=Tag.PREDICTION),
            "staged_predict": Effect(EventKind.PREDICT, inputs=_X, tags=Tag.PREDICTION),
            **each("predict_proba predict_log_proba decision_function score_samples", _PROBABILITY),
            "transform": Effect(inputs=_X, returns="numpy.ndarray", tags=Tag.FITTED),
            "inverse_transform": Effect(inputs=_X, returns="numpy.ndarray"),
            **each("set_params set_output set_fit_request", Effect(returns="self")),
            "get_params": Effect(returns="builtins.dict"),
            "get_feature_names_out": Effect(returns="numpy.ndarray"),
        },
        attributes=each(
            "coef_ feature_importances_ labels_ classes_ cluster_centers_ components_ explained_variance_ratio_",
            "numpy.ndarray",
        ),
    ),
    _CLASSIFIER: _kind("classifier", "accuracy_score"),
    _REGRESSOR: _kind("regressor", "r2_score"),
    _CLUSTERER: _kind("clusterer"),
    _DETECTOR: _kind("detector"),
    _TRANSFORMER: _kind("transformer"),
    _SEARCH: Type(bases=(_ESTIMATOR,), methods=_learning("search"), attributes={"cv_results_": "builtins.dict"}),
    "sklearn.pipeline.Pipeline": _kind("pipeline"),
    "imblearn.pipeline.Pipeline": Type(bases=("sklearn.pipeline.Pipeline", _RESAMPLER)),
    _RESAMPLER: Type(
        bases=(_ESTIMATOR,),
        methods=each(
            "fit_resample fit_sample",
            Effect(EventKind.FIT, "resampler", inputs=_XY, results=(0,), per_argument=True, mutates=True),
        ),
    ),
    _SPLITTER: Type(
        methods={
            "split": Effect(EventKind.SPLIT, "folds", inputs=_XY, results=(Tag.TRAIN, Tag.TEST)),
            "get_n_splits": Effect(returns="builtins.int"),
        }
    ),
    _BUNCH: Type(attributes={"data": "numpy.ndarray", "target": "numpy.ndarray"}),
    "sklearn.utils.FrameBunch": Type(
        bases=(_BUNCH,),
        attributes={"data": "pandas.DataFrame", "target": "pandas.Series", "frame": "pandas.DataFrame"},
    ),
}  # fmt: skip

# What makes each kind random. Conditions that depend on the size of the data do not count: they hold
# for a table of 10,000 rows and not for one of 9,999 (PCA, HistGradientBoosting, QuantileTransformer).
_SEED: Final = (None, "random_state")
_ALWAYS: Final = Seed(_SEED)


def _seeded(*when: Condition, unless: tuple[Condition, ...] = ()) -> Seed:
    return Seed(_SEED, when=when, unless=unless)


def _is(parameter: str, values: tuple[object, ...], default: object) -> Condition:
    return ((None, parameter), values, default)


_SHUFFLED: Final = _seeded(_is("shuffle", (True,), True))
_SHUFFLED_FOLDS: Final = Seed((2, "random_state"), when=(((1, "shuffle"), (True,), False),))
_STOCHASTIC_SOLVER: Final = _seeded(_is("solver", ("sag", "saga"), "auto"))
_LOGISTIC: Final = _seeded(
    _is("solver", ("sag", "saga", "liblinear"), "lbfgs"),
    # liblinear shuffles for the L1 penalty and the dual problem; by default it takes Newton steps
    unless=(
        _is("solver", ("liblinear",), "lbfgs"), _is("penalty", ("l2",), "l2"), _is("dual", (False,), False),
        _is("l1_ratio", (None, 0, 0.0), None),
    ),
)  # fmt: skip
_RANDOM_SELECTION: Final = _seeded(_is("selection", ("random",), "cyclic"))
_CALIBRATED: Final = _seeded(_is("probability", (True,), False))
_DUAL: Final = _seeded(_is("dual", (True,), "auto"))
_JITTER: Final = _seeded(unless=(_is("jitter", (None,), None),))
_RESTARTS: Final = _seeded(unless=(_is("n_restarts_optimizer", (0,), 0),))
_RANDOM_ORDER: Final = _seeded(_is("order", ("random",), None))
_RANDOM_INIT: Final = _seeded(_is("init", ("random", "nndsvdar"), None))
_BINNED: Final = _seeded(unless=(_is("early_stopping", ("auto", False), "auto"), _is("max_features", (1.0, None), 1.0)))


def _rows(
    package: str, names: str, *bases: str, seed: Seed | None = None, make: Effect | None = None
) -> dict[str, Type]:
    """One row for each name, which may lead with its module: "svm.SVC"."""
    made = Type(bases=bases, seed=seed, make=make or Effect())
    return {f"{package}.{name}": made for name in names.split()}


def _random(base: str, by_seed: Iterable[tuple[Seed, str]]) -> dict[str, Type]:
    rows: dict[str, Type] = {}
    for seed, names in by_seed:
        rows |= _rows("sklearn", names, base, seed=seed)
    return rows


_CLASSIFIERS: Final[Mapping[str, Type]] = {
    **_rows("sklearn", """linear_model.Perceptron neighbors.NearestCentroid semi_supervised.LabelPropagation
        semi_supervised.LabelSpreading discriminant_analysis.QuadraticDiscriminantAnalysis""", _CLASSIFIER),
    **_rows("sklearn", "discriminant_analysis.LinearDiscriminantAnalysis", _CLASSIFIER, SUPERVISED),
    **_random(_CLASSIFIER, (
        (_ALWAYS, """ensemble.AdaBoostClassifier ensemble.BaggingClassifier ensemble.ExtraTreesClassifier
            ensemble.GradientBoostingClassifier ensemble.RandomForestClassifier multiclass.OutputCodeClassifier
            neural_network.MLPClassifier tree.DecisionTreeClassifier tree.ExtraTreeClassifier"""),
        (_LOGISTIC, "linear_model.LogisticRegression linear_model.LogisticRegressionCV"),
        (_STOCHASTIC_SOLVER, "linear_model.RidgeClassifier"),
        (_SHUFFLED, "linear_model.SGDClassifier linear_model.PassiveAggressiveClassifier"),
        (_CALIBRATED, "svm.SVC svm.NuSVC"),
        (_DUAL, "svm.LinearSVC"),
        (_RESTARTS, "gaussian_process.GaussianProcessClassifier"),
        (_BINNED, "ensemble.HistGradientBoostingClassifier"),
        (_RANDOM_ORDER, "multioutput.ClassifierChain"),
        (_seeded(_is("strategy", ("stratified", "uniform"), "prior")), "dummy.DummyClassifier"),
    )),
    **_rows("imblearn.ensemble", """BalancedBaggingClassifier BalancedRandomForestClassifier EasyEnsembleClassifier
        RUSBoostClassifier""", _CLASSIFIER, seed=_ALWAYS),
}  # fmt: skip
_REGRESSORS: Final[Mapping[str, Type]] = {
    **_rows("sklearn", """linear_model.BayesianRidge linear_model.LarsCV linear_model.LassoLarsCV
        linear_model.LassoLarsIC linear_model.OrthogonalMatchingPursuit linear_model.OrthogonalMatchingPursuitCV
        linear_model.RidgeCV kernel_ridge.KernelRidge""", _REGRESSOR),
    **_rows("sklearn.cross_decomposition", "CCA PLSCanonical PLSRegression", _REGRESSOR, SUPERVISED),
    **_random(_REGRESSOR, (
        (_ALWAYS, """ensemble.AdaBoostRegressor ensemble.BaggingRegressor ensemble.ExtraTreesRegressor
            ensemble.GradientBoostingRegressor ensemble.RandomForestRegressor linear_model.RANSACRegressor
            linear_model.TheilSenRegressor neural_network.MLPRegressor tree.DecisionTreeRegressor
            tree.ExtraTreeRegressor"""),
        (_RANDOM_SELECTION, """linear_model.ElasticNet linear_model.ElasticNetCV linear_model.Lasso
            linear_model.LassoCV linear_model.MultiTaskElasticNet linear_model.MultiTaskElasticNetCV
            linear_model.MultiTaskLasso linear_model.MultiTaskLassoCV"""),
        (_STOCHASTIC_SOLVER, "linear_model.Ridge"),
        (_SHUFFLED, "linear_model.SGDRegressor linear_model.PassiveAggressiveRegressor"),
        (_JITTER, "linear_model.Lars linear_model.LassoLars"),
        (_DUAL, "svm.LinearSVR"),
        (_RESTARTS, "gaussian_process.GaussianProcessRegressor"),
        (_BINNED, "ensemble.HistGradientBoostingRegressor"),
        (_RANDOM_ORDER, "multioutput.RegressorChain"),
    )),
}  # fmt: skip
_CLUSTERERS: Final[Mapping[str, Type]] = {
    **_rows("sklearn.cluster", "AgglomerativeClustering Birch DBSCAN FeatureAgglomeration HDBSCAN MeanShift OPTICS",
            _CLUSTERER),
    **_rows("sklearn", "neighbors.NearestNeighbors neighbors.KernelDensity", _ESTIMATOR),
    **_random(_CLUSTERER, (
        (_ALWAYS, """cluster.AffinityPropagation cluster.BisectingKMeans cluster.KMeans cluster.MiniBatchKMeans
            cluster.SpectralBiclustering cluster.SpectralClustering cluster.SpectralCoclustering
            mixture.BayesianGaussianMixture mixture.GaussianMixture"""),
    )),
    **_rows("sklearn", "neighbors.LocalOutlierFactor svm.OneClassSVM", _DETECTOR),
    **_random(_DETECTOR, (
        (_ALWAYS, "covariance.EllipticEnvelope ensemble.IsolationForest"),
        (_SHUFFLED, "linear_model.SGDOneClassSVM"),
    )),
}  # fmt: skip
_TRANSFORMERS: Final[Mapping[str, Type]] = {
    **_rows("sklearn", """preprocessing.SplineTransformer preprocessing.KernelCenterer decomposition.IncrementalPCA
        feature_selection.VarianceThreshold impute.MissingIndicator compose.ColumnTransformer pipeline.FeatureUnion
        manifold.ClassicalMDS manifold.Isomap""", _TRANSFORMER),
    **_rows("sklearn", """preprocessing.Normalizer preprocessing.Binarizer preprocessing.PolynomialFeatures
        preprocessing.FunctionTransformer feature_extraction.text.HashingVectorizer feature_extraction.FeatureHasher
        kernel_approximation.AdditiveChi2Sampler decomposition.SparseCoder""", STATELESS, _TRANSFORMER),
    **_rows("sklearn", """random_projection.GaussianRandomProjection random_projection.SparseRandomProjection
        kernel_approximation.PolynomialCountSketch kernel_approximation.SkewedChi2Sampler""",
            STATELESS, _TRANSFORMER, seed=_ALWAYS),
    **_rows("sklearn.feature_extraction.image", "PatchExtractor", STATELESS, _TRANSFORMER,
            seed=_seeded(unless=(_is("max_patches", (None,), None),))),
    **_rows("sklearn", "preprocessing.OneHotEncoder preprocessing.OrdinalEncoder feature_extraction.DictVectorizer",
            ENCODER, _TRANSFORMER),
    **_rows("sklearn.preprocessing", "LabelEncoder LabelBinarizer MultiLabelBinarizer",
            "sklearn.preprocessing.LabelEncoding"),
    **_rows("sklearn.feature_selection", """SelectKBest SelectPercentile SelectFdr SelectFpr SelectFwe RFE RFECV
        GenericUnivariateSelect SelectFromModel SequentialFeatureSelector""", SUPERVISED, _TRANSFORMER),
    **_rows("sklearn", "cross_decomposition.PLSSVD", SUPERVISED, _TRANSFORMER),
    **_rows("sklearn.preprocessing", "TargetEncoder", SUPERVISED, ENCODER, _TRANSFORMER, seed=_SHUFFLED),
    **_rows("sklearn.neighbors", "NeighborhoodComponentsAnalysis", SUPERVISED, _TRANSFORMER,
            seed=_seeded(_is("init", ("random",), "auto"))),
    **_random(_TRANSFORMER, (
        (_ALWAYS, """decomposition.DictionaryLearning decomposition.FastICA decomposition.LatentDirichletAllocation
            decomposition.MiniBatchDictionaryLearning decomposition.MiniBatchSparsePCA decomposition.SparsePCA
            decomposition.TruncatedSVD ensemble.RandomTreesEmbedding kernel_approximation.Nystroem
            kernel_approximation.RBFSampler manifold.MDS manifold.TSNE neural_network.BernoulliRBM"""),
        (_seeded(_is("svd_solver", ("randomized", "arpack"), "auto")), "decomposition.PCA"),
        (_seeded(_is("eigen_solver", ("randomized", "arpack"), "auto")), "decomposition.KernelPCA"),
        (_seeded(_is("eigen_solver", ("arpack",), "auto")), "manifold.LocallyLinearEmbedding"),
        (_seeded(_is("eigen_solver", ("amg", "lobpcg"), None)), "manifold.SpectralEmbedding"),
        (_RANDOM_INIT, "decomposition.NMF decomposition.MiniBatchNMF"),
    )),
    **_rows("sklearn", "decomposition.FactorAnalysis", _TRANSFORMER),  # its random_state is 0 by default
    "sklearn.preprocessing.LabelEncoding": Type(
        bases=(ENCODER, _TRANSFORMER),
        methods={
            "fit": Effect(EventKind.FIT, "transformer", inputs={"X": (0, "y")}, returns="self", tags=Tag.FITTED,
                          mutates=True),
            "fit_transform": Effect(EventKind.FIT, "transformer", inputs={"X": (0, "y")}, returns="numpy.ndarray",
                                    tags=Tag.FITTED, mutates=True),
            "transform": Effect(inputs={"X": (0, "y")}, returns="numpy.ndarray", tags=Tag.FITTED),
        },
    ),
}  # fmt: skip
_OTHERS: Final[Mapping[str, Type]] = {
    **_rows("sklearn.covariance", "EmpiricalCovariance GraphicalLasso GraphicalLassoCV LedoitWolf OAS ShrunkCovariance",
            _ESTIMATOR),
    **_rows("sklearn.covariance", "MinCovDet", _ESTIMATOR, seed=_ALWAYS),
    **_rows("sklearn.frozen", "FrozenEstimator", _ESTIMATOR),
    **_rows("sklearn.model_selection", "RandomizedSearchCV HalvingRandomSearchCV HalvingGridSearchCV", _SEARCH,
            seed=_ALWAYS),
    **_rows("sklearn.model_selection", "ParameterSampler", seed=_ALWAYS),
    **_rows("sklearn.model_selection", """GroupKFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut
        PredefinedSplit TimeSeriesSplit""", _SPLITTER),
    **_rows("sklearn.model_selection", "KFold StratifiedKFold StratifiedGroupKFold", _SPLITTER, seed=_SHUFFLED_FOLDS),
    **_rows("sklearn.model_selection", """ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold
        RepeatedStratifiedKFold""", _SPLITTER, seed=_ALWAYS),
    **_rows("imblearn", """over_sampling.ADASYN over_sampling.RandomOverSampler over_sampling.KMeansSMOTE
        over_sampling.SMOTE over_sampling.BorderlineSMOTE over_sampling.SVMSMOTE over_sampling.SMOTENC
        over_sampling.SMOTEN under_sampling.ClusterCentroids under_sampling.RandomUnderSampler
        under_sampling.InstanceHardnessThreshold under_sampling.OneSidedSelection
        under_sampling.CondensedNearestNeighbour combine.SMOTEENN combine.SMOTETomek""", _RESAMPLER, seed=_ALWAYS),
    **_rows("imblearn", """under_sampling.NearMiss under_sampling.TomekLinks under_sampling.EditedNearestNeighbours
        under_sampling.RepeatedEditedNearestNeighbours under_sampling.AllKNN under_sampling.NeighbourhoodCleaningRule
        FunctionSampler""", _RESAMPLER),
    **_rows("category_encoders", """TargetEncoder LeaveOneOutEncoder CatBoostEncoder JamesSteinEncoder
        MEstimateEncoder WOEEncoder GLMMEncoder QuantileEncoder SummaryEncoder""", SUPERVISED, ENCODER, _TRANSFORMER),
    **_rows("sklearn_pandas", "DataFrameMapper", _TRANSFORMER),
    **_rows("feature_engine", "encoding.MeanEncoder encoding.WoEEncoder encoding.DecisionTreeEncoder",
            SUPERVISED, ENCODER, _TRANSFORMER),
    **_rows("feature_engine", "encoding.OneHotEncoder encoding.RareLabelEncoder encoding.CountFrequencyEncoder",
            ENCODER, _TRANSFORMER),
    **_rows("feature_engine.selection", """SelectByShuffling SelectBySingleFeaturePerformance
        SelectByTargetMeanPerformance RecursiveFeatureElimination RecursiveFeatureAddition SelectByInformationValue""",
            SUPERVISED, _TRANSFORMER),
    **_rows("feature_engine.selection", "DropCorrelatedFeatures SmartCorrelatedSelection", _TRANSFORMER),
    **_rows("category_encoders", "HashingEncoder", STATELESS, _TRANSFORMER),
    **_rows("category_encoders", """BackwardDifferenceEncoder BaseNEncoder BinaryEncoder CountEncoder GrayEncoder
        HelmertEncoder OneHotEncoder OrdinalEncoder PolynomialEncoder RankHotEncoder SumEncoder""",
            ENCODER, _TRANSFORMER),
}  # fmt: skip

_MOVED: Final = {
    # before 0.22 the modules had no leading underscore
    "cross_validation": "model_selection", "grid_search": "model_selection", "learning_curve": "model_selection",
    "datasets.samples_generator": "datasets", "datasets.base": "datasets", "metrics.classification": "metrics",
    "metrics.regression": "metrics", "metrics.ranking": "metrics", "metrics.scorer": "metrics",
    "metrics.cluster": "metrics", "preprocessing.data": "preprocessing", "preprocessing.label": "preprocessing",
    "preprocessing.imputation": "preprocessing", "preprocessing.Imputer": "impute.SimpleImputer",
    "ensemble.forest": "ensemble", "ensemble.weight_boosting": "ensemble", "ensemble.bagging": "ensemble",
    "ensemble.gradient_boosting": "ensemble", "ensemble.voting_classifier": "ensemble", "ensemble.iforest": "ensemble",
    "linear_model.logistic": "linear_model", "linear_model.base": "linear_model", "linear_model.ridge": "linear_model",
    "linear_model.coordinate_descent": "linear_model", "linear_model.stochastic_gradient": "linear_model",
    "linear_model.glm": "linear_model", "tree.tree": "tree", "svm.classes": "svm", "manifold.t_sne": "manifold",
    "neighbors.classification": "neighbors", "neighbors.regression": "neighbors", "cluster.k_means_": "cluster",
    "cluster.hdbscan": "cluster", "decomposition.pca": "decomposition", "mixture.GMM": "mixture.GaussianMixture",
    "neural_network.multilayer_perceptron": "neural_network", "qda.QDA":
    "discriminant_analysis.QuadraticDiscriminantAnalysis", "lda.LDA":
    "discriminant_analysis.LinearDiscriminantAnalysis", "naive_bayes.naive_bayes": "naive_bayes",
    "utils.bunch": "utils", "feature_selection.univariate_selection": "feature_selection",
}  # fmt: skip

LIBRARY = Library(
    aliases={
        **{f"sklearn.{old}": f"sklearn.{new}" for old, new in _MOVED.items()},
        "sklearn.externals.joblib": "joblib",
        "sklearnex": "sklearn",
        "imblearn.over_sampling.base": "imblearn.over_sampling",
        "imblearn.over_sampling.filter": "imblearn.over_sampling",
        "imblearn.over_sampling.cluster": "imblearn.over_sampling",
        "imblearn.base.FunctionSampler": "imblearn.FunctionSampler",
        **{f"category_encoders.{module}": "category_encoders"
           for module in ("target_encoder", "one_hot", "ordinal", "binary", "leave_one_out", "count", "hashing",
                          "cat_boost", "james_stein", "m_estimate", "woe", "basen")},
    },
    functions=FUNCTIONS,
    types={**_BASES, **_CLASSIFIERS, **_REGRESSORS, **_CLUSTERERS, **_TRANSFORMERS, **_OTHERS},
    families=(
        ("SearchCV", _SEARCH), ("Classifier", _CLASSIFIER), ("ClassifierCV", _CLASSIFIER), ("NB", _CLASSIFIER),
        ("SVC", _CLASSIFIER), ("Regressor", _REGRESSOR), ("Regression", _REGRESSOR), ("SVR", _REGRESSOR),
        ("Scaler", _TRANSFORMER), ("Encoder", _TRANSFORMER), ("Imputer", _TRANSFORMER), ("Vectorizer", _TRANSFORMER),
        ("Transformer", _TRANSFORMER), ("Discretizer", _TRANSFORMER), ("Binarizer", _TRANSFORMER),
        ("Selector", _TRANSFORMER), ("PCA", _TRANSFORMER), ("Clustering", _CLUSTERER), ("Means", _CLUSTERER),
    ),
)  # fmt: skip
