/** Keeps the report of one notebook current: watches its cells, and asks the kernel or the server. */
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { KernelTransport } from './kernelTransport';
import { AnalyseRequest, Answer, CellText, PROTOCOL_VERSION } from './protocol.gen';
import { ServerTransport } from './serverTransport';
import type { Settings } from './settings';
import { FindingsStore } from './store';
import type { ITransport } from './transport';

export class NotebookAnalysis {
  constructor(
    readonly notebook: NotebookPanel,
    private readonly settings: Settings,
    server: ServerConnection.ISettings,
    /** Whether anything shows results: without it there is no traffic at all. */
    private readonly isWanted: () => boolean
  ) {
    this.server = new ServerTransport(server, notebook.id);
    notebook.sessionContext.kernelChanged.connect(this.dropKernel, this);
    notebook.sessionContext.statusChanged.connect((_, status) => {
      if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
        this.dropKernel();
      }
    });
    notebook.disposed.connect(this.dispose, this);
    void notebook.context.ready.then(() => {
      notebook.context.model.cells.changed.connect(this.watch, this);
      notebook.context.pathChanged.connect(this.schedule, this);
      this.watch();
    });
  }

  readonly store = new FindingsStore();
  readonly disposed = new Signal<this, void>(this);

  /** The user did something that lets the analyser into the kernel: ran a cell, clicked, chose a command. */
  allowKernel(deliberate: boolean): void {
    const { kernelAnalysis } = this.settings;
    if (this.kernel || this.opening || kernelAnalysis === 'never' || (kernelAnalysis === 'onDemand' && !deliberate)) {
      return;
    }
    const connection = this.notebook.sessionContext.session?.kernel;
    if (!connection || this.refused === connection.id) {
      return;
    }
    const transport = new KernelTransport(connection);
    this.opening = transport
      .open()
      .then(() => {
        this.kernel = transport;
        this.sent.clear();
        this.schedule();
      })
      .catch((error: Error) => {
        transport.dispose();
        this.refused = connection.id;
        this.reason = error.message;
        this.schedule();
      })
      .finally(() => (this.opening = null));
  }

  /** Ask soon; sooner or later edits are answered together. */
  schedule(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.refresh(), this.settings.delay);
  }

  /** Ask now. */
  async refresh(): Promise<void> {
    if (!this.isWanted() || this.notebook.isDisposed || !this.notebook.context.isReady) {
      return;
    }
    this.store.wait();
    const revision = ++this.revision;
    const seen = new Map(this.revisions);
    try {
      const answer = await this.ask(revision);
      if (revision === this.revision && !this.notebook.isDisposed) {
        this.take(answer, seen);
      }
    } catch (error) {
      if (revision === this.revision) {
        this.store.fail((error as Error).message);
      }
    }
  }

  /** Whether a cell has the very text that the report speaks of. */
  isCurrent(cell: string): boolean {
    return this.reported.get(cell) === this.revisions.get(cell);
  }

  /** Whether the cells stand as they did when the report was made. */
  get isOrderCurrent(): boolean {
    return this.order().join() === this.reportedOrder;
  }

  /** Why the kernel was not asked; empty when it was. */
  get fallbackReason(): string {
    return this.kernel ? '' : this.reason;
  }

  textOf(cell: string): string | null {
    return this.cellModel(cell)?.sharedModel.getSource() ?? null;
  }

  cellModel(cell: string): ICellModel | null {
    for (const model of this.notebook.context.model.cells) {
      if (model.id === cell) {
        return model;
      }
    }
    return null;
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.dropKernel();
    this.disposed.emit();
    Signal.clearData(this);
  }

  private async ask(revision: number): Promise<Answer> {
    if (this.kernel) {
      try {
        return await this.askThrough(this.kernel, this.sent, revision);
      } catch (error) {
        this.reason = (error as Error).message;
        this.sent.clear();
        return { ...(await this.askThrough(this.server, this.sentToServer, revision)) };
      }
    }
    return this.askThrough(this.server, this.sentToServer, revision);
  }

  /** Send what the other side has not seen; if it forgot some cells, send those again, once. */
  private async askThrough(transport: ITransport, sent: Map<string, number>, revision: number): Promise<Answer> {
    const first = await transport.ask(this.request(revision, sent, []));
    if (first.kind !== 'needCells') {
      return first;
    }
    sent.clear();
    return transport.ask(this.request(revision, sent, first.ids));
  }

  private request(revision: number, sent: Map<string, number>, missing: readonly string[]): AnalyseRequest {
    const model = this.notebook.context.model;
    const changed: CellText[] = [];
    for (const cell of model.cells) {
      const at = this.revisions.get(cell.id) ?? 0;
      if (sent.get(cell.id) !== at || missing.includes(cell.id)) {
        sent.set(cell.id, at);
        const tags = cell.getMetadata('tags') as unknown;
        changed.push({
          id: cell.id,
          type: cell.type,
          revision: at,
          source: cell.sharedModel.getSource(),
          tags: Array.isArray(tags) ? tags.map(String) : [],
          executionCount: null
        });
      }
    }
    return {
      version: PROTOCOL_VERSION,
      revision,
      path: this.notebook.context.path,
      order: this.order(),
      changed,
      profile: this.settings.profile,
      metadata: model.sharedModel.getMetadata() as Record<string, unknown>
    };
  }

  private take(answer: Answer, seen: Map<string, number>): void {
    if (answer.kind === 'failure') {
      this.store.fail(answer.message);
    } else if (answer.kind === 'report') {
      this.reported = seen;
      this.reportedOrder = this.order().join();
      for (const cell of [...this.store.stale]) {
        if (this.isCurrent(cell)) {
          this.store.stale.delete(cell);
        }
      }
      this.store.receive(answer.report, answer.analyser, answer.milliseconds);
    } else {
      this.store.fail('the analyser keeps asking for cells');
    }
  }

  private order(): string[] {
    return [...this.notebook.context.model.cells].map(cell => cell.id);
  }

  /** Watch the cells that are there now. */
  private watch(): void {
    const ids = new Set<string>();
    for (const cell of this.notebook.context.model.cells) {
      ids.add(cell.id);
      if (!this.watched.has(cell)) {
        this.watched.add(cell);
        this.revisions.set(cell.id, 1);
        cell.contentChanged.connect(() => this.edited(cell));
        cell.metadataChanged.connect(() => this.edited(cell));
      }
    }
    for (const id of [...this.revisions.keys()]) {
      if (!ids.has(id)) {
        this.revisions.delete(id);
      }
    }
    if (this.settings.live) {
      this.schedule();
    }
  }

  private edited(cell: ICellModel): void {
    this.revisions.set(cell.id, (this.revisions.get(cell.id) ?? 0) + 1);
    this.store.touch(cell.id);
    if (this.settings.live) {
      this.schedule();
    }
  }

  private dropKernel(): void {
    this.kernel?.dispose();
    this.kernel = null;
    this.refused = '';
    this.sent.clear();
    this.reason = '';
  }

  private kernel: KernelTransport | null = null;
  private opening: Promise<void> | null = null;
  private readonly server: ServerTransport;
  /** The kernel that could not take the analyser in: it is not tried again. */
  private refused = '';
  private reason = '';
  private timer = 0;
  private revision = 0;
  private readonly watched = new WeakSet<ICellModel>();
  private readonly revisions = new Map<string, number>();
  private readonly sent = new Map<string, number>();
  private readonly sentToServer = new Map<string, number>();
  private reported = new Map<string, number>();
  private reportedOrder = '';
}
