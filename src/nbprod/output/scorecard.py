"""The readiness score for people: a bar per dimension, and what to mend first."""

from collections.abc import Iterable, Iterator

from nbprod.output import Outcome, View
from nbprod.output.tally import LEVEL_STYLES, Tally, count_of
from nbprod.output.terminal import clean, clean_start, paint
from nbprod.output.text import notes
from nbprod.protocol import DimensionScore, NextStep, Scores

_BAR = 20  # columns for a score of 100
_NAMES = 18


def render(outcomes: Iterable[Outcome], view: View, steps: int) -> Iterator[str]:
    """Yield a card per notebook with at most `steps` next steps, then the least ready of several."""
    tally = Tally()
    for outcome in outcomes:
        report = outcome.report
        tally.add(report)
        yield from (f"{line}\n" for line in notes(report))
        if report.scores is not None:
            yield "\n".join(_card(report.path, report.scores, steps, view)) + "\n\n"
    yield from (f"{line}\n" for line in tally.ranking(view))


def _card(path: str, scores: Scores, steps: int, view: View) -> Iterator[str]:
    if scores.headline is None or scores.level is None:
        yield f"{clean_start(path)}: {scores.reason}"
        return
    style = LEVEL_STYLES[scores.level]
    yield f"{clean_start(path)}: {paint(f'{scores.headline} of 100, level {scores.level}', style, color=view.color)}"
    yield f"  {clean(scores.reason)}"
    for dimension in scores.dimensions:
        yield _row(dimension, view)
    mean = "" if scores.mean is None else f", mean {scores.mean:.0f} (a trend, no grade)"
    waived = scores.headline_with_waivers
    waivers = "" if waived == scores.headline else f", {waived} with waivers"
    yield f"  {scores.assessed} of {len(scores.dimensions)} assessed{mean}{waivers}"
    useful = [step for step in scores.next_steps if step.points > 0][:steps]
    if useful:
        yield "  What to mend first, with the points its dimension gains:"
        for step in useful:
            yield _step(step, view)


def _row(dimension: DimensionScore, view: View) -> str:
    name = f"  {dimension.dimension.value:<{_NAMES}}"
    found = count_of(dimension.findings, "finding") if dimension.findings else ""
    if dimension.score is None:
        return f"{name}{'—':>3}  {'':<{_BAR}}  {found}".rstrip()
    filled = round(dimension.score * _BAR / 100)
    style = "green" if dimension.score >= 75 else "yellow" if dimension.score >= 50 else "red"
    bar = paint("█" * filled, style, color=view.color) + paint("░" * (_BAR - filled), "dim", color=view.color)
    return f"{name}{dimension.score:>3}  {bar}  {found}".rstrip()


def _step(step: NextStep, view: View) -> str:
    points = paint(f"{f'+{step.points}':>5}", "green", color=view.color)
    fixable = f", {step.fixable} with a fix" if step.fixable else ""
    return f"  {points}  {step.rule:<32} {count_of(step.findings, 'finding')}{fixable}"
