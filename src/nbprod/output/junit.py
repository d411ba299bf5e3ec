"""JUnit XML: a suite per notebook, and in it a failed test per finding."""

import datetime as dt
from collections.abc import Iterable, Iterator

from msgspec import Struct

from nbprod.output import Outcome, View
from nbprod.output.physical import line_of, shown_path
from nbprod.output.terminal import clean
from nbprod.output.text import inside, said, untold
from nbprod.protocol import Report, Severity

_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;"}


class _Case(Struct, frozen=True):
    """One test: `tag` says how it ended ("" for well)."""

    name: str
    tag: str = ""
    kind: str = ""
    message: str = ""
    body: str = ""


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the document, a suite at a time, as UTF-8. Findings that `view` hides are not failures."""
    now = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for number, outcome in enumerate(outcomes):
        cases = list(_cases(outcome.report, view.show)) or [_Case("nothing found")]
        yield _suite(number, shown_path(outcome.report.path), cases, now).encode()
    yield b"</testsuites>\n"


def _cases(report: Report, show: Severity) -> Iterator[_Case]:
    if report.skipped is not None:
        yield _Case("analysis", "skipped", message=report.skipped)
    for problem in untold(report):
        tag = "skipped" if problem.stage == "parse" else "error"
        yield _Case(problem.stage, tag, problem.stage, said(problem))
    for finding in report.findings:
        if finding.severity.rank >= show.rank:
            where = f"{shown_path(report.path)}:{line_of(finding.at)} ({inside(finding.at)})"
            body = f"{finding.severity.value}[{finding.rule}] {where}\n{finding.message}"
            yield _Case(f"{finding.rule} {inside(finding.at)}", "failure", finding.rule, finding.message, body)


def _suite(number: int, path: str, cases: list[_Case], now: str) -> str:
    count = {tag: sum(case.tag == tag for case in cases) for tag in ("failure", "error", "skipped")}
    failed = f'failures="{count["failure"]}" errors="{count["error"]}" skipped="{count["skipped"]}"'
    name = f'name={_quoted(path)} package="nbprod" id="{number}" hostname="localhost"'
    inner = "".join(_element(case, path) for case in cases)
    start = f'<testsuite {name} timestamp="{now}" tests="{len(cases)}" {failed} time="0"><properties/>'
    return f"{start}\n{inner}<system-out/><system-err/></testsuite>\n"


def _element(case: _Case, path: str) -> str:
    start = f'<testcase classname={_quoted(path)} name={_quoted(case.name)} time="0"'
    if not case.tag:
        return f"{start}/>\n"
    kind = "" if case.tag == "skipped" else f" type={_quoted(case.kind)}"
    return f"{start}><{case.tag}{kind} message={_quoted(case.message)}>{_text(case.body)}</{case.tag}></testcase>\n"


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    """Text for XML, which cannot hold control characters even when escaped."""
    lines = "\n".join(clean(line) for line in text.split("\n"))
    return "".join(_SPECIAL.get(char, char) for char in lines)
