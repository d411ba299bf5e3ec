"""What must hold whatever nbprod is given."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration, Settings
from nbprod.engine.fix import Fixed, fix_notebook
from nbprod.errors import ReadError
from nbprod.live import LiveNotebook
from nbprod.notebook import Cell, Notebook, parse_notebook
from nbprod.output import Outcome
from nbprod.protocol import Finding, Problem, ReplaceText, Report, Safety, Span
from nbprod.registry import all_rules

PATH = "fuzz.ipynb"
OURS = ("model", "rule", "fix", "write")
"""Stages of problems that are failures of ours."""


def read(data: bytes) -> Notebook | None:
    """Read bytes, which gives a notebook or one line that says what is wrong."""
    try:
        return parse_notebook(data, PATH)
    except ReadError as error:
        message = str(error)
        assert message.startswith(f"{PATH}: ")
        assert len(message.splitlines()) == 1, message
        return None


def check(data: bytes) -> Outcome:
    """Check bytes: there is a report, none of its problems is a failure of ours, and all of its places exist."""
    outcome = _checker().check_bytes(data, PATH)
    report = outcome.report
    assert [problem for problem in report.problems if problem.stage in OURS] == []
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report).path == PATH
    notebook = read(data)
    if notebook is None:
        assert [problem.stage for problem in report.problems] == ["read"]
        assert report.findings == ()
        return outcome
    for finding in (*report.findings, *(item.finding for item in report.suppressed)):
        for span in _spans(finding):
            _check_span(span, notebook)
    for cell in notebook.code_cells:
        assert len(cell.python) == len(cell.source)
    return outcome


@cache
def _checker() -> Checker:
    return Checker(Configuration(known_rules()), edits=True)


def fix(data: bytes, allow: frozenset[Safety]) -> tuple[Notebook, Fixed]:
    """Fix a notebook: what parsed parses, what no fix named keeps its bytes, and a second time changes nothing."""
    rules, settings = tuple(all_rules().values()), Settings(rules={})
    before = parse_notebook(data, PATH)
    fixed = fix_notebook(before, rules, settings, allow=allow)
    dropped = [problem for problem in fixed.problems if problem.stage in OURS and not _is_dropped(problem)]
    assert dropped == []
    after = parse_notebook(fixed.data, PATH)
    _check_cells(before, after, fixed.origins)
    again = fix_notebook(after, rules, settings, allow=allow)
    assert [(item.finding.rule, item.fix.title) for item in again.applied] == []
    assert again.data is after.raw
    return before, fixed


def _is_dropped(problem: Problem) -> bool:
    """A fix would have broken the syntax of strange code, was left out, and the user was told."""
    return problem.stage == "fix" and "was dropped: cell" in problem.message


def _check_cells(before: Notebook, after: Notebook, origins: Sequence[int | None]) -> None:
    assert len(origins) == len(after.cells)
    kept = [origin for origin in origins if origin is not None]
    assert kept == sorted(kept)
    for cell, origin in zip(after.cells, origins, strict=True):
        if origin is None:
            assert cell.parse_error is None
            assert (cell.id is not None) == (before.nbformat_minor >= 5)
            continue
        old = before.cells[origin]
        assert (cell.parse_error is None) >= (old.parse_error is None)
        assert bytes(cell.raw_outputs) in {bytes(old.raw_outputs), b"[]"}
        if _shown(cell) == _shown(old):
            assert _cell_bytes(after, cell.index) == _cell_bytes(before, origin)


def _shown(cell: Cell) -> tuple[object, ...]:
    """All that a fix may change in a cell that stays."""
    return cell.source, cell.tags, bytes(cell.raw_outputs), cell.execution_count


def _cell_bytes(notebook: Notebook, index: int) -> bytes:
    assert notebook.json is not None
    span = notebook.json.cells[index]
    return notebook.raw[span.start : span.end]


def _spans(finding: Finding) -> list[Span]:
    edits = [edit for fix in finding.fixes for edit in fix.edits]
    replaced = [edit.span for edit in edits if isinstance(edit, ReplaceText)]
    return [finding.at, *(related.span for related in finding.related), *replaced]


def _check_span(span: Span, notebook: Notebook) -> None:
    cell = notebook.cells[span.cell.index] if notebook.cells else None
    assert cell is None or span.cell.id == cell.id
    text = cell.source if cell is not None and span.output is None else None
    if text is None:
        assert 0 <= span.start <= span.end
        return
    assert 0 <= span.start <= span.end <= len(text), (span, text)
    assert cell.map.position(span.start) == (span.line, span.column)
    assert cell.map.position(span.end) == (span.end_line, span.end_column)


def answer(live: LiveNotebook, message: object) -> dict[str, Any]:
    """Ask the live analyser: the answer is JSON of a known kind, and says of no failure of ours."""
    found = live.answer(message)
    assert found["kind"] in {"report", "needCells", "combined", "failure"}
    json.loads(json.dumps(found, allow_nan=False))
    assert not str(found.get("message", "")).startswith("nbprod failed"), found
    report = found.get("report") or {"problems": ()}
    assert [problem for problem in report["problems"] if problem["stage"] in OURS] == []
    return found
