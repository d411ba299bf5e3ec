/** Marks findings in the editors of the cells: underline, gutter, hover with actions. */
import { Diagnostic, linter, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, Extension } from '@codemirror/state';
import { EditorView, PluginValue, ViewPlugin, ViewUpdate } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Analyses } from './analyses';
import type { NotebookAnalysis } from './analysis';
import { preferredFix } from './fixes';
import { range } from './offsets';
import { quoted } from './panel/quoted';
import type { Finding, Fix } from './protocol.gen';
import type { Settings } from './settings';
import { beforeProduction } from './store';

/** What the hover's buttons do, and how they read. */
export interface IEditorActions {
  /** What the button "Fix" would do. */
  describe(fix: Fix): string;
  fix(analysis: NotebookAnalysis, finding: Finding): void;
  preview(analysis: NotebookAnalysis, finding: Finding): void;
  ignore(analysis: NotebookAnalysis, finding: Finding): void;
  labels: { fix: string; preview: string; ignore: string };
}

/** The extension for the editor of one cell. */
export function marks(
  model: CodeEditor.IModel,
  analyses: Analyses,
  settings: Settings,
  actions: IEditorActions
): Extension {
  const gutter = new Compartment();
  return [
    linter(null, { tooltipFilter: worstFirst }),
    gutter.of(gutterOf(settings)),
    ViewPlugin.define(view => new Marks(view, model, analyses, settings, actions, gutter))
  ];
}

function gutterOf(settings: Settings): Extension {
  return settings.gutter ? lintGutter({ tooltipFilter: worstFirst }) : [];
}

/** From worst to mildest: a hint is what production takes for worse than a note. */
const SEVERITIES: readonly Diagnostic['severity'][] = ['error', 'warning', 'hint', 'info'];

/** CodeMirror lists what it finds at one place by where it starts. */
function worstFirst(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

class Marks implements PluginValue {
  constructor(
    private readonly view: EditorView,
    private readonly model: CodeEditor.IModel,
    private readonly analyses: Analyses,
    private readonly settings: Settings,
    private readonly actions: IEditorActions,
    private readonly gutter: Compartment
  ) {
    this.cell = (model as unknown as { id: string }).id;
    this.hasGutter = settings.gutter;
    settings.changed.connect(this.paint, this);
    analyses.changed.connect(this.follow, this);
    // An editor can't be dispatched to while it is being made.
    this.timer = window.setTimeout(() => this.paint(), 0);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      this.painted = ''; // the marks moved with the text, or went with it
    }
  }

  destroy(): void {
    window.clearTimeout(this.timer);
    this.settings.changed.disconnect(this.paint, this);
    this.analyses.changed.disconnect(this.follow, this);
    this.isGone = true;
  }

  private follow(_: unknown, changed: NotebookAnalysis): void {
    if (!this.analysis || this.analysis === changed) {
      this.paint();
    }
  }

  private paint(): void {
    if (this.isGone) {
      return;
    }
    const { view, settings } = this;
    if (this.hasGutter !== settings.gutter) {
      this.hasGutter = settings.gutter;
      view.dispatch({ effects: this.gutter.reconfigure(gutterOf(settings)) });
    }
    this.analysis ??= this.analyses.ofModel(this.cell, this.model.sharedModel);
    const { analysis } = this;
    // While the text is newer than the report, the marks move with it by themselves.
    if (!analysis || (analysis.store.stale.has(this.cell) && settings.underline)) {
      return;
    }
    const findings = settings.underline ? analysis.store.ofCell(this.cell).filter(isMarked) : [];
    const key = JSON.stringify(
      findings.map(({ rule, at, message, severity, fixes }) => [rule, at, message, severity, fixes.map(fix => fix.title)])
    );
    if (key !== this.painted) {
      this.painted = key;
      const text = view.state.doc.toString();
      view.dispatch(setDiagnostics(view.state, findings.map(finding => this.diagnostic(analysis, finding, text))));
    }
  }

  private diagnostic(analysis: NotebookAnalysis, finding: Finding, text: string): Diagnostic {
    const [from, to] = range(text, finding.at);
    const { fix, preview, ignore, labels, describe } = this.actions;
    const best = preferredFix(finding);
    const fixes = best
      ? [
          { name: labels.fix, apply: () => fix(analysis, finding) },
          { name: labels.preview, apply: () => preview(analysis, finding) }
        ]
      : [];
    const isLater = beforeProduction(finding);
    return {
      from,
      to: Math.min(Math.max(to, from + 1), text.length),
      severity: isLater ? 'hint' : finding.severity,
      markClass: isLater ? 'nbprod-mark-later' : `nbprod-mark-${finding.severity}`,
      source: `nbprod · ${finding.rule}`,
      message: finding.message,
      renderMessage: () => message(finding.message, best && describe(best)),
      actions: [...fixes, { name: labels.ignore, apply: () => ignore(analysis, finding) }]
    };
  }

  private readonly cell: string;
  private analysis: NotebookAnalysis | null = null;
  private painted = '[]';
  private hasGutter: boolean;
  private isGone = false;
  private readonly timer: number;
}

/** A message, and below it what the fix would do. */
function message(text: string, fix: string | null): HTMLElement {
  const element = formatted('span', text);
  element.className = 'nbprod-Hover';
  if (fix) {
    element.append(formatted('div', fix));
  }
  return element;
}

/** An element with a text in which what stands in backticks is code. */
function formatted(tag: 'div' | 'span', text: string): HTMLElement {
  const element = document.createElement(tag);
  for (const part of quoted(text)) {
    const piece = document.createElement(part.isCode ? 'code' : 'span');
    piece.textContent = part.text;
    element.append(piece);
  }
  return element;
}

/** What the whole notebook lacks has no mark, nor what stands in an output. */
function isMarked(finding: Finding): boolean {
  return finding.at.end > finding.at.start && !finding.absence && finding.at.output === null;
}
