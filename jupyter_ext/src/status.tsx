/** The status-bar item: how many findings the current notebook has. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { NotebookAnalysis } from './analysis';
import { tally } from './panel/words';
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
    this.analysis?.store.changed.disconnect(this.refresh, this);
    this.analysis = analysis;
    analysis?.store.changed.connect(this.refresh, this);
    this.refresh();
  }

  /** There is, or is no longer, a report to speak of. */
  readonly activeStateChanged = new Signal<this, void>(this);

  get isActive(): boolean {
    const report = this.analysis?.store.report;
    return report !== undefined && report !== null && !report.skipped;
  }

  render(): React.JSX.Element {
    const { trans } = this;
    const findings = this.analysis?.store.findings ?? [];
    const { error, warning } = counts(findings);
    const later = findings.filter(beforeProduction).length;
    const label = trans.__('nbprod: %1', tally(findings, trans) || trans.__('nothing found'));
    return (
      <button type="button" title={label} aria-label={label} onClick={this.open}>
        ✖ {error} ▲ {warning} ◆ {later}
      </button>
    );
  }

  private refresh(): void {
    this.activeStateChanged.emit();
    this.update();
  }

  private analysis: NotebookAnalysis | null = null;
}
