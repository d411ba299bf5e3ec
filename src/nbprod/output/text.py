"""The full form for people: each finding with its line of source, as compilers do.

    warning[http-without-timeout][*]: `requests.get` waits for ever when the server hangs
     --> churn.ipynb:cell 7:3:12
      |
    3 | reply = requests.get(URL)
      |         ^^^^^^^^^^^^^^^^^
      = help: Add `timeout=30` (unsafe fix)

`[*]` marks a finding with a fix. Cells are numbered from 1 over all cells, Markdown included; JSON
has the index from 0.
"""

from collections.abc import Iterable, Iterator, Sequence

from nbprod.output import Outcome, View
from nbprod.output.cards import Card, cards
from nbprod.output.excerpt import excerpt, without_secrets
from nbprod.output.tally import Tally, count_of
from nbprod.output.terminal import clean, paint
from nbprod.protocol import Finding, Problem, Report, Severity, Span

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield a card per place of each notebook, then a summary of the run."""
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome.report)
        for block in _blocks(outcome, view):
            yield "\n".join(block) + "\n\n"
    listed = sum(count for severity, count in tally.severities.items() if severity.rank >= view.show.rank)
    yield "\n".join(tally.summary(view)) + "\n"
    if listed:
        yield paint("`nbprod rule NAME` says why a rule matters and what to do.", "dim", color=view.color) + "\n"


def place(path: str, span: Span) -> str:
    """Return `path:cell 7:3:12`, with the cell numbered as people count; `path.py:41:cell 7:3:12` for a Python file."""
    return f"{clean(with_line(path, span))}:{inside(span)}"


def with_line(path: str, span: Span) -> str:
    """Return the path; of a Python file, which people open in editors, with the line."""
    return f"{path}:{span.file_line}" if span.file_line is not None and path.endswith(".py") else path


def inside(span: Span) -> str:
    """Return `cell 7:3:12`: the place in the notebook."""
    output = "" if span.output is None else f" output {span.output + 1}"
    return f"cell {span.cell.index + 1}{output}:{span.line}:{span.column}"


def notes(report: Report) -> Iterator[str]:
    """Yield a line for each thing that kept a notebook, a cell or a rule from being checked."""
    if report.skipped is not None:
        yield f"note: {clean(report.path)} was not analysed: {clean(report.skipped)}"
    for problem in untold(report):
        where = clean(problem.path) + (f":cell {problem.cell.index + 1}" if problem.cell is not None else "")
        kind = {"parse": "note", "read": "error", "settings": "error"}.get(problem.stage, "internal error")
        yield f"{kind}: {where}: {said(problem)}"


def untold(report: Report) -> Iterator[Problem]:
    """Yield the problems that no finding tells: `cell-not-analysable` says better what can't be parsed."""
    unparsed = {finding.at.cell.index for finding in report.findings if finding.dimension is None}
    for problem in report.problems:
        if problem.stage != "parse" or problem.cell is None or problem.cell.index not in unparsed:
            yield problem


def said(problem: Problem) -> str:
    """What a problem is, without its place."""
    rule = f"rule {problem.rule}: " if problem.rule is not None else ""
    return rule + clean(problem.message)


def _blocks(outcome: Outcome, view: View) -> Iterator[list[str]]:
    lines = [*notes(outcome.report), *_evidence(outcome.report)]
    if lines:
        yield [_painted_note(line, view) for line in lines]
    sources = without_secrets(outcome.cells, outcome.report.findings)
    for card in cards(outcome.report.findings, view.show):
        yield list(_card(card, outcome.report.path, sources, view))


def _evidence(report: Report) -> Iterator[str]:
    """A line that says what the report rests on besides the notebook's text."""
    live = report.live
    if live is not None:
        looked = f"looked at {', '.join(live.names)}" if live.names else "no name of it was asked for"
        runs = count_of(live.runs, "cell")
        yield f"note: {clean(report.path)} ran in a kernel with Python {clean(live.python)}, {runs}: {clean(looked)}"


def _painted_note(line: str, view: View) -> str:
    head, colon, rest = line.partition(":")
    return paint(head, "bold cyan" if head == "note" else "bold red", color=view.color) + colon + rest


def _card(card: Card, path: str, sources: Sequence[str], view: View) -> Iterator[str]:
    first = card.first
    margin = " " * len(str(first.at.line))
    arrow, bullet = paint("-->", "blue", color=view.color), paint("=", "blue", color=view.color)
    yield _title(first, view)
    yield f"{margin}{arrow} {place(path, first.at)}"
    yield from excerpt(first.at, sources, view.width, STYLES[first.severity], color=view.color)
    for other in card.others:
        yield f"{margin} {bullet} {_title(other, view)}"
    for line in dict.fromkeys(_details(card, view)):
        yield f"{margin} {bullet} {line}"


def _title(finding: Finding, view: View) -> str:
    head = paint(f"{finding.severity.value}[{finding.rule}]", STYLES[finding.severity], color=view.color)
    mark = paint("[*]", "bold green", color=view.color) if finding.fixes else ""
    return f"{head}{mark}: {clean(finding.message)}"


def _details(card: Card, view: View) -> Iterator[str]:
    """What goes below the frame: where else to look, and what to do."""
    findings = [card.first, *card.others]
    places: dict[str, list[str]] = {}
    for related in (related for finding in findings for related in finding.related):
        span = related.span
        where = places.setdefault(clean(related.note), [])
        where.append(f"cell {span.cell.index + 1}:{span.line}:{span.column}")
    for note, where in places.items():
        yield f"{', '.join(dict.fromkeys(where))}: {note}"
    help_ = paint("help", "bold green", color=view.color)
    for finding in findings:
        for fix in finding.fixes:
            yield f"{help_}: {clean(fix.title)} ({fix.safety.value} fix)"
        if finding.advice is not None and not finding.fixes:
            first, *more = finding.advice.strip().split("\n")
            yield f"{help_}: {clean(first)}"
            yield from (f"      {clean(line)}" for line in more)
    for finding in findings:
        if finding.docs is not None and "://" in finding.docs:
            yield f"docs: {clean(finding.docs)}"
