"""Notebooks that jupytext keeps in two files."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from nbprod.errors import EditConflict
from nbprod.notebook import Notebook, cell_notebook, parse_notebook, read_notebook, splice
from nbprod.notebook.text.pairs import carried, ipynb_of, partners_of
from nbprod.protocol import CellRef, DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata

HEADER = "# ---\n# jupyter:\n#   jupytext:\n{}#     text_representation:\n#       format_name: percent\n# ---\n\n"
BODY = "# %% [markdown]\n# # Title\n\n# %%\n# !pip install x\nx = 1\ny = 2\n\n# %%\nf(x)\n"
CELLS: Sequence[tuple[str, str, Sequence[str]]] = [
    ("markdown", "# Title", ()),
    ("code", "!pip install x\nx = 1\ny = 2", ()),
    ("code", "f(x)\n", ()),
]


def text(formats: str = "") -> str:
    return HEADER.format(f"#     formats: {formats}\n" if formats else "") + BODY


def pair(folder: Path, one: str, other: str, formats: str = "") -> tuple[Path, Path]:
    places = folder / one, folder / other
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text(formats).encode() if place.suffix == ".py" else cell_notebook(CELLS).raw)
    return places


@pytest.mark.parametrize(
    ("one", "other", "formats"),
    [
        ("a.ipynb", "a.py", ""),
        ("a.ipynb", "a.py", "ipynb,py:percent"),
        ("a.ipynb", "a.pct.py", "ipynb,.pct.py:percent"),
        ("notebooks/x/a.ipynb", "scripts/x/a.py", "notebooks//ipynb,scripts//py:percent"),
    ],
)
def test_pairs_are_found(one: str, other: str, formats: str, tmp_path: Path) -> None:
    notebook, script = pair(tmp_path, one, other, formats)
    assert ipynb_of(script) == notebook
    assert partners_of(read_notebook(script)) == [notebook]


@pytest.mark.parametrize(
    "formats", ["../..//ipynb,scripts//py", "/etc//ipynb,scripts//py", "//ipynb,scripts//py", "x//ipynb", ":::,,"]
)
def test_formats_never_lead_out_of_the_project(formats: str, tmp_path: Path) -> None:
    _, script = pair(tmp_path, "a.ipynb", "b/scripts/a.py", formats)
    assert partners_of(read_notebook(script)) == []


def test_namesakes_without_a_header_are_no_pair(tmp_path: Path) -> None:
    notebook, script = pair(tmp_path, "a.ipynb", "a.py")
    assert partners_of(read_notebook(notebook)) == [script]
    script.write_text("# %%\nx = 1\n")
    assert ipynb_of(script) is None
    assert partners_of(read_notebook(script)) == []
    assert partners_of(read_notebook(notebook)) == []
    assert ipynb_of(tmp_path / "none.py") is None


def both() -> tuple[Notebook, Notebook]:
    return cell_notebook(CELLS, "a.ipynb"), parse_notebook(text().encode(), "a.py")


def edits(nb: Notebook) -> tuple[list[Edit], list[int | None]]:
    """Edits of every kind, and where the cells came from."""
    start = nb.cells[1].source.index("x = 1")
    chosen: list[Edit] = [
        InsertCell(before=1, cell_type="code", source="N = 3", tags=("parameters",)),
        ReplaceText(span=nb.span(nb.cells[1], start, start + 5), text="x = N\nz = 3"),
        SetMetadata(cell=CellRef(index=1), path=("tags",), value=["t"]),
        DeleteCell(cell=CellRef(index=2)),
        InsertCell(before=3, cell_type="markdown", source="end"),
    ]
    return chosen, [0, None, 1, None]


@pytest.mark.parametrize("turned", [False, True])
def test_what_changed_in_one_changes_in_the_other(turned: bool) -> None:
    before, other = reversed(both()) if turned else both()
    chosen, origins = edits(before)
    after = parse_notebook(splice(before, chosen), before.path)
    data = carried(before, after, origins, other)
    result = parse_notebook(data, other.path)
    assert [(cell.type, cell.source.strip(), cell.tags) for cell in result.cells] == [
        ("markdown", "# Title", ()),
        ("code", "N = 3", ("parameters",)),
        ("code", "!pip install x\nx = N\nz = 3\ny = 2", ("t",)),
        ("markdown", "end", ()),
    ]


def test_files_that_are_out_of_step_are_left_alone() -> None:
    before, _ = both()
    other = parse_notebook(text().replace("y = 2", "y = 3").encode(), "a.py")
    with pytest.raises(EditConflict, match="jupytext --sync"):
        carried(before, before, [0, 1, 2], other)
