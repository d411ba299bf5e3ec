/** Writes to a notebook through its shared model, so that what is done can be undone, and survives collaboration. */
import type { ISharedCell, ISharedCodeCell, ISharedNotebook } from '@jupyter/ydoc';
import { Conflict, ICellChange, StructuralEdit, withValue } from './edits';
import type { SetMetadata } from './protocol.gen';

/** How something that was done to the notebook is taken back. */
export interface IUndo {
  /** Whether Z in the notebook does so, too. */
  readonly isInHistory: boolean;
  /** Throws `Conflict` when something else was done since. */
  undo(): void;
}

/** Change the text of one cell: undone there with Ctrl+Z. */
export function writeText(notebook: ISharedNotebook, change: Pick<ICellChange, 'cell' | 'replacements'>): void {
  const cell = found(notebook, change.cell);
  apart(cell, () => {
    cell.transact(() => change.replacements.forEach(({ start, end, text }) => cell.updateSource(start, end, text)));
  });
}

/** Change several cells, or more than text: one step in the history of the notebook. */
export function write(
  notebook: ISharedNotebook,
  changes: readonly ICellChange[],
  structural: readonly StructuralEdit[]
): IUndo {
  const metadata = structural.flatMap(edit => (edit.kind === 'setMetadata' && edit.cell === null ? [edit] : []));
  const cells = structural.filter(edit => !metadata.some(other => other === edit));
  // The notebook's own metadata are not part of its history: what they were is kept here.
  const restore = metadata.map(edit => setMetadata(notebook, edit)).reverse();
  const isInHistory = changes.length + cells.length > 0;
  apart(notebook, () => {
    notebook.transact(() => {
      changes.forEach(change => writeText(notebook, change));
      inOrder(notebook, cells).forEach(edit => writeStructure(notebook, edit));
    });
  });
  const step = lastStep(notebook);
  const undo = () => {
    if (isInHistory && lastStep(notebook) !== step) {
      throw new Conflict('later');
    }
    if (isInHistory) {
      notebook.undo();
    }
    restore.forEach(setBack => setBack());
  };
  return { undo, isInHistory: isInHistory && !metadata.length };
}

/**
 * From the last cell to the first, so that an index names the same cell all the time: during a transaction
 * the list of cells stays as it was. Of one place the last new cell comes first, after what stood there went.
 */
function inOrder(notebook: ISharedNotebook, edits: readonly StructuralEdit[]): StructuralEdit[] {
  const place = (edit: StructuralEdit) => {
    if (edit.kind === 'insertCell') {
      return edit.before;
    }
    return edit.kind === 'deleteCell' ? indexOf(notebook, edit.cell.id) + 0.5 : Number.MAX_SAFE_INTEGER;
  };
  return [...edits].reverse().sort((a, b) => place(b) - place(a));
}

function writeStructure(notebook: ISharedNotebook, edit: StructuralEdit): void {
  if (edit.kind === 'insertCell') {
    const metadata = edit.tags.length ? { tags: [...edit.tags] } : {};
    const cell = { cell_type: edit.cellType as 'code' | 'markdown' | 'raw', source: edit.source, metadata };
    notebook.insertCell(edit.before, cell);
  } else if (edit.kind === 'deleteCell') {
    notebook.deleteCell(indexOf(notebook, edit.cell.id));
  } else if (edit.kind === 'clearOutputs') {
    const cell = found(notebook, edit.cell.id);
    if (cell.cell_type === 'code') {
      (cell as ISharedCodeCell).setOutputs([]);
      (cell as ISharedCodeCell).execution_count = null;
    }
  } else {
    setIn(edit.cell ? found(notebook, edit.cell.id) : notebook, edit);
  }
}

/** Set a value in the notebook's own metadata; returns what sets it back. */
function setMetadata(notebook: ISharedNotebook, edit: SetMetadata): () => void {
  const [key] = edit.path;
  const before = notebook.getMetadata(key);
  setIn(notebook, edit);
  const after = JSON.stringify(notebook.getMetadata(key));
  return () => {
    if (JSON.stringify(notebook.getMetadata(key)) !== after) {
      throw new Conflict('later');
    }
    if (before === undefined) {
      notebook.deleteMetadata(key);
    } else {
      notebook.setMetadata(key, before);
    }
  };
}

function setIn(owner: Pick<ISharedNotebook | ISharedCell, 'getMetadata' | 'setMetadata'>, edit: SetMetadata): void {
  const [key, ...rest] = edit.path;
  owner.setMetadata(key, withValue(owner.getMetadata(key), rest, edit.value) as never);
}

function found(notebook: ISharedNotebook, id: string | null): ISharedCell {
  return notebook.cells[indexOf(notebook, id)];
}

function indexOf(notebook: ISharedNotebook, id: string | null): number {
  const index = notebook.cells.findIndex(item => item.id === id);
  if (index < 0) {
    throw new Conflict('gone');
  }
  return index;
}

/** What the public interfaces of the shared models leave out. */
interface IHistory {
  readonly undoManager?: { readonly undoStack: readonly unknown[]; stopCapturing(): void } | null;
}

/** Yjs merges edits made within 500 ms into one undo step: a fix is to be one by itself. */
function apart(model: object, act: () => void): void {
  const { undoManager } = model as IHistory;
  undoManager?.stopCapturing();
  act();
  undoManager?.stopCapturing();
}

function lastStep(model: object): unknown {
  const stack = (model as IHistory).undoManager?.undoStack ?? [];
  return stack[stack.length - 1];
}
