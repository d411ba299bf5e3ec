/** Counts the changes of a notebook's cells, so that only what is new is sent, and what is stale is known. */
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

export class CellLog {
  constructor(private readonly model: INotebookModel) {
    model.cells.changed.connect(this.watch, this);
    model.metadataChanged.connect(this.announce, this);
    this.watch();
  }

  /** The cell of this id was edited; null: the notebook itself, or its list of cells, changed. */
  readonly changed = new Signal<this, string | null>(this);

  get(id: string): ICellModel | null {
    return this.byId.get(id) ?? null;
  }

  /** The ids of all cells, in order. */
  get order(): string[] {
    return [...this.byId.keys()];
  }

  /** A number that is new after each change of the cell's text or tags. */
  revision(id: string): number {
    return this.revisions.get(id) ?? 0;
  }

  /** All revisions as they are now. */
  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.revisions);
  }

  dispose(): void {
    this.model.cells?.changed.disconnect(this.watch, this);
    this.model.metadataChanged.disconnect(this.announce, this);
    Signal.clearData(this);
  }

  private watch(): void {
    this.byId = new Map([...this.model.cells].map(cell => [cell.id, cell]));
    for (const [id, cell] of this.byId) {
      if (!this.watched.has(cell)) {
        this.watched.add(cell);
        this.revisions.set(id, ++this.last);
        // The model's own signal also tells of outputs and counters, which change nothing for us.
        cell.sharedModel.changed.connect((_, change) => {
          if ('sourceChange' in change && change.sourceChange) {
            this.edited(id);
          }
        });
        let tags = tagsOf(cell).join();
        cell.metadataChanged.connect(() => {
          if (tags !== (tags = tagsOf(cell).join())) {
            this.edited(id);
          }
        });
      }
    }
    for (const id of [...this.revisions.keys()].filter(known => !this.byId.has(known))) {
      this.revisions.delete(id);
    }
    this.announce();
  }

  private edited(id: string): void {
    if (this.byId.has(id)) {
      this.revisions.set(id, ++this.last);
      this.changed.emit(id);
    }
  }

  private announce(): void {
    this.changed.emit(null);
  }

  private byId = new Map<string, ICellModel>();
  private last = 0;
  private readonly watched = new WeakSet<ICellModel>();
  private readonly revisions = new Map<string, number>();
}

/** The tags of a cell; whatever else a file may hold in their place counts as none. */
export function tagsOf(cell: ICellModel): string[] {
  const tags = cell.getMetadata('tags') as unknown;
  return Array.isArray(tags) ? tags.map(String) : [];
}
