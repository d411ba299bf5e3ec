/** Builds the plain values that tests speak of. */
import type { Finding, Fix, ReplaceText, Span } from '../../jupyter_ext/src/protocol.gen';

export function span(cell: string, start: number, end: number, index = 0): Span {
  return { cell: { index, id: cell }, start, end, line: 1, column: 1, endLine: 1, endColumn: 1, fileLine: null, output: null };
}

export function replace(cell: string, start: number, end: number, text: string): ReplaceText {
  return { kind: 'replaceText', span: span(cell, start, end), text };
}

export function fix(...edits: Fix['edits']): Fix {
  return { title: 'a fix', safety: 'safe', edits };
}

export function finding(rule: string, values: Partial<Finding> = {}): Finding {
  return {
    rule,
    message: `${rule} is wrong`,
    at: span('a', 0, 1),
    severity: 'warning',
    productionSeverity: 'error',
    confidence: 'high',
    dimension: 'integration',
    fingerprint: rule,
    related: [],
    fixes: [],
    advice: null,
    action: null,
    docs: null,
    absence: false,
    live: false,
    ...values
  };
}
