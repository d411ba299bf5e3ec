/** What is known of one notebook: its report, how it came, and what has changed since. */
import { Signal } from '@lumino/signaling';
import type { Finding, Problem, Report, Severity } from './protocol.gen';
import type { Unanswered } from './transport';

/** Who made the report, "kernel" or "server", and in how many milliseconds. */
export interface IOrigin {
  readonly analyser: string;
  readonly milliseconds: number;
}

export class FindingsStore {
  readonly changed = new Signal<this, void>(this);

  report: Report | null = null;
  origin: IOrigin | null = null;
  /** Why nobody answered last time; null when somebody did. */
  problem: Unanswered | null = null;
  /** Why the kernel, though allowed to, did not answer. */
  fallback: Unanswered | null = null;
  /** The fixes of the report are those of the report before, or not worked out. */
  isPartial = false;
  /** The first answer is on its way. */
  isWaiting = false;
  /** Cells that were edited since the report was made. */
  readonly stale = new Set<string>();

  /**
   * Take a report. One whose fixes are not worked out yet is partial: what was found before keeps the fixes
   * that it had until then, so that nothing flickers.
   */
  receive(report: Report, origin: IOrigin, stale: readonly string[], isPartial = false): void {
    this.report = isPartial ? withFixes(report, this.findings) : report;
    this.isPartial = isPartial;
    this.origin = origin;
    this.problem = null;
    this.isWaiting = false;
    this.stale.clear();
    stale.forEach(cell => this.stale.add(cell));
    this.changed.emit();
  }

  /** The same finding in the last report, with its fixes as they are there; null when it is gone. */
  again(finding: Finding): Finding | null {
    const same = this.findings.filter(item => isSame(item, finding) && item.message === finding.message);
    return same.find(item => item.at.start === finding.at.start) ?? same.at(0) ?? null;
  }

  fail(problem: Unanswered): void {
    this.problem = problem;
    this.isPartial = false;
    this.isWaiting = false;
    this.changed.emit();
  }

  wait(): void {
    if (!this.report && !this.isWaiting) {
      this.isWaiting = true;
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

  ofCell(cell: string): readonly Finding[] {
    if (this.indexed !== this.report) {
      this.indexed = this.report;
      this.byCell = new Map();
      for (const finding of this.findings) {
        const id = finding.at.cell.id ?? '';
        this.byCell.set(id, [...(this.byCell.get(id) ?? []), finding]);
      }
    }
    return this.byCell.get(cell) ?? [];
  }

  private indexed: Report | null = null;
  private byCell = new Map<string, Finding[]>();
}

/** A report whose findings have the fixes of those that were found before. */
function withFixes(report: Report, known: readonly Finding[]): Report {
  const before = numbered(known);
  const findings = [...numbered(report.findings)].map(([name, finding]) => ({
    ...finding,
    fixes: before.get(name)?.fixes ?? finding.fixes
  }));
  return { ...report, findings };
}

/** Findings by what stays the same of them from report to report. */
function numbered(findings: readonly Finding[]): Map<string, Finding> {
  const seen = new Map<string, number>();
  const result = new Map<string, Finding>();
  for (const finding of findings) {
    const { rule, fingerprint, message, at } = finding;
    const name = JSON.stringify([rule, fingerprint, message, at.cell.id, at.output]);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    result.set(`${name}:${seen.get(name)}`, finding);
  }
  return result;
}

/** What only production would insist on: info here, worse there. */
export function beforeProduction(finding: Finding): boolean {
  return finding.severity === 'info' && finding.productionSeverity !== 'info';
}

const RANKS: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Worst first, then by place. */
export function bySeverity(a: Finding, b: Finding): number {
  return (
    RANKS[a.severity] - RANKS[b.severity] || RANKS[a.productionSeverity] - RANKS[b.productionSeverity] || byPlace(a, b)
  );
}

/** In the order of the notebook; what is found in the outputs of a cell comes after what is found in its text. */
export function byPlace(a: Finding, b: Finding): number {
  const output = (finding: Finding) => finding.at.output ?? -1;
  return a.at.cell.index - b.at.cell.index || output(a) - output(b) || a.at.start - b.at.start;
}

/** Whether two reports speak of the same finding. */
export function isSame(a: Finding, b: Finding | null): boolean {
  return a.rule === b?.rule && a.fingerprint === b.fingerprint && a.at.cell.id === b.at.cell.id;
}

/** The problems that no finding tells: `cell-not-analysable` says better what can't be parsed. */
export function untold({ findings, problems }: Report): Problem[] {
  const told = new Set(findings.flatMap(({ dimension, at }) => (dimension === null ? at.cell.index : [])));
  return problems.filter(({ stage, cell }) => stage !== 'parse' || !cell || !told.has(cell.index));
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
    const place = `${finding.at.cell.id}:${finding.at.output}:${finding.at.start}`;
    const card = cards.get(place);
    if (card) {
      card.push(finding);
    } else {
      cards.set(place, [finding]);
    }
  }
  return [...cards.values()];
}
