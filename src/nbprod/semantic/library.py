"""How knowledge of a library is written down, and how it is looked up.

A library is a table: what its functions do (`Effect`), and what its classes are (`Type`). Tables are
loaded when a notebook first names the library, so that a notebook without Spark never pays for Spark.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from nbprod.semantic.facts import EventKind

Parameter = tuple[int | None, str]
"""A parameter by position (None: keyword only) and name. The name "self" is the receiver."""

SELF: Final[Parameter] = (None, "self")
NO_TIMEOUT: Final[Parameter] = (None, "")
"""The `timeout` of a call that waits for ever and has no parameter to say otherwise (`urlretrieve`)."""

Condition = tuple[Parameter, tuple[object, ...], object]
"""A parameter, the constants that meet the condition, and the default that a missing argument takes."""

# Markers among the bases of a type: what `is_a` can ask about a step that learns from data.
STATELESS: Final = "nbprod.Stateless"
"""Its `fit` learns nothing from the data (`Normalizer`, `HashingVectorizer`)."""
SUPERVISED: Final = "nbprod.Supervised"
"""A transformer that looks at the target (`SelectKBest`, `TargetEncoder`)."""
ENCODER: Final = "nbprod.Encoder"
"""Encodes single features by their categories (`OneHotEncoder`, `LabelEncoder`)."""

HUB_DATA: Final = "datasets.Dataset"
"""A data set of Hugging Face, or a part of one: `column` of such a value is the part's name."""


class Seed(Struct, frozen=True, gc=False):
    """How a random step is seeded.

    The call is random if every condition of `when` holds for certain, and unless all of `unless` hold
    or may hold (an argument that is no known constant may). Without a seed in `parameter` (None: it
    has none), it draws on the global generators named in `generators`, if any: "python", "numpy",
    "torch", "tensorflow", "polars", which `EventKind.SEED` events name in their detail.
    """

    parameter: Parameter | None = None
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    generators: tuple[str, ...] = ("numpy",)


class Effect(Struct, frozen=True, gc=False):
    """What a call does, and what is known of its result.

    Attributes:
        event: The event it is, if any; `detail` refines it.
        path: The parameter that names the file, table or address.
        inputs: The data that it consumes, by role.
        returns: The class of the result; "self" for the receiver's own, "argument" for the first
            argument's.
        results: For a call that returns a tuple: the tags of each element (the class is `returns`). With
            `per_argument` they repeat for each array or frame among the arguments, whose class they have
            (`train_test_split`), and a tuple of one element is that element (`resample`).
        tags: Tags that the result gets; `forgets` are tags that the result loses.
        mutates: The receiver is changed by the call: it takes over the inputs' lineage, and of `tags`
            those that speak of estimators (FITTED).
        when: All this happens only if the condition holds for certain (`mode="w"`).
        otherwise: What the call does when `when` does not hold; nothing by default.
        limits: The parameter that, being constant, says that only some rows are taken: a number, a fraction, a
            range, or a text that slices ("train[:1%]").
        loses: What else makes rows or values go missing, each by its condition (None: always), and what
            that leaves out ("missing", "duplicates", "lines", "values"); with `inplace=True`, of the receiver.
        timeout: The parameter that bounds the wait. None: the library has a bound of its own, or the
            call does not wait for a peer; `NO_TIMEOUT`: nothing bounds it.
        seed: How its randomness is seeded.
    """

    event: EventKind | None = None
    detail: str = ""
    path: Parameter | None = None
    inputs: Mapping[str, Parameter] = field(default_factory=dict)
    returns: str | None = None
    results: tuple[int, ...] = ()
    per_argument: bool = False
    tags: int = 0
    forgets: int = 0
    mutates: bool = False
    when: Condition | None = None
    otherwise: "Effect | None" = None
    limits: Parameter | None = None
    loses: tuple[tuple[Condition | None, str], ...] = ()
    timeout: Parameter | None = None
    seed: Seed | None = None


class Type(Struct, frozen=True, gc=False):
    """What is known of a class.

    Attributes:
        bases: Classes whose methods it also has.
        make: What constructing it does.
        methods: What its methods do; `__call__`, `__getitem__` and `__enter__` are what calling,
            subscripting and `with` do.
        default: What a method does that has no row of its own here or in a base (a boto3 client).
        attributes: The classes of its attributes.
        holds: Tags of whatever is taken out of it: attributes, items, elements (`os.environ`).
        fluent: An unknown method or operator gives a value of the same class (frames, arrays).
        watched: Reads of its attributes are recorded as `Access` (responses).
        seed: How its randomness is seeded, given at construction.
    """

    bases: tuple[str, ...] = ()
    make: Effect = field(default_factory=Effect)
    methods: Mapping[str, Effect] = field(default_factory=dict)
    default: Effect | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    holds: int = 0
    fluent: bool = False
    watched: bool = False
    seed: Seed | None = None


class Library(Struct, frozen=True, gc=False):
    """All that is known of one library.

    `aliases` map a prefix of a qualified name to its canonical form ("tensorflow.keras" to "keras").
    `families` give types to classes that have no row of their own, by the end of their name, first
    match wins: ("Classifier", "sklearn.base.ClassifierMixin"). `instances` are the classes of objects
    that stand ready in a module: "os.environ", "loguru.logger".
    """

    functions: Mapping[str, Effect] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, str] = field(default_factory=dict)
    families: tuple[tuple[str, str], ...] = ()


_TABLES: Final = {
    # table in nbprod.semantic.libraries -> the root packages that it covers
    "pandas": "pandas geopandas modin cudf pandas_gbq",
    "polars": "polars",
    "numpy": "numpy scipy jax",
    "scikit_learn": "sklearn sklearnex imblearn category_encoders sklearn_pandas feature_engine",
    "boosting": "xgboost lightgbm catboost ngboost tpot",
    "torch": "torch torchvision torchaudio lightning pytorch_lightning tensorboardX fastai paddle",
    "keras": "keras tensorflow tensorflow_datasets tensorflow_hub keras_tuner kerastuner keras_preprocessing tflearn",
    "http": """
        requests httpx aiohttp urllib urllib2 urllib3 wget pooch six future cloudscraper requests_html
        requests_cache http""",
    "databases": """
        dbapi sqlalchemy sqlite3 psycopg2 psycopg pymysql MySQLdb mysql pyodbc duckdb snowflake cx_Oracle oracledb
        pymongo pymssql redis cassandra elasticsearch neo4j clickhouse_driver trino pyhive ibis pinecone chromadb
        qdrant_client weaviate""",
    "spark": "pyspark databricks delta dask dask_ml",
    "cloud": "boto3 botocore s3fs gcsfs adlfs fsspec smart_open sagemaker minio gdown kaggle kagglehub opendatasets",
    "google": "google googleapiclient gspread vertexai",
    "azure": "azure azureml mltable",
    "persistence": """
        joblib pickle cPickle pickle5 dill cloudpickle compress_pickle skops onnx onnxruntime safetensors
        sklearn2pmml bentoml h5py""",
    "tracking": """
        mlflow wandb neptune comet_ml clearml dvclive logging picologging structlog loguru logzero absl
        opentelemetry""",
    "language_models": """
        openai langfuse anthropic mistralai cohere litellm groq together ollama replicate langchain langchain_core
        langchain_community langchain_openai langchain_anthropic langchain_mistralai langchain_google_genai
        langchain_google_vertexai langchain_aws langchain_ollama langchain_groq langchain_cohere
        langchain_huggingface langgraph llama_index instructor langchain_experimental langchain_chroma llama_parse
        llama_cloud_services smolagents strands crewai pydantic_ai voyageai agents""",
    "transformers": """
        transformers datasets sentence_transformers huggingface_hub diffusers peft evaluate accelerate trl nlp""",
    "small": """
        seaborn nltk spacy gensim flask uvicorn gradio dash selenium playwright tweepy yfinance praw PIL cv2
        imageio skimage librosa soundfile optuna hyperopt skopt pandas_datareader openpyxl xlrd vega_datasets
        plotly faker torchmetrics pyngrok umap hdbscan pycaret h2o matplotlib xarray quandl wikipedia""",
    "statistical": "statsmodels prophet fbprophet pmdarima",
    "standard": """
        builtins os io json simplejson ujson orjson csv codecs gzip bz2 lzma zipfile tarfile glob pathlib
        posixpath shutil random subprocess copy sys yaml ruamel toml getpass keyring argparse configparser dotenv
        smtplib ftplib tqdm""",
}
_MODULES: Final = {root: table for table, roots in _TABLES.items() for root in roots.split()}

_loaded: dict[str, Library] = {}
_NOTHING: Final = Library()


def library(root: str) -> Library:
    """The table of the library with this root package; an empty one when there is none."""
    found = _loaded.get(root)
    if found is None:
        module = _MODULES.get(root)
        found = import_module(f"nbprod.semantic.libraries.{module}").LIBRARY if module else _NOTHING
        _loaded[root] = found
    return found


_canonical: dict[str, str] = {}


def canonical(name: str) -> str:
    """The public name of a thing that is reachable under several.

    Private modules are left out ("sklearn.linear_model._base.LinearRegression"), then the longest
    alias of the library applies, until none does.
    """
    known = _canonical.get(name)
    if known is not None:
        return known
    result = name
    if "._" in result:
        head, *rest = result.split(".")
        result = ".".join([head, *(part for part in rest if not part.startswith("_") or part.startswith("__"))])
    for _ in range(4):  # an alias may lead to a name that has one itself
        following = _apply_alias(result)
        if following == result:
            break
        result = following
    if len(_canonical) > 50_000:  # names come from notebooks: do not let them fill the memory
        _canonical.clear()
    _canonical[name] = result
    return result


def _apply_alias(name: str) -> str:
    aliases = library(name.partition(".")[0]).aliases
    if aliases:
        prefix = name
        while prefix:
            if prefix in aliases:
                return aliases[prefix] + name[len(prefix) :]
            prefix = prefix.rpartition(".")[0]
    return name


_types: dict[str, Type | None] = {}


def type_info(name: str) -> Type | None:
    """What is known of a class, by its canonical name or its family, with what its bases add."""
    if name in _types:
        return _types[name]
    if len(_types) > 50_000:  # names come from notebooks: do not let them fill the memory
        _types.clear()
    _types[name] = None  # a class that leads back to itself inherits nothing
    found = _own_type(name)
    for base in found.bases if found is not None else ():
        inherited = type_info(base)
        if found is not None and inherited is not None:
            found = _inherit(found, inherited)
    _types[name] = found
    return found


def _own_type(name: str) -> Type | None:
    table = library(name.partition(".")[0])
    known = table.types.get(name)
    last = name.rpartition(".")[2]
    if known is None and last[:1].isupper():
        for ending, base in table.families:
            if last.endswith(ending):
                return Type(bases=(base,)) if base != name else None
    return known


def _inherit(own: Type, base: Type) -> Type:
    return replace(
        own,
        methods={**base.methods, **own.methods},
        attributes={**base.attributes, **own.attributes},
        default=own.default or base.default,
        holds=own.holds | base.holds,
        fluent=own.fluent or base.fluent,
        watched=own.watched or base.watched,
        seed=own.seed or base.seed,
    )


def instance_type(name: str) -> str | None:
    """The class of an object that stands ready in a module, by its canonical name."""
    return library(name.partition(".")[0]).instances.get(name)


def duck_effect(method: str) -> Effect | None:
    """What a method does whose name speaks for itself, whatever the receiver is (`to_csv`)."""
    from nbprod.semantic.libraries.duck import DUCK  # noqa: PLC0415  -- loaded when first asked

    return DUCK.get(method)


def function_effect(name: str) -> Effect | None:
    """What calling a function does, by its canonical name."""
    return library(name.partition(".")[0]).functions.get(name)


def method_effect(class_name: str, method: str) -> Effect | None:
    """What a method of a class does: its own row, that of a base, or the default."""
    info = type_info(class_name)
    if info is None:
        return None
    return info.methods.get(method) or (None if method.startswith("__") else info.default)


_Known = tuple[Effect | None, bool]
_EFFECTS: Final[dict[str, _Known]] = {}
_METHOD_EFFECTS: Final[dict[str, _Known]] = {}


def effect_of(name: str, *, is_method: bool) -> _Known:
    """The effect of a call, and whether it is certain (False: only the method's name tells)."""
    cache = _METHOD_EFFECTS if is_method else _EFFECTS
    known = cache.get(name)
    if known is None:
        if len(cache) > 20_000:  # names come from notebooks: do not let them fill the memory
            cache.clear()
        known = cache[name] = _look_up(name, is_method=is_method)
    return known


def _look_up(name: str, *, is_method: bool) -> _Known:
    if not name:
        return None, True
    if name.startswith("."):
        return duck_effect(name[1:]), False
    owner, _, method = name.rpartition(".")
    if is_method:
        effect = method_effect(owner, method)
        if effect is None and type_info(owner) is None:
            return duck_effect(method), False
    else:
        effect = function_effect(name) or (method_effect(owner, method) if owner else None)
        if effect is None:
            info = type_info(name)
            effect = info.make if info is not None else None
    return effect, True


def is_a(class_name: str | None, base: str) -> bool:
    """Whether a class is, or derives from, another, as far as the tables know."""
    pending, seen = [class_name], 0
    while pending and seen < 30:
        current = pending.pop()
        seen += 1
        if current == base:
            return True
        info = type_info(current) if current else None
        if info is not None:
            pending.extend(info.bases)
    return False
