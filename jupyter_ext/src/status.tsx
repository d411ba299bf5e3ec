/** The status-bar item: how many findings the current notebook has. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { NotebookAnalysis } from './analysis';
import { beforeProduction, counts } from './store';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly open: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('nbprod-Status');
  }

  follow(analysis: NotebookAnalysis | null): void {
    this.analysis?.store.changed.disconnect(this.update, this);
    this.analysis = analysis;
    analysis?.store.changed.connect(this.update, this);
    this.activeStateChanged.emit();
    this.update();
  }

  /** There is, or is no longer, a notebook to speak of. */
  readonly activeStateChanged = new Signal<this, void>(this);

  get isActive(): boolean {
    return this.analysis !== null;
  }

  render(): React.JSX.Element {
    const findings = this.analysis?.store.findings ?? [];
    const { error, warning } = counts(findings);
    const later = findings.filter(beforeProduction).length;
    const label = this.trans.__('nbprod: %1 errors, %2 warnings, %3 before production', error, warning, later);
    return (
      <button type="button" title={label} aria-label={label} onClick={this.open}>
        ✖ {error} ▲ {warning} ◆ {later}
      </button>
    );
  }

  private analysis: NotebookAnalysis | null = null;
}
