/** What rules read of outputs: their text. Pictures stay here, and long texts are cut, so that sending takes no time. */

/** An output, as nbformat has it. */
export type Output = { readonly [key: string]: unknown };

/** The members of an output that hold text of any length; `data` holds some by type. */
const LONG = ['text', 'evalue', 'traceback'];

/** Characters of text that are sent of one cell. */
export const LONGEST = 20000;

/** The outputs of a cell, of whose text `longest` characters are kept, and how many those are. Each keeps its place. */
export function readable(outputs: readonly Output[], longest = LONGEST): { outputs: Output[]; length: number } {
  let left = longest;
  const cut = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const kept = value.slice(0, left);
      left -= kept.length;
      return kept;
    }
    return Array.isArray(value) ? value.map(cut) : value;
  };
  const text = (data: Output) =>
    mapped(data, (value, type) => (type.startsWith('text/') ? cut(value) : ''));
  const kept = outputs.map(({ metadata, ...output }) =>
    mapped(output, (value, key) => (LONG.includes(key) ? cut(value) : isObject(value) ? text(value) : value))
  );
  return { outputs: kept, length: longest - left };
}

function mapped(object: Output, change: (value: unknown, key: string) => unknown): Output {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function isObject(value: unknown): value is Output {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
