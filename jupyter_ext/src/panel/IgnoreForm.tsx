/** Asks why a finding is ignored, and how far that reaches. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Scope } from '../ignores';
import type { Finding } from '../protocol.gen';

interface IProps {
  finding: Finding;
  ignore(finding: Finding, reason: string, scope: Scope): void;
  close(): void;
  trans: TranslationBundle;
}

export function IgnoreForm({ finding, ignore, close, trans }: IProps): React.JSX.Element {
  const [reason, setReason] = React.useState('');
  const [scope, setScope] = React.useState<Scope>(finding.absence ? 'notebook' : 'line');
  return (
    <form
      className="nbprod-Card-ignore"
      onSubmit={event => {
        event.preventDefault();
        close();
        ignore(finding, reason, scope);
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.preventDefault();
          close();
        }
      }}
    >
      <input
        autoFocus
        type="text"
        value={reason}
        disabled={scope === 'cell'}
        aria-label={trans.__('Why %1 is ignored', finding.rule)}
        placeholder={scope === 'cell' ? trans.__('a tag holds no reason') : trans.__('Reason')}
        onChange={event => setReason(event.target.value)}
      />
      <select
        value={scope}
        aria-label={trans.__('Where %1 is ignored', finding.rule)}
        onChange={event => setScope(event.target.value as Scope)}
      >
        {!finding.absence && <option value="line">{trans.__('on this line (comment)')}</option>}
        {!finding.absence && <option value="cell">{trans.__('in this cell (tag)')}</option>}
        <option value="notebook">{trans.__('in this notebook (metadata)')}</option>
      </select>
      <button type="submit">{trans.__('Ignore')}</button>
    </form>
  );
}
