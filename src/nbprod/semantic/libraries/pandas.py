"""pandas (and GeoPandas, whose frames are pandas frames)."""

from msgspec.structs import replace

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each, if_path
from nbprod.semantic.library import SELF, Effect, Library, Seed, Type

FRAME = "pandas.DataFrame"
SERIES = "pandas.Series"


_BAD_LINES = (
    (((None, "on_bad_lines"), ("skip",), "error"), "lines"),
    (((None, "error_bad_lines"), (False,), True), "lines"),
)


def _reader(detail: str, parameter: str = "filepath_or_buffer", returns: str = FRAME) -> Effect:
    return Effect(
        EventKind.LOAD, detail, path=(0, parameter), returns=returns, limits=(None, "nrows"), loses=_BAD_LINES
    )


def _writer(detail: str, parameter: str = "path_or_buf") -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, parameter), inputs={"data": SELF})


# all sheets at once are a dict of frames
_SHEETS = Effect(
    EventKind.LOAD, "excel", path=(0, "io"), returns="builtins.dict", limits=(None, "nrows"),
    when=((1, "sheet_name"), (None,), 0), otherwise=_reader("excel", "io"),
)  # fmt: skip
_SAMPLE = Effect(returns="self", limits=(0, "n"), seed=Seed((4, "random_state")))
_HEAD = Effect(returns="self", limits=(0, "n"))
_DROPNA = Effect(returns="self", loses=((((0, "axis"), (0, "index", "rows"), 0), "missing"),))
_DROP_DUPLICATES = Effect(returns="self", loses=((None, "duplicates"),))
_CONVERT = Effect(returns=SERIES, loses=((((1, "errors"), ("coerce", "ignore"), "raise"), "values"),))
_FILL = Effect(EventKind.DERIVE, "fill", inputs={"X": SELF}, returns="self")
_FILL_IN_PLACE = replace(_FILL, mutates=True, when=((None, "inplace"), (True,), False), otherwise=_FILL)
_FRAME = Effect(returns=FRAME)
_SERIES = Effect(returns=SERIES)
_ARRAY = Effect(returns="numpy.ndarray")
_GROUPS = Effect(returns="pandas.GroupBy")

_COMMON = {
    "head": _HEAD, "tail": _HEAD, "sample": _SAMPLE, "nlargest": _HEAD, "nsmallest": _HEAD,
    "fillna": _FILL_IN_PLACE, "dropna": _DROPNA, "drop_duplicates": _DROP_DUPLICATES,
    "astype": Effect(returns="self", loses=((((2, "errors"), ("ignore",), "raise"), "values"),)),
    "to_csv": if_path(_writer("csv")),
    "to_excel": _writer("excel", "excel_writer"),
    "to_json": if_path(_writer("json")),
    "to_pickle": _writer("pickle", "path"),
    "to_hdf": _writer("hdf"),
    "to_sql": _writer("sql", "name"),
    "to_numpy": _ARRAY, "values": _ARRAY, "groupby": _GROUPS, "resample": _GROUPS,
    "rolling": Effect(returns="self"), "tolist": Effect(), "to_list": Effect(), "to_dict": Effect(),
    "plot": Effect(returns="matplotlib.axes.Axes"), "hist": Effect(returns="matplotlib.axes.Axes"),
    "boxplot": Effect(returns="matplotlib.axes.Axes"), "info": Effect(), "item": Effect(),
}  # fmt: skip
_REDUCTIONS = """sum mean median std var min max count nunique any all idxmax idxmin duplicated isin corrwith skew kurt
    sem prod"""

LIBRARY = Library(
    aliases={
        "pandas.core.frame": "pandas",
        "pandas.core.series": "pandas",
        "pandas.core.reshape.concat": "pandas",
        "pandas.io.parsers": "pandas",
        "pandas.io.json.json_normalize": "pandas.json_normalize",
        "modin.pandas": "pandas",
        "cudf": "pandas",
        "pandas_gbq": "pandas",
        "geopandas.GeoDataFrame": FRAME,
        "geopandas.GeoSeries": SERIES,
    },
    functions={
        "pandas.read_csv": _reader("csv"),
        "pandas.read_table": _reader("csv"),
        "pandas.read_fwf": _reader("csv"),
        "pandas.read_excel": _SHEETS,
        "pandas.read_json": _reader("json", "path_or_buf"),
        "pandas.read_parquet": _reader("parquet", "path"),
        "pandas.read_feather": _reader("feather", "path"),
        "pandas.read_orc": _reader("orc", "path"),
        "pandas.read_pickle": _reader("pickle"),
        "pandas.read_hdf": _reader("hdf", "path_or_buf"),
        "pandas.read_html": Effect(EventKind.LOAD, "html", path=(0, "io")),
        "pandas.read_xml": _reader("xml", "path_or_buffer"),
        "pandas.read_stata": _reader("stata"),
        "pandas.read_sas": _reader("sas"),
        "pandas.read_spss": _reader("spss", "path"),
        "pandas.read_sql": Effect(EventKind.DB, "read", path=(0, "sql"), returns=FRAME),
        "pandas.read_sql_query": Effect(EventKind.DB, "read", path=(0, "sql"), returns=FRAME),
        "pandas.read_sql_table": Effect(EventKind.DB, "read", path=(0, "table_name"), returns=FRAME),
        "pandas.read_gbq": Effect(EventKind.DB, "read", path=(0, "query"), returns=FRAME),
        "pandas.read_clipboard": Effect(EventKind.LOAD, "clipboard", returns=FRAME),
        "pandas.ExcelFile": Effect(EventKind.LOAD, "excel", path=(0, "path_or_buffer"), returns="pandas.ExcelFile"),
        "pandas.ExcelWriter": Effect(path=(0, "path"), returns="pandas.ExcelWriter"),
        "pandas.HDFStore": Effect(path=(0, "path")),
        "pandas.concat": _FRAME,
        "pandas.merge": _FRAME,
        "pandas.merge_asof": _FRAME,
        "pandas.get_dummies": Effect(EventKind.DERIVE, "encoding", inputs={"X": (0, "data")}, returns=FRAME),
        "pandas.json_normalize": _FRAME,
        "pandas.pivot_table": _FRAME,
        "pandas.crosstab": _FRAME,
        "pandas.melt": _FRAME,
        "pandas.cut": _SERIES,
        "pandas.qcut": _SERIES,
        **each("to_numeric to_datetime to_timedelta", _CONVERT, "pandas"),
        "pandas.date_range": Effect(returns="pandas.DatetimeIndex"),
        "pandas.factorize": Effect(EventKind.DERIVE, "encoding", inputs={"X": (0, "values")}, results=(0, 0)),
        "geopandas.read_file": _reader("geo", "filename"),
        "geopandas.read_parquet": _reader("parquet", "path"),
    },
    types={
        FRAME: Type(
            fluent=True,
            methods={
                **_COMMON,
                **each(_REDUCTIONS, _SERIES),
                "to_parquet": if_path(_writer("parquet", "path"), "builtins.bytes"),
                "to_feather": _writer("feather", "path"),
                "to_stata": _writer("stata", "path"),
                "to_gbq": _writer("sql", "destination_table"),
                "to_orc": _writer("orc", "path"), "to_xml": if_path(_writer("xml", "path_or_buffer")),
                **each("to_html to_markdown to_latex to_string to_records", Effect()),
                "to_file": _writer("geo", "filename"),
                "pop": _SERIES, "squeeze": _SERIES, "itertuples": Effect(), "iterrows": Effect(), "items": Effect(),
                "append": _FRAME,
                "insert": Effect(mutates=True, inputs={"data": (2, "value")}),
                "update": Effect(mutates=True, inputs={"data": (0, "other")}),
            },
            attributes={"shape": "builtins.tuple", "columns": "pandas.Index", "index": "pandas.Index",
                        "dtypes": SERIES, "values": "numpy.ndarray", "size": "builtins.int", "empty": "builtins.bool"},
        ),
        SERIES: Type(
            fluent=True,
            methods={
                **_COMMON,
                **each(_REDUCTIONS, Effect()),
                "duplicated": _SERIES, "isin": _SERIES,
                "to_frame": _FRAME, "reset_index": _FRAME, "unique": _ARRAY,
                "unstack": _FRAME,
            },
            attributes={"shape": "builtins.tuple", "index": "pandas.Index", "values": "numpy.ndarray",
                        "str": SERIES, "dt": SERIES, "cat": SERIES, "size": "builtins.int", "empty": "builtins.bool"},
        ),
        "pandas.GroupBy": Type(
            fluent=True,
            methods={
                **each(f"apply size filter get_group sample {_REDUCTIONS}", _FRAME),
                **each("agg aggregate transform mean median", Effect(
                    EventKind.DERIVE, "groups", inputs={"X": SELF}, returns=FRAME)),
            },
        ),
        "pandas.Index": Type(fluent=True),
        "pandas.DatetimeIndex": Type(bases=("pandas.Index",), fluent=True),
        "pandas.ExcelFile": Type(methods={"parse": _FRAME}),
        "pandas.ExcelWriter": Type(methods={"__enter__": Effect(returns="self")}),
    },
)  # fmt: skip
