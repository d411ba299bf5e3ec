/** The analysis of each open notebook. */
import type { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { NotebookAnalysis } from './analysis';
import type { Settings } from './settings';

export class Analyses {
  constructor(
    private readonly tracker: INotebookTracker,
    settings: Settings,
    server: ServerConnection.ISettings,
    isWanted: () => boolean
  ) {
    const add = (_: unknown, panel: NotebookPanel) => {
      const analysis = new NotebookAnalysis(panel, settings, server, isWanted);
      this.all.set(panel, analysis);
      this.added.emit();
      analysis.disposed.connect(() => this.all.delete(panel));
    };
    tracker.widgetAdded.connect(add);
    tracker.forEach(panel => add(tracker, panel));
    settings.changed.connect(() => this.current?.schedule());
  }

  /** A notebook was opened: it may be the current one, which the tracker announces first. */
  readonly added = new Signal<this, void>(this);

  /** That of the notebook looked at last. */
  get current(): NotebookAnalysis | null {
    const panel = this.tracker.currentWidget;
    return panel ? (this.all.get(panel) ?? null) : null;
  }

  ofNotebook(notebook: Notebook): NotebookAnalysis | null {
    return [...this.all.values()].find(analysis => analysis.notebook.content === notebook) ?? null;
  }

  ofCell(cell: string): NotebookAnalysis | null {
    // Copies of a notebook have the same cell ids: the one looked at last comes first.
    const { current } = this;
    if (current?.cellModel(cell)) {
      return current;
    }
    return [...this.all.values()].find(analysis => analysis.cellModel(cell)) ?? null;
  }

  private readonly all = new Map<NotebookPanel, NotebookAnalysis>();
}
