"""Amazon's SDKs, file systems behind one interface, download helpers.

Any method of a client is a call over the network; the SDKs bound their waits and retry by themselves, so
that no `timeout` is asked for. Detail "sdk" says so.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Parameter, Type
from nbprod.semantic.values import Tag

_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_SAME: Final = Effect(returns="self")
_FILE: Final = "io.TextIOWrapper"
_DEPLOY: Final = Effect(EventKind.SERVE, "deploy", returns="sagemaker.Predictor")
_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", path=(0, "url"))
_DATASET: Final = Effect(EventKind.HTTP, "download", path=(0, "dataset"))


def _upload(path: Parameter, data: Parameter | None = None) -> Effect:
    return Effect(EventKind.WRITE, "upload", path=path, inputs={"data": data} if data else {})


def _open(parameter: str) -> Effect:
    load = Effect(EventKind.LOAD, "text", path=(0, parameter), returns=_FILE)
    writing = ("w", "wb", "wt", "a", "ab", "at", "x", "xb")
    return Effect(EventKind.WRITE, "text", path=(0, parameter), returns=_FILE, when=((1, "mode"), writing, "r"),
                  otherwise=load)  # fmt: skip


_FILES: Final = {
    "upload_file": _upload((0, "Filename")),
    "upload_fileobj": _upload((None, "Key"), (0, "Fileobj")),
    "put_object": _upload((None, "Key"), (None, "Body")),
    "put": _upload((None, "Key"), (None, "Body")),
    "download_file": Effect(EventKind.HTTP, "download"),
    "download_fileobj": Effect(EventKind.HTTP, "download"),
}
_LOCAL: Final = each("generate_presigned_url generate_presigned_post can_paginate close", Effect())
_MODEL_CALL: Final = Effect(EventKind.LLM, "bedrock", inputs={"prompt": (None, "body")}, tags=Tag.EXTERNAL)
_CONVERSE: Final = Effect(EventKind.LLM, "bedrock", inputs={"prompt": (None, "messages")}, tags=Tag.EXTERNAL)
_CLIENTS: Final = {
    "client": Effect(returns="boto3.Client"),
    "resource": Effect(returns="boto3.Resource"),
}
_FILE_SYSTEM: Final = Type(
    methods={
        "open": _open("path"),
        **each("ls glob exists find info walk isfile du", Effect(EventKind.HTTP, "sdk", path=(0, "path"))),
        **each("put upload put_file", Effect(EventKind.WRITE, "upload", path=(1, "rpath"))),
        **each("get download get_file", Effect(EventKind.HTTP, "download", path=(0, "rpath"))),
    }
)
_ESTIMATOR: Final = "sagemaker.estimator.EstimatorBase"

LIBRARY = Library(
    aliases={
        "boto3.session.Session": "boto3.Session",
        "botocore.session.get_session": "boto3.Session",
        "s3fs.core.S3FileSystem": "s3fs.S3FileSystem",
        "sagemaker.predictor.Predictor": "sagemaker.Predictor",
        "sagemaker.session.Session": "sagemaker.Session",
        "sagemaker.estimator.Framework": _ESTIMATOR,
        "kaggle.api.kaggle_api_extended.KaggleApi": "kaggle.KaggleApi",
    },
    functions={
        **{f"boto3.{name}": effect for name, effect in _CLIENTS.items()},
        "fsspec.open": _open("urlpath"),
        "fsspec.filesystem": Effect(returns="s3fs.S3FileSystem"),
        "smart_open.open": _open("uri"),
        "smart_open.smart_open": _open("uri"),
        "gdown.download": _DOWNLOAD,
        "gdown.cached_download": _DOWNLOAD,
        "opendatasets.download": Effect(EventKind.HTTP, "download", path=(0, "dataset_id_or_url")),
        **each("dataset_download competition_download", Effect(EventKind.HTTP, "download", path=(0, "handle")),
               "kagglehub"),
        "kagglehub.model_download": Effect(EventKind.HTTP, "download", path=(0, "handle"), tags=Tag.FITTED),
        **each("sagemaker.s3.S3Uploader.upload sagemaker.s3.S3Uploader.upload_string_as_file_body",
               _upload((0, "local_path"))),
        "sagemaker.s3.S3Downloader.download": Effect(EventKind.HTTP, "download", path=(0, "s3_uri")),
        "sagemaker.get_execution_role": Effect(returns="builtins.str"),
    },
    types={
        "boto3.Session": Type(methods={**_CLIENTS, "get_credentials": Effect(tags=Tag.SECRET)}),
        "boto3.Client": Type(
            methods={
                **_FILES, **_LOCAL,
                "get_paginator": Effect(returns="boto3.Paginator"), "get_waiter": Effect(returns="boto3.Paginator"),
                **each("invoke_model invoke_model_with_response_stream", _MODEL_CALL),
                **each("converse converse_stream", _CONVERSE),
                "retrieve_and_generate": Effect(EventKind.LLM, "bedrock", inputs={"prompt": (None, "input")}),
                **each("create_endpoint update_endpoint create_function", Effect(EventKind.SERVE, "deploy")),
                **each("put_item batch_write_item update_item", Effect(EventKind.DB, "write", tags=Tag.EXTERNAL)),
                "get_secret_value": Effect(EventKind.HTTP, "sdk", tags=Tag.SECRET),
                "put_record": _upload((None, "StreamName"), (None, "Data")),
            },
            default=_SDK,
        ),
        "boto3.Paginator": Type(default=_SDK),
        "boto3.Resource": Type(
            methods={
                **_FILES, **_LOCAL, **each("Bucket Object Table Queue Topic ObjectSummary", _SAME),
                "put_item": Effect(EventKind.DB, "write", inputs={"data": (None, "Item")}), "batch_writer": _SAME,
            },
            default=_SDK,
        ),
        **each("s3fs.S3FileSystem gcsfs.GCSFileSystem adlfs.AzureBlobFileSystem", _FILE_SYSTEM),
        "minio.Minio": Type(
            methods={"fput_object": _upload((2, "file_path")), "put_object": _upload((1, "object_name"), (2, "data")),
                     "fget_object": Effect(EventKind.HTTP, "download", path=(2, "file_path"))},
            default=_SDK,
        ),
        "kaggle.KaggleApi": Type(
            methods={"authenticate": Effect(),
                     **each("dataset_download_files competition_download_files", _DATASET)},
            default=_SDK,
        ),
        "sagemaker.Session": Type(
            methods={"upload_data": _upload((0, "path")), "default_bucket": Effect(returns="builtins.str"),
                     "download_data": Effect(EventKind.HTTP, "download", path=(0, "path"))},
            default=_SDK,
        ),
        # fit starts a job on rented machines; its inputs are addresses
        _ESTIMATOR: Type(
            methods={
                "fit": Effect(EventKind.FIT, "job", inputs={"X": (0, "inputs")}, tags=Tag.FITTED, mutates=True),
                "deploy": _DEPLOY, "set_hyperparameters": Effect(), "create_model": _SAME, "register": Effect(
                    EventKind.PERSIST, "registry", inputs={"model": SELF}),
                "transformer": Effect(returns="sagemaker.transformer.Transformer"),
            }
        ),
        "sagemaker.model.Model": Type(bases=(_ESTIMATOR,)),
        **each("""estimator.Estimator sklearn.SKLearn sklearn.estimator.SKLearn pytorch.PyTorch
               pytorch.estimator.PyTorch tensorflow.TensorFlow xgboost.XGBoost xgboost.estimator.XGBoost
               huggingface.HuggingFace KMeans LinearLearner FactorizationMachines tuner.HyperparameterTuner""",
               Type(bases=(_ESTIMATOR,)), "sagemaker"),
        "sagemaker.transformer.Transformer": Type(
            methods={"transform": Effect(EventKind.PREDICT, inputs={"X": (0, "data")}), "wait": Effect()}
        ),
        "sagemaker.Predictor": Type(
            methods={
                "predict": Effect(EventKind.HTTP, "sdk", inputs={"data": (0, "data")},
                                  tags=Tag.EXTERNAL | Tag.PREDICTION),
                **each("delete_endpoint delete_model", _SDK),
            }
        ),
        "sagemaker.processing.Processor": Type(methods={"run": _SDK}),
    },
    families=(("Processor", "sagemaker.processing.Processor"), ("Predictor", "sagemaker.Predictor"),
              ("Model", "sagemaker.model.Model"), ("Estimator", _ESTIMATOR)),
    instances={"kaggle.api": "kaggle.KaggleApi"},
)  # fmt: skip
