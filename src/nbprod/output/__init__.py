"""Renders reports: one module a format, each with one function `render(outcomes, view)`.

A renderer is a generator: it takes outcomes as they come and yields text at once, so that a run over
thousands of notebooks holds one of them at a time.
"""

from collections.abc import Sequence

from msgspec import Struct

from nbprod.protocol import Report, Severity


class Outcome(Struct, frozen=True):
    """What came of one notebook.

    Attributes:
        report: What goes out of the process.
        cells: The sources of its cells, to quote from.
        fails: A finding reaches the severity from which on this notebook's settings fail a run.
    """

    report: Report
    cells: Sequence[str] = ()
    fails: bool = False


class View(Struct, frozen=True, kw_only=True):
    """How people want to see reports.

    Attributes:
        color: whether to write ANSI colours.
        width: columns of the terminal.
        show: findings below this severity are counted, not listed.
    """

    color: bool = False
    width: int = 100
    show: Severity = Severity.WARNING
