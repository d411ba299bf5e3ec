"""Fixes that were recorded for the front end: both sides make the same cells of them.

To record them anew: python tests/live/test_recorded.py
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

import nbprod
from nbprod.notebook import parse_notebook
from nbprod.notebook.splicing import splice
from nbprod.protocol import Fix

FOLDER = Path(__file__).parents[1] / "data" / "fixes"
RULES = {"http-without-timeout", "unused-ignore"}  # their fixes change text only, which is what is compared
CASES = {
    "timeout": ['import requests\nr = requests.get("https://example.com/a")'],
    "emoji": ['import requests; s = "😀語 é"; requests.get("https://example.com/😀", params={"q": "語"})'],
    "two-cells": ["import requests", 'requests.get("https://example.com")', 'requests.post("https://example.org")'],
    "unused-ignores": ["x = 1  # nbprod: ignore[http-without-timeout] -- 語", "y = 2  # nbprod: ignore -- 😀"],
}


def notebook(cells: list[str]) -> bytes:
    built = [nbformat.v4.new_code_cell(source, id=f"cell-{index}") for index, source in enumerate(cells)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=built)).encode()


def record(cells: list[str]) -> dict[str, Any]:
    data = notebook(cells)
    findings = nbprod.check(data, profile="production").findings
    fixes = [found.fixes[0] for found in findings if found.fixes and found.rule in RULES]
    return {"before": cells, "fixes": msgspec.to_builtins(fixes), "after": made(cells, fixes)}


def made(cells: list[str], fixes: list[Fix]) -> list[str]:
    """The sources after `fixes`, as `nbprod fix` writes them."""
    edits = list(dict.fromkeys(edit for fix in fixes for edit in fix.edits))
    after = splice(parse_notebook(notebook(cells), "a.ipynb"), edits)
    return [cell.source for cell in parse_notebook(after, "a.ipynb").cells]


@pytest.mark.parametrize("name", CASES)
def test_python_makes_the_recorded_cells(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert case["fixes"], "a case without a fix shows nothing"
    assert made(case["before"], msgspec.convert(case["fixes"], list[Fix])) == case["after"] != case["before"]


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for title, sources in CASES.items():
        text = json.dumps(record(sources), indent=1, ensure_ascii=False)
        (FOLDER / f"{title}.json").write_text(text + "\n", encoding="utf-8")
