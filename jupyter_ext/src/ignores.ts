/** Where a comment that ignores a rule goes: on plain text. */
import type { IReplacement } from './edits';

/** What an ignore speaks for. */
export type Scope = 'line' | 'cell' | 'notebook';

/**
 * The edit that puts an ignore at the end of a line (from 1), or adds the rule to the one that is there.
 * Null where a comment would not be one: in a magic, a continued line or a string over several lines.
 */
export function lineIgnore(source: string, line: number, rule: string, reason: string): IReplacement | null {
  const lines = source.split('\n');
  const text = lines.at(line - 1);
  if (text === undefined || !text.trim() || /^\s*[%!?]|\?\s*$|\\\s*$/.test(text)) {
    return null;
  }
  const before = lines.slice(0, line - 1).join('\n');
  if (/'''|"""/.test(text) || (before.match(/'''|"""/g)?.length ?? 0) % 2 === 1 || /^\s*%%/.test(source)) {
    return null;
  }
  const start = before.length + (line > 1 ? 1 : 0);
  const known = /#\s*nbprod:\s*ignore\[[^\]]*/.exec(text);
  if (known) {
    const end = start + known.index + known[0].length;
    return { start: end, end, text: `, ${rule}` };
  }
  const because = reason.replace(/\s+/g, ' ').trim();
  const end = start + text.replace(/\s+$/, '').length;
  return { start: end, end, text: `  # nbprod: ignore[${rule}]${because ? ` -- ${because}` : ''}` };
}
