/** The line to the analyser inside one kernel: a comm on a subshell where the kernel has them. */
import { Kernel, KernelMessage } from '@jupyterlab/services';
import { BOOTSTRAP } from './bootstrap';
import type { Answer, Request } from './protocol.gen';
import { ITransport, Unanswered, within } from './transport';

const TARGET = 'nbprod';
/** Milliseconds; a kernel that does not answer in this time is taken to be unable to. */
const OPEN_TIMEOUT = 8000;
const ANSWER_TIMEOUT = 1200;
/** Milliseconds; a kernel that answers late is not held up but slow: it gets more time, up to this. */
const LONGEST_TIMEOUT = 5000;
/** Milliseconds for which a kernel that was too busy to answer is left alone. */
const PAUSE = 10000;

type ExecuteContent = KernelMessage.IExecuteRequestMsg['content'];
type ExecuteReply = KernelMessage.IExecuteReplyMsg;

export class KernelTransport implements ITransport {
  constructor(private readonly kernel: Kernel.IKernelConnection) {}

  /** Whether it is worth asking: not while the kernel is held up by code that lets nothing else run. */
  get isReady(): boolean {
    return Date.now() >= this.pausedUntil;
  }

  /** Register the target and open the comm. Throws `Unanswered` when the kernel has no nbprod, or is too busy. */
  async open(): Promise<void> {
    await within(this.start(), OPEN_TIMEOUT, new Unanswered('busy'));
  }

  async ask(request: Request, timeout = this.timeout): Promise<Answer> {
    const comm = this.comm;
    if (!comm || comm.isDisposed || this.kernel.isDisposed) {
      throw new Unanswered('restarted');
    }
    const answered = new Promise<Answer>(resolve => this.pending.set(request.revision, resolve));
    comm.send(request as never);
    try {
      return await within(answered, timeout, new Unanswered('busy'));
    } catch (error) {
      this.pausedUntil = Date.now() + PAUSE;
      throw error;
    } finally {
      this.pending.delete(request.revision);
    }
  }

  dispose(): void {
    const comm = this.comm;
    this.comm = null;
    this.isDisposed = true;
    if (comm && !comm.isDisposed && !this.kernel.isDisposed && this.kernel.status !== 'dead') {
      comm.close();
    }
  }

  private async start(): Promise<void> {
    const info = await this.kernel.info;
    if (!/python/i.test(info.language_info.name)) {
      throw new Unanswered('language', info.language_info.name);
    }
    await this.register();
    const comm = this.kernel.createComm(TARGET);
    comm.onMsg = message => {
      const answer = message.content.data as unknown as Answer;
      this.pausedUntil = 0;
      if (answer.kind === 'report') {
        this.timeout = Math.min(Math.max(2 * answer.milliseconds, ANSWER_TIMEOUT), LONGEST_TIMEOUT);
      }
      this.pending.get(answer.revision)?.(answer);
    };
    // Opened before its subshell exists, a comm stays on the main shell for good.
    const started = (comm as { subshellStarted?: Promise<void> }).subshellStarted;
    const policy = (comm as { commsOverSubshells?: string }).commsOverSubshells;
    if (this.kernel.supportsSubshells && started && policy !== 'disabled') {
      await started;
    }
    if (!this.isDisposed) {
      comm.open({});
      this.comm = comm;
    }
  }

  private async register(): Promise<void> {
    const content: ExecuteContent = {
      code: BOOTSTRAP,
      silent: true,
      store_history: false,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false
    };
    const reply = this.kernel.supportsSubshells
      ? await this.executeOnSubshell(content)
      : await this.executeOnClone(content);
    if (reply.content.status !== 'ok') {
      throw new Unanswered('absent', (reply.content as { evalue?: string }).evalue);
    }
  }

  private async executeOnSubshell(content: ExecuteContent): Promise<ExecuteReply> {
    const { kernel } = this;
    const made = await kernel.requestCreateSubshell({}).done;
    const subshellId = (made).content.subshell_id;
    const message = KernelMessage.createMessage<KernelMessage.IExecuteRequestMsg>({
      msgType: 'execute_request',
      channel: 'shell',
      username: kernel.username,
      session: kernel.clientId,
      subshellId,
      content
    });
    try {
      return (await kernel.sendShellMessage(message, true, true).done) as ExecuteReply;
    } finally {
      void kernel.requestDeleteSubshell({ subshell_id: subshellId }, true);
    }
  }

  /** Over a connection of its own: the notebook's would count it as one of its cells. */
  private async executeOnClone(content: ExecuteContent): Promise<ExecuteReply> {
    const clone = this.kernel.clone({ handleComms: false });
    try {
      return (await clone.requestExecute(content).done);
    } finally {
      clone.dispose();
    }
  }

  private comm: Kernel.IComm | null = null;
  private isDisposed = false;
  private pausedUntil = 0;
  private timeout = ANSWER_TIMEOUT;
  private readonly pending = new Map<number, (answer: Answer) => void>();
}
