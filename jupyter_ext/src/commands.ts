/** What the palette, the menus, the toolbar and the keyboard offer. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Analyses } from './analyses';
import { nbprodIcon } from './icon';
import { reveal } from './navigation';
import type { FindingsPanel } from './panel/widget';

export namespace CommandIDs {
  export const toggle = 'nbprod:toggle';
  export const check = 'nbprod:check';
  export const next = 'nbprod:next';
  export const fixAll = 'nbprod:fix-all-safe';
  export const kernel = 'nbprod:analyse-in-kernel';
}

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
  const add = (id: string, label: string, execute: () => void, caption = label) => {
    app.commands.addCommand(id, { label, caption, describedBy, isEnabled: hasNotebook, execute });
    palette?.addItem({ command: id, category: trans.__('Production readiness') });
  };
  app.commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Show What Would Break in Production'),
    caption: trans.__('Show what would break in production'),
    describedBy,
    icon: nbprodIcon,
    execute: () => app.shell.activateById(panel.id)
  });
  palette?.addItem({ command: CommandIDs.toggle, category: trans.__('Production readiness') });
  add(CommandIDs.check, trans.__('Check Notebook for Production'), () => {
    app.shell.activateById(panel.id);
    void analyses.current?.refresh();
  });
  add(CommandIDs.fixAll, trans.__('Apply All Safe Fixes'), () => {
    app.shell.activateById(panel.id);
    panel.applyAllSafe();
  });
  add(CommandIDs.kernel, trans.__('Analyse in the Kernel'), () => analyses.current?.allowKernel(true));
  add(CommandIDs.next, trans.__('Go to the Next Finding'), () => {
    const analysis = analyses.current;
    const active = analysis?.notebook.content.activeCellIndex ?? -1;
    const findings = analysis?.store.findings ?? [];
    const following = findings.find(finding => finding.at.cell.index > active) ?? findings[0];
    if (analysis && following) {
      void reveal(analysis.notebook, following.at);
    }
  });
}
