"""What GitHub's code scanning asks of a SARIF file besides its schema.

From "SARIF support for code scanning" in GitHub's documentation, whose table of limits rejects a whole file.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_machines import ROOT, checked, outcomes_for, rendered

from nbprod.output import Outcome

Make = Callable[..., Any]
KINDS = ("nothing", "clean", "real", "unread", "hostile")
MOST_RUNS, MOST_RESULTS, MOST_BYTES = 20, 25_000, 10_000_000
MOST_TAGS, MOST_LOCATIONS, LONGEST_TEXT = 10, 10, 1024
LEVELS = {"note", "warning", "error"}


def log_of(*outcomes: Outcome) -> Any:
    return json.loads(rendered("sarif", *outcomes))


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_and_its_rules_have_what_is_required(draft: Make, kind: str) -> None:
    log = log_of(*outcomes_for("sarif", draft)[kind])
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert log["version"] == "2.1.0"
    assert 1 <= len(log["runs"]) <= MOST_RUNS
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["name"] == "nbprod"
    for rule in driver["rules"]:
        texts = [rule[name]["text"] for name in ("shortDescription", "fullDescription")]
        assert all(0 < len(text) <= LONGEST_TEXT for text in texts)
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert rule["properties"]["precision"] in {"low", "medium", "high", "very-high"}
        assert rule["properties"]["problem.severity"] in {"recommendation", "warning", "error"}
        assert len(rule["properties"]["tags"]) <= MOST_TAGS


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_has_what_is_required(draft: Make, kind: str) -> None:
    (run,) = log_of(*outcomes_for("sarif", draft)[kind])["runs"]
    assert bool(run["results"]) is (kind in {"real", "hostile"})
    for result in run["results"]:
        assert result["message"]["text"].strip()
        assert result["level"] in LEVELS
        assert 1 <= len(result["locations"]) <= MOST_LOCATIONS
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"]
        assert all(result["partialFingerprints"].values())


def test_github_works_out_the_hash_of_the_line_itself() -> None:
    """Its upload warns of each result that brings one of its own making."""
    (run,) = log_of(checked("sarif"))["runs"]
    names = {name for result in run["results"] for name in result["partialFingerprints"]}
    assert names == {"nbprod/v1"}


def test_paths_are_seen_from_the_root_of_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for path in (Path("examples/churn_poc.ipynb"), ROOT / "examples" / "churn_poc.ipynb"):
        (run,) = log_of(checked("sarif", path))["runs"]
        places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
        assert {place["uri"] for place in places} == {"examples/churn_poc.ipynb"}
        assert {place["uriBaseId"] for place in places} == {"%SRCROOT%"}


def test_as_many_results_as_github_takes_are_small_enough_for_it() -> None:
    (run,) = log_of(checked("sarif"))["runs"]
    packed = gzip.compress(json.dumps(run["results"]).encode())
    assert len(packed) / len(run["results"]) * MOST_RESULTS < MOST_BYTES
