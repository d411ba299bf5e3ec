"""The formats for programs, held against schemas that others wrote, and against hostile notebooks."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hostile import hostile_outcome

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration
from nbprod.engine.fix import preview
from nbprod.notebook import read_notebook
from nbprod.output import Outcome, View
from nbprod.output.formats import FORMATS, renderer_of
from nbprod.protocol import Problem, Severity

Make = Callable[..., Any]
ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parents[1] / "schemas"
EXAMPLE = ROOT / "examples" / "churn_poc.ipynb"


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def rendered(name: str, *outcomes: Outcome, **view: Any) -> bytes:
    chunks = renderer_of(name).render(outcomes, View(**view))
    return b"".join(
        chunk if isinstance(chunk, bytes) else chunk.encode("utf-8", "backslashreplace") for chunk in chunks
    )


def checked(name: str, path: Path = EXAMPLE) -> Outcome:
    needs = FORMATS[name]
    return Checker(Configuration(known_rules()), edits=needs.edits, lines=needs.lines).check_file(path)


def outcomes_for(name: str, draft: Make) -> dict[str, list[Outcome]]:
    """Runs of every kind: over nothing, a clean notebook, a real one, one that is no notebook, a hostile one."""
    empty = Problem(path="b.ipynb", stage="read", message="the file is empty")
    unread = draft().outcome(path="b.ipynb", problems=(empty,))
    return {
        "nothing": [],
        "clean": [draft("x = 1").outcome()],
        "real": [checked(name)],
        "unread": [
            unread,
            draft("x <- 1").outcome(skipped="kernel language R"),
        ],
        "hostile": [hostile_outcome(draft)],
    }


@pytest.fixture(params=["nothing", "clean", "real", "unread", "hostile"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_sarif_is_what_its_schema_asks_for(draft: Make, kind: str) -> None:
    log = json.loads(rendered("sarif", *outcomes_for("sarif", draft)[kind]))
    checker = jsonschema.FormatChecker()
    jsonschema.Draft4Validator(schema("sarif-2.1.0.json"), format_checker=checker).validate(log)
    (run,) = log["runs"]
    assert run["invocations"][0]["executionSuccessful"] is (kind != "hostile")
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_names_the_cell_the_line_of_the_file_and_the_rule() -> None:
    (run,) = json.loads(rendered("sarif", checked("sarif")))["runs"]
    result = next(result for result in run["results"] if result["ruleId"] == "hard-coded-path")
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    line = EXAMPLE.read_text(encoding="utf-8").splitlines()[physical["region"]["startLine"] - 1]
    assert "/home/maya/projects" in line
    assert location["logicalLocations"][0]["name"] == "cell 5"
    assert (ROOT / unquote(physical["artifactLocation"]["uri"].removeprefix("file://"))).samefile(EXAMPLE)
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["help"]["markdown"].startswith("# hard-coded-path")
    assert result["partialFingerprints"]["nbprod/v1"]


@pytest.mark.parametrize("indent", [1, None])
def test_a_fix_in_sarif_gives_the_file_that_our_own_gives(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "é 1.ipynb"
    notebook = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    notebook["cells"][4]["source"] = ["note = 'żółć 😀'; " + "".join(notebook["cells"][4]["source"])]
    path.write_text(json.dumps(notebook, indent=indent, ensure_ascii=False), encoding="utf-8")
    outcome = checked("sarif", path)
    (run,) = json.loads(rendered("sarif", outcome))["runs"]
    ours = [preview(read_notebook(path), fix)[0].raw for finding in outcome.report.findings for fix in finding.fixes]
    theirs = [
        applied(path.read_text(encoding="utf-8"), fix["artifactChanges"][0]["replacements"]).encode()
        for result in run["results"]
        for fix in result.get("fixes", ())
    ]
    assert theirs == ours
    assert len(ours) > 15


def applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """A text with the replacements of a SARIF fix; they refer to it as it was."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for piece in reversed(replacements):
        region = piece["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + piece["insertedContent"]["text"] + text[end:]
    return text


def test_a_fix_is_left_out_when_the_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(EXAMPLE.read_bytes())
    outcome = checked("sarif", path)
    path.write_bytes(EXAMPLE.read_bytes().replace(b"read_csv", b"read_tsv"))
    (run,) = json.loads(rendered("sarif", outcome))["runs"]
    assert not any("fixes" in result for result in run["results"])


def test_junit_is_what_its_schema_asks_for(draft: Make, kind: str) -> None:
    document = rendered("junit", *outcomes_for("junit", draft)[kind])
    xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd")).validate(io.BytesIO(document))
    for suite in ET.fromstring(document):
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases) > 0
        for tag in ("failure", "error"):
            assert int(suite.attrib[f"{tag}s"]) == len(suite.findall(f"testcase/{tag}"))


def test_junit_fails_for_what_is_shown(draft: Make) -> None:
    nb = draft("x = 1")
    outcome = nb.outcome(nb.found("x", severity=Severity.INFO))
    assert b"<failure" not in rendered("junit", outcome)
    assert b"<failure" in rendered("junit", outcome, show=Severity.INFO)


def test_gitlab_is_what_its_schema_asks_for(draft: Make, kind: str) -> None:
    entries = json.loads(rendered("gitlab", *outcomes_for("gitlab", draft)[kind]))
    for entry in entries:
        jsonschema.validate(entry, schema("gitlab-code-quality.json"))
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
    prints = [entry["fingerprint"] for entry in entries]
    assert len(set(prints)) == len(prints)
    assert bool(entries) is (kind in {"real", "unread", "hostile"})


def test_equal_findings_are_two_to_gitlab(draft: Make) -> None:
    nb = draft("x = 1\nx = 1")
    entries = json.loads(rendered("gitlab", nb.outcome(nb.found("x"), nb.found("x"))))
    assert entries[0]["fingerprint"] != entries[1]["fingerprint"]


def test_rdjson_is_what_its_schema_asks_for(draft: Make, kind: str) -> None:
    result = json.loads(rendered("rdjson", *outcomes_for("rdjson", draft)[kind]))
    jsonschema.validate(result, schema("rdjson.json"))
    if kind == "real":
        raw = EXAMPLE.read_bytes().split(b"\n")
        suggestion = next(item for item in result["diagnostics"] if item.get("suggestions"))["suggestions"][0]
        start = suggestion["range"]["start"]
        assert raw[start["line"] - 1][start["column"] - 1 :].startswith(b'"')


def test_jsonl_is_a_report_a_line(draft: Make, kind: str) -> None:
    outcomes = outcomes_for("jsonl", draft)[kind]
    lines = rendered("jsonl", *outcomes).decode().split("\n")[:-1]
    assert len(lines) == len(outcomes)
    assert all(isinstance(json.loads(line)["findings"], list) for line in lines)


def test_github_annotations(draft: Make) -> None:
    nb = draft("x = 1")
    found = nb.found("x", message="50% of `a,b:c` is gone", severity=Severity.ERROR)
    lines = rendered("github", nb.outcome(found, path="a,b:c.ipynb")).decode().splitlines()
    assert lines == [
        "::error file=a%2Cb%3Ac.ipynb,line=1,title=a-rule::cell 1: 50%25 of `a,b:c` is gone",
        "Found 1 error in 1 notebook.",
    ]


def test_github_gets_as_many_annotations_as_it_shows(draft: Make) -> None:
    nb = draft("x = 1")
    many = [nb.found("x") for _ in range(12)] + [nb.found("x", severity=Severity.ERROR)]
    lines = rendered("github", nb.outcome(*many)).decode().splitlines()
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert sum(line.startswith("::error") for line in lines) == 1
    assert lines[-1].startswith("2 more not annotated")


@pytest.mark.parametrize("name", ["github", "azure"])
def test_only_we_give_commands_to_a_runner(draft: Make, name: str) -> None:
    text = rendered(name, hostile_outcome(draft)).decode()
    ours = "::" if name == "github" else "##vso[task.logissue "
    commands = [line for line in text.splitlines() if line.lstrip().startswith(("::", "##"))]
    assert len(commands) == 3
    assert all(line.startswith(ours) for line in commands)
    assert text.count("##vso[") == (3 if name == "azure" else 0)
    assert "##[" not in text
    end, comma = ("::", ",") if name == "github" else ("]", ";")
    properties = [line[2:].partition(end)[0].partition(" ")[2].split(comma) for line in commands]
    assert {tuple(pair.partition("=")[0] for pair in pairs if pair) for pairs in properties} <= {
        ("file",),
        ("file", "line", "title"),
        ("type", "sourcepath"),
        ("type", "sourcepath", "linenumber", "code"),
    }


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"json", "jsonl"}))
def test_no_format_lets_a_notebook_act_on_a_terminal(draft: Make, name: str) -> None:
    text = rendered(name, hostile_outcome(draft)).decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text.replace("\r\n", "\n"))


@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "gitlab", "junit", "github", "azure", "rdjson"])
def test_a_run_over_many_notebooks_holds_one_at_a_time(draft: Make, name: str) -> None:
    nb = draft("x = 1")
    taken: list[int] = []
    told = 0

    def outcomes() -> Any:
        for index in range(5):
            taken.append(index)
            yield nb.outcome(nb.found("x"))

    for chunk in renderer_of(name).render(outcomes(), View()):
        told += len(chunk)
        if len(taken) == 2:
            break
    assert taken == [0, 1]
    assert told
