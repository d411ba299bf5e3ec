/** How the list is divided: pure, so that it tests without a browser. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Dimension, Finding, Severity } from '../protocol.gen';
import { beforeProduction, bySeverity, merged } from '../store';
import { dimension } from './words';

export type Grouping = 'severity' | 'rule' | 'cell' | 'dimension';

export interface IFilter {
  text: string;
  dimension: Dimension | null;
  minimum: Severity;
}

export interface IGroup {
  key: string;
  title: string;
  /** Groups that only inform start closed. */
  isOpen: boolean;
  cards: Finding[][];
}

const RANKS: Record<Severity, number> = { info: 0, warning: 1, error: 2 };

/** The findings that a filter lets through. What production would insist on counts as what it is there. */
export function filtered(findings: readonly Finding[], filter: IFilter): Finding[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter(finding => {
    const worst = Math.max(RANKS[finding.severity], RANKS[finding.productionSeverity]);
    const text = `${finding.rule} ${finding.message} ${finding.dimension ?? ''}`.toLowerCase();
    return (
      worst >= RANKS[filter.minimum] &&
      (filter.dimension === null || finding.dimension === filter.dimension) &&
      words.every(word => text.includes(word))
    );
  });
}

export function grouped(findings: readonly Finding[], by: Grouping, trans: TranslationBundle): IGroup[] {
  const groups = new Map<string, IGroup & { order: number }>();
  for (const card of carded(findings, by)) {
    const [key, title, order] = by === 'rule' ? [card[0].rule, card[0].rule, 0] : group(card[0], by, trans);
    const found = groups.get(key) ?? { key, title, order, isOpen: by !== 'severity' || key !== 'info', cards: [] };
    found.cards.push(card);
    groups.set(key, found);
  }
  return [...groups.values()].sort((a, b) => a.order - b.order);
}

/** One card a place: it stands where its worst finding belongs. A dimension, or a rule, lists only what is its own. */
function carded(findings: readonly Finding[], by: Grouping): Finding[][] {
  if (by !== 'dimension' && by !== 'rule') {
    return merged(findings);
  }
  const owners = new Map<string | null, Finding[]>();
  for (const finding of [...findings].sort(bySeverity)) {
    owners.set(finding[by], [...(owners.get(finding[by]) ?? []), finding]);
  }
  return [...owners.values()].flatMap(merged);
}

const DIMENSIONS: readonly Dimension[] = [
  'ideal-conditions',
  'data',
  'evaluation',
  'integration',
  'operations',
  'ownership',
  'maintenance',
  'trust',
  'demo-gap'
];

function group(finding: Finding, by: Exclude<Grouping, 'rule'>, trans: TranslationBundle): [string, string, number] {
  if (by === 'cell') {
    const { index } = finding.at.cell;
    return [String(index), trans.__('Cell %1', index + 1), index];
  }
  if (by === 'dimension') {
    const name = finding.dimension;
    return name
      ? [name, dimension(name, trans), DIMENSIONS.indexOf(name)]
      : ['', trans.__('About the analysis'), DIMENSIONS.length];
  }
  if (beforeProduction(finding)) {
    return ['later', trans.__('Before production'), 2];
  }
  const titles = { error: trans.__('Errors'), warning: trans.__('Warnings'), info: trans.__('Good to know') };
  return [finding.severity, titles[finding.severity], { error: 0, warning: 1, info: 3 }[finding.severity]];
}
