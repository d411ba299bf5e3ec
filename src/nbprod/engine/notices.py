"""What the engine itself reports: findings that no rule makes and no score counts."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from nbprod.config import Settings
from nbprod.engine.fingerprint import fingerprint
from nbprod.kit.findings import INFO, Severities
from nbprod.protocol import Confidence, Finding, Fix, Safety, Severity, Span


class Notice(Struct, frozen=True):
    """A kind of finding about the check itself, with its page, as rules have one."""

    name: str
    severity: Severities
    doc: str
    fixes: tuple[Safety, ...] = ()
    confidence: Confidence = Confidence.HIGH
    dimension: None = None
    since: str = "0.1"

    def summary(self) -> str:
        """The first line of the page."""
        return self.doc.partition("\n")[0]

    def safeties(self) -> tuple[Safety, ...]:
        """The safety of the fixes it may offer."""
        return self.fixes

    def finding(self, at: Span, message: str, settings: Settings, *, anchor: str, fixes: Sequence[Fix] = ()) -> Finding:
        """A finding of this kind; `anchor` is the text that its fingerprint is made of."""
        return Finding(
            rule=self.name,
            message=message,
            at=at,
            severity=settings.severity_override(self.name) or self.severity.of(settings.profile),
            production_severity=self.severity.production,
            confidence=self.confidence,
            dimension=None,
            fingerprint=fingerprint(self.name, anchor),
            fixes=tuple(fixes),
            docs=settings.docs(self.name),
        )


CELL_NOT_ANALYSABLE = Notice(
    name="cell-not-analysable",
    severity=Severities(explore=Severity.INFO, production=Severity.WARNING),
    doc="""A cell that is no Python can't be looked at.

## Why is this bad?
nbprod found a syntax error, Python 2, code for a newer Python or a nesting that no parser takes.
Nothing in this cell was checked, and rules that need to know every cell had to abstain. The cell
would also fail in an unattended run.

## What to do
Mend the cell, delete it, or make it Markdown. If it holds something that is deliberately not Python,
tag it `nbprod-skip`.
""",
)

UNUSED_IGNORE = Notice(
    name="unused-ignore",
    severity=INFO,
    fixes=(Safety.SAFE,),
    doc="""An ignore that silences nothing should go.

## Why is this bad?
It hides the next finding of that rule, which nobody has judged yet. An ignore is also reported here
when it has expired, names a rule that doesn't exist, can't be read, or asks for what can't be ignored
by name: a secret is allowed by the SHA-256 of its value, in `rules.hard-coded-secret.allow` of the
configuration or in `metadata.nbprod.secret-allow` of the notebook.

## What to do
Delete the comment, the tag or the entry in `metadata.nbprod.ignore`.

## Fix safety
Safe: only the comment is removed.
""",
)

IGNORE_WITHOUT_REASON = Notice(
    name="ignore-without-reason",
    severity=INFO,
    doc="""An ignore in a production notebook should say why.

## Why is this bad?
Whoever takes the notebook over can't tell a decision from a shortcut.

## What to do
Write `# nbprod: ignore[rule-name] -- the reason`, or give the reason in the notebook's metadata:
`{"nbprod": {"ignore": {"rule-name": "the reason"}}}`. A cell tag has no room for one.
""",
)

STALE_KERNEL_EVIDENCE = Notice(
    name="stale-kernel-evidence",
    severity=INFO,
    doc="""What today's code did not put in memory is no evidence.

## Why is this bad?
nbprod sharpens findings by what the kernel holds: types, numbers of rows, gaps. It does so only for names that
were last bound by code which still stands in the notebook. Here the cell was edited or deleted since it ran, so
what is in memory says nothing about what the notebook would do now.

## What to do
Run the cell again, or restart the kernel and run all cells.
""",
)

_ERROR = Severities(explore=Severity.ERROR, production=Severity.ERROR)

CELL_FAILED = Notice(
    name="cell-failed",
    severity=_ERROR,
    doc="""A cell that fails in a fresh kernel fails in production.

## Why is this bad?
`nbprod run` executed the notebook from its first cell in a kernel of its own, as a scheduler does, and this cell
ended in an error or took the kernel with it. The cells below it were not run. What the error says is not repeated
here, since it may hold data; `--save` keeps it with the outputs.

## What to do
Restart the kernel, run all cells, and mend the first that fails. A cell that is meant to fail has the tag
`raises-exception`.
""",
)

CELL_TIMED_OUT = Notice(
    name="cell-timed-out",
    severity=_ERROR,
    doc="""A cell that never ends keeps a scheduled run alive.

## Why is this bad?
`nbprod run` stopped this cell after `--timeout` seconds, or the notebook after `--total-timeout`. It may hang, or be
too slow for an unattended run.

## What to do
Find out what it waits for and give that a time limit of its own, or allow the run more time.
""",
)

FIX_CHANGES_RESULTS = Notice(
    name="fix-changes-results",
    severity=_ERROR,
    doc="""A safe fix must keep what a notebook gives.

## Why is this bad?
`nbprod run --verify-fixes` ran the notebook and a copy with its safe fixes, each in a fresh kernel, and these names
hold something else at the end, though two runs of the notebook itself agree. A safe fix is to keep every value.

## What to do
See `nbprod fix --diff` for what would change, and report it: a fix that is called safe is not.
""",
)

NOTICES: Mapping[str, Notice] = {
    notice.name: notice
    for notice in (
        CELL_FAILED,
        CELL_NOT_ANALYSABLE,
        CELL_TIMED_OUT,
        FIX_CHANGES_RESULTS,
        IGNORE_WITHOUT_REASON,
        STALE_KERNEL_EVIDENCE,
        UNUSED_IGNORE,
    )
}
