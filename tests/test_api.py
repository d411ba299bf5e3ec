"""The public API."""

import json
from pathlib import Path
from typing import Any

import pytest

import nbprod
from nbprod.errors import UsageError
from nbprod.protocol import Profile, Report, Severity

CELLS = ["import os", "x = = 1"]


def notebook(**metadata: Any) -> bytes:
    cells = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None} for text in CELLS
    ]
    known = {"kernelspec": {"name": "python3", "language": "python"}, **metadata}
    return json.dumps({"cells": cells, "metadata": known, "nbformat": 4, "nbformat_minor": 4}).encode()


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook())
    report = nbprod.check(path)
    assert isinstance(report, nbprod.Report)
    assert (report.path, report.profile, report.config) == (str(path), Profile.PRODUCTION, None)
    assert [(finding.rule, finding.at.cell.index) for finding in report.findings] == [("cell-not-analysable", 1)]
    assert report.scores is not None
    assert nbprod.check(str(path)) == report


def test_bytes_and_the_configuration_beside_their_name(tmp_path: Path) -> None:
    (tmp_path / "nbprod.toml").write_text('profile = "explore"')
    report = nbprod.check(notebook(), path=tmp_path / "a.ipynb")
    assert report.config == str(tmp_path / "nbprod.toml")
    assert [finding.severity for finding in report.findings] == [Severity.INFO]
    assert nbprod.check(notebook(), path=tmp_path / "a.ipynb", profile="production").profile is Profile.PRODUCTION


def test_what_cannot_be_read_is_a_problem_of_the_report(tmp_path: Path) -> None:
    report: Report = nbprod.check(tmp_path / "gone.ipynb")
    assert [(problem.stage, problem.path) for problem in report.problems] == [("read", str(tmp_path / "gone.ipynb"))]
    assert report.scores is None


def test_what_is_ignored_is_listed() -> None:
    report = nbprod.check(notebook(), ignore=["cell-not-analysable"])
    assert [(item.finding.rule, item.by, item.reason) for item in report.suppressed] == [
        ("cell-not-analysable", "config", "--ignore")
    ]
    assert report.findings == ()


@pytest.mark.parametrize(
    "wrong", [{"profile": "prod"}, {"select": ["no-such-rule"]}, {"ignore": ["hard-coded-secret"]}]
)
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        nbprod.check(notebook(), **wrong)


def test_another_language_is_told_not_analysed() -> None:
    report = nbprod.check(notebook(kernelspec={"name": "ir", "language": "R"}))
    assert report.skipped is not None
    assert (report.findings, report.scores) == ((), None)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        nbprod.chekc  # noqa: B018


@pytest.mark.parametrize(
    "where", ["nbprod.api.parse_notebook", "nbprod.engine.check.check_notebook", "nbprod.engine.check.SemanticModel"]
)
def test_a_notebook_that_needs_too_much_memory_is_a_problem(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def greedy(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(where, greedy)
    (problem,) = nbprod.check(notebook()).problems
    assert (problem.stage, problem.message) == ("model", "checking it takes more memory than there is")
