"""Spark, its machine learning, Delta tables, and the Databricks utilities. Dask frames are pandas frames.

In a notebook of a platform, `spark` is a `pyspark.sql.SparkSession` and `dbutils` a `databricks.DBUtils`
that nobody has imported.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import ENCODER, SELF, STATELESS, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_SESSION: Final = "pyspark.sql.SparkSession"
_BUILDER: Final = "pyspark.sql.SparkSession.Builder"
_FRAME: Final = "pyspark.sql.DataFrame"
_READER: Final = "pyspark.sql.DataFrameReader"
_WRITER: Final = "pyspark.sql.DataFrameWriter"
_RDD: Final = "pyspark.RDD"
_ESTIMATOR: Final = "pyspark.ml.Estimator"
_FITTED: Final = "pyspark.ml.Model"
_PREDICTOR: Final = "pyspark.ml.PredictionModel"
_GAPS: Final = "pyspark.sql.DataFrameNaFunctions"
_SAME: Final = Effect(returns="self")
_DROPNA: Final = Effect(returns=_FRAME, loses=((None, "missing"),))
# sample(fraction, seed) or sample(withReplacement, fraction, seed): the first place it may stand in
_SAMPLE_SEED: Final = Seed((1, "seed"), generators=())


def _load(detail: str, parameter: str = "path", returns: str = _FRAME) -> Effect:
    return Effect(EventKind.LOAD, detail, path=(0, parameter), returns=returns)


def _write(detail: str, parameter: str = "path") -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, parameter), inputs={"data": SELF})


_FORMATS: Final = ("csv", "json", "parquet", "orc", "text", "xml")


def _estimator(kind: str, model: str, *bases: str) -> Type:
    """An estimator of pyspark.ml: `fit` leaves it alone and returns a model."""
    fit = Effect(EventKind.FIT, kind, inputs={"X": (0, "dataset")}, returns=model, tags=Tag.FITTED)
    return Type(bases=(_ESTIMATOR, *bases), methods={"fit": fit})


def _ml() -> dict[str, Type]:
    rows = {
        "classification": ("classifier", """LogisticRegression RandomForestClassifier GBTClassifier LinearSVC NaiveBayes
            DecisionTreeClassifier MultilayerPerceptronClassifier OneVsRest FMClassifier"""),
        "regression": ("regressor", """LinearRegression RandomForestRegressor GBTRegressor DecisionTreeRegressor
            GeneralizedLinearRegression IsotonicRegression AFTSurvivalRegression FMRegressor"""),
        "clustering": ("clusterer", "KMeans BisectingKMeans GaussianMixture LDA"),
        "recommendation": ("regressor", "ALS"),
        "tuning": ("search", "CrossValidator TrainValidationSplit"),
    }  # fmt: skip
    types: dict[str, Type] = {}
    for module, (kind, names) in rows.items():
        types |= each(names, _estimator(kind, _PREDICTOR), f"pyspark.ml.{module}")
    learning = """StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Imputer PCA IDF CountVectorizer Word2Vec
        VectorIndexer QuantileDiscretizer ChiSqSelector UnivariateFeatureSelector RFormula
        BucketedRandomProjectionLSH"""
    plain = """VectorAssembler Tokenizer RegexTokenizer HashingTF StopWordsRemover NGram Bucketizer Normalizer Binarizer
        IndexToString PolynomialExpansion SQLTransformer FeatureHasher"""
    encoding = "StringIndexer OneHotEncoder OneHotEncoderEstimator"
    types |= each(learning, _estimator("transformer", _FITTED), "pyspark.ml.feature")
    types |= each(encoding, _estimator("transformer", _FITTED, ENCODER), "pyspark.ml.feature")
    types |= each(plain, Type(bases=(STATELESS, _FITTED)), "pyspark.ml.feature")
    evaluate = Effect(EventKind.EVALUATE, "evaluator", inputs={"predicted": (0, "dataset")}, tags=Tag.METRIC)
    types |= each(
        """BinaryClassificationEvaluator MulticlassClassificationEvaluator RegressionEvaluator ClusteringEvaluator
        RankingEvaluator""",
        Type(methods={"evaluate": evaluate}),
        "pyspark.ml.evaluation",
    )
    return types


_SAVE_MODEL: Final = {
    "save": Effect(EventKind.PERSIST, "spark", path=(0, "path"), inputs={"model": SELF}),
    "write": Effect(returns="pyspark.ml.util.MLWriter"),
    "load": Effect(EventKind.LOAD, "model", path=(0, "path"), returns="self", tags=Tag.FITTED),
}
_DATABRICKS: Final = {
    "databricks.DBUtils": Type(
        attributes={"fs": "databricks.FileSystem", "secrets": "databricks.Secrets", "widgets": "databricks.Widgets",
                    "notebook": "databricks.NotebookRun"}
    ),
    "databricks.FileSystem": Type(
        methods={
            **each("ls head mkdirs rm mount", Effect(path=(0, "dir"))),
            "put": Effect(EventKind.WRITE, "text", path=(0, "file"), inputs={"data": (1, "contents")}),
            **each("cp mv", Effect(path=(1, "to"))),
        }
    ),
    "databricks.Secrets": Type(methods=each("get getBytes", Effect(tags=Tag.SECRET, returns="builtins.str"))),
    "databricks.Widgets": Type(
        methods={**each("get getArgument", Effect(tags=Tag.PARAMETER, returns="builtins.str")),
                 **each("text dropdown combobox multiselect remove removeAll", Effect())}
    ),
    "databricks.NotebookRun": Type(methods={"run": Effect(path=(0, "path")), "exit": Effect()}),
}  # fmt: skip

LIBRARY = Library(
    aliases={
        "pyspark.sql.session": "pyspark.sql",
        "pyspark.sql.dataframe": "pyspark.sql",
        "pyspark.sql.context.SQLContext": _SESSION,
        "pyspark.sql.SQLContext": _SESSION,
        "pyspark.sql.HiveContext": _SESSION,
        "pyspark.ml.pipeline": "pyspark.ml",
        "pyspark.context": "pyspark",
        "pyspark.pandas": "pandas",
        "databricks.koalas": "pandas",
        "databricks.connect.DatabricksSession": _SESSION,
        "dask.dataframe": "pandas",
        "dask.array": "numpy",
        "dask_ml": "sklearn",
    },
    types={
        _BUILDER: Type(fluent=True, methods={"getOrCreate": Effect(returns=_SESSION)}),
        _SESSION: Type(
            methods={
                "sql": Effect(EventKind.DB, "read", path=(0, "sqlQuery"), returns=_FRAME),
                "table": _load("table", "tableName"),
                "createDataFrame": Effect(inputs={"data": (0, "data")}, returns=_FRAME),
                "range": Effect(returns=_FRAME),
                "stop": Effect(),
            },
            attributes={"read": _READER, "readStream": _READER, "sparkContext": "pyspark.SparkContext"},
        ),
        _READER: Type(
            methods={
                **each("format option options schema", _SAME),
                **{name: _load(name) for name in _FORMATS},
                "load": _load("spark"), "table": _load("table", "tableName"), "jdbc": _load("sql", "url"),
            }
        ),
        _WRITER: Type(
            methods={
                **each("format mode option options partitionBy bucketBy sortBy outputMode trigger queryName", _SAME),
                **{name: _write(name) for name in _FORMATS},
                **each("save start", _write("spark")),
                **each("saveAsTable insertInto toTable", _write("sql", "name")),
                "jdbc": _write("sql", "table"),
            }
        ),
        _FRAME: Type(
            fluent=True,
            methods={
                **each("limit", Effect(returns="self", limits=(0, "num"))),
                **each("head take tail", Effect(limits=(0, "num"))),
                "sample": Effect(returns="self", limits=(0, "fraction"), seed=_SAMPLE_SEED),
                "dropna": _DROPNA,
                **each("dropDuplicates drop_duplicates", Effect(returns="self", loses=((None, "duplicates"),))),
                "randomSplit": Effect(EventKind.SPLIT, inputs={"data": SELF}, results=(Tag.TRAIN, Tag.TEST),
                                      seed=Seed((1, "seed"), generators=())),
                **each("toPandas pandas_api to_pandas_on_spark", Effect(returns="pandas.DataFrame")),
                **each("collect toLocalIterator first show printSchema explain createOrReplaceTempView describe schema "
                       "createTempView unpersist foreach", Effect()),
                "count": Effect(returns="builtins.int"),
                "writeTo": Effect(returns=_WRITER),
            },
            attributes={"write": _WRITER, "writeStream": _WRITER, "rdd": _RDD, "columns": "builtins.list",
                        "na": _GAPS},
        ),
        _GAPS: Type(methods={"drop": _DROPNA, **each("fill replace", Effect(returns=_FRAME))}),
        "pyspark.SparkContext": Type(
            methods={
                **each("textFile wholeTextFiles", _load("text", "name", _RDD)), "parallelize": Effect(returns=_RDD),
            }
        ),
        _RDD: Type(
            fluent=True,
            methods={
                **each("saveAsTextFile saveAsPickleFile", _write("text")), "toDF": Effect(returns=_FRAME),
                **each("collect count first reduce", Effect()), "take": Effect(limits=(0, "num")),
            },
        ),
        _ESTIMATOR: Type(
            fluent=True,
            methods={"fit": Effect(EventKind.FIT, "estimator", inputs={"X": (0, "dataset")}, returns=_FITTED,
                                   tags=Tag.FITTED)},
        ),
        "pyspark.ml.Pipeline": _estimator("pipeline", "pyspark.ml.PipelineModel"),
        _FITTED: Type(
            fluent=True,
            methods={"transform": Effect(inputs={"X": (0, "dataset")}, returns=_FRAME, tags=Tag.FITTED), **_SAVE_MODEL},
        ),
        _PREDICTOR: Type(
            bases=(_FITTED,),
            methods={"transform": Effect(EventKind.PREDICT, inputs={"X": (0, "dataset")}, returns=_FRAME,
                                         tags=Tag.PREDICTION)},
            attributes={"bestModel": _PREDICTOR},
        ),
        "pyspark.ml.PipelineModel": Type(bases=(_PREDICTOR,)),
        "pyspark.ml.util.MLWriter": Type(
            fluent=True,
            methods={"save": Effect(EventKind.PERSIST, "spark", path=(0, "path"), inputs={"model": SELF})},
        ),
        **_ml(),
        "delta.tables.DeltaTable": Type(
            fluent=True,
            methods={**each("forPath forName", _SAME), "toDF": Effect(returns=_FRAME),
                     **each("execute update delete", _write("sql", ""))},
        ),
        **_DATABRICKS,
    },
    families=(("Model", _PREDICTOR),),
    instances={"pyspark.sql.SparkSession.builder": _BUILDER},
)  # fmt: skip
