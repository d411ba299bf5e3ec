/** What a fix does to the cells, worked out on plain values: the model and the preview both use it. */
import { range } from './offsets';
import type { Edit, Fix } from './protocol.gen';

/** One replacement in a text, by UTF-16 offsets. */
export interface IReplacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The part of a fix that concerns one cell. */
export interface ICellChange {
  readonly cell: string;
  readonly before: string;
  readonly after: string;
  /** Last first, so that earlier offsets stay good while they are applied. */
  readonly replacements: readonly IReplacement[];
}

/** A fix that does not fit the notebook as it is now. */
export class Conflict extends Error {}

/** The text changes of some fixes, by cell; identical replacements (the same import asked for twice) count once. */
export function cellChanges(fixes: readonly Fix[], textOf: (cell: string) => string | null): ICellChange[] {
  const found = new Map<string, IReplacement[]>();
  for (const edit of fixes.flatMap(fix => fix.edits)) {
    if (edit.kind !== 'replaceText') {
      continue;
    }
    const cell = edit.span.cell.id ?? '';
    const text = textOf(cell);
    if (text === null) {
      throw new Conflict('the cell is no longer there');
    }
    const [start, end] = range(text, edit.span);
    const list = found.get(cell) ?? [];
    if (!list.some(other => other.start === start && other.end === end && other.text === edit.text)) {
      list.push({ start, end, text: edit.text });
    }
    found.set(cell, list);
  }
  return [...found].map(([cell, replacements]) => change(cell, textOf(cell) ?? '', replacements));
}

function change(cell: string, before: string, replacements: IReplacement[]): ICellChange {
  // Sorting is stable: insertions at one place keep their order, and are applied from the last.
  const ordered = [...replacements].sort((a, b) => a.start - b.start || a.end - b.end).reverse();
  for (let i = 1; i < ordered.length; i++) {
    if (ordered[i].end > ordered[i - 1].start) {
      throw new Conflict('two fixes change the same place');
    }
  }
  const after = ordered.reduce((text, r) => text.slice(0, r.start) + r.text + text.slice(r.end), before);
  return { cell, before, after, replacements: ordered };
}

/** The edits that change more than the text of cells, each once. */
export function structuralEdits(fixes: readonly Fix[]): Edit[] {
  const seen = new Set<string>();
  return fixes
    .flatMap(fix => fix.edits)
    .filter(edit => edit.kind !== 'replaceText' && !seen.has(JSON.stringify(edit)) && seen.add(JSON.stringify(edit)));
}

/** As many of the fixes as fit together, in the order given. */
export function compatible(fixes: readonly Fix[], textOf: (cell: string) => string | null): Fix[] {
  const taken: Fix[] = [];
  const places = new Set<number>();
  for (const fix of fixes) {
    const cells = structuralEdits([fix]).flatMap(edit => (edit.kind === 'insertCell' ? [edit.before] : []));
    try {
      cellChanges([...taken, fix], textOf);
    } catch {
      continue;
    }
    if (!cells.some(place => places.has(place))) {
      cells.forEach(place => places.add(place));
      taken.push(fix);
    }
  }
  return taken;
}
