"""SARIF 2.1.0, which code scanning and many viewers read.

A place is the physical line of the .ipynb file, with the cell as its logical location. Results are
written as they come; the rules they name follow after them, which JSON allows.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbprod import __version__
from nbprod.output import Outcome, View
from nbprod.output.json import encode
from nbprod.output.pages import Page, all_pages, markdown_of
from nbprod.output.physical import Physical, line_of, shown_path, uri_of
from nbprod.output.terminal import clean
from nbprod.output.text import inside, said, untold
from nbprod.protocol import Finding, Fix, Problem, Severity, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_URGENCIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the log: one run with a result per finding, and a notification per problem."""
    rules: dict[str, Finding] = {}
    problems: list[Problem] = []
    yield b'{"$schema":' + encode(SCHEMA) + b',"version":"2.1.0","runs":[{"columnKind":"unicodeCodePoints","results":['
    comma = b""
    for outcome in outcomes:
        problems.extend(untold(outcome.report))
        file = Physical(outcome)
        for finding in outcome.report.findings:
            rules.setdefault(finding.rule, finding)
            index = list(rules).index(finding.rule)
            yield comma + b"\n" + encode(_result(outcome.report.path, finding, index, file))
            comma = b","
    pages = all_pages()
    driver = {"name": "nbprod", "version": __version__, "semanticVersion": __version__}
    tool = {"driver": {**driver, "rules": [_rule(finding, pages) for finding in rules.values()]}}
    ok = all(problem.stage in {"parse", "read", "settings"} for problem in problems)
    invocation: dict[str, Any] = {"executionSuccessful": ok}
    if problems:
        invocation["toolExecutionNotifications"] = [_notification(problem) for problem in problems]
    yield b'\n],"tool":' + encode(tool) + b',"invocations":[' + encode(invocation) + b"]}]}\n"


def _rule(finding: Finding, pages: Mapping[str, Page]) -> dict[str, Any]:
    """What is known of a rule; of one that is not installed any more, its name: GitHub asks for all of the texts."""
    properties: dict[str, Any] = {"precision": finding.confidence.value}
    properties["problem.severity"] = _URGENCIES[finding.production_severity]
    properties["tags"] = ["notebook", *([finding.dimension.value] if finding.dimension is not None else [])]
    level = _LEVELS[finding.production_severity]
    page = pages.get(finding.rule)
    summary, text = (finding.rule, finding.rule) if page is None else (page.summary(), markdown_of(page))
    rule = {
        "id": finding.rule,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }
    if finding.docs is not None and "://" in finding.docs:
        rule["helpUri"] = finding.docs
    return rule


def _result(path: str, finding: Finding, index: int, file: Physical) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding.message)},
        "locations": [_location(path, finding.at)],
        "partialFingerprints": {"nbprod/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value, "column": finding.at.column, "line": finding.at.line},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": _message(related.note)}, **_location(path, related.span)}
            for number, related in enumerate(finding.related, start=1)
        ]
    fixes = [fix for fix in (_fix(path, fix, file) for fix in finding.fixes) if fix is not None]
    if fixes:
        result["fixes"] = fixes
    return result


def _location(path: str, span: Span) -> dict[str, Any]:
    cell = f"cell {span.cell.index + 1}"
    logical = {"name": cell, "fullyQualifiedName": f"{clean(shown_path(path))}:{inside(span)}", "kind": "cell"}
    physical = {"artifactLocation": _artifact(path), "region": {"startLine": line_of(span)}}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _artifact(path: str) -> dict[str, str]:
    uri = uri_of(path)
    return {"uri": uri} if uri.startswith("file://") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _fix(path: str, fix: Fix, file: Physical) -> dict[str, Any] | None:
    replacements = [
        {
            "deletedRegion": {
                "startLine": piece.start.line,
                "startColumn": piece.start.column,
                "endLine": piece.end.line,
                "endColumn": piece.end.column,
            },
            "insertedContent": {"text": piece.text},
        }
        for piece in file.replacements(fix)
    ]
    if not replacements:
        return None
    change = {"artifactLocation": _artifact(path), "replacements": replacements}
    return {"description": {"text": f"{_message(fix.title)} ({fix.safety.value})"}, "artifactChanges": [change]}


def _notification(problem: Problem) -> dict[str, Any]:
    cell = "" if problem.cell is None else f"cell {problem.cell.index + 1}: "
    return {
        "level": "note" if problem.stage == "parse" else "error",
        "message": {"text": _message(f"{cell}{said(problem)}")},
        "descriptor": {"id": problem.stage},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(problem.path)}}],
    }


def _message(text: str) -> str:
    """Text of ours with names from notebooks in it, which must not become links: `[text](…)`."""
    *before_links, rest = clean(text).split("](")
    parts = (part.rpartition("]") for part in before_links)
    return "](".join([*(before + bracket + label.replace("[", r"\[") for before, bracket, label in parts), rest])
