"""Sorts findings into those to show and those that somebody asked to ignore.

What asks is itself looked at: an ignore that silences nothing, or gives no reason in production, is a
finding. Secrets can't be ignored by name, since that would also silence the next one.
"""

from collections.abc import Iterable, Iterator, Sequence

from nbprod.config import UNIGNORABLE, Settings, did_you_mean
from nbprod.engine.ignores import Ignore, Source, read_ignores, statement_lines
from nbprod.engine.notices import IGNORE_WITHOUT_REASON, NOTICES, UNUSED_IGNORE, Notice
from nbprod.notebook import Notebook
from nbprod.protocol import Finding, Fix, Profile, ReplaceText, Safety, Suppressed

CONFIG = "config"


def apply_suppressions(
    notebook: Notebook, findings: Sequence[Finding], settings: Settings
) -> tuple[list[Finding], list[Suppressed]]:
    """Split findings into shown and suppressed, and add those about the ignores themselves.

    Both lists are ordered by place. `Suppressed.by` is "comment", "cell-tag", "notebook-metadata" or
    "config".
    """
    ignores = list(read_ignores(notebook))
    shown: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        asking = _asking(notebook, finding, ignores, settings) if ignores else []
        for ignore in asking:
            ignore.used.add(finding.rule)
        _sort(finding, asking, settings, shown, suppressed)
    for finding in _about(notebook, ignores, settings):
        if settings.enabled(finding.rule):
            _sort(finding, [], settings, shown, suppressed)
    shown.sort(key=_place)
    suppressed.sort(key=lambda item: _place(item.finding))
    return shown, suppressed


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.at.cell.index, finding.at.start, finding.rule


def _sort(
    finding: Finding,
    asking: Sequence[Ignore],
    settings: Settings,
    shown: list[Finding],
    suppressed: list[Suppressed],
) -> None:
    setting = settings.silenced(finding.rule)
    if asking:
        suppressed.append(Suppressed(finding=finding, by=asking[0].by.value, reason=asking[0].reason))
    elif setting is not None:
        suppressed.append(Suppressed(finding=finding, by=CONFIG, reason=setting))
    else:
        shown.append(finding)


def _asking(notebook: Notebook, finding: Finding, ignores: Iterable[Ignore], settings: Settings) -> list[Ignore]:
    """The ignores that silence a finding, the nearest kind first."""
    if finding.rule in UNIGNORABLE:
        return []
    asking = [
        ignore
        for ignore in ignores
        if ignore.names(finding.rule) and _reaches(ignore, notebook, finding) and not ignore.expired(settings.today)
    ]
    return sorted(asking, key=lambda ignore: list(Source).index(ignore.by))


def _reaches(ignore: Ignore, notebook: Notebook, finding: Finding) -> bool:
    if ignore.by is Source.METADATA:
        return True
    if ignore.cell != finding.at.cell.index:
        return False
    if ignore.line is None or ignore.line == finding.at.line:
        return True
    return ignore.line in statement_lines(notebook.cells[ignore.cell], finding.at.start)


def _about(notebook: Notebook, ignores: Iterable[Ignore], settings: Settings) -> Iterator[Finding]:
    """Findings about ignores that do nothing, or don't say why."""
    for ignore in ignores:
        if ignore.fault is not None:
            yield _notice(notebook, ignore, UNUSED_IGNORE, ignore.fault, settings)
            continue
        faults = list(_faults(notebook, ignore, settings))
        if faults:
            yield _notice(notebook, ignore, UNUSED_IGNORE, "; ".join(faults), settings, removable=not ignore.used)
        if ignore.used and ignore.reason is None and settings.profile is Profile.PRODUCTION:
            names = ", ".join(f"`{name}`" for name in sorted(ignore.used))
            yield _notice(notebook, ignore, IGNORE_WITHOUT_REASON, f"{names} is ignored without a reason", settings)


def _faults(notebook: Notebook, ignore: Ignore, settings: Settings) -> Iterator[str]:
    """What is wrong with an ignore, as clauses for a message."""
    if ignore.rules is None:
        if ignore.expired(settings.today):
            yield f"this ignore expired on {ignore.until}"
        elif not ignore.used and _was_analysed(notebook, ignore):
            yield f"nothing is found {_scope(ignore)}, so there is nothing to ignore"
        return
    for rule in sorted(ignore.rules - ignore.used):
        if rule in UNIGNORABLE:
            yield f"`{rule}` cannot be ignored by name; allow the value by its SHA-256, as `nbprod rule {rule}` says"
        elif rule not in settings.rules:
            yield f"there is no rule `{rule}`{did_you_mean(rule, settings.rules)}"
        elif ignore.expired(settings.today):
            yield f"the ignore of `{rule}` expired on {ignore.until}"
        elif settings.enabled(rule) and rule not in NOTICES and _was_analysed(notebook, ignore):
            yield f"`{rule}` finds nothing {_scope(ignore)}, so there is nothing to ignore"


def _was_analysed(notebook: Notebook, ignore: Ignore) -> bool:
    """Nobody can know whether an ignore is needed in a cell that Python can't parse."""
    cells = notebook.code_cells if ignore.by is Source.METADATA else [notebook.cells[ignore.cell]]
    return all(cell.type != "code" or cell.tree is not None for cell in cells)


def _scope(ignore: Ignore) -> str:
    match ignore.by:
        case Source.METADATA:
            return "in this notebook"
        case Source.TAG:
            return "in this cell"
        case Source.COMMENT:
            alone = " (a comment speaks for the statement that it stands beside)" if ignore.alone else ""
            return f"on this line{alone}"


def _notice(
    notebook: Notebook, ignore: Ignore, notice: Notice, message: str, settings: Settings, *, removable: bool = False
) -> Finding:
    cell = notebook.cells[ignore.cell]
    span = notebook.span(cell, ignore.start, ignore.end)
    fixes = []
    if removable and ignore.by is Source.COMMENT:
        start = len(cell.source[: ignore.start].rstrip(" \t"))
        whole = notebook.span(cell, start, ignore.end)
        fixes.append(Fix(title="Delete the comment", safety=Safety.SAFE, edits=(ReplaceText(span=whole, text=""),)))
    return notice.finding(span, message, settings, anchor=message, fixes=fixes)
