"""What a rule gives back: a diagnosis, with plans of fixes that are worked out only when asked for."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from nbprod.errors import EditConflict
from nbprod.protocol import Action, Confidence, Edit, Fix, Profile, Related, Safety, Severity, Span

HOLE: Final = "TODO(nbprod)"
"""What a template puts where a person has to fill something in."""


class Declined(Exception):  # noqa: N818  -- not an error: the plan found that it must not be carried out
    """A plan found that it can't be carried out here without harm, such as losing a comment."""


class Plan(Struct, frozen=True):
    """A fix to be worked out on demand, so that a run that only reports never pays for it.

    `build` returns the edits, or raises `Declined`.
    """

    title: str
    safety: Safety
    build: Callable[[], Sequence[Edit]]

    def fix(self) -> Fix | None:
        """The fix with its edits, each once and none overlapping; None when it would change nothing.

        Raises:
            Declined: It must not be carried out here.
        """
        from nbprod.kit.edit.merge import combine  # noqa: PLC0415  -- a run that only reports has no use for it

        try:
            edits = tuple(combine(self.build()))
        except EditConflict as error:
            raise Declined(str(error)) from error
        return Fix(title=self.title, safety=self.safety, edits=edits) if edits else None


class Severities(Struct, frozen=True):
    """How bad a finding is while exploring, and in production."""

    explore: Severity
    production: Severity

    def of(self, profile: Profile) -> Severity:
        """The severity under a profile."""
        return self.production if profile is Profile.PRODUCTION else self.explore


INFO = Severities(Severity.INFO, Severity.INFO)


class Diagnosis(Struct, frozen=True):
    """What a rule found at one place; the engine makes a `Finding` of it.

    `severity` and `confidence` override the rule's own where a case is weaker. `occurrences` counts
    what the finding stands for (the unprotected boundaries of an absence rule); the score weighs it.
    `anchor` is the text that the fingerprint is made of; None takes the statement at `at`, and an
    empty one the rule alone (findings about the notebook as a whole). `live` says that a running session is a
    witness to it, and `action` what JupyterLab may offer to do: "rerunCells" or "restartAndRunAll".
    """

    at: Span
    message: str
    severity: Severities | None = None
    confidence: Confidence | None = None
    related: tuple[Related, ...] = ()
    plans: tuple[Plan, ...] = ()
    advice: str | None = None
    occurrences: int = 1
    anchor: str | None = None
    live: bool = False
    action: Action | None = None
