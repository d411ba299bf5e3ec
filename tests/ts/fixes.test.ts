import { readdirSync, readFileSync } from 'node:fs';
import { YNotebook } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';
import type { NotebookAnalysis } from '../../jupyter_ext/src/analysis';
import { apply, fits, ignore } from '../../jupyter_ext/src/fixes';
import type { Edit, SetMetadata } from '../../jupyter_ext/src/protocol.gen';
import { finding, fix, replace, span } from './cases';

const RECORDED = new URL('../data/fixes/', import.meta.url);

type Document = ReturnType<YNotebook['toJSON']>;

interface IRecorded {
  before: Document;
  edits: Edit[];
  after: Document;
}

const CODE = { cell_type: 'code', source: 'x = 1', metadata: {}, outputs: [], execution_count: null };

/** A notebook as JupyterLab holds it, and an analysis for which all of it is current, unless said otherwise. */
function opened(cells: object[], stale: object = {}): { notebook: YNotebook; analysis: NotebookAnalysis } {
  const notebook = new YNotebook({ disableDocumentWideUndoRedo: true });
  const named = cells.map((cell, index) => ({ id: `cell-${index}`, ...CODE, ...cell }));
  notebook.fromJSON({ cells: named, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  const cell = (id: string) => notebook.cells.find(item => item.id === id) ?? null;
  const analysis = {
    notebook: { context: { model: { sharedModel: notebook } } },
    isCurrent: () => true,
    worked: { isCurrent: () => true, isOrderCurrent: true, isMetadataCurrent: true, ...stale },
    textOf: (id: string) => cell(id)?.getSource() ?? null,
    cellModel: (id: string) => {
      const found = cell(id);
      return found && { type: found.cell_type, getMetadata: (key: string) => found.getMetadata(key) as unknown };
    }
  };
  return { notebook, analysis: analysis as never };
}

/** A notebook without the ids that new cells got, which are random here. */
function comparable({ cells, metadata }: Document): unknown {
  const kept = cells.map(({ id, ...cell }) => [(id as string).startsWith('cell-') ? id : 'new', cell]);
  return JSON.parse(JSON.stringify({ kept, metadata }));
}

const set = (path: string[], value: SetMetadata['value']): SetMetadata => ({ kind: 'setMetadata', cell: null, path, value });

describe('what Python recorded', () => {
  for (const name of readdirSync(RECORDED)) {
    it(`is reproduced and undone in one step: ${name}`, () => {
      const { before, edits, after } = JSON.parse(readFileSync(new URL(name, RECORDED), 'utf8')) as IRecorded;
      const { notebook, analysis } = opened(before.cells);
      const done = apply(analysis, { ...fix(), edits });
      expect(comparable(notebook.toJSON())).toEqual(comparable(after));
      if (done) {
        done.undo();
      } else {
        notebook.cells.find(cell => cell.canUndo())?.undo();
      }
      expect(comparable(notebook.toJSON())).toEqual(comparable(before));
    });
  }
});

describe('a fix', () => {
  it('of several cells is not undone over what was done later', () => {
    const { notebook, analysis } = opened([{}, {}]);
    const done = apply(analysis, fix(replace('cell-0', 0, 1, 'a'), replace('cell-1', 0, 1, 'b')));
    notebook.deleteCell(1);
    expect(done?.isInHistory).toBe(true);
    expect(() => done?.undo()).toThrow('later');
    expect(notebook.cells.map(cell => cell.getSource())).toEqual(['a = 1']);
  });

  it('of metadata is undone, too, unless they were changed later', () => {
    const { notebook, analysis } = opened([{}]);
    notebook.setMetadata('nbprod', { note: 'mine' });
    const done = apply(analysis, fix(set(['nbprod', 'owner'], 'anna')));
    expect(notebook.getMetadata('nbprod')).toEqual({ note: 'mine', owner: 'anna' });
    done?.undo();
    expect(notebook.getMetadata('nbprod')).toEqual({ note: 'mine' });
    const again = apply(analysis, fix(set(['nbprod', 'owner'], 'anna')));
    notebook.setMetadata('nbprod', { owner: 'ben' });
    expect(() => again?.undo()).toThrow('later');
  });

  it('does not overwrite metadata of another kind', () => {
    const { notebook, analysis } = opened([{}]);
    notebook.setMetadata('nbprod', 'a text');
    expect(() => apply(analysis, fix(set(['nbprod', 'owner'], 'anna')))).toThrow('plain');
    expect(notebook.getMetadata('nbprod')).toBe('a text');
  });

  const cell = { index: 0, id: 'cell-0' };
  const edits: [string, Edit, object][] = [
    ['text', replace('cell-0', 0, 1, 'y'), { isCurrent: (_: string, part = 'text') => part !== 'text' }],
    ['outputs', { kind: 'clearOutputs', cell }, { isCurrent: (_: string, part: string) => part !== 'outputs' }],
    ['metadata', { ...set(['tags'], ['a']), cell }, { isCurrent: (_: string, part: string) => part !== 'metadata' }],
    ['deleted cell', { kind: 'deleteCell', cell }, { isCurrent: (_: string, part = 'text') => part !== 'text' }],
    ["notebook's metadata", set(['a'], 'b'), { isMetadataCurrent: false }],
    ['new cell', { kind: 'insertCell', before: 0, cellType: 'code', source: '', tags: [] }, { isOrderCurrent: false }]
  ];
  it.each(edits)('of what changed meanwhile is refused: %s', (_, edit, stale) => {
    const { notebook, analysis } = opened([{}], stale);
    const before = notebook.toJSON();
    expect(() => apply(analysis, fix(edit))).toThrow(/edited|moved/);
    expect(notebook.toJSON()).toEqual(before);
  });
});

it('a fix that was worked out for an older text is refused, though the last report is of this one', () => {
  const { notebook, analysis } = opened([{}]);
  const older = { isCurrent: () => false } as never;
  expect(fits(analysis, fix(replace('cell-0', 0, 1, 'y')), older)).toBe(false);
  expect(() => apply(analysis, fix(replace('cell-0', 0, 1, 'y')), older)).toThrow('edited');
  expect(notebook.cells[0].getSource()).toBe('x = 1');
});

describe('a locked cell', () => {
  const locked = { metadata: { editable: false, deletable: false } };

  it.each<[string, Edit]>([
    ['edited', replace('cell-1', 0, 1, 'y')],
    ['deleted', { kind: 'deleteCell', cell: { index: 1, id: 'cell-1' } }]
  ])('is not %s, nor is anything else that belongs to the fix done', (_, edit) => {
    const { notebook, analysis } = opened([{}, locked]);
    const before = notebook.toJSON();
    expect(() => apply(analysis, fix(replace('cell-0', 0, 1, 'y'), edit))).toThrow('locked');
    expect(notebook.toJSON()).toEqual(before);
  });

  it('gets no comment, but may be tagged', () => {
    const { notebook, analysis } = opened([locked]);
    const found = finding('a-rule', { at: span('cell-0', 0, 1) });
    expect(() => ignore(analysis, found, '', 'line')).toThrow('locked');
    ignore(analysis, found, '', 'cell');
    expect(notebook.cells[0].getMetadata('tags')).toEqual(['nbprod-ignore-a-rule']);
  });
});

describe('an ignore', () => {
  const found = finding('a-rule', { at: span('cell-0', 0, 1) });

  it('in a cell is a tag, beside those that are there, and undone', () => {
    const { notebook, analysis } = opened([{ metadata: { tags: ['keep'] } }]);
    const done = ignore(analysis, found, '', 'cell');
    expect(notebook.cells[0].getMetadata('tags')).toEqual(['keep', 'nbprod-ignore-a-rule']);
    expect(done?.isInHistory).toBe(true);
    notebook.undo();
    expect(notebook.cells[0].getMetadata('tags')).toEqual(['keep']);
  });

  it('on a line is a comment in code, and a tag elsewhere', () => {
    const { notebook, analysis } = opened([{}, { cell_type: 'markdown', source: 'x' }]);
    expect(ignore(analysis, found, 'why', 'line')).toBeNull();
    ignore(analysis, { ...found, at: span('cell-1', 0, 1, 1) }, 'why', 'line');
    expect(notebook.cells[0].getSource()).toBe('x = 1  # nbprod: ignore[a-rule] -- why');
    expect(notebook.cells[1].getMetadata('tags')).toEqual(['nbprod-ignore-a-rule']);
  });

  it('in the notebook is kept in its metadata, and undone', () => {
    const { notebook, analysis } = opened([{}]);
    const done = ignore(analysis, found, ' why ', 'notebook');
    expect(notebook.getMetadata('nbprod')).toEqual({ ignore: { 'a-rule': 'why' } });
    done?.undo();
    expect(notebook.getMetadata('nbprod')).toBeUndefined();
  });
});
