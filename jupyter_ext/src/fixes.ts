/** Applies fixes to a notebook through the shared model, so that they undo, and survive collaboration. */
import type { ISharedCell } from '@jupyter/ydoc';
import type { NotebookAnalysis } from './analysis';
import { cellChanges, compatible, Conflict, ICellChange, structuralEdits } from './edits';
import type { Edit, Finding, Fix } from './protocol.gen';

/** The fix that a card offers first: the safest. */
export function preferredFix(finding: Finding): Fix | null {
  const order = ['safe', 'unsafe', 'template'];
  return [...finding.fixes].sort((a, b) => order.indexOf(a.safety) - order.indexOf(b.safety))[0] ?? null;
}

/** The changes that fixes would make, for a preview. Throws `Conflict` when the notebook has moved on. */
export function preview(analysis: NotebookAnalysis, fixes: readonly Fix[]): ICellChange[] {
  check(analysis, fixes);
  return cellChanges(fixes, cell => analysis.textOf(cell));
}

/** Those of the fixes that can be applied together now. */
export function applicable(analysis: NotebookAnalysis, fixes: readonly Fix[]): Fix[] {
  const current = fixes.filter(fix => {
    try {
      check(analysis, [fix]);
      return true;
    } catch {
      return false;
    }
  });
  return compatible(current, cell => analysis.textOf(cell));
}

/** Apply fixes, all or nothing. Returns whether the notebook's structure changed (then Z undoes it). */
export function apply(analysis: NotebookAnalysis, fixes: readonly Fix[]): boolean {
  const changes = preview(analysis, fixes);
  const structural = structuralEdits(fixes);
  const notebook = analysis.notebook.context.model.sharedModel;
  const write = () => {
    changes.forEach(change => writeText(analysis, change));
    // Last first: an index names the cell before any of them is inserted.
    [...structural].sort((a, b) => place(b) - place(a)).forEach(edit => writeStructure(analysis, edit));
  };
  if (structural.length) {
    notebook.transact(write);
  } else {
    write();
  }
  return structural.length > 0;
}

function check(analysis: NotebookAnalysis, fixes: readonly Fix[]): void {
  for (const edit of fixes.flatMap(fix => fix.edits)) {
    if (edit.kind === 'replaceText' && !analysis.isCurrent(edit.span.cell.id ?? '')) {
      throw new Conflict('the cell changed since it was analysed');
    }
    if (edit.kind === 'insertCell' && !analysis.isOrderCurrent) {
      throw new Conflict('the cells moved since they were analysed');
    }
  }
}

function place(edit: Edit): number {
  return edit.kind === 'insertCell' ? edit.before : -1;
}

/** One cell's text, as one step of its own undo history. */
function writeText(analysis: NotebookAnalysis, change: ICellChange): void {
  const model = analysis.cellModel(change.cell)?.sharedModel as
    | (ISharedCell & { undoManager?: { stopCapturing(): void } | null })
    | undefined;
  if (!model) {
    throw new Conflict('the cell is no longer there');
  }
  // Yjs merges edits made within 500 ms into one undo step: a fix is to be one by itself.
  model.undoManager?.stopCapturing();
  model.transact(() => {
    change.replacements.forEach(({ start, end, text }) => model.updateSource(start, end, text));
  });
  model.undoManager?.stopCapturing();
}

function writeStructure(analysis: NotebookAnalysis, edit: Edit): void {
  const notebook = analysis.notebook.context.model.sharedModel;
  if (edit.kind === 'insertCell') {
    const metadata = edit.tags.length ? { tags: [...edit.tags] } : {};
    const cell = { cell_type: edit.cellType as 'code' | 'markdown' | 'raw', source: edit.source, metadata };
    notebook.insertCell(edit.before, cell as never);
  } else if (edit.kind === 'deleteCell') {
    const index = notebook.cells.findIndex(cell => cell.id === edit.cell.id);
    notebook.deleteCell(index);
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
export function setMetadata(
  analysis: NotebookAnalysis,
  cell: string | null,
  path: readonly string[],
  value: unknown
): void {
  const shared = analysis.notebook.context.model.sharedModel;
  const owner = cell === null ? shared : shared.cells.find(item => item.id === cell);
  if (!owner) {
    throw new Conflict('the cell is no longer there');
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

/** Silence a finding by a comment on its line. Markdown and magics can't carry one: use the notebook's metadata. */
export function ignore(analysis: NotebookAnalysis, finding: Finding, reason: string): void {
  const id = finding.at.cell.id ?? '';
  const text = analysis.textOf(id);
  const line = text?.split('\n')[finding.at.line - 1];
  const isCode = analysis.cellModel(id)?.type === 'code';
  const because = reason.replace(/\s+/g, ' ').trim();
  const plain = isCode && line !== undefined && line.trim() && !/^\s*[%!?]|\\\s*$|'''|"""/.test(line);
  if (!plain || /#\s*nbprod:/.test(line) || !analysis.isCurrent(id)) {
    setMetadata(analysis, null, ['nbprod', 'ignore', finding.rule], because);
    return;
  }
  const end = text!.split('\n').slice(0, finding.at.line).join('\n').length;
  const comment = `  # nbprod: ignore[${finding.rule}]${because ? ` -- ${because}` : ''}`;
  const replacement = { start: end, end, text: comment };
  writeText(analysis, { cell: id, before: text!, after: '', replacements: [replacement] });
}
