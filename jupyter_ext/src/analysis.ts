/** Keeps the report of one notebook current: asks the kernel or the server about what changed. */
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { CellLog, Part, Versions } from './cells';
import { KernelTransport } from './kernelTransport';
import { AnalyseRequest, Answer, Edit, Fix, PROTOCOL_VERSION, Request } from './protocol.gen';
import { ServerTransport } from './serverTransport';
import type { Settings } from './settings';
import { FindingsStore } from './store';
import { ITransport, reasonOf, Unanswered } from './transport';

/** Milliseconds for the first answer of a kernel, which loads the rules and reads all cells. */
const FIRST_TIMEOUT = 15000;

export class NotebookAnalysis {
  constructor(
    readonly notebook: NotebookPanel,
    private readonly settings: Settings,
    server: ServerConnection.ISettings,
    /** Whether anything shows this notebook's results: without it there is no traffic at all. */
    private readonly isWanted: (analysis: NotebookAnalysis) => boolean
  ) {
    this.server = new ServerTransport(server);
    notebook.sessionContext.kernelChanged.connect(this.dropKernel, this);
    notebook.sessionContext.statusChanged.connect(this.followStatus, this);
    notebook.disposed.connect(this.dispose, this);
    void notebook.context.ready.then(() => {
      if (!notebook.isDisposed) {
        this.cells = new CellLog(notebook.context.model);
        this.cells.changed.connect((_, cell) => this.edited(cell));
        notebook.context.pathChanged.connect(() => this.edited(null));
        this.edited(null);
      }
    });
  }

  readonly store = new FindingsStore();
  readonly disposed = new Signal<this, void>(this);

  /**
   * The user did something that lets the analyser into the kernel: `explicitly` asked for it, or ran a cell.
   * What opened, restored or clicked itself is no such thing.
   */
  allowKernel(explicitly: boolean): void {
    const { kernelAnalysis } = this.settings;
    const isAllowed = explicitly || (kernelAnalysis === 'afterFirstRun' && this.isWanted(this));
    const connection = this.connection;
    if (!isAllowed || this.kernel || this.opening || !connection || (this.refused === connection.id && !explicitly)) {
      return;
    }
    const transport = new KernelTransport(connection);
    this.opening = transport;
    void this.open(transport).then(
      () => this.opened(transport, null),
      (error: unknown) => this.opened(transport, asUnanswered(error))
    );
  }

  /** The answer may be another one now: ask again soon, if somebody looks. */
  invalidate(): void {
    this.isDirty = true;
    this.wake();
  }

  /** If the report is out of date and somebody looks, ask soon; edits made until then are answered together. */
  wake(): void {
    if (this.isDirty && this.settings.live) {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.refresh(), this.store.report ? this.settings.delay : 0);
    }
  }

  /** Ask now. */
  async refresh(): Promise<void> {
    window.clearTimeout(this.timer);
    if (!this.cells || this.isAsking || !this.isWanted(this)) {
      return; // what changes during a request is asked for after it
    }
    this.store.wait();
    this.isAsking = true;
    this.isDirty = false;
    const { cells } = this;
    const seen = { cells: cells.snapshot(), order: cells.order.join(), metadata: cells.metadata };
    try {
      this.take(await this.ask(sent => this.request(cells, sent)), seen);
    } catch (error) {
      this.fail(asUnanswered(error));
    } finally {
      this.isAsking = false;
      this.wake();
    }
  }

  /** One list of edits that makes several fixes, and how many it makes: the analyser knows how they join. */
  async combine(fixes: readonly Fix[]): Promise<{ edits: readonly Edit[]; count: number }> {
    const revision = ++this.revision;
    const answer = await this.ask(() => ({ kind: 'combine', version: PROTOCOL_VERSION, revision, fixes }));
    if (answer.kind !== 'combined') {
      throw new Unanswered('failed', answer.kind === 'failure' ? answer.message : answer.kind);
    }
    return { edits: answer.edits, count: answer.taken.length };
  }

  /** Whether a part of a cell is as the report saw it. */
  isCurrent(cell: string, part: Part = 'text'): boolean {
    const reported = this.reported.cells.get(cell)?.[part];
    return reported !== undefined && reported === this.cells?.versions(cell)?.[part];
  }

  /** Whether the cells stand as they did when the report was made. */
  get isOrderCurrent(): boolean {
    return this.cells?.order.join() === this.reported.order;
  }

  /** Whether the notebook's own metadata are as the report saw them. */
  get isMetadataCurrent(): boolean {
    return this.cells?.metadata === this.reported.metadata;
  }

  /** Whether there is a kernel that could be asked and is not. */
  get canAskKernel(): boolean {
    return this.connection !== null && !this.kernel && !this.opening;
  }

  textOf(cell: string): string | null {
    return this.cellModel(cell)?.sharedModel.getSource() ?? null;
  }

  cellModel(cell: string): ICellModel | null {
    return this.cells?.get(cell) ?? null;
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.dropKernel();
    this.cells?.dispose();
    this.cells = null;
    this.disposed.emit();
    Signal.clearData(this);
  }

  private get connection(): Kernel.IKernelConnection | null {
    return this.notebook.sessionContext.session?.kernel ?? null;
  }

  /** The first look at a notebook takes longest: the server answers meanwhile. */
  private async open(transport: KernelTransport): Promise<void> {
    await transport.open();
    if (this.opening === transport && this.cells) {
      this.sentToKernel.clear();
      await transport.ask(this.request(this.cells, this.sentToKernel), FIRST_TIMEOUT);
    }
  }

  private opened(transport: KernelTransport, problem: Unanswered | null): void {
    if (this.opening !== transport) {
      transport.dispose(); // the kernel was restarted or changed meanwhile
      return;
    }
    this.opening = null;
    if (problem) {
      transport.dispose();
      this.store.fallback = problem;
      // A kernel that was only busy is tried again after the next cell.
      this.refused = problem.reason === 'busy' ? '' : (this.connection?.id ?? '');
    } else {
      this.kernel = transport;
    }
    this.invalidate();
  }

  /** Ask the kernel, or if it can't answer the server. `make` is told what the one who is asked has been sent. */
  private async ask(make: (sent: Map<string, Versions>) => Request): Promise<Answer> {
    const { kernel } = this;
    if (kernel?.isReady) {
      try {
        const answer = await this.askThrough(kernel, this.sentToKernel, make);
        this.store.fallback = null;
        return answer;
      } catch (error) {
        this.store.fallback = asUnanswered(error);
      }
    }
    return this.askThrough(this.server, this.sentToServer, make);
  }

  /** Send what the other side has not seen; if it forgot some cells, send all again, once. */
  private async askThrough(
    transport: ITransport,
    sent: Map<string, Versions>,
    make: (sent: Map<string, Versions>) => Request
  ): Promise<Answer> {
    try {
      const first = await transport.ask(make(sent));
      if (first.kind !== 'needCells') {
        return first;
      }
      sent.clear();
      return await transport.ask(make(sent));
    } catch (error) {
      sent.clear(); // nobody knows what arrived
      throw error;
    }
  }

  private request(cells: CellLog, sent: Map<string, Versions>): AnalyseRequest {
    const { context } = this.notebook;
    // What widgets showed is kept there, too; it is large, and nothing to look at.
    const { widgets, ...metadata } = context.model.sharedModel.getMetadata() as Record<string, unknown>;
    return {
      kind: 'analyse',
      version: PROTOCOL_VERSION,
      revision: ++this.revision,
      path: context.path,
      order: cells.order,
      changed: cells.takeChanged(sent),
      edits: true,
      profile: this.settings.profile,
      metadata
    };
  }

  private take(answer: Answer, seen: ISeen): void {
    if (this.notebook.isDisposed) {
      return;
    }
    if (answer.kind === 'report') {
      this.reported = seen;
      const stale = [...seen.cells.keys()].filter(cell => !this.isCurrent(cell));
      this.store.receive(answer.report, { analyser: answer.analyser, milliseconds: answer.milliseconds }, stale);
    } else {
      this.fail(new Unanswered('failed', answer.kind === 'failure' ? answer.message : answer.kind));
    }
  }

  private fail(problem: Unanswered): void {
    if (!this.notebook.isDisposed) {
      this.store.fail(problem);
    }
  }

  private edited(cell: string | null): void {
    if (cell !== null) {
      this.store.touch(cell);
    }
    this.invalidate();
  }

  private followStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this.dropKernel();
    }
  }

  private dropKernel(): void {
    this.kernel?.dispose();
    this.kernel = null;
    this.opening = null;
    this.refused = '';
    this.store.fallback = null;
  }

  private cells: CellLog | null = null;
  private kernel: KernelTransport | null = null;
  private opening: KernelTransport | null = null;
  private readonly server: ServerTransport;
  /** The kernel that can't take the analyser in: it is not tried again by itself. */
  private refused = '';
  private timer = 0;
  private revision = 0;
  private isAsking = false;
  private isDirty = true;
  private readonly sentToKernel = new Map<string, Versions>();
  private readonly sentToServer = new Map<string, Versions>();
  private reported: ISeen = { cells: new Map(), order: '', metadata: -1 };
}

/** The notebook as a report saw it. */
interface ISeen {
  readonly cells: ReadonlyMap<string, Versions>;
  readonly order: string;
  readonly metadata: number;
}

function asUnanswered(error: unknown): Unanswered {
  return error instanceof Unanswered ? error : new Unanswered('failed', reasonOf(error));
}
