"""What examples can't show of saved-error-output: the line that a traceback points at, and cells changed since."""

import json

import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.notebook import parse_notebook
from nbprod.protocol import Finding
from nbprod.rules.demo_gap.saved_error_output import SavedErrorOutput

SOURCE = 'import pandas as pd\nprices = pd.read_csv("prices.csv")\nprices["net"]'


def found(source: str, frames: str, *, spaced: bool = True) -> Finding:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "net", "traceback": frames.split("\n")}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [error], "source": source}
    written = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    text = json.dumps(written, separators=(", ", ": ") if spaced else (",", ":"))
    checked = parse_notebook(text.encode(), "nb.ipynb")
    [finding] = check_notebook(checked, [SavedErrorOutput], Settings(rules={}), edits=False).findings
    return finding


@pytest.mark.parametrize(
    "frames",
    [
        'Cell In[1], line 3\n----> 3 prices["net"]',
        '<ipython-input-1-0a1b> in <module>()\n      2 other\n----> 3 prices["net"]\n~/a.py in get\n--> 9 raise',
        '/tmp/ipykernel_7/12.py in <module>\n----> <a href="vscode-notebook-cell:1">3</a> prices["net"]',
        'Input In [1], in <cell line: 5>()\n----> 5 prices["net"]',
    ],
)
def test_the_failing_line_is_marked(frames: str) -> None:
    finding = found(SOURCE, f"Traceback\n\x1b[0;31m{frames}")
    assert (finding.at.line, finding.severity) == (3, "error")


def test_a_line_that_is_gone_tells_that_the_cell_was_changed() -> None:
    finding = found(SOURCE, 'Cell In[1], line 3\n----> 3 prices["gross"]')
    assert (finding.at.line, finding.severity) == (1, "warning")
    assert "was changed after it ended in the KeyError" in finding.message


@pytest.mark.parametrize(
    "frames",
    [
        "<timed exec> in <module>\nCell In[4], line 9, in load(path)\n----> 9 return rows[path]",
        "Cell In[1], line 3\n----> 3 get_ipython().run_line_magic('time', 'load()')",
        "~/pandas/frame.py in get\n--> 9 raise KeyError(key)",
        "",
    ],
)
def test_what_else_a_traceback_shows_says_nothing_of_the_cell(frames: str) -> None:
    assert found(SOURCE, frames).severity == "error"


def test_a_file_without_spaces_is_read_as_well() -> None:
    assert found(SOURCE, "", spaced=False).severity == "error"
