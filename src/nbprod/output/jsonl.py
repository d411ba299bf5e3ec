"""One `nbprod.protocol.Report` a line, for tools that read streams."""

from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.json import encode


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield a line per notebook, as UTF-8."""
    for outcome in outcomes:
        yield encode(outcome.report) + b"\n"
