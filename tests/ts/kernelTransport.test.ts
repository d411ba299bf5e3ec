import { describe, expect, it, vi } from 'vitest';
import { BOOTSTRAP } from '../../jupyter_ext/src/bootstrap';
import type { AnalyseRequest } from '../../jupyter_ext/src/protocol.gen';

vi.mock('@jupyterlab/services', () => ({ KernelMessage: { createMessage: (options: unknown) => options } }));
const { KernelTransport } = await import('../../jupyter_ext/src/kernelTransport');

/** Has the kernel that was made last answer something. */
let answered: (data: object) => void;

/** A kernel with subshells, that notes what is done with it in which order. */
function kernel(calls: string[], options: { status?: string; language?: string } = {}) {
  const comm = {
    isDisposed: false,
    onMsg: undefined as unknown as (message: unknown) => void,
    subshellStarted: undefined as Promise<void> | undefined,
    open: () => void calls.push('open'),
    send: ({ revision }: AnalyseRequest) =>
      revision > 0 && comm.onMsg({ content: { data: { kind: 'report', revision, milliseconds: 3 } } }),
    close: () => void calls.push('close')
  };
  answered = data => comm.onMsg({ content: { data } });
  const reply = { content: { status: options.status ?? 'ok', evalue: 'no module', subshell_id: 's' } };
  return {
    info: Promise.resolve({ language_info: { name: options.language ?? 'python' } }),
    supportsSubshells: true,
    isDisposed: false,
    requestCreateSubshell: () => ({ done: Promise.resolve(reply) }),
    requestDeleteSubshell: () => void calls.push('delete subshell'),
    sendShellMessage: (message: { content: { code: string; silent: boolean }; subshellId: string }) => {
      calls.push(`execute on ${message.subshellId}`);
      expect([message.content.code, message.content.silent]).toEqual([BOOTSTRAP, true]);
      return { done: Promise.resolve(reply) };
    },
    createComm: () => {
      calls.push('create comm');
      comm.subshellStarted = new Promise(started => setTimeout(started, 5)).then(() => void calls.push('subshell started'));
      return comm;
    }
  } as never;
}

describe('the line to the kernel', () => {
  it('opens the comm only after its subshell has started', async () => {
    const calls: string[] = [];
    const transport = new KernelTransport(kernel(calls));
    await transport.open();
    expect(calls).toEqual(['execute on s', 'delete subshell', 'create comm', 'subshell started', 'open']);
    await expect(transport.ask({ revision: 4 } as AnalyseRequest)).resolves.toMatchObject({ revision: 4 });
    transport.dispose();
    expect(calls.at(-1)).toBe('close');
  });

  it('pauses after an answer that did not come', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const transport = new KernelTransport(kernel([]));
    await transport.open();
    const asked = expect(transport.ask({ revision: 0 } as AnalyseRequest)).rejects.toMatchObject({ reason: 'busy' });
    await vi.advanceTimersByTimeAsync(2000);
    await asked;
    expect(transport.isReady).toBe(false);
    await vi.advanceTimersByTimeAsync(10000);
    expect(transport.isReady).toBe(true);
    vi.useRealTimers();
  });

  it('gives a slow kernel more time once a late answer came', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const late = kernel([]);
    const transport = new KernelTransport(late);
    await transport.open();
    const asked = expect(transport.ask({ revision: 0 } as AnalyseRequest)).rejects.toMatchObject({ reason: 'busy' });
    await vi.advanceTimersByTimeAsync(2000);
    await asked;
    answered({ kind: 'report', revision: 0, milliseconds: 1800 });
    expect(transport.isReady).toBe(true);
    const again = transport.ask({ revision: -1 } as AnalyseRequest);
    await vi.advanceTimersByTimeAsync(2000);
    answered({ kind: 'report', revision: -1, milliseconds: 1700 });
    await expect(again).resolves.toMatchObject({ revision: -1 });
    vi.useRealTimers();
  });

  it('says why a kernel can not answer', async () => {
    const other = new KernelTransport(kernel([], { language: 'R' }));
    await expect(other.open()).rejects.toMatchObject({ reason: 'language', detail: 'R' });
    const without = new KernelTransport(kernel([], { status: 'error' }));
    await expect(without.open()).rejects.toMatchObject({ reason: 'absent', detail: 'no module' });
  });
});
