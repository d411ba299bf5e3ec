/** The plugins: this file only wires; what they do stands in the modules that it imports. */
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Analyses } from './analyses';
import { addCommands, CommandIDs } from './commands';
import { IEditorActions, marks } from './editor';
import { rulePage } from './pages';
import { FindingsPanel } from './panel/widget';
import { fixLabel } from './panel/words';
import { Settings } from './settings';
import { StatusItem } from './status';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'nbprod:plugin',
  description: 'Shows what keeps a notebook from production, in a sidebar and in the cells, with fixes.',
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry, IRenderMimeRegistry],
  optional: [ISettingRegistry, ILayoutRestorer, ICommandPalette, IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    editors: IEditorExtensionRegistry,
    rendermime: IRenderMimeRegistry,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbprod');
    const settings = new Settings();
    void registry?.load(plugin.id).then(loaded => settings.follow(loaded), () => undefined);
    const server = app.serviceManager.serverSettings;
    const restart = () => void app.commands.execute('notebook:restart-run-all');
    const panel = new FindingsPanel(settings, rule => rulePage(server, rule), rendermime, restart, trans);
    const analyses: Analyses = new Analyses(tracker, settings, server, analysis => {
      const isListed = panel.isVisible && analysis === analyses.current;
      return isListed || (settings.underline && analysis.notebook.isVisible);
    });
    app.shell.add(panel, 'right', { rank: 600, type: 'nbprod' });
    restorer?.add(panel, 'nbprod');

    const actions: IEditorActions = {
      fix: (analysis, finding) => panel.applyFix(analysis, finding),
      preview: (analysis, finding) => {
        app.shell.activateById(panel.id);
        panel.previewFix(analysis, finding);
      },
      ignore: (analysis, finding) => panel.ignoreFinding(analysis, finding, '', 'line'),
      describe: fix => fixLabel(fix, trans),
      labels: { fix: trans.__('Fix'), preview: trans.__('Preview'), ignore: trans.__('Ignore') }
    };
    editors.addExtension({
      name: 'nbprod:marks',
      factory: ({ model }) =>
        'id' in model ? EditorExtensionRegistry.createImmutableExtension(marks(model, analyses, settings, actions)) : null
    });

    const status = new StatusItem(() => void app.commands.execute(CommandIDs.toggle), trans);
    const follow = () => {
      const current = analyses.current;
      panel.follow(current);
      status.follow(current);
      current?.wake();
    };
    tracker.currentChanged.connect(follow);
    analyses.added.connect(follow);
    panel.shown.connect(follow);
    NotebookActions.executed.connect((_, { notebook }) => analyses.ofNotebook(notebook)?.allowKernel(false));
    addCommands({ app, panel, analyses, palette, trans });
    statusBar?.registerStatusItem('nbprod:status', {
      item: status,
      align: 'right',
      rank: 90,
      isActive: () => status.isActive,
      activeStateChanged: status.activeStateChanged
    });
    follow();
  }
};

export default plugin;
