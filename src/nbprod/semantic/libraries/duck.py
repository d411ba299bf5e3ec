"""Methods whose names speak for themselves, whatever the receiver is.

They stand in when the receiver's class is unknown: a frame handed over by a function of the project, an
estimator of a library that has no table. Only names with next to no other meaning: not `save` or `get`.
"""

from collections.abc import Mapping
from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import if_path
from nbprod.semantic.library import SELF, Effect, Seed
from nbprod.semantic.values import Tag

_X: Final = {"X": (0, "X")}
_XY: Final = {"X": (0, "X"), "y": (1, "y")}
_FIT: Final = Effect(EventKind.FIT, inputs=_XY, returns="self", tags=Tag.FITTED, mutates=True)
_FIT_TRANSFORM: Final = Effect(EventKind.FIT, inputs=_XY, tags=Tag.FITTED, mutates=True)
_PROBABILITY: Final = Effect(EventKind.PREDICT, "probability", inputs=_X, tags=Tag.PROBABILITY)


def _file(detail: str, path: str, position: int = 0) -> Effect:
    return Effect(EventKind.WRITE, detail, path=(position, path), inputs={"data": SELF})


DUCK: Final[Mapping[str, Effect]] = {
    # tables
    **dict.fromkeys(("to_pandas_dataframe", "toPandas"), Effect(returns="pandas.DataFrame")),
    "to_csv": if_path(_file("csv", "path_or_buf")),
    "to_excel": _file("excel", "excel_writer"),
    "to_feather": _file("feather", "path"),
    "to_gbq": _file("sql", "destination_table"),
    "to_hdf": _file("hdf", "path_or_buf"),
    "to_orc": _file("orc", "path"),
    "to_parquet": if_path(_file("parquet", "path"), "builtins.bytes"),
    "to_pickle": _file("pickle", "path"),
    "to_sql": _file("sql", "name"),
    "to_stata": _file("stata", "path"),
    "to_zarr": _file("zarr", "store"),
    "to_netcdf": _file("netcdf", "path"),
    "write_csv": if_path(_file("csv", "file")),
    "write_parquet": _file("parquet", "file"),
    "write_database": _file("sql", "table_name"),
    "insertInto": _file("sql", "tableName"),
    "saveAsTable": _file("sql", "name"),
    "saveAsTextFile": _file("text", "path"),
    "writeTo": _file("sql", "table"),
    "writerow": Effect(EventKind.WRITE, "handle", path=SELF, inputs={"data": (0, "row")}),
    "writerows": Effect(EventKind.WRITE, "handle", path=SELF, inputs={"data": (0, "rows")}),
    # models
    "fillna": Effect(EventKind.DERIVE, "fill", inputs={"X": SELF}),
    "fit": _FIT,
    "partial_fit": _FIT,
    "fit_transform": _FIT_TRANSFORM,
    "fit_predict": _FIT_TRANSFORM,
    "fit_generator": Effect(EventKind.FIT, "network", inputs={"X": (0, "generator")}, tags=Tag.FITTED, mutates=True),
    "fit_resample": Effect(EventKind.FIT, "resampler", inputs=_XY, results=(0,), per_argument=True, mutates=True),
    "fit_sample": Effect(EventKind.FIT, "resampler", inputs=_XY, results=(0,), per_argument=True, mutates=True),
    "predict": Effect(EventKind.PREDICT, inputs=_X, tags=Tag.PREDICTION),
    "predict_proba": _PROBABILITY,
    "predict_log_proba": _PROBABILITY,
    "decision_function": _PROBABILITY,
    "inverse_transform": Effect(inputs=_X),
    # `score(text)` is no evaluation: it takes a truth to compare with
    "score": Effect(
        when=((1, "y"), (None,), None),
        otherwise=Effect(EventKind.EVALUATE, "score", inputs=_XY, tags=Tag.METRIC),
    ),
    "save_pretrained": Effect(
        EventKind.PERSIST, "transformers", path=(0, "save_directory"), inputs={"model": SELF}
    ),
    "push_to_hub": Effect(EventKind.PERSIST, "hub", path=(0, "repo_id"), inputs={"model": SELF}),
    "save_weights": Effect(EventKind.PERSIST, "network", path=(0, "filepath"), inputs={"model": SELF}),
    "backward": Effect(EventKind.FIT, "network", inputs={"X": SELF}, seed=Seed(generators=("torch",))),
    "state_dict": Effect(tags=Tag.FITTED),
    "load_state_dict": Effect(returns="self", tags=Tag.FITTED, mutates=True, inputs={"model": (0, "state_dict")}),
    # connections
    "executemany": Effect(EventKind.DB, "execute", path=(0, "sql")),
    "fetchall": Effect(tags=Tag.EXTERNAL),
    "fetchone": Effect(tags=Tag.EXTERNAL),
    "insert_many": Effect(EventKind.DB, "write", inputs={"data": (0, "documents")}),
    "insert_one": Effect(EventKind.DB, "write", inputs={"data": (0, "document")}),
    "raise_for_status": Effect(returns="self"),
    "upload_file": Effect(EventKind.WRITE, "upload", path=(0, "Filename")),
    "upload_blob": Effect(EventKind.WRITE, "upload", path=(0, "name"), inputs={"data": (1, "data")}),
    "upload_from_filename": Effect(EventKind.WRITE, "upload", path=(0, "filename")),
    "download_blob": Effect(EventKind.HTTP, "download", tags=Tag.EXTERNAL),
    "with_structured_output": Effect(returns="self"),
    # language models
    **dict.fromkeys(("invoke_model", "invoke_model_with_response_stream"),
                    Effect(EventKind.LLM, "bedrock", inputs={"prompt": (None, "body")})),
    **dict.fromkeys(("converse", "converse_stream"),
                    Effect(EventKind.LLM, "bedrock", inputs={"prompt": (None, "messages")})),
    "generate_content": Effect(EventKind.LLM, "google", inputs={"prompt": (0, "contents")}),
}  # fmt: skip
