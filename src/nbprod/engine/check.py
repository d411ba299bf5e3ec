"""Check one notebook: build its model, ask the rules, sort out what is suppressed."""

import ast
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from nbprod.config import UNIGNORABLE, Settings
from nbprod.engine.fingerprint import fingerprint, statement_anchor
from nbprod.engine.notices import CELL_NOT_ANALYSABLE, STALE_KERNEL_EVIDENCE
from nbprod.engine.suppress import apply_suppressions
from nbprod.engine.templates import has_holes, is_in_place
from nbprod.kit.context import Context
from nbprod.kit.findings import Declined, Diagnosis, Plan
from nbprod.kit.rule import SESSION, Listed, Rule, Trigger, key_of
from nbprod.notebook import Magic, Notebook
from nbprod.protocol import Finding, Fix, Live, Problem, Safety, Span, Suppressed
from nbprod.semantic import Call, EventKind, SemanticModel
from nbprod.semantic.model import SKIP_TAG

if TYPE_CHECKING:
    from nbprod.evidence import Witness
    from nbprod.kit.runtime import Runtime
    from nbprod.semantic.reuse import Memory


class DeclinedPlan(Struct, frozen=True):
    """A fix that a finding can't have, and why."""

    rule: str
    at: Span
    plan: Plan
    reason: str


class Checked(Struct):
    """What came of checking one notebook.

    `occurrences` says, by fingerprint, how many things one finding stands for; 1 when not listed.
    `declined` holds the fixes that found that they must not be carried out; `live` says what a session told.
    """

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()
    occurrences: dict[str, int] = field(default_factory=dict)
    declined: list[DeclinedPlan] = field(default_factory=list)
    live: Live | None = None


def check_notebook(
    notebook: Notebook,
    rules: Sequence[Listed],
    settings: Settings,
    *,
    edits: bool,
    lines: bool = False,
    keep: bool = False,
    memory: "Memory | None" = None,
    witness: "Witness | None" = None,
    seconds: Counter[str] | None = None,
) -> Checked:
    """Check a notebook with the rules that the settings enable.

    With `edits`, fixes carry their edits, not only their titles; with `lines` or `edits`, places carry the
    physical line of the file. Both cost much, and a person who reads needs neither. To `keep` the
    model is for who will try declined plans again; a `memory` keeps what was found in its cells for the next
    check of the same notebook; a `witness` knows the session that it runs in. The CPU time that parsing, the
    model and each rule take is added up in `seconds`.

    Raises:
        MemoryError: It takes more memory than there is.
    """
    checked = Checked()
    enabled = [rule for rule in rules if settings.enabled(rule.name)]
    with _timed(seconds, "(parse)"):
        notebook.parse()
    with _timed(seconds, "(model)"):
        context = _context(notebook, enabled, settings, checked, memory, witness)
    drafts = list(_unparsable(notebook, settings, checked))
    if context is not None:
        present = _facts(context)
        for rule in enabled:
            if not rule.needs.isdisjoint(present):
                with _timed(seconds, rule.name):
                    drafts.extend(_run(rule, present, context, settings, checked, edits=edits))
        checked.capabilities = context.purpose.capabilities
        if context.runtime is not None:
            drafts.extend(_set_aside(context.runtime, context, settings))
            checked.live = context.runtime.summary()
        if not keep:
            context.release(with_model=memory is None)
    written = list(_written(notebook, enabled, settings, edits=edits))
    drafts += [finding for inner in written for finding in inner.findings]
    checked.problems += [problem for inner in written for problem in inner.problems]
    injected = {cell.index for cell in notebook.code_cells if cell.is_injected}  # by papermill: nobody's code
    drafts = [
        found for found in drafts if found.at.cell.index not in injected or found.absence or found.rule in UNIGNORABLE
    ]
    unique = {(found.rule, found.at.cell.index, found.at.start, found.message): found for found in drafts}
    ordered = sorted(unique.values(), key=lambda found: (found.at.cell.index, found.at.start, found.rule))
    findings, suppressed = apply_suppressions(notebook, ordered, settings)
    if edits or lines or notebook.text is not None:
        findings = [_with_file_lines(notebook, found) for found in findings]
        suppressed = [replace(item, finding=_with_file_lines(notebook, item.finding)) for item in suppressed]
    checked.findings, checked.suppressed = findings, suppressed
    return checked


def _written(notebook: Notebook, rules: Sequence[Listed], settings: Settings, *, edits: bool) -> Iterator[Checked]:
    """What is found in the Python files that cells write."""
    if not any(cell.source.startswith("%%") for cell in notebook.code_cells):
        return
    from nbprod.engine.written import in_place, written_modules  # noqa: PLC0415  -- few notebooks write files

    local = {rule.name: rule for rule in rules if rule.written_files != "ignore"}
    for module in written_modules(notebook):
        inner = check_notebook(module, tuple(local.values()), settings, edits=edits)
        ours = [problem for problem in inner.problems if problem.stage != "parse"]
        found = [*inner.findings, *(item.finding for item in inner.suppressed)]  # the caller suppresses them again
        placed = [in_place(item, module, local[item.rule]) for item in found if item.rule in local]
        yield Checked(findings=placed, problems=ours)


_NOT_TIMED: Final[AbstractContextManager[None]] = nullcontext()


def _timed(seconds: Counter[str] | None, what: str) -> AbstractContextManager[None]:
    return _NOT_TIMED if seconds is None else _timing(seconds, what)


@contextmanager
def _timing(seconds: Counter[str], what: str) -> Iterator[None]:
    started = time.process_time()
    yield
    seconds[what] += time.process_time() - started  # type: ignore[assignment]  # a Counter adds up floats as well


def _with_file_lines(notebook: Notebook, found: Finding) -> Finding:
    related = tuple(replace(item, span=notebook.with_file_line(item.span)) for item in found.related)
    return replace(found, at=notebook.with_file_line(found.at), related=related)


def _context(
    notebook: Notebook,
    rules: Iterable[Listed],
    settings: Settings,
    checked: Checked,
    memory: "Memory | None",
    witness: "Witness | None",
) -> Context | None:
    wanted = {getattr(ast, name) for rule in rules for name in rule.nodes}
    try:
        model = SemanticModel(notebook, wanted, memory)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  -- a fault of ours must not end the run over other notebooks
        checked.problems.append(_problem(notebook, "model", error))
        return None
    for index, reason in model.failures.items():
        message = f"the analysis of this cell was given up: {reason}"
        ref = notebook.cell_ref(index)
        checked.problems.append(Problem(path=notebook.path, stage="parse", cell=ref, message=message))
    return Context(notebook, model, settings.profile, witness)


def _facts(context: Context) -> frozenset[str]:
    """All that handlers may need, as far as it is there."""
    model = context.model
    nodes = (kind for kind, found in model.nodes.items() if found)
    magics = {magic.name for cell in context.notebook.code_cells for magic in cell.magics}
    general = ((Call, model.call_names), (Magic, magics), (SESSION, context.runtime))
    return model.call_names.union(
        map(key_of, (Notebook, *(need for need, found in general if found), *model.event_kinds, *nodes)),
        (f"%{name}" for name in magics),
        (f"import {name.partition('.')[0]}" for name, _ in model.imports),
    )


def _run(
    listed: Listed, present: frozenset[str], context: Context, settings: Settings, checked: Checked, *, edits: bool
) -> Iterator[Finding]:
    try:
        rule_class = listed.load()
        rule = rule_class()
        own = rule_class.options
        context.options = {**own, **settings.options(rule_class.name)} if own else own
        for handler in rule_class.handlers:
            if handler.needs.isdisjoint(present):
                continue
            method = getattr(rule, handler.method)
            for cell, subject in _subjects(handler.trigger, context):
                context.cell = cell
                for diagnosis in method(subject, context):
                    yield _finding(rule_class, diagnosis, context, settings, checked, edits=edits)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  -- one faulty rule must not hide what the others found
        checked.problems.append(_problem(context.notebook, "rule", error, listed.name))


def _subjects(trigger: Trigger, context: Context) -> Iterator[tuple[int, Any]]:
    """What a handler is called with, each with the index of its cell."""
    model = context.model
    if isinstance(trigger, EventKind):
        for event in model.events_of(trigger):
            yield event.cell, event
    elif isinstance(trigger, str):
        for call in model.calls(trigger):
            yield call.cell, call
    elif trigger is Notebook:
        yield 0, context.notebook
    elif trigger is Call:
        for call in model.all_calls:
            yield call.cell, call
    else:
        for node, stmt in model.nodes[trigger].items():  # type: ignore[index]
            yield stmt.cell, node


def _finding(
    rule: type[Rule], diagnosis: Diagnosis, context: Context, settings: Settings, checked: Checked, *, edits: bool
) -> Finding:
    anchor = diagnosis.anchor
    if anchor is None:
        cell = context.notebook.cells[diagnosis.at.cell.index]
        anchor = statement_anchor(context.model, cell, diagnosis.at.start)
    identity = fingerprint(rule.name, anchor)
    if diagnosis.occurrences != 1:
        checked.occurrences[identity] = diagnosis.occurrences
    severities = diagnosis.severity or rule.severity
    override = settings.severity_override(rule.name)
    return Finding(
        rule=rule.name,
        message=diagnosis.message,
        at=diagnosis.at,
        severity=override or severities.of(context.profile),
        production_severity=severities.production,
        confidence=diagnosis.confidence or rule.confidence,
        dimension=rule.dimension,
        related=diagnosis.related,
        fixes=tuple(_fixes(rule, diagnosis, context, checked, edits=edits)),
        advice=diagnosis.advice,
        fingerprint=identity,
        absence=rule.absence,
        live=diagnosis.live,
        action=diagnosis.action,
        docs=settings.docs(rule.name),
    )


def _fixes(rule: type[Rule], diagnosis: Diagnosis, context: Context, checked: Checked, *, edits: bool) -> Iterator[Fix]:
    for plan in diagnosis.plans:
        again = plan.safety is Safety.TEMPLATE and context.once(_has_holes)
        if not edits and not again:
            yield Fix(title=plan.title, safety=plan.safety)
            continue
        try:
            fix = plan.fix()
        except Declined as reason:
            checked.declined.append(DeclinedPlan(rule.name, diagnosis.at, plan, str(reason)))
            continue
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  -- a faulty plan must not hide the finding
            checked.problems.append(_problem(context.notebook, "fix", error, rule.name))
            continue
        if fix is not None and not (again and is_in_place(fix, context.notebook)):
            yield fix if edits else Fix(title=plan.title, safety=plan.safety)


def _has_holes(context: Context) -> bool:
    return has_holes(context.notebook)


def _unparsable(notebook: Notebook, settings: Settings, checked: Checked) -> Iterator[Finding]:
    """Each cell that Python can't parse is a finding and a problem: what it holds was not looked at."""
    notice = CELL_NOT_ANALYSABLE
    for cell in notebook.code_cells:
        error = cell.parse_error
        if error is None or SKIP_TAG in cell.tags:
            continue
        start, end = cell.map.line_span(error.line)
        start = min(start + error.column - 1, end)
        span = notebook.span(cell, start, max(start, start + len(cell.source[start:end].rstrip())))
        message = f"this cell was not analysed: {error.message}"
        checked.problems.append(Problem(path=notebook.path, stage="parse", cell=span.cell, message=error.message))
        if settings.enabled(notice.name):
            yield notice.finding(span, message, settings, anchor=" ".join(cell.source.split()))


def _set_aside(runtime: "Runtime", context: Context, settings: Settings) -> Iterator[Finding]:
    """One notice of the names whose value in memory is no evidence, at the first cell that reads one."""
    notice = STALE_KERNEL_EVIDENCE
    names = runtime.set_aside.keys() - runtime.told
    uses = [use for use in context.model.uses if use.name in names]
    if not uses or not settings.enabled(notice.name):
        return
    listed = ", ".join(f"`{name}`" for name in list(dict.fromkeys(use.name for use in uses))[:5])
    message = f"what the kernel holds in {listed} was not looked at: it comes from code that the notebook no longer has"
    yield notice.finding(context.span(uses[0]), message, settings, anchor="")


def _problem(notebook: Notebook, stage: str, error: Exception, rule: str | None = None) -> Problem:
    """A failure of ours, with enough of the traceback to report it."""
    import traceback  # noqa: PLC0415  -- only when something failed

    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('nbprod/')[2]}:{frame.lineno}"
    message = f"{type(error).__name__}: {error} (at {place}); please report this as a bug of nbprod"
    return Problem(path=notebook.path, stage=stage, rule=rule, message=message)
