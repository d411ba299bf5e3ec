"""Fix one notebook: apply what fits together, look again, until nothing is left to fix."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nbprod.config import Settings
from nbprod.engine.check import Checked, check_notebook
from nbprod.errors import EditConflict
from nbprod.kit.edit.merge import combine
from nbprod.kit.edit.source import comments
from nbprod.kit.rule import Rule
from nbprod.notebook import Notebook, parse_notebook, splice
from nbprod.protocol import DeleteCell, Edit, Finding, Fix, InsertCell, Problem, ReplaceText, Safety, Severity, Span

MAX_PASSES = 10
REFUSED = "you left it"
INFORMATION = "only information, unless selected"

Accept = Callable[[Notebook, Finding, Fix], bool]
"""Asked before a fix is applied to a notebook; False leaves it out for good."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was applied, to the finding as it stood in that pass."""

    finding: Finding
    fix: Fix
    number: int


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that stays, and why it was not fixed.

    `declined` says that there was a fix to apply, which would have done harm.
    """

    finding: Finding
    reason: str
    declined: bool = False


@dataclass(slots=True)
class Fixed:
    """A notebook after its fixes.

    Attributes:
        data: The bytes of its file; the same object as before when nothing was applied.
        applied: The fixes, in order.
        left: The findings that remain.
        problems: What kept nbprod from doing its work.
        passes: How often fixes were applied.
        origins: For each cell now in the notebook, the index that it had before; None for a new one.
    """

    data: bytes
    applied: list[Applied] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passes: int = 0
    origins: Sequence[int | None] = ()


def fix_notebook(
    notebook: Notebook,
    rules: Sequence[type[Rule]],
    settings: Settings,
    *,
    allow: frozenset[Safety],
    accept: Accept | None = None,
) -> Fixed:
    """Apply the first allowed fix of every finding that is not suppressed.

    What is only information gets safe fixes alone, unless its rule was selected by name.
    """
    if notebook.json is None:
        message = f"nbformat {notebook.nbformat} cannot be edited in place; convert it with `jupyter nbconvert` first"
        return Fixed(notebook.raw, problems=[Problem(path=notebook.path, stage="read", message=message)])
    return _Run(rules, settings, allow, accept).run(notebook)


def preview(notebook: Notebook, fix: Fix) -> tuple[Notebook, Sequence[int | None]]:
    """A notebook with one fix, and for each of its cells the index that it had before.

    Raises:
        EditConflict: The fix does not fit the notebook.
    """
    edits = combine(fix.edits)
    repaired = parse_notebook(splice(notebook, edits), notebook.path)
    return repaired, _moved(range(len(notebook.cells)), edits)


_Key = tuple[str, str, str]


def _key(finding: Finding, fix: Fix) -> _Key:
    return finding.rule, finding.fingerprint, fix.title


class _Run:
    """The passes over one notebook."""

    def __init__(
        self, rules: Sequence[type[Rule]], settings: Settings, allow: frozenset[Safety], accept: Accept | None
    ) -> None:
        self.rules = rules
        self.settings = settings
        self.allow = allow
        self.accept = accept
        self.barred: dict[_Key, str] = {}
        self.refused: set[tuple[str, str, str]] = set()
        self.problems: list[Problem] = []

    def run(self, notebook: Notebook) -> Fixed:
        fixed = Fixed(notebook.raw, origins=range(len(notebook.cells)))
        expected: Counter[_Key] = Counter()
        while True:
            checked = check_notebook(notebook, self.rules, self.settings, edits=True)
            candidates = self._candidates(checked)
            self._bar_what_stays(notebook, candidates, expected)
            candidates = [(finding, fix) for finding, fix in candidates if _key(finding, fix) not in self.barred]
            if fixed.passes == MAX_PASSES:
                self._give_up(notebook, candidates)
            chosen = self._choose(notebook, candidates) if fixed.passes < MAX_PASSES else []
            repaired = self._apply(notebook, chosen)
            if repaired is None:
                break
            before = Counter(_key(finding, fix) for finding, fix in candidates)
            done = Counter(_key(finding, fix) for finding, fix in chosen)
            expected = Counter({key: before[key] - count for key, count in done.items()})
            fixed.passes += 1
            fixed.applied += [Applied(finding, fix, fixed.passes) for finding, fix in chosen]
            fixed.origins = _moved(fixed.origins, combine(*(fix.edits for _, fix in chosen)))
            notebook = repaired
        fixed.data = notebook.raw
        fixed.left = [self._left(finding, checked) for finding in checked.findings]
        fixed.problems = [*checked.problems, *self.problems]
        return fixed

    # -- choosing -----------------------------------------------------------------------------

    def _candidates(self, checked: Checked) -> list[tuple[Finding, Fix]]:
        """The first allowed fix of each finding, by cell, position and rule."""
        found = ((finding, self._first(finding)) for finding in checked.findings)
        return [(finding, fix) for finding, fix in found if fix is not None]

    def _first(self, finding: Finding) -> Fix | None:
        return next((fix for fix in finding.fixes if fix.safety in self.allow and self._is_due(finding, fix)), None)

    def _is_due(self, finding: Finding, fix: Fix) -> bool:
        minor = finding.production_severity is Severity.INFO and not self.settings.narrowed
        return fix.safety is Safety.SAFE or not minor

    def _bar_what_stays(
        self, notebook: Notebook, candidates: Iterable[tuple[Finding, Fix]], expected: Counter[_Key]
    ) -> None:
        """A fix that left its finding as it was would be applied for ever."""
        now = Counter(_key(finding, fix) for finding, fix in candidates)
        for key in expected:
            if now[key] > expected[key] and key not in self.barred:
                self.barred[key] = "its fix was applied and did not remove it"
                message = f"the fix “{key[2]}” did not remove its finding; please report this as a bug of nbprod"
                self.problems.append(Problem(path=notebook.path, stage="fix", rule=key[0], message=message))

    def _give_up(self, notebook: Notebook, candidates: Sequence[tuple[Finding, Fix]]) -> None:
        for rule in dict.fromkeys(finding.rule for finding, _ in candidates):
            message = (
                f"after {MAX_PASSES} passes there is still something to fix; please report this as a bug of nbprod"
            )
            self.problems.append(Problem(path=notebook.path, stage="fix", rule=rule, message=message))

    def _choose(self, notebook: Notebook, candidates: Iterable[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
        """The fixes that can be made together; the others have their turn in the next pass."""
        edits: list[Edit] = []
        chosen = []
        for finding, fix in candidates:
            try:
                together = combine(edits, fix.edits)
            except EditConflict:
                continue
            if self.accept is not None and not self._is_accepted(notebook, finding, fix):
                continue
            edits = together
            chosen.append((finding, fix))
        return chosen

    def _is_accepted(self, notebook: Notebook, finding: Finding, fix: Fix) -> bool:
        """Ask about a fix; a no holds although other fixes change the code around it."""
        said = (finding.rule, finding.message, fix.title)
        if said not in self.refused and self.accept is not None and self.accept(notebook, finding, fix):
            return True
        self.refused.add(said)
        self.barred[_key(finding, fix)] = REFUSED
        return False

    # -- applying -----------------------------------------------------------------------------

    def _apply(self, notebook: Notebook, chosen: list[tuple[Finding, Fix]]) -> Notebook | None:
        """The notebook with the chosen fixes; those that would do harm are taken out of `chosen`."""
        while chosen:
            edits = combine(*(fix.edits for _, fix in chosen))
            harm = _harm(notebook, edits)
            if harm is None:
                return parse_notebook(splice(notebook, edits), notebook.path)
            guilty = [(item, why) for item in chosen if (why := _harm(notebook, combine(item[1].edits))) is not None]
            for item, why in guilty or [(chosen[-1], harm)]:
                chosen.remove(item)
                self._bar(notebook, *item, why)
        return None

    def _bar(self, notebook: Notebook, finding: Finding, fix: Fix, why: str) -> None:
        self.barred[_key(finding, fix)] = why
        message = f"the fix “{fix.title}” was dropped: {why}"
        problem = Problem(path=notebook.path, stage="fix", rule=finding.rule, cell=finding.at.cell, message=message)
        self.problems.append(problem)

    # -- what is left -------------------------------------------------------------------------

    def _left(self, finding: Finding, checked: Checked) -> Left:
        """Why a finding was not fixed."""
        for fix in finding.fixes:
            if _key(finding, fix) in self.barred:
                reason = self.barred[_key(finding, fix)]
                return Left(finding, reason, declined=reason != REFUSED)
        for plan in checked.declined:
            if plan.rule == finding.rule and _same_place(plan.at, finding.at) and plan.plan.safety in self.allow:
                return Left(finding, plan.reason, declined=True)
        if not finding.fixes:
            return Left(finding, "no automatic fix")
        missing = [fix.safety for fix in finding.fixes if fix.safety not in self.allow]
        return Left(finding, f"the fix needs --{missing[0]}" if missing else INFORMATION)


def _same_place(one: Span, other: Span) -> bool:
    return (one.cell.index, one.start, one.end) == (other.cell.index, other.start, other.end)


def _moved(origins: Sequence[int | None], edits: Iterable[Edit]) -> list[int | None]:
    """Where the cells came from, after some were put in or taken out."""
    moved: list[int | None] = []
    inserted = Counter(edit.before for edit in edits if isinstance(edit, InsertCell))
    deleted = {edit.cell.index for edit in edits if isinstance(edit, DeleteCell)}
    for index, origin in enumerate(origins):
        moved += [None] * inserted[index]
        if index not in deleted:
            moved.append(origin)
    return moved + [None] * inserted[len(origins)]


def _harm(notebook: Notebook, edits: Sequence[Edit]) -> str | None:
    """What speaks against some edits: they don't fit, break a cell, or lose a comment."""
    try:
        repaired = parse_notebook(splice(notebook, edits), notebook.path)
    except EditConflict as error:
        return str(error)
    inserted = [edit.before for edit in edits if isinstance(edit, InsertCell)]
    deleted = {edit.cell.index for edit in edits if isinstance(edit, DeleteCell)}
    touched = {edit.span.cell.index for edit in edits if isinstance(edit, ReplaceText)}
    for index in sorted(touched - deleted):
        shift = sum(before <= index for before in inserted) - sum(other < index for other in deleted)
        old, new = notebook.cells[index], repaired.cells[index + shift]
        if old.tree is not None and new.tree is None:
            return f"cell {index + 1} would no longer parse"
        if Counter(comments(old.python)) - Counter(comments(new.python)):
            return f"cell {index + 1} would lose a comment"
    added = Counter(cell.source for cell in repaired.code_cells if cell.tree is None)
    added -= Counter(cell.source for cell in notebook.code_cells if cell.tree is None)
    return "a new cell would not parse" if any(added.values()) and inserted else None
