/** One finding: what is wrong here, where, the fix with its preview, and what else can be done. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ICellChange } from '../edits';
import { preferredFix } from '../fixes';
import type { Finding, Fix, Severity, Span } from '../protocol.gen';
import { beforeProduction } from '../store';

/** What a card can ask for. */
export interface ICardActions {
  reveal(span: Span): void;
  preview(fixes: readonly Fix[]): ICellChange[];
  apply(fixes: readonly Fix[]): void;
  applyRule(rule: string): void;
  ignore(finding: Finding, reason: string): void;
  explain(rule: string): void;
  Diff: React.ComponentType<{ changes: ICellChange[]; fixes: readonly Fix[]; trans: TranslationBundle }>;
}

interface IProps {
  /** The findings at one place, the worst first. */
  findings: readonly Finding[];
  isStale: boolean;
  /** How many findings with a fix each rule has. */
  fixable: ReadonlyMap<string, number>;
  actions: ICardActions;
  trans: TranslationBundle;
}

export function Card({ findings, isStale, fixable, actions, trans }: IProps): JSX.Element {
  const [finding, ...others] = findings;
  return (
    <li className={`nbprod-Card${isStale ? ' nbprod-mod-stale' : ''}`} data-rule={finding.rule}>
      <Body finding={finding} fixable={fixable} actions={actions} trans={trans} />
      {others.length > 0 && (
        <details className="nbprod-Card-others">
          <summary>{trans._n('%1 more at this place', '%1 more at this place', others.length)}</summary>
          {others.map(other => (
            <Body key={other.rule} finding={other} fixable={fixable} actions={actions} trans={trans} />
          ))}
        </details>
      )}
    </li>
  );
}

function Body(props: Omit<IProps, 'findings' | 'isStale'> & { finding: Finding }): JSX.Element {
  const { finding, fixable, actions, trans } = props;
  const [shown, show] = React.useState<'nothing' | 'preview' | 'ignore'>('nothing');
  const [chosen, choose] = React.useState(() => preferredFix(finding));
  const fix = finding.fixes.find(item => item.title === chosen?.title) ?? preferredFix(finding);
  const toggle = (what: 'preview' | 'ignore') => show(shown === what ? 'nothing' : what);
  return (
    <article>
      <header>
        <Mark severity={finding.severity} later={beforeProduction(finding)} trans={trans} />
        <button type="button" className="nbprod-Card-rule" onClick={() => actions.explain(finding.rule)}>
          {finding.rule}
        </button>
        <button type="button" className="nbprod-Card-place" onClick={() => actions.reveal(finding.at)}>
          {trans.__('cell %1, line %2', finding.at.cell.index + 1, finding.at.line)}
        </button>
      </header>
      <button type="button" className="nbprod-Card-message" onClick={() => actions.reveal(finding.at)}>
        {finding.message}
      </button>
      {finding.related.length > 0 && (
        <ul className="nbprod-Card-related">
          {finding.related.map((related, index) => (
            <li key={index}>
              <button type="button" onClick={() => actions.reveal(related.span)}>
                {trans.__('cell %1: %2', related.span.cell.index + 1, related.note)}
              </button>
            </li>
          ))}
        </ul>
      )}
      {finding.advice && <p className="nbprod-Card-advice">{finding.advice}</p>}
      {fix && <FixChoice finding={finding} fix={fix} choose={choose} trans={trans} />}
      <div className="nbprod-Card-actions">
        {fix && (
          <>
            <button type="button" className="nbprod-mod-primary" onClick={() => actions.apply([fix])}>
              {trans.__('Apply')}
            </button>
            <button type="button" aria-expanded={shown === 'preview'} onClick={() => toggle('preview')}>
              {trans.__('Preview')}
            </button>
          </>
        )}
        <button type="button" aria-expanded={shown === 'ignore'} onClick={() => toggle('ignore')}>
          {trans.__('Ignore')}
        </button>
        {fix && (fixable.get(finding.rule) ?? 0) > 1 && (
          <button type="button" onClick={() => actions.applyRule(finding.rule)}>
            {trans.__('Fix all %1', fixable.get(finding.rule) ?? 0)}
          </button>
        )}
      </div>
      {fix && shown === 'preview' && <Preview fixes={[fix]} actions={actions} trans={trans} />}
      {shown === 'ignore' && <Ignore finding={finding} actions={actions} trans={trans} />}
    </article>
  );
}

interface IFixProps {
  finding: Finding;
  fix: Fix;
  choose(fix: Fix): void;
  trans: TranslationBundle;
}

function FixChoice({ finding, fix, choose, trans }: IFixProps): JSX.Element {
  const safety = {
    safe: trans.__('safe'),
    unsafe: trans.__('changes behaviour'),
    template: trans.__('has holes to fill')
  };
  if (finding.fixes.length === 1) {
    return (
      <p className="nbprod-Card-fix">
        {trans.__('Fix:')} {fix.title} <em>({safety[fix.safety]})</em>
      </p>
    );
  }
  return (
    <label className="nbprod-Card-fix">
      {trans.__('Fix:')}
      <select
        value={fix.title}
        onChange={event => choose(finding.fixes.find(item => item.title === event.target.value)!)}
      >
        {finding.fixes.map(item => (
          <option key={item.title} value={item.title}>
            {`${item.title} (${safety[item.safety]})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The diff of some fixes, or why there is none. */
export function Preview(props: {
  fixes: readonly Fix[];
  actions: ICardActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { fixes, actions, trans } = props;
  try {
    return <actions.Diff changes={actions.preview(fixes)} fixes={fixes} trans={trans} />;
  } catch (error) {
    return <p role="status">{trans.__('No preview: %1. Wait a moment.', (error as Error).message)}</p>;
  }
}

function Ignore(props: { finding: Finding; actions: ICardActions; trans: TranslationBundle }): JSX.Element {
  const { finding, actions, trans } = props;
  const [reason, setReason] = React.useState('');
  return (
    <form
      className="nbprod-Card-ignore"
      onSubmit={event => {
        event.preventDefault();
        actions.ignore(finding, reason);
      }}
    >
      <input
        autoFocus
        type="text"
        value={reason}
        aria-label={trans.__('Why %1 is ignored here', finding.rule)}
        placeholder={trans.__('Reason')}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit">{trans.__('Ignore')}</button>
    </form>
  );
}

const SYMBOLS: Record<Severity, string> = { error: '✖', warning: '▲', info: '●' };

function Mark(props: { severity: Severity; later: boolean; trans: TranslationBundle }): JSX.Element {
  const { severity, later, trans } = props;
  const names = { error: trans.__('Error'), warning: trans.__('Warning'), info: trans.__('Info') };
  const name = later ? trans.__('Before production') : names[severity];
  return (
    <span className={`nbprod-Mark nbprod-${later ? 'later' : severity}`} role="img" aria-label={name} title={name}>
      {later ? '◆' : SYMBOLS[severity]}
    </span>
  );
}
