/** What a fix changes, line by line, in the colours of the theme. */
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ICellChange, structuralEdits } from '../edits';
import type { Edit, Fix, ReplaceText } from '../protocol.gen';

export function Diff(props: { changes: ICellChange[]; fixes: readonly Fix[]; trans: TranslationBundle }): JSX.Element {
  const { changes, fixes, trans } = props;
  return (
    <div className="nbprod-Diff" role="group" aria-label={trans.__('Preview of the fix')}>
      {structuralEdits(fixes).map((edit, index) => (
        <Structure key={index} edit={edit} trans={trans} />
      ))}
      {changes.map(change => (
        <figure key={change.cell}>
          <Merge before={change.before} after={change.after} label={trans.__('Changed cell')} />
        </figure>
      ))}
    </div>
  );
}

function Structure({ edit, trans }: { edit: Exclude<Edit, ReplaceText>; trans: TranslationBundle }): JSX.Element {
  if (edit.kind === 'insertCell') {
    return (
      <figure>
        <figcaption>
          {edit.tags.length
            ? trans.__('New cell %1, tagged %2', edit.before + 1, edit.tags.join(', '))
            : trans.__('New cell %1', edit.before + 1)}
        </figcaption>
        <Merge before="" after={edit.source} label={trans.__('New cell')} />
      </figure>
    );
  }
  if (edit.kind === 'deleteCell') {
    return <p>{trans.__('Cell %1 is deleted.', edit.cell.index + 1)}</p>;
  }
  if (edit.kind === 'clearOutputs') {
    return <p>{trans.__('The outputs of cell %1 are cleared.', edit.cell.index + 1)}</p>;
  }
  return <p>{trans.__('The metadata %1 is set to %2.', edit.path.join('.'), JSON.stringify(edit.value))}</p>;
}

function Merge({ before, after, label }: { before: string; after: string; label: string }): JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const view = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: after,
        extensions: [
          jupyterTheme,
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
          before ? comparison(before) : []
        ]
      })
    });
    return () => view.destroy();
  }, [before, after, label]);
  return <div className={`nbprod-Merge${before ? '' : ' nbprod-mod-new'}`} ref={host} />;
}

function comparison(original: string): Extension {
  return unifiedMergeView({
    original,
    mergeControls: false,
    gutter: false,
    collapseUnchanged: { margin: 2, minSize: 4 }
  });
}
