/** Characters that are not seen but change what is: control characters, and those that turn the direction of the text. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Divides a message at its backticks: what stands between two of them is code. Unseen characters become dots. */
export function quoted(message: string): { text: string; isCode: boolean }[] {
  const parts = message.replace(UNSEEN, '•').split('`');
  // An odd one out is no quotation mark.
  const last = parts.length % 2 === 0 ? parts.pop() : undefined;
  if (last !== undefined) {
    parts[parts.length - 1] += `\`${last}`;
  }
  return parts.map((text, index) => ({ text, isCode: index % 2 === 1 })).filter(part => part.text);
}

/** A message where no code can be shown as such. */
export function plain(message: string): string {
  return quoted(message)
    .map(part => part.text)
    .join('');
}
