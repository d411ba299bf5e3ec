/** Applies fixes to a notebook through the shared model, so that they undo, and survive collaboration. */
import type { NotebookAnalysis } from './analysis';
import { cellChanges, compatible, Conflict, ICellChange, structuralEdits } from './edits';
import { lineIgnore, Scope } from './ignores';
import type { Edit, Finding, Fix } from './protocol.gen';

/** The fix that a card offers first: the safest. */
export function preferredFix(finding: Finding): Fix | null {
  const order = ['safe', 'unsafe', 'template'];
  return [...finding.fixes].sort((a, b) => order.indexOf(a.safety) - order.indexOf(b.safety))[0] ?? null;
}

/** The safe fixes of some findings. */
export function safeFixes(findings: readonly Finding[]): Fix[] {
  return findings.flatMap(finding => finding.fixes.find(fix => fix.safety === 'safe') ?? []);
}

/** The changes that fixes would make, for a preview. Throws `Conflict` when the notebook has moved on. */
export function preview(analysis: NotebookAnalysis, fixes: readonly Fix[]): ICellChange[] {
  check(analysis, fixes);
  return cellChanges(fixes, cell => analysis.textOf(cell));
}

/** Those of the fixes that can be applied together now. */
export function applicable(analysis: NotebookAnalysis, fixes: readonly Fix[]): Fix[] {
  return compatible(fixes.filter(fix => conflict(analysis, fix) === null));
}

/** How what was applied is undone: in the cell with Ctrl+Z, or as one step of the notebook's history. */
export type Undo = 'cell' | 'notebook';

/** Apply fixes, all or nothing. Throws `Conflict` when the notebook has moved on. */
export function apply(analysis: NotebookAnalysis, fixes: readonly Fix[]): Undo {
  const changes = preview(analysis, fixes);
  const structural = structuralEdits(fixes);
  if (!structural.length && changes.length === 1) {
    writeText(analysis, changes[0]);
    return 'cell';
  }
  const notebook = analysis.notebook.context.model.sharedModel;
  apart(notebook, () => {
    notebook.transact(() => {
      changes.forEach(change => writeText(analysis, change));
      // Last first: an index names the cell before any of them is inserted.
      [...structural].sort((a, b) => place(b) - place(a)).forEach(edit => writeStructure(analysis, edit));
    });
  });
  return 'notebook';
}

function check(analysis: NotebookAnalysis, fixes: readonly Fix[]): void {
  for (const fix of fixes) {
    const found = conflict(analysis, fix);
    if (found) {
      throw found;
    }
  }
}

function conflict(analysis: NotebookAnalysis, fix: Fix): Conflict | null {
  for (const edit of fix.edits) {
    if (edit.kind === 'replaceText' && !analysis.isCurrent(edit.span.cell.id ?? '')) {
      return new Conflict('edited');
    }
    if (edit.kind === 'insertCell' && !analysis.isOrderCurrent) {
      return new Conflict('moved');
    }
  }
  return null;
}

function place(edit: Edit): number {
  return edit.kind === 'insertCell' ? edit.before : -1;
}

/** Yjs merges edits made within 500 ms into one undo step: a fix is to be one by itself. */
function apart(model: object, write: () => void): void {
  const { undoManager } = model as { undoManager?: { stopCapturing(): void } | null };
  undoManager?.stopCapturing();
  write();
  undoManager?.stopCapturing();
}

function writeText(analysis: NotebookAnalysis, change: Pick<ICellChange, 'cell' | 'replacements'>): void {
  const model = analysis.cellModel(change.cell)?.sharedModel;
  if (!model) {
    throw new Conflict('gone');
  }
  apart(model, () => {
    model.transact(() => change.replacements.forEach(({ start, end, text }) => model.updateSource(start, end, text)));
  });
}

function writeStructure(analysis: NotebookAnalysis, edit: Edit): void {
  const notebook = analysis.notebook.context.model.sharedModel;
  if (edit.kind === 'insertCell') {
    const metadata = edit.tags.length ? { tags: [...edit.tags] } : {};
    const cell = { cell_type: edit.cellType as 'code' | 'markdown' | 'raw', source: edit.source, metadata };
    notebook.insertCell(edit.before, cell as never);
  } else if (edit.kind === 'deleteCell') {
    const index = notebook.cells.findIndex(cell => cell.id === edit.cell.id);
    if (index >= 0) {
      notebook.deleteCell(index);
    }
  } else if (edit.kind === 'setMetadata') {
    setMetadata(analysis, edit.cell?.id ?? null, edit.path, edit.value);
  } else if (edit.kind === 'clearOutputs') {
    const cell = notebook.cells.find(item => item.id === edit.cell.id);
    if (cell?.cell_type === 'code') {
      (cell as unknown as { setOutputs(outputs: never[]): void }).setOutputs([]);
    }
  }
}

/** Set one value at a path of keys, in the metadata of a cell or of the notebook. */
function setMetadata(analysis: NotebookAnalysis, cell: string | null, path: readonly string[], value: unknown): void {
  const shared = analysis.notebook.context.model.sharedModel;
  const owner = cell === null ? shared : shared.cells.find(item => item.id === cell);
  if (!owner) {
    throw new Conflict('gone');
  }
  const [key, ...rest] = path;
  owner.setMetadata(key, nested(owner.getMetadata(key), rest, value) as never);
}

function nested(current: unknown, path: readonly string[], value: unknown): unknown {
  if (!path.length) {
    return value;
  }
  const object = typeof current === 'object' && current !== null && !Array.isArray(current) ? current : {};
  const [key, ...rest] = path;
  return { ...object, [key]: nested((object as Record<string, unknown>)[key], rest, value) };
}

/** Silence a finding: by a comment on its line, a tag of its cell, or the notebook's metadata. */
export function ignore(analysis: NotebookAnalysis, finding: Finding, reason: string, scope: Scope): void {
  const cell = finding.at.cell.id ?? '';
  const text = analysis.textOf(cell) ?? '';
  if (scope === 'notebook' || finding.absence) {
    setMetadata(analysis, null, ['nbprod', 'ignore', finding.rule], reason.trim());
    return;
  }
  if (scope === 'line' && !analysis.isCurrent(cell)) {
    throw new Conflict('edited');
  }
  const isCode = analysis.cellModel(cell)?.type === 'code';
  const comment = scope === 'line' && isCode ? lineIgnore(text, finding.at.line, finding.rule, reason) : null;
  if (comment) {
    writeText(analysis, { cell, replacements: [comment] });
  } else {
    const tags = analysis.cellModel(cell)?.getMetadata('tags') as unknown;
    const tag = `nbprod-ignore-${finding.rule}`;
    setMetadata(analysis, cell, ['tags'], [...(Array.isArray(tags) ? tags.filter(item => item !== tag) : []), tag]);
  }
}
