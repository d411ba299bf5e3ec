"""`nbprod check`: what it prints, and what it ends with."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_notebooks import findings, notebook_bytes
from click.testing import Result
from inline_snapshot import snapshot

from nbprod.notebook import read_notebook

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


def test_a_run(write: Write, nbprod: Nbprod) -> None:
    write("churn.ipynb", "x = 1", "y = 2\nBAD; MINOR")
    write("deep/clean.ipynb", "x = 1")
    write("r.ipynb", "x <- 1", metadata={"kernelspec": {"language": "R", "name": "ir"}})
    result = nbprod("check")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert "\n" + result.stdout == snapshot("""\

error[bad-word][*]: `BAD` stands here
 --> churn.ipynb:cell 2:2:1
  |
2 | BAD; MINOR
  | ^^^
  = help: Take it out (safe fix)

note: r.ipynb was not analysed: kernel language R

Found 1 error in 3 notebooks; 1 with a fix [*], 1 info hidden (--show info), 1 not analysed.
Readiness of churn.ipynb: 57 of 100, level D (trust is lowest; 1 error caps at D: bad-word; 2 of 9 assessed).
Readiness of deep/clean.ipynb: 100 of 100, level A (nothing found; 2 of 9 assessed).
`nbprod rule NAME` says why a rule matters and what to do.
""")


@pytest.mark.parametrize(
    ("source", "arguments", "code"),
    [
        ("x = 1", (), 0),
        ("MINOR", (), 0),
        ("MINOR", ("--fail-on", "info"), 1),
        ("DOUBTFUL", (), 1),
        ("DOUBTFUL", ("--fail-on", "error"), 0),
        ("DOUBTFUL", ("--profile", "explore"), 0),
        ("BAD", ("--fail-on", "never"), 0),
        ("BAD", ("--exit-zero",), 0),
        ("BAD", ("--ignore", "bad-word"), 0),
        ("BAD", ("--select", "minor-word"), 0),
        ("BAD", ("--select", "trust,demo-gap"), 1),
        ("BAD", ("--show", "error", "--jobs", "2", "--no-cache"), 1),
        ("x = = 1", (), 1),
        ("x = = 1", ("--select", "minor-word"), 1),
        ("CRASH", (), 3),
        ("CRASH", ("--exit-zero",), 3),
        ("CRASH; BAD", ("--fail-on", "never"), 3),
    ],
)
def test_exit_codes(write: Write, nbprod: Nbprod, source: str, arguments: tuple[str, ...], code: int) -> None:
    write("a.ipynb", source)
    assert nbprod("check", *arguments).exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "bad-wrd"),
        ("--fail-on", "fatal"),
        ("--jobs", "0"),
        ("--statistics", "--output-format", "json"),
        ("--no-such-option",),
        ("gone.ipynb",),
        ("gone.ipynb", "--exit-zero"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(write: Write, nbprod: Nbprod, arguments: tuple[str, ...]) -> None:
    write("a.ipynb", "BAD CRASH")
    result = nbprod("check", *arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mistyped_rule_gets_a_suggestion(write: Write, nbprod: Nbprod) -> None:
    result = nbprod("check", "--select", "bad-wrd")
    assert result.stderr == "Error: --select: unknown rule or dimension `bad-wrd`; did you mean `bad-word`?\n"


def test_a_missing_path_does_not_hide_the_others(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    result = nbprod("check", "gone.ipynb", "a.ipynb", "--output-format", "concise")
    assert result.stderr == "Error: gone.ipynb: no such file or folder\n"
    assert "a.ipynb:cell 1:1:1: error[bad-word]" in result.stdout
    assert result.exit_code == 2


def test_a_wrong_configuration_is_told_once_and_the_other_folders_are_checked(
    here: Path, write: Write, nbprod: Nbprod
) -> None:
    for name in ("bad/a.ipynb", "bad/b.ipynb", "good/c.ipynb"):
        write(name, "BAD")
    (here / "bad" / "nbprod.toml").write_text("selct = []")
    result = nbprod("check", "--output-format", "concise")
    assert result.stderr.count("unknown key `selct`; did you mean `select`?") == 1
    assert "good/c.ipynb:cell 1:1:1: error[bad-word]" in result.stdout
    assert result.exit_code == 2


def test_a_failing_rule_is_told_after_the_others_did_their_work(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "CRASH; BAD")
    write("b.ipynb", "BAD")
    result = nbprod("check", "--output-format", "concise")
    assert result.exit_code == 3
    assert "internal error: a.ipynb: rule faulty-rule: ZeroDivisionError: a bug" in result.stdout
    assert result.stdout.count("error[bad-word]") == 2


def test_a_crash_outside_the_rules_spares_the_other_notebooks(
    write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise RecursionError("too deep")

    write("a.ipynb", "BAD")
    monkeypatch.setattr("nbprod.engine.check.check_notebook", explode)
    result = nbprod("check")
    assert result.exit_code == 3
    assert "internal error: a.ipynb: RecursionError: too deep; please report this as a bug" in result.stdout


def test_a_crash_of_the_command_itself_is_a_bug_report(
    write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("evil \x1b[2J")

    write("a.ipynb", "BAD")
    monkeypatch.setattr("nbprod.output.text.cards", explode)
    result = nbprod("check")
    assert result.exit_code == 3
    assert "ZeroDivisionError: evil \\x1b[2J" in result.stderr
    assert "Please report this as a bug" in result.stderr


def test_ctrl_c_ends_a_run_without_a_traceback(write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    write("a.ipynb", "BAD")
    monkeypatch.setattr("nbprod.api.read_notebook", interrupt)
    result = nbprod("check")
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


def test_a_folder_without_notebooks(here: Path, nbprod: Nbprod) -> None:
    result = nbprod("check", ".")
    assert (result.exit_code, result.stderr) == (0, "No notebooks found in ..\n")


def test_standard_input(here: Path, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text('[per-path."x/*"]\nprofile = "explore"')
    data = notebook_bytes("BAD")
    plain = nbprod("check", "-", "--output-format", "concise", stdin=data)
    assert plain.stdout.startswith("<stdin>:cell 1:1:1: error[bad-word]")
    named = nbprod("check", "-", "--stdin-filename", "x/a.ipynb", "--output-format", "concise", stdin=data)
    assert named.stdout.startswith("x/a.ipynb:cell 1:1:1: warning[bad-word]")
    assert (plain.exit_code, named.exit_code) == (1, 0)


def test_json_holds_everything_and_is_valid(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD", "MINOR")
    result = nbprod("check", "--output-format", "json", "--show", "error")
    assert [finding["rule"] for finding in findings(result)] == ["bad-word", "minor-word"]
    (report,) = json.loads(result.stdout)
    assert report["path"] == "a.ipynb"
    assert report["scores"]["cappedBy"] == "trust"
    assert report["findings"][0]["docs"] == "docs/rules/bad-word.md"


def test_json_of_no_notebooks(here: Path, nbprod: Nbprod) -> None:
    assert nbprod("check", "--output-format", "json").stdout == "[]\n"


def test_select_gives_no_score(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    assert "Readiness" not in nbprod("check", "--select", "bad-word").stdout
    assert "Readiness of a.ipynb: 57 of 100, level D" in nbprod("check").stdout


def test_statistics(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD", "BAD", "DOUBTFUL")
    lines = nbprod("check", "--statistics").stdout.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [["2", "error", "bad-word"], ["1", "warning", "doubtful-word"]]


def test_what_is_excluded_is_checked_only_when_named(here: Path, write: Write, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text('exclude = ["old/"]')
    write("old/a.ipynb", "BAD")
    write("b.ipynb", "x = 1")
    assert nbprod("check").exit_code == 0
    assert nbprod("check", "old/a.ipynb").exit_code == 1


def test_suppression_and_configuration_reach_the_report(here: Path, write: Write, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text('ignore = ["doubtful-word"]')
    write("a.ipynb", "BAD  # nbprod: ignore[bad-word] -- quoted", "DOUBTFUL")
    result = nbprod("check", "--output-format", "json")
    (report,) = json.loads(result.stdout)
    assert report["findings"] == []
    assert [(item["by"], item["reason"]) for item in report["suppressed"]] == [
        ("comment", "quoted"),
        ("config", f"{here / 'nbprod.toml'}: ignore"),
    ]
    assert report["scores"]["headline"] < report["scores"]["headlineWithWaivers"] == 100
    assert result.exit_code == 0


def test_the_profile_of_the_notebook(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD", metadata={"nbprod": {"profile": "explore"}})
    assert nbprod("check").exit_code == 0
    assert nbprod("check", "--profile", "production").exit_code == 1
    write("a.ipynb", "x = 1", metadata={"nbprod": {"profile": "prod"}})
    wrong = nbprod("check")
    assert wrong.exit_code == 1
    assert "`metadata.nbprod.profile` is 'prod', not one of explore, production" in wrong.stdout


@pytest.mark.parametrize(
    ("env", "arguments", "colored"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--no-color",), False),
    ],
)
def test_colours(write: Write, nbprod: Nbprod, env: dict[str, str], arguments: tuple[str, ...], colored: bool) -> None:
    write("a.ipynb", "BAD")
    assert ("\x1b[" in nbprod("check", *arguments, env=env).stdout) is colored


UNREADABLE = {
    "empty.ipynb": b"",
    "no-json.ipynb": b"hello",
    "no-notebook.ipynb": b"[1, 2]",
    "truncated.ipynb": notebook_bytes("x = 1")[:-9],
    "utf-16.ipynb": notebook_bytes("x = 1").decode().encode("utf-16"),
    "latin-1.ipynb": notebook_bytes("x = 1").replace(b"x = 1", b"x = '\xe9'"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_notebook_ends_with_1_and_the_run_goes_on(
    here: Path, write: Write, nbprod: Nbprod, name: str
) -> None:
    (here / name).write_bytes(UNREADABLE[name])
    write("z.ipynb", "MINOR")
    result = nbprod("check", "--show", "info", "--fail-on", "never", "--output-format", "concise")
    assert f"error: {name}: " in result.stdout
    assert result.stdout.count(name) == 1
    assert "z.ipynb:cell 1:1:1: info[minor-word]" in result.stdout
    assert result.exit_code == 1


def test_special_files_do_not_stop_the_run(here: Path, write: Write, nbprod: Nbprod) -> None:
    (here / "folder.ipynb").mkdir()
    os.mkfifo(here / "fifo.ipynb")
    (here / "dangling.ipynb").symlink_to("nowhere")
    (here / "circular.ipynb").symlink_to("circular.ipynb")
    write("z.ipynb", "MINOR")
    result = nbprod("check", "--show", "info", "--output-format", "concise")
    assert "z.ipynb:cell 1:1:1: info[minor-word]" in result.stdout
    assert all(f"error: {name}.ipynb: " in result.stdout for name in ("fifo", "dangling", "circular"))
    assert result.exit_code == 1
    assert nbprod("check", "dangling.ipynb").exit_code == 1


def test_a_file_deleted_mid_run(write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.ipynb", "x = 1")
    write("b.ipynb", "x = 1")
    doomed = write("c.ipynb", "x = 1")

    def read(path: Path) -> Any:
        doomed.unlink(missing_ok=True)
        return read_notebook(path)

    monkeypatch.setattr("nbprod.api.read_notebook", read)
    result = nbprod("check")
    assert result.exit_code == 1
    assert "error: c.ipynb: " in result.stdout


@pytest.mark.parametrize("form", ["text", "concise"])
def test_hostile_names_and_sources(write: Write, nbprod: Nbprod, form: str) -> None:
    write("::error file=x::\x1b[2J\n::warning::.ipynb", "BAD \x1b[31m\u202e ##[error]", "x = = \x1b]0;title\x07")
    result = nbprod("check", "--output-format", form)
    assert result.exit_code == 1
    lines = result.stdout.split("\n")
    assert not [line for line in lines if line.lstrip().startswith(("::", "##")) or "##[" in line]
    assert not set(result.stdout) & {"\x1b", "\x07", "\u202e", "\r"}


def test_a_bad_byte_in_a_name(here: Path, nbprod: Nbprod) -> None:
    name = os.fsdecode(b"b\xff.ipynb")
    (here / name).write_bytes(notebook_bytes("BAD"))
    assert "b\\udcff.ipynb:cell 1:1:1: error" in nbprod("check", "--output-format", "concise").stdout
    assert json.loads(nbprod("check", "--output-format", "json").stdout)[0]["path"] == "b\\udcff.ipynb"


def test_profile_rules_says_how_long_each_rule_took(write: Write, nbprod: Nbprod) -> None:
    write("churn.ipynb", "BAD")
    rows = {line.split()[0]: line for line in nbprod("check", "--profile-rules").stderr.splitlines()}
    assert {"bad-word", "minor-word", "(parse)", "(model)", "(whole"} <= rows.keys()
    assert rows["bad-word"].endswith("%")


def test_what_is_excluded_is_checked_when_named_unless_told_otherwise(here: Path, write: Write, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text('exclude = ["old/"]')
    write("old/a.ipynb", "BAD = 1")
    assert nbprod("check", "old/a.ipynb").exit_code == 1
    assert nbprod("check", "--force-exclude", "old/a.ipynb").exit_code == 0
    assert "Fixed" not in nbprod("fix", "--force-exclude", "old/a.ipynb").stderr
