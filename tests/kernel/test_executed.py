"""`%nbprod` in a notebook that a program executes: what the saved file shows, and says when it is checked."""

from pathlib import Path
from typing import Any

import html5lib
import nbformat
import pytest
from nbclient import NotebookClient

from nbprod.api import check

CELLS = (
    "%load_ext nbprod",
    "import pandas as pd\nimport random\nimport warnings",
    'customers = pd.DataFrame({"customer_id": range(30), "plan": ["basic"] * 30})',
    'def ask(url):\n    import requests\n    return requests.get(url + "/home/maya/customers.csv")',
    "state = random.getstate(), list(warnings.filters), sorted(name for name in globals() if name[0] != '_')",
    "%nbprod",
    "%nbprod contract customers",
    "%nbprod score",
    "assert (random.getstate(), list(warnings.filters)) == state[:2]",
    "assert sorted(name for name in globals() if name[0] != '_') == sorted([*state[2], 'state'])",
    "len(In)",
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("executed")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def data(notebook: Any, cell: int) -> Any:
    (output,) = notebook.cells[cell].outputs
    return output.data


def test_the_saved_notebook_shows_the_static_form(executed: Any) -> None:
    shown = data(executed, 5)
    assert set(shown) == {"text/plain", "text/html"}
    assert "Profile production. Read from executed cells only." in shown["text/html"]
    assert "http-without-timeout" in shown["text/html"]
    assert "http-without-timeout" in shown["text/plain"]
    tags = {str(element.tag).rpartition("}")[2] for element in html5lib.parseFragment(shown["text/html"]).iter()}
    assert not tags & {"script", "style", "link", "img", "h1", "h2", "h3", "h4"}


def test_the_contract_and_the_score_are_there(executed: Any) -> None:
    assert '"customer_id": pa.Column("int64", unique=True)' in data(executed, 6)["text/markdown"]
    assert "level D" in executed.cells[7].outputs[0].text


def test_the_history_holds_the_cells_and_nothing_else(executed: Any) -> None:
    assert data(executed, len(CELLS) - 1)["text/plain"] == str(len(CELLS) + 1)


def test_what_it_shows_is_no_finding_when_the_file_is_checked(executed: Any, tmp_path: Path) -> None:
    without = nbformat.from_dict(executed)
    for cell in (*executed.cells[5:8],):
        assert cell.outputs
    with_outputs = check(nbformat.writes(executed).encode(), path=tmp_path / "a.ipynb")
    for cell in without.cells:
        cell.outputs = []
    plain = check(nbformat.writes(without).encode(), path=tmp_path / "a.ipynb")
    about_outputs = [found.message for found in with_outputs.findings if found.at.output is not None]
    assert about_outputs == []
    assert {found.rule for found in with_outputs.findings} <= {found.rule for found in plain.findings}
