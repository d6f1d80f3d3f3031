// The steps of an explanation: of too many the first and the last.

import type { ExplanationStep } from '../protocol/explanation.ts';

export class StepList {
  readonly #max: number;
  readonly #first: ExplanationStep[] = [];
  #last: ExplanationStep[] = [];
  #leftOut = 0;

  constructor(max: number) {
    this.#max = max;
  }

  push(step: ExplanationStep): void {
    const half = Math.ceil(this.#max / 2);
    if (this.#first.length < half) {
      this.#first.push(step);
      return;
    }
    this.#last.push(step);
    // Twice as many as are wanted, so that each is moved but once.
    if (this.#last.length > 2 * half) this.#trim();
  }

  #trim(): void {
    const tooMany = this.#first.length + this.#last.length - this.#max;
    if (tooMany <= 0) return;
    this.#last = this.#last.slice(tooMany);
    this.#leftOut += tooMany;
  }

  all(): { steps: ExplanationStep[]; stepsLeftOut: number } {
    this.#trim();
    return { steps: [...this.#first, ...this.#last], stepsLeftOut: this.#leftOut };
  }
}
