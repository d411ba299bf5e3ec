import { describe, expect, it } from 'vitest';
import { cellChanges, Conflict } from '../../jupyter_ext/src/edits';
import { lineIgnore } from '../../jupyter_ext/src/ignores';
import { range, toUtf16 } from '../../jupyter_ext/src/offsets';
import { plain, quoted } from '../../jupyter_ext/src/panel/quoted';
import { fix, replace } from './cases';

describe('offsets', () => {
  it('count code points on the wire and UTF-16 units here', () => {
    expect(toUtf16('a😀b', 2)).toBe(3);
    expect(toUtf16('語語', 1)).toBe(1);
    expect(toUtf16('ab', 9)).toBe(2);
    expect(range('"😀"; x', { start: 5, end: 6 })).toEqual([6, 7]);
  });
});

describe('a fix', () => {
  const textOf = () => 'a = b + c';

  it('is made from the last to the first, in one cell', () => {
    const [change] = cellChanges(fix(replace('a', 0, 1, 'first'), replace('a', 8, 9, 'last')), textOf);
    expect(change.after).toBe('first = b + last');
    expect(change.replacements.map(r => r.start)).toEqual([8, 0]);
  });

  it('inserts at one place in the order given', () => {
    expect(cellChanges(fix(replace('a', 0, 0, '1'), replace('a', 0, 0, '2')), textOf)[0].after).toBe('12a = b + c');
  });

  it('that overlaps itself is refused', () => {
    expect(() => cellChanges(fix(replace('a', 0, 5, 'x'), replace('a', 4, 6, 'y')), textOf)).toThrow(Conflict);
  });

  it('for a cell that is gone is refused', () => {
    expect(() => cellChanges(fix(replace('a', 0, 0, 'x')), () => null)).toThrow('gone');
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
    expect(plain('Assign to `a`, not `b`')).toBe('Assign to a, not b');
    expect(quoted('an odd ` one')).toEqual([{ text: 'an odd ` one', isCode: false }]);
    expect(quoted('`<img src=x onerror=alert(1)>`')).toEqual([{ text: '<img src=x onerror=alert(1)>', isCode: true }]);
    // Neither turns what follows round nor colours it; joined emoji and letters of any language stay.
    expect(plain('a\u202egpj.exe \u001b[31m👩‍🔬 é')).toBe('a•gpj.exe •[31m👩‍🔬 é');
  });
});
