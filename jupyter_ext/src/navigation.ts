/** Brings the characters that a finding is about into view, in every windowing mode. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { range } from './offsets';
import type { Span } from './protocol.gen';

export async function reveal(panel: NotebookPanel, span: Span): Promise<void> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(widget => widget.model.id === span.cell.id);
  if (index < 0) {
    return;
  }
  const cell = notebook.widgets[index];
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  // A cell far down is made when the browser is idle, which can take longer than scrollToItem waits.
  await notebook.scrollToItem(index, 'smart').catch(() => undefined);
  await cell.ready;
  await notebook.scrollToItem(index, 'smart').catch(() => undefined);
  const { editor } = cell;
  if (notebook.activeCell !== cell || !editor) {
    return;
  }
  const [start, end] = range(cell.model.sharedModel.getSource(), span);
  const from = editor.getPositionAt(start);
  const to = editor.getPositionAt(end);
  if (from && to && cell.model.type === 'code') {
    notebook.mode = 'edit';
    editor.focus();
    editor.setSelection({ start: from, end: to });
    editor.revealPosition(from);
  }
}
