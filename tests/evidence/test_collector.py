"""What the collector says of each class of objects that it knows."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import torch
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nbprod.evidence import Array, Column, Estimator, Module, Opaque, Overlap, Plain, Table
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.look import look
from nbprod.kernel.evidence.overlap import overlap

LIBRARIES = pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])


def seen(thing: Any) -> Any:
    return look(thing, Deadline(60))


def column(values: Any, library: Any = pd, **how: Any) -> Column:
    """What is said of a column of a table."""
    table = seen(library.DataFrame({"a": library.Series(values, **how)}))
    assert isinstance(table, Table)
    return table.columns[0]


@LIBRARIES
def test_columns_are_counted(library: Any) -> None:
    found = column([3.0, None, 5.0, 5.0], library)
    assert (found.kind, found.nulls, found.distinct, found.singles, found.most) == ("float", 1, 2, 1, 2)
    assert found.whole
    assert not found.inexact
    assert column([2.0**60, None], library).inexact
    assert not column([1.5, 2.0], library).whole


@LIBRARIES
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2.5", "1e3"], "number"),
        (["01", "02", "1"], None),
        (["12345678901234567", "1"], None),
        (["2024-01-31", "2024-02-01 10:00"], "date"),
        (["03/04/2024", "04/04/2024"], None),
        (["a", "1"], None),
    ],
)
def test_texts_read_as_what_nearly_all_of_them_are(library: Any, values: list[str], expected: str | None) -> None:
    assert column(values, library).kind == "text"
    assert column(values, library).reads_as == expected
    assert column([*values * 200, "?"], library).reads_as == expected, "one of hundreds may be something else"


@LIBRARIES
def test_rising_columns_are_in_order(library: Any) -> None:
    days = [dt.datetime(2024, 1, day) for day in (1, 2, 3)]  # noqa: DTZ001
    for values in ([1, 2, 2], days, ["2024-01-01", "2024-01-02"]):
        assert column(values, library).rising
        assert not column(values[::-1], library).rising
        assert not column(values[:1] * 3, library).rising


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([1, None], "Int64", "integer"),
        ([True, None], "boolean", "boolean"),
        (["a", None], "string", "text"),
        (["a", None], "str", "text"),
        (["a", None], "category", "category"),
        (["2024-01-01", None], "datetime64[ns, UTC]", "date"),
        ([dt.date(2024, 1, 1), None], "object", "date"),
        ([dt.timedelta(1), None], "timedelta64[ns]", "other"),
        ([True, None], "object", "boolean"),
    ],
)
def test_each_dtype_of_pandas_is_of_a_kind(values: list[Any], dtype: str, kind: str) -> None:
    found = column(values, dtype=dtype)
    assert (found.kind, found.nulls) == (kind, 1)


def test_objects_of_several_types_are_mixed() -> None:
    found = column([1, "a", None, 1], dtype="object")
    assert (found.kind, found.mixed, found.nulls, found.distinct) == ("other", True, 1, 2)


def test_tables_know_their_rows_and_labels() -> None:
    frame = pd.DataFrame([[1, "x", 2], [1, "x", 2], [2, "y", 3]], columns=["a", "a", 7])
    table = seen(frame.set_index(pd.date_range("2024", periods=3)))
    assert (table.rows, table.seen, table.repeated) == (3, 3, 1)
    assert [found.name for found in table.columns] == ["a", "a", "7"]
    assert table.column("a") is None, "nobody knows which"
    assert (table.index, table.index_kind, table.index_rising) == ("DatetimeIndex", "date", True)
    grouped = seen(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])))
    assert grouped.columns[0].name == ""
    assert seen(pd.DataFrame()) == Table(
        type="pandas.DataFrame", rows=0, columns=(), seen=0, memory=132, index="RangeIndex", index_kind="integer"
    )
    assert seen(pd.Series([1, 1], name="b")).columns[0].name == "b"


def test_a_pattern_in_the_rows_does_not_fool_the_sample() -> None:
    values = np.arange(300_000, dtype="int16") % 1000
    assert column(values).distinct == 1000


def test_memory_counts_texts() -> None:
    long = seen(pd.DataFrame({"a": pd.Series(["x" * 1000] * 100, dtype=object)}))
    assert 100_000 < long.memory < 120_000


def test_tables_of_polars() -> None:
    frame = pl.DataFrame({"a": [1, 1], "e": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])), "l": [[1], [1]]})
    table = seen(frame)
    assert [(found.dtype, found.kind) for found in table.columns] == [
        ("Int64", "integer"),
        ("Enum", "category"),
        ("List", "other"),
    ]
    assert table.repeated is None
    assert seen(frame.select("a")).repeated == 1
    assert seen(frame.lazy()) == Opaque(type="polars.LazyFrame")


def test_arrays_and_tensors() -> None:
    assert seen(np.array([0, 1, 1])) == Array(
        type="numpy.ndarray", shape=(3,), dtype="int64", seen=3, nulls=0, distinct=2, most=2, memory=24
    )
    assert seen(np.full((4, 2), np.nan)).nulls == 8
    assert seen(np.array(["a", None, "a"], dtype=object)).most == 2
    assert seen(torch.tensor([[1.0, float("nan")]])) == Array(
        type="torch.Tensor", shape=(1, 2), dtype="torch.float32", seen=1, nulls=1, memory=8
    )
    assert seen(torch.nn.Parameter(torch.ones(2))).most == 2
    assert seen(torch.ones(2, device="meta")).nulls is None
    assert isinstance(seen(torch.nn.Linear(1, 1)), Opaque)
    assert seen(scipy.sparse.csr_matrix(np.eye(3))).shape == (3, 3)


def test_estimators_tell_what_they_were_made_of_and_fitted_on() -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4] * 5, "b": list("xyxy") * 5})
    numbers = make_pipeline(SimpleImputer(fill_value=918273, strategy="constant"), StandardScaler())
    parts = ColumnTransformer([("n", numbers, ["a"]), ("c", OneHotEncoder(), ["b"]), ("d", "drop", [])])
    model = Pipeline([("parts", parts), ("last", LogisticRegression(C=2, solver="saga", max_iter=500))])
    assert not seen(model).fitted
    fitted = seen(model.fit(frame, [0, 1, 0, 1] * 5))
    assert isinstance(fitted, Estimator)
    assert (fitted.fitted, fitted.features, fitted.feature_count, fitted.classes) == (True, ("a", "b"), 2, 2)
    assert [step.rpartition(".")[2] for step in fitted.steps] == [
        "ColumnTransformer",
        "Pipeline",
        "SimpleImputer",
        "StandardScaler",
        "OneHotEncoder",
        "LogisticRegression",
    ]
    last = seen(model[-1])
    assert last.type == "sklearn.linear_model.LogisticRegression"
    assert (last.parameters["C"], last.parameters["solver"], last.parameters["random_state"]) == (2, "saga", None)
    assert "fill_value" not in seen(numbers[0]).parameters
    assert seen(GridSearchCV(LogisticRegression(), {})).steps == ("sklearn.linear_model.LogisticRegression",)


def test_plain_values_modules_and_classes() -> None:
    assert seen([1, 2]) == Plain(type="list", length=2)
    assert seen(3) == Plain(type="int")
    assert seen(np) == Module(type="module", module="numpy")
    assert seen(LogisticRegression) == Module(type="type", module="sklearn.linear_model", name="LogisticRegression")
    assert seen(pd.read_csv) == Module(type="function", module="pandas", name="read_csv")


@LIBRARIES
def test_tables_share_rows(library: Any) -> None:
    first = library.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    second = library.DataFrame({"a": [3, 1, 1], "b": ["z", "x", "w"]})
    assert overlap(first, second, None, Deadline(60)) == Overlap(shared=2, seen=3)
    assert overlap(first, second, "a", Deadline(60)) == Overlap(shared=3, seen=3)
    assert overlap(first, second, "c", Deadline(60)) is None
    assert overlap(first, first["a"], None, Deadline(60)) is None


def test_arrays_share_rows() -> None:
    assert overlap(np.eye(4), np.eye(4)[:2] * 2, None, Deadline(60)) == Overlap(shared=0, seen=2)
    assert overlap(np.eye(4), np.eye(4)[:2], None, Deadline(60)) == Overlap(shared=2, seen=2)
    assert overlap(np.eye(4), np.eye(3), None, Deadline(60)) is None
