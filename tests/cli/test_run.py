"""What the walk over notebooks shows while it lasts."""

import io
import sys

import pytest

from nbprod.cli import run


class Terminal(io.StringIO):
    """Standard error of somebody who watches."""

    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is on `stream` after a notebook was begun, and after it is done."""
    monkeypatch.setattr(sys, "stderr", stream)
    progress = run.Progress()
    progress.show(3, 10, "evil\x1b[2J.ipynb")
    begun = stream.getvalue()
    progress.clear()
    progress.clear()
    return [begun, stream.getvalue().removeprefix(begun)]


def test_a_long_run_shows_how_far_it_is_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PATIENCE", 0.0)
    assert told(Terminal(), monkeypatch) == ["\r\x1b[K3/10 evil\\x1b[2J.ipynb", "\r\x1b[K"]


def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(Terminal(), monkeypatch) == ["", ""]


def test_nobody_watching_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PATIENCE", 0.0)
    assert told(io.StringIO(), monkeypatch) == ["", ""]
