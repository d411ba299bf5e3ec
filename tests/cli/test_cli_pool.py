"""Runs long enough for several processes."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_notebooks import notebook_bytes
from click.testing import Result

from nbprod.cli import pool

Write = Callable[..., Path]
Nbprod = Callable[..., Result]
MANY = 40


@pytest.fixture
def many(write: Write, here: Path) -> Path:
    """Notebooks of all kinds, one of them under a wrong configuration."""
    for index in range(MANY):
        write(f"{index:02}.ipynb", *(["BAD"] * (index % 3)), "x = = 1" if index % 7 == 0 else "x = 1")
    write("bad/a.ipynb", "BAD")
    (here / "bad" / "nbprod.toml").write_text("selct = []")
    (here / "10.ipynb").write_text("no notebook")
    return here


@pytest.mark.parametrize("name", ["text", "json", "sarif"])
def test_two_processes_say_what_one_says(many: Path, nbprod: Nbprod, name: str) -> None:
    one, two = (nbprod("check", "--no-cache", "--output-format", name, "--jobs", jobs) for jobs in ("1", "2"))
    assert (one.exit_code, one.stderr) == (2, two.stderr)
    assert two.stdout == one.stdout
    assert multiprocessing.active_children() == []


def test_scores_of_two_processes(many: Path, nbprod: Nbprod) -> None:
    one, two = (nbprod("score", "--no-cache", "--jobs", jobs) for jobs in ("1", "2"))
    assert two.stdout == one.stdout
    assert "39.ipynb" in one.stdout


def test_another_way_to_start_processes(many: Path, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_CONTEXT", multiprocessing.get_context("spawn"))
    monkeypatch.setattr(pool.sys, "platform", "darwin")
    result = nbprod("check", "--output-format", "json", "--jobs", "2")
    assert len(json.loads(result.stdout)) == MANY


def test_a_process_that_dies_takes_one_notebook_with_it(
    many: Path, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbprod.api import Checker

    check_file = Checker.check_file

    def deadly(self: Checker, path: Any) -> Any:
        if str(path) in {"05.ipynb", "06.ipynb", "33.ipynb"}:
            os.kill(os.getpid(), signal.SIGKILL)
        return check_file(self, path)

    monkeypatch.setattr(Checker, "check_file", deadly)
    result = nbprod("check", "--output-format", "json", "--jobs", "2")
    reports = json.loads(result.stdout)
    assert [report["path"] for report in reports] == [f"{index:02}.ipynb" for index in range(MANY)]
    killed = {report["path"]: report["problems"][0]["message"] for report in reports if report["problems"]}
    told = {path for path, message in killed.items() if "SIGKILL" in message}
    assert told == {"05.ipynb", "06.ipynb", "33.ipynb"}
    assert multiprocessing.active_children() == []


def test_no_process_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    source = "\n".join(f"x{number} = {number}" for number in range(2000))
    for index in range(60):
        (tmp_path / f"{index}.ipynb").write_bytes(notebook_bytes(source))
    command = [sys.executable, "-m", "nbprod", "check", str(tmp_path), "--jobs", "2", "--output-format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while group(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert group(process.pid) == []


def group(leader: int) -> list[str]:
    """The processes of a session that still live."""
    return [path.name for path in processes() if session(path) == leader]


def processes() -> Iterator[Path]:
    return (path for path in Path("/proc").iterdir() if path.name.isdigit())


def session(path: Path) -> int | None:
    try:
        state, *fields = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state == "Z" else int(fields[2])
