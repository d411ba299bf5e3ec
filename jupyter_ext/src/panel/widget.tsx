/** The sidebar widget: follows the current notebook and carries out what its cards ask for. */
import { Notification } from '@jupyterlab/apputils';
import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import type { NotebookAnalysis } from '../analysis';
import { applicable, apply, ignore, preferredFix, preview } from '../fixes';
import { nbprodIcon } from '../icon';
import { reveal } from '../navigation';
import type { Finding, Fix } from '../protocol.gen';
import type { Settings } from '../settings';
import type { ICardActions } from './Card';
import { Diff } from './Diff';
import { Panel } from './Panel';

export class FindingsPanel extends ReactWidget {
  constructor(
    private readonly settings: Settings,
    private readonly pages: (rule: string) => Promise<string>,
    private readonly rendermime: IRenderMimeRegistry,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'nbprod';
    this.addClass('nbprod-Panel');
    this.title.icon = nbprodIcon;
    this.title.caption = trans.__('Production readiness');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Production readiness'));
    settings.changed.connect(() => this.update());
  }

  /** Someone looks at the panel again. */
  readonly shown = new Signal<this, void>(this);

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.shown.emit();
  }

  /** Show another notebook's findings. */
  follow(analysis: NotebookAnalysis | null): void {
    if (analysis !== this.analysis) {
      this.analysis?.store.changed.disconnect(this.update, this);
      this.analysis = analysis;
      analysis?.store.changed.connect(this.update, this);
      this.pending = null;
    }
    this.update();
  }

  render(): JSX.Element {
    return (
      <Panel
        key={this.analysis?.notebook.id ?? 'none'}
        analysis={this.analysis}
        settings={this.settings}
        actions={this.actions}
        pending={this.pending}
        confirm={isConfirmed => this.confirm(isConfirmed)}
        page={this.page}
        closePage={() => this.turnTo(null)}
        applyAllSafe={() => this.applyAllSafe()}
        askKernel={() => this.analysis?.allowKernel(true)}
        retry={() => void this.analysis?.refresh()}
        trans={this.trans}
      />
    );
  }

  /** Ask for all safe fixes, with one preview. */
  applyAllSafe(): void {
    const fixes = this.fixesOf(finding => finding.fixes.find(fix => fix.safety === 'safe') ?? null);
    this.ask(this.trans.__('Apply all safe fixes'), fixes);
  }

  /** Apply what a finding's mark in the cell asks for. */
  applyFix(finding: Finding): void {
    const fix = preferredFix(finding);
    if (fix) {
      this.carryOut([fix]);
    }
  }

  previewFix(finding: Finding): void {
    const fix = preferredFix(finding);
    if (fix) {
      this.ask(fix.title, [fix]);
    }
  }

  ignoreFinding(finding: Finding, reason: string): void {
    if (this.analysis) {
      this.guarded(() => ignore(this.analysis!, finding, reason));
      this.analysis.schedule();
    }
  }

  private readonly actions: ICardActions = {
    reveal: span => {
      this.analysis?.allowKernel(false);
      if (this.analysis) {
        void reveal(this.analysis.notebook, span);
      }
    },
    preview: fixes => (this.analysis ? preview(this.analysis, fixes) : []),
    apply: fixes => this.carryOut(fixes),
    applyRule: rule => {
      const fixes = this.fixesOf(finding => (finding.rule === rule ? preferredFix(finding) : null));
      this.ask(this.trans.__('Fix all: %1', rule), fixes);
    },
    ignore: (finding, reason) => this.ignoreFinding(finding, reason),
    explain: rule => void this.explain(rule),
    Diff
  };

  private fixesOf(choose: (finding: Finding) => Fix | null): Fix[] {
    const fixes = (this.analysis?.store.findings ?? []).map(choose).filter((fix): fix is Fix => fix !== null);
    return this.analysis ? applicable(this.analysis, fixes) : [];
  }

  private ask(title: string, fixes: readonly Fix[]): void {
    this.pending = fixes.length ? { title, fixes } : null;
    this.update();
  }

  private confirm(isConfirmed: boolean): void {
    const { pending } = this;
    this.pending = null;
    if (pending && isConfirmed) {
      this.carryOut(pending.fixes);
    }
    this.update();
  }

  private carryOut(fixes: readonly Fix[]): void {
    const { analysis } = this;
    if (!analysis) {
      return;
    }
    this.guarded(() => {
      if (apply(analysis, fixes)) {
        const text = this.trans.__('The fix added or changed cells: press Z in the notebook to undo it.');
        Notification.info(text, { autoClose: 5000 });
      }
    });
    void analysis.refresh();
  }

  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      Notification.warning(this.trans.__('Nothing was changed: %1.', (error as Error).message), { autoClose: 5000 });
    }
  }

  private async explain(rule: string): Promise<void> {
    const renderer = this.rendermime.createRenderer('text/markdown');
    const markdown = await this.pages(rule).catch((error: Error) => error.message);
    await renderer.renderModel(new MimeModel({ data: { 'text/markdown': markdown } }));
    this.turnTo({ rule, body: <Hosted widget={renderer} /> });
  }

  private turnTo(page: { rule: string; body: React.ReactNode } | null): void {
    this.page = page;
    this.update();
  }

  private analysis: NotebookAnalysis | null = null;
  private pending: { title: string; fixes: readonly Fix[] } | null = null;
  private page: { rule: string; body: React.ReactNode } | null = null;
}

/** A Lumino widget inside React's tree. */
function Hosted({ widget }: { widget: Widget }): JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    Widget.attach(widget, host.current!);
    return () => {
      if (widget.isAttached) {
        Widget.detach(widget);
      }
      widget.dispose();
    };
  }, [widget]);
  return <div className="nbprod-Page-body" ref={host} />;
}
