"""Notebooks that papermill ran: what it put in is not the author's."""

from collections.abc import Sequence
from typing import Any

import nbprod
from nbprod.notebook import cell_notebook, parse_notebook
from nbprod.protocol import Finding

PARAMETERS = ("code", 'PATH = "data/x.csv"\nDAYS = 30', ("parameters",))
INJECTED = (
    "code",
    '# Parameters\nPATH = "/home/ana/real.csv"\nDAYS = 7\nSINCE = "2024-01-01"\n',
    ("injected-parameters",),
)
LOAD = ("code", "import pandas as pd\nfrom pathlib import Path\ndf = pd.read_csv(PATH)\ndf.to_csv('out.csv')", ())
REMARK = "An Exception was encountered at '<a href=\"#papermill-error-cell\">In [3]</a>'."
TAG = ("papermill-error-cell-tag",)


def check(cells: Sequence[tuple[str, str, Sequence[str]]], results: Any = None) -> dict[str, Finding]:
    data = cell_notebook(cells, results=results or {}).raw
    return {finding.rule: finding for finding in nbprod.check(data, path="a.ipynb", edits=False).findings}


def test_what_was_injected_is_no_finding_and_makes_none() -> None:
    author = check([PARAMETERS, LOAD])
    assert check([PARAMETERS, INJECTED, LOAD]).keys() == author.keys()
    alone = check([INJECTED, LOAD])
    assert not {"hard-coded-path", "not-parameterised", "static-data-file", "frozen-date-window"} & alone.keys()


def test_a_secret_that_was_injected_is_in_the_file_all_the_same() -> None:
    token = ("code", 'TOKEN = "ghp_Zx81kQm3vR7tLw9YbN2cHs5DfJ6aPe0uKd4G"', ("injected-parameters",))
    assert "hard-coded-secret" in check([token, LOAD])


def test_what_a_notebook_lacks_is_told_though_its_first_cell_was_injected() -> None:
    assert "no-owner" in check([INJECTED, LOAD, ("code", "df.to_parquet('x.parquet')", ())])


def test_new_parameters_go_before_those_that_were_injected() -> None:
    work = ("code", "import pandas as pd\ndf = pd.read_csv('/home/ana/x.csv')", ())
    data = cell_notebook([INJECTED, work]).raw
    fixed = parse_notebook(nbprod.fix(data, path="a.ipynb", select=["hard-coded-path"]).data, "a.ipynb")
    assert [cell.tags for cell in fixed.cells] == [("parameters",), ("injected-parameters",), ()]
    assert fixed.cells[1].source == INJECTED[1]


def test_the_remarks_about_a_failure_do_not_announce_it() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no rows", "traceback": []}
    results = {3: (1, [error])}
    cells = [("markdown", REMARK, TAG), ("markdown", "# Report", ())]
    cells += [("markdown", "Execution using papermill encountered an exception here and stopped:", TAG)]
    found = check([*cells, LOAD], results)
    assert "saved-error-output" in found
