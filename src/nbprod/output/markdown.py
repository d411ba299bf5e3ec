"""A comment for a pull request: what was found by notebook, and the ten worst findings in detail."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from nbprod.output import Outcome, View
from nbprod.output.excerpt import without_secrets
from nbprod.output.tally import Tally, count_of
from nbprod.output.terminal import clean, clean_characters
from nbprod.output.text import inside, said, untold, with_line
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Finding, Report, Severity

DETAILED = 10
_ROWS = 20
_LONGEST_LINE = 160
_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "💡"}
_SPECIAL = lazy_pattern(r"[\\*_\[\]<>~&|$]|^\s*[-+=#]|^\s*\d+[.)]")
_REACHING_OUT = lazy_pattern(r"@|#(?=\d)|(?<=\w)(?=://)|(?<=www)(?=\.)", re.IGNORECASE)  # mentions, issues, links
_TICKS = lazy_pattern("`+")
_NOTHING = "\u200b"  # a blank of no width, which parts what GitHub would link


class _Detail(Struct, frozen=True):
    """A finding that may be told in detail; `rank` is larger for the worse."""

    rank: tuple[int, int]
    path: str
    finding: Finding
    lines: tuple[str, ...]


class _Worst(Struct):
    """Keeps the worst findings of a run, and rows for the notebooks that have the most."""

    details: list[tuple[tuple[int, int], _Detail]] = field(default_factory=list)
    rows: list[tuple[tuple[int, ...], str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    listed: int = 0
    notebooks: int = 0

    def add(self, outcome: Outcome, show: Severity) -> None:
        report = outcome.report
        self.problems += _problems(report)
        found = [finding for finding in report.findings if finding.severity.rank >= show.rank]
        if not found:
            return
        self.notebooks += 1
        sources = without_secrets(outcome.cells, report.findings)
        for finding in found:
            self.listed += 1
            rank = finding.severity.rank, -self.listed  # of two that are as bad, the first
            if len(self.details) < DETAILED or rank > self.details[0][0]:
                entry = rank, _Detail(rank, report.path, finding, _lines(finding, sources))
                keep = heapq.heappush if len(self.details) < DETAILED else heapq.heappushpop
                keep(self.details, entry)
        counts = Counter(finding.severity for finding in found)
        order = tuple(counts[severity] for severity in Severity)
        entry_row = (*order, -self.notebooks), _row(report, counts)
        push = heapq.heappush if len(self.rows) < _ROWS else heapq.heappushpop
        push(self.rows, entry_row)


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield the comment, once all is known; of the notebooks it holds only the worst findings."""
    tally, worst = Tally(), _Worst()
    for outcome in outcomes:
        tally.add(outcome.report)
        worst.add(outcome, view.show)
    summary = next(tally.summary(View(show=view.show)))
    yield f"## nbprod\n\n{prose(summary)}\n"
    if worst.problems:
        shown = worst.problems[:DETAILED]
        yield "\n### Not checked\n\n" + "".join(f"- {problem}\n" for problem in shown)
        if len(worst.problems) > len(shown):
            yield f"- … and {len(worst.problems) - len(shown)} more\n"
    if worst.rows:
        yield "\n| Notebook | Errors | Warnings | Infos | Readiness |\n|---|--:|--:|--:|---|\n"
        yield from (row for _, row in sorted(worst.rows, reverse=True))
        if worst.notebooks > len(worst.rows):
            yield f"\n… and {count_of(worst.notebooks - len(worst.rows), 'notebook')} more.\n"
    details = [detail for _, detail in sorted(worst.details, reverse=True)]
    if worst.listed > len(details):
        yield f"\nThe {len(details)} worst of {worst.listed} findings:\n"
    for detail in details:
        yield f"\n{_told(detail)}"


def prose(text: str) -> str:
    """Text in which nothing is markup but what stands between backticks, and nobody is notified."""
    parts = clean(text).split("`")
    if len(parts) % 2 == 0:
        parts = ["'".join(parts)]
    plain = (_REACHING_OUT.sub(rf"\g<0>{_NOTHING}", _SPECIAL.sub(_escape, part)) for part in parts[::2])
    spans = (code(part) for part in parts[1::2])
    return "".join(piece for pair in zip(plain, [*spans, ""], strict=True) for piece in pair)


def _escape(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\{found[0][-1]}"


def code(text: str) -> str:
    """A code span, whatever the text holds; also inside a table."""
    fence = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    pad = " " if "`" in text or text != text.strip() or not text else ""
    return f"{fence}{pad}{clean(text)}{pad}{fence}".replace("|", "\\|")


def _problems(report: Report) -> Iterator[str]:
    if report.skipped is not None:
        yield f"{code(report.path)}: {prose(report.skipped)}"
    for problem in untold(report):
        yield f"{code(report.path)}: {prose(said(problem))}"


def _row(report: Report, counts: Counter[Severity]) -> str:
    numbers = " | ".join(str(counts[severity] or "") for severity in Severity)
    scores = report.scores
    ready = "" if scores is None or scores.headline is None else f"{scores.headline} of 100, level {scores.level}"
    return f"| {code(report.path)} | {numbers} | {ready} |\n"


def _lines(finding: Finding, sources: Iterable[str]) -> tuple[str, ...]:
    """The line that a finding is about, cut to a readable length."""
    cells = list(sources)
    if finding.absence or finding.at.output is not None or finding.at.cell.index >= len(cells):
        return ()
    line = (cells[finding.at.cell.index].splitlines() or [""])[finding.at.line - 1 : finding.at.line]
    return tuple("".join(clean_characters(text[:_LONGEST_LINE])) for text in line)


def _told(detail: _Detail) -> str:
    finding = detail.finding
    place = f"{code(with_line(detail.path, finding.at))}, {inside(finding.at)}"
    head = f"{_SIGNS[finding.severity]} **{finding.severity.value}** {code(finding.rule)} in {place}\n\n"
    text = head + prose(finding.message) + "\n"
    if detail.lines:
        longest = max((len(run) for line in detail.lines for run in _TICKS.findall(line)), default=0)
        fence = "`" * max(longest + 1, 3)
        text += f"\n{fence}python\n" + "\n".join(detail.lines) + f"\n{fence}\n"
    helps = [f"{prose(fix.title)} ({fix.safety.value} fix)" for fix in finding.fixes]
    return text + ("\n" + "".join(f"- {help_}\n" for help_ in helps) if helps else "")
