import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Settings } from '../../jupyter_ext/src/settings';
import { Unanswered } from '../../jupyter_ext/src/transport';

const report = { kind: 'report', analyser: 'server', milliseconds: 1, report: { findings: [] } };
const server = vi.fn<() => Promise<unknown>>();
const kernel = vi.fn<() => Promise<unknown>>();

vi.mock('../../jupyter_ext/src/serverTransport', () => ({ ServerTransport: class { ask = server; } }));
vi.mock('../../jupyter_ext/src/kernelTransport', () => ({
  KernelTransport: class {
    isReady = true;
    ask = kernel;
    open = () => Promise.resolve();
    dispose = () => undefined;
  }
}));
const { NotebookAnalysis } = await import('../../jupyter_ext/src/analysis');

/** The analysis of an empty notebook that somebody looks at, and what its kernel says of itself. */
function opened(settings = new Settings()) {
  const signal = () => new Signal<object, never>({});
  const statusChanged = new Signal<object, string>({});
  const kernelChanged = new Signal<object, undefined>({});
  const sharedModel = { getMetadata: () => ({}) };
  const model = { cells: Object.assign([], { changed: signal() }), metadataChanged: signal(), sharedModel };
  const notebook = {
    isDisposed: false,
    disposed: signal(),
    sessionContext: { kernelChanged, statusChanged, session: { kernel: { id: 'k' } } },
    context: { ready: Promise.resolve(), path: 'a.ipynb', pathChanged: signal(), model }
  };
  const analysis = new NotebookAnalysis(notebook as never, settings, {} as never, () => true);
  const tell = (status: string) => statusChanged.emit(status);
  return { analysis, tell, reconnect: () => kernelChanged.emit(undefined) };
}

beforeEach(() => {
  vi.stubGlobal('window', globalThis);
  vi.useFakeTimers();
  server.mockReset().mockResolvedValue(report);
  kernel.mockReset().mockResolvedValue({ ...report, analyser: 'kernel' });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the analysis of a notebook', () => {
  it('comes back by itself when the server is there again', async () => {
    server.mockRejectedValueOnce(new Unanswered('unreachable'));
    const { analysis } = opened();
    await vi.advanceTimersByTimeAsync(1000);
    expect([analysis.store.problem?.reason, analysis.store.report]).toEqual(['unreachable', null]);
    await vi.advanceTimersByTimeAsync(15000);
    expect([analysis.store.problem, analysis.store.origin?.analyser]).toEqual([null, 'server']);
    analysis.dispose();
  });

  it('is not asked for again and again where the analyser fails', async () => {
    server.mockRejectedValue(new Unanswered('failed', 'a bug'));
    const { analysis } = opened();
    await vi.advanceTimersByTimeAsync(60000);
    expect(server).toHaveBeenCalledTimes(1);
    analysis.dispose();
  });

  it('says that it is out of date where it follows no changes', async () => {
    const settings = new Settings();
    const { analysis } = opened(settings);
    await vi.advanceTimersByTimeAsync(1000);
    settings.live = false;
    server.mockClear();
    expect(analysis.isOutdated).toBe(false);
    let told = 0;
    analysis.store.changed.connect(() => (told += 1));
    analysis.invalidate();
    analysis.invalidate();
    await vi.advanceTimersByTimeAsync(60000);
    expect([analysis.isOutdated, told, server.mock.calls.length]).toEqual([true, 1, 0]);
    await analysis.refresh();
    expect([analysis.isOutdated, server.mock.calls.length]).toEqual([false, 1]);
    analysis.dispose();
  });

  it('forgets what a kernel said of its memory when that is restarted, and says so', async () => {
    const { analysis, tell, reconnect } = opened();
    await vi.advanceTimersByTimeAsync(1000);
    analysis.allowKernel(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(analysis.store.origin?.analyser).toBe('kernel');
    tell('restarting');
    tell('restarting');
    reconnect();
    tell('idle');
    await vi.advanceTimersByTimeAsync(2000);
    expect([analysis.store.origin?.analyser, analysis.store.fallback?.reason]).toEqual(['server', 'restarted']);
    analysis.dispose();
  });

  it('does not call a kernel busy that died while it was asked', async () => {
    const { analysis, tell } = opened();
    analysis.allowKernel(true);
    await vi.advanceTimersByTimeAsync(2000);
    kernel.mockImplementation(() => new Promise((_, reject) => setTimeout(() => reject(new Unanswered('busy')), 1200)));
    analysis.invalidate();
    await vi.advanceTimersByTimeAsync(900);
    tell('autorestarting');
    await vi.advanceTimersByTimeAsync(5000);
    expect([analysis.store.origin?.analyser, analysis.store.fallback?.reason]).toEqual(['server', 'restarted']);
    analysis.dispose();
  });
});
