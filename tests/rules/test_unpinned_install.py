"""What examples can't show of unpinned-install: the advice that a saved output makes possible."""

import json

import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.engine.fix import fix_notebook
from nbprod.notebook import Notebook, parse_notebook
from nbprod.protocol import Safety
from nbprod.rules.integration.unpinned_install import UnpinnedInstall

INSTALLED = (
    "Requirement already satisfied: numpy in /opt/lib/python3.11/site-packages (1.26.4)\n"
    "Collecting scikit_learn\n"
    "Successfully installed joblib-1.4.2 scikit-learn-1.5.2 torch-2.4.1+cu121\n"
)


def written(source: str, *printed: object) -> Notebook:
    outputs = [{"output_type": "stream", "name": "stdout", "text": text} for text in printed]
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": source}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return parse_notebook(json.dumps(notebook).encode(), "nb.ipynb")


def advice(source: str, *printed: object) -> str:
    notebook = written(source, *printed)
    (finding,) = check_notebook(notebook, [UnpinnedInstall], Settings(rules={}), edits=False).findings
    return finding.advice or ""


@pytest.mark.parametrize(
    ("allow", "after"),
    [
        ({Safety.UNSAFE}, '%pip install -q numpy==1.26.4 "Scikit.Learn[plots]==1.5.2"'),
        ({Safety.TEMPLATE}, '%pip install -q numpy "Scikit.Learn[plots]>=1"'),
    ],
)
def test_the_versions_that_are_known_are_pinned(allow: set[Safety], after: str) -> None:
    notebook = written('%pip install -q numpy "Scikit.Learn[plots]>=1"', INSTALLED)
    fixed = fix_notebook(notebook, [UnpinnedInstall], Settings(rules={}), allow=frozenset(allow))
    assert parse_notebook(fixed.data, "nb.ipynb").cells[0].source == after
    assert bool(fixed.left) == (Safety.TEMPLATE in allow)


@pytest.mark.parametrize("printed", [INSTALLED, INSTALLED.splitlines(keepends=True)])
def test_a_saved_output_names_the_versions(printed: object) -> None:
    source = '%pip install numpy "Scikit.Learn[plots]>=1" torch'
    pins = '`%pip install "numpy==1.26.4" "Scikit.Learn[plots]==1.5.2" "torch==2.4.1"`'
    assert pins in advice(source, "Looking in indexes\n", printed)


@pytest.mark.parametrize("printed", ["", "Note: you may need to restart the kernel\n", 7, None])
def test_without_one_it_says_where_to_find_them(printed: object) -> None:
    assert "%pip freeze" in advice("%pip install pandas", printed)


def test_a_long_name_is_told_whole_and_an_endless_one_is_not():
    def message(name: str) -> str:
        notebook = written(f"%pip install {name}")
        return check_notebook(notebook, [UnpinnedInstall], Settings(rules={}), edits=False).findings[0].message

    assert "newest llama-index-indices-managed-llama-cloud:" in message("llama-index-indices-managed-llama-cloud")
    assert f"newest {'a' * 59}…:" in message("a" * 500)
