// Generated from src/nbprod/protocol.py by jupyter_ext/generate.py: do not edit.


export const PROTOCOL_VERSION = 1;

/** Rules that no comment, tag or metadata silences. */
export const UNIGNORABLE: readonly string[] = ['hard-coded-secret', 'secret-in-output'];

export type Dimension = 'ideal-conditions' | 'data' | 'evaluation' | 'integration' | 'operations' | 'ownership' | 'maintenance' | 'trust' | 'demo-gap';

export type Severity = 'error' | 'warning' | 'info';

export type Confidence = 'high' | 'medium' | 'low';

export type Safety = 'safe' | 'unsafe' | 'template';

export type Profile = 'explore' | 'production';

export interface CellRef {
  readonly index: number;
  readonly id: string | null;
}

export interface Span {
  readonly cell: CellRef;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly fileLine: number | null;
  readonly output: number | null;
}

export interface ReplaceText {
  readonly kind: 'replaceText';
  readonly span: Span;
  readonly text: string;
}

export interface InsertCell {
  readonly kind: 'insertCell';
  readonly before: number;
  readonly cellType: string;
  readonly source: string;
  readonly tags: readonly (string)[];
}

export interface DeleteCell {
  readonly kind: 'deleteCell';
  readonly cell: CellRef;
}

export interface ClearOutputs {
  readonly kind: 'clearOutputs';
  readonly cell: CellRef;
}

export interface SetMetadata {
  readonly kind: 'setMetadata';
  readonly cell: CellRef | null;
  readonly path: readonly (string)[];
  readonly value: string | number | boolean | readonly (string)[] | { readonly [key: string]: string } | null;
}

export interface Fix {
  readonly title: string;
  readonly safety: Safety;
  readonly edits: readonly (ReplaceText | InsertCell | DeleteCell | ClearOutputs | SetMetadata)[];
}

export interface Related {
  readonly span: Span;
  readonly note: string;
}

export interface Action {
  readonly kind: string;
  readonly cells: readonly (CellRef)[];
}

export interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly at: Span;
  readonly severity: Severity;
  readonly productionSeverity: Severity;
  readonly confidence: Confidence;
  readonly dimension: Dimension | null;
  readonly fingerprint: string;
  readonly related: readonly (Related)[];
  readonly fixes: readonly (Fix)[];
  readonly advice: string | null;
  readonly action: Action | null;
  readonly docs: string | null;
  readonly absence: boolean;
  readonly live: boolean;
}

export interface Suppressed {
  readonly finding: Finding;
  readonly by: string;
  readonly reason: string | null;
}

export interface Problem {
  readonly path: string;
  readonly stage: string;
  readonly message: string;
  readonly cell: CellRef | null;
  readonly rule: string | null;
}

export interface DimensionScore {
  readonly dimension: Dimension;
  readonly score: number | null;
  readonly penalty: number;
  readonly findings: number;
}

export interface NextStep {
  readonly rule: string;
  readonly points: number;
  readonly findings: number;
  readonly fixable: number;
}

export interface Scores {
  readonly headline: number | null;
  readonly level: string | null;
  readonly cappedBy: Dimension | null;
  readonly reason: string;
  readonly assessed: number;
  readonly headlineWithWaivers: number | null;
  readonly mean: number | null;
  readonly dimensions: readonly (DimensionScore)[];
  readonly nextSteps: readonly (NextStep)[];
  readonly ruleset: string;
}

export interface Live {
  readonly python: string;
  readonly runs: number;
  readonly names: readonly (string)[];
  readonly setAside: readonly (string)[];
}

export interface Report {
  readonly version: number;
  readonly revision: number;
  readonly path: string;
  readonly profile: Profile;
  readonly config: string | null;
  readonly skipped: string | null;
  readonly findings: readonly (Finding)[];
  readonly suppressed: readonly (Suppressed)[];
  readonly problems: readonly (Problem)[];
  readonly scores: Scores | null;
  readonly live: Live | null;
}

export interface CellText {
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  readonly source: string;
  readonly metadata: { readonly [key: string]: unknown };
  readonly executionCount: number | null;
  readonly outputs: readonly ({ readonly [key: string]: unknown })[] | null;
}

export interface AnalyseRequest {
  readonly kind: 'analyse';
  readonly version: number;
  readonly revision: number;
  readonly path: string;
  readonly order: readonly (string)[];
  readonly changed: readonly (CellText)[];
  readonly edits: boolean;
  readonly profile: Profile | null;
  readonly metadata: { readonly [key: string]: unknown };
}

export interface CombineRequest {
  readonly kind: 'combine';
  readonly version: number;
  readonly revision: number;
  readonly fixes: readonly (Fix)[];
}

export interface ReportAnswer {
  readonly kind: 'report';
  readonly revision: number;
  readonly report: Report;
  readonly analyser: string;
  readonly milliseconds: number;
}

export interface NeedCells {
  readonly kind: 'needCells';
  readonly revision: number;
  readonly ids: readonly (string)[];
}

export interface Combined {
  readonly kind: 'combined';
  readonly revision: number;
  readonly edits: readonly (ReplaceText | InsertCell | DeleteCell | ClearOutputs | SetMetadata)[];
  readonly taken: readonly (number)[];
}

export interface Failure {
  readonly kind: 'failure';
  readonly revision: number;
  readonly message: string;
}

export type Edit = ReplaceText | InsertCell | DeleteCell | ClearOutputs | SetMetadata;

export type Request = AnalyseRequest | CombineRequest;

export type Answer = ReportAnswer | NeedCells | Combined | Failure;
