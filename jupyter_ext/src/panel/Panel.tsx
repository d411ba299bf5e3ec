/** The sidebar's content for the current notebook: headline, filters, cards; or what to do instead. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NotebookAnalysis } from '../analysis';
import { applicable, preferredFix } from '../fixes';
import type { Dimension, Finding, Fix } from '../protocol.gen';
import type { Settings } from '../settings';
import { counts } from '../store';
import { Card, ICardActions, Preview } from './Card';
import { filtered, Grouping, grouped } from './groups';
import { Score } from './Score';

interface IProps {
  analysis: NotebookAnalysis | null;
  settings: Settings;
  actions: ICardActions;
  /** Fixes that wait to be confirmed together, with a title; null when none do. */
  pending: { title: string; fixes: readonly Fix[] } | null;
  confirm(isConfirmed: boolean): void;
  /** The page of a rule, as text of the docs; null when the list is shown. */
  page: { rule: string; body: React.ReactNode } | null;
  closePage(): void;
  applyAllSafe(): void;
  askKernel(): void;
  retry(): void;
  trans: TranslationBundle;
}

export function Panel(props: IProps): JSX.Element {
  const { analysis, page, pending, trans } = props;
  if (page) {
    return (
      <div className="nbprod-Page">
        <button type="button" autoFocus onClick={props.closePage}>
          {trans.__('Back to the findings')}
        </button>
        {page.body}
      </div>
    );
  }
  if (!analysis) {
    return <Message text={trans.__('Open a notebook to see what would break in production.')} />;
  }
  const { store } = analysis;
  if (store.phase === 'failed') {
    return <Failed {...props} message={store.note} />;
  }
  if (!store.report) {
    return <Message text={trans.__('Looking at the notebook…')} isBusy />;
  }
  if (store.report.skipped) {
    return (
      <Message text={trans.__('Not analysed: %1. nbprod reads Python notebooks only.', store.report.skipped)} />
    );
  }
  return pending ? <Confirm {...props} pending={pending} /> : <List {...props} analysis={analysis} />;
}

function Message({ text, isBusy }: { text: string; isBusy?: boolean }): JSX.Element {
  return (
    <p className="nbprod-Message" role="status" aria-busy={isBusy ?? false}>
      {text}
    </p>
  );
}

function Failed({ message, retry, trans }: IProps & { message: string }): JSX.Element {
  const text =
    message === 'missing'
      ? trans.__('The Jupyter server has no nbprod. Install it there: pip install nbprod, then restart the server.')
      : trans.__('The notebook could not be analysed: %1.', message);
  return (
    <div>
      <Message text={text} />
      <button type="button" onClick={retry}>
        {trans.__('Try again')}
      </button>
    </div>
  );
}

function Confirm(props: IProps & { pending: { title: string; fixes: readonly Fix[] } }): JSX.Element {
  const { pending, actions, confirm, trans } = props;
  return (
    <div className="nbprod-Confirm" role="group" aria-label={pending.title}>
      <h2>{pending.title}</h2>
      <div className="nbprod-Card-actions">
        <button type="button" autoFocus className="nbprod-mod-primary" onClick={() => confirm(true)}>
          {trans._n('Apply %1 fix', 'Apply %1 fixes', pending.fixes.length)}
        </button>
        <button type="button" onClick={() => confirm(false)}>
          {trans.__('Cancel')}
        </button>
      </div>
      <Preview fixes={pending.fixes} actions={actions} trans={trans} />
    </div>
  );
}

function List(props: IProps & { analysis: NotebookAnalysis }): JSX.Element {
  const { analysis, settings, actions, trans } = props;
  const [text, setText] = React.useState('');
  const [dimension, setDimension] = React.useState<Dimension | null>(null);
  const [grouping, setGrouping] = React.useState<Grouping>('severity');
  const { report, stale } = analysis.store;
  const all = report!.findings;
  const shown = filtered(all, { text, dimension, minimum: settings.minimumSeverity });
  const groups = grouped(shown, grouping, trans);
  const fixable = React.useMemo(() => countFixable(all), [all]);
  const safe = applicable(analysis, all.flatMap(finding => finding.fixes.filter(fix => fix.safety === 'safe')));
  return (
    <>
      {report!.scores && (
        <Score scores={report!.scores} selected={dimension} select={setDimension} trans={trans} />
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
          <option value="cell">{trans.__('by cell')}</option>
          <option value="dimension">{trans.__('by dimension')}</option>
        </select>
        {safe.length > 0 && (
          <button type="button" onClick={props.applyAllSafe}>
            {trans._n('Apply %1 safe fix', 'Apply all %1 safe fixes', safe.length)}
          </button>
        )}
      </div>
      <p className="nbprod-Summary" role="status" aria-live="polite">
        {summary(shown, all.length, trans)}
      </p>
      {groups.map(group => (
        <details key={`${grouping}:${group.key}`} className="nbprod-Group" open={group.isOpen}>
          <summary>
            {group.title} <span className="nbprod-Group-count">{group.cards.length}</span>
          </summary>
          <ul>
            {group.cards.map(card => (
              <Card
                key={`${card[0].at.cell.id}:${card[0].fingerprint}:${card[0].at.start}`}
                findings={card}
                isStale={stale.has(card[0].at.cell.id ?? '')}
                fixable={fixable}
                actions={actions}
                trans={trans}
              />
            ))}
          </ul>
        </details>
      ))}
      <Footer {...props} />
    </>
  );
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

function summary(shown: readonly Finding[], total: number, trans: TranslationBundle): string {
  if (!total) {
    return trans.__('Nothing found that would break in production.');
  }
  const { error, warning, info } = counts(shown);
  const parts = [
    trans._n('%1 error', '%1 errors', error),
    trans._n('%1 warning', '%1 warnings', warning),
    trans._n('%1 note', '%1 notes', info)
  ];
  const hidden = total - shown.length;
  return parts.join(', ') + (hidden ? trans._n('; %1 hidden', '; %1 hidden', hidden) : '');
}

/** Who answered, which configuration applies, what is silenced. */
function Footer({ analysis, askKernel, trans }: IProps & { analysis: NotebookAnalysis }): JSX.Element {
  const { report, note } = analysis.store;
  const [analyser, milliseconds] = note.split('|');
  const reason = analysis.fallbackReason;
  return (
    <footer className="nbprod-Footer">
      <p data-analyser={analyser}>
        {analyser === 'kernel'
          ? trans.__('Analysed in the kernel in %1 ms.', milliseconds)
          : trans.__('Analysed by the Jupyter server in %1 ms, outside the kernel.', milliseconds)}
        {analyser !== 'kernel' && reason && ` ${trans.__('Reason: %1.', reason)}`}
      </p>
      {analyser !== 'kernel' && !reason && (
        <button type="button" onClick={askKernel}>
          {trans.__('Analyse in the kernel')}
        </button>
      )}
      <p>
        {report!.config ? trans.__('Settings: %1, ', report!.config) : ''}
        {trans.__('profile %1.', report!.profile)}
        {report!.suppressed.length > 0 && ` ${trans._n('%1 ignored.', '%1 ignored.', report!.suppressed.length)}`}
      </p>
    </footer>
  );
}
