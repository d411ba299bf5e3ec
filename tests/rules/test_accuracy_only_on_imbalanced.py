"""Counts of the classes in saved outputs, which the examples of a page have not."""

import json
from typing import Any

import pytest

from nbprod.kit.testing import findings
from nbprod.notebook import Notebook, parse_notebook
from nbprod.rules.evaluation.accuracy_only_on_imbalanced import AccuracyOnlyOnImbalanced

COUNTS = "df['fraud'].value_counts()"
BALANCED = "from sklearn.svm import SVC\nmodel = SVC(class_weight='balanced').fit(X_train, y_train)"
PLAIN = "from sklearn.svm import SVC\nmodel = SVC().fit(X_train, y_train)"


def notebook(counted: str, output: str, model: str) -> Notebook:
    load = "import pandas as pd\nfrom sklearn.model_selection import train_test_split\ndf = pd.read_csv('payments.csv')"
    split = "X_train, X_test, y_train, y_test = train_test_split(df[['amount']], df['fraud'])"
    sources = [load, counted, split, model, "print(model.score(X_test, y_test))"]
    shown = {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"text/plain": [output]}}
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": source, "metadata": {}, "execution_count": None,
         "outputs": [shown] if source == counted else []}
        for source in sources
    ]  # fmt: skip
    return parse_notebook(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode(), "n.ipynb"
    )


@pytest.mark.parametrize(
    ("counted", "output"),
    [
        (COUNTS, "0    970\n1     30\nName: fraud, dtype: int64"),
        (COUNTS, "fraud\n0    970\n1     30\nName: count, dtype: int64"),
        ("df.fraud.value_counts(normalize=True)", "no     0.97\nyes    0.03\nName: fraud, dtype: float64"),
        ("from collections import Counter\nCounter(df['fraud'])", "Counter({0: 970, 1: 30})"),
    ],
)
def test_counts_that_show_a_rare_class_are_enough(counted: str, output: str) -> None:
    (found,) = findings(AccuracyOnlyOnImbalanced, notebook(counted, output, PLAIN))
    assert "97% of `fraud`" in found.message
    assert "scores 0.97" in found.message


@pytest.mark.parametrize(
    ("counted", "output", "model"),
    [
        (COUNTS, "0    600\n1    400\nName: fraud, dtype: int64", BALANCED),  # near balance, whatever the weights say
        (COUNTS, "0    700\n1    300\nName: fraud, dtype: int64", PLAIN),
        ("df['shop'].value_counts()", "a    970\nb     30\nName: shop, dtype: int64", PLAIN),
        (COUNTS, "0    970\nName: fraud, dtype: int64", PLAIN),
        (COUNTS, "<Figure size 640x480>", PLAIN),
    ],
)
def test_counts_that_show_no_rare_class_are_not(counted: str, output: str, model: str) -> None:
    assert not findings(AccuracyOnlyOnImbalanced, notebook(counted, output, model))
