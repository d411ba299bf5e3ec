import { describe, expect, it } from 'vitest';
import { filtered, grouped } from '../../jupyter_ext/src/panel/groups';
import { tally } from '../../jupyter_ext/src/panel/words';
import { beforeProduction, bySeverity, counts, FindingsStore, merged, untold } from '../../jupyter_ext/src/store';
import type { Fix, Report } from '../../jupyter_ext/src/protocol.gen';
import { Unanswered, within } from '../../jupyter_ext/src/transport';
import { finding, replace, span } from './cases';

const filled = (text: string, ...values: unknown[]) => text.replace(/%(\d)/g, (_, n) => String(values[n - 1]));
const trans = { __: filled, _n: (one: string, more: string, n: number) => filled(n === 1 ? one : more, n) };
const later = finding('later', { severity: 'info', productionSeverity: 'warning' });
const info = finding('info', { severity: 'info', productionSeverity: 'info' });
const error = finding('error', { severity: 'error', at: span('b', 3, 4, 1), dimension: 'data' });
const report = { findings: [info, later, error] } as unknown as Report;

describe('the store', () => {
  it('tells what is stale until a report of that very text comes', () => {
    const store = new FindingsStore();
    let told = 0;
    store.changed.connect(() => (told += 1));
    store.touch('a');
    store.touch('a');
    expect([told, store.stale.has('a')]).toEqual([1, true]);
    store.receive(report, { analyser: 'kernel', milliseconds: 3 }, ['b']);
    expect([...store.stale]).toEqual(['b']);
    expect(store.ofCell('b')).toEqual([error]);
  });

  it('keeps the fixes that were known until those of a new report are worked out', () => {
    const store = new FindingsStore();
    const fixed = (title: string, edits: Fix['edits']) => ({ title, safety: 'safe' as const, edits });
    const twice = [1, 5].map(start => finding('a', { at: span('a', start, start + 1), fixes: [fixed('x', [replace('a', start, start, 'y')])] }));
    const titles = (start: number) => finding('a', { at: span('a', start, start + 1), fixes: [fixed('x', [])] });
    store.receive({ findings: twice } as unknown as Report, { analyser: 'kernel', milliseconds: 3 }, []);
    store.receive({ findings: [titles(2), titles(6), titles(9)] } as unknown as Report, { analyser: 'kernel', milliseconds: 3 }, [], true);
    expect(store.findings.map(item => [item.at.start, item.fixes[0].edits])).toEqual([
      [2, twice[0].fixes[0].edits],
      [6, twice[1].fixes[0].edits],
      [9, []]
    ]);
    expect(store.isPartial).toBe(true);
    expect(store.again(twice[0])?.at.start).toBe(2);
    store.receive({ findings: twice } as unknown as Report, { analyser: 'kernel', milliseconds: 3 }, []);
    expect([store.isPartial, store.again(twice[1])]).toEqual([false, twice[1]]);
  });

  it('keeps the last report when the next one fails', () => {
    const store = new FindingsStore();
    store.receive(report, { analyser: 'kernel', milliseconds: 3 }, []);
    store.fail(new Unanswered('unreachable', '502'));
    expect([store.report, store.problem?.reason]).toEqual([report, 'unreachable']);
  });
});

it('a problem that a finding tells is not told again', () => {
  const problem = (stage: string, index: number | null) => ({ stage, cell: index === null ? null : { index, id: null } });
  const notice = finding('cell-not-analysable', { dimension: null, at: span('a', 0, 1, 2) });
  const problems = [problem('parse', 2), problem('parse', 3), problem('rule', 2), problem('settings', null)];
  const left = untold({ findings: [notice], problems } as unknown as Report);
  expect(left.map(({ stage, cell }) => [stage, cell?.index])).toEqual([['parse', 3], ['rule', 2], ['settings', undefined]]);
});

describe('findings', () => {
  it('are ordered, counted and merged by place', () => {
    expect([info, later, error].sort(bySeverity)).toEqual([error, later, info]);
    expect(counts([info, later, error])).toEqual({ error: 1, warning: 0, info: 2 });
    expect(merged([info, later, error])).toEqual([[error], [later, info]]);
    expect([info, later, error].filter(beforeProduction)).toEqual([later]);
  });

  it('are told in words, without what there is none of', () => {
    expect(tally([info, later, error, error], trans as never)).toBe('2 errors, 1 to mend before production, 1 note');
    expect(tally([], trans as never)).toBe('');
  });

  it('are grouped: what only informs is closed', () => {
    const apart = { ...info, at: span('c', 0, 1, 2) };
    const groups = grouped([apart, later, error], 'severity', trans as never);
    expect(groups.map(group => [group.key, group.isOpen])).toEqual([['error', true], ['later', true], ['info', false]]);
    expect(grouped([info, later], 'severity', trans as never).map(group => group.cards)).toEqual([[[later, info]]]);
    expect(grouped([error, info], 'cell', trans as never).map(group => group.title)).toEqual(['Cell 1', 'Cell 2']);
    expect(grouped([info, error], 'dimension', trans as never).map(group => group.key)).toEqual(['data', 'integration']);
  });

  it('are filtered by words, dimension and what they are in production', () => {
    const rules = (text: string, dimension: 'data' | null, minimum: 'info' | 'warning') =>
      filtered([info, later, error], { text, dimension, minimum }).map(item => item.rule);
    expect(rules('WRONG error', null, 'info')).toEqual(['error']);
    expect(rules('', 'data', 'info')).toEqual(['error']);
    expect(rules('', null, 'warning')).toEqual(['later', 'error']);
  });
});

describe('waiting', () => {
  it('ends at its time', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(within(never, 1, new Unanswered('busy'))).rejects.toMatchObject({ reason: 'busy' });
    await expect(within(Promise.resolve(3), 1000, new Unanswered('busy'))).resolves.toBe(3);
  });
});
