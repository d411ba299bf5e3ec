"""The readiness score: its figures, its promises."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprod.protocol import (
    CellRef,
    Confidence,
    Dimension,
    Finding,
    Fix,
    Safety,
    Scores,
    Severity,
    Span,
    Suppressed,
)
from nbprod.score import CAPABILITIES, scores

EVERYTHING = frozenset().union(*CAPABILITIES.values())
CODE = frozenset({"code"})
AT = Span(cell=CellRef(index=0), start=0, end=1, line=1, column=1, end_line=1, end_column=2)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def found(production: Severity = WARNING, rule: str = "a", fingerprint: str = "0", **fields: Any) -> Finding:
    defaults: dict[str, Any] = {"confidence": Confidence.HIGH, "dimension": Dimension.DATA, "severity": INFO}
    return Finding(
        rule=rule,
        message="",
        at=AT,
        production_severity=production,
        fingerprint=f"{rule}:{fingerprint}",
        **defaults | fields,
    )


def score(
    *findings: Finding,
    waived: Sequence[Finding] = (),
    capabilities: frozenset[str] = EVERYTHING,
    built: Sequence[Dimension] = tuple(Dimension),
    occurrences: Mapping[str, int] | None = None,
) -> Scores:
    return scores(
        findings,
        [Suppressed(finding=finding, by="comment") for finding in waived],
        capabilities=capabilities,
        built=built,
        occurrences=occurrences or {},
        ruleset="test",
    )


def of(result: Scores, dimension: Dimension) -> int | None:
    return next(item.score for item in result.dimensions if item.dimension is dimension)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], 100),
        ([found(INFO)], 93),
        ([found(WARNING)], 81),
        ([found(ERROR)], 57),
        ([found(WARNING, rule) for rule in "abc"], 54),
        ([found(ERROR, rule) for rule in "ab"], 33),
        ([found(WARNING, fingerprint=str(index)) for index in range(20)], 66),
        ([found(WARNING, confidence=Confidence.MEDIUM)], 90),
        ([found(WARNING, confidence=Confidence.LOW)], 95),
        ([found(WARNING), found(WARNING, "b"), found(INFO, "c"), found(WARNING, "d")], 50),
    ],
)
def test_figures(findings: list[Finding], expected: int) -> None:
    assert score(*findings).headline == expected


def test_a_rule_with_findings_of_different_weight_counts_the_worst_first() -> None:
    mixed = score(found(INFO, fingerprint="1"), found(ERROR, fingerprint="2"), found(WARNING, fingerprint="3"))
    assert next(item.penalty for item in mixed.dimensions if item.dimension is Dimension.DATA) == 8 + 3 / 2 + 1 / 4


def test_copies_of_a_statement_count_once() -> None:
    assert score(found(), found(), found()).headline == score(found()).headline


def test_an_absence_counts_what_it_stands_for() -> None:
    apart = score(*(found(fingerprint=str(index)) for index in range(3)))
    together = score(found(), occurrences={"a:0": 3})
    assert together.headline == apart.headline


def test_the_profile_cannot_raise_the_score() -> None:
    shown_as_info = found(ERROR, severity=INFO)
    assert score(shown_as_info).headline == score(found(ERROR, severity=ERROR)).headline


def test_the_headline_is_the_lowest_dimension_and_says_which() -> None:
    result = score(found(), found(INFO, "b", dimension=Dimension.TRUST))
    assert (result.headline, result.capped_by, result.level) == (81, Dimension.DATA, "B")
    assert result.reason == "data is lowest"
    assert result.mean == pytest.approx((81 + 93 + 7 * 100) / 9)


@pytest.mark.parametrize(("weights", "level"), [([], "A"), ([3], "B"), ([3, 3], "C"), ([3] * 4, "D"), ([3] * 7, "E")])
def test_levels(weights: list[int], level: str) -> None:
    assert score(*(found(WARNING, str(index)) for index in range(len(weights)))).level == level


def test_an_error_caps_the_level_and_is_named() -> None:
    result = score(found(ERROR, "leak", severity=ERROR))
    assert (result.headline, result.level) == (57, "D")
    assert result.reason == "data is lowest; 1 error caps at D: leak"
    named = zip("abcd", Dimension, strict=False)
    many = score(*(found(ERROR, rule, severity=ERROR, dimension=dimension) for rule, dimension in named))
    assert many.reason.endswith("4 errors cap at D: a, b and 2 more")


def test_an_error_that_is_shown_as_a_note_is_named_as_one_in_production() -> None:
    assert score(found(ERROR, "leak")).reason == "data is lowest; 1 error in production caps at D: leak"
    both = score(found(ERROR, "leak"), found(ERROR, "loss", severity=ERROR, dimension=Dimension.TRUST))
    assert both.reason == "data is lowest; 2 errors in production cap at D: leak, loss"


def test_a_waived_error_counts_but_does_not_cap() -> None:
    result = score(waived=[found(ERROR)])
    assert (result.headline, result.headline_with_waivers, result.level) == (57, 100, "C")
    assert result.next_steps == ()


def test_findings_of_the_engine_are_not_scored() -> None:
    result = score(found(ERROR, dimension=None))
    assert (result.headline, result.level, result.reason) == (100, "A", "nothing found")


@pytest.mark.parametrize(
    ("capabilities", "dashes"),
    [
        ((), {"ideal-conditions", "data", "evaluation", "integration", "operations", "ownership", "maintenance"}),
        (("load", "boundary"), {"evaluation", "ownership", "maintenance"}),
        (("llm",), {"ideal-conditions", "data", "integration", "operations", "ownership", "maintenance"}),
        (("fit", "delivers", "boundary", "load"), set()),
    ],
)
def test_what_the_notebook_does_not_do_is_not_assessed(capabilities: tuple[str, ...], dashes: set[str]) -> None:
    result = score(found(INFO), capabilities=CODE.union(capabilities))
    assert {item.dimension.value for item in result.dimensions if item.score is None} == dashes
    assert result.assessed == 9 - len(dashes)


@pytest.mark.parametrize(("severity", "expected"), [(ERROR, 57), (WARNING, 81), (INFO, None)])
def test_a_warning_or_an_error_is_counted_whatever_the_notebook_does(severity: Severity, expected: int | None) -> None:
    result = score(found(severity), capabilities=CODE)
    assert of(result, Dimension.DATA) == expected
    assert result.headline == (expected or 100)
    assert [step.points for step in result.next_steps] == ([] if expected is None else [100 - expected])


def test_what_is_only_ignored_opens_no_dimension_in_the_score_with_waivers() -> None:
    result = score(found(INFO, "b"), waived=[found(WARNING)], capabilities=CODE)
    assert (of(result, Dimension.DATA), result.headline, result.headline_with_waivers) == (76, 76, 100)


def test_where_no_cell_could_be_read_there_is_no_score() -> None:
    result = score(found(INFO), capabilities=frozenset())
    assert (result.headline, result.level, result.assessed) == (None, None, 0)
    assert score(found(ERROR), capabilities=frozenset()).headline == 57


def test_a_dimension_without_rules_is_a_dash() -> None:
    result = score(built=[Dimension.TRUST])
    assert result.assessed == 1
    assert of(result, Dimension.DATA) is None


def test_nothing_assessed() -> None:
    result = score(found(ERROR), built=[])
    assert (result.headline, result.level, result.mean) == (None, None, None)
    assert result.reason == "nothing in this notebook could be assessed"


def test_next_steps_are_sorted_by_what_they_gain() -> None:
    fix = Fix(title="", safety=Safety.SAFE)
    result = score(
        found(INFO, "small"),
        found(ERROR, "big", "1", fixes=(fix,)),
        found(ERROR, "big", "2"),
        found(WARNING, "elsewhere", dimension=Dimension.TRUST),
        waived=[found(ERROR, "big", "3")],
    )
    assert [(step.rule, step.findings, step.fixable) for step in result.next_steps] == [
        ("big", 2, 1),
        ("elsewhere", 1, 0),
        ("small", 1, 0),
    ]
    assert [step.points for step in result.next_steps] == [19, 19, 3]


def test_a_step_gains_what_mending_it_gains() -> None:
    findings = [found(ERROR, "a"), found(WARNING, "b"), found(WARNING, "b", "2")]
    before = score(*findings)
    for step in before.next_steps:
        after = score(*(finding for finding in findings if finding.rule != step.rule))
        assert (after.headline or 0) - (before.headline or 0) == step.points


_findings = st.builds(
    found,
    st.sampled_from(Severity),
    st.sampled_from("abcd"),
    st.sampled_from("01234"),
    confidence=st.sampled_from(Confidence),
    dimension=st.sampled_from([*Dimension, None]),
)
_capabilities = st.frozensets(st.sampled_from(sorted(EVERYTHING))).map(CODE.union)


def _no_better(worse: Scores, better: Scores) -> bool:
    """Whether no figure of `worse` is above that of `better`; a dash is above every score."""
    by_dimension = all(
        other.score is None or (one.score is not None and one.score <= other.score)
        for one, other in zip(worse.dimensions, better.dimensions, strict=True)
    )
    levels = (worse.level or "") >= (better.level or "")
    with_waivers = (worse.headline_with_waivers or 0) <= (better.headline_with_waivers or 0)
    return by_dimension and levels and with_waivers and (worse.headline or 0) <= (better.headline or 0)


@given(st.lists(_findings, max_size=12), _findings, _capabilities)
def test_adding_a_finding_never_helps_and_mending_one_never_hurts(
    findings: list[Finding], more: Finding, capabilities: frozenset[str]
) -> None:
    with_it = score(*findings, more, capabilities=capabilities)
    without = score(*findings, capabilities=capabilities)
    assert _no_better(with_it, without)


@given(st.lists(_findings, max_size=12), st.integers(1, 9), st.integers(0, 9))
def test_more_of_what_is_absent_never_helps(findings: list[Finding], count: int, more: int) -> None:
    few = score(*findings, occurrences={"a:0": count})
    many = score(*findings, occurrences={"a:0": count + more})
    assert _no_better(many, few)


@given(st.lists(_findings, max_size=12), st.data())
def test_copying_and_moving_cells_changes_nothing(findings: list[Finding], data: st.DataObject) -> None:
    copies = data.draw(st.lists(st.sampled_from(findings), max_size=6)) if findings else []
    shuffled = data.draw(st.permutations([*findings, *copies]))
    before, after = score(*findings), score(*shuffled)
    assert [item.score for item in before.dimensions] == [item.score for item in after.dimensions]
    assert (before.headline, before.level) == (after.headline, after.level)


@given(st.lists(_findings, max_size=12), _findings)
def test_ignoring_a_finding_never_raises_the_raw_score(findings: list[Finding], ignored: Finding) -> None:
    open_, waived = score(*findings, ignored), score(*findings, waived=[ignored])
    assert [item.score for item in open_.dimensions] == [item.score for item in waived.dimensions]
    assert (waived.headline_with_waivers or 0) >= (open_.headline_with_waivers or 0)
