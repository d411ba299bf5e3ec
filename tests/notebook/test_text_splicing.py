"""Edits of text notebooks: the file says what they ask for, and no other line of it changes."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprod.errors import EditConflict
from nbprod.notebook import Notebook, apply_patches, inverse, parse_notebook, splice
from nbprod.protocol import CellRef, ClearOutputs, DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: {}\n# ---\n\n"
PERCENT = f"""{HEADER.format("percent")}# %% [markdown]
# # Title
#text

# %% tags=["a"]
import os
# %pip install x

# %%
f(1)
"""
DATABRICKS = """# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC text

# COMMAND ----------

import os

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1

# COMMAND ----------

f(1)
"""
LIGHT = f"""{HEADER.format("light")}# # Title
# text

import os

# + tags=["a"]
x = 1

y = 2
# -

f(1)
"""
FILES = {"percent": PERCENT, "databricks": DATABRICKS, "light": LIGHT}
SOURCES = st.sampled_from(
    ["x = 1", "", "é = 'ß'", "a = 1\nb = 2", "%pip install y", "!ls", "def f():\n    pass", "# note", "a = 1\n\nb = 2"]
)


def read(text: str) -> Notebook:
    return parse_notebook(text.encode(), "a.py")


def replace(nb: Notebook, cell: int, old: str, new: str) -> ReplaceText:
    start = nb.cells[cell].source.index(old)
    return ReplaceText(span=nb.span(nb.cells[cell], start, start + len(old)), text=new)


def insert(before: int, source: str, kind: str = "code", tags: tuple[str, ...] = ()) -> InsertCell:
    return InsertCell(before=before, cell_type=kind, source=source, tags=tags)


def changes(before: str, edits: list[Edit]) -> list[str]:
    """The lines that edits take out and put in."""
    after = splice(read(before), edits).decode()
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in found if line[0] in "+-"]


# --- text ------------------------------------------------------------------------------------------


def test_code_and_comments_are_edited_in_their_lines() -> None:
    nb = read(PERCENT)
    edits: list[Edit] = [
        replace(nb, 0, "Title", "Name"),
        replace(nb, 1, "import os", "import os\nimport re\n%matplotlib inline"),
        replace(nb, 2, "1", "2"),
    ]
    assert changes(PERCENT, edits) == [
        "- # # Title",
        "+ # # Name",
        "+ import re",
        "+ # %matplotlib inline",
        "- f(1)",
        "+ f(2)",
    ]


def test_magics_that_are_commented_out_stay_so() -> None:
    nb = read(PERCENT)
    assert changes(PERCENT, [replace(nb, 1, "install x", "install x==1")]) == [
        "- # %pip install x",
        "+ # %pip install x==1",
    ]


def test_lines_of_databricks_keep_their_prefix() -> None:
    nb = read(DATABRICKS)
    edits: list[Edit] = [replace(nb, 0, "text", "text\n\nmore"), replace(nb, 2, "%%sql\nSELECT 1", "%%sql\nSELECT 2")]
    assert changes(DATABRICKS, edits) == [
        "+ # MAGIC",
        "+ # MAGIC more",
        "- # MAGIC SELECT 1",
        "+ # MAGIC SELECT 2",
    ]


def test_what_stands_before_the_first_line_of_a_text_stays() -> None:
    text = "# Databricks notebook source\n# MAGIC %md ## Title\n# MAGIC text\n"
    nb = read(text)
    assert splice(nb, [replace(nb, 0, "Title\ntext", "Name\nmore")]).decode() == text.replace(
        "Title\n# MAGIC text", "Name\n# MAGIC more"
    )


def test_a_line_that_is_taken_out_goes_whole() -> None:
    nb = read(PERCENT)
    assert changes(PERCENT, [replace(nb, 1, "import os\n", "")]) == ["- import os"]


def test_an_empty_cell_is_filled_below_its_marker() -> None:
    text = "# %%\n\n# %%\nx = 1"
    nb = read(text)
    edit = ReplaceText(span=nb.span(nb.cells[0], 0, 0), text="y = 1\nz = 2")
    assert splice(nb, [edit]).decode() == "# %%\ny = 1\nz = 2\n\n# %%\nx = 1"


def test_text_in_quotes_is_edited_inside_them() -> None:
    text = '# %% [markdown]\n"""Hello\nworld"""\n# %%\nx = 1\n'
    nb = read(text)
    assert splice(nb, [replace(nb, 0, "world", "you")]).decode() == text.replace("world", "you")
    assert splice(nb, [replace(nb, 0, "Hello", "Hi")]).decode() == text.replace("Hello", "Hi")


# --- cells and tags --------------------------------------------------------------------------------


def test_new_cells_get_the_marker_of_the_format() -> None:
    assert changes(PERCENT, [insert(1, "N = 3", tags=("parameters",)), insert(3, "end\ntext", "markdown")]) == [
        '+ # %% tags=["parameters"]',
        "+ N = 3",
        "+ ",
        "+ ",
        "+ # %% [markdown]",
        "+ # end",
        "+ # text",
    ]
    edits: list[Edit] = [insert(1, "N = 3", tags=("parameters",)), insert(4, "# end", "markdown")]
    parameters = "# DBTITLE 1,parameters\nN = 3\n\n# COMMAND ----------\n\n"
    assert splice(read(DATABRICKS), edits).decode() == (
        DATABRICKS.replace("import os", f"{parameters}import os").replace(
            "f(1)", "f(1)\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC # end"
        )
    )
    assert changes(LIGHT, [insert(1, "N = 3\n\nM = 4", tags=("parameters",))]) == [
        '+ # + tags=["parameters"]',
        "+ N = 3",
        "+ ",
        "+ M = 4",
        "+ # -",
        "+ ",
    ]


def test_markers_look_like_those_of_the_file() -> None:
    assert splice(read("#%%\nx = 1\n"), [insert(1, "y = 2")]) == b"#%%\nx = 1\n\n#%%\ny = 2\n"


def test_code_above_all_markers_gets_one_when_another_cell_comes_first() -> None:
    nb = read("x = 1\n# %%\ny = 2\n")
    assert splice(nb, [insert(0, "N = 3")]) == b"# %%\nN = 3\n\n# %%\nx = 1\n# %%\ny = 2\n"


def test_tags() -> None:
    def tagged(text: str, cell: int, *tags: str) -> list[str]:
        return changes(text, [SetMetadata(cell=CellRef(index=cell), path=("tags",), value=list(tags))])

    assert tagged(PERCENT, 1, "a", "b") == ['- # %% tags=["a"]', '+ # %% tags=["a", "b"]']
    assert tagged(PERCENT, 2, "b") == ["- # %%", '+ # %% tags=["b"]']
    assert tagged(LIGHT, 1, "parameters") == ['+ # + tags=["parameters"]', "+ # -"]
    assert tagged(DATABRICKS, 1, "parameters") == ["+ # DBTITLE 1,parameters"]
    assert tagged("# Databricks notebook source\n# DBTITLE 1,Config\nx = 1\n", 0, "parameters") == [
        "- # DBTITLE 1,Config",
        "+ # DBTITLE 1,Config (parameters)",
    ]
    assert tagged("x = 1\n# %%\n", 0, "parameters") == ['+ # %% tags=["parameters"]']


def test_a_paragraph_that_gets_blank_lines_gets_markers() -> None:
    nb = read(LIGHT)
    assert changes(LIGHT, [replace(nb, 1, "import os", "import os\n\nimport re")]) == [
        "+ # +",
        "+ ",
        "+ import re",
        "+ # -",
    ]


def test_cells_are_taken_out_with_their_markers() -> None:
    assert changes(PERCENT, [DeleteCell(cell=CellRef(index=2))]) == ["- ", "- # %%", "- f(1)"]
    after = splice(read(DATABRICKS), [DeleteCell(cell=CellRef(index=1))]).decode()
    assert after == DATABRICKS.replace("import os\n\n# COMMAND ----------\n\n", "")


# --- what a format cannot hold ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "edit", "message"),
    [
        (PERCENT, ClearOutputs(cell=CellRef(index=1)), "holds no outputs"),
        (PERCENT, SetMetadata(cell=None, path=("nbprod",), value="x"), "no place for this metadata"),
        (PERCENT, SetMetadata(cell=CellRef(index=1), path=("x",), value="x"), "no place for this metadata"),
        (PERCENT, insert(1, "x = 1\n# %%\ny = 2"), "looks like a cell marker"),
        (PERCENT, insert(9, "x = 1"), "there is none"),
        (PERCENT, insert(1, "x", "table"), "no type of cell"),
        (DATABRICKS, insert(1, "x", tags=("a",)), "no place for the tags"),
        (DATABRICKS, insert(1, "x", "raw"), "no raw cells"),
        (DATABRICKS, SetMetadata(cell=CellRef(index=1), path=("tags",), value=["a"]), "no place for the tags"),
        ('# %% {"a": 1}\nx\n', SetMetadata(cell=CellRef(index=0), path=("tags",), value=["a"]), "as JSON"),
        ("# coding: latin-1\n# %%\nx = 1\n", insert(0, "x = '\N{SNOWMAN}'"), "can't encode"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(text: str, edit: Edit, message: str) -> None:
    with pytest.raises(EditConflict, match=r"a\.py: ") as caught:
        splice(read(text), [edit])
    assert message in str(caught.value)


def test_the_line_of_a_language_stands_in_the_marker() -> None:
    nb = read('# %% language="bash"\n# ls\n')
    with pytest.raises(EditConflict, match="in the cell's marker"):
        splice(nb, [replace(nb, 0, "bash", "sh")])
    assert splice(nb, [replace(nb, 0, "ls", "ls -a\npwd")]) == b'# %% language="bash"\n# ls -a\n# pwd\n'


# --- properties ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@given(st.data())
def test_any_edits_do_what_they_say_or_are_refused(name: str, encoding: str, newline: str, data: st.DataObject) -> None:
    text = FILES[name].replace("\n", newline)
    nb = parse_notebook(text.encode(encoding), "a.py")
    edits: list[Edit] = []
    for index, cell in enumerate(nb.cells):
        what = data.draw(st.sampled_from(["stay", "stay", "delete", "replace", "insert"]))
        if what == "delete":
            edits.append(DeleteCell(cell=cell.ref))
        elif what == "insert":
            edits.append(insert(index, data.draw(SOURCES), data.draw(st.sampled_from(["code", "markdown"]))))
        elif what == "replace":
            start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(cell.source))] * 2)))
            edits.append(ReplaceText(span=nb.span(cell, start, end), text=data.draw(SOURCES)))
    try:
        after = parse_notebook(splice(nb, edits), "a.py")
    except EditConflict:
        return
    assert [(cell.type, _core(cell.source)) for cell in after.cells] == list(_wanted(nb, edits))
    assert apply_patches(after.raw, inverse(nb, edits)) == nb.raw
    assert after.raw.count(b"\n") == after.raw.count(newline.encode())
    assert after.raw.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")


def _wanted(nb: Notebook, edits: list[Edit]) -> list[tuple[str, str]]:
    wanted = []
    for index, cell in enumerate(nb.cells):
        source: str | None = cell.source
        for edit in edits:
            match edit:
                case InsertCell(before=before) if before == index:
                    wanted.append((edit.cell_type, _core(edit.source)))
                case DeleteCell(cell=ref) if ref.index == index:
                    source = None
                case ReplaceText(span=span) if span.cell.index == index:
                    source = cell.source[: span.start] + edit.text + cell.source[span.end :]
        if source is not None:
            wanted.append((cell.type, _core(source)))
    return wanted


def _core(source: str) -> str:
    return source.strip("\n")
