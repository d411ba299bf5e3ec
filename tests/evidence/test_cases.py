"""Notebooks of ours that run: what a rule says of them without a kernel, and what it says when it can ask one.

A page in `cases/` is named after its rule. It holds groups of fences: `nb` with the cells (in the form that
`nbprod.kit.testing` reads), `static` and `live` with the messages, one a line, and `fixed` with what the live finding's
fix makes of the notebook; `live warning` also gives the severity in production, `fixed unsafe` the safety.
`<version of pandas>` stands for what is installed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from nbprod import registry
from nbprod.kit.testing import MakeWitness, executed_by, findings, notebook_from, text_from, with_versions
from nbprod.notebook import parse_notebook, splice

FENCE = re.compile(r"^```(nb|static|live|fixed)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Case(Struct, frozen=True):
    rule: str
    cells: str
    static: list[str]
    live: list[str]
    words: list[str]
    fixed: dict[str, str]


def cases() -> Iterator[Case]:
    for page in sorted((Path(__file__).parent / "cases").glob("*.md")):
        case: Case | None = None
        for kind, words, text in FENCE.findall(with_versions(page.read_text(encoding="utf-8"))):
            if kind == "nb":
                if case is not None:
                    yield case
                case = Case(page.stem, text.rstrip("\n"), [], [], [], {})
            assert case is not None, f"{page.name}: cells come first"
            if kind == "fixed":
                case.fixed[words.strip()] = text.rstrip("\n")
            elif kind in {"static", "live"}:
                getattr(case, kind).extend(text.splitlines())
                case.words.extend(words.split())
        if case is not None:
            yield case


CASES = list(cases())


@pytest.mark.filterwarnings("ignore")  # of what the cells do
@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{index}" for index, case in enumerate(CASES)])
def test_a_kernel_makes_the_difference(case: Case, make_witness: MakeWitness) -> None:
    assert case.static != case.live, "the case shows no difference"
    rule = registry.all_rules()[case.rule]
    assert [finding.message for finding in findings(rule, notebook_from(case.cells))] == case.static
    notebook = notebook_from(case.cells)
    found = findings(rule, notebook, witness=make_witness(executed_by(case.cells)))
    assert [finding.message for finding in found] == case.live
    assert all(finding.live for finding in found if finding.message not in case.static)
    assert not case.words or [finding.severity.value for finding in found] == case.words
    for safety, expected in case.fixed.items():
        [edits] = [fix.edits for fix in found[0].fixes if fix.safety == safety]
        assert text_from(parse_notebook(splice(notebook, edits), notebook.path)) == expected
