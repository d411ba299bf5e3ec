/** A message, with what stands in backticks as code. It is text all the way: no markup of a notebook gets in. */
import * as React from 'react';
import { quoted } from './quoted';

export function Text({ text }: { text: string }): React.JSX.Element {
  return (
    <>
      {quoted(text).map((part, index) =>
        part.isCode ? <code key={index}>{part.text}</code> : <React.Fragment key={index}>{part.text}</React.Fragment>
      )}
    </>
  );
}
