/** The sidebar's content for the current notebook: its findings, or what to do instead. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NotebookAnalysis } from '../analysis';
import type { Snapshot } from '../cells';
import type { Fix } from '../protocol.gen';
import type { Settings } from '../settings';
import { ICardActions, Preview } from './Card';
import { List } from './List';
import type { View } from './view';
import { problem } from './words';

/** A fix that waits to be confirmed. It makes `count` fixes together, of `asked` that were asked for. */
export interface IPending {
  /** What it was worked out for: the notebook may have moved on. */
  readonly worked: Snapshot | null;
  /** The fixes that were asked for, as they are now. */
  choose(): readonly Fix[];
  readonly title: string;
  readonly fix: Fix;
  readonly count: number;
  readonly asked: number;
}

interface IProps {
  analysis: NotebookAnalysis | null;
  view: View;
  settings: Settings;
  actions: ICardActions;
  /** What waits to be confirmed; null when nothing does. */
  pending: IPending | null;
  confirm(isConfirmed: boolean): void;
  /** The page of a rule, as text of the docs; null when the list is shown. */
  page: { rule: string; body: React.ReactNode } | null;
  closePage(): void;
  applyAllSafe(): void;
  askKernel(): void;
  retry(): void;
  /** Leave the panel for the cell that was active. */
  leave(): void;
  trans: TranslationBundle;
}

export function Panel(props: IProps): React.JSX.Element {
  const { page, pending } = props;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isDefaultPrevented()) {
      (page ? props.closePage : pending ? () => props.confirm(false) : props.leave)();
    }
  };
  return (
    <div onKeyDown={onKeyDown} {...useLastFocus()}>
      <Content {...props} />
    </div>
  );
}

function Content(props: IProps): React.JSX.Element {
  const { analysis, page, pending, retry, settings, trans } = props;
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
  const { report, problem: cause, isWaiting } = analysis.store;
  const failure = cause && <Message text={problem(cause, trans)} action={[trans.__('Try again'), retry]} isProblem />;
  if (!report) {
    const text = trans.__('Nothing is analysed while you work: the settings say so.');
    const asks = !settings.live && !isWaiting;
    const waiting = <Message text={trans.__('Looking at the notebook…')} isBusy />;
    return failure ?? (asks ? <Message text={text} action={[trans.__('Analyse now'), retry]} /> : waiting);
  }
  if (report.skipped) {
    return (
      <Message text={trans.__('Not analysed: %1. nbprod reads notebooks that are written in Python.', report.skipped)} />
    );
  }
  if (!analysis.hasCode && !report.findings.length) {
    return failure ?? <Message text={trans.__('Write some code: what would break in production is listed here.')} />;
  }
  const isOutdated = !settings.live && analysis.isOutdated && !failure;
  const outdated = trans.__('The notebook changed since it was analysed.');
  return (
    <>
      {failure}
      {isOutdated && <Message text={outdated} action={[trans.__('Analyse now'), retry]} isProblem />}
      {pending ? <Confirm {...props} pending={pending} /> : <List {...props} analysis={analysis} report={report} />}
    </>
  );
}

interface IMessageProps {
  text: string;
  isBusy?: boolean;
  isProblem?: boolean;
  action?: [label: string, execute: () => void];
}

function Message({ text, isBusy = false, isProblem = false, action }: IMessageProps): React.JSX.Element {
  return (
    <div className={`nbprod-Message${isProblem ? ' nbprod-mod-problem' : ''}`} role="status" aria-busy={isBusy}>
      <p>{text}</p>
      {action && (
        <button type="button" onClick={action[1]}>
          {action[0]}
        </button>
      )}
    </div>
  );
}

function Confirm({ pending, actions, confirm, trans }: IProps & { pending: IPending }): React.JSX.Element {
  const later = pending.asked - pending.count;
  return (
    <div className="nbprod-Confirm" role="group" aria-label={pending.title}>
      <h2>{pending.title}</h2>
      <div className="nbprod-Card-actions">
        <button type="button" autoFocus className="nbprod-mod-primary" onClick={() => confirm(true)}>
          {trans._n('Apply %1 fix', 'Apply %1 fixes', pending.count)}
        </button>
        <button type="button" onClick={() => confirm(false)}>
          {trans.__('Cancel')}
        </button>
      </div>
      {later > 0 && (
        <p>{trans._n('%1 more changes the same places: it comes after these.', '%1 more change the same places: they come after these.', later)}</p>
      )}
      <Preview fix={pending.fix} worked={pending.worked} actions={actions} trans={trans} />
    </div>
  );
}

/**
 * When the card that had the focus goes (it was fixed, say), the one that takes its place gets it. Where a page or a
 * preview takes the place of the whole list, that is when the list comes back.
 */
function useLastFocus(): { ref: React.RefObject<HTMLDivElement>; onFocus(event: React.FocusEvent): void } {
  const ref = React.useRef<HTMLDivElement>(null);
  const last = React.useRef<{ element: Element; index: number } | null>(null);
  React.useEffect(() => {
    const root = ref.current;
    if (!root || !last.current || last.current.element.isConnected || document.activeElement !== document.body) {
      return;
    }
    const cards = [...root.querySelectorAll('.nbprod-Card')];
    const card = cards.at(Math.min(last.current.index, cards.length - 1));
    last.current = null;
    (card ?? root).querySelector<HTMLElement>(card ? '.nbprod-Card-message' : '.nbprod-Summary')?.focus();
  });
  const onFocus = (event: React.FocusEvent) => {
    const cards = [...(ref.current?.querySelectorAll('.nbprod-Card') ?? [])];
    if (cards.length || !last.current) {
      const index = cards.findIndex(card => card.contains(event.target));
      last.current = { element: event.target, index: Math.max(index, 0) };
    }
  };
  return { ref, onFocus };
}
