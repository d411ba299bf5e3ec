/** Runs cells, as a finding about what is in the kernel's memory may ask for. */
import { NotebookActions } from '@jupyterlab/notebook';
import type { NotebookAnalysis } from './analysis';
import type { Action } from './protocol.gen';

/** Run the cells that are named, in the notebook's order, as if somebody had run them by hand. */
export async function runCells({ notebook }: NotebookAnalysis, { cells }: Action): Promise<void> {
  const wanted = new Set(cells.map(cell => cell.id));
  const found = notebook.content.widgets.filter(cell => wanted.has(cell.model.id));
  await NotebookActions.runCells(notebook.content, found, notebook.sessionContext);
}
