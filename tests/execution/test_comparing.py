"""Whether two runs left the same, and digests that tell it."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from nbprod.evidence import Module, Opaque, Plain
from nbprod.execution.comparing import Results, differences
from nbprod.execution.running import Stop
from nbprod.kernel.evidence.digests import digest

KEY = b"a key"


@pytest.mark.parametrize(
    ("thing", "other"),
    [
        (1, 2),
        (1, 1.0),
        ([1, ["a"]], [1, ["b"]]),
        (["a", "b"], ["ab"]),
        ({"a": 1}, {"a": 2}),
        (np.eye(2), np.eye(2) * 2),
        (np.zeros(4), np.zeros((2, 2))),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [2, 1]})),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [1, 2]})),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1.0, 2.0]})),
        (pd.Series(["a", None]), pd.Series(["a", "b"])),
        (pd.Series([1, 2], index=[1, 2]), pd.Series([1, 2], index=[2, 1])),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1, 3]})),
        (torch.ones(2), torch.zeros(2)),
    ],
)
def test_digests_tell_values_apart(thing: Any, other: Any) -> None:
    assert digest(thing, KEY) is not None
    assert digest(thing, KEY) != digest(other, KEY)
    assert digest(thing, KEY) != digest(thing, b"another key")


def test_equal_values_have_equal_digests() -> None:
    assert digest(pd.DataFrame({"a": ["x", None]}), KEY) == digest(pd.DataFrame({"a": ["x", None]}), KEY)
    assert digest({"a": [1, None]}, KEY) == digest({"a": [1, None]}, KEY)


def test_what_may_not_be_touched_has_no_digest() -> None:
    for thing in (object(), [object()], LogisticRegression(), pd.DataFrame({"a": [object()]}), {1, 2}):
        assert digest(thing, KEY) is None


def test_names_are_compared_by_digest_then_by_what_is_known() -> None:
    before = Results(
        None,
        {
            "same": Plain(type="int"),
            "other": Plain(type="int"),
            "gone": Plain(type="int"),
            "grown": Plain(type="list", length=2),
            "np": Module(type="module", module="numpy"),
            "thing": Opaque(type="a.B"),
        },
        {"same": "1", "other": "1", "gone": "1"},
    )
    after = Results(
        Stop(1),
        {"grown": Plain(type="list", length=3), "thing": Opaque(type="a.B"), "new": Plain(type="int")},
        {"same": "1", "other": "2", "new": "3"},
    )
    assert differences(before, after) == {"other", "gone", "grown"}
    assert differences(before, None) == set()
