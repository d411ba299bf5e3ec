from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprod.errors import ReadError
from nbprod.notebook import Notebook, parse_notebook, read_notebook
from nbprod.notebook.text.evident import is_evident, is_marked
from nbprod.notebook.text.header import read_header

PERCENT = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Churn
#
# Who leaves?

# %% tags=["parameters"]
DAYS = 30

# %% Load the data
# %matplotlib inline
# !pip install \\
#   pandas
import pandas as pd


text = '''
# %% no marker
'''

# %% language="bash" magic_args="--err x"
# ls -la

# %% [markdown]
\"\"\"
In quotes
\"\"\"

# %% [raw]
# as it is
"""

DATABRICKS = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # Churn
# MAGIC
# MAGIC Who leaves?

# COMMAND ----------

# DBTITLE 1,Parameters
DAYS = 30

# COMMAND ----------

# MAGIC %pip install pandas
# MAGIC %restart_python

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1

# COMMAND ----------

# COMMAND ----------

# MAGIC %python
# MAGIC x = '''
# MAGIC y'''

# COMMAND ----------

# MAGIC %md ## Title on one line

# COMMAND ----------

# note
display(x)
"""

LIGHT = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: light
# ---

# # Churn
# Who leaves?
# + not a marker

import pandas as pd
# load
df = load()

# install
# !pip install pandas

def f():
    a = 1

    return a

# + tags=["parameters"]
DAYS = 30

WEEKS = 4
# -

# + [markdown]
# one
#
# two
# -

# + language="bash"
# ls
"""


def read(text: str, path: str = "a.py") -> Notebook:
    return parse_notebook(text.encode(), path)


def cells(nb: Notebook) -> list[tuple[str, str]]:
    return [(cell.type, cell.source) for cell in nb.cells]


# --- formats ---------------------------------------------------------------------------------------


def test_percent_cells() -> None:
    nb = read(PERCENT)
    assert cells(nb) == [
        ("markdown", "# Churn\n\nWho leaves?"),
        ("code", "DAYS = 30"),
        (
            "code",
            "%matplotlib inline\n!pip install \\\n  pandas\nimport pandas as pd\n\n\ntext = '''\n# %% no marker\n'''",
        ),
        ("code", "%%bash --err x\nls -la"),
        ("markdown", "In quotes"),
        ("raw", "as it is"),
    ]
    assert nb.cells[1].tags == ("parameters",)
    assert [magic.name for magic in nb.cells[2].magics] == ["matplotlib", ""]
    assert nb.metadata["kernelspec"]["name"] == "python3"
    assert (nb.language, nb.skipped) == ("python", None)


def test_databricks_cells() -> None:
    nb = read(DATABRICKS)
    assert cells(nb) == [
        ("markdown", "# Churn\n\nWho leaves?"),
        ("code", "DAYS = 30"),
        ("code", "%pip install pandas\n%restart_python"),
        ("code", "%%sql\nSELECT 1"),
        ("code", "x = '''\ny'''"),
        ("markdown", "## Title on one line"),
        ("code", "# note\ndisplay(x)"),
    ]
    assert [cell.tags for cell in nb.cells[:2]] == [(), ("parameters",)]
    assert nb.cells[3].magics[0].body == "SELECT 1"
    assert "application/vnd.databricks.v1+notebook" in nb.metadata, "rules know the platform by it"


def test_light_cells() -> None:
    nb = read(LIGHT)
    assert cells(nb) == [
        ("markdown", "# Churn\nWho leaves?\n+ not a marker"),
        ("code", "import pandas as pd\n# load\ndf = load()"),
        ("code", "# install\n!pip install pandas"),
        ("code", "def f():\n    a = 1\n\n    return a"),
        ("code", "DAYS = 30\n\nWEEKS = 4"),
        ("markdown", "one\n\ntwo"),
        ("code", "%%bash\nls"),
    ]
    assert nb.cells[4].tags == ("parameters",)


@pytest.mark.parametrize("text", [PERCENT, DATABRICKS, LIGHT])
def test_each_line_of_a_cell_knows_its_line_of_the_file(text: str) -> None:
    nb = read(text)
    lines = text.split("\n")
    for cell in nb.cells:
        for number, line in enumerate(cell.source.split("\n"), start=1):
            place = nb.file_line(cell.index, number)
            assert place is not None
            assert line.startswith("%%") or lines[place - 1].endswith(line)


def test_code_above_the_first_marker_is_a_cell_and_an_empty_cell_stays_one() -> None:
    nb = read("#!/usr/bin/env python\nimport os\n\n#%%\n\n# %% [markdown]\n#%% Title\nx = 1")
    assert cells(nb) == [("code", "import os"), ("code", ""), ("markdown", ""), ("code", "x = 1")]
    assert nb.file_line(1, 1) == 4


def test_markers_of_other_editors() -> None:
    nb = read("# <codecell>\na = 1\n# In[12]:\nb = 2\n# %%% nested\nc = 3\n")
    assert [source for _, source in cells(nb)] == ["a = 1", "b = 2", "c = 3"]


def test_commented_magics_are_no_cell_markers() -> None:
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n"
    nb = read(f"{header}# %%\n# %%time\nx = 1\n# # !left alone\n")
    assert cells(nb) == [("code", "%%time\nx = 1\n# !left alone")]


def test_where_magics_stand_as_they_are_a_comment_is_a_comment() -> None:
    assert cells(read("# %%\n%matplotlib inline\n# %pip install x\n")) == [
        ("code", "%matplotlib inline\n# %pip install x")
    ]
    assert cells(read("# %%\n# install it with\n# !pip install x\n")) == [
        ("code", "# install it with\n# !pip install x")
    ]


def test_metadata_of_markers() -> None:
    nb = read('# %% One two tags=["a", "b"] n=3 w=some x={"y": 1}\n# %% {"tags": ["c"]}\n# %% tags="d,e"\n# %% a=[1\n')
    assert [cell.tags for cell in nb.cells] == [("a", "b"), ("c",), ("d", "e"), ()]
    assert nb.cells[0].metadata == {"tags": ["a", "b"], "n": 3, "w": "some", "x": {"y": 1}}


def test_cells_that_are_not_active_are_commented_out_or_raw() -> None:
    nb = read('# %% active="ipynb"\n# x = 1\n# %% active="py"\ny = 1\n')
    assert cells(nb) == [("code", "x = 1"), ("raw", "y = 1")]


def test_the_header_of_jupytext_is_understood() -> None:
    header = read_header(PERCENT.split("\n"))
    assert (header.format_name, header.formats, header.stop) == ("percent", ("ipynb", "py:percent"), 12)
    assert read_header(["# ---", "# title: x", "x = 1"]).metadata == {}


# --- what is no notebook ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"import os\n", "this Python file has no cells"),
        (b"x = '''\n# %%\n'''\n", "this Python file has no cells"),
        ("# %%\n".encode("utf-16"), "UTF-16"),
        (b"# %%\nx = '\xe9'\n", "not UTF-8 (byte 10)"),
        (b"# coding: nonsense\n# %%\n", "no encoding `nonsense`"),
        (b"# coding: utf-7\n# %%\n", "the encoding `utf-7` is not read"),
        (b"# coding: cp1252\n# %%\nx = '\x81'", "the file is not cp1252"),
        (
            b"# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: sphinx\n# ---\n",
            "jupytext format `sphinx` is not read",
        ),
        (b"# Databricks notebook source\n", "this Python file has no cells"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(data)
    with pytest.raises(ReadError, match=r"a\.py: ") as caught:
        read_notebook(tmp_path / "a.py")
    assert message in str(caught.value)


def test_encodings() -> None:
    assert parse_notebook("# coding: latin-1\n# %%\nx = 'é'\n".encode("latin-1"), "a.py").cells[0].source == "x = 'é'"
    assert parse_notebook("\ufeff# %%\nx = 'é'\n".encode(), "a.py").cells[0].source == "x = 'é'"


def test_line_breaks_of_all_kinds_become_those_of_python() -> None:
    nb = read("# %%\r\nx = 1\r\ny = '''\r\n'''\rz = '\f\u2028'\n")
    assert nb.cells[0].source == "x = 1\ny = '''\n'''\nz = '\f\u2028'"
    assert nb.file_line(0, 4) == 5


def test_a_nul_is_told_as_a_cell_that_does_not_parse() -> None:
    error = read("# %%\nx = '\0'\n").cells[0].parse_error
    assert error is not None
    assert "NUL" in error.message


@given(st.lists(st.sampled_from([*PERCENT.splitlines(), *DATABRICKS.splitlines(), *LIGHT.splitlines(), "'''", '"""'])))
def test_any_lines_give_a_notebook_or_a_read_error(lines: list[str]) -> None:
    try:
        nb = read("\n".join(lines))
    except ReadError:
        return
    for cell in nb.cells:
        assert nb.file_line(cell.index, 1) is not None


# --- which files a walk takes ----------------------------------------------------------------------


@pytest.mark.parametrize("text", [PERCENT, DATABRICKS, LIGHT, "# %% [markdown]\n# Hello\n# %%\nx = 1\n"])
def test_evident_notebooks(text: str) -> None:
    assert is_evident(text.encode())
    assert is_evident(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert is_marked(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "# %%\nimport os\n# %%\nmain()\n",  # scripts for Spyder, examples of galleries
        '"""Docs."""\n\nTEXT = """# ---\n# jupyter:\n# ---\n"""\n',
        'TEXT = """\n# %% [markdown]\n# Title\n# %%\nx = 1\n"""\n',  # a test of a program that reads them
        "# a comment about # Databricks notebook source\n",
        "# %% [markdown]\n# a single cell\n",
        "# ---\n# title: no notebook\n# ---\n# %%\n",
    ],
)
def test_scripts_and_modules_are_not_evident(text: str) -> None:
    assert not is_evident(text.encode())
