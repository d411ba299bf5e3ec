"""Python files that cells write with `%%writefile`."""

from typing import Any

import pytest

import nbprod
from nbprod.notebook import cell_notebook
from nbprod.protocol import Finding
from nbprod.registry import all_rules

BODY = (
    'import requests\n\n\ndef load():\n    reply = requests.get("https://api.example.org/v1")\n    return reply.text\n'
)
SECRET = 'token = "ghp_Zx81kQm3vR7tLw9YbN2cHs5DfJ6aPe0uKd4G"\n'


def check(source: str, *, tags: tuple[str, ...] = (), edits: bool = False) -> list[Finding]:
    data = cell_notebook([("code", "import os", ()), ("code", source, tags)]).raw
    report = nbprod.check(data, path="a.ipynb", edits=edits)
    assert report.problems == ()
    return [finding for finding in report.findings if not finding.absence]


def rules(source: str, **options: Any) -> set[str]:
    return {finding.rule for finding in check(source, **options)}


def test_rules_about_single_places_look_into_files_and_no_others() -> None:
    looking = {name: rule for name, rule in all_rules().items() if rule.written_files != "ignore"}
    assert {"http-without-timeout", "hard-coded-secret"} <= looking.keys()
    assert not any(rule.absence for rule in looking.values())


@pytest.mark.parametrize("magic", ["%%writefile train.py", "%%file 'src/train.py'", "%%writefile -a train.py"])
def test_findings_stand_in_the_cell(magic: str) -> None:
    source = f"{magic}\n{BODY}{SECRET}"
    found = {finding.rule: finding for finding in check(source)}
    assert len(found) == len(check(source))
    assert found.keys() == {"http-without-timeout", "unchecked-http-response", "hard-coded-secret"}
    at = found["http-without-timeout"].at
    assert source[at.start : at.end] == 'requests.get("https://api.example.org/v1")'
    assert (at.cell.index, at.line, at.column) == (1, 6, 13)


@pytest.mark.parametrize(
    "source",
    [
        f"%%writefile notes.txt\n{BODY}",
        f"%%writefile\n{BODY}",
        f"%%bash\n{BODY}",
        "%%writefile train.py\nthis is no Python",
        "%%writefile train.py",
    ],
)
def test_what_is_no_python_file_is_not_looked_at(source: str) -> None:
    assert check(source) == []


def test_rules_about_whole_notebooks_are_silent() -> None:
    work = "df = pd.read_csv('data/x.csv')\nmodel = SVC().fit(df, df.y)\nmodel.save('m')\nprint('done')\n"
    source = f"%%writefile train.py\nimport pandas as pd\nfrom sklearn.svm import SVC\n{work}"
    assert check(source) == []


def test_ignores_hold_in_the_file_and_for_the_cell() -> None:
    line = '    reply = requests.get("https://api.example.org/v1")'
    body = f"%%writefile train.py\n{BODY}"
    ignored = body.replace(line, f"{line}  # nbprod: ignore[http-without-timeout] -- the caller has one")
    assert rules(ignored) == {"unchecked-http-response"}
    assert "http-without-timeout" not in rules(body, tags=("nbprod-ignore-http-without-timeout",))
    assert rules(body, tags=("nbprod-skip",)) == set()


def test_fixes_stay_in_the_file() -> None:
    source = f"%%writefile train.py\n{BODY}import pandas\npandas.read_csv('/home/ana/x.csv')\n"
    found = {finding.rule: finding for finding in check(source, edits=True)}
    assert [fix.title for fix in found["http-without-timeout"].fixes] == ["Give the request a timeout"]
    assert found["hard-coded-path"].fixes == (), "there is no parameters cell to move it to"
    data = cell_notebook([("code", source, ())]).raw
    fixed = nbprod.fix(data, path="a.ipynb", select=["http-without-timeout"], unsafe=True)
    assert b'v1\\", timeout=(3.05, 30))' in fixed.data
