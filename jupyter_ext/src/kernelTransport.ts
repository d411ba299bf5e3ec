/** The line to the analyser inside one kernel: a comm on a subshell where the kernel has them. */
import { Kernel, KernelMessage } from '@jupyterlab/services';
import { BOOTSTRAP } from './bootstrap';
import type { AnalyseRequest, Answer } from './protocol.gen';
import { ITransport, within } from './transport';

const TARGET = 'nbprod';
/** Milliseconds; a kernel that does not answer in this time is taken to be unable to. */
const OPEN_TIMEOUT = 8000;
const ANSWER_TIMEOUT = 1800;

export class KernelTransport implements ITransport {
  constructor(private readonly kernel: Kernel.IKernelConnection) {}

  /** Register the target and open the comm. Throws when the kernel has no nbprod, or is too busy. */
  async open(): Promise<void> {
    await within(this.start(), OPEN_TIMEOUT, 'the kernel did not answer in time');
  }

  async ask(request: AnalyseRequest): Promise<Answer> {
    const comm = this.comm;
    if (!comm || comm.isDisposed || this.kernel.isDisposed) {
      throw new Error('the kernel was restarted');
    }
    const answered = new Promise<Answer>(resolve => this.pending.set(request.revision, resolve));
    comm.send(request as never);
    try {
      return await within(answered, ANSWER_TIMEOUT, 'the kernel is busy');
    } finally {
      this.pending.delete(request.revision);
    }
  }

  dispose(): void {
    const comm = this.comm;
    this.comm = null;
    if (comm && !comm.isDisposed && !this.kernel.isDisposed && this.kernel.status !== 'dead') {
      comm.close();
    }
  }

  private async start(): Promise<void> {
    const info = await this.kernel.info;
    if (!/python/i.test(info.language_info.name)) {
      throw new Error(`the kernel speaks ${info.language_info.name}`);
    }
    await this.register();
    const comm = this.kernel.createComm(TARGET);
    comm.onMsg = message => {
      const answer = message.content.data as unknown as Answer;
      this.pending.get(answer.revision)?.(answer);
    };
    // Opened before its subshell exists, a comm stays on the main shell for good.
    const started = (comm as { subshellStarted?: Promise<void> }).subshellStarted;
    const policy = (comm as { commsOverSubshells?: string }).commsOverSubshells;
    if (this.kernel.supportsSubshells && started && policy !== 'disabled') {
      await started;
    }
    comm.open({});
    this.comm = comm;
  }

  private async register(): Promise<void> {
    const content: KernelMessage.IExecuteRequestMsg['content'] = {
      code: BOOTSTRAP,
      silent: true,
      store_history: false,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false
    };
    const reply = this.kernel.supportsSubshells
      ? await this.executeOnSubshell(content)
      : await this.kernel.requestExecute(content).done;
    if (reply?.content.status !== 'ok') {
      throw new Error('nbprod is not installed in this kernel');
    }
  }

  private async executeOnSubshell(
    content: KernelMessage.IExecuteRequestMsg['content']
  ): Promise<KernelMessage.IExecuteReplyMsg> {
    const { kernel } = this;
    const made = await kernel.requestCreateSubshell({}).done;
    const subshellId = (made as KernelMessage.ICreateSubshellReplyMsg).content.subshell_id;
    const message = KernelMessage.createMessage<KernelMessage.IExecuteRequestMsg>({
      msgType: 'execute_request',
      channel: 'shell',
      username: kernel.username,
      session: kernel.clientId,
      subshellId,
      content
    });
    try {
      return (await kernel.sendShellMessage(message, true, true).done) as KernelMessage.IExecuteReplyMsg;
    } finally {
      void kernel.requestDeleteSubshell({ subshell_id: subshellId }, true);
    }
  }

  private comm: Kernel.IComm | null = null;
  private readonly pending = new Map<number, (answer: Answer) => void>();
}
