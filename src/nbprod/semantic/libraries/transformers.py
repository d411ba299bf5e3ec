"""Hugging Face: transformers, datasets, hub, sentence-transformers, diffusers.

`from_pretrained` and `pipeline` download weights: HTTP with detail "download". A local directory does
not, but nothing in the call says so.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import HUB_DATA, SELF, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_MODEL: Final = "transformers.PreTrainedModel"
_TOKENIZER: Final = "transformers.PreTrainedTokenizer"
_PIPELINE: Final = "transformers.Pipeline"
_WRITER: Final = "transformers.TextGenerationPipeline"
_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_SAME: Final = Effect(returns="self")
_WRITING_TASKS: Final = (
    "text-generation", "text2text-generation", "summarization", "translation", "conversational",
    "translation_en_to_fr", "translation_en_to_de", "image-to-text", "image-text-to-text",
)  # fmt: skip
_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", path=(0, "pretrained_model_name_or_path"), returns="self")
_SAVE: Final = Effect(EventKind.PERSIST, "transformers", path=(0, "save_directory"), inputs={"model": SELF})
_PUSH: Final = Effect(EventKind.PERSIST, "hub", path=(0, "repo_id"), inputs={"model": SELF})
_TORCH: Final = Seed(generators=("torch",))


def _download(parameter: str, returns: str | None = None, *, tags: int = 0) -> Effect:
    return Effect(EventKind.HTTP, "download", path=(0, parameter), returns=returns, tags=tags)


def _ask(parameter: str, tags: int = 0) -> Effect:
    return Effect(EventKind.LLM, "huggingface", inputs={"prompt": (0, parameter)}, tags=tags)


def _write(detail: str, parameter: str) -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, parameter), inputs={"data": SELF})


_TRAIN: Final = {
    # TrainingArguments(seed=42) seeds everything, so that only a bare loop is random
    "train": Effect(EventKind.FIT, "network", inputs={"X": SELF}, tags=Tag.FITTED, mutates=True),
    "evaluate": Effect(EventKind.EVALUATE, "network", inputs={"X": (0, "eval_dataset")}, tags=Tag.METRIC),
    "predict": Effect(EventKind.PREDICT, inputs={"X": (0, "test_dataset")}, tags=Tag.PREDICTION),
    "save_model": Effect(EventKind.PERSIST, "transformers", path=(0, "output_dir"), inputs={"model": SELF}),
    "push_to_hub": _PUSH,
}

LIBRARY = Library(
    aliases={
        "transformers.models.auto": "transformers",
        "transformers.pipelines.pipeline": "transformers.pipeline",
        "transformers.trainer.Trainer": "transformers.Trainer",
        "nlp.load_dataset": "datasets.load_dataset",
        "datasets.load.load_dataset": "datasets.load_dataset",
        "datasets.arrow_dataset.Dataset": HUB_DATA,
        "huggingface_hub.inference.InferenceClient": "huggingface_hub.InferenceClient",
        "huggingface_hub.AsyncInferenceClient": "huggingface_hub.InferenceClient",
        "evaluate.load_metric": "evaluate.load",
        "datasets.load_metric": "evaluate.load",
    },
    functions={
        "transformers.pipeline": Effect(
            EventKind.HTTP, "download", path=(1, "model"), returns=_WRITER,
            when=((0, "task"), _WRITING_TASKS, None),
            otherwise=Effect(EventKind.HTTP, "download", path=(1, "model"), returns=_PIPELINE),
        ),
        "transformers.set_seed": Effect(EventKind.SEED, "python numpy torch tensorflow"),
        "accelerate.utils.set_seed": Effect(EventKind.SEED, "python numpy torch"),
        "datasets.load_dataset": Effect(
            EventKind.LOAD, "arrow", path=(None, "data_files"), returns=HUB_DATA, limits=(None, "split"),
            when=((0, "path"), ("csv", "json", "parquet", "arrow", "text"), None),
            otherwise=Effect(
                EventKind.LOAD, "hub", path=(0, "path"), returns=HUB_DATA, limits=(None, "split")
            ),
        ),
        "datasets.load_from_disk": Effect(EventKind.LOAD, "arrow", path=(0, "dataset_path"), returns=HUB_DATA),
        "datasets.concatenate_datasets": Effect(returns=HUB_DATA),
        "huggingface_hub.hf_hub_download": _download("repo_id"),
        "huggingface_hub.snapshot_download": _download("repo_id"),
        **each("login notebook_login create_repo", Effect(), "huggingface_hub"),
        **each("upload_file upload_folder",
               Effect(EventKind.WRITE, "upload", path=(None, "path_or_fileobj")), "huggingface_hub"),
        "evaluate.load": _download("path", "evaluate.Metric"),
        "peft.get_peft_model": Effect(returns=_MODEL),
    },
    types={
        _MODEL: Type(
            bases=("torch.nn.Module",),
            methods={
                **each("from_pretrained from_config", Effect(
                    EventKind.HTTP, "download", path=(0, "pretrained_model_name_or_path"), returns="self",
                    tags=Tag.FITTED)),
                "save_pretrained": _SAVE, "push_to_hub": _PUSH, **each("generate chat", _ask("inputs", Tag.LLM)),
                "resize_token_embeddings": Effect(),
                # TensorFlow models have Keras' methods
                "compile": Effect(),
                "fit": Effect(EventKind.FIT, "network", inputs={"X": (0, "x"), "y": (1, "y")}, tags=Tag.FITTED,
                              mutates=True, returns="keras.callbacks.History",
                              seed=Seed(generators=("tensorflow",))),
            },
        ),
        _TOKENIZER: Type(
            methods={"from_pretrained": _DOWNLOAD, "save_pretrained": Effect(path=(0, "save_directory")),
                     "push_to_hub": Effect(), "__call__": Effect(), "decode": Effect(returns="builtins.str"),
                     "apply_chat_template": Effect(),
                     "train_new_from_iterator": Effect(EventKind.FIT, "transformer", inputs={"X": (0, "text_iterator")},
                                                       returns="self", tags=Tag.FITTED)},
        ),
        "transformers.PretrainedConfig": Type(methods={"from_pretrained": _DOWNLOAD}),
        **each("GenerationConfig BitsAndBytesConfig TrainingArguments Seq2SeqTrainingArguments", Type(),
               "transformers"),
        _PIPELINE: Type(
            methods=each("__call__ predict",
                         Effect(EventKind.PREDICT, inputs={"X": (0, "inputs")}, tags=Tag.PREDICTION))
        ),
        _WRITER: Type(methods={"__call__": _ask("inputs")}),
        **each("Trainer Seq2SeqTrainer", Type(methods=_TRAIN), "transformers"),
        "trl.SFTTrainer": Type(methods=_TRAIN),
        HUB_DATA: Type(
            fluent=True,
            methods={
                "shuffle": Effect(returns="self", seed=Seed((0, "seed"), generators=("numpy",))),
                "select": Effect(returns="self", limits=(0, "indices")),
                "train_test_split": Effect(EventKind.SPLIT, inputs={"data": SELF}, returns="self",
                                           seed=Seed((None, "seed"), when=(((None, "shuffle"), (True,), True),))),
                **each("from_pandas from_dict from_list from_csv", Effect(returns="self")),
                "to_pandas": Effect(returns="pandas.DataFrame"),
                "to_csv": _write("csv", "path_or_buf"), "to_json": _write("json", "path_or_buf"),
                "to_parquet": _write("parquet", "path_or_buf"), "save_to_disk": _write("arrow", "dataset_path"),
                "push_to_hub": _write("upload", "repo_id"), "features": Effect(), "unique": Effect(),
            },
            attributes={"num_rows": "builtins.int", "column_names": "builtins.list", "shape": "builtins.tuple"},
        ),
        "datasets.DatasetDict": Type(bases=(HUB_DATA,), fluent=True),
        "evaluate.Metric": Type(
            methods={"compute": Effect(EventKind.EVALUATE, "metric", inputs={"predicted": (None, "predictions"),
                                                                            "true": (None, "references")},
                                       tags=Tag.METRIC), "add_batch": Effect()}
        ),
        "sentence_transformers.SentenceTransformer": Type(
            make=_download("model_name_or_path", tags=Tag.FITTED),
            methods={
                **each("encode encode_multi_process", Effect(inputs={"X": (0, "sentences")}, returns="numpy.ndarray")),
                "fit": Effect(EventKind.FIT, "network", inputs={"X": (0, "train_objectives")}, tags=Tag.FITTED,
                              mutates=True, seed=_TORCH),
                **each("save save_pretrained", Effect(EventKind.PERSIST, "network", path=(0, "path"),
                                                      inputs={"model": SELF})),
            },
        ),
        "sentence_transformers.CrossEncoder": Type(
            make=_download("model_name", tags=Tag.FITTED),
            methods={"predict": Effect(EventKind.PREDICT, inputs={"X": (0, "sentences")}, tags=Tag.PREDICTION)},
        ),
        "huggingface_hub.InferenceClient": Type(
            methods={"chat_completion": _ask("messages"), "text_generation": _ask("prompt", Tag.LLM),
                     "summarization": _ask("text"), "conversational": _ask("text")},
            attributes={"chat": "openai.resources.Chat"},
            default=_SDK,
        ),
        "huggingface_hub.HfApi": Type(
            methods=each("upload_file upload_folder",
                         Effect(EventKind.WRITE, "upload", path=(None, "path_or_fileobj"))),
            default=_SDK,
        ),
        "diffusers.DiffusionPipeline": Type(
            methods={"from_pretrained": _DOWNLOAD, "save_pretrained": _SAVE, "to": _SAME, "__call__": Effect()}
        ),
    },
    families=(
        ("TokenizerFast", _TOKENIZER), ("Tokenizer", _TOKENIZER), ("Processor", _TOKENIZER),
        ("Extractor", _TOKENIZER), ("Config", "transformers.PretrainedConfig"),
        ("DiffusionPipeline", "diffusers.DiffusionPipeline"), ("Pipeline", "diffusers.DiffusionPipeline"),
        ("Model", _MODEL), ("LM", _MODEL), ("LMHeadModel", _MODEL), ("Classification", _MODEL), ("Answering", _MODEL),
        ("Generation", _MODEL), ("Seq2Seq", _MODEL), ("MultipleChoice", _MODEL), ("CTC", _MODEL),
        ("Detection", _MODEL), ("Segmentation", _MODEL),
    ),
)  # fmt: skip
