"""What examples can't show of hard-coded-secret: the allow-list, and that no finding gives the secret away."""

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.notebook import Notebook, parse_notebook, splice
from nbprod.protocol import Finding
from nbprod.rules.trust.hard_coded_secret import HardCodedSecret

SECRET = "k7Vt" + "2q9xW3nB"
SOURCE = f'import os\nos.getenv("DB_PASSWORD", "{SECRET}")\nconnect("postgresql://me:{SECRET}@db.shop.internal/x")'
DIGEST = sha256(SECRET.encode()).hexdigest()


def notebook(source: str = SOURCE, **metadata: Any) -> Notebook:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
    written = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return parse_notebook(json.dumps(written).encode(), "nb.ipynb")


def found(checked: Notebook, *, edits: bool = True, **options: Any) -> list[Finding]:
    settings = Settings(rules={}, rule_options={HardCodedSecret.name: options} if options else {})
    result = check_notebook(checked, [HardCodedSecret], settings, edits=edits)
    assert not result.problems
    return list(result.findings)


def test_no_part_of_a_finding_gives_more_than_four_characters_away() -> None:
    findings = found(notebook())
    assert len(findings) == 2
    sent = msgspec.json.encode(findings).decode()
    assert not any(SECRET[start : start + 5] in sent for start in range(len(SECRET) - 4))
    assert DIGEST not in sent  # a short password is soon found by its hash


@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper()])
def test_a_value_is_allowed_by_its_hash_in_the_notebook(digest: str) -> None:
    assert found(notebook(nbprod={"secret-allow": [digest]})) == []


def test_a_value_is_allowed_by_its_hash_in_the_settings() -> None:
    assert found(notebook(), allow=[DIGEST]) == []


def test_the_next_secret_is_still_found() -> None:
    source = f'{SOURCE}\npassword = "{SECRET[::-1]}"'
    assert [finding.at.line for finding in found(notebook(source, nbprod={"secret-allow": [DIGEST]}))] == [4]


@pytest.mark.parametrize("own", [{"secret-allow": DIGEST}, {"secret-allow": [7, None]}, {"secret-allow": {}}, [], "x"])
def test_an_allow_list_that_makes_no_sense_allows_nothing(own: object) -> None:
    assert len(found(notebook(nbprod=own))) == 2


def test_every_cell_is_searched_whatever_it_holds() -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": f"see `postgresql://me:{SECRET}@db.shop.internal/x`"},
        {"cell_type": "raw", "metadata": {}, "source": f"amqps://me:{SECRET}@mq.shop.internal"},
        {"cell_type": "code", "execution_count": None, "metadata": {"tags": ["nbprod-skip"]}, "outputs": [],
         "source": f"password = '{SECRET}'"},
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
         "source": f"if password = '{SECRET}'"},
    ]  # fmt: skip
    written = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    checked = parse_notebook(json.dumps(written).encode(), "nb.ipynb")
    result = check_notebook(checked, [HardCodedSecret], Settings(rules={}), edits=True)
    secrets = [finding for finding in result.findings if finding.rule == HardCodedSecret.name]
    assert [finding.at.cell.index for finding in secrets] == [0, 1, 2, 3]


def test_what_stands_around_a_secret_in_its_string_is_kept() -> None:
    token = SECRET + "Lm5pQ8rS"
    checked = notebook(f'import os\nget(url, headers={{"Authorization": "Bearer {token}"}})')
    (finding,) = found(checked)
    (fix,) = finding.fixes
    (cell,) = parse_notebook(splice(checked, fix.edits), "nb.ipynb").cells
    assert cell.source.endswith("""headers={"Authorization": f"Bearer {os.environ['TOKEN']}"})""")
