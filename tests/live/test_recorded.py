"""Fixes that were recorded for the front end: both sides make the same notebook of them.

To record them anew: python tests/live/test_recorded.py
"""

import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

import nbprod
from nbprod.kit.edit.merge import combine_fitting
from nbprod.notebook import parse_notebook
from nbprod.notebook.splicing import splice
from nbprod.protocol import (
    CellRef,
    ClearOutputs,
    DeleteCell,
    Edit,
    Fix,
    InsertCell,
    ReplaceText,
    Safety,
    SetMetadata,
    Span,
)

FOLDER = Path(__file__).parents[1] / "data" / "fixes"

BY_RULES = {
    "timeout": ["http-without-timeout", 'import requests\nr = requests.get("https://example.com/a")'],
    "emoji": [
        "http-without-timeout",
        'import requests; s = "😀語 é"; requests.get("https://example.com/😀", params={"q": "語"})',
    ],
    "two-cells": [
        "http-without-timeout",
        "import requests",
        'requests.get("https://example.com")',
        'requests.post("https://example.org")',
    ],
    "unused-ignores": [
        "unused-ignore",
        "x = 1  # nbprod: ignore[http-without-timeout] -- 語",
        "y = 2  # nbprod: ignore -- 😀",
    ],
    "imports": [
        "hard-coded-secret",
        "import requests",
        'key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"',
        'token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"',
    ],
    "parameters": [
        "hard-coded-path",
        "import pandas as pd",
        'a = pd.read_csv("/home/anna/sales/2021.csv")',
        'b = pd.read_csv("/home/anna/shops.csv")',
    ],
}
"""The rule whose fixes are taken together, and the cells."""

PRINTED = nbformat.v4.new_output("stream", text="語 1\n")
CELLS = [
    nbformat.v4.new_markdown_cell("# 😀", id="cell-0"),
    nbformat.v4.new_code_cell("x = 1", id="cell-1", outputs=[PRINTED], execution_count=3),
    nbformat.v4.new_code_cell("y = 2", id="cell-2", metadata={"tags": ["keep"]}),
]
"""The notebook that is edited by each kind of edit."""


def text(cell: int, start: int, end: int, new: str) -> ReplaceText:
    at = {"start": start, "end": end, "line": 1, "column": start + 1, "end_line": 1, "end_column": end + 1}
    return ReplaceText(span=Span(cell=ref(cell), **at), text=new)


def ref(index: int) -> CellRef:
    return CellRef(index=index, id=f"cell-{index}")


def new(before: int, source: str, *tags: str) -> InsertCell:
    return InsertCell(before=before, cell_type="code", source=source, tags=tags)


BY_HAND: dict[str, list[Edit]] = {
    "kind-text": [text(1, 0, 1, "語"), text(1, 5, 5, "0"), text(0, 2, 3, "😀😀")],
    "kind-insert": [new(0, "import os"), new(2, "a = 1"), new(2, "f()", "b"), new(3, "end")],
    "kind-delete": [DeleteCell(cell=ref(1))],
    "kind-insert-and-delete": [DeleteCell(cell=ref(0)), new(0, "import os"), new(1, "a = 1"), DeleteCell(cell=ref(2))],
    "kind-outputs": [ClearOutputs(cell=ref(1)), text(1, 4, 5, "2")],
    "kind-cell-metadata": [
        SetMetadata(cell=ref(2), path=("tags",), value=["keep", "raises-exception"]),
        SetMetadata(cell=ref(1), path=("nbprod", "note"), value="語"),
    ],
    "kind-notebook-metadata": [
        SetMetadata(cell=None, path=("nbprod", "owner"), value="anna@example.org"),
        SetMetadata(cell=None, path=("nbprod", "ignore"), value={"a-rule": "why"}),
        SetMetadata(cell=None, path=("title",), value="語"),
    ],
    "kind-all": [
        text(2, 0, 1, "z"),
        new(3, "print(z)", "last"),
        DeleteCell(cell=ref(0)),
        ClearOutputs(cell=ref(1)),
        SetMetadata(cell=ref(1), path=("tags",), value=["first"]),
        SetMetadata(cell=None, path=("nbprod", "owner"), value="anna@example.org"),
    ],
}
"""Every kind of edit."""


def notebook(cells: Sequence[Any]) -> bytes:
    return nbformat.writes(nbformat.v4.new_notebook(cells=deepcopy(cells))).encode()


def code(*sources: str) -> list[Any]:
    return [nbformat.v4.new_code_cell(source, id=f"cell-{index}") for index, source in enumerate(sources)]


def found(rule: str, data: bytes) -> list[Fix]:
    findings = nbprod.check(data, profile="production").findings
    return [finding.fixes[0] for finding in findings if finding.fixes and finding.rule == rule]


def record(data: bytes, fixes: list[Fix]) -> dict[str, Any]:
    edits, taken = combine_fitting([fix.edits for fix in fixes])
    after = json.loads(splice(parse_notebook(data, "a.ipynb"), edits))
    plain = msgspec.to_builtins({"fixes": fixes, "edits": edits, "taken": taken})
    return {"before": plain_sources(json.loads(data)), **plain, "after": plain_sources(after)}


def plain_sources(document: dict[str, Any]) -> dict[str, Any]:
    """The notebook with texts as the front end holds them."""
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"])
        for output in cell.get("outputs", ()):
            output["text"] = "".join(output["text"])
    return document


def recorded() -> dict[str, dict[str, Any]]:
    cases = {name: (notebook(code(*cells)), rule) for name, (rule, *cells) in BY_RULES.items()}
    by_rules = {name: record(data, found(rule, data)) for name, (data, rule) in cases.items()}
    fix = lambda edits: Fix(title="by hand", safety=Safety.SAFE, edits=tuple(edits))  # noqa: E731
    return by_rules | {name: record(notebook(CELLS), [fix(edits)]) for name, edits in BY_HAND.items()}


@pytest.mark.parametrize("name", [*BY_RULES, *BY_HAND])
def test_python_makes_the_recorded_notebook(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert case["fixes"], "a case without a fix shows nothing"
    again = record(json.dumps(case["before"]).encode(), msgspec.convert(case["fixes"], list[Fix]))
    assert json.loads(json.dumps(again)) == case
    assert case["after"] != case["before"]


def test_nothing_else_is_recorded() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {*BY_RULES, *BY_HAND}


def test_what_is_put_together_repeats_no_import() -> None:
    case = json.loads((FOLDER / "imports.json").read_text(encoding="utf-8"))
    assert len(case["taken"]) == len(case["fixes"]) > 1
    assert "\n".join(cell["source"] for cell in case["after"]["cells"]).count("import os") == 1


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for title, case in recorded().items():
        (FOLDER / f"{title}.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
