"""Fix one notebook: apply what fits together, look again, until nothing is left to fix."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field

from nbprod.config import Settings
from nbprod.engine.check import Checked, check_notebook
from nbprod.errors import EditConflict
from nbprod.kit.edit.merge import combine
from nbprod.kit.edit.source import comments
from nbprod.kit.rule import Listed
from nbprod.notebook import Notebook, parse_notebook, patches, splice
from nbprod.protocol import DeleteCell, Edit, Finding, Fix, InsertCell, Problem, ReplaceText, Safety, Severity, Span

MAX_PASSES = 10
REFUSED = "you left it"
INFORMATION = "only information, unless selected"

Accept = Callable[[Notebook, Finding, Fix], bool]
"""Asked before a fix is applied to a notebook; False leaves it out for good."""


class Applied(Struct, frozen=True):
    """A fix that was applied, to the finding as it stood in that pass."""

    finding: Finding
    fix: Fix
    number: int


class Left(Struct, frozen=True):
    """A finding that stays, and why it was not fixed.

    `declined` says that there was a fix to apply, which would have done harm.
    """

    finding: Finding
    reason: str
    declined: bool = False


class Fixed(Struct):
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
    rules: Sequence[Listed],
    settings: Settings,
    *,
    allow: frozenset[Safety],
    accept: Accept | None = None,
) -> Fixed:
    """Apply the first allowed fix of every finding that is not suppressed, the safe ones first.

    What is only information gets safe fixes alone, unless its rule was selected by name.
    """
    return _Run(rules, settings, allow, accept).run(notebook)


def preview(notebook: Notebook, fix: Fix) -> tuple[Notebook, Sequence[int | None]]:
    """A notebook with one fix, and for each of its cells the index that it had before.

    Raises:
        EditConflict: The fix does not fit the notebook.
    """
    edits = combine(fix.edits)
    repaired = parse_notebook(splice(notebook, edits), notebook.path)
    return repaired, _moved(range(len(notebook.cells)), edits)


_Spot = tuple[str, str, int, int]
"""A rule, the title of its fix, the cell and the offset of the finding: what is remembered from pass to pass."""


def _spot(finding: Finding, fix: Fix) -> _Spot:
    return finding.rule, fix.title, finding.at.cell.index, finding.at.start


class _Run:
    """The passes over one notebook.

    `barred` says which fixes must not be applied (again), and why; their spots move with the text.
    """

    def __init__(
        self, rules: Sequence[Listed], settings: Settings, allow: frozenset[Safety], accept: Accept | None
    ) -> None:
        self.rules = rules
        self.settings = settings
        self.allow = allow
        self.accept = accept
        self.barred: dict[_Spot, str] = {}
        self.done: set[_Spot] = set()
        self.problems: list[Problem] = []

    def run(self, notebook: Notebook) -> Fixed:
        fixed = Fixed(notebook.raw, origins=range(len(notebook.cells)))
        while True:
            checked = check_notebook(notebook, self.rules, self.settings, edits=True, keep=True)
            candidates = self._candidates(checked)
            self._bar_what_stays(notebook, candidates)
            self._bar_what_the_file_cannot_hold(notebook, candidates)
            candidates = [item for item in candidates if _spot(*item) not in self.barred]
            if candidates and not notebook.is_editable:
                self._refuse(notebook)
                break
            if fixed.passes == MAX_PASSES:
                self._give_up(notebook, candidates)
                break
            repaired, chosen = self._mildest(notebook, candidates)
            if repaired is None:
                break
            edits = combine(*(fix.edits for _, fix in chosen))
            self.done.update(_spot(*item) for item in chosen)
            self._move_spots(edits)
            fixed.passes += 1
            fixed.applied += [Applied(finding, fix, fixed.passes) for finding, fix in chosen]
            fixed.origins = _moved(fixed.origins, edits)
            notebook = repaired
        fixed.data = notebook.raw
        fixed.left = [self._left(finding, checked) for finding in checked.findings]
        fixed.problems = [*checked.problems, *self.problems]
        return fixed

    def _mildest(
        self, notebook: Notebook, candidates: Sequence[tuple[Finding, Fix]]
    ) -> tuple[Notebook | None, list[tuple[Finding, Fix]]]:
        """Apply the safe fixes; if there are none the unsafe, and templates last: they use what the others made."""
        for safety in Safety:
            chosen = self._choose(notebook, [item for item in candidates if item[1].safety is safety])
            repaired = self._apply(notebook, chosen)
            if repaired is not None:
                return repaired, chosen
        return None, []

    def _move_spots(self, edits: Sequence[Edit]) -> None:
        """Follow the spots to where they are after some edits."""
        move = _Shift(edits)
        self.done = {(rule, title, *move(cell, start)) for rule, title, cell, start in self.done}
        self.barred = {(rule, title, *move(cell, at)): why for (rule, title, cell, at), why in self.barred.items()}

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

    def _bar_what_stays(self, notebook: Notebook, candidates: Iterable[tuple[Finding, Fix]]) -> None:
        """A fix that left its finding as it was would be applied for ever."""
        for finding, fix in candidates:
            spot = _spot(finding, fix)
            if spot in self.done and spot not in self.barred:
                self.barred[spot] = "its fix was applied and did not remove it"
                message = f"the fix “{fix.title}” did not remove its finding; please report this as a bug of nbprod"
                self.problems.append(Problem(path=notebook.path, stage="fix", rule=finding.rule, message=message))

    def _bar_what_the_file_cannot_hold(self, notebook: Notebook, candidates: Iterable[tuple[Finding, Fix]]) -> None:
        """A Python file has no place for all that an .ipynb holds."""
        for finding, fix in candidates if notebook.text is not None else ():
            try:
                patches(notebook, combine(fix.edits))
            except EditConflict as error:
                self.barred[_spot(finding, fix)] = str(error).removeprefix(f"{notebook.path}: ")

    def _refuse(self, notebook: Notebook) -> None:
        message = f"nbformat {notebook.nbformat} cannot be edited in place; convert it with `jupyter nbconvert` first"
        self.problems.append(Problem(path=notebook.path, stage="read", message=message))

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
            if self.accept is not None and not self.accept(notebook, finding, fix):
                self.barred[_spot(finding, fix)] = REFUSED
                continue
            edits = together
            chosen.append((finding, fix))
        return chosen

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
        self.barred[_spot(finding, fix)] = why
        message = f"the fix “{fix.title}” was dropped: {why}"
        problem = Problem(path=notebook.path, stage="fix", rule=finding.rule, cell=finding.at.cell, message=message)
        self.problems.append(problem)

    # -- what is left -------------------------------------------------------------------------

    def _left(self, finding: Finding, checked: Checked) -> Left:
        """Why a finding was not fixed."""
        for fix in finding.fixes:
            reason = self.barred.get(_spot(finding, fix))
            if reason is not None:
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


class _Shift:
    """Where a place of a notebook is after some edits."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.inserted = [edit.before for edit in edits if isinstance(edit, InsertCell)]
        self.deleted = [edit.cell.index for edit in edits if isinstance(edit, DeleteCell)]
        self.texts = [edit for edit in edits if isinstance(edit, ReplaceText)]

    def __call__(self, cell: int, offset: int) -> tuple[int, int]:
        moved = offset
        for edit in self.texts:
            span = edit.span
            if span.cell.index != cell or span.start > offset:
                continue
            if span.end <= offset:
                moved += len(edit.text) - (span.end - span.start)
            else:  # the place itself was rewritten
                moved -= offset - span.start
        down = sum(before <= cell for before in self.inserted) - sum(index < cell for index in self.deleted)
        return cell + down, moved


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
    move = _Shift(edits)
    remarks: Counter[str] = Counter()
    for index in sorted({edit.span.cell.index for edit in move.texts}.difference(move.deleted)):
        old, new = notebook.cells[index], repaired.cells[move(index, 0)[0]]
        if old.tree is not None and new.tree is None:
            return f"cell {index + 1} would no longer parse"
        remarks.update(comments(old.python))
        remarks.subtract(comments(new.python))
    for edit in edits:
        if isinstance(edit, InsertCell):
            remarks.subtract(comments(edit.source))
        elif isinstance(edit, ReplaceText):
            old_text = notebook.cells[edit.span.cell.index].source[edit.span.start : edit.span.end].strip()
            remarks.subtract([old_text] if old_text.startswith("#") else ())  # it goes on purpose
    if any(count > 0 for count in remarks.values()):
        return "a comment would be lost"
    origins = _moved(range(len(notebook.cells)), edits)
    broken = any(origin is None and repaired.cells[index].parse_error for index, origin in enumerate(origins))
    return "a new cell would not parse" if broken else None
