"""Azure: storage, Key Vault, machine learning (SDK v1 and v2), model inference."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Type
from nbprod.semantic.values import Tag

_BLOB: Final = "azure.storage.blob.BlobClient"
_OPERATIONS: Final = "azure.ai.ml.operations.Operations"
_TABULAR: Final = "azureml.data.TabularDataset"
_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_SAME: Final = Effect(returns="self")
_TRACK: Final = Effect(EventKind.LOG, "tracker")
_DEPLOY: Final = Effect(EventKind.SERVE, "deploy")
_REGISTER: Final = Effect(EventKind.PERSIST, "registry", inputs={"model": (0, "model")})
_READ: Final = Effect(EventKind.LOAD, "csv", path=(0, "path"), returns=_TABULAR)


def _upload(parameter: str, position: int = 0) -> Effect:
    return Effect(EventKind.WRITE, "upload", inputs={"data": (position, parameter)})


_DEPLOYMENTS: Final = Type(methods=each("begin_create_or_update create_or_update", _DEPLOY), default=_SDK)

LIBRARY = Library(
    aliases={
        "azureml.core.workspace.Workspace": "azureml.core.Workspace",
        "azureml.core.run.Run": "azureml.core.Run",
        "azureml.core.model.Model": "azureml.core.Model",
        "azureml.core.dataset.Dataset": "azureml.core.Dataset",
        "azureml.core.experiment.Experiment": "azureml.core.Experiment",
        "azureml.core.datastore.Datastore": "azureml.core.Datastore",
        "azureml.data.dataset_factory.TabularDatasetFactory": "azureml.core.Dataset.Tabular",
        "azure.storage.blob.aio": "azure.storage.blob",
    },
    functions={
        **each("from_delimited_files from_parquet_files from_json_lines_files from_sql_query", _READ,
               "azureml.core.Dataset.Tabular"),
        "azureml.core.Dataset.File.from_files": _READ,
        "mltable.load": Effect(EventKind.LOAD, "table", path=(0, "uri"), returns=_TABULAR),
        "azureml.core.Dataset.get_by_name": Effect(EventKind.LOAD, "table", path=(1, "name"), returns=_TABULAR),
        "azureml.core.Dataset.Tabular.register_pandas_dataframe": Effect(
            EventKind.WRITE, "table", path=(2, "name"), inputs={"data": (0, "dataframe")}
        ),
    },
    types={
        "azure.storage.blob.BlobServiceClient": Type(
            methods={
                "from_connection_string": _SAME,
                "get_blob_client": Effect(returns=_BLOB),
                "get_container_client": Effect(returns="azure.storage.blob.ContainerClient"),
            },
            default=_SDK,
        ),
        "azure.storage.blob.ContainerClient": Type(
            methods={
                **each("from_connection_string from_container_url", _SAME),
                "get_blob_client": Effect(returns=_BLOB),
                "upload_blob": _upload("data", 1),
                "download_blob": Effect(EventKind.HTTP, "download", tags=Tag.EXTERNAL),
            },
            default=_SDK,
        ),
        _BLOB: Type(
            methods={
                **each("from_connection_string from_blob_url", _SAME),
                "upload_blob": _upload("data"),
                "download_blob": Effect(EventKind.HTTP, "download", tags=Tag.EXTERNAL),
            },
            default=_SDK,
        ),
        "azure.storage.filedatalake.DataLakeServiceClient": Type(
            fluent=True,
            methods={"upload_data": _upload("data"), "append_data": _upload("data"),
                     "download_file": Effect(EventKind.HTTP, "download", tags=Tag.EXTERNAL)},
        ),
        "azure.keyvault.secrets.SecretClient": Type(
            methods={"get_secret": Effect(EventKind.HTTP, "sdk", tags=Tag.SECRET)}, default=_SDK
        ),
        "azure.ai.ml.MLClient": Type(
            methods={
                "from_config": _SAME,
                "create_or_update": Effect(EventKind.HTTP, "sdk"),
                "begin_create_or_update": Effect(EventKind.HTTP, "sdk"),
            },
            attributes={
                **each("jobs data datastores environments components compute workspaces schedules batch_endpoints",
                       _OPERATIONS),
                "models": "azure.ai.ml.operations.ModelOperations",
                **each("online_endpoints online_deployments batch_deployments",
                       "azure.ai.ml.operations.DeploymentOperations"),
            },
            default=_SDK,
        ),
        _OPERATIONS: Type(default=_SDK),
        "azure.ai.ml.operations.ModelOperations": Type(methods={"create_or_update": _REGISTER}, default=_SDK),
        "azure.ai.ml.operations.DeploymentOperations": _DEPLOYMENTS,
        "azure.ai.inference.ChatCompletionsClient": Type(
            methods={"complete": Effect(EventKind.LLM, "azure", inputs={"prompt": (None, "messages")},
                                        timeout=(None, "timeout"))}
        ),
        "azureml.core.Workspace": Type(
            methods={**each("from_config get create", Effect(EventKind.HTTP, "sdk", returns="self")),
                     "get_default_datastore": Effect(returns="azureml.core.Datastore"), "get_details": Effect()}
        ),
        "azureml.core.compute.ComputeTarget": Type(
            methods=each("create attach delete wait_for_completion get_status", Effect(EventKind.HTTP, "sdk",
                                                                                      returns="self"))
        ),
        "azureml.core.webservice.Webservice": Type(
            methods={"run": Effect(EventKind.HTTP, "sdk", inputs={"data": (0, "input_data")}, tags=Tag.EXTERNAL),
                     **each("deploy_configuration wait_for_deployment get_logs delete", Effect())}
        ),
        **each("AciWebservice AksWebservice LocalWebservice", Type(bases=("azureml.core.webservice.Webservice",)),
               "azureml.core.webservice"),
        "azureml.pipeline.core.Pipeline": Type(methods={"publish": _DEPLOY, "submit": _SDK, "validate": Effect()}),
        "azure.search.documents.SearchClient": Type(
            methods={"upload_documents": _upload("documents")}, default=_SDK
        ),
        "azureml.core.Experiment": Type(
            methods={**each("submit start_logging", Effect(EventKind.HTTP, "sdk", returns="azureml.core.Run"))}
        ),
        "azureml.core.Run": Type(
            methods={
                "get_context": _SAME,
                **each("log log_list log_row log_table log_image log_accuracy_table log_confusion_matrix tag "
                       "upload_file upload_folder start_logging", _TRACK),
                "register_model": Effect(EventKind.PERSIST, "registry", path=(None, "model_path"),
                                         inputs={"model": SELF}),
                "complete": Effect(), "wait_for_completion": _SDK, "get_metrics": _SDK,
            }
        ),
        "azureml.core.Model": Type(
            methods={"register": Effect(EventKind.PERSIST, "registry", path=(1, "model_path")), "deploy": _DEPLOY,
                     "get_model_path": Effect(returns="builtins.str"), "download": _SDK}
        ),
        "azureml.core.Datastore": Type(
            methods={**each("upload upload_files", Effect(EventKind.WRITE, "upload", path=(0, "src_dir"))),
                     "download": Effect(EventKind.HTTP, "download"), "get": _SAME, "path": _SAME}
        ),
        _TABULAR: Type(
            fluent=True,
            methods={"to_pandas_dataframe": Effect(returns="pandas.DataFrame"),
                     "take": Effect(returns="self", limits=(0, "count")),
                     "random_split": Effect(EventKind.SPLIT, inputs={"data": SELF}, results=(Tag.TRAIN, Tag.TEST)),
                     "register": Effect(EventKind.WRITE, "table", path=(1, "name"), inputs={"data": SELF}),
                     "as_named_input": _SAME},
        ),
    },
)  # fmt: skip
