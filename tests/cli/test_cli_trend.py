"""A timeline of reports."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from inline_snapshot import snapshot

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


@pytest.fixture
def weeks(here: Path, write: Write, nbprod: Nbprod) -> Path:
    """A folder with the reports of three weeks."""
    (here / "reports").mkdir()

    def report(name: str) -> None:
        suffix = name.partition(".")[2]
        nbprod("check", "--output-format", suffix, "--output-file", f"reports/{name}")

    write("nb/a.ipynb", "BAD = 1", "x = 'DOUBTFUL'")
    report("1.json")
    (here / "nb" / "a.ipynb").rename(here / "nb" / "renamed.ipynb")
    write("nb/b.ipynb", "BAD = 1", "y = 'MINOR'")
    report("2.jsonl")
    (here / "nb" / "b.ipynb").unlink()
    write("nb/renamed.ipynb", "x = 'DOUBTFUL'", "more = 1")
    report("3.json")
    return here / "reports"


def test_a_folder_of_reports(weeks: Path, nbprod: Nbprod) -> None:
    result = nbprod("trend", "reports")
    assert result.exit_code == 0
    assert "\n" + result.stdout == snapshot("""\

Report           Notebooks  Errors  Warnings  Infos  New  Fixed  Median  A  B  C  D  E
reports/1.json           1       1         1      0    -      -      47  0  0  0  1  0
reports/2.jsonl          2       2         1      1    2      0      47  0  0  0  2  0
reports/3.json           1       0         1      0    0      3      81  0  1  0  0  0
From the first to the last: errors 1 to 0, warnings 1 to 1, median score 47 to 81.
""")


def test_a_timeline_for_programs(weeks: Path, nbprod: Nbprod) -> None:
    points = json.loads(nbprod("trend", "reports/1.json", "reports", "--output-format", "json").stdout)
    assert [point.pop("report") for point in points] == ["reports/1.json", "reports/2.jsonl", "reports/3.json"]
    assert [(point["new"], point["fixed"]) for point in points] == [(None, None), (2, 0), (0, 3)]
    assert [point["errors"] for point in points] == [1, 2, 0]
    assert sum(points[1]["levels"].values()) == points[1]["notebooks"] == 2
    assert points[1]["lowest"] <= points[1]["median"]


def test_the_order_is_as_given_or_by_time(weeks: Path, nbprod: Nbprod) -> None:
    def order(*arguments: str) -> list[str]:
        points = json.loads(nbprod("trend", *arguments, "--output-format", "json").stdout)
        return [Path(point["report"]).name for point in points]

    for age, name in enumerate(("2.jsonl", "1.json", "3.json")):
        os.utime(weeks / name, (1e9 - age,) * 2)
    assert order("reports/3.json", "reports/1.json") == ["3.json", "1.json"]
    assert order("reports", "--by-time") == ["3.json", "1.json", "2.jsonl"]


def test_what_is_hostile_in_names_becomes_visible(here: Path, nbprod: Nbprod) -> None:
    for name in ("\x1b[31m\u202e.json", "::error::.json"):
        (here / name).write_text("[]")
    result = nbprod("trend", "\x1b[31m\u202e.json", "::error::.json")
    assert "\\x1b[31m\\u202e.json " in result.stdout
    assert not any(line.startswith("::") or "\x1b" in line for line in result.stdout.splitlines())
    (here / os.fsdecode(b"\xff.json")).write_text("")
    assert [nbprod("trend", ".", "--output-format", name).exit_code for name in ("text", "json")] == [0, 0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "a.json cannot be read: No such file or directory"),
        (b"{", "a.json is no report"),
        (b"[1]", "a.json is no report"),
        (b"[" * 100_000, "a.json is no report"),
        (b'[{"path": "\xff"}]', "a.json is no report"),
    ],
)
def test_what_is_no_report(here: Path, nbprod: Nbprod, content: bytes | None, told: str) -> None:
    if content is not None:
        (here / "a.json").write_bytes(content)
    result = nbprod("trend", "a.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_folder_without_reports(here: Path, nbprod: Nbprod) -> None:
    result = nbprod("trend", ".")
    assert (result.exit_code, "no reports in this folder" in result.stderr) == (2, True)
