/** Applies fixes to a notebook, if it is still as the analyser saw it. */
import type { NotebookAnalysis } from './analysis';
import type { Snapshot } from './cells';
import { cellChanges, Conflict, ICellChange, structuralEdits } from './edits';
import { lineIgnore, Scope } from './ignores';
import type { CellRef, Edit, Finding, Fix, InsertCell, SetMetadata } from './protocol.gen';
import { IUndo, write, writeText } from './writing';

/** The fix that a card offers first: the safest. */
export function preferredFix(finding: Finding): Fix | null {
  const order = ['safe', 'unsafe', 'template'];
  return [...finding.fixes].sort((a, b) => order.indexOf(a.safety) - order.indexOf(b.safety))[0] ?? null;
}

/** The safe fixes of some findings. */
export function safeFixes(findings: readonly Finding[]): Fix[] {
  return findings.flatMap(finding => finding.fixes.find(fix => fix.safety === 'safe') ?? []);
}

/**
 * The changes of texts that a fix would make, for a preview. Throws `Conflict` when the notebook is not, or no longer,
 * as the fix was worked out for.
 */
export function preview(analysis: NotebookAnalysis, fix: Fix, worked = analysis.worked): ICellChange[] {
  const found = fix.edits.length ? conflict(analysis, fix, worked) : new Conflict('unknown');
  if (found) {
    throw found;
  }
  return cellChanges(fix, cell => analysis.textOf(cell));
}

/** Those of the fixes that can be applied now. */
export function applicable(analysis: NotebookAnalysis, fixes: readonly Fix[]): Fix[] {
  return fixes.filter(fix => fix.edits.length > 0 && fits(analysis, fix, analysis.worked));
}

/** Whether the notebook is still as a fix was worked out for. */
export function fits(analysis: NotebookAnalysis, fix: Fix, worked: Snapshot | null): boolean {
  return conflict(analysis, fix, worked) === null;
}

/**
 * Apply a fix, all or nothing. Throws `Conflict` as `preview` does.
 * Returns how it is undone; null when Ctrl+Z in its cell does so.
 */
export function apply(analysis: NotebookAnalysis, fix: Fix, worked = analysis.worked): IUndo | null {
  const changes = preview(analysis, fix, worked);
  const structural = structuralEdits(fix);
  const notebook = analysis.notebook.context.model.sharedModel;
  if (!structural.length && changes.length === 1) {
    writeText(notebook, changes[0]);
    return null;
  }
  return write(notebook, changes, structural);
}

function conflict(analysis: NotebookAnalysis, fix: Fix, worked: Snapshot | null): Conflict | null {
  for (const edit of fix.edits) {
    if (edit.kind === 'insertCell') {
      if (!worked?.isOrderCurrent) {
        return new Conflict('moved');
      }
    } else if (!worked || !isCurrent(worked, edit)) {
      return new Conflict('edited');
    } else if (isLocked(analysis, edit)) {
      return new Conflict('locked');
    }
  }
  return null;
}

/** Whether the metadata of the cell forbid what an edit does, as JupyterLab forbids it to its users. */
function isLocked(analysis: NotebookAnalysis, edit: Exclude<Edit, InsertCell>): boolean {
  if (edit.kind === 'replaceText') {
    return isForbidden(analysis, edit.span.cell, 'editable');
  }
  return edit.kind === 'deleteCell' && isForbidden(analysis, edit.cell, 'deletable');
}

function isForbidden(analysis: NotebookAnalysis, cell: CellRef, what: 'editable' | 'deletable'): boolean {
  return analysis.cellModel(cell.id ?? '')?.getMetadata(what) === false;
}

/** Whether what an edit changes is as the analyser saw it. */
function isCurrent(worked: Snapshot, edit: Exclude<Edit, InsertCell>): boolean {
  switch (edit.kind) {
    case 'replaceText':
      return worked.isCurrent(edit.span.cell.id ?? '');
    case 'deleteCell':
      return worked.isCurrent(edit.cell.id ?? '');
    case 'clearOutputs':
      return worked.isCurrent(edit.cell.id ?? '', 'outputs');
    case 'setMetadata':
      return edit.cell ? worked.isCurrent(edit.cell.id ?? '', 'metadata') : worked.isMetadataCurrent;
  }
}

/** Silence a finding by a comment on its line, a tag of its cell, or the notebook's metadata. Returns as `apply` does. */
export function ignore(analysis: NotebookAnalysis, finding: Finding, reason: string, scope: Scope): IUndo | null {
  const { cell } = finding.at;
  const notebook = analysis.notebook.context.model.sharedModel;
  if (scope === 'notebook' || finding.absence) {
    return write(notebook, [], [setting(null, ['nbprod', 'ignore', finding.rule], reason.trim())]);
  }
  const id = cell.id ?? '';
  if (scope === 'line' && !analysis.isCurrent(id)) {
    throw new Conflict('edited');
  }
  const model = analysis.cellModel(id);
  const text = analysis.textOf(id) ?? '';
  const comment =
    scope === 'line' && model?.type === 'code' ? lineIgnore(text, finding.at.line, finding.rule, reason) : null;
  if (comment && isForbidden(analysis, cell, 'editable')) {
    throw new Conflict('locked');
  }
  if (comment) {
    writeText(notebook, { cell: id, replacements: [comment] });
    return null;
  }
  const tag = `nbprod-ignore-${finding.rule}`;
  const tags = model?.getMetadata('tags') as unknown;
  const others = Array.isArray(tags) ? tags.map(String).filter(item => item !== tag) : [];
  return write(notebook, [], [setting(cell, ['tags'], [...others, tag])]);
}

function setting(cell: CellRef | null, path: string[], value: SetMetadata['value']): SetMetadata {
  return { kind: 'setMetadata', cell, path, value };
}
