"""Contracts are executed: one accepts the table that it came from, and rejects what breaks it."""

import datetime as dt
import decimal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from nbprod.evidence import Column, Table
from nbprod.kernel.evidence import KernelWitness
from nbprod.kit.fixes.contract import contract
from nbprod.kit.testing import MakeWitness, executed_by, findings, notebook_from
from nbprod.protocol import Safety
from nbprod.registry import all_rules

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas as pd
    import pandera.pandas as pa

pytestmark = pytest.mark.filterwarnings("ignore")  # of pandas and pandera

NAMES = st.one_of(
    st.sampled_from(
        ['a "b"', "it's", "a\nb", "\\", "'\"", "#", "{x}", "customer_id", " ", "age\t", "\u202e", "2024", ""]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.integers(-3, 3),
    st.tuples(st.integers(0, 3), st.just("x")),
)
DAYS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1))  # noqa: DTZ001  -- as most tables have them
ANYTHING = st.one_of(st.none(), st.integers(0, 3), st.text(max_size=2), st.floats(), st.just(b"x"), st.just([1]))
TYPES: dict[str, tuple[st.SearchStrategy[Any], str | None]] = {
    # what the values are, and the dtype that they are put in
    "int64": (st.integers(-(2**62), 2**62), "int64"),
    "int8": (st.integers(-128, 127), "int8"),
    "uint16": (st.integers(0, 9), "uint16"),
    "float64": (st.one_of(st.floats(), st.none(), st.integers(0, 3).map(float)), "float64"),
    "float32": (st.floats(width=32), "float32"),
    "float16": (st.floats(width=16), "float16"),
    "complex": (st.complex_numbers(), "complex128"),
    "bool": (st.booleans(), "bool"),
    "boolean": (st.one_of(st.booleans(), st.none()), "boolean"),
    "Int64": (st.one_of(st.integers(0, 9), st.none()), "Int64"),
    "text": (st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), st.none()), None),
    "words": (st.sampled_from("abc"), "object"),
    "string": (st.one_of(st.sampled_from("abc"), st.none()), "string"),
    "category": (st.one_of(st.sampled_from("abc"), st.none()), "category"),
    "numbers by name": (st.integers(0, 3), "category"),
    "dates": (DAYS, "datetime64[s]"),
    "dates or none": (st.one_of(DAYS, st.none()), "datetime64[ns]"),
    "dates of a zone": (DAYS.map(lambda day: pd.Timestamp(day, tz="Europe/Berlin")), None),
    "spans": (st.timedeltas(dt.timedelta(0), dt.timedelta(9)), "timedelta64[ns]"),
    "months": (DAYS.map(lambda day: pd.Period(day, "M")), "period[M]"),
    "days": (DAYS.map(lambda day: day.date()), "object"),
    "money": (st.sampled_from([decimal.Decimal("1.5"), decimal.Decimal("NaN"), None]), "object"),
    "nothing": (st.none(), "object"),
    "anything": (ANYTHING, "object"),
    "sparse": (st.integers(0, 2), "Sparse[int64]"),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.one_of(st.integers(0, 6), st.just(25)))
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    series = []
    for _ in names:
        values, dtype = TYPES[draw(st.sampled_from(sorted(TYPES)))]
        series.append(pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype))
    frame = pd.concat(series, axis=1) if series else pd.DataFrame()
    frame.columns = pd.Index(names, tupleize_cols=False, dtype=object)
    return frame


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell
    from sessions import new_shell

    yield new_shell()
    InteractiveShell.clear_instance()


def written(shell: Any, frame: pd.DataFrame) -> tuple[str, Any]:
    """The contract for a frame, and its schema; it has accepted the frame when this returns."""
    shell.user_ns["df"] = frame
    table = KernelWitness(shell).thing("df")
    assert isinstance(table, Table)
    code = contract(table, "df", "DF_SCHEMA", "pa")
    names = {"df": frame, "pa": pa}
    exec(code, names)
    assert names["df"] is not None
    return code, names["DF_SCHEMA"]


def rejects(schema: Any, frame: pd.DataFrame) -> bool:
    try:
        schema.validate(frame, lazy=True)
    except (pa.errors.SchemaErrors, pa.errors.SchemaError):
        return True
    return False


def changed(frame: pd.DataFrame, name: object, values: Any) -> pd.DataFrame:
    copy = frame.copy()
    copy[name] = values
    return copy


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames())
def test_a_contract_accepts_its_frame_and_rejects_one_that_breaks_it(shell: Any, frame: pd.DataFrame) -> None:
    _, schema = written(shell, frame)
    assert len(frame) == 0 or rejects(schema, frame.iloc[:0])
    for name, column in schema.columns.items():
        assert rejects(schema, frame.loc[:, [other != name for other in frame.columns]])
        if column.dtype is not None:
            other = pd.array(["2024"] * len(frame), dtype="period[Y]")
            assert rejects(schema, changed(frame, name, other)) == (len(frame) > 0 or str(column.dtype) != "object")
        if not column.nullable and len(frame) and column.dtype is not None and str(column.dtype) in {"object", "str"}:
            assert rejects(schema, changed(frame, name, pd.Series([None] * len(frame), dtype=frame[name].dtype)))


def test_a_key_is_unique(shell: Any) -> None:
    frame = pd.DataFrame({"customer_id": range(30), "orderId": range(30), "valid": range(30), "score": range(30)})
    _, schema = written(shell, frame)
    assert [name for name, column in schema.columns.items() if column.unique] == ["customer_id", "orderId"]
    assert rejects(schema, frame.assign(customer_id=7))
    assert not rejects(schema, frame.assign(score=7))


def test_few_rows_make_no_key(shell: Any) -> None:
    _, schema = written(shell, pd.DataFrame({"customer_id": range(5)}))
    assert not schema.columns["customer_id"].unique


def test_a_delivery_without_gaps_is_welcome(shell: Any) -> None:
    _, schema = written(shell, pd.DataFrame({"age": [1.0, None, 3.0]}))
    assert not rejects(schema, pd.DataFrame({"age": [1, 2, 3]}))
    assert rejects(schema, pd.DataFrame({"age": ["1", "old", "3"]}))


def test_it_reads_like_this(shell: Any) -> None:
    ages = [float(row) if row % 8 else None for row in range(40)]
    frame = pd.DataFrame({"customer_id": range(40), "plan": ["basic", "plus"] * 20, "age": ages})
    code, _ = written(shell, frame)
    assert code == snapshot("""\
# What `df` held when this was written: 40 rows. That was observed,
# not agreed: loosen what may change, and add what must hold, such as
# pa.Check.in_range(low, high) or pa.Check.isin(categories).
DF_SCHEMA = pa.DataFrameSchema(
    {
        "customer_id": pa.Column("int64", unique=True),
        "plan": pa.Column(str),  # 2 different values: pa.Check.isin?
        "age": pa.Column("float64", nullable=True, coerce=True),  # 5 of 40 rows had no value (12 %); whole numbers only
    },
    checks=pa.Check(lambda table: len(table) > 0, error="no rows"),
)
df = DF_SCHEMA.validate(df, lazy=True)\
""")


def test_a_label_may_be_a_number(shell: Any) -> None:
    columns = {0: [1], "0": ["x"], -1: [2], (1, 2): [3], "2024": [4]}
    code, schema = written(
        shell, pd.DataFrame(list(zip(*columns.values(), strict=True)), columns=pd.Index(columns, tupleize_cols=False))
    )
    assert list(schema.columns) == [0, "0", -1, "2024"]
    assert "# not checked: 1 more column\n" in code


def test_no_value_stands_in_it(shell: Any) -> None:
    marks = [f"MARK{number}" for number in range(30)]
    columns = {"text": marks, "few": ["MARK"] * 30, "kind": pd.Categorical(marks), "number": [987654321] * 30}
    code, _ = written(shell, pd.DataFrame({**columns, "day": pd.Timestamp("1987-06-05"), "any": [marks] * 30}))
    assert not any(mark in code for mark in ("MARK", "987654321", "1987"))


LOADED = """\
# %% file=customers.csv
age,churned
41,0
29,1
# %%
import pandas as pd
# %%
customers = pd.read_csv("customers.csv")
"""
USED = """
# %%
customers.to_csv("out.csv")
"""


@pytest.mark.parametrize(
    "cells",
    [
        LOADED + "# %%\ncustomers = customers.assign(net=1)",  # bound again
        LOADED + "# %% gone\ncustomers.drop(columns='age', inplace=True)",  # changed by what is no longer there
        LOADED + "# %%\ncustomers.dropna(inplace=True)",  # rows went
        LOADED + "# %%\ncustomers.columns = ['a', 'b']",  # other columns
        LOADED.replace("# %%\ncustomers", "# %% unrun\ncustomers"),
        LOADED.replace("customers = ", "customers, others = 1, "),  # no name of its own
    ],
)
def test_a_table_that_is_not_as_it_was_loaded_makes_no_contract(make_witness: MakeWitness, cells: str) -> None:
    rule = all_rules()["unvalidated-data"]
    for text, expected in ((LOADED + USED, {Safety.TEMPLATE, Safety.UNSAFE}), (cells + USED, {Safety.TEMPLATE})):
        found = findings(rule, notebook_from(text), witness=make_witness(executed_by(text)))
        offered = {fix.safety for finding in found for fix in finding.fixes}
        assert offered in (expected, expected - {Safety.TEMPLATE})


def test_what_was_not_looked_at_may_have_gaps() -> None:
    column = Column(name="name", dtype="object", kind="text", nulls=0, distinct=90)
    table = Table(type="pandas.DataFrame", rows=10_000_000, seen=100_000, columns=(column,))
    (entry,) = [line for line in contract(table, "df", "S", "pa").splitlines() if "Column" in line]
    assert entry == (
        '        "name": pa.Column("object", nullable=True),  # no gap in the 100,000 rows that were looked at'
    )


def test_a_table_of_very_many_columns_is_not_listed_to_the_end() -> None:
    columns = tuple(Column(name=f"x{number}", dtype="int64", kind="integer") for number in range(500))
    code = contract(Table(type="pandas.DataFrame", rows=1, seen=1, columns=columns), "df", "S", "pa")
    assert code.count("pa.Column") == 80
    assert "# not checked: 420 more columns" in code
