"""What the collector must never do: touch the user's objects, compute what is lazy, change the session, tell values."""

import random
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from sessions import new_shell
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from touchy import Lying, Touchy, arm, disarm, touched

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration
from nbprod.evidence import Opaque, Table
from nbprod.kernel.evidence import KernelWitness
from nbprod.kit.testing import MakeWitness, executed_by, notebook_from
from nbprod.protocol import Profile


@pytest.fixture
def touchy() -> Iterator[None]:
    yield
    disarm()


def witness_of(**names: Any) -> KernelWitness:
    shell = new_shell()
    shell.user_ns.update(names)
    return KernelWitness(shell)


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    return new_shell()


def objects(*items: Any) -> Any:
    """A column of objects, with nothing asked of them."""
    held = np.empty(len(items), dtype=object)
    held[:] = items
    return held


class Late(pd.DataFrame):
    """A table that is computed when it is asked, as those of Spark and Dask."""

    def __len__(self) -> int:
        raise AssertionError("computed")


def touchy_names() -> dict[str, Any]:
    """Touchy objects, alone and in everything that is looked at."""
    attached = pd.DataFrame({"a": [1, 2]})
    attached.attrs["note"] = Touchy()
    shadowed = pd.DataFrame({"a": [1, 2]})
    for name in ("memory_usage", "duplicated", "iloc_", "dtypes_"):
        object.__setattr__(shadowed, name, Touchy())
    model = LogisticRegression(C=Touchy(), solver=Touchy())
    model.feature_names_in_ = Touchy()
    model.classes_ = Touchy()
    parts = ColumnTransformer([("a", Touchy(), ["a"]), Touchy()])
    series = pd.Series([1, 2])
    series._name = Touchy()
    return {
        "alone": Touchy(),
        "cls": Touchy.__class__,
        "its_class": Touchy,
        "lying": Lying(),
        "listed": [Touchy()],
        "keyed": {"a": Touchy()},
        "array": objects(Touchy(), 1, None),
        "column": pd.DataFrame({"a": objects(Touchy(), "x", None), "b": [1, 2, 3]}),
        "series": pd.Series(objects(Touchy(), Touchy())),
        "named": series,
        "index": pd.DataFrame({"a": [1, 2]}, index=pd.Index(objects(Touchy(), Touchy()))),
        "labels": pd.DataFrame([[1, 2]], columns=pd.Index(objects(Touchy(), Touchy()))),
        "categories": pd.Series(pd.Categorical.from_codes([0, 1], categories=objects(Touchy(), Touchy()))),
        "attached": attached,
        "shadowed": shadowed,
        "model": model,
        "pipeline": Pipeline([("parts", parts), ("last", Touchy())]),
    }


@pytest.mark.usefixtures("touchy")
def test_no_object_of_the_users_is_ever_touched() -> None:
    names = touchy_names()
    witness = witness_of(**names)
    arm()
    told = {name: witness.thing(name) for name in names}
    pairs = [
        (first, second) for first in ("column", "series", "categories", "labels") for second in ("column", "series")
    ]
    for first, second in pairs:
        witness.overlap(first, second)
    witness.session()
    msgspec.json.encode(told)
    assert touched == []
    disarm()
    assert told["alone"] == Opaque(type="touchy.Touchy")
    assert isinstance(told["lying"], Opaque)
    table = told["column"]
    assert isinstance(table, Table)
    assert (table.rows, table.repeated, table.columns[0].nulls, table.columns[0].mixed) == (3, None, 1, True)
    assert table.columns[0].distinct is None
    assert table.columns[1].distinct == 3


def test_a_subclass_may_compute_and_is_not_asked() -> None:
    assert witness_of(late=Late({"a": [1]})).thing("late") == Opaque(type="test_safety.Late")


def test_of_ten_million_rows_a_part_is_looked_at_evenly() -> None:
    frame = pd.DataFrame({"a": np.zeros(10_000_000, dtype="int8")})
    frame.iloc[-2_000_000:, 0] = 1
    frame.loc[::10, "a"] = 2
    table = witness_of(frame=frame).thing("frame")
    assert isinstance(table, Table)
    assert table.rows == 10_000_000
    assert 90_000 <= table.seen <= 100_000
    assert table.columns[0].distinct == 3


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock) * 0.15)
    wide = pd.DataFrame({str(place): [place] for place in range(20)})
    witness = witness_of(wide=wide, other=wide.copy(), third=wide.copy(), more=wide.copy())
    table = witness.thing("wide")
    assert isinstance(table, Table)
    assert (table.rows, table.seen, table.columns[3].name, table.columns[3].distinct) == (1, 0, "3", None)
    told = [witness.thing(name) for name in ("other", "third", "more")]
    assert told[-1] is None, "a second is all that a report has"
    witness.session()
    assert witness.thing("more") is not None
    assert witness.thing("wide") is table, "it is not tried again before something ran"


def test_the_session_is_left_as_it_was() -> None:
    frame = pd.DataFrame({"a": [1.0, None], "t": ["2024-01-01", "x"], "d": pd.to_datetime(["2024-01-01"] * 2)})
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    witness = witness_of(frame=frame, copy=frame.copy(), model=LogisticRegression(), array=np.eye(3), figure=figure)
    shell = witness._shell
    witness.thing("frame")  # what pandas itself loads late is loaded by now

    def state() -> tuple[Any, ...]:
        namespace = {name: id(value) for name, value in shell.user_ns.items()}
        rest = (len(shell.history_manager.input_hist_raw), shell.execution_count, np.geterr())
        display = pd.get_option("display.max_rows")
        return (
            namespace,
            rest,
            display,
            list(warnings.filters),
            random.getstate(),
            str(np.random.get_state()),
            frame.attrs,
            (plt.get_fignums(), plt.gcf() is figure, figure.stale, dict(mpl.rcParams)),
        )

    before, modules = state(), {name.partition(".")[0] for name in sys.modules}
    witness.session()
    for name in ("frame", "copy", "model", "array", "figure"):
        assert witness.thing(name) is not None
    assert witness.overlap("frame", "copy") is not None
    witness.versions("pandas")
    witness.path("nothing.csv")
    assert state() == before
    new = {name.partition(".")[0] for name in sys.modules} - modules
    assert new <= sys.stdlib_module_names, "nothing is imported but for the standard library's"
    plt.close(figure)


MARK = "qzxwv"
marked = st.one_of(
    st.lists(st.sampled_from([f"{MARK}1", f"{MARK} two", f"0{MARK}", None]), min_size=4, max_size=4),
    st.lists(st.sampled_from([918273641, 918273642, 918273643]), min_size=4, max_size=4),
    st.lists(st.sampled_from([918273.641, 918273.25, None]), min_size=4, max_size=4),
    st.lists(st.sampled_from(["1987-06-05", "1987-06-04"]), min_size=4, max_size=4),
)


@settings(deadline=None, max_examples=100)
@given(columns=st.lists(marked, min_size=1, max_size=4), kind=st.sampled_from(["object", "category", None]))
def test_no_value_of_a_cell_is_told(shell: InteractiveShell, columns: list[list[Any]], kind: str | None) -> None:
    frame = pd.DataFrame({f"c{place}": pd.Series(column, dtype=kind) for place, column in enumerate(columns)})
    first = frame["c0"]
    names = {
        "frame": frame,
        "index": frame.set_index("c0"),
        "series": first,
        "array": first.to_numpy(),
        "plain": list(first),
        "text": str(first.iloc[0]),
        "number": 918273641,
    }
    shell.user_ns.update(names)
    witness = KernelWitness(shell)
    told = [witness.thing(name) for name in names] + [witness.overlap("frame", "index")]
    assert_unmarked(msgspec.json.encode(told).decode())


def assert_unmarked(text: str) -> None:
    for mark in (MARK, "91827364", "918273.", "1987-06"):
        assert mark not in text


NOTEBOOK = """\
# %% file=data.csv
{rows}
# %%
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder
# %%
df = pd.read_csv("data.csv")
clean = df.dropna()
# %%
codes = OneHotEncoder().fit_transform(clean[["city"]])
X = clean[["amount", "zip"]]
y = clean["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y)
# %%
model = RandomForestClassifier(n_estimators=2).fit(X_train, y_train)
accuracy_score(y_test, model.predict(X_test))
# %%
import joblib
joblib.dump(model, "model.joblib")
clean.to_csv("clean.csv")
"""


@pytest.mark.filterwarnings("ignore")
def test_no_value_of_a_cell_is_in_a_live_report(make_witness: MakeWitness) -> None:
    rows = [f"0918273{n % 64},918273.{n},{MARK}{n % 7},1987-06-0{1 + n % 9},{n % 10 == 0:d}" for n in range(60)]
    text = NOTEBOOK.format(rows="\n".join(["zip,amount,city,day,label", *rows, f",,{MARK},,0"]))
    witness = make_witness(executed_by(text))
    checker = Checker(Configuration(known_rules()), edits=True)
    outcome = checker.check_notebook(notebook_from(text), Profile.PRODUCTION, witness=witness)
    assert not outcome.report.problems
    live = [finding for finding in outcome.report.findings if finding.live]
    assert live, "the session told nothing"
    assert_unmarked(msgspec.json.encode(outcome.report).decode())
