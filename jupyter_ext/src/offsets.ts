/** The wire counts code points, editors and strings count UTF-16 units: this is the one place that converts. */

/** The UTF-16 offset of a code point offset; an offset beyond the text gives its length. */
export function toUtf16(text: string, codePoints: number): number {
  let units = 0;
  for (let seen = 0; seen < codePoints && units < text.length; seen++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

/** The half-open UTF-16 offsets of a span in the text that it was made for. */
export function range(text: string, span: { readonly start: number; readonly end: number }): [number, number] {
  const start = toUtf16(text, span.start);
  return [start, start + toUtf16(text.slice(start), span.end - span.start)];
}
