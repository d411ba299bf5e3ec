/** Counts the changes of a notebook's cells, so that only what is new is sent, and what is stale is known. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { LONGEST, Output, readable } from './outputs';
import type { CellText } from './protocol.gen';

/** What may change of a cell. A run changes its outputs: those, and the number in front of it. */
export type Part = 'text' | 'metadata' | 'outputs';

/** For each part of a cell a number that is new after each change. */
export type Versions = Readonly<Record<Part, number>>;

/** Characters of outputs that are sent at once; what is beyond stays here. */
const MOST_OUTPUTS = 4_000_000;

export class CellLog {
  constructor(private readonly model: INotebookModel) {
    model.cells.changed.connect(this.watch, this);
    model.metadataChanged.connect(this.countMetadata, this);
    this.watch();
  }

  /** The text of the cell of this id was edited; null: something else changed. */
  readonly changed = new Signal<this, string | null>(this);

  get(id: string): ICellModel | null {
    return this.byId.get(id) ?? null;
  }

  /** The ids of all cells, in order. */
  get order(): string[] {
    return [...this.byId.keys()];
  }

  /** Whether some code cell has any text. */
  get hasCode(): boolean {
    return [...this.byId.values()].some(cell => isCode(cell) && cell.sharedModel.getSource().trim() !== '');
  }

  /** A number that is new after each change of the notebook's own metadata. */
  get metadata(): number {
    return this.metadataVersion;
  }

  versions(id: string): Versions | null {
    return this.counts.get(id) ?? null;
  }

  /** The versions of all cells as they are now. */
  get all(): ReadonlyMap<string, Versions> {
    return new Map(this.counts);
  }

  /** The cells that differ from the versions `sent`, which are brought up to date. */
  takeChanged(sent: Map<string, Versions>): CellText[] {
    const changed: CellText[] = [];
    let left = MOST_OUTPUTS;
    for (const [id, cell] of this.byId) {
      const now = this.counts.get(id);
      const known = sent.get(id);
      if (now && known !== now) {
        sent.set(id, now);
        const { outputs, length } = known?.outputs === now.outputs ? UNCHANGED : outputsOf(cell, left);
        changed.push({ ...textOf(cell), revision: Math.max(...Object.values(now)), outputs });
        left -= length;
      }
    }
    return changed;
  }

  dispose(): void {
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private watch(): void {
    this.byId = new Map([...this.model.cells].map(cell => [cell.id, cell]));
    for (const [id, cell] of this.byId) {
      if (!this.watched.has(cell)) {
        this.watched.add(cell);
        const version = ++this.last;
        this.counts.set(id, { text: version, metadata: version, outputs: version });
        cell.sharedModel.changed.connect((_, change) => this.follow(id, Object.keys(change)));
        cell.metadataChanged.connect(() => this.count(id, 'metadata'));
      }
    }
    for (const id of [...this.counts.keys()].filter(known => !this.byId.has(known))) {
      this.counts.delete(id);
    }
    this.changed.emit(null);
  }

  private follow(id: string, changes: readonly string[]): void {
    if (changes.includes('sourceChange')) {
      this.count(id, 'text');
    }
    if (changes.some(change => RUN.includes(change))) {
      this.count(id, 'outputs');
    }
  }

  private count(id: string, part: Part): void {
    const known = this.counts.get(id);
    if (known) {
      this.counts.set(id, { ...known, [part]: ++this.last });
      // While a cell runs, its outputs grow: what they say is of interest once it is done.
      if (part !== 'outputs' || (this.get(id) as ICodeCellModel).executionState !== 'running') {
        this.changed.emit(part === 'text' ? id : null);
      }
    }
  }

  private countMetadata(): void {
    this.metadataVersion++;
    this.changed.emit(null);
  }

  private byId = new Map<string, ICellModel>();
  private last = 0;
  private metadataVersion = 0;
  private readonly watched = new WeakSet<ICellModel>();
  private readonly counts = new Map<string, Versions>();
}

/** What a report was made of, to tell what of it still stands. */
export class Snapshot {
  constructor(private readonly log: CellLog) {
    this.cells = log.all;
    this.order = log.order.join();
    this.metadata = log.metadata;
  }

  /** Whether a part of a cell is as it was. */
  isCurrent(cell: string, part: Part = 'text'): boolean {
    const known = this.cells.get(cell);
    return known !== undefined && known[part] === this.log.versions(cell)?.[part];
  }

  /** Whether the cells stand as they did. */
  get isOrderCurrent(): boolean {
    return this.log.order.join() === this.order;
  }

  /** Whether the notebook's own metadata are as they were. */
  get isMetadataCurrent(): boolean {
    return this.log.metadata === this.metadata;
  }

  /** The cells whose text changed since. */
  get stale(): string[] {
    return [...this.cells.keys()].filter(cell => !this.isCurrent(cell));
  }

  private readonly cells: ReadonlyMap<string, Versions>;
  private readonly order: string;
  private readonly metadata: number;
}

/** What the shared model of a code cell announces when the cell is run, or its outputs are cleared. */
const RUN = ['outputsChange', 'streamOutputChange', 'executionCountChange', 'executionStateChange'];

const UNCHANGED = { outputs: null, length: 0 };

function textOf(cell: ICellModel): Omit<CellText, 'revision' | 'outputs'> {
  return {
    id: cell.id,
    type: cell.type,
    source: cell.sharedModel.getSource(),
    metadata: cell.sharedModel.getMetadata(),
    executionCount: isCode(cell) ? cell.executionCount : null
  };
}

function outputsOf(cell: ICellModel, left: number): ReturnType<typeof readable> {
  const outputs = isCode(cell) ? (cell.sharedModel.getOutputs() as Output[]) : [];
  return readable(outputs, Math.min(LONGEST, left));
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}
