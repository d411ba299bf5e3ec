"""`nbprod fix` and `nbprod check --fix`: what they write, say and end with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_notebooks import notebook_bytes
from click.testing import Result
from inline_snapshot import snapshot

import nbprod as api
from nbprod import registry
from nbprod.errors import ReadError
from nbprod.kit import Context, Declined, Diagnosis, Dimension, Notebook, Plan, Rule, Safety, Severities, Severity, on
from nbprod.notebook import read_notebook
from nbprod.protocol import InsertCell, ReplaceText, SetMetadata

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


class _Change(Rule):
    """Base of rules that find a word and put another one there."""

    word = ""
    safety = Safety.SAFE
    dimension = Dimension.TRUST
    severity = Severities(Severity.INFO, Severity.WARNING)
    since = "0.1"

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for cell in notebook.code_cells:
            start = cell.source.find(self.word)
            if start >= 0:
                span = ctx.cell_span(cell.index, start, start + len(self.word))
                edits = [ReplaceText(span=span, text="good"), *self.more(notebook)]
                plan = Plan(f"Change {self.word}", self.safety, lambda edits=edits: edits)  # type: ignore[misc]
                yield self.finding(ctx, span, f"`{self.word}` stands here", fixes=[plan])

    def more(self, notebook: Notebook) -> list[InsertCell | SetMetadata]:
        return []


class Plain(_Change):
    """Safe."""

    word = "plain"


class Risky(_Change):
    """Unsafe."""

    word = "risky"
    safety = Safety.UNSAFE


class Hollow(_Change):
    """A template that brings a cell along and tags another."""

    word = "hollow"
    safety = Safety.TEMPLATE

    def more(self, notebook: Notebook) -> list[InsertCell | SetMetadata]:
        new = InsertCell(before=0, cell_type="code", source="# TODO(nbprod)\x1b[31m", tags=("new",))
        return [new, SetMetadata(cell=notebook.cell_ref(0), path=("tags",), value=["seen"])]


class Shy(_Change):
    """Declines."""

    word = "shy"

    def more(self, notebook: Notebook) -> list[InsertCell | SetMetadata]:
        raise AssertionError

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        def build() -> list[ReplaceText]:
            raise Declined("a comment would be lost")

        if any("shy" in cell.source for cell in notebook.cells):
            yield self.finding(ctx, ctx.cell_span(0, 0, 0), "shy", fixes=[Plan("mend", Safety.SAFE, build)])


@pytest.fixture(autouse=True)
def changes(words: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ours", lambda: iter([Plain, Risky, Hollow, Shy]))
    registry.listed_rules.cache_clear()


def sources(path: Path) -> list[str]:
    return [cell.source for cell in read_notebook(path).cells]


def test_safe_fixes_are_applied_and_told(write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "plain", "risky", "shy")
    clean = write("deep/clean.ipynb", "x = 1")
    before = clean.read_bytes()
    result = nbprod("fix")
    assert (result.exit_code, sources(path), clean.read_bytes()) == (0, ["good", "risky", "shy"], before)
    assert "\n" + result.stdout == snapshot("""\

churn.ipynb
  fixed cell 1: Change plain (plain)
  left  cell 1: a comment would be lost (shy)
""")
    assert result.stderr == snapshot("""\
Fixed 1 finding in 1 of 2 notebooks. Left: declined (1); the fix needs --unsafe (1).
""")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--unsafe"], ["good", "good", "hollow"]),
        (["--template"], ["# TODO(nbprod)\x1b[31m", "good", "risky", "good"]),
        (["--unsafe", "--template"], ["# TODO(nbprod)\x1b[31m", "good", "good", "good"]),
        (["--unsafe", "--select", "risky"], ["plain", "good", "hollow"]),
        (["--ignore", "plain"], ["plain", "risky", "hollow"]),
    ],
)
def test_what_is_fixed_can_be_chosen(options: list[str], expected: list[str], write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "plain", "risky", "hollow")
    assert nbprod("fix", *options).exit_code == 0
    assert sources(path) == expected
    again = path.read_bytes()
    assert nbprod("fix", *options).exit_code == 0
    assert path.read_bytes() == again


def test_a_diff_changes_nothing_and_ends_with_1(write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "a = 1\nplain\nb = 2", "x = 1", "hollow")
    write("clean.ipynb", "x = 1")
    before = path.read_bytes()
    result = nbprod("fix", "--diff", "--template")
    assert (result.exit_code, path.read_bytes()) == (1, before)
    assert "\n" + result.stdout == snapshot("""\

--- churn.ipynb
+++ churn.ipynb
@@ -0,0 +1 @@ new cell 1 (code, tagged new)
+# TODO(nbprod)\\x1b[31m
@@ -1,3 +1,3 @@ cell 1, now 2
 a = 1
-plain
+good
 b = 2
@@ cell 1, now 2: tags
-
+seen
@@ -1 +1 @@ cell 3, now 4
-hollow
+good
""")
    assert result.stderr == "Would fix 2 findings in 1 of 2 notebooks.\n"
    assert nbprod("fix", "--diff", "clean.ipynb").exit_code == 0


def test_each_fix_can_be_asked_about(write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "plain", "risky")
    result = nbprod("fix", "--interactive", "--unsafe", stdin=b"n\ny\n")
    assert (result.exit_code, sources(path)) == (0, ["plain", "good"])
    assert "churn.ipynb, cell 1: `plain` stands here" in result.stdout
    assert "-plain\n+good" in result.stdout
    other = write("other.ipynb", "plain", "risky")
    nbprod("fix", "--interactive", "--unsafe", "other.ipynb", stdin=b"a\n")
    assert sources(other) == ["good", "good"]
    last = write("last.ipynb", "plain", "risky")
    nbprod("fix", "--interactive", "--unsafe", "last.ipynb", stdin=b"q\n")
    assert sources(last) == ["plain", "risky"]


def test_no_answer_changes_nothing(write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "plain", "risky")
    result = nbprod("fix", "--interactive", "--unsafe", stdin=b"y\n")  # and then the input ends
    assert (result.exit_code, sources(path)) == (130, ["plain", "risky"])
    assert "Interrupted." in result.stderr
    assert "internal error" not in result.stderr


def test_standard_input_is_fixed_to_standard_output(nbprod: Nbprod, here: Path) -> None:
    result = nbprod("fix", "-", stdin=notebook_bytes("plain"))
    assert [cell["source"] for cell in json.loads(result.stdout)["cells"]] == ["good"]
    assert "fixed cell 1: Change plain (plain)" in result.stderr
    untouched = notebook_bytes("x = 1")
    assert nbprod("fix", "-", stdin=untouched).stdout_bytes == untouched


def test_wrong_usage(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "plain")
    for arguments in (["fix", "--interactive", "--diff"], ["fix", "--interactive", "-"], ["check", "--unsafe"]):
        assert nbprod(*arguments).exit_code == 2
    assert nbprod("check", "--fix", "-", stdin=b"").exit_code == 2
    assert nbprod("fix", "absent.ipynb").exit_code == 2


def test_a_link_to_elsewhere_is_followed_and_told(write: Write, nbprod: Nbprod) -> None:
    target = write("elsewhere/real.ipynb", "plain")
    write("here/own.ipynb", "plain")
    Path("here/link.ipynb").symlink_to(target)
    result = nbprod("fix", "here")
    assert sources(target) == ["good"]
    assert Path("here/link.ipynb").is_symlink()
    assert f"note: here/link.ipynb is a link: {target.resolve()} was written" in result.stderr
    assert "own.ipynb is a link" not in result.stderr


def test_a_link_out_of_the_project_is_not_followed(write: Write, nbprod: Nbprod, tmp_path_factory: Any) -> None:
    target = tmp_path_factory.mktemp("outside") / "real.ipynb"
    target.write_bytes(notebook_bytes("plain"))
    write("own.ipynb", "plain")
    Path("link.ipynb").symlink_to(target)
    result = nbprod("fix")
    assert (sources(target), sources(Path("own.ipynb"))) == (["plain"], ["good"])
    assert f"link.ipynb: not written, since it leads out of the current folder, to {target}" in result.stdout
    assert result.exit_code == 3
    assert nbprod("fix", "link.ipynb").stderr.startswith(f"note: link.ipynb is a link: {target} was written")
    assert sources(target) == ["good"]


def test_a_link_that_is_named_is_told_too(write: Write, nbprod: Nbprod) -> None:
    write("elsewhere/real.ipynb", "plain")
    Path("link.ipynb").symlink_to("elsewhere/real.ipynb")
    assert "is a link" in nbprod("fix", "link.ipynb").stderr


def test_a_file_that_cannot_be_written_is_told(write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.ipynb", "plain")
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("nbprod.cli.saving.write_atomic", refuse)
    result = nbprod("fix")
    assert (result.exit_code, path.read_bytes()) == (3, before)
    assert "a.ipynb: Permission denied" in result.stdout
    assert "Fixed 0 findings" in result.stderr


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.ipynb", "plain")
    newer = notebook_bytes("plain", "somebody's new cell")
    more = Plain.more

    def meanwhile(self: Plain, notebook: Notebook) -> list[InsertCell | SetMetadata]:
        path.write_bytes(newer)
        return more(self, notebook)

    monkeypatch.setattr(Plain, "more", meanwhile)
    result = nbprod("fix")
    assert path.read_bytes() == newer
    assert "the file has changed since it was read" in result.stdout


def test_what_cannot_be_read_ends_with_1(write: Write, nbprod: Nbprod, here: Path) -> None:
    (here / "broken.ipynb").write_text("{")
    write("r.ipynb", "plain", metadata={"kernelspec": {"language": "R", "name": "ir"}})
    result = nbprod("fix")
    assert result.exit_code == 1
    assert "error: broken.ipynb" in result.stdout
    assert "note: r.ipynb was not analysed: kernel language R" in result.stdout


def test_check_can_fix_first(write: Write, nbprod: Nbprod) -> None:
    path = write("churn.ipynb", "plain", "risky")
    result = nbprod("check", "--fix")
    assert (result.exit_code, sources(path)) == (1, ["good", "risky"])
    assert result.stderr == "churn.ipynb\n  fixed cell 1: Change plain (plain)\n"
    assert "`plain`" not in result.stdout
    assert "`risky` stands here" in result.stdout
    assert nbprod("check", "--fix", "--unsafe").exit_code == 0
    assert sources(path) == ["good", "good"]


def test_the_api_fixes_in_memory(write: Write) -> None:
    path = write("churn.ipynb", "plain", "risky")
    before = path.read_bytes()
    repaired = api.fix(path)
    assert path.read_bytes() == before
    assert json.loads(repaired.data)["cells"][0]["source"] == "good"
    assert [finding.rule for finding in repaired.report.findings] == ["risky"]
    assert api.fix(repaired.data, unsafe=True).report.findings == ()
    with pytest.raises(ReadError, match="broken"):
        api.fix(b"{", path="broken.ipynb")


def test_a_diff_does_not_show_the_secret_that_it_takes_out(write: Write, nbprod: Nbprod) -> None:
    key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    write("key.ipynb", f"plain\napi_key = '{key}'")
    shown = nbprod("fix", "--diff").stdout
    assert "-plain" in shown
    assert key not in shown
