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
import type { Snapshot } from '../cells';
import { applicable, apply, fits, ignore, preferredFix, preview, safeFixes } from '../fixes';
import { nbprodIcon } from '../icon';
import type { Scope } from '../ignores';
import { reveal, show } from '../navigation';
import type { Action, Finding, Fix } from '../protocol.gen';
import { runCells } from '../running';
import type { Settings } from '../settings';
import { reasonOf } from '../transport';
import type { IUndo } from '../writing';
import type { ICardActions } from './Card';
import { Diff } from './Diff';
import { IPending, Panel } from './Panel';
import { plain } from './quoted';
import { View } from './view';
import { conflict } from './words';

export class FindingsPanel extends ReactWidget {
  constructor(
    private readonly settings: Settings,
    private readonly pages: (rule: string) => Promise<string>,
    private readonly rendermime: IRenderMimeRegistry,
    /** Ask whether to restart the kernel of the current notebook and run all cells. */
    private readonly restart: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'nbprod';
    this.addClass('nbprod-Panel');
    this.title.icon = nbprodIcon;
    this.title.caption = trans.__('Production readiness');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Production readiness'));
    this.node.tabIndex = -1;
    settings.changed.connect(() => this.update());
  }

  /** Someone looks at the panel again. */
  readonly shown = new Signal<this, void>(this);

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.shown.emit();
  }

  /** Chosen with the keyboard or a command, the panel gets the focus; else it never takes it. */
  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    const places = ['[aria-current="true"] .nbprod-Card-message', '.nbprod-Card-message', 'button'];
    const found = places.flatMap(place => this.node.querySelector<HTMLElement>(place) ?? []);
    (found.at(0) ?? this.node).focus();
  }

  /** Show another notebook's findings. */
  follow(analysis: NotebookAnalysis | null): void {
    if (analysis !== this.analysis) {
      this.analysis?.store.changed.disconnect(this.renew, this);
      this.analysis = analysis;
      analysis?.store.changed.connect(this.renew, this);
      this.pending = null;
    }
    this.update();
  }

  render(): React.JSX.Element {
    return (
      <Panel
        key={this.analysis?.notebook.id ?? 'none'}
        analysis={this.analysis}
        view={this.view}
        settings={this.settings}
        actions={this.actions}
        pending={this.pending}
        confirm={isConfirmed => this.confirm(isConfirmed)}
        page={this.page}
        closePage={() => this.turnTo(null)}
        applyAllSafe={() => this.applyAllSafe()}
        askKernel={() => this.analysis?.allowKernel(true)}
        retry={() => void this.analysis?.refresh()}
        leave={() => this.analysis?.notebook.activate()}
        trans={this.trans}
      />
    );
  }

  /** Ask for all safe fixes, with one preview. */
  applyAllSafe(): void {
    void this.offer(this.trans.__('Apply all safe fixes'), () => safeFixes(this.findings));
  }

  /** Where the keyboard went last. */
  get marked(): Finding | null {
    return this.view.marked;
  }

  /** Show where the keyboard went. */
  mark(finding: Finding): void {
    this.view.marked = finding;
    this.update();
  }

  /** Apply what a finding's mark in a cell asks for. */
  applyFix(analysis: NotebookAnalysis, finding: Finding): void {
    const fix = preferredFix(finding);
    if (fix) {
      void this.applyOne(analysis, finding, fix);
    }
  }

  previewFix(analysis: NotebookAnalysis, finding: Finding): void {
    const fix = preferredFix(finding);
    if (fix) {
      this.follow(analysis);
      void this.offer(fix.title, () => analysis.store.again(finding)?.fixes.filter(item => item.title === fix.title) ?? []);
    }
  }

  ignoreFinding(analysis: NotebookAnalysis, finding: Finding, reason: string, scope: Scope): void {
    this.guarded(() => {
      const undo = ignore(analysis, finding, reason, scope);
      if (undo) {
        this.offerUndo(analysis, undo, this.trans.__('%1 is ignored from now on.', finding.rule));
      }
    });
    void analysis.refresh();
  }

  private readonly actions: ICardActions = {
    reveal: span => this.analysis && void reveal(this.analysis.notebook, span),
    preview: (fix, worked) => (this.analysis ? preview(this.analysis, fix, worked) : []),
    textOf: cell => this.analysis?.textOf(cell) ?? null,
    apply: (finding, fix) => this.analysis && void this.applyInView(this.analysis, finding, fix),
    applyRule: rule => {
      const ofRule = (finding: Finding) => (finding.rule === rule ? (preferredFix(finding) ?? []) : []);
      void this.offer(this.trans.__('Fix all: %1', rule), () => this.findings.flatMap(ofRule));
    },
    ignore: (finding, reason, scope) => this.analysis && this.ignoreFinding(this.analysis, finding, reason, scope),
    explain: rule => void this.explain(rule),
    act: action => this.analysis && this.act(this.analysis, action),
    Diff
  };

  private act(analysis: NotebookAnalysis, action: Action): void {
    if (action.kind === 'rerunCells') {
      void runCells(analysis, action);
    } else {
      this.restart();
    }
  }

  private get findings(): readonly Finding[] {
    return this.analysis?.store.findings ?? [];
  }

  private get view(): View {
    const owner = this.analysis ?? this;
    const view = this.views.get(owner) ?? new View();
    this.views.set(owner, view);
    return view;
  }

  /** Ask whether to apply fixes, as many as fit together. They are chosen once all of them are worked out. */
  private async offer(title: string, choose: () => readonly Fix[]): Promise<void> {
    const { analysis, pending: before } = this;
    await analysis?.workOut();
    if (!analysis || this.analysis !== analysis) {
      return;
    }
    const { worked } = analysis;
    const fixes = choose();
    const current = applicable(analysis, fixes);
    if (!current.length) {
      const unfit = this.trans.__('No fix fits the notebook as it is now: wait until it is analysed again.');
      this.say(fixes.length ? unfit : this.trans.__('There is no fix to apply.'));
    }
    const made = current.length ? await this.together(analysis, title, current) : null;
    if (this.analysis === analysis && this.pending === before) {
      this.page = null;
      this.pending = made && { ...made, title, choose, worked, asked: fixes.length };
      this.update();
    }
  }

  /** There is news of the notebook: what waits to be confirmed is worked out again, if it no longer fits. */
  private renew(): void {
    const { analysis, pending } = this;
    const isNews = analysis !== null && pending !== null && !analysis.store.isPartial && !analysis.store.stale.size;
    if (isNews && analysis.worked !== pending.worked && !fits(analysis, pending.fix, pending.worked)) {
      void this.offer(pending.title, () => pending.choose());
    }
    this.update();
  }

  private async together(
    analysis: NotebookAnalysis,
    title: string,
    fixes: readonly Fix[]
  ): Promise<Pick<IPending, 'fix' | 'count'> | null> {
    if (fixes.length === 1) {
      return { fix: fixes[0], count: 1 };
    }
    try {
      const { edits, count } = await analysis.combine(fixes);
      return { fix: { title, safety: 'safe', edits }, count };
    } catch (error) {
      this.say(this.trans.__('The fixes could not be put together: %1.', reasonOf(error)));
      return null;
    }
  }

  private confirm(isConfirmed: boolean): void {
    const { analysis, pending } = this;
    this.pending = null;
    if (analysis && pending && isConfirmed) {
      this.carryOut(analysis, pending.fix, pending.worked, pending.count);
    }
    this.update();
  }

  /** Apply a fix from the list: its cell may be far from what is seen of the notebook. */
  private async applyInView(analysis: NotebookAnalysis, finding: Finding, fix: Fix): Promise<void> {
    await this.applyOne(analysis, finding, fix);
    await show(analysis.notebook, finding.at.cell);
  }

  private async applyOne(analysis: NotebookAnalysis, finding: Finding, { title }: Fix): Promise<void> {
    await analysis.workOut();
    const fix = analysis.store.again(finding)?.fixes.find(item => item.title === title);
    if (fix) {
      this.carryOut(analysis, fix, analysis.worked);
    } else {
      this.say(this.trans.__('Nothing was changed: on a closer look, this fix is not possible here.'));
    }
  }

  private carryOut(analysis: NotebookAnalysis, fix: Fix, worked: Snapshot | null, count = 1): void {
    this.guarded(() => {
      const undo = apply(analysis, fix, worked);
      if (undo) {
        const done = this.trans._n('Done: %2.', '%1 fixes applied.', count, plain(fix.title));
        this.offerUndo(analysis, undo, done);
      }
    });
    void analysis.refresh();
  }

  /** Where Ctrl+Z in a cell would not undo what was done, say what does. */
  private offerUndo(analysis: NotebookAnalysis, { undo, isInHistory }: IUndo, done: string): void {
    const callback = () => {
      this.guarded(undo);
      void analysis.refresh();
    };
    const hint = isInHistory ? this.trans.__('Z in the notebook undoes it.') : '';
    Notification.info(`${done} ${hint}`.trim(), { autoClose: 8000, actions: [{ label: this.trans.__('Undo'), callback }] });
  }

  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.say(this.trans.__('Nothing was changed: %1.', conflict(error, this.trans)));
    }
  }

  private say(text: string): void {
    Notification.warning(text, { autoClose: 5000 });
  }

  private async explain(rule: string): Promise<void> {
    const renderer = this.rendermime.createRenderer('text/markdown');
    const markdown = await this.pages(rule).catch(reasonOf);
    await renderer.renderModel(new MimeModel({ data: { 'text/markdown': markdown } }));
    this.turnTo({ rule, body: <Hosted widget={renderer} /> });
  }

  private turnTo(page: { rule: string; body: React.ReactNode } | null): void {
    this.page = page;
    this.update();
  }

  private analysis: NotebookAnalysis | null = null;
  private pending: IPending | null = null;
  private page: { rule: string; body: React.ReactNode } | null = null;
  private readonly views = new WeakMap<object, View>();
}

/** A Lumino widget inside React's tree. */
function Hosted({ widget }: { widget: Widget }): React.JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  // A layout effect: it is undone while the node is still in the page, which Lumino insists on.
  React.useLayoutEffect(() => {
    if (host.current) {
      Widget.attach(widget, host.current);
    }
    return () => {
      if (widget.isAttached) {
        Widget.detach(widget);
      }
      widget.dispose();
    };
  }, [widget]);
  return <div className="nbprod-Page-body" ref={host} />;
}
