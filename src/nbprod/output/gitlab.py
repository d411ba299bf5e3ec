"""GitLab Code Quality: one entry per finding, with the physical line of the .ipynb file."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from nbprod.engine.fingerprint import fingerprint
from nbprod.output import Outcome, View
from nbprod.output.json import encode
from nbprod.output.physical import line_of, shown_path
from nbprod.output.terminal import clean
from nbprod.output.text import said, untold
from nbprod.protocol import Report, Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the array, an entry a line."""
    opening = b"["
    for outcome in outcomes:
        for entry in _entries(outcome.report):
            yield opening + b"\n" + encode(entry)
            opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def _entries(report: Report) -> Iterator[dict[str, Any]]:
    """Yield entries whose fingerprints differ, as GitLab asks: equal findings are numbered."""
    path = shown_path(report.path)
    seen: Counter[str] = Counter()
    for problem in untold(report):
        severity = "info" if problem.stage == "parse" else "blocker"
        yield _entry(path, f"not-checked-{problem.stage}", said(problem), severity, 1, said(problem))
    for finding in report.findings:
        number = seen[finding.fingerprint]
        seen[finding.fingerprint] += 1
        text = f"cell {finding.at.cell.index + 1}: {clean(finding.message)}"
        severity = _SEVERITIES[finding.severity]
        yield _entry(path, finding.rule, text, severity, line_of(finding.at), f"{finding.fingerprint} {number}")


def _entry(path: str, check: str, text: str, severity: str, line: int, identity: str) -> dict[str, Any]:
    return {
        "description": text,
        "check_name": check,
        "fingerprint": fingerprint(check, f"{path}\0{identity}"),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }
