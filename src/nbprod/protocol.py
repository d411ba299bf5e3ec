"""Every value that leaves the process, as frozen msgspec structs.

This module is the wire contract of nbprod: JSON reports, the kernel comm and the server handler all
speak it, in camelCase. It imports nothing of ours. Offsets and columns count code points of the raw
cell source; lines and columns start at 1, offsets and indices at 0; spans are half-open.
"""

from enum import StrEnum
from typing import Any

import msgspec

PROTOCOL_VERSION = 1


class Dimension(StrEnum):
    """The nine ways in which a proof of concept fails to reach production."""

    IDEAL_CONDITIONS = "ideal-conditions"
    DATA = "data"
    EVALUATION = "evaluation"
    INTEGRATION = "integration"
    OPERATIONS = "operations"
    OWNERSHIP = "ownership"
    MAINTENANCE = "maintenance"
    TRUST = "trust"
    DEMO_GAP = "demo-gap"


class Severity(StrEnum):
    """How bad a finding is; `error` is kept for results that are wrong, leaked, lost or cannot run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """2 for an error, 1 for a warning, 0 for info: larger is worse."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.INFO: 0}


class Confidence(StrEnum):
    """How sure the rule is that the smell is real."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Safety(StrEnum):
    """What a fix may change: nothing on the success path, behaviour, or it has holes to fill."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    TEMPLATE = "template"


class Profile(StrEnum):
    """What the notebook is for: thinking, or an unattended run that a team owns."""

    EXPLORE = "explore"
    PRODUCTION = "production"


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """The base of all wire structs."""


class CellRef(Wire, frozen=True, kw_only=True):
    """A cell, by its place in the notebook (from 0) and its nbformat id where it has one."""

    index: int
    id: str | None = None


class Span(Wire, frozen=True, kw_only=True):
    """A stretch of one cell's raw source, half-open.

    `file_line` is the physical line (from 1) of the .ipynb file on which `start` stands; None when
    there is no file. `output` is the index of an output when the span lies in an output's text.
    """

    cell: CellRef
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    file_line: int | None = None
    output: int | None = None


class ReplaceText(Wire, frozen=True, kw_only=True, tag="replaceText", tag_field="kind"):
    """Put `text` where `span` stands; an empty span inserts."""

    span: Span
    text: str


class InsertCell(Wire, frozen=True, kw_only=True, tag="insertCell", tag_field="kind"):
    """Put a new cell before the cell at index `before` (the number of cells: at the end)."""

    before: int
    cell_type: str
    source: str
    tags: tuple[str, ...] = ()


class DeleteCell(Wire, frozen=True, kw_only=True, tag="deleteCell", tag_field="kind"):
    """Take a cell out."""

    cell: CellRef


class ClearOutputs(Wire, frozen=True, kw_only=True, tag="clearOutputs", tag_field="kind"):
    """Empty the outputs of a code cell, and take its number away: as if it had not been run."""

    cell: CellRef


class SetMetadata(Wire, frozen=True, kw_only=True, tag="setMetadata", tag_field="kind"):
    """Set one metadata value of a cell (or, with None, of the notebook) at a path of keys."""

    cell: CellRef | None
    path: tuple[str, ...]
    value: str | int | float | bool | list[str] | dict[str, str] | None


Edit = ReplaceText | InsertCell | DeleteCell | ClearOutputs | SetMetadata


class Fix(Wire, frozen=True, kw_only=True):
    """A repair: its edits are applied together or not at all.

    `edits` refer to the notebook as it was analysed. They are empty when the caller asked for
    titles only (`check(..., edits=False)`), which spares loading the code that computes them.
    """

    title: str
    safety: Safety
    edits: tuple[Edit, ...] = ()


class Related(Wire, frozen=True, kw_only=True):
    """Another place that tells part of the story."""

    span: Span
    note: str


class Action(Wire, frozen=True, kw_only=True):
    """What JupyterLab may offer to do about a finding: `kind` is "rerunCells" or "restartAndRunAll"."""

    kind: str
    cells: tuple[CellRef, ...] = ()


class Finding(Wire, frozen=True, kw_only=True):
    """One production risk at one place.

    `severity` is that of the active profile. `suppressed_by` in a report's `suppressed` list says
    what silenced it. `docs` is the address of the rule's page.
    """

    rule: str
    message: str
    at: Span
    severity: Severity
    production_severity: Severity
    confidence: Confidence
    dimension: Dimension | None
    fingerprint: str
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    advice: str | None = None
    action: Action | None = None
    docs: str | None = None
    absence: bool = False
    """It is about what the whole notebook lacks: no text is marked."""
    live: bool = False
    """What a running session holds is a witness to it."""


class Suppressed(Wire, frozen=True, kw_only=True):
    """A finding that was silenced, where, and with what reason."""

    finding: Finding
    by: str
    reason: str | None = None


class Problem(Wire, frozen=True, kw_only=True):
    """Something that kept nbprod from doing its work; never silent.

    `stage` is "read" (not a notebook), "settings" (what its own metadata says of nbprod cannot be
    used), "parse" (a cell), or ours: "model", "rule", "fix", "write".
    """

    path: str
    stage: str
    message: str
    cell: CellRef | None = None
    rule: str | None = None


class DimensionScore(Wire, frozen=True, kw_only=True):
    """The score of one dimension, 0 to 100; None when nothing in the notebook could be assessed."""

    dimension: Dimension
    score: int | None
    penalty: float
    findings: int


class NextStep(Wire, frozen=True, kw_only=True):
    """What mending all findings of one rule would add to its dimension's score."""

    rule: str
    points: int
    findings: int
    fixable: int


class Scores(Wire, frozen=True, kw_only=True):
    """The readiness score: the headline is the minimum of the assessed dimensions."""

    headline: int | None
    level: str | None
    capped_by: Dimension | None
    reason: str
    assessed: int
    headline_with_waivers: int | None
    mean: float | None
    dimensions: tuple[DimensionScore, ...]
    next_steps: tuple[NextStep, ...]
    ruleset: str


class Live(Wire, frozen=True, kw_only=True):
    """Which live evidence a report rests on.

    `python` is the kernel's version, `runs` how many cells it has executed, `names` what of its memory was looked at;
    `set_aside` are names whose value was no evidence, since the code that bound them is no longer in the notebook.
    """

    python: str
    runs: int
    names: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


class Report(Wire, frozen=True, kw_only=True):
    """All that nbprod says of one notebook.

    `revision` echoes the request's, so that a late answer can be dropped. `skipped` says why a
    notebook was not analysed. `findings` holds every finding, whatever its severity. `live` is there when a
    running session was a witness.
    """

    version: int = PROTOCOL_VERSION
    revision: int = 0
    path: str
    profile: Profile
    config: str | None = None
    skipped: str | None = None
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    problems: tuple[Problem, ...] = ()
    scores: Scores | None = None
    live: Live | None = None


# -- the live channel: front end <-> kernel or server -------------------------------------------------


class CellText(Wire, frozen=True, kw_only=True):
    """One cell as the front end holds it. `revision` is a counter of the front end's, raised at each change.

    `outputs` are those of a code cell, without pictures and cut to a size that travels quickly; None when
    they are as they were when the cell was last sent.
    """

    id: str
    type: str
    revision: int
    source: str
    metadata: dict[str, Any] = {}
    execution_count: int | None = None
    outputs: list[dict[str, Any]] | None = None


class AnalyseRequest(Wire, frozen=True, kw_only=True, tag="analyse", tag_field="kind"):
    """Ask for a report. `order` names all cells; `changed` holds those that the analyser has not seen as they are.

    Without `edits`, fixes come with their titles only. Working them all out takes several times as long
    as finding what to fix: nobody needs them before the typing stops.
    """

    version: int = PROTOCOL_VERSION
    revision: int
    path: str
    order: tuple[str, ...]
    changed: tuple[CellText, ...]
    edits: bool = True
    profile: Profile | None = None
    metadata: dict[str, Any] = {}


class CombineRequest(Wire, frozen=True, kw_only=True, tag="combine", tag_field="kind"):
    """Ask for the edits that make several fixes of one report together."""

    version: int = PROTOCOL_VERSION
    revision: int
    fixes: tuple[Fix, ...]


Request = AnalyseRequest | CombineRequest


class ReportAnswer(Wire, frozen=True, kw_only=True, tag="report", tag_field="kind"):
    """The report that was asked for, and who made it: "kernel" or "server"."""

    revision: int
    report: Report
    analyser: str
    milliseconds: float


class NeedCells(Wire, frozen=True, kw_only=True, tag="needCells", tag_field="kind"):
    """The analyser lacks the text of these cells: ask again with them."""

    revision: int
    ids: tuple[str, ...]


class Combined(Wire, frozen=True, kw_only=True, tag="combined", tag_field="kind"):
    """What makes the fixes together that fit together; `taken` are their places in the request."""

    revision: int
    edits: tuple[Edit, ...]
    taken: tuple[int, ...]


class Failure(Wire, frozen=True, kw_only=True, tag="failure", tag_field="kind"):
    """The request could not be answered; the text says why."""

    revision: int
    message: str


Answer = ReportAnswer | NeedCells | Combined | Failure
