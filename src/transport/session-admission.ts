// How many sessions of a tenant may open in a second: so many at once, and then as many as flow back in. When all
// clients come back together this spreads the cost of their full states, and clients wait with jitter.

export class SessionAdmission {
  readonly #perSecond: number;
  #allowance: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#allowance = perSecond;
    this.#at = now;
  }

  admits(now: number): boolean {
    const refill = ((now - this.#at) * this.#perSecond) / 1000;
    this.#at = now;
    this.#allowance = Math.min(this.#perSecond, this.#allowance + refill);
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
