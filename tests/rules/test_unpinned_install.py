"""What examples can't show of unpinned-install: the advice that a saved output makes possible."""

import json

import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.notebook import parse_notebook
from nbprod.rules.integration.unpinned_install import UnpinnedInstall

INSTALLED = (
    "Requirement already satisfied: numpy in /opt/lib/python3.11/site-packages (1.26.4)\n"
    "Collecting scikit_learn\n"
    "Successfully installed joblib-1.4.2 scikit-learn-1.5.2 torch-2.4.1+cu121\n"
)


def advice(source: str, *printed: object) -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": text} for text in printed]
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": source}
    written = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    notebook = parse_notebook(json.dumps(written).encode(), "nb.ipynb")
    (finding,) = check_notebook(notebook, [UnpinnedInstall], Settings(rules={}), edits=False).findings
    return finding.advice or ""


@pytest.mark.parametrize("printed", [INSTALLED, INSTALLED.splitlines(keepends=True)])
def test_a_saved_output_names_the_versions(printed: object) -> None:
    source = '%pip install numpy "Scikit.Learn[plots]>=1" torch'
    pins = '`%pip install "numpy==1.26.4" "Scikit.Learn[plots]==1.5.2" "torch==2.4.1"`'
    assert pins in advice(source, "Looking in indexes\n", printed)


@pytest.mark.parametrize("printed", ["", "Note: you may need to restart the kernel\n", 7, None])
def test_without_one_it_says_where_to_find_them(printed: object) -> None:
    assert "%pip freeze" in advice("%pip install pandas", printed)
