"""What a run leaves behind: MLflow, W&B and other trackers, logging and tracing.

Details of LOG events: "call" (a log record), "configure" (a handler or level is set up) and "tracker".
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import Effect, Library, Type
from nbprod.semantic.values import Tag

_RECORD: Final = Effect(EventKind.LOG, "call")
_CONFIGURE: Final = Effect(EventKind.LOG, "configure")
_TRACK: Final = Effect(EventKind.LOG, "tracker")
_SAME: Final = Effect(returns="self")
_REGISTER: Final = Effect(EventKind.PERSIST, "registry", path=(1, "name"), inputs={"model": (0, "model_uri")})

_LEVELS: Final = "debug info warning warn error exception critical fatal log"
_MLFLOW: Final = """autolog log_artifact log_artifacts log_batch log_dict log_figure log_image log_input log_inputs
    log_metric log_metrics log_param log_params log_table log_text set_tag set_tags start_run"""
_FLAVORS: Final = {
    # flavor -> the name of the first parameter of save_model and log_model
    "sklearn": "sk_model", "pytorch": "pytorch_model", "tensorflow": "model", "keras": "model", "xgboost": "xgb_model",
    "lightgbm": "lgb_model", "catboost": "cb_model", "spark": "spark_model", "statsmodels": "statsmodels_model",
    "transformers": "transformers_model", "sentence_transformers": "model", "onnx": "onnx_model",
    "langchain": "lc_model", "openai": "model", "prophet": "pr_model", "spacy": "spacy_model", "h2o": "h2o_model",
    "fastai": "fastai_learner", "pmdarima": "pmdarima_model", "shap": "explainer", "paddle": "pd_model",
}  # fmt: skip


def _flavors() -> dict[str, Effect]:
    rows = {}
    for flavor, parameter in _FLAVORS.items():
        for method, path in (("log_model", "artifact_path"), ("save_model", "path")):
            rows[f"mlflow.{flavor}.{method}"] = Effect(
                EventKind.PERSIST, "mlflow", path=(1, path), inputs={"model": (0, parameter)}
            )
        rows[f"mlflow.{flavor}.load_model"] = Effect(
            EventKind.LOAD, "model", path=(0, "model_uri"), returns="mlflow.pyfunc.PyFuncModel", tags=Tag.FITTED
        )
        rows[f"mlflow.{flavor}.autolog"] = _TRACK
    return rows


LIBRARY = Library(
    aliases={
        "absl.logging": "logging",
        "mlflow.tracking.MlflowClient": "mlflow.MlflowClient",
        "mlflow.client.MlflowClient": "mlflow.MlflowClient",
        "mlflow.tracking.client.MlflowClient": "mlflow.MlflowClient",
        "mlflow.tracking.fluent": "mlflow",
        "neptune.new": "neptune",
        "neptune.init": "neptune.init_run",
        "wandb.wandb_run": "wandb",
        "comet_ml.OfflineExperiment": "comet_ml.Experiment",
        "structlog.get_logger": "structlog.getLogger",
        "structlog.stdlib.get_logger": "structlog.getLogger",
        "logging.LoggerAdapter": "logging.Logger",
        "picologging": "logging",
    },
    functions={
        **each(_LEVELS, _RECORD, "logging"),
        **each("basicConfig config.dictConfig config.fileConfig", _CONFIGURE, "logging"),
        "logging.getLogger": Effect(returns="logging.Logger"),
        "structlog.getLogger": Effect(returns="structlog.BoundLogger"),
        "structlog.configure": _CONFIGURE,
        "opentelemetry.trace.get_tracer": Effect(returns="opentelemetry.trace.Tracer"),
        "opentelemetry.metrics.get_meter": Effect(returns="opentelemetry.metrics.Meter"),
        **each(_MLFLOW, _TRACK, "mlflow"),
        **_flavors(),
        "mlflow.register_model": _REGISTER,
        "mlflow.pyfunc.log_model": Effect(
            EventKind.PERSIST, "mlflow", path=(0, "artifact_path"), inputs={"model": (None, "python_model")}
        ),
        "mlflow.pyfunc.save_model": Effect(
            EventKind.PERSIST, "mlflow", path=(0, "path"), inputs={"model": (None, "python_model")}
        ),
        "mlflow.pyfunc.load_model": Effect(
            EventKind.LOAD, "model", path=(0, "model_uri"), returns="mlflow.pyfunc.PyFuncModel", tags=Tag.FITTED
        ),
        "mlflow.evaluate": Effect(
            EventKind.EVALUATE, "mlflow", inputs={"model": (0, "model"), "X": (1, "data")}, tags=Tag.METRIC
        ),
        "wandb.init": Effect(EventKind.LOG, "tracker", returns="wandb.Run"),
        **each("log watch log_artifact save summary.update config.update", _TRACK, "wandb"),
        "neptune.init_run": Effect(EventKind.LOG, "tracker", returns="neptune.Run"),
        **each("log_metric create_experiment send_metric", _TRACK, "neptune"),
        "clearml.Task.init": Effect(EventKind.LOG, "tracker", returns="clearml.Task"),
    },
    types={
        "logging.Logger": Type(
            methods={
                **each(_LEVELS, _RECORD),
                "addHandler": _CONFIGURE,
                "getChild": _SAME,
            }
        ),
        # loguru and structlog print to the terminal as they come.
        "loguru.Logger": Type(
            methods={
                **each(f"{_LEVELS} success trace", _RECORD),
                **each("add configure", _CONFIGURE),
                **each("bind opt patch", _SAME),
            }
        ),
        "structlog.BoundLogger": Type(
            methods={
                **each(f"{_LEVELS} msg", _RECORD),
                **each("bind new unbind try_unbind", _SAME),
            }
        ),
        "opentelemetry.trace.Tracer": Type(
            methods=each("start_span start_as_current_span", _RECORD),
        ),
        "opentelemetry.metrics.Meter": Type(
            methods=each(
                "create_counter create_histogram create_up_down_counter",
                Effect(returns="opentelemetry.metrics.Instrument"),
            )
        ),
        "opentelemetry.metrics.Instrument": Type(methods=each("add record", _RECORD)),
        "mlflow.MlflowClient": Type(
            methods={
                **each(_MLFLOW, _TRACK),
                "create_run": _TRACK,
                **each(
                    "create_model_version transition_model_version_stage set_registered_model_alias",
                    Effect(EventKind.PERSIST, "registry", path=(0, "name")),
                ),
            }
        ),
        "mlflow.pyfunc.PyFuncModel": Type(
            bases=("sklearn.base.BaseEstimator",),
            methods={
                "predict": Effect(EventKind.PREDICT, inputs={"X": (0, "data")}, tags=Tag.PREDICTION),
            },
        ),
        "wandb.Run": Type(
            methods={
                **each("log log_artifact watch save log_model", _TRACK),
                "__enter__": _SAME,
            }
        ),
        "neptune.Run": Type(methods={"__getitem__": Effect(returns="neptune.Handler")}),
        "neptune.Handler": Type(methods=each("log append extend upload assign", _TRACK)),
        "comet_ml.Experiment": Type(default=_TRACK),
        "clearml.Task": Type(default=_TRACK),
        "dvclive.Live": Type(default=_TRACK),
    },
    instances={"loguru.logger": "loguru.Logger", "logzero.logger": "logging.Logger", "logging.root": "logging.Logger"},
)
