"""Checking again and again, with a clock that does what a test wants to happen meanwhile."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_notebooks import notebook_bytes
from click.testing import Result

from nbprod.cli import watch

Write = Callable[..., Path]
Nbprod = Callable[..., Result]
Step = Callable[[], object]


@pytest.fixture
def watched(nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Watch while steps happen, one at each look, then interrupt."""

    def watched(*steps: Step, arguments: tuple[str, ...] = ()) -> Result:
        waiting: Iterator[Step] = iter(steps)
        now = [0.0]

        def sleep(seconds: float) -> None:
            now[0] += seconds
            step = next(waiting, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(watch.time, "sleep", sleep)
        monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
        result = nbprod("check", "--watch", "--output-format", "concise", *arguments)
        assert result.exit_code == 0
        assert "\x1b" not in result.output  # nobody looks at a terminal
        return result

    return watched


def nothing() -> None:
    """A moment in which nothing happens."""


def summaries(result: Result) -> list[str]:
    """The last line of each check."""
    return [line.partition(";")[0] for line in result.stdout.splitlines() if line.startswith("Found")]


BAD, FINE = "Found 1 error in 1 notebook", "Found nothing in 1 notebook."


def test_a_change_is_checked_once_it_has_settled(write: Write, watched: Callable[..., Result]) -> None:
    write("a.ipynb", "BAD")
    edit = lambda *cells: lambda: write("a.ipynb", *cells)  # noqa: E731
    result = watched(nothing, edit("x = 1"), nothing, nothing, edit("BAD"), edit("DOUBTFUL"), edit("x = 2"), nothing)
    assert summaries(result) == [BAD, FINE, FINE]
    assert result.stderr.count(": watching 1 notebook; Ctrl-C ends.\n") == 3


@pytest.mark.parametrize("name", ["nbprod.toml", "pyproject.toml"])
def test_settings_are_watched(here: Path, write: Write, watched: Callable[..., Result], name: str) -> None:
    write("deep/a.ipynb", "BAD")
    text = "[tool.nbprod]\nignore = ['bad-word']" if name == "pyproject.toml" else "ignore = ['bad-word']"
    result = watched(lambda: (here / name).write_text(text), nothing, arguments=("deep",))
    assert summaries(result) == [BAD, FINE.replace(".", "")]


def test_a_setting_that_is_wrong_for_a_moment(here: Path, write: Write, watched: Callable[..., Result]) -> None:
    write("a.ipynb", "BAD")
    file = here / "nbprod.toml"
    result = watched(lambda: file.write_text("ignre = []"), nothing, file.unlink, nothing)
    assert summaries(result)[::2] == [BAD, BAD]
    assert "unknown key `ignre`" in result.stderr


def test_notebooks_come_and_go(here: Path, write: Write, watched: Callable[..., Result]) -> None:
    write("a.ipynb", "BAD")
    result = watched(lambda: write("b.ipynb", "BAD"), nothing, (here / "a.ipynb").unlink, nothing)
    assert summaries(result) == [BAD, "Found 2 errors in 2 notebooks", BAD]
    assert "error:" not in result.stdout


def test_a_file_that_was_named_may_vanish_for_a_while(here: Path, write: Write, watched: Callable[..., Result]) -> None:
    write("a.ipynb", "BAD")
    steps = ((here / "a.ipynb").unlink, nothing, lambda: write("a.ipynb", "x = 1"), nothing)
    result = watched(*steps, arguments=("a.ipynb",))
    assert summaries(result) == [BAD, FINE]
    assert "Error" not in result.stderr


def test_a_notebook_that_is_half_written_is_waited_for(
    here: Path, write: Write, watched: Callable[..., Result]
) -> None:
    path = write("a.ipynb", "BAD")
    half = path.read_bytes()[:-20]
    result = watched(lambda: path.write_bytes(half), nothing, nothing, lambda: write("a.ipynb", "x = 1"), nothing)
    assert summaries(result) == [BAD, FINE]
    assert "cut off" not in result.stdout


def test_one_that_stays_broken_is_told(write: Write, watched: Callable[..., Result]) -> None:
    path = write("a.ipynb", "BAD")
    result = watched(lambda: path.write_bytes(b"{"), *[nothing] * 30)
    assert "the JSON is cut off" in result.stdout


@pytest.mark.parametrize("arguments", [("--fix",), ("--write-baseline", "b.json"), ("-",)])
def test_watching_is_looking(nbprod: Nbprod, here: Path, arguments: tuple[str, ...]) -> None:
    result = nbprod("check", "--watch", *arguments)
    assert (result.exit_code, "--watch only looks" in result.stderr) == (2, True)


def test_a_request_that_cannot_be_met_ends_at_once(nbprod: Nbprod, here: Path) -> None:
    assert nbprod("check", "--watch", "--baseline", "gone.json").exit_code == 2


def test_ctrl_c_ends_a_process(here: Path) -> None:
    path = here / "a.ipynb"
    path.write_bytes(notebook_bytes("x = = 1"))
    command = [sys.executable, "-m", "nbprod", "check", "--watch", "--output-format", "concise"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "cell-not-analysable" in process.stdout.readline()
        assert "watching 1 notebook" in process.stderr.readline()
        path.write_bytes(notebook_bytes("x = 1"))
        assert "watching 1 notebook" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)
    assert (process.returncode, rest[1]) == (0, "")
    assert "Found nothing" in rest[0]
