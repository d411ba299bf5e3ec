"""`nbprod check --changed-since`: only what lies in cells that changed."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


@pytest.fixture
def git(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A repository to work in."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ana@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=here, check=True, capture_output=True)

    git("init", "-b", "main")
    return git


@pytest.fixture
def committed(write: Write, git: Callable[..., None]) -> Callable[..., None]:
    write("a.ipynb", "BAD = 1", "x = 2", "BAD = 1")
    write("é b.ipynb", "BAD = 1")
    git("add", ".")
    git("commit", "-m", "start")
    return git


def lines(result: Result) -> list[str]:
    return [line.partition(": ")[0] for line in result.stdout.splitlines() if "[bad-word]" in line]


def check(nbprod: Nbprod, *arguments: str) -> Result:
    return nbprod("check", "--changed-since", "HEAD", "--output-format", "concise", *arguments)


def test_nothing_changed(committed: Any, nbprod: Nbprod) -> None:
    result = check(nbprod)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Found nothing in 0 notebooks.\n"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("BAD = 1", "x = 3", "BAD = 1"), []),
        (("BAD = 1", "x = 2", "BAD = 2"), ["a.ipynb:cell 3:1:1"]),
        (("BAD = 3", "BAD = 1", "x = 2", "BAD = 1"), ["a.ipynb:cell 1:1:1"]),
        (("x = 2", "BAD = 1", "BAD = 1"), []),
        (("BAD = 1", "BAD = 1", "BAD = 1"), ["a.ipynb:cell 3:1:1"]),
    ],
)
def test_only_changed_cells_count(
    write: Write, committed: Any, nbprod: Nbprod, cells: tuple[str, ...], found: list[str]
) -> None:
    write("a.ipynb", *cells)
    result = check(nbprod)
    assert lines(result) == found
    assert result.exit_code == bool(found)


def test_a_new_notebook_counts_as_a_whole(write: Write, committed: Any, nbprod: Nbprod) -> None:
    write("new/c.ipynb", "BAD", "BAD")
    assert lines(check(nbprod)) == ["new/c.ipynb:cell 1:1:1", "new/c.ipynb:cell 2:1:1"]


def test_a_name_that_is_not_ascii(write: Write, committed: Any, nbprod: Nbprod) -> None:
    write("é b.ipynb", "BAD = 1", "BAD = 2")
    assert lines(check(nbprod)) == ["é b.ipynb:cell 2:1:1"]


def test_from_a_folder_below(
    here: Path, write: Write, committed: Any, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("deep/c.ipynb", "BAD")
    write("a.ipynb", "BAD = 1", "x = 2", "BAD = 2")
    monkeypatch.chdir(here / "deep")
    assert lines(check(nbprod, "..")) == ["../a.ipynb:cell 3:1:1", "../deep/c.ipynb:cell 1:1:1"]


def test_what_others_did_on_the_main_branch_is_no_change(
    write: Write, committed: Callable[..., None], nbprod: Nbprod
) -> None:
    committed("switch", "-c", "mine")
    committed("switch", "main")
    write("a.ipynb", "y = 1")
    committed("commit", "-am", "mended by others")
    committed("switch", "mine")
    result = nbprod("check", "--changed-since", "main", "--output-format", "concise")
    assert lines(result) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--changed-since", "no-such-branch"), "--changed-since no-such-branch: git says: "),
        (("--changed-since", "--output=x"), "--changed-since --output=x: git says: "),
        (("--changed-since", "HEAD", "--fix"), "only looks"),
        (("--changed-since", "HEAD", "--write-baseline", "b.json"), "only looks"),
    ],
)
def test_wrong_usage(here: Path, committed: Any, nbprod: Nbprod, arguments: tuple[str, ...], told: str) -> None:
    result = nbprod("check", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (here / "x").exists()


def test_outside_of_a_repository(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    result = check(nbprod)
    assert result.exit_code == 2
    assert "git says: not a git repository" in result.stderr


def test_a_repository_starts_no_program_of_its_own(
    here: Path, write: Write, committed: Callable[..., None], nbprod: Nbprod
) -> None:
    program = here / "program"
    program.write_text(f"#!/bin/sh\ntouch {here}/started\n")
    program.chmod(0o755)
    (here / ".gitattributes").write_text("*.ipynb diff=evil\n")
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command"):
        committed("config", key, str(program))
    (here / "started").unlink(missing_ok=True)
    write("a.ipynb", "BAD = 2")
    assert lines(check(nbprod)) == ["a.ipynb:cell 1:1:1"]
    assert not (here / "started").exists()
