"""How often each rule fired over a whole run."""

from collections import Counter
from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.tally import Tally
from nbprod.output.terminal import paint
from nbprod.output.text import STYLES, notes
from nbprod.protocol import Severity


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[str]:
    """Yield a line per rule and severity, the most frequent first, then a summary."""
    tally = Tally()
    counts: Counter[tuple[str, Severity]] = Counter()
    fixable: Counter[tuple[str, Severity]] = Counter()
    notebooks: Counter[tuple[str, Severity]] = Counter()
    for outcome in outcomes:
        tally.add(outcome.report)
        for line in notes(outcome.report):
            yield f"{line}\n"
        found = [finding for finding in outcome.report.findings if finding.severity.rank >= view.show.rank]
        counts.update((finding.rule, finding.severity) for finding in found)
        fixable.update((finding.rule, finding.severity) for finding in found if finding.fixes)
        notebooks.update({(finding.rule, finding.severity) for finding in found})
    for (rule, severity), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        key = rule, severity
        label = paint(f"{severity.value:<7}", STYLES[severity], color=view.color)
        mark = f"  [*] {fixable[key]} with a fix" if fixable[key] else ""
        yield f"{count:>6}  {label}  {rule:<32} in {notebooks[key]} notebook{'s'[: notebooks[key] != 1]}{mark}\n"
    yield "\n".join(tally.summary(view)) + "\n"
