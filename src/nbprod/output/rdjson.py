"""reviewdog's diagnostic format, for comments on pull requests."""

from collections.abc import Iterable, Iterator
from typing import Any

from nbprod.output import Outcome, View
from nbprod.output.json import encode
from nbprod.output.physical import Physical, line_of, shown_path
from nbprod.output.terminal import clean
from nbprod.output.text import said, untold
from nbprod.protocol import Finding, Severity

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the result, a diagnostic a line."""
    yield b'{"source":{"name":"nbprod"},"diagnostics":['
    comma = b""
    for outcome in outcomes:
        for diagnostic in _diagnostics(outcome):
            yield comma + b"\n" + encode(diagnostic)
            comma = b","
    yield b"\n]}\n"


def _diagnostics(outcome: Outcome) -> Iterator[dict[str, Any]]:
    path = shown_path(outcome.report.path)
    for problem in untold(outcome.report):
        severity = "INFO" if problem.stage == "parse" else "ERROR"
        yield {"message": said(problem), "location": {"path": path}, "severity": severity}
    file = Physical(outcome)
    for finding in outcome.report.findings:
        code = {"value": finding.rule}
        if finding.docs is not None and "://" in finding.docs:
            code["url"] = finding.docs
        diagnostic: dict[str, Any] = {
            "message": f"cell {finding.at.cell.index + 1}: {clean(finding.message)}",
            "location": {"path": path, "range": {"start": {"line": line_of(finding.at)}}},
            "severity": _SEVERITIES[finding.severity],
            "code": code,
        }
        suggestions = list(_suggestions(finding, file))
        if suggestions:
            diagnostic["suggestions"] = suggestions
        yield diagnostic


def _suggestions(finding: Finding, file: Physical) -> Iterator[dict[str, Any]]:
    """Yield the fixes that change one stretch of the file: suggestions are alternatives, none has two parts."""
    for fix in finding.fixes:
        pieces = file.replacements(fix)
        if len(pieces) == 1:
            (piece,) = pieces
            start, end = ({"line": place.line, "column": place.byte} for place in (piece.start, piece.end))
            yield {"range": {"start": start, "end": end}, "text": piece.text}
