// What the router has asked and how it was answered, by requestId: a request that comes again is answered as before and
// done no second time, also while the first is still being done.

import { RefusedError } from '../../client/client.ts';
import { refusals } from '../../protocol/refusals.ts';

export type Params = Readonly<Record<string, unknown>>;

interface Remembered {
  readonly content: string;
  readonly answer: Promise<unknown>;
}

export class AnsweredRequests {
  readonly #answers = new Map<string, Remembered>();
  readonly #rememberedMax: number;
  readonly #isUndecided: (error: unknown) => boolean;
  repetitions = 0;

  /** `isUndecided`: an error after which nobody knows whether it was done; such an answer is given and not remembered. */
  constructor(rememberedMax: number, isUndecided: (error: unknown) => boolean = () => false) {
    this.#rememberedMax = rememberedMax;
    this.#isUndecided = isUndecided;
  }

  /** The answer to this request, made by `act` if it was not asked before. */
  once(method: string, params: Params, act: () => unknown): Promise<unknown> {
    const requestId = params.requestId as string;
    const content = JSON.stringify([method, params]);
    const before = this.#answers.get(requestId);
    if (before !== undefined) {
      if (before.content !== content) return Promise.reject(reused(requestId));
      this.repetitions += 1;
      return before.answer;
    }
    const answer = Promise.resolve().then(act);
    // Whoever asked hears of a refusal; that it is also kept here is no failure of its own.
    answer.catch((error: unknown) => {
      if (this.#isUndecided(error)) this.#answers.delete(requestId);
    });
    this.#answers.set(requestId, { content, answer });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#rememberedMax) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }
}

function reused(requestId: string): RefusedError {
  const refusal = 'request_id_reused_with_different_content';
  const [code, meaning] = refusals[refusal];
  return new RefusedError(code, meaning, { refusal, requestId });
}
