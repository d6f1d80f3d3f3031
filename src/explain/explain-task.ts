// What goes to the process that explains, and what comes back: plain data, so that it can go through a pipe.

import type { Explanation } from '../protocol/explanation.ts';
import type { ExplanationFault, Question } from './stored-explanations.ts';

export interface ExplainTask {
  readonly dataDir: string;
  readonly tenant: string;
  readonly question: Question;
  readonly memoryPagesMax: number;
}

export type ExplainReply =
  | { readonly explanation: Explanation }
  | { readonly fault: ExplanationFault }
  /** The journal no longer reaches back; from when on it does, where it does at all. */
  | { readonly trimmed: { readonly since?: number } }
  /** The store says what is wrong with it. */
  | { readonly unreadable: string }
  /** A bug of ours. */
  | { readonly error: string };
