"""What must hold whatever is fixed: over notebooks put together from fragments, and over the examples."""

from collections import Counter
from pathlib import Path

import promises
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from smelly import notebooks

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.notebook import apply_patches, inverse, parse_notebook, splice
from nbprod.protocol import InsertCell, ReplaceText, Safety, SetMetadata, Severity
from nbprod.registry import all_rules

RULES = tuple(all_rules().values())
PLAIN = Settings(rules={})
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))
allowed = st.sets(st.sampled_from(Safety), min_size=1).map(frozenset)
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_promises(raw, allow):
    """Fix a notebook, and hold the result against all that is promised of it."""
    before, fixed = promises.fix(raw, allow)
    assert [problem.message for problem in fixed.problems if problem.stage != "parse"] == []
    check_findings(before, fixed)


def check_findings(before, fixed):
    """No error is new; what was fixed for good is gone or less severe."""
    found = check_notebook(before, RULES, PLAIN, edits=False).findings
    errors = [Counter(f.rule for f in each if f.severity is Severity.ERROR) for each in (found, left(fixed))]
    assert errors[1] - errors[0] == Counter()
    mended = Counter(item.finding.rule for item in fixed.applied if item.fix.safety is not Safety.TEMPLATE)
    for rule in mended:
        assert weight(left(fixed), rule) < weight([*found, *(item.finding for item in fixed.applied)], rule)


def left(fixed):
    return [item.finding for item in fixed.left]


def weight(findings, rule):
    return sum(1 + finding.severity.rank for finding in findings if finding.rule == rule)


@some
@given(notebooks, allowed)
def test_any_notebook_is_fixed_as_promised(raw, allow):
    check_promises(raw, allow)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("allow", [{Safety.SAFE}, {Safety.SAFE, Safety.UNSAFE}, set(Safety)], ids=len)
def test_the_examples_are_fixed_as_promised(path, allow):
    check_promises(path.read_bytes(), frozenset(allow))


@some
@given(notebooks)
def test_every_single_fix_can_be_undone(raw):
    notebook = parse_notebook(raw, "a.ipynb")
    for finding in check_notebook(notebook, RULES, PLAIN, edits=True).findings:
        for fix in finding.fixes:
            data = splice(notebook, fix.edits)
            assert data != raw
            assert apply_patches(data, inverse(notebook, fix.edits)) == raw
            assert all(isinstance(edit, ReplaceText | InsertCell | SetMetadata) for edit in fix.edits)


@some
@given(notebooks)
def test_titles_alone_are_those_of_the_fixes(raw):
    """What `check` offers without working it out is what `fix` has, but for what it then declines."""
    notebook = parse_notebook(raw, "a.ipynb")
    offered = check_notebook(notebook, RULES, PLAIN, edits=False).findings
    worked_out = check_notebook(notebook, RULES, PLAIN, edits=True)
    titles = [Counter((f.rule, fix.title) for f in each for fix in f.fixes) for each in (offered, worked_out.findings)]
    declined = Counter((item.rule, item.plan.title) for item in worked_out.declined)
    assert titles[1] + declined == titles[0]
