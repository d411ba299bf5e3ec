/** Keeps the report of one notebook current: asks the kernel or the server about what changed. */
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { CellLog, Snapshot, Versions } from './cells';
import { KernelTransport } from './kernelTransport';
import { AnalyseRequest, Answer, Edit, Fix, PROTOCOL_VERSION, Request } from './protocol.gen';
import { ServerTransport } from './serverTransport';
import type { Settings } from './settings';
import { FindingsStore } from './store';
import { ITransport, reasonOf, Unanswered } from './transport';

/** Milliseconds for the first answer of a kernel, which loads the rules and reads all cells. */
const FIRST_TIMEOUT = 15000;

/** Milliseconds without a change after which the fixes of what was found are worked out. */
const FIXES_DELAY = 300;

/** Milliseconds; fixes that take longer to work out are not waited for. */
const LONG = 60;

/** Milliseconds after which a server that did not answer is asked again. */
const RETRY = 10000;

export class NotebookAnalysis {
  constructor(
    readonly notebook: NotebookPanel,
    private readonly settings: Settings,
    server: ServerConnection.ISettings,
    /** Whether anything shows this notebook's results: without it there is no traffic at all. */
    private readonly isWanted: (analysis: NotebookAnalysis) => boolean
  ) {
    this.server = new ServerTransport(server);
    notebook.sessionContext.kernelChanged.connect(this.followKernel, this);
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
    this.store.changed.emit();
    void this.open(transport).then(
      () => this.opened(transport, null),
      (error: unknown) => this.opened(transport, asUnanswered(error))
    );
  }

  /** The answer may be another one now: ask again soon, if somebody looks. */
  invalidate(): void {
    const isNews = !this.isDirty && !this.settings.live;
    this.isDirty = true;
    if (isNews) {
      this.store.changed.emit();
    }
    this.wake();
  }

  /** Whether something changed since the report was asked for. */
  get isOutdated(): boolean {
    return this.isDirty;
  }

  /** If the report is out of date and somebody looks, ask soon; edits made until then are answered together. */
  wake(): void {
    if (this.settings.live && (this.isDirty || this.store.isPartial)) {
      const delay = this.isDirty ? (this.store.report ? this.settings.delay : 0) : FIXES_DELAY;
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.refresh(), delay);
    }
  }

  /** Ask now; what changes during a request is asked for after it. */
  refresh(): Promise<void> {
    window.clearTimeout(this.timer);
    const { cells } = this;
    if (!cells || !this.isWanted(this)) {
      return Promise.resolve();
    }
    this.asking ??= this.askOnce(cells).finally(() => {
      this.asking = null;
      this.wake();
    });
    return this.asking;
  }

  /** Bring the report up to date, with its fixes worked out, if it is not. */
  async workOut(): Promise<void> {
    if (this.asking) {
      await this.asking;
    }
    if (this.isDirty || this.store.isPartial) {
      this.isDirty = false;
      await this.refresh();
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

  /** Whether a cell has the very text that the report speaks of. */
  isCurrent(cell: string): boolean {
    return this.reported?.isCurrent(cell) ?? false;
  }

  /** What the edits of fixes were worked out for: that may be the report before the last. */
  get worked(): Snapshot | null {
    return this.workedOut;
  }

  /** Whether there is a kernel that could be asked and is not. */
  get canAskKernel(): boolean {
    return this.connection !== null && !this.kernel && !this.opening;
  }

  /** Whether the kernel is being asked to take the analyser in. */
  get isOpeningKernel(): boolean {
    return this.opening !== null;
  }

  /** Whether there is any code to look at. */
  get hasCode(): boolean {
    return this.cells?.hasCode ?? false;
  }

  textOf(cell: string): string | null {
    return this.cellModel(cell)?.sharedModel.getSource() ?? null;
  }

  cellModel(cell: string): ICellModel | null {
    return this.cells?.get(cell) ?? null;
  }

  dispose(): void {
    this.dropKernel();
    window.clearTimeout(this.timer);
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
      await transport.ask(this.request(this.cells, this.sentToKernel, true), FIRST_TIMEOUT);
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

  /** Findings first; their fixes, where those take long, once nothing changed for a moment. */
  private async askOnce(cells: CellLog): Promise<void> {
    const isPartial = this.isDirty && this.takesLong && this.settings.live;
    const seen = new Snapshot(cells);
    this.store.wait();
    this.isDirty = false;
    try {
      this.take(await this.ask(sent => this.request(cells, sent, !isPartial)), seen, isPartial);
    } catch (error) {
      this.fail(asUnanswered(error));
    }
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
        if (kernel === this.kernel) {
          this.store.fallback = asUnanswered(error); // else what became of the kernel is said already
        }
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

  private request(cells: CellLog, sent: Map<string, Versions>, edits: boolean): AnalyseRequest {
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
      edits,
      profile: this.settings.profile,
      metadata
    };
  }

  private take(answer: Answer, seen: Snapshot, isPartial: boolean): void {
    if (this.notebook.isDisposed) {
      return;
    }
    if (answer.kind === 'report') {
      this.reported = seen;
      if (!isPartial) {
        this.workedOut = seen;
        this.takesLong = answer.milliseconds > LONG;
      }
      const origin = { analyser: answer.analyser, milliseconds: answer.milliseconds };
      this.store.receive(answer.report, origin, seen.stale, isPartial);
    } else {
      this.fail(new Unanswered('failed', answer.kind === 'failure' ? answer.message : answer.kind));
    }
  }

  private fail(problem: Unanswered): void {
    if (this.notebook.isDisposed) {
      return;
    }
    this.store.fail(problem);
    if (problem.reason === 'unreachable') {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.invalidate(), RETRY);
    }
  }

  private edited(cell: string | null): void {
    if (cell !== null) {
      this.store.touch(cell);
    }
    this.invalidate();
  }

  private followKernel(): void {
    const { fallback } = this.store;
    this.dropKernel();
    if (fallback?.reason === 'restarted' && this.connection) {
      this.store.fallback = fallback; // a restart may come with another connection
    }
    this.store.changed.emit(); // there is one to ask now, or none
  }

  private followStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      // A restart is announced more than once.
      const hadAnswered = this.kernel !== null || this.store.fallback?.reason === 'restarted';
      this.dropKernel();
      if (hadAnswered && status !== 'dead') {
        this.store.fallback = new Unanswered('restarted');
      }
    }
  }

  private dropKernel(): void {
    if (this.kernel) {
      this.invalidate(); // what it said of its memory is no longer so
    }
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
  private asking: Promise<void> | null = null;
  /** Whether working out the fixes takes so long that the findings are shown before. */
  private takesLong = true;
  private isDirty = true;
  private readonly sentToKernel = new Map<string, Versions>();
  private readonly sentToServer = new Map<string, Versions>();
  private reported: Snapshot | null = null;
  private workedOut: Snapshot | null = null;
}

function asUnanswered(error: unknown): Unanswered {
  return error instanceof Unanswered ? error : new Unanswered('failed', reasonOf(error));
}
