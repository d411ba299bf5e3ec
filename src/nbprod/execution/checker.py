"""Checks notebooks that it ran, with what they left in memory as evidence."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from nbprod.api import Checker, Fixer, allowed
from nbprod.config import Configuration
from nbprod.engine.notices import CELL_FAILED, CELL_TIMED_OUT, FIX_CHANGES_RESULTS, Notice
from nbprod.errors import ReadError, UsageError
from nbprod.execution.asking import NoEvidence, RemoteWitness
from nbprod.execution.comparing import Results, differences
from nbprod.execution.running import Execution, Limits, Stop, asked, in_kernel
from nbprod.notebook import Notebook, parse_notebook, read_notebook
from nbprod.output import Outcome, Repaired
from nbprod.protocol import Finding


class How(Struct, frozen=True):
    """How notebooks are run.

    Attributes:
        kernel: The name of the kernel; None for the notebook's own.
        limits: How long it may take.
        parameters: What the run is given.
        save: Where the executed notebook goes.
        verify: Whether to run a copy with the safe fixes, too, and compare.
    """

    kernel: str | None
    limits: Limits
    parameters: Mapping[str, Any]
    save: Path | None = None
    verify: bool = False


class ExecutingChecker(Checker):
    """Runs each notebook in a fresh kernel, and checks it while the kernel is there to be asked.

    Args:
        configuration: Which rules, and how severe.
        how: How to run them.
        edits: Compute what fixes would change, not only their titles.
        lines: Look up the physical lines of the file.

    Attributes:
        tell: Called with what a person should know besides the report.
        show: Called with the number of cells done, of all, and the path.
    """

    def __init__(self, configuration: Configuration, how: How, *, edits: bool, lines: bool) -> None:
        super().__init__(configuration, edits=edits, lines=lines)
        self.how = how
        self.tell: Callable[[str], None] = lambda _message: None
        self.show: Callable[[int, int, str], None] = lambda _done, _total, _path: None
        self._key = secrets.token_hex(16)

    def check_file(self, path: str | Path) -> Outcome:
        """Run and check a file.

        Raises:
            UsageError: It can't be run at all: nbclient or the kernel is missing.
        """
        try:
            notebook = read_notebook(Path(path))
        except (ReadError, MemoryError):
            return super().check_file(path)  # which says why
        if notebook.skipped is not None:
            return self.check_notebook(notebook)
        outcome, results = self._run(notebook)
        if self.how.verify and results is not None and results.stop is None:
            outcome = self._verified(notebook, outcome, results)
        return outcome

    def _run(self, notebook: Notebook) -> tuple[Outcome, Results | None]:
        """What the check of a notebook found, and what its run gave, if the kernel could be asked."""
        with in_kernel(notebook, self.how.kernel, self.how.parameters) as execution, ExitStack() as stack:
            execution.run(self.how.limits, lambda done, total: self.show(done, total, notebook.path))
            witness = self._witness(notebook, execution, stack)
            outcome = self.check_notebook(notebook, witness=witness)
            results = None if witness is None else self._results(execution, witness)
            if self.how.save is not None:
                _save(execution.document, self.how.save)
        if execution.stop is not None:
            outcome = self._with_finding(notebook, outcome, *_told(notebook, execution.stop))
        return outcome, results

    def _witness(self, notebook: Notebook, execution: Execution, stack: ExitStack) -> RemoteWitness | None:
        try:
            return RemoteWitness(stack.enter_context(asked(execution)), execution.hidden)
        except NoEvidence as reason:
            self.tell(f"{notebook.path}: checked without what the run left in memory: {reason}")
            return None

    def _results(self, execution: Execution, witness: RemoteWitness) -> Results:
        if not self.how.verify:
            return Results(execution.stop, {}, {})
        facts = {name: witness.thing(name) for name in witness.session().names}
        return Results(execution.stop, facts, witness.digests(self._key))

    def _verified(self, notebook: Notebook, outcome: Outcome, results: Results) -> Outcome:
        """Say whether a copy with the safe fixes gives the same."""
        repaired = Fixer(self.configuration, allow=allowed(unsafe=False, template=False)).check_notebook(notebook)
        fixes = len(repaired.fixed.applied) if isinstance(repaired, Repaired) and repaired.fixed is not None else 0
        if not fixes or not isinstance(repaired, Repaired):
            self.tell(f"{notebook.path}: there is no safe fix to verify")
            return outcome
        fixed = self._results_of(parse_notebook(repaired.data, notebook.path))
        if fixed is None:
            return outcome
        applied = f"with {fixes} safe fix{'es' * (fixes != 1)} applied"
        changed = differences(results, fixed)
        if fixed.stop is None and changed:  # some values change with every run
            again = self._results_of(notebook)
            changed -= differences(results, again) if again is not None else set()
        if fixed.stop is None and not changed:
            self.tell(f"{notebook.path}: {applied}, a run gives the same results")
            return outcome
        names = ", ".join(f"`{name}`" for name in sorted(changed)[:5])
        message = f"{applied}, a run gives other results: {names}"
        if fixed.stop is not None:
            message = f"{applied}, the notebook does not run to its end"
        return self._with_finding(notebook, outcome, FIX_CHANGES_RESULTS, 0, None, message)

    def _results_of(self, notebook: Notebook) -> Results | None:
        """What a run of a notebook gives; None when its kernel can't be asked."""
        with in_kernel(notebook, self.how.kernel, self.how.parameters) as execution, ExitStack() as stack:
            execution.run(self.how.limits, lambda done, total: self.show(done, total, notebook.path))
            witness = self._witness(notebook, execution, stack)
            return None if witness is None else self._results(execution, witness)

    def _with_finding(
        self, notebook: Notebook, outcome: Outcome, notice: Notice, cell: int, line: int | None, message: str
    ) -> Outcome:
        """An outcome with what the run itself found."""
        settings, _ = self.configuration.for_path(notebook.path).for_notebook(notebook.metadata)
        source = notebook.cells[cell].source
        lines = source.splitlines(keepends=True)
        start = sum(map(len, lines[: line - 1])) if line is not None and line <= len(lines) else 0
        end = start + len(source[start:].partition("\n")[0])
        span = notebook.span(notebook.cells[cell], start, end)
        found = notice.finding(notebook.with_file_line(span), message, settings, anchor=f"{message}\n{source}")
        findings = sorted([*outcome.report.findings, found], key=_place)
        return replace(outcome, report=replace(outcome.report, findings=tuple(findings)))


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.at.cell.index, finding.at.start, finding.rule


def _told(notebook: Notebook, stop: Stop) -> tuple[Notice, int, int | None, str]:
    """The finding that says why a run ended early: its kind, cell, line and message."""
    left = sum(cell.index > stop.cell for cell in notebook.code_cells)
    rest = f", and {left} more code cell{'s' * (left != 1)} did not run" if left else ""
    if stop.seconds is not None:
        limit = "the notebook's limit" if stop.is_total else "the limit of a cell"
        message = f"this cell was still running after {stop.seconds:g} s, {limit}{rest}"
        return CELL_TIMED_OUT, stop.cell, None, message
    what = "the kernel died in this cell" if stop.error is None else f"this cell ends in `{stop.error}`"
    return CELL_FAILED, stop.cell, stop.line, what + rest


def _save(document: Any, path: Path) -> None:
    """Write the executed notebook.

    Raises:
        UsageError: It can't be written.
    """
    nbformat: Any = import_module("nbformat")
    try:
        path.write_text(nbformat.writes(document) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--save {path}: {error.strerror or error}") from error
