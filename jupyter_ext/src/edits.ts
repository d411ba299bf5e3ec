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
  /** The place of the cell in the notebook, from 0. */
  readonly index: number;
  readonly before: string;
  readonly after: string;
  /** Last first, so that earlier offsets stay good while they are applied. */
  readonly replacements: readonly IReplacement[];
}

/** A fix does not fit the notebook as it is now. */
export class Conflict extends Error {
  constructor(readonly reason: 'gone' | 'edited' | 'locked' | 'moved' | 'overlap' | 'plain' | 'later' | 'unknown') {
    super(reason);
  }
}

/** Whether what keeps a fix from being made goes away once the notebook is analysed again. */
export function isPassing(error: unknown): boolean {
  return error instanceof Conflict && ['edited', 'moved', 'unknown'].includes(error.reason);
}

/** The text changes of a fix, by cell. */
export function cellChanges(fix: Fix, textOf: (cell: string) => string | null): ICellChange[] {
  const found = new Map<string, { index: number; replacements: IReplacement[] }>();
  for (const edit of fix.edits) {
    if (edit.kind === 'replaceText') {
      const { index, id } = edit.span.cell;
      const cell = id ?? '';
      const text = textOf(cell);
      if (text === null) {
        throw new Conflict('gone');
      }
      const [start, end] = range(text, edit.span);
      const { replacements } = found.get(cell) ?? { replacements: [] };
      found.set(cell, { index, replacements: [...replacements, { start, end, text: edit.text }] });
    }
  }
  return [...found].map(([cell, { index, replacements }]) => ({
    cell,
    index,
    ...change(textOf(cell) ?? '', replacements)
  }));
}

function change(before: string, replacements: IReplacement[]): Omit<ICellChange, 'cell' | 'index'> {
  // Sorting is stable: insertions at one place keep their order, and are applied from the last.
  const ordered = [...replacements].sort((a, b) => a.start - b.start || a.end - b.end).reverse();
  for (let i = 1; i < ordered.length; i++) {
    if (ordered[i].end > ordered[i - 1].start) {
      throw new Conflict('overlap');
    }
  }
  return { before, after: ordered.reduce(replaced, before), replacements: ordered };
}

/** A text with one replacement made. */
export function replaced(text: string, { start, end, text: inserted }: IReplacement): string {
  return text.slice(0, start) + inserted + text.slice(end);
}

/** An edit that changes more than the text of a cell. */
export type StructuralEdit = Exclude<Edit, ReplaceText>;

export function structuralEdits(fix: Fix): StructuralEdit[] {
  return fix.edits.filter((edit): edit is StructuralEdit => edit.kind !== 'replaceText');
}

/** Metadata in which the value at a path of keys is another one. */
export function withValue(current: unknown, path: readonly string[], value: unknown): unknown {
  if (!path.length) {
    return value;
  }
  if (current !== undefined && (typeof current !== 'object' || current === null || Array.isArray(current))) {
    throw new Conflict('plain'); // nothing can be set inside of a plain value
  }
  const [key, ...rest] = path;
  const object = (current ?? {}) as Record<string, unknown>;
  return { ...object, [key]: withValue(object[key], rest, value) };
}
