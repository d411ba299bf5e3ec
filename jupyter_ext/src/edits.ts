/** What a fix does to the cells, worked out on plain values: the model and the preview both use it. */
import { range } from './offsets';
import type { Edit, Fix, ReplaceText } from './protocol.gen';

/** One replacement in a text, by UTF-16 offsets. */
export interface IReplacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The part of a fix that concerns the text of one cell. */
export interface ICellChange {
  readonly cell: string;
  readonly before: string;
  readonly after: string;
  /** Last first, so that earlier offsets stay good while they are applied. */
  readonly replacements: readonly IReplacement[];
}

/** A fix does not fit the notebook as it is now. */
export class Conflict extends Error {
  constructor(readonly reason: 'gone' | 'edited' | 'moved' | 'overlap') {
    super(reason);
  }
}

/** The text changes of some fixes, by cell; identical replacements (the same import asked for twice) count once. */
export function cellChanges(fixes: readonly Fix[], textOf: (cell: string) => string | null): ICellChange[] {
  const found = new Map<string, IReplacement[]>();
  for (const edit of fixes.flatMap(textEdits)) {
    const cell = edit.span.cell.id ?? '';
    const text = textOf(cell);
    if (text === null) {
      throw new Conflict('gone');
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
      throw new Conflict('overlap');
    }
  }
  return { cell, before, after: ordered.reduce(replaced, before), replacements: ordered };
}

/** A text with one replacement made. */
export function replaced(text: string, { start, end, text: inserted }: IReplacement): string {
  return text.slice(0, start) + inserted + text.slice(end);
}

/** The edits that change more than the text of cells, each once. */
export function structuralEdits(fixes: readonly Fix[]): Exclude<Edit, ReplaceText>[] {
  const edits = fixes
    .flatMap(fix => fix.edits)
    .filter((edit): edit is Exclude<Edit, ReplaceText> => edit.kind !== 'replaceText');
  return [...new Map(edits.map(edit => [JSON.stringify(edit), edit])).values()];
}

/** As many of the fixes as fit together, in the order given. */
export function compatible(fixes: readonly Fix[]): Fix[] {
  const taken: Fix[] = [];
  const texts = new Map<string, ReplaceText[]>();
  const places = new Map<number, string>();
  for (const fix of fixes) {
    const edits = textEdits(fix);
    const inserts = fix.edits.flatMap(edit => (edit.kind === 'insertCell' ? [edit] : []));
    const fits =
      !edits.some(edit => texts.get(edit.span.cell.id ?? '')?.some(other => collide(edit, other))) &&
      inserts.every(edit => (places.get(edit.before) ?? edit.source) === edit.source);
    if (fits) {
      taken.push(fix);
      inserts.forEach(edit => places.set(edit.before, edit.source));
      for (const edit of edits) {
        const cell = edit.span.cell.id ?? '';
        texts.set(cell, [...(texts.get(cell) ?? []), edit]);
      }
    }
  }
  return taken;
}

function textEdits(fix: Fix): ReplaceText[] {
  return fix.edits.flatMap(edit => (edit.kind === 'replaceText' ? [edit] : []));
}

function collide(a: ReplaceText, b: ReplaceText): boolean {
  const same = a.span.start === b.span.start && a.span.end === b.span.end;
  if (same) {
    return a.text !== b.text && a.span.end > a.span.start;
  }
  return a.span.start < b.span.end && b.span.start < a.span.end;
}
