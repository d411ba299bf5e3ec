"""Counts over a run, and the summary that ends it."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from nbprod.output import View
from nbprod.output.terminal import clean, clean_start, paint
from nbprod.protocol import Report, Scores, Severity

_FEW = 3  # notebooks whose readiness is told one by one
LEVEL_STYLES = {"A": "bold green", "B": "bold green", "C": "bold yellow", "D": "bold red", "E": "bold red"}


class Tally(Struct):
    """What a run has come to so far; it keeps no findings."""

    notebooks: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    fixable: Counter[Severity] = field(default_factory=Counter)
    suppressed: int = 0
    switched_off: int = 0
    skipped: int = 0
    failed: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    worst: tuple[str, Scores] | None = None
    few: list[tuple[str, Scores]] = []

    def add(self, report: Report) -> None:
        """Count one report."""
        self.notebooks += 1
        self.severities.update(finding.severity for finding in report.findings)
        self.fixable.update(finding.severity for finding in report.findings if finding.fixes)
        off = sum(item.by == "config" for item in report.suppressed)
        self.switched_off += off
        self.suppressed += len(report.suppressed) - off
        self.skipped += report.skipped is not None
        self.failed += any(problem.stage != "parse" for problem in report.problems)
        scores = report.scores
        if scores is None or scores.headline is None:
            return
        self.levels[scores.level or ""] += 1
        if self.worst is None or _rank(scores) < _rank(self.worst[1]):
            self.worst = report.path, scores
        if len(self.few) <= _FEW:
            self.few.append((report.path, scores))

    def summary(self, view: View) -> Iterator[str]:
        """Yield the lines that end a run: what was found, and how ready the notebooks are."""
        yield self._found(view)
        if len(self.few) > _FEW:
            yield from self.ranking(view)
        else:
            for path, scores in self.few:
                yield readiness(path, scores, view)

    def ranking(self, view: View) -> Iterator[str]:
        """Yield how the levels are spread over several notebooks, and the least ready one: no average hides it."""
        if len(self.few) > 1 and self.worst is not None:
            levels = ", ".join(f"{count} {level}" for level, count in sorted(self.levels.items()))
            yield f"Levels of {sum(self.levels.values())} notebooks: {levels}. The least ready:"
            yield readiness(*self.worst, view)

    def _found(self, view: View) -> str:
        severities = [severity for severity in Severity if severity.rank >= view.show.rank]
        counts = [count_of(self.severities[level], level.value) for level in severities if self.severities[level]]
        main = f"Found {', '.join(counts)}" if counts else "Found nothing"
        bad = self.severities[Severity.ERROR] or self.failed
        style = "bold red" if bad else "bold yellow" if counts else "bold green"
        fixable = sum(self.fixable[severity] for severity in severities)
        details = [f"{fixable} with a fix [*]"] if fixable else []
        if self.suppressed:
            details.append(f"{self.suppressed} suppressed")
        if self.switched_off:
            details.append(f"{self.switched_off} switched off by configuration")
        hidden = [severity for severity in Severity if severity.rank < view.show.rank and self.severities[severity]]
        if hidden:
            which = ", ".join(count_of(self.severities[severity], severity.value) for severity in hidden)
            details.append(f"{which} hidden (--show {hidden[-1].value})")
        if self.skipped:
            details.append(f"{self.skipped} not analysed")
        if self.failed:
            details.append(f"{self.failed} with problems")
        rest = f"; {', '.join(details)}" if details else ""
        return f"{paint(main, style, color=view.color)} in {count_of(self.notebooks, 'notebook')}{rest}."


def readiness(path: str, scores: Scores, view: View) -> str:
    """One line: the headline of a notebook and what holds it down."""
    if scores.headline is None or scores.level is None:
        return f"{clean_start(path)}: {scores.reason}."
    head = paint(f"{scores.headline} of 100, level {scores.level}", LEVEL_STYLES[scores.level], color=view.color)
    waived = scores.headline_with_waivers
    with_waivers = f"; {waived} with waivers" if waived != scores.headline else ""
    return (
        f"Readiness of {clean(path)}: {head} ({clean(scores.reason)}; "
        f"{scores.assessed} of {len(scores.dimensions)} assessed{with_waivers})."
    )


def _rank(scores: Scores) -> tuple[str, int]:
    """Order by level, the worst first, then by headline."""
    inverted = {"E": "0", "D": "1", "C": "2", "B": "3", "A": "4"}
    return inverted[scores.level or "A"], scores.headline or 0


def count_of(number: int, noun: str) -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
