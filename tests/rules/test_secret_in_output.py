"""What examples can't show of secret-in-output: kinds of output, the allow-list, that nothing gives the secret away."""

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.engine.fix import fix_notebook
from nbprod.live import LiveNotebook
from nbprod.notebook import Notebook, parse_notebook
from nbprod.protocol import Finding, Safety
from nbprod.rules.trust.secret_in_output import SecretInOutput

SECRET = "k7Vt" + "2q9xW3nB"
COLOURED = f"postgresql://me:{SECRET[:4]}\x1b[1m{SECRET[4:]}\x1b[0m@db.shop.internal/x"
ADDRESS = f"postgresql://me:{SECRET}@db.shop.internal/x"
STREAM = {"output_type": "stream", "name": "stdout", "text": f"first\nto {ADDRESS}\n"}


def notebook(*outputs: Any, **metadata: Any) -> Notebook:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": list(outputs), "source": "run()"}
    written = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return parse_notebook(json.dumps(written).encode(), "nb.ipynb")


def found(checked: Notebook, *, edits: bool = True, **options: Any) -> list[Finding]:
    settings = Settings(rules={}, rule_options={SecretInOutput.name: options} if options else {})
    result = check_notebook(checked, [SecretInOutput], settings, edits=edits)
    assert not result.problems
    return list(result.findings)


@pytest.mark.parametrize(
    "output",
    [
        STREAM,
        {**STREAM, "text": ["first\n", f"to {ADDRESS}\n"]},
        {"output_type": "execute_result", "data": {"text/plain": [f"'{ADDRESS}'"]}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/html": f"<b>{ADDRESS}</b>"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": f"no route to {ADDRESS}", "traceback": []},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a", f"\x1b[0;32m{ADDRESS}\x1b[0m"]},
        {
            "output_type": "error",
            "ename": "E",
            "evalue": "",
            "traceback": [COLOURED],
        },
        {**STREAM, "text": "x" * 3_000_000 + f"\nto {ADDRESS}\n"},
    ],
)
def test_it_is_found_in_every_kind_of_text(output: dict[str, Any]) -> None:
    (finding,) = found(notebook({"output_type": "stream", "name": "stdout", "text": "x"}, output))
    assert finding.at.output == 1
    assert finding.at.file_line is None


def test_its_place_is_that_in_the_text_of_the_output() -> None:
    (finding,) = found(notebook(STREAM))
    text = STREAM["text"]
    assert text[finding.at.start : finding.at.end] == SECRET
    assert (finding.at.line, finding.at.column) == (2, 1 + text.splitlines()[1].index(SECRET))


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data", "data": {"image/png": ADDRESS, "text/plain": "<Figure>"}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": 7},
        {"output_type": "error", "ename": "E", "evalue": None, "traceback": [1, None]},
    ],
)
def test_pictures_and_strange_outputs_are_passed_over(output: Any) -> None:
    assert found(notebook(output)) == []


def test_one_strange_output_does_not_hide_the_others() -> None:
    assert len(found(notebook("no output at all", {"text": {}, "data": 3}, STREAM))) == 1


def test_no_part_of_a_finding_gives_more_than_four_characters_away() -> None:
    sent = msgspec.json.encode(found(notebook(STREAM))).decode()
    assert not any(SECRET[start : start + 5] in sent for start in range(len(SECRET) - 4))


def test_a_value_can_be_allowed_by_its_hash() -> None:
    digest = sha256(SECRET.encode()).hexdigest()
    assert found(notebook(STREAM, nbprod={"secret-allow": [digest]})) == []
    assert found(notebook(STREAM), allow=[digest.upper()]) == []
    assert len(found(notebook(STREAM), allow=["0" * 64])) == 1


def test_fixing_clears_the_outputs_of_the_cell() -> None:
    allow = frozenset({Safety.SAFE, Safety.UNSAFE})
    fixed = fix_notebook(notebook(STREAM), [SecretInOutput], Settings(rules={}), allow=allow)
    assert json.loads(fixed.data)["cells"][0]["outputs"] == []
    assert fixed.left == []


def test_it_is_found_while_the_notebook_is_edited() -> None:
    cell = {"id": "a", "type": "code", "revision": 1, "source": "run()", "outputs": [STREAM]}
    request = {"kind": "analyse", "revision": 1, "path": "nb.ipynb", "order": ["a"], "changed": [cell]}
    answer = LiveNotebook("server").answer(request)
    found_live = [item for item in answer["report"]["findings"] if item["rule"] == SecretInOutput.name]
    assert [item["at"]["output"] for item in found_live] == [0]
    assert [edit["kind"] for edit in found_live[0]["fixes"][0]["edits"]] == ["clearOutputs"]
