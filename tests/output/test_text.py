"""The full form for people, whole outputs at a time."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from inline_snapshot import snapshot

from nbprod.output import Outcome, View, text
from nbprod.protocol import CellRef, Fix, Problem, Related, Safety, Severity, Suppressed

ERROR, INFO = Severity.ERROR, Severity.INFO
Make = Callable[..., Any]


def rendered(*outcomes: Outcome, **view: Any) -> str:
    return "\n" + "".join(text.render(outcomes, View(**view)))


def frame(output: str) -> list[str]:
    """The source line and the carets below it, without the gutter."""
    return [line.partition("| ")[2] for line in output.splitlines() if re.match(r" *\d* \| ", line)]


def test_a_whole_run(draft: Make) -> None:
    nb = draft("SRC = '/Users/ana/churn.csv'", "df = pd.read_csv(SRC)\nr = requests.get(URL)")
    churn = nb.outcome(
        nb.found(
            "SRC",
            "hard-coded-path",
            cell=1,
            severity=ERROR,
            message="`/Users/ana/churn.csv` exists on one machine only",
            related=(Related(span=nb.span("'/Users"), note="the path is set here"),),
            fixes=(Fix(title="Move the path to a parameters cell", safety=Safety.SAFE),),
        ),
        nb.found("pd.read_csv(SRC)", "static-data-file", cell=1, message="`df` is a file that was exported once"),
        nb.found(
            "requests.get(URL)",
            "http-without-timeout",
            cell=1,
            message="`requests.get` waits for ever when the server hangs",
            fixes=(Fix(title="Add `timeout=30`", safety=Safety.UNSAFE),),
            advice="not shown, since there is a fix",
        ),
        nb.found("df", "untyped-load", cell=1, severity=INFO),
        path="churn.ipynb",
        suppressed=(Suppressed(finding=nb.found("SRC"), by="comment", reason="x"),),
    )
    other = nb.outcome(path="clean.ipynb")
    assert rendered(churn, other) == snapshot("""\

error[hard-coded-path][*]: `/Users/ana/churn.csv` exists on one machine only
 --> churn.ipynb:cell 2:1:18
  |
1 | df = pd.read_csv(SRC)
  |                  ^^^
  = warning[static-data-file]: `df` is a file that was exported once
  = cell 1:1:7: the path is set here
  = help: Move the path to a parameters cell (safe fix)

warning[http-without-timeout][*]: `requests.get` waits for ever when the server hangs
 --> churn.ipynb:cell 2:2:5
  |
2 | r = requests.get(URL)
  |     ^^^^^^^^^^^^^^^^^
  = help: Add `timeout=30` (unsafe fix)

Found 1 error, 2 warnings in 2 notebooks; 2 with a fix [*], 1 suppressed, 1 info hidden (--show info).
`nbprod rule NAME` says why a rule matters and what to do.
""")


def test_what_the_configuration_silences_is_counted_apart(draft: Make) -> None:
    nb = draft("x = 1")
    silenced = [Suppressed(finding=nb.found("x"), by=by) for by in ("comment", "config", "config")]
    summary = rendered(nb.outcome(suppressed=tuple(silenced)))
    assert summary == "\nFound nothing in 1 notebook; 1 suppressed, 2 switched off by configuration.\n"


def test_nothing_found(draft: Make) -> None:
    assert rendered(draft("x = 1").outcome()) == snapshot("""\

Found nothing in 1 notebook.
""")


def test_everything_is_listed_when_asked_for(draft: Make) -> None:
    nb = draft("x = 1")
    assert rendered(nb.outcome(nb.found("x", severity=INFO)), show=INFO) == snapshot("""\

info[a-rule]: something is wrong
 --> nb.ipynb:cell 1:1:1
  |
1 | x = 1
  | ^

Found 1 info in 1 notebook.
`nbprod rule NAME` says why a rule matters and what to do.
""")


def test_colours(draft: Make) -> None:
    nb = draft("x = 1")
    finding = nb.found("1", severity=ERROR, advice="do this", message="bad \x1b[0m")
    assert rendered(nb.outcome(finding), color=True) == snapshot("""\

\x1b[1;31merror[a-rule]\x1b[0m: bad \\x1b[0m
 \x1b[34m-->\x1b[0m nb.ipynb:cell 1:1:5
  \x1b[34m|\x1b[0m
\x1b[34m1\x1b[0m \x1b[34m|\x1b[0m x = 1
  \x1b[34m|\x1b[0m     \x1b[1;31m^\x1b[0m
  \x1b[34m=\x1b[0m \x1b[1;32mhelp\x1b[0m: do this

\x1b[1;31mFound 1 error\x1b[0m in 1 notebook.
\x1b[2m`nbprod rule NAME` says why a rule matters and what to do.\x1b[0m
""")


def test_what_could_not_be_checked(draft: Make) -> None:
    nb = draft("x = = 1", "y = 1")
    broken = nb.found("= 1", "cell-not-analysable", dimension=None, message="this cell was not analysed")
    problems = (
        Problem(path="a.ipynb", stage="parse", cell=CellRef(index=0), message="said by the finding"),
        Problem(path="a.ipynb", stage="parse", cell=CellRef(index=1), rule="no-run-logging", message="could not judge"),
        Problem(path="a.ipynb", stage="settings", message="a wrong profile"),
        Problem(path="a.ipynb", stage="rule", rule="x", message="ZeroDivisionError"),
    )
    unread = Problem(path="b.ipynb", stage="read", message="the file is empty")
    assert rendered(
        nb.outcome(broken, path="a.ipynb", problems=problems),
        draft().outcome(path="b.ipynb", problems=(unread,)),
        draft().outcome(path="c.ipynb", skipped="kernel language R"),
    ) == snapshot("""\

note: a.ipynb:cell 2: rule no-run-logging: could not judge
error: a.ipynb: a wrong profile
internal error: a.ipynb: rule x: ZeroDivisionError

warning[cell-not-analysable]: this cell was not analysed
 --> a.ipynb:cell 1:1:5
  |
1 | x = = 1
  |     ^^^

error: b.ipynb: the file is empty

note: c.ipynb was not analysed: kernel language R

Found 1 warning in 3 notebooks; 1 not analysed, 2 with problems.
`nbprod rule NAME` says why a rule matters and what to do.
""")


def test_findings_at_one_place_share_a_card_and_others_do_not(draft: Make) -> None:
    nb = draft("a = f(g(1))\nb = 2; c = 3")
    found = [nb.found("a = f(g(1))", "outer"), nb.found("g(1)", "inner"), nb.found("b"), nb.found("c")]
    titles = re.findall(r"^warning|= warning", rendered(nb.outcome(*found)), re.MULTILINE)
    assert titles == ["warning", "= warning", "warning", "warning"]


def test_places_with_the_same_note_share_a_line(draft: Make) -> None:
    nb = draft("a = 1\nb = 2\nc = 3")
    related = [
        Related(span=nb.span(name), note=note) for name, note in (("b", "here too"), ("c", "here too"), ("a", "x"))
    ]
    output = rendered(nb.outcome(nb.found("a", related=tuple(related))))
    assert "\n  = cell 1:2:1, cell 1:3:1: here too\n  = cell 1:1:1: x\n" in output


def test_advice_keeps_its_lines(draft: Make) -> None:
    nb = draft("x = 1")
    output = rendered(nb.outcome(nb.found("x", advice="Add to pyproject.toml:\n    pandas==2.2\n\x1b[2J")))
    assert output.split("\n")[6:9] == [
        "  = help: Add to pyproject.toml:",
        "  =           pandas==2.2",
        "  =       \\x1b[2J",
    ]


def test_the_address_of_a_page_is_shown_only_if_it_is_one(draft: Make) -> None:
    nb = draft("x = 1")
    assert "docs:" not in rendered(nb.outcome(nb.found("x", docs="docs/rules/a-rule.md")))
    assert "= docs: https://x.example/a" in rendered(nb.outcome(nb.found("x", docs="https://x.example/a")))


@pytest.mark.parametrize(
    ("source", "marked", "expected"),
    [
        ("x = f(1)", "f(1)", ["x = f(1)", "    ^^^^"]),
        ("\tx = f(1)", "f(1)", ["    x = f(1)", "        ^^^^"]),
        ("x = '日本' + f(1)", "f(1)", ["x = '日本' + f(1)", "             ^^^^"]),
        ("x = '日本'", "'日本'", ["x = '日本'", "    ^^^^^^"]),
        ("x = '👩‍💻👍🏽' + f(1)", "f(1)", ["x = '👩‍💻👍🏽' + f(1)", "             ^^^^"]),
        ("x = 'e\u0301' + f(1)", "f(1)", ["x = 'e\u0301' + f(1)", "          ^^^^"]),
        ("x = '\x1b[31m' + f(1)", "f(1)", ["x = '\\x1b[31m' + f(1)", "                 ^^^^"]),
        ("if x:\r\n    y = 1\r\n", "y = 1", ["    y = 1", "    ^^^^^"]),
        ("a = 1\rb = 2", "b", ["b = 2", "^"]),
        ("def f(\n    x,\n): ...", "def f(\n    x,\n)", ["def f(", "^^^^^^"]),
    ],
)
def test_carets_stand_under_what_they_mark(draft: Make, source: str, marked: str, expected: list[str]) -> None:
    nb = draft(source)
    assert frame(rendered(nb.outcome(nb.found(marked)))) == expected


def test_an_empty_stretch_gets_a_caret_too(draft: Make) -> None:
    nb = draft("\n\n")
    assert "\n1 |\n  | ^\n" in rendered(nb.outcome(nb.found("")))


def test_long_lines_are_cut_around_what_they_mark(draft: Make) -> None:
    nb = draft(f"x = [{'1, ' * 100_000}f(x){', 2' * 100_000}]")
    line, carets = frame(rendered(nb.outcome(nb.found("f(x)")), width=60))
    assert line == "…1, 1, 1, 1, 1, 1, f(x), 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, …"
    assert line[carets.index("^") : carets.rindex("^") + 1] == "f(x)"
    assert len(line) <= 60


def test_a_long_stretch_is_marked_to_where_the_line_is_cut(draft: Make) -> None:
    nb = draft(f"x = '{'日' * 500}'")
    line, carets = frame(rendered(nb.outcome(nb.found(f"'{'日' * 500}'")), width=60))
    assert line.startswith("x = '日")
    assert line.endswith("日…")
    assert carets == "    " + "^" * (1 + 2 * line.count("日"))


def test_a_finding_in_an_output_shows_no_source(draft: Make) -> None:
    nb = draft("x = 1")
    finding = nb.found("x")
    from msgspec.structs import replace

    in_output = replace(finding, at=replace(finding.at, output=0))
    assert "nb.ipynb:cell 1 output 1:1:1\n\n" in rendered(nb.outcome(in_output))


def test_hostile_text_stays_on_its_line(draft: Make) -> None:
    evil = "\n::error::owned\r\x1b[2J\u202e##[error]x"
    nb = draft(f"x = '{evil[1:]}'")
    finding = nb.found(
        "x",
        message=evil,
        related=(Related(span=nb.span("x"), note=evil),),
        fixes=(Fix(title=evil, safety=Safety.SAFE),),
    )
    problem = Problem(path=evil, stage="read", message=evil)
    output = rendered(nb.outcome(finding, path=evil), nb.outcome(path=evil, problems=(problem,), skipped=evil))
    assert not re.search(r"^\s*(::|##)", output, re.MULTILINE)
    assert not re.search(r"##\[|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output)


def test_no_frame_quotes_a_secret(draft: Make) -> None:
    nb = draft("connect(host, password='k7Vt2q9xW3')  # and a finding of another rule")
    secret = nb.found("k7Vt2q9xW3", "hard-coded-secret", severity=ERROR)
    shown = frame(rendered(nb.outcome(secret, nb.found("connect(host"))))
    assert [line for line in shown if "connect" in line] == [
        "connect(host, password='k7********')  # and a finding of another rule"
    ] * 2
