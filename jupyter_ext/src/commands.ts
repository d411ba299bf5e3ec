/** What the palette, the menus, the toolbar and the keyboard offer. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Analyses } from './analyses';
import { nbprodIcon } from './icon';
import { neighbour, reveal } from './navigation';
import type { FindingsPanel } from './panel/widget';

export const CommandIDs = {
  toggle: 'nbprod:toggle',
  check: 'nbprod:check',
  next: 'nbprod:next',
  previous: 'nbprod:previous',
  fixAll: 'nbprod:fix-all-safe',
  kernel: 'nbprod:analyse-in-kernel'
} as const;

interface IParts {
  app: JupyterFrontEnd;
  panel: FindingsPanel;
  analyses: Analyses;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

export function addCommands({ app, panel, analyses, palette, trans }: IParts): void {
  const hasNotebook = () => analyses.current !== null;
  const describedBy = { args: { type: 'object', properties: {} } };
  const show = () => app.shell.activateById(panel.id);
  const add = (id: string, label: string, execute: () => void) => {
    app.commands.addCommand(id, { label, caption: label, describedBy, isEnabled: hasNotebook, execute });
    palette?.addItem({ command: id, category: trans.__('Production readiness') });
  };
  const go = (step: 1 | -1) => {
    const analysis = analyses.current;
    const finding = analysis && neighbour(analysis, step, panel.marked);
    if (finding) {
      panel.mark(finding);
      void reveal(analysis.notebook, finding.at);
    }
  };
  app.commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Show What Would Break in Production'),
    caption: trans.__('Show what would break in production'),
    describedBy,
    icon: nbprodIcon,
    execute: () => {
      // Both JupyterLab and Notebook have it; it is not in their common interface.
      const { collapseRight } = app.shell as { collapseRight?: () => void };
      if (panel.isVisible && collapseRight) {
        collapseRight.call(app.shell);
      } else {
        show();
      }
    }
  });
  palette?.addItem({ command: CommandIDs.toggle, category: trans.__('Production readiness') });
  add(CommandIDs.check, trans.__('Check Notebook for Production'), () => {
    show();
    void analyses.current?.refresh();
  });
  add(CommandIDs.fixAll, trans.__('Apply All Safe Fixes'), () => {
    show();
    panel.applyAllSafe();
  });
  add(CommandIDs.kernel, trans.__('Analyse in the Kernel'), () => analyses.current?.allowKernel(true));
  add(CommandIDs.next, trans.__('Go to the Next Finding'), () => go(1));
  add(CommandIDs.previous, trans.__('Go to the Previous Finding'), () => go(-1));
}
