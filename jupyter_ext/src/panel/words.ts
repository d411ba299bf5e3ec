/** Puts what the analysis reports as data into words. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Conflict } from '../edits';
import type { Dimension, Finding, Fix, Safety } from '../protocol.gen';
import { beforeProduction, counts } from '../store';
import { reasonOf, Unanswered } from '../transport';

/** Why there is no report, and what to do. */
export function problem({ reason, detail }: Unanswered, trans: TranslationBundle): string {
  if (reason === 'missing') {
    return trans.__('The Jupyter server has no nbprod. Install it there (pip install nbprod) and restart the server.');
  }
  if (reason === 'unreachable') {
    return trans.__('The Jupyter server does not answer (%1). Is it running, and are you logged in?', detail || '…');
  }
  return trans.__('The notebook could not be analysed: %1.', detail || reason);
}

/** Why the kernel did not answer, although it was to. */
export function fallback({ reason, detail }: Unanswered, trans: TranslationBundle): string {
  switch (reason) {
    case 'busy':
      return trans.__('The kernel is too busy to answer.');
    case 'restarted':
      return trans.__('The kernel was restarted; it answers again after the next cell.');
    case 'language':
      return trans.__('The kernel speaks %1.', detail);
    case 'absent':
      return trans.__('The kernel can’t: %1.', detail);
    default:
      return trans.__('The kernel failed: %1.', detail || reason);
  }
}

/** Why a fix was not made. */
export function conflict(error: unknown, trans: TranslationBundle): string {
  if (!(error instanceof Conflict)) {
    return reasonOf(error);
  }
  return {
    gone: trans.__('the cell is no longer there'),
    locked: trans.__('the cell is locked'),
    edited: trans.__('the cell changed since it was analysed; wait a moment'),
    moved: trans.__('the cells moved since they were analysed; wait a moment'),
    overlap: trans.__('two fixes change the same place'),
    plain: trans.__('the metadata hold something else at this place'),
    unknown: trans.__('it is being worked out'),
    later: trans.__('something else was changed since; press Z in the notebook to go back step by step')
  }[error.reason];
}

/** What a fix may change. */
export function safety(of: Safety, trans: TranslationBundle): string {
  return {
    safe: trans.__('safe'),
    unsafe: trans.__('changes behaviour'),
    template: trans.__('has blanks to fill in')
  }[of];
}

/** What a fix does. */
export function fixLabel({ title, safety: of }: Fix, trans: TranslationBundle): string {
  return trans.__('Fix: %1 (%2)', title, safety(of, trans));
}

/** How many findings there are of each kind; empty where there are none. */
export function tally(findings: readonly Finding[], trans: TranslationBundle): string {
  const { error, warning, info } = counts(findings);
  const later = findings.filter(beforeProduction).length;
  return [
    error ? trans._n('%1 error', '%1 errors', error) : '',
    warning ? trans._n('%1 warning', '%1 warnings', warning) : '',
    later ? trans.__('%1 to mend before production', later) : '',
    info > later ? trans._n('%1 note', '%1 notes', info - later) : ''
  ]
    .filter(Boolean)
    .join(', ');
}

/** The nine dimensions. */
export function dimension(of: Dimension, trans: TranslationBundle): string {
  return {
    'ideal-conditions': trans.__('Ideal conditions'),
    data: trans.__('Data'),
    evaluation: trans.__('Evaluation'),
    integration: trans.__('Integration'),
    operations: trans.__('Operations'),
    ownership: trans.__('Ownership'),
    maintenance: trans.__('Maintenance'),
    trust: trans.__('Trust'),
    'demo-gap': trans.__('Demo gap')
  }[of];
}
