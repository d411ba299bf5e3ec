"""Results that are kept: found again while nothing changed, and only then; and what may happen to their files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import Result

from nbprod import registry
from nbprod.api import Checker
from nbprod.cli import identity as identities
from nbprod.cli import shelf
from nbprod.cli.cache import FOLDER, SUFFIX, Cache, examine
from nbprod.config import Configuration, Overrides
from nbprod.kit import Context, Diagnosis, Dimension, Notebook, Rule, Severities, Severity, on
from nbprod.kit.project import project_root, project_text
from nbprod.notebook import surroundings
from nbprod.output.formats import FORMATS

Write = Callable[..., Path]
Nbprod = Callable[..., Result]
CELLS = ("BAD = 1", "x = 'DOUBTFUL'", "y = 'MINOR' # nbprod: ignore[minor-word] -- why until=2001-01-01")


class Unowned(Rule):
    """A rule that looks at the project."""

    dimension = Dimension.OWNERSHIP
    severity = Severities(Severity.WARNING, Severity.WARNING)
    since = "0.1"
    absence: ClassVar = True

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        root = project_root(ctx)
        if root is None or project_text(root, "CODEOWNERS") is None:
            yield self.finding(ctx, ctx.cell_span(0, 0, 0), "nobody owns this")


@pytest.fixture(autouse=True)
def unowned(monkeypatch: pytest.MonkeyPatch) -> None:
    others = list(registry._ours())
    monkeypatch.setattr(registry, "_ours", lambda: iter([*others, Unowned]))
    registry.listed_rules.cache_clear()


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really checked, in this process."""
    paths = []
    check_file = Checker.check_file

    def noted(self: Checker, path: str) -> object:
        paths.append(str(path))
        return check_file(self, path)

    monkeypatch.setattr(Checker, "check_file", noted)
    return paths


@pytest.fixture
def again(here: Path, write: Write, nbprod: Nbprod, checked: list[str]) -> Callable[..., list[str]]:
    """Two notebooks, checked once; call it to check them anew and hear which were not known."""
    (here / ".git").mkdir()
    write("a.ipynb", *CELLS)
    write("deep/b.ipynb", *CELLS)
    nbprod("check")
    assert checked == ["a.ipynb", "deep/b.ipynb"]

    def again(*arguments: str) -> list[str]:
        checked.clear()
        surroundings.forget()  # as a new process would
        nbprod("check", *arguments)
        return list(checked)

    return again


def results(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_known_is_not_checked_and_looks_the_same(
    write: Write, nbprod: Nbprod, checked: list[str], name: str
) -> None:
    write("a.ipynb", *CELLS, "x = = 1")
    write("b.ipynb", "x = 1", metadata={"nbprod": {"profile": "explore"}})
    write("c.ipynb", "x <- 1", metadata={"kernelspec": {"language": "R", "name": "ir"}})
    write("d.ipynb").write_text("no notebook")
    first, second = (nbprod("check", "--output-format", name) for _ in range(2))
    assert checked == ["a.ipynb", "b.ipynb", "c.ipynb", "d.ipynb"]
    assert second.stdout == first.stdout
    assert (first.exit_code, second.exit_code) == (1, 1)


def test_in_several_processes_only_the_rest_is_checked(
    here: Path, write: Write, nbprod: Nbprod, checked: list[str]
) -> None:
    for index in range(30):
        write(f"{index % 3}/{index}.ipynb", "BAD")
    first = nbprod("check", "--jobs", "2", "--output-format", "json")
    write("1/1.ipynb", "DOUBTFUL")
    second = nbprod("check", "--jobs", "2", "--output-format", "json")
    assert checked == ["1/1.ipynb"]
    assert second.stdout != first.stdout
    assert len(second.stdout.splitlines()) == len(first.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--select", "trust"), id="rules"),
        pytest.param(("--ignore", "bad-word"), id="ignored rules"),
        pytest.param(("--profile", "explore"), id="profile"),
        pytest.param(("--output-format", "json"), id="edits are needed"),
        pytest.param(("--output-format", "gitlab"), id="lines are needed"),
        pytest.param(("--no-cache",), id="no cache"),
        pytest.param(("--cache-dir", "elsewhere"), id="another cache"),
    ],
)
def test_options_that_change_results(again: Callable[..., list[str]], arguments: tuple[str, ...]) -> None:
    assert again(*arguments) == ["a.ipynb", "deep/b.ipynb"]
    assert again() == []


def test_scores_rest_on_the_same_results(again: Callable[..., list[str]], checked: list[str], nbprod: Nbprod) -> None:
    assert again() == []
    kept, anew = nbprod("score"), nbprod("score", "--no-cache")
    assert checked == ["a.ipynb", "deep/b.ipynb"]
    assert kept.stdout == anew.stdout


@pytest.mark.parametrize(
    "arguments", [("--show", "info"), ("--statistics",), ("--max-warnings", "0"), ("deep", "a.ipynb")]
)
def test_options_that_do_not(again: Callable[..., list[str]], arguments: tuple[str, ...]) -> None:
    assert again(*arguments) == []


def test_another_text_of_the_same_size_under_the_same_time_stamp(here: Path, again: Callable[..., list[str]]) -> None:
    path = here / "a.ipynb"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"BAD", b"GUD"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert again() == ["a.ipynb"]
    assert again() == []


def test_a_checkout_changes_time_stamps_and_nothing_else(here: Path, again: Callable[..., list[str]]) -> None:
    os.utime(here / "a.ipynb", (0, 0))
    assert again() == []


def test_a_file_that_stat_knows_is_not_read(
    write: Write, nbprod: Nbprod, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.ipynb", *CELLS)
    monkeypatch.setattr("nbprod.cli.cache._SETTLED_NS", -(10**12))
    nbprod("check")
    monkeypatch.setattr("nbprod.cli.cache._digest_of_file", lambda path: b"read")
    assert nbprod("check").exit_code == 1
    assert checked == ["a.ipynb"]


def test_a_file_that_was_only_just_written_is_read(
    write: Write, nbprod: Nbprod, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.ipynb", *CELLS)
    nbprod("check")
    monkeypatch.setattr("nbprod.cli.cache._digest_of_file", lambda path: b"read")
    nbprod("check")
    assert checked == ["a.ipynb", "a.ipynb"]


@pytest.mark.parametrize("year", [-2000, 100, 430])
def test_time_stamps_that_cannot_be(here: Path, again: Callable[..., list[str]], year: int) -> None:
    path = here / "a.ipynb"
    path.write_bytes(path.read_bytes().replace(b"BAD", b"GUD"))
    os.utime(path, (year * 31_556_952,) * 2)
    assert again() == ["a.ipynb"]
    assert again() == []


@pytest.mark.parametrize(
    ("name", "content", "rechecked"),
    [
        ("nbprod.toml", "profile = 'explore'", ["a.ipynb", "deep/b.ipynb"]),
        ("deep/nbprod.toml", "profile = 'explore'", ["deep/b.ipynb"]),
        ("CODEOWNERS", "* @ada", ["a.ipynb", "deep/b.ipynb"]),
        ("deep/.git", "gitdir: elsewhere", ["deep/b.ipynb"]),
        ("data.csv", "1", []),
        ("c/CODEOWNERS", "* @ada", []),
    ],
)
def test_what_stands_around_a_notebook(
    here: Path, again: Callable[..., list[str]], name: str, content: str, rechecked: list[str]
) -> None:
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).write_text(content)
    assert again() == rechecked
    assert again() == []


def test_an_ignore_that_runs_out(again: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(surroundings.QUESTIONS, "is_over", lambda day: False)  # type: ignore[index]
    assert again() == ["a.ipynb", "deep/b.ipynb"]


def test_a_copy_and_a_link_are_other_notebooks(here: Path, again: Callable[..., list[str]]) -> None:
    (here / "c.ipynb").write_bytes((here / "a.ipynb").read_bytes())
    (here / "d.ipynb").symlink_to("a.ipynb")
    assert again() == ["c.ipynb", "d.ipynb"]
    assert again() == ["d.ipynb"]  # it may lead elsewhere tomorrow


def test_a_failure_of_ours_is_looked_at_again(write: Write, again: Callable[..., list[str]]) -> None:
    write("a.ipynb", "CRASH")
    assert again() == ["a.ipynb"]
    assert again() == ["a.ipynb"]


def test_a_name_that_is_no_text(here: Path, again: Callable[..., list[str]]) -> None:
    (here / os.fsdecode(b"caf\xe9.ipynb")).write_bytes((here / "a.ipynb").read_bytes())
    for _ in range(2):
        assert again() == [os.fsdecode(b"caf\xe9.ipynb")]


def test_another_version_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "house_rules" / "deep").mkdir(parents=True)
    (tmp_path / "house_rules" / "__init__.py").write_text("raise SystemExit('imported')")
    helper = tmp_path / "house_rules" / "deep" / "helper.py"
    helper.write_text("LIMIT = 1")
    monkeypatch.syspath_prepend(tmp_path)

    def now(*plugins: str) -> bytes:
        monkeypatch.setattr(identities, "plugin_packages", lambda: plugins)
        identities._code.cache_clear()
        return identities.identity(Overrides(), edits=False, lines=False)

    with_plugin = now("house_rules")
    assert len({now(), with_plugin, now("house_rules")}) == 2
    helper.write_text("LIMIT = 2")
    assert now("house_rules") != with_plugin
    identities._code.cache_clear()


# --- the files -------------------------------------------------------------------------------------


def test_the_folder_says_that_it_is_of_no_worth(here: Path, again: Callable[..., list[str]]) -> None:
    assert (here / FOLDER / ".gitignore").read_text() == "*\n"
    assert (here / FOLDER / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    assert {path.stat().st_mode & 0o077 for path in results(here / FOLDER)} == {0}  # it holds code: nobody else's


def test_it_lies_in_the_project_or_where_one_asks_for_it(
    here: Path, write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").touch()
    write("deep/a.ipynb", *CELLS)
    monkeypatch.chdir(here / "deep")
    nbprod("check")
    assert results(here / FOLDER)
    nbprod("check", env={"NBPROD_CACHE_DIR": str(here / "kept")})
    assert results(here / "kept")
    assert not (here / "deep" / FOLDER).exists()


def damaged(path: Path) -> Iterator[Callable[[], object]]:
    """Ways to do away with a file."""
    data = path.read_bytes()
    for place in (0, 10, 40, len(data) // 2, len(data) - 1):
        yield lambda place=place: path.write_bytes(data[:place])
        yield lambda place=place: path.write_bytes(data[:place] + bytes(8) + data[place + 8 :])
    yield lambda: path.write_bytes(os.urandom(5000))
    yield lambda: (path.unlink(), path.mkdir())
    yield lambda: (path.rmdir(), os.mkfifo(path))
    yield lambda: (path.unlink(), path.symlink_to("/dev/zero"))


def test_what_is_damaged_is_as_good_as_nothing(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", *CELLS)
    expected = nbprod("check").stdout
    (path,) = results(here / FOLDER)
    for damage in damaged(path):
        damage()
        result = nbprod("check")
        assert (result.exit_code, result.stdout, result.stderr) == (1, expected, "")


def test_a_link_in_the_place_of_a_file_is_replaced(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", *CELLS)
    nbprod("check")
    (path,) = results(here / FOLDER)
    other = here / "precious"
    other.write_text("mine")
    path.unlink()
    path.symlink_to(other)
    nbprod("check")
    assert other.read_text() == "mine"
    assert not path.is_symlink()


def test_a_folder_that_is_a_link_is_not_written_to(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", *CELLS)
    (here / "precious").mkdir()
    (here / FOLDER).symlink_to("precious")
    result = nbprod("check")
    assert (result.exit_code, result.stderr.startswith("note: .nbprod_cache is a link")) == (1, True)
    assert nbprod("check", "--cache-dir", FOLDER).exit_code == 2
    assert list((here / "precious").iterdir()) == []


def test_where_nothing_can_be_written_the_run_goes_on(
    here: Path, write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.ipynb", *CELLS)
    expected = nbprod("check", "--no-cache")
    (here / "file").touch()
    for place in ("file", "file/below", "/proc/nowhere"):
        result = nbprod("check", "--cache-dir", place)
        assert (result.exit_code, result.stdout, result.stderr) == (1, expected.stdout, "")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nbprod.cli.shelf.os.replace", full)
    assert nbprod("check").stdout == expected.stdout
    assert [path.name for path in (here / FOLDER).iterdir() if path.name[0] != "."] == ["CACHEDIR.TAG"]


def test_two_runs_at_once_lose_nothing(here: Path, write: Write) -> None:
    configuration = Configuration({})
    checker = Checker(configuration, edits=False)
    runs = [Cache(here / "kept", b"key", configuration) for _ in range(2)]
    for name, run in zip("ab", runs, strict=True):
        write(f"{name}.ipynb", *CELLS)
        assert not run.knows(f"{name}.ipynb")
        outcome, seen = examine(checker, f"{name}.ipynb")
        assert seen is not None
        run.keep(f"{name}.ipynb", outcome, seen)
    for run in runs:
        run.close()
    third = Cache(here / "kept", b"key", configuration)
    assert [third.knows(name) for name in ("a.ipynb", "b.ipynb")] == [True, True]
    third.close()


def test_results_of_notebooks_that_are_gone_go(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "x = 'only in a'")
    write("b.ipynb", "x = 'only in b'")
    nbprod("check")
    (here / "a.ipynb").unlink()
    write("b.ipynb", "x = 'changed'")
    nbprod("check")
    (path,) = results(here / FOLDER)
    assert b"changed" in path.read_bytes()
    assert b"only in" not in path.read_bytes()


def test_there_is_a_bound_to_what_is_kept(
    here: Path, write: Write, nbprod: Nbprod, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_LARGEST", 20_000)
    for index in range(9):
        write(f"{index}.ipynb", f"x = '{'long ' * 800}'")
    nbprod("check")
    (path,) = results(here / FOLDER)
    assert path.stat().st_size < 25_000
    checked.clear()
    nbprod("check")
    assert 0 < len(checked) < 9


def test_old_files_and_what_killed_runs_left_are_taken_away(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", *CELLS)
    nbprod("check")
    kept = results(here / FOLDER)
    for name, age in (("old", 40), ("young", 2), ("torn.tmp", 1)):
        path = here / FOLDER / f"{name.partition('.')[0]}{SUFFIX}{name.partition('.')[2]}"
        path.touch()
        os.utime(path, (path.stat().st_mtime - age * 24 * 3600,) * 2)
    (here / FOLDER / "notes.txt").touch()
    os.utime(here / FOLDER / "notes.txt", (0, 0))
    write("a.ipynb", "BAD")
    nbprod("check")
    left = {path.name for path in (here / FOLDER).iterdir()}
    assert left == {".gitignore", "CACHEDIR.TAG", "notes.txt", f"young{SUFFIX}", *(path.name for path in kept)}
