"""The readiness score: how far a notebook is from running unattended, from 0 to 100 per dimension.

The penalty of a rule is the weight of its worst occurrence plus half of the next, a quarter of the one
after it, and so on; equal weights `w` give `w * 2 * (1 - 2 ** -n)`. A dimension scores
`round(100 * 2 ** (-penalty / 10))`: every ten points of penalty halve it. There is no denominator and
no credit for good calls, so that adding a finding never helps and mending one never hurts. The page
`docs/score.md` gives the reasons, and a comparison with a reader's order of real notebooks.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from nbprod.protocol import Confidence, Dimension, DimensionScore, Finding, NextStep, Scores, Severity, Suppressed

SEVERITY_WEIGHTS = {Severity.ERROR: 8.0, Severity.WARNING: 3.0, Severity.INFO: 1.0}
CONFIDENCE_WEIGHTS = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.5, Confidence.LOW: 0.25}
LEVELS = (("A", 90), ("B", 75), ("C", 50), ("D", 25), ("E", 0))
ERROR_CAP = "D"

CAPABILITIES: Mapping[Dimension, frozenset[str]] = {
    Dimension.IDEAL_CONDITIONS: frozenset({"load"}),
    Dimension.DATA: frozenset({"load"}),
    Dimension.EVALUATION: frozenset({"fit", "evaluate", "llm"}),
    Dimension.INTEGRATION: frozenset({"boundary"}),
    Dimension.OPERATIONS: frozenset({"boundary"}),
    Dimension.OWNERSHIP: frozenset({"delivers"}),
    Dimension.MAINTENANCE: frozenset({"delivers"}),
    Dimension.TRUST: frozenset({"code"}),
    Dimension.DEMO_GAP: frozenset({"code"}),
}
"""What a notebook must do, at least one of these, for a dimension to be assessed. So is one with a warning or an error:
what was found must not vanish behind a dash. Where no cell could be read, nothing is assessed."""

_NONE = dict.fromkeys(Dimension, 0.0)

Occurrences = Mapping[str, int]
"""Fingerprint -> the number of places that one finding stands for; 1 when not listed."""


def scores(
    findings: Sequence[Finding],
    suppressed: Sequence[Suppressed],
    *,
    capabilities: Collection[str],
    built: Collection[Dimension],
    occurrences: Occurrences,
    ruleset: str,
) -> Scores:
    """Score a notebook from all of its findings.

    Weights are read from the production severity, whatever the profile. Suppressed findings count,
    except in `headline_with_waivers` and for the cap by errors.

    Args:
        findings: What is shown.
        suppressed: What was ignored, by comment or by configuration.
        capabilities: What the notebook does ("load", "fit", ...).
        built: Dimensions for which there are rules.
        occurrences: How many places a finding stands for.
        ruleset: Version of the rules, to compare scores by.
    """
    everything = [*findings, *(item.finding for item in suppressed)]
    with_rules = [dimension for dimension in Dimension if dimension in built]
    raw = _penalties(everything, occurrences)
    waived = _penalties(findings, occurrences)
    points = {dim: _score(raw[dim]) for dim in with_rules if _is_assessed(dim, capabilities, everything)}
    points_with_waivers = [_score(waived[dim]) for dim in with_rules if _is_assessed(dim, capabilities, findings)]
    headline = min(points.values(), default=None)
    capped_by = next((dimension for dimension in points if points[dimension] == headline), None)
    errors = [finding for finding in findings if _is_scored_error(finding)]
    return Scores(
        headline=headline,
        level=None if headline is None else _level(headline, capped=bool(errors)),
        capped_by=capped_by,
        reason=_reason(headline, capped_by, errors),
        assessed=len(points),
        headline_with_waivers=min(points_with_waivers, default=None),
        mean=sum(points.values()) / len(points) if points else None,
        dimensions=tuple(_dimension_score(dimension, everything, raw, points) for dimension in Dimension),
        next_steps=_next_steps(findings, everything, occurrences, points),
        ruleset=ruleset,
    )


def _is_assessed(dimension: Dimension, capabilities: Collection[str], findings: Iterable[Finding]) -> bool:
    """Whether the notebook does what the dimension is about, or a warning or an error stands there all the same."""
    needed = CAPABILITIES[dimension]
    if not needed.isdisjoint(capabilities):
        return True
    return any(item.dimension is dimension and item.production_severity is not Severity.INFO for item in findings)


def _penalties(findings: Iterable[Finding], occurrences: Occurrences) -> dict[Dimension, float]:
    """Penalty of each dimension."""
    weights: dict[tuple[Dimension, str], dict[str, float]] = defaultdict(dict)
    for finding in findings:
        if finding.dimension is not None:
            of_rule = weights[finding.dimension, finding.rule]
            weight = SEVERITY_WEIGHTS[finding.production_severity] * CONFIDENCE_WEIGHTS[finding.confidence]
            of_rule[finding.fingerprint] = max(weight, of_rule.get(finding.fingerprint, 0.0))
    penalties = _NONE.copy()
    for (dimension, _), of_rule in weights.items():
        penalties[dimension] += _penalty(of_rule, occurrences)
    return penalties


def _penalty(weights: Mapping[str, float], occurrences: Occurrences) -> float:
    """Penalty of one rule: each further occurrence counts half of the one before, the worst first.

    Copies of a statement have one fingerprint and count once.
    """
    total, factor = 0.0, 1.0
    for fingerprint, weight in sorted(weights.items(), key=lambda item: -item[1]):
        count = max(1, occurrences.get(fingerprint, 1))
        share = math.exp2(-count)  # the sum of `count` halvings is 2 * (1 - share)
        total += weight * factor * 2.0 * (1.0 - share)
        factor *= share
    return total


def _score(penalty: float) -> int:
    return round(100.0 * math.exp2(-penalty / 10.0))


def _level(headline: int, *, capped: bool) -> str:
    level = next(name for name, least in LEVELS if headline >= least)
    return max(level, ERROR_CAP) if capped else level


def _is_scored_error(finding: Finding) -> bool:
    return finding.dimension is not None and finding.production_severity is Severity.ERROR


def _reason(headline: int | None, capped_by: Dimension | None, errors: Sequence[Finding]) -> str:
    """Say in one clause what keeps the headline and its level where they are."""
    if headline is None or capped_by is None:
        return "nothing in this notebook could be assessed"
    lowest = "nothing found" if headline == 100 else f"{capped_by.value} is lowest"
    if not errors or _level(headline, capped=False) >= ERROR_CAP:
        return lowest
    rules = sorted({finding.rule for finding in errors})
    named = ", ".join(rules[:2]) + (f" and {len(rules) - 2} more" if len(rules) > 2 else "")
    # While exploring, what is an error in production is listed as a note.
    where = "" if all(finding.severity is Severity.ERROR for finding in errors) else " in production"
    count = f"1 error{where} caps" if len(errors) == 1 else f"{len(errors)} errors{where} cap"
    return f"{lowest}; {count} at {ERROR_CAP}: {named}"


def _dimension_score(
    dimension: Dimension,
    findings: Iterable[Finding],
    penalties: Mapping[Dimension, float],
    points: Mapping[Dimension, int],
) -> DimensionScore:
    return DimensionScore(
        dimension=dimension,
        score=points.get(dimension),
        penalty=round(penalties[dimension], 6),
        findings=sum(finding.dimension is dimension for finding in findings),
    )


def _next_steps(
    findings: Sequence[Finding],
    everything: Sequence[Finding],
    occurrences: Occurrences,
    points: Mapping[Dimension, int],
) -> tuple[NextStep, ...]:
    """What mending all shown findings of one rule would add to its dimension, the most first."""
    by_rule: dict[tuple[Dimension, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.dimension is not None and finding.dimension in points:
            by_rule[finding.dimension, finding.rule].append(finding)
    steps = []
    for (dimension, rule), mended in by_rule.items():
        gone = set(map(id, mended))
        rest = [finding for finding in everything if finding.dimension is dimension and id(finding) not in gone]
        gain = _score(_penalties(rest, occurrences)[dimension]) - points[dimension]
        fixable = sum(bool(finding.fixes) for finding in mended)
        steps.append(NextStep(rule=rule, points=gain, findings=len(mended), fixable=fixable))
    return tuple(sorted(steps, key=lambda step: (-step.points, step.rule)))
