"""The tables of library knowledge: every row well-formed, every name found, and spot checks of the content."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.duck import DUCK
from nbprod.semantic.libraries.tables import each, if_path
from nbprod.semantic.library import (
    _TABLES,
    ENCODER,
    SELF,
    STATELESS,
    SUPERVISED,
    Condition,
    Effect,
    Library,
    Seed,
    canonical,
    duck_effect,
    function_effect,
    instance_type,
    is_a,
    library,
    method_effect,
    type_info,
)
from nbprod.semantic.values import Tag

GENERATORS = {"python", "numpy", "torch", "torch.cuda", "tensorflow", "polars"}
ROLES = {"X", "y", "data", "json", "content", "files", "model", "true", "predicted", "prompt"}


def table(name: str) -> Library:
    found: Library = import_module(f"nbprod.semantic.libraries.{name}").LIBRARY
    return found


def alternatives(effect: Effect) -> Iterator[Effect]:
    yield effect
    if effect.otherwise is not None:
        yield from alternatives(effect.otherwise)


def effects(known: Library) -> Iterator[tuple[str, Effect]]:
    """All rows of a table, with the name that each is found under."""
    rows = [*known.functions.items()]
    for name, info in known.types.items():
        rows += [(f"{name}.{method}", effect) for method, effect in info.methods.items()]
        rows += [(name, info.make)] + ([(f"{name}.*", info.default)] if info.default else [])
    return ((name, each_one) for name, effect in rows for each_one in alternatives(effect))


def seeds(known: Library) -> Iterator[tuple[str, Seed]]:
    yield from ((name, effect.seed) for name, effect in effects(known) if effect.seed)
    yield from ((name, info.seed) for name, info in known.types.items() if info.seed)


def is_parameter(value: object) -> bool:
    position, name = value  # type: ignore[misc]
    return (position is None or (isinstance(position, int) and 0 <= position < 8)) and isinstance(name, str)


def is_condition(condition: Condition) -> bool:
    parameter, constants, _ = condition
    return is_parameter(parameter) and isinstance(constants, tuple) and len(constants) > 0


every_table = pytest.mark.parametrize("name", _TABLES)


@every_table
def test_names_are_found_where_they_are_looked_up(name: str) -> None:
    known = table(name)
    for row in (*known.functions, *known.types, *known.instances):
        assert library(row.partition(".")[0]) is known, f"{row} is in no table that its root leads to"
        assert canonical(row) == row
    for alias in known.aliases:
        assert library(alias.partition(".")[0]) is known, f"alias {alias} is never consulted"


@every_table
def test_every_root_package_is_used(name: str) -> None:
    known = table(name)
    used = {row.partition(".")[0] for row in (*known.functions, *known.types, *known.instances, *known.aliases)}
    only_families = {"ngboost", "tpot"}  # its classes follow scikit-learn's names
    assert set(_TABLES[name].split()) - only_families <= used


@every_table
def test_rows_are_well_formed(name: str) -> None:
    for row, effect in effects(table(name)):
        parameters = [*effect.inputs.values()]
        parameters += [found for found in (effect.path, effect.limits, effect.timeout) if found is not None]
        assert all(map(is_parameter, parameters)), row
        assert set(effect.inputs) <= ROLES, row
        assert effect.when is None or is_condition(effect.when), row
        assert effect.otherwise is None or effect.when is not None, f"{row}: otherwise without when"
        assert not effect.timeout or effect.event in {EventKind.HTTP, EventKind.LLM}, row
        assert all(isinstance(tag, int) for tag in effect.results), row
        if effect.event is EventKind.SEED:
            assert set(effect.detail.split()) <= GENERATORS, row
        if effect.event is EventKind.LOAD:
            assert effect.detail, row


@every_table
def test_seeds_are_well_formed(name: str) -> None:
    for row, seed in seeds(table(name)):
        assert seed.parameter is None or is_parameter(seed.parameter), row
        assert all(map(is_condition, (*seed.when, *seed.unless))), row
        assert set(seed.generators) <= GENERATORS, row
        assert seed.parameter or seed.generators, f"{row}: nothing could ever seed it"


@every_table
def test_types_that_rows_speak_of_are_known(name: str) -> None:
    known = table(name)
    mentioned = [(row, effect.returns) for row, effect in effects(known)]
    for row, info in known.types.items():
        mentioned += [(row, base) for base in info.bases] + [(row, kind) for kind in info.attributes.values()]
    mentioned += known.instances.items()
    mentioned += [(ending, base) for ending, base in known.families]
    for row, kind in mentioned:
        if kind and kind not in {"self", "argument"} and not kind.startswith(("builtins.", "nbprod.")):
            assert type_info(kind) is not None, f"{row} speaks of {kind}, which has no row"
            assert canonical(kind) == kind, row


@every_table
def test_aliases_lead_to_names_that_stay(name: str) -> None:
    for alias in table(name).aliases:
        assert canonical(canonical(alias)) == canonical(alias) != alias


@pytest.mark.parametrize(
    ("name", "event", "detail"),
    [
        ("pandas.read_csv", EventKind.LOAD, "csv"),
        ("sklearn.model_selection.train_test_split", EventKind.SPLIT, ""),
        ("sklearn.metrics.r2_score", EventKind.EVALUATE, "r2_score"),
        ("requests.post", EventKind.HTTP, "post"),
        ("urllib.request.urlretrieve", EventKind.HTTP, "download"),
        ("joblib.dump", EventKind.PERSIST, "pickle"),
        ("torch.save", EventKind.PERSIST, "network"),
        ("keras.datasets.mnist.load_data", EventKind.LOAD, "toy"),
        ("pandas.read_sql", EventKind.DB, "read"),
        ("duckdb.sql", EventKind.DB, "execute"),
        ("openai.ChatCompletion.create", EventKind.LLM, "openai"),
        ("litellm.completion", EventKind.LLM, "litellm"),
        ("transformers.pipeline", EventKind.HTTP, "download"),
        ("mlflow.sklearn.log_model", EventKind.PERSIST, "mlflow"),
        ("mlflow.log_metric", EventKind.LOG, "tracker"),
        ("logging.basicConfig", EventKind.LOG, "configure"),
        ("logging.info", EventKind.LOG, "call"),
        ("uvicorn.run", EventKind.SERVE, "uvicorn"),
        ("os.system", EventKind.SHELL, ""),
        ("subprocess.run", EventKind.SHELL, ""),
        ("numpy.random.seed", EventKind.SEED, "numpy"),
        ("keras.utils.set_random_seed", EventKind.SEED, "python numpy tensorflow"),
        ("seaborn.load_dataset", EventKind.LOAD, "toy"),
        ("nltk.download", EventKind.HTTP, "download"),
    ],
)
def test_functions(name: str, event: EventKind, detail: str) -> None:
    effect = function_effect(name)
    assert effect is not None
    assert (effect.event, effect.detail) == (event, detail)


@pytest.mark.parametrize(
    ("kind", "method", "event", "detail"),
    [
        ("sklearn.ensemble.RandomForestClassifier", "fit", EventKind.FIT, "classifier"),
        ("sklearn.linear_model.LogisticRegression", "fit", EventKind.FIT, "classifier"),
        ("sklearn.linear_model.LinearRegression", "score", EventKind.EVALUATE, "r2_score"),
        ("sklearn.preprocessing.StandardScaler", "fit_transform", EventKind.FIT, "transformer"),
        ("sklearn.cluster.KMeans", "fit_predict", EventKind.FIT, "clusterer"),
        ("sklearn.model_selection.GridSearchCV", "fit", EventKind.FIT, "search"),
        ("sklearn.model_selection.KFold", "split", EventKind.SPLIT, "folds"),
        ("imblearn.over_sampling.SMOTE", "fit_resample", EventKind.FIT, "resampler"),
        ("category_encoders.TargetEncoder", "fit_transform", EventKind.FIT, "transformer"),
        ("xgboost.XGBRegressor", "fit", EventKind.FIT, "regressor"),
        ("xgboost.XGBClassifier", "save_model", EventKind.PERSIST, "boosting"),
        ("ngboost.NGBClassifier", "fit", EventKind.FIT, "classifier"),
        ("catboost.CatBoostClassifier", "predict_proba", EventKind.PREDICT, "probability"),
        ("statsmodels.tsa.api.SARIMAX", "fit", EventKind.FIT, "inference"),
        ("torch.Tensor", "backward", EventKind.FIT, "network"),
        ("keras.Sequential", "evaluate", EventKind.EVALUATE, "network"),
        ("requests.Session", "get", EventKind.HTTP, "get"),
        ("sqlalchemy.Connection", "execute", EventKind.DB, "execute"),
        ("pyspark.sql.DataFrameReader", "parquet", EventKind.LOAD, "parquet"),
        ("pyspark.sql.DataFrameWriter", "saveAsTable", EventKind.WRITE, "sql"),
        ("pyspark.ml.classification.RandomForestClassifier", "fit", EventKind.FIT, "classifier"),
        ("boto3.Client", "upload_file", EventKind.WRITE, "upload"),
        ("boto3.Client", "list_objects_v2", EventKind.HTTP, "sdk"),
        ("azure.storage.blob.BlobClient", "upload_blob", EventKind.WRITE, "upload"),
        ("openai.resources.ChatCompletions", "create", EventKind.LLM, "openai"),
        ("openai.resources.Resource", "create", EventKind.HTTP, "sdk"),
        ("anthropic.resources.Messages", "create", EventKind.LLM, "anthropic"),
        ("google.generativeai.GenerativeModel", "generate_content", EventKind.LLM, "google"),
        ("langchain_openai.ChatOpenAI", "invoke", EventKind.LLM, "langchain"),
        ("langchain.chains.LLMChain", "run", EventKind.LLM, "langchain"),
        ("transformers.AutoModelForCausalLM", "from_pretrained", EventKind.HTTP, "download"),
        ("transformers.AutoTokenizer", "from_pretrained", EventKind.HTTP, "download"),
        ("flask.Flask", "run", EventKind.SERVE, "flask"),
        ("logging.Logger", "exception", EventKind.LOG, "call"),
        ("loguru.Logger", "success", EventKind.LOG, "call"),
    ],
)
def test_methods(kind: str, method: str, event: EventKind, detail: str) -> None:
    effect = method_effect(kind, method)
    assert effect is not None
    assert (effect.event, effect.detail) == (event, detail)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("sklearn.linear_model._base.LinearRegression", "sklearn.linear_model.LinearRegression"),
        ("sklearn.cross_validation.train_test_split", "sklearn.model_selection.train_test_split"),
        ("sklearn.externals.joblib.dump", "joblib.dump"),
        ("sklearn.preprocessing.Imputer", "sklearn.impute.SimpleImputer"),
        ("tensorflow.keras.models.Sequential", "keras.Sequential"),
        ("requests.api.get", "requests.get"),
        ("langchain.chat_models.ChatOpenAI", "langchain_community.llms.ChatOpenAI"),
        ("pyspark.pandas.read_csv", "pandas.read_csv"),
        ("nobody.knows.this", "nobody.knows.this"),
    ],
)
def test_canonical_names(alias: str, name: str) -> None:
    assert canonical(alias) == name


@pytest.mark.parametrize(
    ("kind", "marker", "has"),
    [
        ("sklearn.preprocessing.Normalizer", STATELESS, True),
        ("sklearn.preprocessing.StandardScaler", STATELESS, False),
        ("sklearn.feature_selection.SelectKBest", SUPERVISED, True),
        ("sklearn.feature_selection.VarianceThreshold", SUPERVISED, False),
        ("sklearn.preprocessing.OneHotEncoder", ENCODER, True),
        ("sklearn.preprocessing.TargetEncoder", SUPERVISED, True),
        ("category_encoders.LeaveOneOutEncoder", SUPERVISED, True),
        ("sklearn.svm.SVC", "sklearn.base.BaseEstimator", True),
        ("imblearn.pipeline.Pipeline", "sklearn.pipeline.Pipeline", True),
        ("openai.AzureOpenAI", "openai.OpenAI", True),
        ("nobody.Knows", "sklearn.base.BaseEstimator", False),
    ],
)
def test_kinds(kind: str, marker: str, has: bool) -> None:
    assert is_a(kind, marker) is has


def condition_on(seed: Seed, name: str) -> Condition:
    return next(found for found in (*seed.when, *seed.unless) if found[0][1] == name)


def test_a_seed_is_asked_for_only_where_something_is_random() -> None:
    def seed_of(kind: str) -> Seed | None:
        info = type_info(kind)
        assert info is not None
        return info.seed

    forest = seed_of("sklearn.ensemble.RandomForestClassifier")
    assert forest == Seed((None, "random_state"))
    logistic = seed_of("sklearn.linear_model.LogisticRegression")
    assert logistic is not None
    assert condition_on(logistic, "solver")[1:] == (("sag", "saga", "liblinear"), "lbfgs")
    folds = seed_of("sklearn.model_selection.KFold")
    assert folds is not None
    assert condition_on(folds, "shuffle")[1:] == ((True,), False)
    boosted = seed_of("sklearn.ensemble.HistGradientBoostingRegressor")
    assert boosted is not None
    assert not boosted.when
    assert {parameter[1] for parameter, *_ in boosted.unless} == {"early_stopping", "max_features"}
    assert seed_of("sklearn.linear_model.LinearRegression") is None
    assert seed_of("xgboost.XGBClassifier") is None  # starts from a constant of its own
    fit = method_effect("keras.Model", "fit")
    assert fit is not None
    assert fit.seed == Seed(generators=("tensorflow",))


def test_a_type_by_family_of_an_unlisted_class() -> None:
    assert is_a("sklearn.ensemble.BrandNewClassifier", "sklearn.base.ClassifierMixin")
    assert type_info("sklearn.utils.brand_new_encoder") is None  # a function, not a class


def test_the_default_of_a_base_serves_methods_without_a_row_but_no_operators() -> None:
    assert method_effect("cohere.ClientV2", "embed") is not None
    assert method_effect("boto3.Client", "__getitem__") is None
    assert method_effect("nobody.Knows", "fit") is None


def test_open_is_a_write_or_a_load_by_its_mode() -> None:
    effect = function_effect("builtins.open")
    assert effect is not None
    assert effect.when is not None
    assert effect.otherwise is not None
    assert (effect.event, effect.otherwise.event) == (EventKind.WRITE, EventKind.LOAD)
    _, writing, default = effect.when
    assert {"w", "wb", "bw", "a", "at+", "x"} <= set(writing)
    assert {"r", "rb", "rt", "r+"}.isdisjoint(writing)
    assert default not in writing


def test_a_dataset_comes_from_files_or_from_the_hub() -> None:
    effect = function_effect("datasets.load_dataset")
    assert effect is not None
    assert effect.when is not None
    assert effect.otherwise is not None
    assert "csv" in effect.when[1]
    assert (effect.path, effect.otherwise.path) == ((None, "data_files"), (0, "path"))
    assert (effect.detail, effect.otherwise.detail) == ("arrow", "hub")


def test_a_frame_written_to_no_path_is_text() -> None:
    for effect in (method_effect("pandas.DataFrame", "to_csv"), duck_effect("to_csv")):
        assert effect is not None
        assert effect.event is None
        assert effect.when == ((0, "path_or_buf"), (None,), None)
        assert effect.otherwise is not None
        assert effect.otherwise.event is EventKind.WRITE


def test_only_waits_without_a_bound_of_their_own_have_a_timeout_to_set() -> None:
    def timeout(name: str) -> object:
        effect = function_effect(name)
        assert effect is not None
        return effect.timeout

    assert timeout("requests.get") == (None, "timeout")
    bounded = method_effect("google.auth.transport.requests.AuthorizedSession", "get")
    assert bounded is not None
    assert bounded.timeout is None
    assert bounded.returns == "requests.Response"
    assert timeout("urllib.request.urlopen") == (2, "timeout")
    assert timeout("urllib.request.urlretrieve") == (None, "")
    assert timeout("httpx.get") is None


def test_objects_that_stand_ready_in_a_module() -> None:
    assert instance_type("loguru.logger") == "loguru.Logger"
    environment = type_info(instance_type("os.environ") or "")
    assert environment is not None
    assert environment.holds == Tag.ENVIRONMENT
    assert instance_type("os.path") is None


def test_duck_names_are_nobody_elses() -> None:
    assert not {"save", "load", "read", "write", "get", "run", "close", "open", "update"} & set(DUCK)
    fit = duck_effect("fit")
    assert fit is not None
    assert fit.mutates
    assert duck_effect("save") is None


def test_a_score_without_a_truth_is_no_evaluation() -> None:
    score = duck_effect("score")
    assert score is not None
    assert score.event is None
    assert score.when == ((1, "y"), (None,), None)
    assert score.otherwise is not None
    assert score.otherwise.event is EventKind.EVALUATE


def test_each_puts_the_package_in_front() -> None:
    assert each("a b", 1) == {"a": 1, "b": 1}
    assert each("a", 1, "x.y") == {"x.y.a": 1}


def test_if_path_keeps_the_data() -> None:
    write = Effect(EventKind.WRITE, "csv", path=(0, "path"), inputs={"data": SELF})
    effect = if_path(write)
    assert effect.inputs == write.inputs
    assert effect.otherwise is write
