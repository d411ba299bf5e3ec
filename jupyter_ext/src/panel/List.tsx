/** The findings of one notebook: headline, filters, groups of cards, and how they came about. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NotebookAnalysis } from '../analysis';
import { preferredFix, safeFixes } from '../fixes';
import type { Finding, Live, Report } from '../protocol.gen';
import type { Settings } from '../settings';
import { FindingsStore, isSame, merged, untold } from '../store';
import { Card, ICardActions } from './Card';
import { filtered, Grouping, grouped, IGroup } from './groups';
import { Score } from './Score';
import { useKept, View } from './view';
import { fallback, tally } from './words';

interface IProps {
  analysis: NotebookAnalysis;
  report: Report;
  settings: Settings;
  view: View;
  actions: ICardActions;
  applyAllSafe(): void;
  askKernel(): void;
  trans: TranslationBundle;
}

export function List(props: IProps): React.JSX.Element {
  const { report, settings, view, trans } = props;
  const [text, setText] = useKept(view, 'text');
  const [dimension, setDimension] = useKept(view, 'dimension');
  const [grouping, setGrouping] = useKept(view, 'grouping');
  const all = report.findings;
  const shown = filtered(all, { text, dimension, minimum: settings.minimumSeverity });
  const groups = grouped(shown, grouping, trans);
  const fixable = React.useMemo(() => countFixable(all), [all]);
  const safe = React.useMemo(() => safeFixes(all).length, [all]);
  return (
    <>
      {report.scores && (
        <Score scores={report.scores} selected={dimension} select={setDimension} trans={trans} />
      )}
      <div className="nbprod-Tools">
        <input
          type="search"
          value={text}
          placeholder={trans.__('Filter findings')}
          aria-label={trans.__('Filter findings')}
          onChange={event => setText(event.target.value)}
        />
        <select
          value={grouping}
          aria-label={trans.__('Group by')}
          onChange={event => setGrouping(event.target.value as Grouping)}
        >
          <option value="severity">{trans.__('by severity')}</option>
          <option value="rule">{trans.__('by rule')}</option>
          <option value="cell">{trans.__('by cell')}</option>
          <option value="dimension">{trans.__('by dimension')}</option>
        </select>
        {safe > 0 && (
          <button type="button" onClick={props.applyAllSafe}>
            {trans._n('Apply %1 safe fix', 'Apply all %1 safe fixes', safe)}
          </button>
        )}
      </div>
      <p className="nbprod-Summary" role="status" aria-live="polite" tabIndex={-1}>
        {summary(shown, all.length, merged(shown).length, trans)}
      </p>
      {groups.map(group => (
        <Group key={`${grouping}:${group.key}`} group={group} fixable={fixable} {...props} />
      ))}
      <Footer {...props} />
    </>
  );
}

/** Cards that a group shows at first, and more at each request: thousands of findings must not stop the page. */
const SOME = 40;

function Group(props: IProps & { group: IGroup; fixable: ReadonlyMap<string, number> }): React.JSX.Element {
  const { group, analysis, view, fixable, actions, trans } = props;
  const { stale } = analysis.store;
  const isMarked = (card: readonly Finding[]) => card.some(finding => isSame(finding, view.marked));
  const marked = group.cards.findIndex(isMarked);
  const hasMarked = marked >= 0;
  const [chosen, setSize] = React.useState(view.sizes.get(group.key) ?? SOME);
  const size = Math.max(chosen, marked + 1);
  const remaining = group.cards.length - size;
  const node = React.useRef<HTMLDetailsElement>(null);
  React.useLayoutEffect(() => {
    // When the keyboard goes to one of its findings, and not later: somebody may close the group again.
    if (hasMarked && node.current) {
      node.current.open = true;
    }
  }, [view.marked, hasMarked]);
  const showMore = () => {
    view.sizes.set(group.key, size + SOME);
    setSize(size + SOME);
  };
  return (
    <details
      ref={node}
      className="nbprod-Group"
      open={view.isOpen.get(group.key) ?? group.isOpen}
      onToggle={event => view.isOpen.set(group.key, event.currentTarget.open)}
    >
      <summary>
        {group.title} <span className="nbprod-Group-count">{group.cards.length}</span>
      </summary>
      <ul>
        {keyed(group.cards.slice(0, size)).map(([key, card]) => (
          <Card
            key={key}
            findings={card}
            isStale={stale.has(card[0].at.cell.id ?? '')}
            isMarked={isMarked(card)}
            fixable={fixable}
            actions={actions}
            trans={trans}
          />
        ))}
      </ul>
      {remaining > 0 && (
        <button type="button" className="nbprod-Group-more" onClick={showMore}>
          {trans._n('Show %1 more', 'Show %1 more', Math.min(remaining, SOME))}
        </button>
      )}
    </details>
  );
}

/** Cards with keys that stay when text above them changes, so that focus and open previews stay, too. */
function keyed(cards: Finding[][]): [string, Finding[]][] {
  const seen = new Map<string, number>();
  return cards.map(card => {
    const name = `${card[0].at.cell.id}:${card[0].rule}:${card[0].fingerprint}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return [`${name}:${count}`, card];
  });
}

function countFixable(findings: readonly Finding[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const finding of findings) {
    if (preferredFix(finding)) {
      result.set(finding.rule, (result.get(finding.rule) ?? 0) + 1);
    }
  }
  return result;
}

function summary(shown: readonly Finding[], total: number, places: number, trans: TranslationBundle): string {
  if (!total) {
    return trans.__('Nothing found that would break in production.');
  }
  const hidden = total - shown.length;
  return [
    tally(shown, trans) || trans.__('None of the findings'),
    places < shown.length ? trans._n(' at %1 place', ' at %1 places', places) : '',
    hidden ? trans._n('; %1 hidden', '; %1 hidden', hidden) : ''
  ].join('');
}

/** Who answered, which configuration applies, what is silenced, what went wrong. */
function Footer({ analysis, report, askKernel, trans }: IProps): React.JSX.Element {
  const { origin, fallback: cause } = analysis.store;
  return (
    <div className="nbprod-Footer">
      <p data-analyser={origin?.analyser}>
        {origin && who(origin, trans)} {report.live && seen(report.live, trans)} {origin?.analyser !== 'kernel' && cause && fallback(cause, trans)}
      </p>
      {analysis.isOpeningKernel && <p role="status">{trans.__('Waiting for the kernel…')}</p>}
      {origin?.analyser !== 'kernel' && analysis.canAskKernel && (
        <button type="button" onClick={askKernel}>
          {trans.__('Analyse in the kernel')}
        </button>
      )}
      <p>
        {report.config
          ? trans.__('Settings: %1. Profile: %2.', report.config, report.profile)
          : trans.__('Profile: %1.', report.profile)}
        {report.suppressed.length > 0 && ` ${trans._n('%1 ignored.', '%1 ignored.', report.suppressed.length)}`}
      </p>
      {untold(report).map(({ cell, rule, message }, index) => (
        <p key={index} className="nbprod-Footer-problem">
          {[cell && trans.__('Cell %1', cell.index + 1), rule, message].filter(Boolean).join(': ')}
        </p>
      ))}
    </div>
  );
}

function seen({ names, runs }: Live, trans: TranslationBundle): string {
  return names.length
    ? trans._n('It looked at %1 name in memory.', 'It looked at %1 names in memory.', names.length)
    : trans._n('%1 cell has run.', '%1 cells have run.', runs);
}

function who({ analyser, milliseconds }: NonNullable<FindingsStore['origin']>, trans: TranslationBundle): string {
  return analyser === 'kernel'
    ? trans.__('Analysed in the kernel in %1 ms.', Math.round(milliseconds))
    : trans.__('Analysed by the Jupyter server in %1 ms, outside the kernel.', Math.round(milliseconds));
}
