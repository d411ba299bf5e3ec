/** Marks findings in the editors of the cells: underline, hover with actions, F8 to the next one. */
import { Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, PluginValue, ViewPlugin } from '@codemirror/view';
import type { NotebookAnalysis } from './analysis';
import { preferredFix } from './fixes';
import { range } from './offsets';
import type { Finding } from './protocol.gen';
import type { Settings } from './settings';
import { beforeProduction } from './store';

/** What the hover's buttons do, and how they read. */
export interface IEditorActions {
  fix(finding: Finding): void;
  preview(finding: Finding): void;
  ignore(finding: Finding): void;
  labels: { fix: string; preview: string; ignore: string };
}

/** The extension for the editor of one cell. */
export function marks(
  cell: string,
  find: () => NotebookAnalysis | null,
  settings: Settings,
  actions: IEditorActions
): Extension {
  return [
    settings.gutter ? lintGutter() : [],
    Prec.low(keymap.of(lintKeymap)),
    ViewPlugin.define(view => new Marks(view, cell, find, settings, actions))
  ];
}

class Marks implements PluginValue {
  constructor(
    private readonly view: EditorView,
    private readonly cell: string,
    private readonly find: () => NotebookAnalysis | null,
    private readonly settings: Settings,
    private readonly actions: IEditorActions
  ) {
    settings.changed.connect(this.paint, this);
    // An editor can't be dispatched to while it is being made, and its notebook may not be known yet.
    this.timer = window.setTimeout(() => this.attach(), 0);
  }

  destroy(): void {
    window.clearTimeout(this.timer);
    this.settings.changed.disconnect(this.paint, this);
    this.analysis?.store.changed.disconnect(this.paint, this);
    this.gone = true;
  }

  private attach(): void {
    this.analysis = this.find();
    this.analysis?.store.changed.connect(this.paint, this);
    this.paint();
  }

  private paint(): void {
    const { analysis, view } = this;
    if (this.gone || !analysis) {
      return;
    }
    // While the text is newer than the report, the marks move with it by themselves.
    if (analysis.store.stale.has(this.cell) && this.settings.underline) {
      return;
    }
    const text = view.state.doc.toString();
    const findings = this.settings.underline ? analysis.store.ofCell(this.cell).filter(isMarked) : [];
    const key = JSON.stringify(findings.map(finding => [finding.rule, finding.at, finding.message, finding.severity]));
    if (key !== this.painted) {
      this.painted = key;
      view.dispatch(setDiagnostics(view.state, findings.map(finding => this.diagnostic(finding, text))));
    }
  }

  private diagnostic(finding: Finding, text: string): Diagnostic {
    const [from, to] = range(text, finding.at);
    const { fix, preview, ignore, labels } = this.actions;
    const fixes = preferredFix(finding)
      ? [
          { name: labels.fix, apply: () => fix(finding) },
          { name: labels.preview, apply: () => preview(finding) }
        ]
      : [];
    return {
      from,
      to: Math.max(to, Math.min(from + 1, text.length)),
      severity: beforeProduction(finding) ? 'hint' : finding.severity,
      markClass: beforeProduction(finding) ? 'nbprod-mark-later' : `nbprod-mark-${finding.severity}`,
      source: `nbprod · ${finding.rule}`,
      message: finding.message,
      actions: [...fixes, { name: labels.ignore, apply: () => ignore(finding) }]
    };
  }

  private analysis: NotebookAnalysis | null = null;
  private painted = '[]';
  private gone = false;
  private readonly timer: number;
}

/** What the whole notebook lacks has no mark. */
function isMarked(finding: Finding): boolean {
  return finding.at.end > finding.at.start && !finding.absence;
}
