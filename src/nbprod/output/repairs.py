"""What `fix` has to say: what was fixed and what was not, or the diff of what would be.

churn.ipynb
  fixed cell 7: Give the request a timeout (http-without-timeout)
  left  cell 9: a comment would be lost (swallowed-exception)

Fixed 1 finding in 1 of 3 notebooks. Left: the fix needs --template (4); declined (1).
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from nbprod.engine.fix import Applied, Fixed, Left
from nbprod.notebook import parse_notebook
from nbprod.output import Outcome, Repaired, View
from nbprod.output.diff import notebook_diff
from nbprod.output.terminal import clean, clean_start, paint
from nbprod.output.text import notes
from nbprod.protocol import Finding, Severity


class Repairs(Struct):
    """Renders repaired notebooks as they come, and counts them.

    Attributes:
        view: How to show them.
        is_dry: Nothing is written: show the diffs.
        notebooks: How many were looked at.
        changed: How many were changed, or would be.
        fixed: How many findings were fixed.
        left: How many were not, by reason.
    """

    view: View
    is_dry: bool = False
    notebooks: int = 0
    changed: int = 0
    fixed: int = 0
    left: Counter[str] = field(default_factory=Counter)

    def render(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        """Yield what to say of each notebook."""
        for outcome in outcomes:
            lines = list(notes(outcome.report))
            if isinstance(outcome, Repaired):
                lines += self.tell(outcome)
            yield "".join(f"{line}\n" for line in lines)

    def tell(self, outcome: Repaired) -> Iterator[str]:
        """Yield the lines about one notebook: what was done, or the diff of what would be."""
        self.notebooks += 1
        fixed = outcome.fixed
        if fixed is None:
            return
        self.changed += outcome.data != outcome.before.raw
        self.fixed += len(fixed.applied)
        self.left.update("declined" if item.declined else item.reason for item in fixed.left)
        yield from self._diff(outcome, fixed) if self.is_dry else self._done(outcome, fixed)

    def summary(self) -> str:
        """What the run came to, in a line."""
        verb = "Would fix" if self.is_dry else "Fixed"
        text = f"{verb} {_plural(self.fixed, 'finding')} in {self.changed} of {_plural(self.notebooks, 'notebook')}."
        if self.left:
            reasons = "; ".join(f"{reason} ({number})" for reason, number in self.left.most_common())
            text += f" Left: {reasons}."
        return text

    def _diff(self, outcome: Repaired, fixed: Fixed) -> Iterator[str]:
        after = parse_notebook(fixed.data, outcome.before.path)
        yield from notebook_diff(outcome.before, after, fixed.origins, self.view)

    def _done(self, outcome: Repaired, fixed: Fixed) -> Iterator[str]:
        declined = [item for item in fixed.left if item.declined and _matters(item.finding)]
        if fixed.applied or declined:
            yield paint(clean_start(outcome.report.path), "bold", color=self.view.color)
        for item in fixed.applied:
            yield f"  {paint('fixed', 'green', color=self.view.color)} {_line(item)}"
        for left in declined:
            yield f"  {paint('left ', 'yellow', color=self.view.color)} {_line(left)}"


def _matters(finding: Finding) -> bool:
    return finding.production_severity is not Severity.INFO


def _line(item: Applied | Left) -> str:
    what = item.fix.title if isinstance(item, Applied) else item.reason
    return f"cell {item.finding.at.cell.index + 1}: {clean(what)} ({item.finding.rule})"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
