"""What takes too long or too much memory costs one notebook, in this process and in others."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from mmap import mmap
from pathlib import Path

import pytest
from click.testing import Result

from nbprod import registry
from nbprod.cli import pool
from nbprod.kit import Context, Diagnosis, Dimension, Notebook, Rule, Severities, Severity, on

Write = Callable[..., Path]
Nbprod = Callable[..., Result]
HERE, ELSEWHERE = pytest.param(3, id="here"), pytest.param(30, id="in several processes")


class Insatiable(Rule):
    """A rule that finds no end, where the notebook asks for it."""

    dimension = Dimension.TRUST
    severity = Severities(Severity.INFO, Severity.INFO)
    since = "0.1"

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        source = notebook.cells[0].source
        if "DEAF" in source:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        while "SLOW" in source:
            time.sleep(0.01)
        if "GREEDY" in source:
            bytearray(10**12)
        yield from ()


@pytest.fixture(autouse=True)
def insatiable(monkeypatch: pytest.MonkeyPatch) -> None:
    others = list(registry._ours())
    monkeypatch.setattr(registry, "_ours", lambda: iter([*others, Insatiable]))
    registry.listed_rules.cache_clear()


@pytest.fixture
def told(write: Write, nbprod: Nbprod) -> Callable[..., list[tuple[str, str]]]:
    """Check as many notebooks, one of them as given; call it to hear the problems that are told."""

    def told(count: int, source: str, *arguments: str) -> list[tuple[str, str]]:
        for index in range(count):
            write(f"{index:02}.ipynb", source if index == 1 else "BAD")
        result = nbprod("check", "--jobs", "2", "--output-format", "json", *arguments)
        reports = json.loads(result.stdout)
        assert result.exit_code == 3
        assert [report["path"] for report in reports] == [f"{index:02}.ipynb" for index in range(count)]
        assert [len(report["findings"]) for report in reports] == [0 if index == 1 else 1 for index in range(count)]
        return [(problem["path"], problem["message"]) for report in reports for problem in report["problems"]]

    return told


@pytest.mark.parametrize("count", [HERE, ELSEWHERE])
def test_a_notebook_that_takes_too_long(told: Callable[..., list[tuple[str, str]]], count: int) -> None:
    message = "checking it took longer than 0.5 s and was given up; --time-limit allows more"
    assert told(count, "SLOW", "--time-limit", "0.5") == [("01.ipynb", message)]
    assert told(count, "SLOW", "--time-limit", "0.5") == [("01.ipynb", message)]  # nothing of that is kept


@pytest.mark.parametrize("count", [HERE, ELSEWHERE])
def test_a_notebook_that_takes_too_much_memory(told: Callable[..., list[tuple[str, str]]], count: int) -> None:
    assert told(count, "GREEDY") == [("01.ipynb", "checking it takes more memory than there is")]


def test_what_the_process_holds_already_is_not_counted(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", "BAD")
    with mmap(-1, 300_000_000):
        result = nbprod("check", "--memory-limit", "200", "--output-format", "html:report.html")
    assert (result.exit_code, result.stderr) == (1, "")


def test_a_process_that_does_not_listen_is_ended(
    told: Callable[..., list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_GRACE_S", 0.2)
    message = "checking it took longer than 0.5 s and was given up; --time-limit allows more"
    assert told(30, "DEAF SLOW", "--time-limit", "0.5") == [("01.ipynb", message)]


@pytest.mark.parametrize("command", ["check", "score", "fix"])
def test_whatever_looks_at_notebooks_has_limits(write: Write, nbprod: Nbprod, command: str) -> None:
    path = write("a.ipynb", "SLOW")
    for arguments, data in ((("a.ipynb",), None), (("-",), path.read_bytes())):
        result = nbprod(command, *arguments, "--time-limit", "0.2", stdin=data)
        assert result.exit_code == 3
        assert "longer than 0.2 s" in result.output
    assert (
        "more memory than there is" in nbprod(command, "-", stdin=path.read_bytes().replace(b"SLOW", b"GREEDY")).output
    )


def test_nothing_is_left_of_the_limits(write: Write, nbprod: Nbprod) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM)
    write("a.ipynb", "SLOW")
    nbprod("check", "--time-limit", "0.1", "--memory-limit", "3000")
    assert (resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGALRM)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
