"""The formats beside the full text, and what ends a run."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
from inline_snapshot import snapshot
from msgspec.structs import replace

from nbprod.output import Outcome, View, concise, scorecard, statistics, text
from nbprod.output import json as json_format
from nbprod.protocol import (
    Dimension,
    DimensionScore,
    Fix,
    NextStep,
    Problem,
    Report,
    Safety,
    Scores,
    Severity,
    Suppressed,
)

Make = Callable[..., Any]
FIX = Fix(title="Mend it", safety=Safety.SAFE)


def scores(headline: int | None, level: str | None, **fields: Any) -> Scores:
    points = {Dimension.DATA: headline, Dimension.TRUST: 93}
    defaults: dict[str, Any] = {
        "capped_by": Dimension.DATA,
        "reason": "data is lowest",
        "assessed": 2,
        "headline_with_waivers": headline,
        "mean": 80.5,
        "dimensions": tuple(
            DimensionScore(dimension=dimension, score=points.get(dimension), penalty=0, findings=index % 3)
            for index, dimension in enumerate(Dimension)
        ),
        "next_steps": (),
        "ruleset": "test",
    }
    return Scores(headline=headline, level=level, **defaults | fields)


def scored(draft: Make, path: str, headline: int, level: str) -> Outcome:
    outcome: Outcome = draft("x = 1").outcome(path=path, scores=scores(headline, level))
    return outcome


def test_concise(draft: Make) -> None:
    nb = draft("x = 1\ny = 2")
    found = [nb.found("x", fixes=(FIX,)), nb.found("y", severity=Severity.ERROR), nb.found("2", severity=Severity.INFO)]
    unread = Problem(path="b.ipynb", stage="read", message="the file is empty")
    outcomes = [nb.outcome(*found), draft().outcome(path="b.ipynb", problems=(unread,))]
    assert "".join(concise.render(outcomes, View())) == snapshot("""\
nb.ipynb:cell 1:1:1: warning[a-rule] something is wrong [*]
nb.ipynb:cell 1:2:1: error[a-rule] something is wrong
error: b.ipynb: the file is empty
Found 1 error, 1 warning in 2 notebooks; 1 with a fix [*], 1 info hidden (--show info), 1 with problems.
""")


def test_a_concise_line_cannot_start_a_workflow_command(draft: Make) -> None:
    nb = draft("x = 1")
    (line, *_) = concise.render([nb.outcome(nb.found("x"), path="::error file=x::.ipynb")], View())
    assert line.startswith("./::error file=x::.ipynb:cell 1:1:1: ")


def test_statistics(draft: Make) -> None:
    nb = draft("x = 1\ny = 2")
    one = nb.outcome(nb.found("x", "twice", fixes=(FIX,)), nb.found("y", "once", severity=Severity.ERROR))
    other = nb.outcome(nb.found("x", "twice"), nb.found("y", "hidden", severity=Severity.INFO))
    assert "".join(statistics.render([one, other], View())) == snapshot("""\
     2  warning  twice                            in 2 notebooks  [*] 1 with a fix
     1  error    once                             in 1 notebook
Found 1 error, 2 warnings in 2 notebooks; 1 with a fix [*], 1 info hidden (--show info).
""")


def test_json_is_an_array_of_reports_with_every_finding(draft: Make) -> None:
    nb = draft("x = 1")
    finding = nb.found("x", severity=Severity.INFO, fixes=(FIX,))
    outcome = nb.outcome(finding, scores=scores(81, "B"), suppressed=(Suppressed(finding=finding, by="comment"),))
    written = b"".join(json_format.render([outcome, outcome], View()))
    assert msgspec.json.decode(written, type=list[Report]) == [outcome.report, outcome.report]
    assert written.decode().count("\n") == 4


def test_json_of_nothing() -> None:
    assert json.loads(b"".join(json_format.render([], View()))) == []


def test_json_is_valid_whatever_a_name_holds(draft: Make) -> None:
    nb = draft("x = 1")
    finding = nb.found("x", message="half \ud83d of a pair", docs=None)
    written = b"".join(json_format.render([nb.outcome(finding, path="b\udcff.ipynb")], View()))
    (report,) = json.loads(written.decode("utf-8"))
    assert report["path"] == "b\\udcff.ipynb"
    assert report["findings"][0]["message"] == "half \\ud83d of a pair"
    assert report["findings"][0]["at"]["cell"] == {"index": 0, "id": "cell-0"}


def test_a_run_over_a_few_notebooks_tells_how_ready_each_is(draft: Make) -> None:
    outcomes = [scored(draft, "a.ipynb", 81, "B"), scored(draft, "b.ipynb", 57, "D")]
    assert "".join(text.render(outcomes, View())) == snapshot("""\
Found nothing in 2 notebooks.
Readiness of a.ipynb: 81 of 100, level B (data is lowest; 2 of 9 assessed).
Readiness of b.ipynb: 57 of 100, level D (data is lowest; 2 of 9 assessed).
""")


def test_a_run_over_many_tells_the_spread_and_the_least_ready(draft: Make) -> None:
    outcomes = [
        scored(draft, f"{name}.ipynb", points, level)
        for name, points, level in zip("abcd", (81, 57, 54, 93), "BDCA", strict=True)
    ]
    assert "".join(text.render(outcomes, View())) == snapshot("""\
Found nothing in 4 notebooks.
Levels of 4 notebooks: 1 A, 1 B, 1 C, 1 D. The least ready:
Readiness of b.ipynb: 57 of 100, level D (data is lowest; 2 of 9 assessed).
""")


def test_waivers_are_told_when_they_matter(draft: Make) -> None:
    outcome = draft("x").outcome(scores=scores(57, "C", headline_with_waivers=81))
    assert "9 assessed; 81 with waivers)." in "".join(text.render([outcome], View()))


def test_scorecard(draft: Make) -> None:
    steps = (
        NextStep(rule="static-data-file", points=19, findings=1, fixable=0),
        NextStep(rule="untyped-load", points=4, findings=3, fixable=2),
        NextStep(rule="beyond-the-limit", points=2, findings=1, fixable=0),
        NextStep(rule="no-gain", points=0, findings=1, fixable=0),
    )
    one = draft("x").outcome(path="churn.ipynb", scores=scores(57, "C", next_steps=steps, headline_with_waivers=81))
    other = draft("x").outcome(path="b.ipynb", scores=scores(20, "E"))
    nothing = scores(None, None, reason="nothing in this notebook could be assessed")
    unassessed = draft("x").outcome(path="c.ipynb", scores=nothing)
    assert "\n" + "".join(scorecard.render([one, other, unassessed], View(), 2)) == snapshot("""\

churn.ipynb: 57 of 100, level C
  data is lowest
  ideal-conditions    —
  data               57  ███████████░░░░░░░░░  1 finding
  evaluation          —                        2 findings
  integration         —
  operations          —                        1 finding
  ownership           —                        2 findings
  maintenance         —
  trust              93  ███████████████████░  1 finding
  demo-gap            —                        2 findings
  2 of 9 assessed, mean 80 (a trend, no grade), 81 with waivers
  What to mend first, with the points its dimension gains:
    +19  static-data-file                 1 finding
     +4  untyped-load                     3 findings, 2 with a fix

b.ipynb: 20 of 100, level E
  data is lowest
  ideal-conditions    —
  data               20  ████░░░░░░░░░░░░░░░░  1 finding
  evaluation          —                        2 findings
  integration         —
  operations          —                        1 finding
  ownership           —                        2 findings
  maintenance         —
  trust              93  ███████████████████░  1 finding
  demo-gap            —                        2 findings
  2 of 9 assessed, mean 80 (a trend, no grade)

c.ipynb: nothing in this notebook could be assessed

Levels of 2 notebooks: 1 C, 1 E. The least ready:
Readiness of b.ipynb: 20 of 100, level E (data is lowest; 2 of 9 assessed).
""")


def test_a_notebook_that_was_not_analysed_has_no_card(draft: Make) -> None:
    outcome = draft("x").outcome(skipped="kernel language R")
    assert "".join(scorecard.render([outcome], View(), 5)) == "note: nb.ipynb was not analysed: kernel language R\n"


def test_renderers_take_one_notebook_at_a_time(draft: Make) -> None:
    nb = draft("x = 1")
    taken: list[int] = []

    def outcomes() -> Any:
        for index in range(3):
            taken.append(index)
            yield nb.outcome(nb.found("x"))

    for module in (text, concise, json_format):
        taken.clear()
        stream = module.render(outcomes(), View())
        next(iter(stream))
        assert taken == [0], module.__name__


def test_an_outcome_of_another_process_needs_only_its_report_and_sources(draft: Make) -> None:
    nb = draft("x = 1")
    outcome = nb.outcome(nb.found("x"))
    again = Outcome(msgspec.json.decode(msgspec.json.encode(outcome.report), type=Report), outcome.cells)
    assert list(text.render([again], View())) == list(text.render([outcome], View()))
    assert replace(again.report) == outcome.report
