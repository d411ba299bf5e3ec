"""One line a finding, for editors, grep and quick looks."""

from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.tally import Tally
from nbprod.output.terminal import clean, clean_start, paint
from nbprod.output.text import STYLES, notes, place


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield `path:cell 7:3:12: severity[rule] message`, `[*]` marking those with a fix, then a summary."""
    tally = Tally()
    for outcome in outcomes:
        report = outcome.report
        tally.add(report)
        for line in notes(report):
            yield f"{line}\n"
        for finding in report.findings:
            if finding.severity.rank >= view.show.rank:
                head = paint(f"{finding.severity.value}[{finding.rule}]", STYLES[finding.severity], color=view.color)
                mark = " [*]" if finding.fixes else ""
                yield f"{clean_start(place(report.path, finding.at))}: {head} {clean(finding.message)}{mark}\n"
    yield "\n".join(tally.summary(view)) + "\n"
