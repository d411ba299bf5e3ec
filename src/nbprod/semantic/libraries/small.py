"""Libraries of which a few calls matter: example data, images, web servers, browsers, scraping, tuning."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_FRAME: Final = "pandas.DataFrame"
_ARRAY: Final = "numpy.ndarray"
_WORDS: Final = "gensim.models.KeyedVectors"
_PAGE: Final = "playwright.sync_api.Page"
_SAME: Final = Effect(returns="self")
_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_BROWSER: Final = Effect(EventKind.HTTP, "browser", tags=Tag.EXTERNAL)
_QUOTES: Final = Effect(EventKind.HTTP, "download", returns=_FRAME, tags=Tag.EXTERNAL)
_TOY: Final = Effect(EventKind.LOAD, "toy")
_TOY_FRAME: Final = Effect(EventKind.LOAD, "toy", returns=_FRAME)
_UNSEEDED: Final = Seed((None, "seed"), generators=())
_NUMPY_SEED: Final = Seed((None, "random_state"))


def _serve(detail: str) -> Effect:
    return Effect(EventKind.SERVE, detail)


def _load(detail: str, parameter: str, returns: str | None = None) -> Effect:
    return Effect(EventKind.LOAD, detail, path=(0, parameter), returns=returns)


def _write(detail: str, parameter: str, data: str) -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, parameter), inputs={"data": (1, data)})


def _own(kind: EventKind, detail: str, parameter: str, role: str) -> Effect:
    """The receiver is saved or written."""
    return Effect(kind, detail, path=(0, parameter), inputs={role: SELF})


_IMAGES: Final = {
    "PIL.Image.open": _load("image", "fp", "PIL.Image.Image"),
    **each("new fromarray merge blend", Effect(returns="PIL.Image.Image"), "PIL.Image"),
    "cv2.imread": _load("image", "filename", _ARRAY),
    "cv2.imwrite": _write("image", "filename", "img"),
    "cv2.VideoCapture": _load("video", "filename"),
    **each("resize cvtColor GaussianBlur threshold Canny dilate erode", Effect(returns=_ARRAY), "cv2"),
    **each("imageio.imread imageio.v2.imread imageio.v3.imread", _load("image", "uri", _ARRAY)),
    **each("imageio.imwrite imageio.v2.imwrite imageio.v3.imwrite", _write("image", "uri", "im")),
    "skimage.io.imread": _load("image", "fname", _ARRAY),
    "skimage.io.imsave": _write("image", "fname", "arr"),
    **each("astronaut camera coins coffee rocket page moon text checkerboard chelsea horse clock hubble_deep_field",
           _TOY, "skimage.data"),
    "matplotlib.image.imread": _load("image", "fname", _ARRAY),
    "matplotlib.pyplot.imread": _load("image", "fname", _ARRAY),
    "librosa.load": _load("audio", "path"),
    "librosa.example": _TOY,
    "soundfile.read": _load("audio", "file"),
    "soundfile.write": _write("audio", "file", "data"),
    **each("open_dataset open_mfdataset open_dataarray open_zarr", _load("netcdf", "filename_or_obj", "xarray.Dataset"),
           "xarray"),
    "xarray.tutorial.open_dataset": Effect(EventKind.LOAD, "toy", returns="xarray.Dataset"),
    "openpyxl.load_workbook": _load("excel", "filename", "openpyxl.Workbook"),
    "xlrd.open_workbook": _load("excel", "filename"),
}  # fmt: skip
_EXAMPLES: Final = {
    "seaborn.load_dataset": _TOY_FRAME,
    **each("carshare election experiment gapminder iris medals_long medals_wide stocks tips wind", _TOY_FRAME,
           "plotly.express.data"),
    **each("""airports anscombe barley cars countries disasters gapminder iris jobs movies seattle_weather
           sf_temps stocks unemployment us_10m weather""", _TOY_FRAME, "vega_datasets.data"),
    "pycaret.datasets.get_data": _TOY_FRAME,
    "nltk.download": Effect(EventKind.HTTP, "download"),
    "gensim.downloader.load": Effect(EventKind.HTTP, "download", returns=_WORDS, tags=Tag.FITTED),
    "spacy.cli.download": Effect(EventKind.HTTP, "download"),
}  # fmt: skip
_MODELS: Final = {
    "spacy.load": _load("model", "name", "spacy.Language"),
    "spacy.blank": Effect(returns="spacy.Language"),
    # Without a sampler or state of one's own, a search starts elsewhere every time.
    "optuna.create_study": Effect(returns="optuna.Study", seed=Seed((None, "sampler"), generators=())),
    "hyperopt.fmin": Effect(EventKind.FIT, "search", seed=Seed((None, "rstate"), generators=())),
    **each("gp_minimize forest_minimize dummy_minimize gbrt_minimize",
           Effect(EventKind.FIT, "search", seed=_NUMPY_SEED), "skopt"),
    "h2o.import_file": _load("csv", "path", "h2o.H2OFrame"),
    "h2o.upload_file": _load("csv", "path", "h2o.H2OFrame"),
    "h2o.save_model": Effect(EventKind.PERSIST, "h2o", path=(1, "path"), inputs={"model": (0, "model")}),
    **{f"pycaret.{task}.{name}": Effect(EventKind.FIT, "search", tags=Tag.FITTED)
       for task in ("classification", "regression") for name in ("compare_models", "create_model", "tune_model")},
    **{f"pycaret.{task}.save_model": Effect(EventKind.PERSIST, "pickle", path=(1, "model_name"),
                                            inputs={"model": (0, "model")})
       for task in ("classification", "regression")},
}  # fmt: skip
_WEB: Final = {
    "uvicorn.run": _serve("uvicorn"),
    "pyngrok.ngrok.connect": _serve("ngrok"),
    "yfinance.download": _QUOTES,
    "quandl.get": _QUOTES,
    **each("page summary search", _SDK, "wikipedia"),
    **each("data.DataReader DataReader data.get_data_yahoo get_data_yahoo get_data_fred wb.download", _QUOTES,
           "pandas_datareader"),
    "playwright.sync_api.sync_playwright": Effect(returns="playwright.sync_api.Playwright"),
    "playwright.async_api.async_playwright": Effect(returns="playwright.sync_api.Playwright"),
}  # fmt: skip


def _fitted_when_made(parameter: str, seed: Seed | None = None) -> Type:
    """A gensim model: it learns as it is made, if it is given a corpus."""
    make = Effect(EventKind.FIT, "transformer", inputs={"X": (0, parameter)}, tags=Tag.FITTED)
    return Type(
        make=make,
        seed=seed,
        methods={
            "train": Effect(EventKind.FIT, "transformer", inputs={"X": (0, parameter)}, tags=Tag.FITTED, mutates=True),
            "save": _own(EventKind.PERSIST, "gensim", "fname", "model"),
            "load": Effect(EventKind.LOAD, "model", path=(0, "fname"), returns="self", tags=Tag.FITTED),
        },
        attributes={"wv": _WORDS},
    )


_TYPES: Final = {
    "PIL.Image.Image": Type(
        fluent=True,
        methods={"save": _own(EventKind.WRITE, "image", "fp", "data"), "show": Effect(), "getdata": Effect()},
        attributes={"size": "builtins.tuple", "width": "builtins.int", "height": "builtins.int"},
    ),
    "matplotlib.axes.Axes": Type(),
    "xarray.Dataset": Type(
        fluent=True,
        methods={"to_dataframe": Effect(returns=_FRAME), "to_netcdf": _own(EventKind.WRITE, "netcdf", "path", "data"),
                 "to_zarr": _own(EventKind.WRITE, "zarr", "store", "data")},
    ),
    "openpyxl.Workbook": Type(methods={"save": _own(EventKind.WRITE, "excel", "filename", "data")}),
    "nltk.corpus.Reader": Type(default=_TOY),
    "spacy.Language": Type(
        methods={"__call__": Effect(inputs={"X": (0, "text")}), "pipe": Effect(inputs={"X": (0, "texts")}),
                 "to_disk": _own(EventKind.PERSIST, "spacy", "path", "model"),
                 "update": Effect(EventKind.FIT, "network", inputs={"X": (0, "examples")}, tags=Tag.FITTED,
                                  mutates=True)}
    ),
    **each("Word2Vec FastText", _fitted_when_made("sentences"), "gensim.models"),
    "gensim.models.Doc2Vec": _fitted_when_made("documents"),
    **each("LdaModel LdaMulticore LsiModel HdpModel", _fitted_when_made("corpus", _NUMPY_SEED), "gensim.models"),
    "gensim.models.TfidfModel": _fitted_when_made("corpus"),
    "gensim.corpora.Dictionary": _fitted_when_made("documents"),
    _WORDS: Type(methods={"load_word2vec_format": _load("model", "fname", _WORDS), "load": _load("model", "fname")}),
    "flask.Flask": Type(methods={"run": _serve("flask")}),
    "dash.Dash": Type(methods=each("run run_server", _serve("dash"))),
    **each("Interface Blocks ChatInterface TabbedInterface",
           Type(methods={"launch": _serve("gradio"), "__enter__": _SAME, "queue": _SAME}), "gradio"),
    "selenium.webdriver.Driver": Type(
        make=Effect(EventKind.HTTP, "browser"),
        methods={"get": Effect(EventKind.HTTP, "browser", path=(0, "url")), "refresh": _BROWSER, "quit": Effect(),
                 "save_screenshot": Effect(path=(0, "filename"))},
        attributes={"page_source": "builtins.str"}, holds=Tag.EXTERNAL,
    ),
    **each("Chrome Firefox Edge Safari Remote", Type(bases=("selenium.webdriver.Driver",)), "selenium.webdriver"),
    "playwright.sync_api.Playwright": Type(
        fluent=True,
        methods={"new_page": Effect(EventKind.HTTP, "browser", returns=_PAGE), "launch": _SAME, "__enter__": _SAME},
    ),
    _PAGE: Type(methods={"goto": Effect(EventKind.HTTP, "browser", path=(0, "url")), "content": _BROWSER},
                holds=Tag.EXTERNAL),
    **each("API Client StreamingClient Stream", Type(default=_SDK), "tweepy"),
    "praw.Reddit": Type(default=_SDK),
    "yfinance.Ticker": Type(methods={"history": _QUOTES}, holds=Tag.EXTERNAL),
    "optuna.Study": Type(
        methods={"optimize": Effect(EventKind.FIT, "search", inputs={"X": (0, "func")}, mutates=True)}
    ),
    **each("TPESampler RandomSampler CmaEsSampler NSGAIISampler QMCSampler", Type(seed=_UNSEEDED), "optuna.samplers"),
    "skopt.BayesSearchCV": Type(bases=("sklearn.model_selection.BaseSearchCV",), seed=_NUMPY_SEED),
    "umap.UMAP": Type(bases=("sklearn.base.TransformerMixin",), seed=_NUMPY_SEED),
    "hdbscan.HDBSCAN": Type(bases=("sklearn.base.ClusterMixin",)),
    "faker.Faker": Type(make=Effect(EventKind.LOAD, "generated"), default=Effect()),
    "torchmetrics.Metric": Type(
        methods={
            "__call__": Effect(EventKind.EVALUATE, "metric", inputs={"predicted": (0, "preds"), "true": (1, "target")},
                               tags=Tag.METRIC),
            "update": Effect(), "compute": Effect(tags=Tag.METRIC), "to": _SAME,
        }
    ),
    **each("Accuracy Precision Recall F1Score AUROC ConfusionMatrix MeanSquaredError MeanAbsoluteError R2Score",
           Type(bases=("torchmetrics.Metric",)), "torchmetrics"),
    "h2o.Estimator": Type(
        methods={
            "train": Effect(EventKind.FIT, "estimator", inputs={"X": (2, "training_frame")}, tags=Tag.FITTED,
                            mutates=True),
            "predict": Effect(EventKind.PREDICT, inputs={"X": (0, "test_data")}, tags=Tag.PREDICTION),
            "model_performance": Effect(EventKind.EVALUATE, "h2o", tags=Tag.METRIC),
        }
    ),
    "h2o.H2OFrame": Type(
        fluent=True,
        methods={"split_frame": Effect(EventKind.SPLIT, inputs={"data": SELF}, results=(Tag.TRAIN, Tag.TEST),
                                       returns="h2o.H2OFrame", seed=_UNSEEDED),
                 "as_data_frame": Effect(returns=_FRAME)},
    ),
}  # fmt: skip
_CORPORA: Final = """brown cmudict gutenberg inaugural movie_reviews names nps_chat reuters state_union stopwords
    treebank twitter_samples udhr webtext wordnet words"""

LIBRARY = Library(
    aliases={
        "gensim.models.word2vec": "gensim.models",
        "gensim.models.ldamodel": "gensim.models",
        "gensim.models.keyedvectors": "gensim.models",
        "torchmetrics.classification": "torchmetrics",
        "torchmetrics.regression": "torchmetrics",
        "cv2.cv2": "cv2",
    },
    functions={**_IMAGES, **_EXAMPLES, **_MODELS, **_WEB},
    types=_TYPES,
    families=(("Estimator", "h2o.Estimator"),),
    instances=each(_CORPORA, "nltk.corpus.Reader", "nltk.corpus"),
)  # fmt: skip
