/** How somebody looks at one notebook's findings: kept while they look at another notebook. */
import * as React from 'react';
import type { Dimension, Finding } from '../protocol.gen';
import type { Grouping } from './groups';

export class View {
  text = '';
  dimension: Dimension | null = null;
  grouping: Grouping = 'severity';
  /** Groups that were opened or closed by hand. */
  readonly isOpen = new Map<string, boolean>();
  /** How many cards each group shows. */
  readonly sizes = new Map<string, number>();
  /** The finding that the keyboard went to in the cells. */
  marked: Finding | null = null;
}

/** One value of a view, as React state that outlives the component. */
export function useKept<Key extends 'text' | 'dimension' | 'grouping'>(
  view: View,
  key: Key
): [View[Key], (value: View[Key]) => void] {
  const [value, setValue] = React.useState<View[Key]>(view[key]);
  return [
    value,
    changed => {
      view[key] = changed;
      setValue(changed);
    }
  ];
}
