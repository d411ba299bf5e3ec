/** What a fix changes, line by line, in the colours of the theme. */
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ICellChange, StructuralEdit, structuralEdits } from '../edits';
import type { Fix, SetMetadata } from '../protocol.gen';
import { Text } from './Text';

export interface IDiffProps {
  changes: ICellChange[];
  fix: Fix;
  textOf(cell: string): string | null;
  trans: TranslationBundle;
}

export function Diff({ changes, fix, textOf, trans }: IDiffProps): React.JSX.Element {
  return (
    <div className="nbprod-Diff" role="group" aria-label={trans.__('Preview of the fix')}>
      {structuralEdits(fix).map((edit, index) => (
        <Structure key={index} edit={edit} textOf={textOf} trans={trans} />
      ))}
      {changes.map(change => (
        <figure key={change.cell}>
          <figcaption>{trans.__('Cell %1', change.index + 1)}</figcaption>
          <Merge before={change.before} after={change.after} label={trans.__('Changed cell')} />
        </figure>
      ))}
    </div>
  );
}

function Structure(props: Pick<IDiffProps, 'textOf' | 'trans'> & { edit: StructuralEdit }): React.JSX.Element {
  const { edit, textOf, trans } = props;
  switch (edit.kind) {
    case 'insertCell':
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
    case 'deleteCell':
      return (
        <figure>
          <figcaption>{trans.__('Cell %1 is deleted', edit.cell.index + 1)}</figcaption>
          <Merge before={textOf(edit.cell.id ?? '') ?? ''} after="" label={trans.__('Deleted cell')} />
        </figure>
      );
    case 'clearOutputs':
      return <p>{trans.__('The outputs of cell %1 are cleared.', edit.cell.index + 1)}</p>;
    case 'setMetadata':
      return (
        <p>
          <Text text={metadata(edit, trans)} />
        </p>
      );
  }
}

function metadata({ cell, path, value }: SetMetadata, trans: TranslationBundle): string {
  if (cell && path.join() === 'tags' && Array.isArray(value)) {
    return trans.__('Cell %1 is tagged %2.', cell.index + 1, value.map(tag => `\`${tag}\``).join(', '));
  }
  const [name, text] = [path.join('.'), JSON.stringify(value)];
  return cell
    ? trans.__('In the metadata of cell %1, `%2` becomes `%3`.', cell.index + 1, name, text)
    : trans.__('In the metadata of the notebook, `%1` becomes `%2`.', name, text);
}

function Merge({ before, after, label }: { before: string; after: string; label: string }): React.JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (!host.current) {
      return;
    }
    const view = new EditorView({
      parent: host.current,
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
