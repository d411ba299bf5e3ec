/** Divides a message at its backticks: what stands between two of them is code. */
export function quoted(message: string): { text: string; isCode: boolean }[] {
  const parts = message.split('`');
  // An odd one out is no quotation mark.
  const last = parts.length % 2 === 0 ? parts.pop() : undefined;
  if (last !== undefined) {
    parts[parts.length - 1] += `\`${last}`;
  }
  return parts.map((text, index) => ({ text, isCode: index % 2 === 1 })).filter(part => part.text);
}
