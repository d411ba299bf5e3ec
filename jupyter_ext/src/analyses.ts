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
    isWanted: (analysis: NotebookAnalysis) => boolean
  ) {
    const add = (_: unknown, panel: NotebookPanel) => {
      const analysis = new NotebookAnalysis(panel, settings, server, isWanted);
      this.all.set(panel, analysis);
      analysis.store.changed.connect(() => this.changed.emit(analysis));
      analysis.disposed.connect(() => this.all.delete(panel));
      this.added.emit();
    };
    tracker.widgetAdded.connect(add);
    tracker.forEach(panel => add(tracker, panel));
    settings.changed.connect(() => this.all.forEach(analysis => analysis.invalidate()));
  }

  /** A notebook was opened: it may be the current one, which the tracker announces first. */
  readonly added = new Signal<this, void>(this);

  /** What is known of some notebook changed. */
  readonly changed = new Signal<this, NotebookAnalysis>(this);

  /** That of the notebook looked at last. */
  get current(): NotebookAnalysis | null {
    const panel = this.tracker.currentWidget;
    return panel ? (this.all.get(panel) ?? null) : null;
  }

  ofNotebook(notebook: Notebook): NotebookAnalysis | null {
    return [...this.all.values()].find(analysis => analysis.notebook.content === notebook) ?? null;
  }

  /** The notebook that holds this very cell; copies of a notebook have the same cell ids. */
  ofModel(cell: string, sharedModel: unknown): NotebookAnalysis | null {
    return [...this.all.values()].find(analysis => analysis.cellModel(cell)?.sharedModel === sharedModel) ?? null;
  }

  private readonly all = new Map<NotebookPanel, NotebookAnalysis>();
}
