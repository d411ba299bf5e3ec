/** Brings the characters that a finding is about into view, in every windowing mode. */
import { MarkdownCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { NotebookAnalysis } from './analysis';
import { range } from './offsets';
import type { CellRef, Finding, Span } from './protocol.gen';
import { byPlace, isSame } from './store';

/** Go to a span, and select it. */
export async function reveal(panel: NotebookPanel, span: Span): Promise<void> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(widget => widget.model.id === span.cell.id);
  if (index < 0) {
    return;
  }
  const cell = notebook.widgets[index];
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  await notebook.scrollToItem(index, 'smart').catch(() => undefined);
  // A cell far down is made when the browser is idle, which can take longer than scrollToItem waits.
  await cell.ready;
  await notebook.scrollToItem(index, 'smart').catch(() => undefined);
  if (notebook.isDisposed || notebook.activeCell !== cell) {
    return; // the user went elsewhere meanwhile
  }
  if (cell instanceof MarkdownCell && span.end > span.start) {
    cell.rendered = false;
  }
  const { editor } = cell;
  const isText = !(cell instanceof MarkdownCell && cell.rendered) && span.output === null;
  if (!editor || !isText) {
    panel.content.mode = 'command';
    panel.content.node.focus();
    return;
  }
  const [start, end] = range(cell.model.sharedModel.getSource(), span);
  const from = editor.getPositionAt(start);
  const to = editor.getPositionAt(end);
  if (from && to) {
    notebook.mode = 'edit';
    editor.focus();
    editor.setSelection({ start: from, end: to });
    editor.revealPosition(from);
  }
}

/** Bring a cell into view, and leave the focus where it is. */
export async function show(panel: NotebookPanel, { id }: CellRef): Promise<void> {
  const index = panel.content.widgets.findIndex(widget => widget.model.id === id);
  if (index >= 0) {
    await panel.content.scrollToItem(index, 'smart').catch(() => undefined);
  }
}

/**
 * The finding after (or before) the cursor, round the end of the notebook; null when there is none.
 * `last` is the one that was gone to before: where it has no text to put the cursor in, it stands for the cursor.
 */
export function neighbour(analysis: NotebookAnalysis, step: 1 | -1, last: Finding | null): Finding | null {
  const findings = [...analysis.store.findings].filter(item => !item.absence).sort(byPlace);
  const { activeCellIndex, activeCell, mode } = analysis.notebook.content;
  const editor = mode === 'edit' ? activeCell?.editor : null;
  const known = editor || last?.at.cell.index !== activeCellIndex ? -1 : findings.findIndex(item => isSame(item, last));
  if (known >= 0) {
    return findings[(known + step + findings.length) % findings.length];
  }
  const cursor = editor ? editor.getOffsetAt(editor.getSelection().start) : step > 0 ? -1 : 0;
  const text = activeCell?.model.sharedModel.getSource() ?? '';
  const side = (finding: Finding) => {
    const isText = finding.at.output === null;
    return finding.at.cell.index - activeCellIndex || (isText ? range(text, finding.at)[0] - cursor : Infinity);
  };
  return step > 0
    ? (findings.find(finding => side(finding) > 0) ?? findings.at(0) ?? null)
    : ([...findings].reverse().find(finding => side(finding) < 0) ?? findings.at(-1) ?? null);
}
