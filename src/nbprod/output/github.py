"""GitHub annotations: workflow commands in the log of a job, which GitHub draws into the changed files.

    ::error file=churn.ipynb,line=41,title=hard-coded-path::cell 7: `/home/ana/x.csv` exists on one machine

GitHub shows ten of each severity per step and drops the others without a word, so that many are
written, and the last line says what was left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.physical import line_of, shown_path
from nbprod.output.tally import Tally
from nbprod.output.terminal import clean, clean_start
from nbprod.output.text import said, untold
from nbprod.protocol import Severity

SHOWN = 10  # annotations of each severity that GitHub takes from one step
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield annotations, then a line that sums up."""
    tally = Tally()
    seen: Counter[Severity] = Counter()
    for outcome in outcomes:
        report = outcome.report
        tally.add(report)
        if report.skipped is not None:
            yield f"{clean_start(report.path)} was not analysed: {clean(report.skipped)}\n"
        told: list[tuple[Severity, dict[str, str], str]] = [
            (_severity(problem.stage), {}, said(problem)) for problem in untold(report)
        ]
        found = [
            (
                finding.severity,
                {"line": str(line_of(finding.at)), "title": finding.rule},
                f"cell {finding.at.cell.index + 1}: {clean(finding.message)}",
            )
            for finding in report.findings
            if finding.severity.rank >= view.show.rank
        ]
        for severity, details, message in [*told, *found]:
            seen[severity] += 1
            if seen[severity] <= SHOWN:
                yield _annotation(severity, {"file": shown_path(report.path), **details}, message)
    yield f"{next(tally.summary(View(show=view.show)))}\n"
    left = sum(max(count - SHOWN, 0) for count in seen.values())
    if left:
        yield f"{left} more not annotated: GitHub shows {SHOWN} of each severity. Other formats list them all.\n"


def _severity(stage: str) -> Severity:
    return Severity.INFO if stage == "parse" else Severity.ERROR


def _annotation(severity: Severity, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={_escaped(clean(value), ':,')}" for name, value in properties.items())
    return f"::{_COMMANDS[severity]} {listed}::{_escaped(message)}\n"


def _escaped(text: str, more: str = "") -> str:
    for char in f"%\r\n{more}":  # "%" first
        text = text.replace(char, f"%{ord(char):02X}")
    return text
