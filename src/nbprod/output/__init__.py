"""Renders reports: one module a format, each with one function `render(outcomes, view)`.

A renderer is a generator: it takes outcomes as they come and yields text at once, so that a run over
thousands of notebooks holds one of them at a time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from nbprod.notebook import Notebook
from nbprod.protocol import Report, Severity

if TYPE_CHECKING:
    from nbprod.engine.fix import Fixed


class Outcome(Struct, frozen=True):
    """What came of one notebook.

    Attributes:
        report: What goes out of the process.
        cells: The sources of its cells, to quote from.
        limit: The severity from which on this notebook's settings fail a run; None for never.
    """

    report: Report
    cells: Sequence[str] = ()
    limit: Severity | None = None

    @property
    def fails(self) -> bool:
        """A finding is severe enough to fail the run."""
        return self.limit is not None and any(item.severity.rank >= self.limit.rank for item in self.report.findings)


class Repaired(Outcome, frozen=True, kw_only=True):
    """What came of fixing one notebook: the report speaks of it as it is after the fixes.

    Attributes:
        before: The notebook as it was read.
        fixed: What was fixed, and what was not; None when it was not tried.
    """

    before: Notebook
    fixed: "Fixed | None" = None

    @property
    def data(self) -> bytes:
        """The bytes of the file after the fixes."""
        return self.before.raw if self.fixed is None else self.fixed.data


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
