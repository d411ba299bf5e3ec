"""What `assignment-lost` says is lost is executed: by the pandas that is installed, and by pandas 2 in its own place.

That second environment, `.venv/pandas2`, is made by `make test`, or by the first run of this test.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from stand_ins import OnlyVersions

from nbprod.kit.testing import findings, notebook_from, text_from
from nbprod.notebook import parse_notebook, splice
from nbprod.protocol import Finding, Safety, Severity
from nbprod.rules.data.assignment_lost import AssignmentLost

ROOT = Path(__file__).parents[2]
FRAME = 'import pandas as pd\ndf = pd.DataFrame({"a": [1.0, None, 3.0], "b": [1, 2, 3]})\n'
KEPT_BY_PANDAS_2 = (
    'df["a"].fillna(0, inplace=True)',
    "df.a.fillna(0, inplace=True)",
    'df["a"].replace(1, 5, inplace=True)',
    'df["a"].clip(upper=1, inplace=True)',
    'df["a"].mask(df["b"] > 1, 0, inplace=True)',
    'df.loc[:, "a"].fillna(0, inplace=True)',
    'df["a"][df["b"] > 1] = 0',
    'df["a"].iloc[0] = 9',
    'df["a"].loc[0] = 9',
)
ALWAYS_LOST = (
    'df[df["b"] > 1]["a"] = 0',
    'df.loc[df["b"] > 1]["a"] = 0',
    'df[0:2]["a"] = 7',
    'df[["a"]].fillna(0, inplace=True)',
    'df["a"].dropna(inplace=True)',
)
PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
def columns(code):
    names = {}
    exec(code, names)
    return json.loads(names["df"].to_json())
given = json.load(sys.stdin)
print(json.dumps({"version": pd.__version__, "frames": [columns(code) for code in given]}))
"""


class Claim(Struct):
    """What the rule says of a statement under one pandas, and what really came of it and of its fix."""

    finding: Finding
    before: dict[str, Any]
    after: dict[str, Any]
    mended: dict[str, Any]


def pandas_2() -> str:
    subprocess.run(["make", "--silent", f"PYTHON={sys.executable}", ".venv/pandas2/installed"], cwd=ROOT, check=True)
    return str(ROOT / ".venv/pandas2/bin/python")


def run(python: str, codes: list[str]) -> tuple[str, list[dict[str, Any]]]:
    done = subprocess.run([python, "-c", PROGRAM], input=json.dumps(codes), capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["version"], answer["frames"]


def claims(python: str, statements: tuple[str, ...]) -> list[Claim]:
    """Ask the rule about each statement under the pandas of an interpreter, and execute it there."""
    version, _ = run(python, [])
    asked = []
    for statement in statements:
        notebook = notebook_from(FRAME + statement)
        (finding,) = findings(AssignmentLost, notebook, witness=OnlyVersions(pandas={"pandas": version}))
        edits = finding.fixes[0].edits if finding.fixes else ()
        asked.append((finding, statement, text_from(parse_notebook(splice(notebook, edits), notebook.path))))
    codes = [code for _, statement, mended in asked for code in (FRAME + statement, mended)]
    _, (before, *frames) = run(python, [FRAME, *codes])
    return [
        Claim(finding, before, frames[2 * place], frames[2 * place + 1]) for place, (finding, _, _) in enumerate(asked)
    ]


def test_pandas_3_loses_them_all() -> None:
    for claim in claims(sys.executable, KEPT_BY_PANDAS_2 + ALWAYS_LOST):
        assert claim.finding.severity is Severity.ERROR
        assert claim.finding.message.partition(" is not modified ")[2].startswith("(this kernel runs pandas ")
        assert claim.after == claim.before, claim.finding.message
        for fix in claim.finding.fixes:
            assert fix.safety is Safety.UNSAFE
            assert claim.mended != claim.before, claim.finding.message


def test_pandas_2_keeps_changes_of_a_column() -> None:
    found = claims(pandas_2(), KEPT_BY_PANDAS_2)
    assert {fix.safety for claim in found for fix in claim.finding.fixes} == {Safety.SAFE}
    for claim in found:
        assert claim.finding.severity is Severity.WARNING
        assert " is not modified from pandas 3 on (this kernel runs pandas 2." in claim.finding.message
        assert claim.after != claim.before, claim.finding.message
        assert claim.mended == claim.after, "a safe fix gives the same"


@pytest.mark.parametrize("python", [sys.executable, pandas_2], ids=["this", "pandas 2"])
def test_a_selection_of_rows_has_always_been_a_copy(python: Any) -> None:
    for claim in claims(python if isinstance(python, str) else python(), ALWAYS_LOST):
        assert "from pandas 3 on" not in claim.finding.message
        assert claim.after == claim.before, claim.finding.message
