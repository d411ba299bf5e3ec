"""The engine, with rules made for the test."""

import ast

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.engine.fingerprint import statement_anchor
from nbprod.kit import (
    Call,
    Confidence,
    Dimension,
    EventKind,
    Notebook,
    Plan,
    Rule,
    Safety,
    Severities,
    Severity,
    on,
)
from nbprod.notebook import cell_notebook
from nbprod.protocol import Profile, ReplaceText
from nbprod.semantic import SemanticModel


class Header:
    """What the rules below have in common."""

    dimension = Dimension.DATA
    severity = Severities(Severity.INFO, Severity.WARNING)
    since = "0.1"


class EveryLoad(Header, Rule):
    """Finds loads."""

    @on(EventKind.LOAD)
    def check(self, event, ctx):
        def edits():
            return [ReplaceText(span=ctx.span(event), text="x")]

        yield self.finding(ctx, event, "a load", fixes=[Plan("replace it", Safety.SAFE, edits)])


class EveryTrigger(Header, Rule):
    """Finds by each kind of trigger."""

    @on(ast.While, "builtins.open", Call, Notebook)
    def check(self, subject, ctx):
        if isinstance(subject, Notebook):
            yield self.finding(ctx, ctx.cell_span(0, 0, 0), "notebook")
        else:
            yield self.finding(ctx, subject, type(subject).__name__)


class Needing(Header, Rule):
    """Is called where there is something to look at."""

    @on(Notebook, needs=[EventKind.FIT, "pandas.read_csv", ast.While])
    def check(self, notebook, ctx):
        yield self.finding(ctx, ctx.cell_span(0, 0, 0), "worth a look")


class Crashing(Header, Rule):
    """Fails."""

    @on(ast.Call, ast.Name)
    def check(self, node, ctx):
        raise KeyError("oops")


class Faulty(Header, Rule):
    """Its fix fails."""

    @on(EventKind.LOAD)
    def check(self, event, ctx):
        yield self.finding(ctx, event, "a load", fixes=[Plan("break", Safety.SAFE, lambda: [1 / 0])])


def check(rules, *sources, profile=Profile.PRODUCTION, edits=True):
    notebook = cell_notebook([("code", source, []) for source in sources])
    return check_notebook(notebook, rules, Settings(rules={}, profile=profile), edits=edits)


def test_a_handler_is_called_where_one_of_its_needs_is_met():
    for source in (
        "import pandas as pd\npd.read_csv('a')",
        "while True: pass",
        "from xgboost import XGBClassifier\nXGBClassifier().fit(x, y)",
    ):
        assert len(check([Needing], source).findings) == 1, source
    assert check([Needing], "read_csv('a')\nfor x in y: pass").findings == []


def test_severity_follows_the_profile():
    production = check([EveryLoad], "import pandas as pd", "pd.read_csv('a')").findings[0]
    explore = check([EveryLoad], "import pandas as pd", "pd.read_csv('a')", profile=Profile.EXPLORE).findings[0]
    assert (production.severity, production.production_severity) == (Severity.WARNING, Severity.WARNING)
    assert (explore.severity, explore.production_severity) == (Severity.INFO, Severity.WARNING)
    assert production.confidence is Confidence.HIGH


def test_titles_only_unless_edits_are_asked_for():
    titles = check([EveryLoad], "import pandas as pd\npd.read_csv('a')", edits=False).findings[0].fixes
    whole = check([EveryLoad], "import pandas as pd\npd.read_csv('a')").findings[0].fixes
    assert [fix.title for fix in titles] == [fix.title for fix in whole] == ["replace it"]
    assert titles[0].edits == ()
    assert isinstance(whole[0].edits[0], ReplaceText)


def test_every_kind_of_trigger():
    found = check([EveryTrigger], "while True:\n    open('a')").findings
    assert sorted(finding.message for finding in found) == ["Call", "While", "notebook"]


def test_findings_are_sorted_by_place():
    found = check([EveryTrigger], "open('b')", "open('a')\nopen('c')").findings
    assert [finding.at.cell.index for finding in found] == [0, 0, 1, 1]


def test_a_crashing_rule_is_a_problem_and_hides_nothing():
    checked = check([Crashing, EveryLoad], "import pandas as pd\npd.read_csv('a')")
    (problem,) = checked.problems
    assert (problem.stage, problem.rule) == ("rule", "crashing")
    assert "KeyError" in problem.message
    assert [finding.rule for finding in checked.findings] == ["every-load"]


def test_a_faulty_fix_is_a_problem_and_the_finding_stays():
    checked = check([Faulty], "import pandas as pd\npd.read_csv('a')")
    assert [problem.stage for problem in checked.problems] == ["fix"]
    assert checked.findings[0].fixes == ()


def test_a_cell_that_does_not_parse_is_a_finding_and_a_problem():
    checked = check([EveryLoad], "def f(:", "import pandas as pd\npd.read_csv('a')")
    assert [finding.rule for finding in checked.findings] == ["cell-not-analysable", "every-load"]
    assert checked.findings[0].severity is Severity.WARNING
    assert [(problem.stage, problem.cell.index) for problem in checked.problems] == [("parse", 0)]


def fingerprint_of(*sources):
    return check([EveryLoad], *sources, edits=False).findings[0].fingerprint


def test_the_fingerprint_survives_moving_and_renaming_but_not_another_call():
    first = fingerprint_of("import pandas as pd\ndf = pd.read_csv('a.csv')")
    assert fingerprint_of("x = 1", "import pandas as pd", "\n\nframe = pd.read_csv('a.csv')  # note") == first
    assert fingerprint_of("import pandas as pd\ndf = pd.read_csv('b.csv')") != first
    assert fingerprint_of("import pandas as pd\ndef load():\n    df = pd.read_csv('a.csv')\nload()") != first


def test_the_anchor_of_a_compound_statement_is_its_header():
    notebook = cell_notebook(
        [("code", "while job.status():\n    work()", []), ("code", "while job.status():\n    rest()", [])]
    )
    model = SemanticModel(notebook)
    first, second = (statement_anchor(model, cell, 6) for cell in notebook.cells)
    assert first == second


def test_the_same_finding_twice_is_one():
    class Twice(EveryLoad):
        """Says it twice."""

        @on(EventKind.LOAD)
        def again(self, event, ctx):
            yield self.finding(ctx, event, "a load")

    assert len(check([Twice], "import pandas as pd\npd.read_csv('a')").findings) == 1
