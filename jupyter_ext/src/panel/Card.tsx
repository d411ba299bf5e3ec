/** One place with findings: what is wrong here, where, the fix with its preview, and what else can be done. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Snapshot } from '../cells';
import { ICellChange, isPassing } from '../edits';
import { preferredFix } from '../fixes';
import type { Scope } from '../ignores';
import { Action, Finding, Fix, Related, Severity, Span, UNIGNORABLE } from '../protocol.gen';
import { beforeProduction } from '../store';
import type { IDiffProps } from './Diff';
import { IgnoreForm } from './IgnoreForm';
import { plain } from './quoted';
import { Text } from './Text';
import { conflict, safety } from './words';

/** What a card can ask for. */
export interface ICardActions {
  reveal(span: Span): void;
  /** The changes that a fix makes, if it was worked out for what the last report is, or for `worked`. */
  preview(fix: Fix, worked?: Snapshot | null): ICellChange[];
  textOf(cell: string): string | null;
  apply(finding: Finding, fix: Fix): void;
  applyRule(rule: string): void;
  ignore(finding: Finding, reason: string, scope: Scope): void;
  explain(rule: string): void;
  act(action: Action): void;
  Diff: React.ComponentType<IDiffProps>;
}

interface ICommon {
  /** How many findings with a fix each rule has. */
  fixable: ReadonlyMap<string, number>;
  actions: ICardActions;
  trans: TranslationBundle;
}

interface IProps extends ICommon {
  /** The findings at one place, the worst first. */
  findings: readonly Finding[];
  isStale: boolean;
  isMarked: boolean;
}

export function Card({ findings, isStale, isMarked, ...common }: IProps): React.JSX.Element {
  const [finding, ...others] = findings;
  const node = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (isMarked) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [isMarked]);
  return (
    <li
      ref={node}
      className={`nbprod-Card${isStale ? ' nbprod-mod-stale' : ''}`}
      data-rule={finding.rule}
      aria-current={isMarked}
    >
      <Body finding={finding} {...common} />
      {others.length > 0 && (
        <details className="nbprod-Card-others">
          <summary>{common.trans._n('%1 more at this place', '%1 more at this place', others.length)}</summary>
          {others.map((other, index) => (
            <Body key={`${other.rule}:${index}`} finding={other} {...common} />
          ))}
        </details>
      )}
    </li>
  );
}

function Body({ finding, fixable, actions, trans }: ICommon & { finding: Finding }): React.JSX.Element {
  const [shown, show] = React.useState<'nothing' | 'preview' | 'ignore'>('nothing');
  const [title, choose] = React.useState(preferredFix(finding)?.title);
  const fix = finding.fixes.find(item => item.title === title) ?? preferredFix(finding);
  const alike = fix ? (fixable.get(finding.rule) ?? 0) : 0;
  const toggle = (what: 'preview' | 'ignore') => show(shown === what ? 'nothing' : what);
  return (
    <article aria-label={`${finding.rule}, ${place(finding.at, trans)}`}>
      <Header finding={finding} actions={actions} trans={trans} />
      <button type="button" className="nbprod-Card-message" onClick={() => actions.reveal(finding.at)}>
        <Text text={finding.message} />
      </button>
      <RelatedPlaces finding={finding} actions={actions} trans={trans} />
      {finding.advice && (
        <p className="nbprod-Card-advice">
          <Text text={finding.advice} />
        </p>
      )}
      {fix && <FixChoice fixes={finding.fixes} fix={fix} choose={choose} trans={trans} />}
      <div className="nbprod-Card-actions">
        {fix && (
          <>
            <button type="button" className="nbprod-mod-primary" onClick={() => actions.apply(finding, fix)}>
              {trans.__('Apply')}
            </button>
            <button type="button" aria-expanded={shown === 'preview'} onClick={() => toggle('preview')}>
              {trans.__('Preview')}
            </button>
          </>
        )}
        {finding.action && <ActionButton action={finding.action} actions={actions} trans={trans} />}
        {!UNIGNORABLE.includes(finding.rule) && (
          <button type="button" aria-expanded={shown === 'ignore'} onClick={() => toggle('ignore')}>
            {trans.__('Ignore')}
          </button>
        )}
        {alike > 1 && (
          <button type="button" onClick={() => actions.applyRule(finding.rule)}>
            {trans.__('Fix all %1', alike)}
          </button>
        )}
      </div>
      {fix && shown === 'preview' && <Preview key={fix.title} fix={fix} actions={actions} trans={trans} />}
      {shown === 'ignore' && (
        <IgnoreForm finding={finding} ignore={actions.ignore} close={() => show('nothing')} trans={trans} />
      )}
    </article>
  );
}

interface IPartProps {
  finding: Finding;
  actions: ICardActions;
  trans: TranslationBundle;
}

function Header({ finding, actions, trans }: IPartProps): React.JSX.Element {
  return (
    <header>
      <Mark severity={finding.severity} isLater={beforeProduction(finding)} trans={trans} />
      <button
        type="button"
        className="nbprod-Card-rule"
        title={trans.__('Why this matters, with examples')}
        onClick={() => actions.explain(finding.rule)}
      >
        {finding.rule}
      </button>
      {finding.live && (
        <span className="nbprod-Card-live" title={trans.__('The running kernel was asked: it says so, too')}>
          {trans.__('live')}
        </span>
      )}
      <button type="button" className="nbprod-Card-place" onClick={() => actions.reveal(finding.at)}>
        {place(finding.at, trans)}
      </button>
    </header>
  );
}

function place({ cell, line, output }: Span, trans: TranslationBundle): string {
  return output === null
    ? trans.__('cell %1, line %2', cell.index + 1, line)
    : trans.__('cell %1, output %2', cell.index + 1, output + 1);
}

function RelatedPlaces({ finding, actions, trans }: IPartProps): React.JSX.Element | null {
  const { related } = finding;
  const some = related.length > MOST_RELATED ? MOST_RELATED - 1 : related.length;
  const list = (places: readonly Related[]) => (
    <ul className="nbprod-Card-related">
      {places.map(({ span, note }, index) => (
        <li key={index}>
          <button type="button" onClick={() => actions.reveal(span)}>
            <u>{place(span, trans)}</u>: <Text text={note} />
          </button>
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {related.length > 0 && list(related.slice(0, some))}
      {some < related.length && (
        <details className="nbprod-Card-more">
          <summary>{trans.__('%1 more places', related.length - some)}</summary>
          {list(related.slice(some))}
        </details>
      )}
    </>
  );
}

/** Other places that a card shows at first. */
const MOST_RELATED = 4;

interface IFixProps {
  fixes: readonly Fix[];
  fix: Fix;
  choose(title: string): void;
  trans: TranslationBundle;
}

function FixChoice({ fixes, fix, choose, trans }: IFixProps): React.JSX.Element {
  if (fixes.length === 1) {
    return (
      <p className="nbprod-Card-fix">
        {trans.__('Fix:')} <Text text={fix.title} /> <em>({safety(fix.safety, trans)})</em>
      </p>
    );
  }
  return (
    <label className="nbprod-Card-fix">
      {trans.__('Fix:')}
      <select value={fix.title} onChange={event => choose(event.target.value)}>
        {fixes.map(item => (
          <option key={item.title} value={item.title}>
            {`${plain(item.title)} (${safety(item.safety, trans)})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Offers to run what would bring the kernel's memory in line with the cells. */
function ActionButton(props: { action: Action; actions: ICardActions; trans: TranslationBundle }): React.JSX.Element {
  const { action, actions, trans } = props;
  const numbers = action.cells.map(cell => cell.index + 1).join(', ');
  return (
    <button type="button" onClick={() => actions.act(action)}>
      {action.kind === 'rerunCells'
        ? trans._n('Run cell %2 again', 'Run cells %2 again', action.cells.length, numbers)
        : trans.__('Restart and run all…')}
    </button>
  );
}

interface IPreviewProps {
  fix: Fix;
  worked?: Snapshot | null;
  actions: ICardActions;
  trans: TranslationBundle;
}

/** The diff of a fix, or why there is none; while the cell is being typed in, the diff as it was. */
export function Preview({ fix, worked, actions, trans }: IPreviewProps): React.JSX.Element {
  const last = React.useRef<React.JSX.Element | null>(null);
  try {
    const changes = actions.preview(fix, worked);
    last.current = <actions.Diff changes={changes} fix={fix} textOf={actions.textOf} trans={trans} />;
  } catch (error) {
    if (!last.current || !isPassing(error)) {
      return <p role="status">{trans.__('No preview: %1.', conflict(error, trans))}</p>;
    }
  }
  return last.current;
}

const SYMBOLS: Record<Severity, string> = { error: '✖', warning: '▲', info: '●' };

function Mark(props: { severity: Severity; isLater: boolean; trans: TranslationBundle }): React.JSX.Element {
  const { severity, isLater, trans } = props;
  const names = { error: trans.__('Error'), warning: trans.__('Warning'), info: trans.__('Note') };
  const name = isLater ? trans.__('Before production') : names[severity];
  return (
    <span className={`nbprod-Mark nbprod-${isLater ? 'later' : severity}`} role="img" aria-label={name} title={name}>
      {isLater ? '◆' : SYMBOLS[severity]}
    </span>
  );
}
