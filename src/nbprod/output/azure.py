"""Azure Pipelines: logging commands, which the summary of a run lists.

##vso[task.logissue type=error;sourcepath=churn.ipynb;linenumber=41;code=hard-coded-path;]cell 7: ...
"""

from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.physical import line_of, shown_path
from nbprod.output.tally import Tally
from nbprod.output.terminal import clean, clean_start
from nbprod.output.text import said, untold
from nbprod.protocol import Severity

_ESCAPES = {"%": "%AZP25", ";": "%3B", "]": "%5D"}  # line breaks are gone already


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield an issue per finding and problem, then a line that sums up."""
    tally = Tally()
    for outcome in outcomes:
        report = outcome.report
        tally.add(report)
        if report.skipped is not None:
            yield f"{clean_start(report.path)} was not analysed: {clean(report.skipped)}\n"
        source = {"sourcepath": shown_path(report.path)}
        for problem in untold(report):
            yield _issue("warning" if problem.stage == "parse" else "error", source, said(problem))
        for finding in report.findings:
            if finding.severity.rank >= view.show.rank:
                kind = "error" if finding.severity is Severity.ERROR else "warning"  # it has no third
                place = {**source, "linenumber": str(line_of(finding.at)), "code": finding.rule}
                yield _issue(kind, place, f"cell {finding.at.cell.index + 1}: {clean(finding.message)}")
    yield f"{next(tally.summary(View(show=view.show)))}\n"


def _issue(kind: str, properties: dict[str, str], message: str) -> str:
    listed = "".join(f"{name}={_escaped(clean(value), '%;]')};" for name, value in properties.items())
    return f"##vso[task.logissue type={kind};{listed}]{_escaped(message, '%')}\n"


def _escaped(text: str, special: str) -> str:
    for char in special:
        text = text.replace(char, _ESCAPES[char])
    return text
