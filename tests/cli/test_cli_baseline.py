"""Adopting nbprod where there is much to find: baselines and a number of warnings."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Write = Callable[..., Path]
Nbprod = Callable[..., Result]
CELLS = ("BAD = 1", "x = 'DOUBTFUL'", "y = 2")


@pytest.fixture
def accepted(write: Write, nbprod: Nbprod) -> Callable[[], Result]:
    """Two notebooks with a baseline; call it to check them against that."""
    write("a.ipynb", *CELLS)
    write("deep/b.ipynb", "BAD = 1")
    assert nbprod("check", "--write-baseline", "baseline.json").exit_code == 0
    return lambda: nbprod("check", "--baseline", "baseline.json", "--output-format", "concise")


def test_what_is_in_the_baseline_is_accepted_and_counted(accepted: Callable[[], Result]) -> None:
    result = accepted()
    assert result.exit_code == 0
    assert result.stdout.startswith("Found nothing in 2 notebooks; 3 suppressed.\n")


def test_a_baseline_is_stable_and_says_what_it_accepts(here: Path, accepted: object, nbprod: Nbprod) -> None:
    first = (here / "baseline.json").read_bytes()
    result = nbprod("check", "--baseline", "baseline.json", "--write-baseline", "baseline.json")
    assert "Wrote 3 findings to baseline.json.\n" in result.stderr
    assert (here / "baseline.json").read_bytes() == first
    notebooks = json.loads(first)["notebooks"]
    assert list(notebooks) == ["a.ipynb", "deep/b.ipynb"]
    assert [key.partition(" ")[0] for key in notebooks["a.ipynb"]] == ["bad-word", "doubtful-word"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        pytest.param(CELLS[1:], 0, id="one is mended"),
        pytest.param(CELLS[::-1], 0, id="cells are moved"),
        pytest.param(("z = 3", *CELLS), 0, id="a cell is put in"),
        pytest.param((CELLS[0], CELLS[1], "y = 'quite different'"), 0, id="a neighbour is edited"),
        pytest.param(("import os\nBAD = 1  # why", *CELLS[1:]), 0, id="its own cell is edited"),
        pytest.param((*CELLS, "BAD = 1"), 1, id="one is copied"),
        pytest.param((*CELLS, "BAD = 2"), 1, id="one is new"),
        pytest.param((CELLS[1], "x = 'DOUBTFUL'"), 1, id="one is mended, another copied"),
    ],
)
def test_only_what_comes_on_top_fails(
    write: Write, accepted: Callable[[], Result], cells: tuple[str, ...], code: int
) -> None:
    write("a.ipynb", *cells)
    assert accepted().exit_code == code


def test_a_notebook_that_was_renamed_is_known_again(here: Path, accepted: Callable[[], Result]) -> None:
    (here / "a.ipynb").rename(here / "deep" / "renamed.ipynb")
    assert accepted().exit_code == 0


def test_a_notebook_that_was_copied_is_not(here: Path, accepted: Callable[[], Result]) -> None:
    (here / "copy.ipynb").write_bytes((here / "a.ipynb").read_bytes())
    result = accepted()
    assert result.exit_code == 1
    assert "copy.ipynb:cell 1:1:1: error[bad-word]" in result.stdout


def test_a_new_notebook_is_none_that_was_renamed(here: Path, write: Write, accepted: Callable[[], Result]) -> None:
    (here / "a.ipynb").unlink()
    write("new.ipynb", "BAD = 1", "BAD = 2")
    assert accepted().stdout.count("error[bad-word]") == 2


def test_the_folder_one_stands_in_makes_no_difference(
    here: Path, accepted: object, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here / "deep")
    assert nbprod("check", "--baseline", "../baseline.json").exit_code == 0


def test_no_baseline_is_written_when_something_was_not_checked(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "CRASH; BAD")
    result = nbprod("check", "--write-baseline", "baseline.json")
    assert result.exit_code == 3
    assert "baseline.json was not written" in result.stderr
    assert not (here / "baseline.json").exists()


def test_what_cannot_be_read_is_not_accepted(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    (here / "torn.ipynb").write_bytes(b"{")
    result = nbprod("check", "--write-baseline", "baseline.json")
    assert result.exit_code == 1
    assert (
        "Wrote 1 finding to baseline.json.\nError: 1 notebook could not be read: nothing of it is accepted.\n"
        in result.stderr
    )
    assert list(json.loads((here / "baseline.json").read_bytes())["notebooks"]) == ["a.ipynb"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff", "is no baseline"),
        (b"[]", "is no baseline"),
        (b'{"version": 1, "notebooks": {"a": {"b": "1"}}}', "is no baseline"),
        (b'{"version": 2, "notebooks": {}}', "has version 2, not 1"),
    ],
)
def test_a_file_that_is_no_baseline(here: Path, write: Write, nbprod: Nbprod, content: bytes | None, told: str) -> None:
    write("a.ipynb", "BAD")
    if content is not None:
        (here / "baseline.json").write_bytes(content)
    result = nbprod("check", "--baseline", "baseline.json")
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("sources", "arguments", "code"),
    [
        (("DOUBTFUL", "DOUBTFUL"), ("--max-warnings", "2"), 0),
        (("DOUBTFUL", "DOUBTFUL"), ("--max-warnings", "1"), 1),
        (("DOUBTFUL", "DOUBTFUL"), ("--max-warnings", "1", "--fail-on", "error"), 1),
        (("DOUBTFUL", "DOUBTFUL"), ("--max-warnings", "1", "--exit-zero"), 0),
        (("DOUBTFUL", "BAD"), ("--max-warnings", "1"), 1),
        (("DOUBTFUL", "BAD"), ("--max-warnings", "1", "--fail-on", "never"), 0),
        (("MINOR",), ("--max-warnings", "0", "--fail-on", "info"), 1),
    ],
)
def test_a_number_of_warnings_passes(
    write: Write, nbprod: Nbprod, sources: tuple[str, ...], arguments: tuple[str, ...], code: int
) -> None:
    for index, source in enumerate(sources):
        write(f"{index}.ipynb", source)
    assert nbprod("check", *arguments).exit_code == code
