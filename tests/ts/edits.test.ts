import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellChanges, compatible, Conflict, structuralEdits } from '../../jupyter_ext/src/edits';
import { lineIgnore } from '../../jupyter_ext/src/ignores';
import { range, toUtf16 } from '../../jupyter_ext/src/offsets';
import { quoted } from '../../jupyter_ext/src/panel/quoted';
import type { Fix } from '../../jupyter_ext/src/protocol.gen';
import { fix, insert, replace } from './cases';

const RECORDED = new URL('../data/fixes/', import.meta.url);

interface IRecorded {
  before: string[];
  fixes: Fix[];
  after: string[];
}

describe('what Python recorded', () => {
  for (const name of readdirSync(RECORDED)) {
    it(`is reproduced: ${name}`, () => {
      const { before, fixes, after } = JSON.parse(readFileSync(new URL(name, RECORDED), 'utf8')) as IRecorded;
      const texts = new Map(before.map((text, index) => [`cell-${index}`, text]));
      cellChanges(fixes, cell => texts.get(cell) ?? null).forEach(change => texts.set(change.cell, change.after));
      const cells = [...texts.values()];
      const inserted = structuralEdits(fixes).flatMap(edit => (edit.kind === 'insertCell' ? [edit] : []));
      inserted.sort((a, b) => b.before - a.before).forEach(edit => cells.splice(edit.before, 0, edit.source));
      expect(cells).toEqual(after);
    });
  }
});

describe('offsets', () => {
  it('count code points on the wire and UTF-16 units here', () => {
    expect(toUtf16('a😀b', 2)).toBe(3);
    expect(toUtf16('語語', 1)).toBe(1);
    expect(toUtf16('ab', 9)).toBe(2);
    expect(range('"😀"; x', { start: 5, end: 6 })).toEqual([6, 7]);
  });
});

describe('fixes', () => {
  const textOf = () => 'a = b + c';

  it('are made from the last to the first, in one cell', () => {
    const [change] = cellChanges([fix(replace('a', 0, 1, 'first')), fix(replace('a', 8, 9, 'last'))], textOf);
    expect(change.after).toBe('first = b + last');
    expect(change.replacements.map(r => r.start)).toEqual([8, 0]);
  });

  it('insert at one place in the order given, and the same text once', () => {
    const twice = [fix(replace('a', 0, 0, '1')), fix(replace('a', 0, 0, '1')), fix(replace('a', 0, 0, '2'))];
    expect(cellChanges(twice, textOf)[0].after).toBe('12a = b + c');
  });

  it('that overlap are refused, and left out where as many as fit are wanted', () => {
    const overlapping = [fix(replace('a', 0, 5, 'x')), fix(replace('a', 4, 6, 'y')), fix(replace('a', 8, 9, 'z'))];
    expect(() => cellChanges(overlapping, textOf)).toThrow(Conflict);
    expect(compatible(overlapping)).toEqual([overlapping[0], overlapping[2]]);
  });

  it('for a cell that is gone are refused', () => {
    expect(() => cellChanges([fix(replace('a', 0, 0, 'x'))], () => null)).toThrow('gone');
  });

  it('that ask for the same new cell get it once; another cell at that place waits', () => {
    const asked = [fix(insert(0, 'A')), fix(insert(0, 'A')), fix(insert(0, 'B'))];
    expect(compatible(asked)).toHaveLength(2);
    expect(structuralEdits(asked.slice(0, 2))).toHaveLength(1);
  });
});

describe('an ignore', () => {
  const put = (source: string, line: number, reason = '') => {
    const edit = lineIgnore(source, line, 'a-rule', reason);
    return edit && source.slice(0, edit.start) + edit.text + source.slice(edit.end);
  };

  it('goes to the end of its line, with its reason on one line', () => {
    expect(put('x = 1\ny = 2', 1, 'two\nlines')).toBe('x = 1  # nbprod: ignore[a-rule] -- two lines\ny = 2');
    expect(put('x = 1\n"😀" ', 2)).toBe('x = 1\n"😀"  # nbprod: ignore[a-rule] ');
  });

  it('joins the one that is there', () => {
    expect(put('x = 1  # nbprod: ignore[other] -- why', 1)).toBe('x = 1  # nbprod: ignore[other, a-rule] -- why');
  });

  it('is no comment in a magic, a continued line or a long string', () => {
    for (const [source, line] of [['%pip install x', 1], ['!ls', 1], ['x = \\\n 1', 1], ['"""\nx\n"""', 2], ['%%bash\nls', 2], ['', 1]]) {
      expect(put(source as string, line as number)).toBeNull();
    }
  });
});

describe('a message', () => {
  it('is code between backticks, and text else', () => {
    expect(quoted('use `a` not `b`')).toEqual([
      { text: 'use ', isCode: false },
      { text: 'a', isCode: true },
      { text: ' not ', isCode: false },
      { text: 'b', isCode: true }
    ]);
    expect(quoted('an odd ` one')).toEqual([{ text: 'an odd ` one', isCode: false }]);
    expect(quoted('`<img src=x onerror=alert(1)>`')).toEqual([{ text: '<img src=x onerror=alert(1)>', isCode: true }]);
  });
});
