/** What a fix changes, line by line, in the colours of the theme. */
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ICellChange } from '../edits';
import type { Fix } from '../protocol.gen';

export function Diff(props: { changes: ICellChange[]; fixes: readonly Fix[]; trans: TranslationBundle }): JSX.Element {
  const { changes, fixes, trans } = props;
  const inserted = fixes.flatMap(fix => fix.edits).flatMap(edit => (edit.kind === 'insertCell' ? [edit] : []));
  return (
    <div className="nbprod-Diff" role="group" aria-label={trans.__('Preview of the fix')}>
      {inserted.map((edit, index) => (
        <figure key={index}>
          <figcaption>
            {edit.tags.length ? trans.__('New cell, tagged %1', edit.tags.join(', ')) : trans.__('New cell')}
          </figcaption>
          <Merge before="" after={edit.source} label={trans.__('New cell')} />
        </figure>
      ))}
      {changes.map(change => (
        <figure key={change.cell}>
          <Merge before={change.before} after={change.after} label={trans.__('Changed cell')} />
        </figure>
      ))}
    </div>
  );
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
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 2, minSize: 4 } })
        ]
      })
    });
    return () => view.destroy();
  }, [before, after, label]);
  return <div className="nbprod-Merge" ref={host} />;
}
