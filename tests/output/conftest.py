"""A small notebook with findings to render."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nbprod.notebook import Notebook, cell_notebook
from nbprod.output import Outcome
from nbprod.protocol import Confidence, Dimension, Finding, Profile, Report, Severity, Span


@dataclass(frozen=True)
class Draft:
    """A notebook of code cells, and findings at pieces of their text."""

    notebook: Notebook

    def span(self, text: str, cell: int = 0) -> Span:
        start = self.notebook.cells[cell].source.index(text)
        return self.notebook.span(self.notebook.cells[cell], start, start + len(text))

    def found(self, text: str, rule: str = "a-rule", *, cell: int = 0, **fields: Any) -> Finding:
        severity = fields.pop("severity", Severity.WARNING)
        defaults: dict[str, Any] = {"message": "something is wrong", "dimension": Dimension.DATA}
        return Finding(
            rule=rule,
            at=self.span(text, cell),
            severity=severity,
            production_severity=severity,
            confidence=Confidence.HIGH,
            fingerprint=rule,
            **defaults | fields,
        )

    def outcome(self, *findings: Finding, path: str = "nb.ipynb", **fields: Any) -> Outcome:
        report = Report(path=path, profile=Profile.PRODUCTION, findings=findings, **fields)
        return Outcome(report, [cell.source for cell in self.notebook.cells])


@pytest.fixture
def draft() -> Callable[..., Draft]:
    return lambda *sources: Draft(cell_notebook([("code", source, ()) for source in sources]))
