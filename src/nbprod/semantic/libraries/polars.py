"""Polars: eager and lazy frames."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each, if_path
from nbprod.semantic.library import SELF, Effect, Library, Seed, Type

_FRAME: Final = "polars.DataFrame"
_LAZY: Final = "polars.LazyFrame"
_SERIES: Final = "polars.Series"
_ARRAY: Final = Effect(returns="numpy.ndarray")
_COLUMN: Final = Effect(returns=_SERIES)


def _reader(detail: str, returns: str = _FRAME) -> Effect:
    return Effect(EventKind.LOAD, detail, path=(0, "source"), returns=returns, limits=(None, "n_rows"))


def _writer(detail: str, parameter: str = "file") -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, parameter), inputs={"data": SELF})


_FORMATS: Final = {"csv": "csv", "parquet": "parquet", "json": "json", "ndjson": "json", "ipc": "feather",
                   "avro": "avro", "delta": "delta", "iceberg": "iceberg"}  # fmt: skip
_HEAD: Final = Effect(returns="self", limits=(0, "n"))
_COMMON: Final = {
    **each("head tail limit", _HEAD),
    "sample": Effect(
        returns="self", limits=(0, "n"), seed=Seed((None, "seed"), generators=("polars",))
    ),
    **each("drop_nulls drop_nans", Effect(returns="self", loses=((None, "missing"),))),
    "to_numpy": _ARRAY,
    "to_list": Effect(returns="builtins.list"),
    "is_empty": Effect(returns="builtins.bool"),
    "n_unique": Effect(returns="builtins.int"),
    "item": Effect(),
}  # fmt: skip

LIBRARY = Library(
    aliases={
        "polars.dataframe.frame": "polars",
        "polars.lazyframe.frame": "polars",
        "polars.series.series": "polars",
        "polars.functions": "polars",
    },
    functions={
        **{f"polars.read_{name}": _reader(detail) for name, detail in _FORMATS.items()},
        **{f"polars.scan_{name}": _reader(detail, _LAZY) for name, detail in _FORMATS.items()},
        "polars.read_excel": _reader("excel"),
        "polars.read_ods": _reader("excel"),
        "polars.read_clipboard": Effect(EventKind.LOAD, "clipboard", returns=_FRAME),
        **each("read_database read_database_uri", Effect(EventKind.DB, "read", path=(0, "query"), returns=_FRAME),
               "polars"),
        **each("concat from_pandas from_dict from_dicts from_numpy from_records from_arrow", Effect(returns=_FRAME),
               "polars"),
        **each("col lit when struct concat_str sum mean max min count len", Effect(returns="polars.Expr"), "polars"),
        "polars.set_random_seed": Effect(EventKind.SEED, "polars"),
    },
    types={
        _FRAME: Type(
            fluent=True,
            methods={
                **_COMMON,
                **{f"write_{name}": if_path(_writer(detail)) for name, detail in _FORMATS.items()},
                **each("write_parquet write_ipc write_avro", _writer("parquet")),
                "write_delta": _writer("delta", "target"), "write_iceberg": _writer("iceberg", "target"),
                "write_excel": _writer("excel", "workbook"),
                "write_database": _writer("sql", "table_name"),
                "lazy": Effect(returns=_LAZY),
                "unique": Effect(returns="self", loses=((None, "duplicates"),)),
                "to_pandas": Effect(returns="pandas.DataFrame"),
                **each("to_series get_column", _COLUMN),
                **each("to_dict to_dicts rows iter_rows row get_columns describe schema", Effect()),
                "equals": Effect(returns="builtins.bool"),
            },
            attributes={"shape": "builtins.tuple", "height": "builtins.int", "width": "builtins.int",
                        "columns": "builtins.list"},
        ),
        _LAZY: Type(
            bases=(_FRAME,),
            fluent=True,
            methods={
                "collect": Effect(returns=_FRAME),
                "fetch": Effect(returns=_FRAME, limits=(0, "n_rows")),
                **{f"sink_{name}": _writer(detail, "path") for name, detail in _FORMATS.items()},
            },
        ),
        _SERIES: Type(
            fluent=True,
            methods={
                **_COMMON,
                "to_frame": Effect(returns=_FRAME),
                "to_pandas": Effect(returns="pandas.Series"),
                **each("sum mean median std var min max any all", Effect()),
            },
        ),
        "polars.Expr": Type(
            fluent=True,
            methods={"over": Effect(EventKind.DERIVE, "groups", inputs={"X": SELF}, returns="self")},
            attributes=each("str dt list cat", "polars.Expr"),
        ),
    },
)  # fmt: skip
