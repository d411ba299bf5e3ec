"""What silences a finding, what doesn't, and what is said of the ignores themselves."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from nbprod.config import RuleInfo, Settings
from nbprod.engine.suppress import apply_suppressions
from nbprod.notebook import Notebook, cell_notebook
from nbprod.protocol import Confidence, Dimension, Finding, Profile, ReplaceText, Severity, Suppressed

PATH, LOAD, SECRET = "hard-coded-path", "untyped-load", "hard-coded-secret"
RULES = {name: RuleInfo(Dimension.DATA) for name in (PATH, LOAD, SECRET)}
RULES.update(dict.fromkeys(("cell-not-analysable", "unused-ignore", "ignore-without-reason"), RuleInfo()))
SETTINGS = Settings(rules=RULES, today=dt.date(2026, 6, 1))
Applied = tuple[list[Finding], list[Suppressed]]


def notebook(*sources: str, tags: Sequence[str] = (), metadata: dict[str, Any] | None = None) -> Notebook:
    made = cell_notebook([("code", source, tags) for source in sources])
    return replace(made, metadata={**made.metadata, "nbprod": metadata}) if metadata is not None else made


def found(nb: Notebook, rule: str, text: str, cell: int = 0) -> Finding:
    start = nb.cells[cell].source.index(text)
    return Finding(
        rule=rule,
        message="found",
        at=nb.span(nb.cells[cell], start, start + len(text)),
        severity=Severity.WARNING,
        production_severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        dimension=Dimension.DATA,
        fingerprint=rule,
    )


def apply(nb: Notebook, *findings: Finding, settings: Settings = SETTINGS) -> Applied:
    return apply_suppressions(nb, findings, settings)


def told(applied: Applied) -> list[tuple[str, str]]:
    return [(finding.rule, finding.message) for finding in applied[0]]


def silenced(applied: Applied) -> list[tuple[str, str, str | None]]:
    return [(item.finding.rule, item.by, item.reason) for item in applied[1]]


def test_without_an_ignore_everything_is_shown() -> None:
    nb = notebook("load('/a')")
    finding = found(nb, PATH, "'/a'")
    assert apply(nb, finding) == ([finding], [])


@pytest.mark.parametrize(
    "source",
    [
        "load('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "load('/a')  # noqa  # nbprod:ignore[untyped-load, hard-coded-path] -- it is a mount",
        "load('/a')  #nbprod: ignore -- it is a mount",
        "load(  # nbprod: ignore[hard-coded-path] -- it is a mount\n    '/a',\n)",
        "load(\n    '/a',\n)  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "if x:\n    load('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "x = '''\n'/a'\n'''  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "%time load('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "!ls '/a'  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "%%bash\nls '/a'  # nbprod: ignore[hard-coded-path] -- it is a mount",
        "日本 = 1; load('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount until=2026-06-01",
        "x = 1\r\nload('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount [until=2027-01-01]\r\ny = 2",
        "x = 1\rload('/a')  # nbprod: ignore[hard-coded-path] -- it is a mount\ry = 2",
    ],
)
def test_a_comment_speaks_for_its_statement(source: str) -> None:
    nb = notebook(source)
    applied = apply(nb, found(nb, PATH, "'/a'"))
    assert silenced(applied) == [(PATH, "comment", "it is a mount")]
    assert [rule for rule, _ in told(applied) if rule == PATH] == []


@pytest.mark.parametrize(
    "source",
    [
        "load('/a')  # nbprod: ignore[untyped-load] -- another rule",
        "load('/a', '# nbprod: ignore[hard-coded-path] -- a string')",
        "load('/a')\nx = 1  # nbprod: ignore[hard-coded-path] -- another statement",
        "for x in y:  # nbprod: ignore[hard-coded-path] -- the loop, not what is in it\n    load('/a')",
        "load('/a')  # nbprod: ignore[hard-coded-path] -- over until=2026-05-31",
        "load('/a')  # nbprod: ignore[hard-coded-path] -- no date until=2026-02-30",
        "load('/a')  # nbprod: ignore[hard-coded-path",
        "load('/a')  # nbprod: please ignore",
    ],
)
def test_what_silences_nothing(source: str) -> None:
    nb = notebook(source)
    assert silenced(apply(nb, found(nb, PATH, "'/a'"))) == []


def test_a_comment_speaks_only_for_its_cell() -> None:
    nb = notebook("load('/b')  # nbprod: ignore[hard-coded-path] -- x", "load('/a')")
    assert silenced(apply(nb, found(nb, PATH, "'/a'", cell=1))) == []


def test_a_cell_tag_speaks_for_its_cell() -> None:
    nb = notebook("load('/a')", tags=["nbprod-ignore-hard-coded-path"])
    applied = apply(nb, found(nb, PATH, "'/a'"), found(nb, LOAD, "load"))
    assert silenced(applied) == [(PATH, "cell-tag", None)]
    assert told(applied) == [
        ("ignore-without-reason", "`hard-coded-path` is ignored without a reason"),
        (LOAD, "found"),
    ]


@pytest.mark.parametrize(("ignore", "reason"), [([PATH], None), ({PATH: "a mount until=2026-12-31"}, "a mount")])
def test_the_metadata_speaks_for_the_notebook(ignore: object, reason: str | None) -> None:
    nb = notebook("x = 1", "load('/a')", metadata={"ignore": ignore})
    applied = apply(nb, found(nb, PATH, "'/a'", cell=1))
    assert silenced(applied) == [(PATH, "notebook-metadata", reason)]
    assert [rule for rule, _ in told(applied)] == ([] if reason else ["ignore-without-reason"])


@pytest.mark.parametrize("ignore", ["hard-coded-path", 3, True])
def test_metadata_of_a_wrong_shape_is_told(ignore: object) -> None:
    applied = apply(notebook("x = 1", metadata={"ignore": ignore}))
    assert told(applied) == [
        ("unused-ignore", "`metadata.nbprod.ignore` has to be a list of rule names, or an object name -> reason")
    ]


def test_the_configuration_silences_but_the_finding_is_kept() -> None:
    nb = notebook("load('/a')")
    settings = replace(SETTINGS, silences={PATH: "nbprod.toml: ignore"})
    assert silenced(apply(nb, found(nb, PATH, "'/a'"), settings=settings)) == [(PATH, "config", "nbprod.toml: ignore")]


def test_of_several_ignores_the_nearest_is_named_and_all_count_as_used() -> None:
    source = "load('/a')  # nbprod: ignore[hard-coded-path] -- near"
    nb = notebook(source, tags=["nbprod-ignore-hard-coded-path"], metadata={"ignore": {PATH: "far"}})
    applied = apply(nb, found(nb, PATH, "'/a'"), settings=replace(SETTINGS, profile=Profile.EXPLORE))
    assert silenced(applied) == [(PATH, "comment", "near")]
    assert told(applied) == []


def test_a_secret_cannot_be_ignored_and_the_attempt_is_told() -> None:
    source = "k = 'abc'  # nbprod: ignore[hard-coded-secret] -- please"
    nb = notebook(source, tags=["nbprod-ignore-hard-coded-secret"], metadata={"ignore": {SECRET: "please"}})
    applied = apply(nb, found(nb, SECRET, "'abc'"))
    assert silenced(applied) == []
    refused = [message for rule, message in told(applied) if rule == "unused-ignore"]
    assert len(refused) == 3
    assert all(message.startswith("`hard-coded-secret` cannot be ignored by name; allow the") for message in refused)


def test_an_ignore_of_everything_spares_no_secret() -> None:
    nb = notebook("k = load('/a')  # nbprod: ignore -- both")
    applied = apply(nb, found(nb, SECRET, "k"), found(nb, PATH, "'/a'"))
    assert [rule for rule, _ in told(applied)] == [SECRET]
    assert silenced(applied) == [(PATH, "comment", "both")]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (
            "ignore[hard-coded-path] -- why",
            "`hard-coded-path` finds nothing on this line, so there is nothing to ignore",
        ),
        ("ignore -- why", "nothing is found on this line, so there is nothing to ignore"),
        ("ignore[hard-code-path]", "there is no rule `hard-code-path`; did you mean `hard-coded-path`?"),
        ("ignore[untyped-load] -- x until=2026-05-31", "the ignore of `untyped-load` expired on 2026-05-31"),
        ("ignore -- x until=2026-05-31", "this ignore expired on 2026-05-31"),
        ("ignore[untyped-load] -- until=soon", "`until=soon` is no date; write it as 2026-12-31"),
        ("ignore[]", "this comment can't be read; write `# nbprod: ignore[rule-name] -- reason`"),
        ("noqa", "this comment can't be read; write `# nbprod: ignore[rule-name] -- reason`"),
    ],
)
def test_what_is_said_of_an_ignore_that_does_nothing(comment: str, message: str) -> None:
    assert told(apply(notebook(f"x = 1  # nbprod: {comment}"))) == [("unused-ignore", message)]


def test_a_comment_on_a_line_of_its_own_is_explained() -> None:
    nb = notebook("# nbprod: ignore[hard-coded-path] -- below\nload('/a')")
    messages = dict(told(apply(nb, found(nb, PATH, "'/a'"))))
    assert "a comment speaks for the statement that it stands beside" in messages["unused-ignore"]


def test_a_half_used_ignore_names_the_other_half_and_has_no_fix() -> None:
    nb = notebook("load('/a')  # nbprod: ignore[hard-coded-path, untyped-load] -- why")
    (notice,), _ = apply(nb, found(nb, PATH, "'/a'"))
    assert notice.message == "`untyped-load` finds nothing on this line, so there is nothing to ignore"
    assert notice.fixes == ()


def test_the_fix_deletes_the_comment_and_nothing_else() -> None:
    nb = notebook("x = 1  \t# nbprod: ignore -- why  \ny = 2")
    ((notice,), _) = apply(nb)
    (edit,) = notice.fixes[0].edits
    assert isinstance(edit, ReplaceText)
    source = nb.cells[0].source
    assert source[: edit.span.start] + edit.text + source[edit.span.end :] == "x = 1  \ny = 2"
    assert (notice.severity, notice.dimension) == (Severity.INFO, None)


def test_a_reason_is_expected_only_in_production() -> None:
    nb = notebook("load('/a')  # nbprod: ignore[hard-coded-path]")
    finding = found(nb, PATH, "'/a'")
    assert told(apply(nb, finding)) == [("ignore-without-reason", "`hard-coded-path` is ignored without a reason")]
    assert told(apply(nb, finding, settings=replace(SETTINGS, profile=Profile.EXPLORE))) == []


@pytest.mark.parametrize(
    "nb",
    [
        notebook("x = = 1  # nbprod: ignore[hard-coded-path] -- nobody can know"),
        notebook("x = 1  # nbprod: ignore[hard-coded-path] -- not looked at", tags=["nbprod-skip"]),
        notebook("x = = 1", metadata={"ignore": {PATH: "nobody can know"}}),
        notebook("print('# nbprod: ignore')", 'print("""\n# nbprod: ignore\n""")'),
    ],
    ids=["unparsable", "skipped", "metadata", "strings"],
)
def test_where_nothing_is_said_of_ignores(nb: Notebook) -> None:
    assert apply(nb) == ([], [])


def test_an_ignore_of_a_rule_that_does_not_run_is_not_unused() -> None:
    nb = notebook("x = 1  # nbprod: ignore[hard-coded-path] -- why")
    settings = replace(SETTINGS, runs=frozenset({LOAD, "unused-ignore"}))
    assert told(apply(nb, settings=settings)) == []


def test_notices_themselves_obey_the_configuration() -> None:
    nb = notebook("x = 1  # nbprod: ignore -- why")
    off = replace(SETTINGS, silences={"unused-ignore": "here"})
    assert silenced(apply(nb, settings=off)) == [("unused-ignore", "config", "here")]
    loud = replace(SETTINGS, severities={"unused-ignore": Severity.ERROR})
    assert [finding.severity for finding in apply(nb, settings=loud)[0]] == [Severity.ERROR]
    assert apply(nb, settings=replace(SETTINGS, runs=frozenset({LOAD}))) == ([], [])


def test_an_unparsable_cell_can_be_ignored_where_it_breaks() -> None:
    nb = notebook("x = = 1  # nbprod: ignore[cell-not-analysable] -- a template")
    assert silenced(apply(nb, found(nb, "cell-not-analysable", "= 1"))) == [
        ("cell-not-analysable", "comment", "a template")
    ]


def test_the_result_is_in_order_of_place() -> None:
    nb = notebook("x = 1  # nbprod: ignore -- why", "load('/a')")
    assert [rule for rule, _ in told(apply(nb, found(nb, PATH, "'/a'", cell=1)))] == ["unused-ignore", PATH]


def test_a_notebook_without_cells() -> None:
    assert apply(notebook(metadata={"ignore": [PATH]})) == ([], [])
