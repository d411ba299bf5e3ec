"""Merges findings for people: one card per place in the source, the worst finding first."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from nbprod.protocol import Finding, Severity, Span


class Card(Struct):
    """Findings about one place: the worst, and the others folded in."""

    first: Finding
    others: list[Finding] = []


def cards(findings: Iterable[Finding], show: Severity) -> Iterator[Card]:
    """Yield a card per place, in document order, of the findings that are at least as severe as `show`.

    Two findings share a place when they start on the same line and one's stretch lies in the other's:
    a path, the call that reads it, and the assignment.
    """
    shown = sorted(
        (finding for finding in findings if finding.severity.rank >= show.rank),
        key=lambda finding: (finding.at.cell.index, finding.at.line, finding.at.start, -finding.at.end),
    )
    group: list[Finding] = []
    for finding in shown:
        if group and not any(_overlap(finding.at, member.at) for member in group):
            yield _card(group)
            group = []
        group.append(finding)
    if group:
        yield _card(group)


def _overlap(one: Span, other: Span) -> bool:
    if one.cell.index != other.cell.index or one.line != other.line or one.output != other.output:
        return False
    return max(one.start, other.start) < min(one.end, other.end) or one.start == other.start


def _card(group: Sequence[Finding]) -> Card:
    first, *others = sorted(group, key=lambda finding: -finding.severity.rank)
    return Card(first, others)
