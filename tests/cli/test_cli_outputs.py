"""`nbprod check`: several formats at once, and report files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


def test_several_formats_in_one_run(here: Path, write: Write, nbprod: Nbprod) -> None:
    for index in range(30):
        write(f"{index:02}.ipynb", "BAD", "MINOR")
    formats = ("sarif:out.sarif", "concise", "json:out.json", "junit:out.xml", "html:out.html")
    result = nbprod("check", *(f"--output-format={name}" for name in formats))
    assert result.exit_code == 1
    assert result.stdout.count("error[bad-word]") == 30
    (run,) = json.loads((here / "out.sarif").read_bytes())["runs"]
    reports = json.loads((here / "out.json").read_bytes())
    assert len(run["results"]) == sum(len(report["findings"]) for report in reports) == 60
    assert [report["path"] for report in reports] == [f"{index:02}.ipynb" for index in range(30)]
    assert (here / "out.xml").read_bytes().count(b"<testsuite ") == 30
    assert (here / "out.html").read_text(encoding="utf-8").count("<article") == 60


def test_output_file_takes_the_format_without_a_file(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    result = nbprod("check", "--output-format", "github", "--output-file", "log.txt", env={"FORCE_COLOR": "1"})
    assert (result.exit_code, result.stdout) == (1, "")
    assert (here / "log.txt").read_text().startswith("::error file=a.ipynb,line=1,title=bad-word::")


def test_a_report_replaces_the_one_before_and_can_be_read_by_others(here: Path, write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    (here / "out.json").write_text("old")
    os.umask(0o022)
    nbprod("check", "--output-format", "json:out.json")
    assert len(json.loads((here / "out.json").read_text())) == 1
    assert (here / "out.json").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--output-format", "sarf"), "unknown format `sarf`; there are text, concise, json"),
        (("--output-format", "sarif:"), "no file after `sarif:`"),
        (("--output-format", "sarif", "--output-format", "text"), "sarif and text cannot share one place"),
        (("--output-format", "sarif:a", "--output-format", "json:./a"), "two formats cannot be written to one file"),
        (("--output-format", "sarif:a", "--output-file", "b"), "--output-file is for a format without a file"),
        (("--output-format", "sarif:no/such/folder/a"), "cannot be written: No such file or directory"),
        (("--output-format", "sarif:folder"), "cannot be written: Is a directory"),
        (("--statistics", "--output-format", "sarif:a"), "use it without --output-format sarif"),
    ],
)
def test_wrong_outputs_end_a_run_before_it_starts(
    here: Path, write: Write, nbprod: Nbprod, arguments: tuple[str, ...], told: str
) -> None:
    write("folder/a.ipynb", "BAD")
    result = nbprod("check", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
    assert sorted(path.name for path in here.iterdir()) == ["folder"]


def test_no_report_follows_a_link(here: Path, write: Write, nbprod: Nbprod, tmp_path_factory: Any) -> None:
    write("a.ipynb", "BAD")
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious").write_text("keep")
    (here / "out.json").symlink_to(outside / "precious")
    (here / "reports").symlink_to(outside)
    (outside / "deep").mkdir()
    (here / "deep").symlink_to(outside / "deep")
    for target in ("out.json", "reports/precious", "reports/new", "deep/../new", "./deep/new"):
        result = nbprod("check", "--output-format", f"json:{target}")
        assert result.exit_code == 2
        assert "link" in result.stderr
    assert sorted(path.name for path in outside.rglob("*")) == ["deep", "precious"]
    assert (outside / "precious").read_text() == "keep"


def test_a_report_may_lie_above_the_current_folder(
    here: Path, write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("deep/a.ipynb", "x = 1")
    monkeypatch.chdir(here / "deep")
    assert nbprod("check", "--output-file", "../report.txt", "--cache-dir", "../kept").exit_code == 0
    assert (here / "report.txt").exists()
    assert (here / "kept" / "CACHEDIR.TAG").exists()


def test_a_run_that_breaks_off_leaves_the_old_report(
    here: Path, write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.ipynb", "BAD")
    (here / "out.json").write_text("old")

    def explode(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nbprod.api.Checker.check_file", explode)
    assert nbprod("check", "--output-format", "json:out.json", "--output-format", "text").exit_code == 130
    assert (here / "out.json").read_text() == "old"
    assert sorted(path.name for path in here.iterdir()) == ["a.ipynb", "out.json"]


def test_a_renderer_that_fails_spares_the_other_reports(
    here: Path, write: Write, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(5):
        write(f"{index}.ipynb", "BAD")

    def explode(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nbprod.output.junit._suite", explode)
    result = nbprod("check", "--output-format", "junit:a.xml", "--output-format", "jsonl:b.jsonl")
    assert result.exit_code == 3
    assert not (here / "a.xml").exists()
    assert len((here / "b.jsonl").read_text().splitlines()) == 5


@pytest.mark.parametrize("target", ["--output-format=json:/dev/full", "--write-baseline=/dev/full"])
def test_a_full_disk_is_told_and_hangs_nothing(write: Write, nbprod: Nbprod, target: str) -> None:
    for index in range(30):
        write(f"{index}.ipynb", *["BAD"] * 20)
    result = nbprod("check", target, "--output-format", "concise")
    assert result.exit_code == 2
    assert "/dev/full cannot be written: No space left on device" in result.stderr
    assert result.stdout.count("error[bad-word]") == 600


def test_a_report_may_go_to_a_device(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "x = 1")
    assert nbprod("check", "--output-format", f"json:{os.devnull}").exit_code == 0
    assert not Path(os.devnull).is_file()
