"""A report as pieces of HTML for the output of a cell: any front end shows them, and a saved notebook keeps them.

There is no script, no style sheet and no heading element (front ends list those among the headings of the notebook).
Whatever a notebook holds is escaped.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from nbprod.engine.fix import preview
from nbprod.errors import EditConflict
from nbprod.kit.secrets import SecretScanner
from nbprod.notebook import Cell, Notebook
from nbprod.output import Outcome, View
from nbprod.output.cards import Card, cards
from nbprod.output.diff import notebook_diff
from nbprod.output.excerpt import without_secrets
from nbprod.output.html import environment, lines_of
from nbprod.output.pages import all_pages, why_of
from nbprod.output.text import untold
from nbprod.protocol import Finding, Fix, Severity

_MOST_CARDS = 100
_MOST_DIFF_LINES = 120
_FILE_NAMES = 2  # lines that begin a diff


class _Changed(Struct, frozen=True):
    """A cell as a fix leaves it, to be copied: what a kernel can't write into the notebook itself."""

    label: str
    source: str


class _Preview(Struct, frozen=True):
    """A fix, with what it would change; `remark` says why there is nothing to copy."""

    title: str
    safety: str
    diff: list[str]
    cells: list[_Changed]
    remark: str = ""


class Fragments:
    """Makes the pieces for one outcome; what each fix would change is worked out once.

    Args:
        outcome: What came of the notebook.
        notebook: The notebook itself, for previews of fixes.
        origin: Where its cells were found, in words that go on "Read from …".
    """

    def __init__(self, outcome: Outcome, notebook: Notebook, origin: str) -> None:
        self._outcome = outcome
        self._notebook = notebook
        self._origin = origin
        self._previews: dict[int, list[_Preview]] = {}
        self._pieces = environment().get_template("fragment.html").module

    def headline(self) -> str:
        """The score, its dimensions, and what could not be read."""
        report = self._outcome.report
        return self._piece("headline", report, self._origin, list(untold(report)))

    def findings(self, show: Severity) -> str:
        """A card for each place with a finding that is at least as severe as `show`, the worst first; then one for
        each that only production takes for so severe.
        """
        findings = self._outcome.report.findings
        found = [item for item in findings if item.severity.rank >= show.rank]
        later = [item for item in findings if item.severity.rank < show.rank <= item.production_severity.rank]
        insisted = [replace(item, severity=item.production_severity) for item in later]
        hidden = self._piece("hidden", len(findings) - len(found) - len(later))
        listed = self._listed("", found) if found or not later else ""  # else "no places" stands above some
        return listed + self._listed("Before production", insisted) + hidden

    def _listed(self, title: str, findings: Sequence[Finding]) -> str:
        if title and not findings:
            return ""
        sources = without_secrets(self._outcome.cells, self._outcome.report.findings)
        found = sorted(cards(findings, Severity.INFO), key=lambda card: -card.first.severity.rank)
        parts = [self._card(card, sources) for card in found[:_MOST_CARDS]]
        tally = self._piece("tally", title, len(found), max(len(found) - _MOST_CARDS, 0))
        return f'{tally}<div role="list">{"".join(parts)}</div>'

    def whole(self, show: Severity) -> str:
        """All of it in one piece."""
        return f"<div>{self.headline()}{self.findings(show)}</div>"

    def _card(self, card: Card, sources: Sequence[str]) -> str:
        page = all_pages().get(card.first.rule)
        why = "" if page is None else why_of(page)
        offered = [item for finding in (card.first, *card.others) for item in self._previewed(finding)]
        previews = {(item.title, item.safety): item for item in reversed(offered)}  # two rules may offer the same
        return self._piece("finding", card, lines_of(card.first, sources), why, list(reversed(previews.values())))

    def _previewed(self, finding: Finding) -> list[_Preview]:
        key = id(finding.fixes)  # the finding itself may be shown with another severity
        if key not in self._previews:
            self._previews[key] = [_preview(self._notebook, fix) for fix in finding.fixes]
        return self._previews[key]

    def _piece(self, name: str, *args: object) -> str:
        text = str(getattr(self._pieces, name)(*args))
        return text.encode("utf-8", "backslashreplace").decode()  # the kernel sends it as UTF-8


def _preview(notebook: Notebook, fix: Fix) -> _Preview:
    try:
        after, origins = preview(notebook, fix)
    except EditConflict as error:
        return _Preview(fix.title, fix.safety, [], [], f"There is no preview: {error}.")
    diff = list(notebook_diff(notebook, after, origins, View()))[_FILE_NAMES:]
    if len(diff) > _MOST_DIFF_LINES:
        diff = [*diff[:_MOST_DIFF_LINES], f"@@ {len(diff) - _MOST_DIFF_LINES} more lines"]
    changed = list(_changed(notebook, after, origins))
    remark = "" if changed else "Nothing to copy: it changes no code, or the cell holds what is better not shown."
    return _Preview(fix.title, fix.safety, diff, changed, remark)


def _changed(before: Notebook, after: Notebook, origins: Sequence[int | None]) -> Iterator[_Changed]:
    for cell, origin in zip(after.cells, origins, strict=True):
        if origin is not None and before.cells[origin].source == cell.source:
            continue
        if _may_be_shown(cell.source):
            label = f"Cell {origin + 1}" if origin is not None else _place_of_new(cell, origins)
            yield _Changed(label, cell.source)


def _place_of_new(cell: Cell, origins: Sequence[int | None]) -> str:
    following = next((origin + 1 for origin in origins[cell.index :] if origin is not None), None)
    tags = f", tagged {', '.join(cell.tags)}," if cell.tags else ""
    return f"New cell{tags} {'at the end' if following is None else f'before cell {following}'}"


def _may_be_shown(source: str) -> bool:
    """Whether a source can stand in an output as it is: it holds no secret, and nothing that looks other than it is."""
    is_plain = all(line.replace("\t", "").isprintable() for line in source.split("\n"))
    return is_plain and not any(SecretScanner(source).in_code(source))
