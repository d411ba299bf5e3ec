"""The passes of `fix`, with rules made for the test."""

import ast
import json

import pytest

from nbprod.config import Settings
from nbprod.engine.fix import MAX_PASSES, fix_notebook
from nbprod.kit import Declined, Dimension, Notebook, Plan, Rule, Safety, Severities, Severity, on
from nbprod.kit.edit import combine, hoist, insert_after, replace, set_keyword
from nbprod.kit.testing import notebook_from, text_from
from nbprod.notebook import parse_notebook
from nbprod.protocol import InsertCell, ReplaceText

SAFE, ALL = frozenset({Safety.SAFE}), frozenset(Safety)
CHANGES = Severities(Severity.INFO, Severity.WARNING)


class Base:
    dimension = Dimension.DATA
    severity = CHANGES
    since = "0.1"


def rule(name, check, trigger=ast.Call, **attributes):
    """A rule whose handler is a function of the node, the context and the rule."""

    def handle(self, node, ctx):
        yield from check(self, node, ctx)

    return type(name, (Base, Rule), {"__doc__": name, "check": on(trigger)(handle), **attributes})


def keyword_rule(name, keyword, safety=Safety.SAFE, value="1"):
    def check(self, node, ctx):
        if ast.unparse(node.func) == "f" and not any(item.arg == keyword for item in node.keywords):
            plan = Plan(f"add {keyword}", safety, lambda: set_keyword(ctx, node, keyword, value))
            yield self.finding(ctx, node, f"no {keyword}", fixes=[plan])

    return rule(name, check)


def text_rule(name, old, new, severity=CHANGES):
    """Replaces a name, without looking at what comes out."""

    def check(self, node, ctx):
        if node.id == old:
            plan = Plan(f"replace {old}", Safety.SAFE, lambda: [ReplaceText(span=ctx.span(node), text=new)])
            yield self.finding(ctx, node, f"there is {old}", fixes=[plan])

    return rule(name, check, ast.Name, severity=severity)


def hoist_rule():
    def check(self, node, ctx):
        if isinstance(node.value, str) and ctx.cell > 0:

            def build():
                edits, names = hoist(ctx, {"P": ctx.source(node)}, before=node)
                return combine(edits, replace(ctx, node, names["P"]))

            if not ctx.notebook.cells[ctx.cell].tags:
                yield self.finding(ctx, node, f"{node.value} is fixed", fixes=[Plan("hoist", Safety.SAFE, build)])

    return rule("Hoisting", check, ast.Constant)


def fixed(text, *rules, allow=SAFE, accept=None, settings=None):
    notebook = notebook_from(text)
    result = fix_notebook(notebook, rules, settings or Settings(rules={}), allow=allow, accept=accept)
    return result, text_from(parse_notebook(result.data, notebook.path))


def test_a_notebook_with_nothing_to_fix_keeps_its_very_bytes():
    notebook = notebook_from("g(1)")
    result = fix_notebook(notebook, [keyword_rule("R", "t")], Settings(rules={}), allow=ALL)
    assert result.data is notebook.raw
    assert (result.passes, result.applied, result.left, result.problems) == (0, [], [], [])


def test_fixes_of_several_rules_come_together_in_as_many_passes_as_they_need():
    rules = [keyword_rule("One", "a"), keyword_rule("Two", "b"), text_rule("Three", "x", "y")]
    result, text = fixed("f(1)\nf(x)\n# %%\nf(2)", *rules)
    assert text == "# %%\nf(1, a=1, b=1)\nf(y, a=1, b=1)\n# %%\nf(2, a=1, b=1)"
    assert result.passes == 2
    assert [item.fix.title for item in result.applied if item.number == 2] == ["add b"] * 3
    assert result.left == []


def test_templates_come_last_and_use_what_the_others_made():
    rules = [keyword_rule("Loud", "t", Safety.TEMPLATE, "P"), keyword_rule("Risky", "u", Safety.UNSAFE), hoist_rule()]
    result, text = fixed("import re\n# %%\nf('x')", *rules, allow=ALL)
    assert text == "# %%\nimport re\n# %% tags=[\"parameters\"]\nP = 'x'\n# %%\nf(P, u=1, t=P)"
    assert [item.finding.rule for item in result.applied] == ["hoisting", "risky", "loud"]


def test_fixing_twice_changes_nothing_more():
    rules = [keyword_rule("One", "a"), hoist_rule()]
    first, text = fixed("import re\n# %%\nf('x')\nf('y')", *rules)
    again, same = fixed(text, *rules)
    assert (again.applied, same) == ([], text)
    assert first.passes == 2  # both want the parameter P: the second has its turn when the name is known to be taken


def test_parameters_of_two_fixes_go_to_one_cell():
    _, text = fixed("import re\n# %%\nf('x')\nf('y')\nf('x')", hoist_rule())
    assert text == "# %%\nimport re\n# %% tags=[\"parameters\"]\nP = 'x'\nP_2 = 'y'\n# %%\nf(P)\nf(P_2)\nf(P)"


def test_only_what_is_allowed_is_applied_and_the_rest_is_explained():
    rules = [keyword_rule("One", "a", Safety.UNSAFE), keyword_rule("Two", "b", Safety.TEMPLATE)]
    result, text = fixed("f(1)", *rules)
    assert text == "f(1)"
    assert [(item.finding.rule, item.reason) for item in result.left] == [
        ("one", "the fix needs --unsafe"),
        ("two", "the fix needs --template"),
    ]
    assert fixed("f(1)", *rules, allow=ALL)[1] == "f(1, a=1, b=1)"


def test_the_reason_of_a_fix_that_declines_is_told():
    def check(self, node, ctx):
        def build():
            raise Declined("a comment would be lost")

        yield self.finding(ctx, node, "a call", fixes=[Plan("mend", Safety.SAFE, build)])

    result, _ = fixed("f(1)", rule("Shy", check))
    assert [item.reason for item in result.left] == ["a comment would be lost"]


def test_a_finding_without_a_fix_says_so():
    result, _ = fixed("f(1)", rule("Bare", lambda self, node, ctx: iter([self.finding(ctx, node, "a call")])))
    assert [item.reason for item in result.left] == ["no automatic fix"]


def test_information_gets_safe_fixes_only_unless_its_rule_is_selected():
    unsafe = keyword_rule("Minor", "a", Safety.UNSAFE)
    unsafe.severity = Severities(Severity.INFO, Severity.INFO)
    result, text = fixed("f(1)", unsafe, allow=ALL)
    assert (text, result.left[0].reason) == ("f(1)", "only information, unless selected")
    assert fixed("f(1)", unsafe, allow=ALL, settings=Settings(rules={}, runs=frozenset({"minor"})))[1] == "f(1, a=1)"


def test_a_suppressed_finding_is_not_fixed():
    _, text = fixed("f(1)  # nbprod: ignore[one] -- why\nf(2)", keyword_rule("One", "a"))
    assert text == "f(1)  # nbprod: ignore[one] -- why\nf(2, a=1)"


@pytest.mark.parametrize(("new", "reason"), [("y y", "would no longer parse"), ("(y", "would no longer parse")])
def test_a_fix_that_breaks_a_cell_is_dropped_and_the_others_stay(new, reason):
    rules = [text_rule("Breaking", "x", new), keyword_rule("One", "a")]
    result, text = fixed("f(1)\nz(x)", *rules)
    assert text == "f(1, a=1)\nz(x)"
    assert [(problem.stage, problem.rule) for problem in result.problems] == [("fix", "breaking")]
    assert reason in result.problems[0].message
    assert [item.finding.rule for item in result.left] == ["breaking"]


def test_a_fix_that_loses_a_comment_is_dropped():
    def check(self, node, ctx):
        yield self.finding(ctx, node, "a call", fixes=[Plan("mend", Safety.SAFE, lambda: swap(ctx, node))])

    def swap(ctx, node):
        return [ReplaceText(span=ctx.span(node), text="g()")]

    result, text = fixed("f(1,  # why\n  2)", rule("Careless", check))
    assert text == "f(1,  # why\n  2)"
    assert "a comment would be lost" in result.problems[0].message


def test_a_comment_may_be_deleted_on_purpose():
    def check(self, node, ctx):
        start = node.cells[0].source.find("  # old")
        if start >= 0:
            edit = ReplaceText(span=ctx.cell_span(0, start, start + 7), text="")
            yield self.finding(ctx, edit.span, "old", fixes=[Plan("delete", Safety.SAFE, lambda: [edit])])

    assert fixed("f(1)  # old\n# new", rule("Tidy", check, Notebook))[1] == "f(1)\n# new"


def test_a_fix_that_does_not_remove_its_finding_is_applied_once():
    def check(self, node, ctx):
        stmt = ctx.call(node).stmt
        if ast.unparse(node.func) == "f":
            plan = Plan("add g", Safety.SAFE, lambda: insert_after(ctx, stmt, "g()"))
            yield self.finding(ctx, node, "a call", fixes=[plan])

    result, text = fixed("f(1)", rule("Stubborn", check))
    assert text == "f(1)\ng()"
    assert "did not remove its finding" in result.problems[0].message


def test_fixes_that_undo_each_other_end():
    rules = [text_rule("There", "x", "y"), text_rule("Back", "y", "x")]
    result, text = fixed("z(x)", *rules)
    assert text in {"z(x)", "z(y)"}
    assert result.passes <= MAX_PASSES
    assert result.problems != []


def test_each_fix_is_asked_about_and_a_no_is_final():
    asked = []

    def accept(notebook, finding, fix):
        asked.append(fix.title)
        return finding.rule == "two"

    result, text = fixed("f(1)", keyword_rule("One", "a"), keyword_rule("Two", "b"), accept=accept)
    assert text == "f(1, b=1)"
    assert asked == ["add a", "add b"]
    assert [item.reason for item in result.left] == ["you left it"]


def test_the_origin_of_each_cell_is_kept():
    result, _ = fixed("import re\n# %%\nf('x')\n# %% [markdown]\ntext", hoist_rule())
    assert result.origins == [0, None, 1, 2]


def test_a_crashing_fix_is_a_problem_and_the_others_are_applied():
    def check(self, node, ctx):
        yield self.finding(ctx, node, "a call", fixes=[Plan("crash", Safety.SAFE, lambda: [1 / 0])])

    result, text = fixed("f(1)", rule("Crash", check), keyword_rule("One", "a"))
    assert text == "f(1, a=1)"
    assert {problem.rule for problem in result.problems} == {"crash"}


def test_an_old_format_is_left_alone_with_a_word_of_advice():
    cell = {"cell_type": "code", "input": "f(1)", "language": "python", "outputs": [], "metadata": {}}
    sheets = [{"cells": [cell], "metadata": {}}]
    old = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}).encode()
    notebook = parse_notebook(old, "old.ipynb")
    result = fix_notebook(notebook, [keyword_rule("One", "a")], Settings(rules={}), allow=SAFE)
    assert result.data == old
    assert "nbconvert" in result.problems[0].message
    assert fix_notebook(notebook, [], Settings(rules={}), allow=SAFE).problems == []


def test_a_handler_for_the_notebook_can_fix_too():
    def check(self, node, ctx):
        if not node.cells[0].source.startswith("import"):
            edit = ReplaceText(span=ctx.cell_span(0, 0, 0), text="import os\n")
            yield self.finding(
                ctx, ctx.cell_span(0, 0, 0), "no import", fixes=[Plan("add", Safety.SAFE, lambda: [edit])]
            )

    assert fixed("f(1)", rule("Whole", check, Notebook))[1] == "import os\nf(1)"


def test_what_a_python_file_cannot_hold_is_declined_and_no_fault_of_ours():
    notebook = parse_notebook(b"# Databricks notebook source\nf(1)\n", "a.py")

    def check(self, node, ctx):
        edit = InsertCell(before=0, cell_type="code", source="x = 1", tags=("t",))
        yield self.finding(ctx, node, "untagged", fixes=[Plan("tag it", Safety.SAFE, lambda: [edit])])

    result = fix_notebook(notebook, [rule("Tag", check), keyword_rule("One", "a")], Settings(rules={}), allow=SAFE)
    assert result.data == b"# Databricks notebook source\nf(1, a=1)\n"
    assert result.problems == []
    assert [(left.reason, left.declined) for left in result.left] == [
        ("a Databricks source file has no place for the tags of cells", True)
    ]
