"""Rules that fire on words, notebooks made of strings, and a way to call the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cli_notebooks import notebook_bytes
from click.testing import CliRunner, Result

from nbprod import registry
from nbprod.cli import main
from nbprod.kit import Context, Diagnosis, Dimension, Notebook, Plan, Rule, Safety, Severities, Severity, on


class _WordRule(Rule):
    """Base of the rules below."""

    word: ClassVar[str]
    since = "0.1"
    dimension = Dimension.TRUST

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for cell in notebook.code_cells:
            start = cell.source.find(self.word)
            if start >= 0:
                plans = [Plan("Take it out", Safety.SAFE, list)] if self.word == "BAD" else []
                place = ctx.cell_span(cell.index, start, start + len(self.word))
                yield self.finding(ctx, place, f"`{self.word}` stands here", fixes=plans)


class BadWord(_WordRule):
    """A bad word breaks production.

    ## Why is this bad?
    It says so.

    ## Examples
    ```nb bad
    BAD
    ```
    """

    word = "BAD"
    severity = Severities(Severity.WARNING, Severity.ERROR)


class DoubtfulWord(_WordRule):
    """A doubtful word deserves a warning."""

    word = "DOUBTFUL"
    severity = Severities(Severity.INFO, Severity.WARNING)


class MinorWord(_WordRule):
    """A minor word is only told."""

    word = "MINOR"
    severity = Severities(Severity.INFO, Severity.INFO)
    dimension = Dimension.DEMO_GAP
    options: ClassVar = {"allow": []}


class FaultyRule(_WordRule):
    """A rule with a bug."""

    word = "CRASH"
    severity = Severities(Severity.INFO, Severity.INFO)

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if any(self.word in cell.source for cell in notebook.cells):
            raise ZeroDivisionError("a bug")
        yield from ()


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the rules above in the place of ours."""
    monkeypatch.setattr(registry, "_ours", lambda: iter([BadWord, DoubtfulWord, MinorWord, FaultyRule]))
    registry.listed_rules.cache_clear()
    yield
    registry.listed_rules.cache_clear()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def write(here: Path) -> Callable[..., Path]:
    """Write a notebook of code cells."""

    def write(name: str, *sources: str, metadata: dict[str, Any] | None = None) -> Path:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook_bytes(*sources, metadata=metadata))
        return path

    return write


@pytest.fixture
def nbprod() -> Callable[..., Result]:
    """Call the command line in this process."""

    def call(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=stdin, env=env, prog_name="nbprod")

    return call
