"""Google: Colab, cloud storage and BigQuery, Vertex AI, Gemini, Sheets."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.http import BOUNDED_SESSION
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import Effect, Library, Type
from nbprod.semantic.values import Tag

_BUCKET: Final = "google.cloud.storage.Bucket"
_BLOB: Final = "google.cloud.storage.Blob"
_QUERY: Final = "google.cloud.bigquery.QueryJob"
_GEMINI: Final = "google.generativeai.GenerativeModel"
_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", tags=Tag.EXTERNAL)
_PATH_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", path=(0, "filename"))
_LOAD_TABLE: Final = Effect(EventKind.WRITE, "sql", path=(1, "destination"), inputs={"data": (0, "dataframe")})
_FRAME: Final = Effect(returns="pandas.DataFrame")


def _generate(parameter: str, position: int | None = 0) -> Effect:
    return Effect(
        EventKind.LLM, "google", inputs={"prompt": (position, parameter)}, returns="google.genai.Response",
        timeout=(None, "request_options"),
    )  # fmt: skip


_CHAT: Final = Type(methods=each("send_message send_message_async send_message_stream", _generate("content")))

LIBRARY = Library(
    aliases={
        "google.cloud.storage.client.Client": "google.cloud.storage.Client",
        "google.cloud.bigquery.client.Client": "google.cloud.bigquery.Client",
        "vertexai.preview": "vertexai",
        "vertexai.generative_models.GenerativeModel": _GEMINI,
        "google.generativeai.generative_models.GenerativeModel": _GEMINI,
        "google.genai.client.Client": "google.genai.Client",
    },
    functions={
        "google.colab.files.upload": Effect(EventKind.LOAD, "upload", tags=Tag.EXTERNAL, returns="builtins.dict"),
        "google.colab.files.download": Effect(path=(0, "filename")),
        "google.colab.drive.mount": Effect(path=(0, "mountpoint")),
        "google.colab.userdata.get": Effect(tags=Tag.SECRET, returns="builtins.str"),
        "googleapiclient.discovery.build": Effect(returns="googleapiclient.discovery.Resource"),
        **each("authorize service_account oauth login", Effect(returns="gspread.Client"), "gspread"),
        **each("generate_text chat", _generate("prompt", None), "google.generativeai"),
        **each("embed_content list_models upload_file", _SDK, "google.generativeai"),
        "google.cloud.aiplatform.init": Effect(),
    },
    types={
        "google.auth.transport.requests.AuthorizedSession": BOUNDED_SESSION,  # after 120 s
        "google.cloud.storage.Client": Type(
            methods={
                **each("bucket get_bucket create_bucket", Effect(EventKind.HTTP, "sdk", returns=_BUCKET)),
            },
            default=_SDK,
        ),
        _BUCKET: Type(
            methods={"blob": Effect(returns=_BLOB), "get_blob": Effect(EventKind.HTTP, "sdk", returns=_BLOB)},
            default=_SDK,
        ),
        _BLOB: Type(
            methods={
                "upload_from_filename": Effect(EventKind.WRITE, "upload", path=(0, "filename")),
                "upload_from_string": Effect(EventKind.WRITE, "upload", inputs={"data": (0, "data")}),
                "upload_from_file": Effect(EventKind.WRITE, "upload", inputs={"data": (0, "file_obj")}),
                "download_to_filename": _PATH_DOWNLOAD,
                **each("download_as_string download_as_bytes download_as_text", _DOWNLOAD),
                "open": Effect(returns="io.TextIOWrapper"),
            },
            default=_SDK,
        ),
        "google.cloud.bigquery.Client": Type(
            methods={
                **each("query query_and_wait", Effect(EventKind.DB, "read", path=(0, "query"), returns=_QUERY)),
                "load_table_from_dataframe": _LOAD_TABLE,
                **each("load_table_from_uri load_table_from_file load_table_from_json", _LOAD_TABLE),
                "insert_rows_json": Effect(
                    EventKind.WRITE, "sql", path=(0, "table"), inputs={"data": (1, "json_rows")}
                ),
                "list_rows": Effect(EventKind.DB, "read", path=(0, "table"), returns=_QUERY),
                **each("dataset get_table_reference close", Effect()),
            },
            default=_SDK,
        ),
        _QUERY: Type(
            fluent=True,
            methods={**each("to_dataframe to_geodataframe", _FRAME), "result": Effect(returns="self")},
            holds=Tag.EXTERNAL,
        ),
        "google.cloud.aiplatform.Model": Type(
            methods={
                "deploy": Effect(EventKind.SERVE, "deploy", returns="google.cloud.aiplatform.Endpoint"),
                "upload": Effect(EventKind.PERSIST, "registry", returns="self"),
            },
            default=_SDK,
        ),
        "google.cloud.aiplatform.Endpoint": Type(
            methods={"predict": Effect(EventKind.HTTP, "sdk", inputs={"data": (0, "instances")},
                                       tags=Tag.EXTERNAL | Tag.PREDICTION),
                     "deploy": Effect(EventKind.SERVE, "deploy")},
            default=_SDK,
        ),
        **each("""CustomTrainingJob CustomJob CustomContainerTrainingJob PipelineJob AutoMLTabularTrainingJob
               AutoMLImageTrainingJob AutoMLTextTrainingJob HyperparameterTuningJob BatchPredictionJob TabularDataset
               ImageDataset TextDataset""", Type(default=_SDK), "google.cloud.aiplatform"),
        "vertexai.model_garden.OpenModel": Type(
            methods={"deploy": Effect(EventKind.SERVE, "deploy", returns="google.cloud.aiplatform.Endpoint"),
                     "list_deploy_options": _SDK}
        ),
        "google.cloud.ServiceClient": Type(default=_SDK),
        "google.cloud.secretmanager.SecretManagerServiceClient": Type(
            methods={"access_secret_version": Effect(EventKind.HTTP, "sdk", tags=Tag.SECRET)}, default=_SDK
        ),
        "googleapiclient.discovery.Resource": Type(fluent=True, methods={"execute": _SDK}),
        "gspread.Client": Type(
            fluent=True,
            methods={
                **each("open open_by_key open_by_url create", Effect(EventKind.HTTP, "sdk", returns="self")),
                **each("get_all_records get_all_values col_values row_values", _SDK),
                "update": Effect(EventKind.WRITE, "sheet", inputs={"data": (1, "values")}),
                "append_row": Effect(EventKind.WRITE, "sheet", inputs={"data": (0, "values")}),
                "append_rows": Effect(EventKind.WRITE, "sheet", inputs={"data": (0, "values")}),
            },
        ),
        _GEMINI: Type(
            methods={
                **each("generate_content generate_content_async", _generate("contents")),
                "start_chat": Effect(returns="google.generativeai.ChatSession"),
                "count_tokens": _SDK,
            }
        ),
        "google.generativeai.ChatSession": _CHAT,
        **each("TextGenerationModel CodeGenerationModel ChatModel CodeChatModel", Type(
            methods={"from_pretrained": Effect(returns="self"),
                     **each("predict predict_streaming predict_async", _generate("prompt")),
                     "start_chat": Effect(returns="google.generativeai.ChatSession")}
        ), "vertexai.language_models"),
        "google.genai.Client": Type(
            attributes={"models": "google.genai.models.Models", "chats": "google.genai.chats.Chats",
                        "aio": "google.genai.Client", "files": "google.genai.files.Files"}
        ),
        "google.genai.models.Models": Type(
            methods=each("generate_content generate_content_stream", _generate("contents", None)), default=_SDK
        ),
        "google.genai.chats.Chats": Type(methods={"create": Effect(returns="google.genai.chats.Chat")}),
        "google.genai.chats.Chat": Type(methods=each("send_message send_message_stream", _generate("message"))),
        "google.genai.files.Files": Type(default=_SDK),
        "google.genai.Response": Type(attributes={"text": "builtins.str"}),
    },
    families=(("ServiceClient", "google.cloud.ServiceClient"),),
)  # fmt: skip
