/** What is known of one notebook: its report, how it came, and what has changed since. */
import { Signal } from '@lumino/signaling';
import type { Finding, Report, Severity } from './protocol.gen';

export type Phase = 'idle' | 'waiting' | 'ready' | 'failed';

export class FindingsStore {
  readonly changed = new Signal<this, void>(this);

  report: Report | null = null;
  phase: Phase = 'idle';
  /** Who answered last, or what to do about a failure. */
  note = '';
  /** Cells that were edited since the report was made. */
  readonly stale = new Set<string>();

  receive(report: Report, analyser: string, milliseconds: number): void {
    this.report = report;
    this.phase = 'ready';
    this.note = `${analyser}|${milliseconds}`;
    this.changed.emit();
  }

  fail(message: string): void {
    this.phase = 'failed';
    this.note = message;
    this.changed.emit();
  }

  wait(): void {
    if (this.phase !== 'ready') {
      this.phase = 'waiting';
      this.changed.emit();
    }
  }

  touch(cell: string): void {
    if (!this.stale.has(cell)) {
      this.stale.add(cell);
      this.changed.emit();
    }
  }

  get findings(): readonly Finding[] {
    return this.report?.findings ?? [];
  }

  ofCell(cell: string): Finding[] {
    return this.findings.filter(finding => finding.at.cell.id === cell);
  }
}

/** What only production would insist on: info here, worse there. */
export function beforeProduction(finding: Finding): boolean {
  return finding.severity === 'info' && finding.productionSeverity !== 'info';
}

const RANKS: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Worst first, then by place. */
export function bySeverity(a: Finding, b: Finding): number {
  return (
    RANKS[a.severity] - RANKS[b.severity] ||
    RANKS[a.productionSeverity] - RANKS[b.productionSeverity] ||
    a.at.cell.index - b.at.cell.index ||
    a.at.start - b.at.start
  );
}

/** How many findings there are of each severity. */
export function counts(findings: readonly Finding[]): Record<Severity, number> {
  const result: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  findings.forEach(finding => result[finding.severity]++);
  return result;
}

/** Findings that stand at the same place, as one card: the worst first, the others folded in. */
export function merged(findings: readonly Finding[]): Finding[][] {
  const cards = new Map<string, Finding[]>();
  for (const finding of [...findings].sort(bySeverity)) {
    const place = `${finding.at.cell.id}:${finding.at.start}`;
    cards.set(place, [...(cards.get(place) ?? []), finding]);
  }
  return [...cards.values()];
}
