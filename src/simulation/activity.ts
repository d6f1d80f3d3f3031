// What of a replay is still on its way: requests without an answer and contacts that ring. When there is neither, and
// nothing has begun since the router last told the switch everything it had, recorded time may jump on.

export class Activity {
  readonly #ringing = new Set<string>();
  #unanswered = 0;
  #begun = 0;
  #waiters: (() => void)[] = [];

  /** Grows with everything that begins: what was quiet twice at the same number was quiet in between. */
  get begun(): number {
    return this.#begun;
  }

  get isQuiet(): boolean {
    return this.#unanswered === 0 && this.#ringing.size === 0;
  }

  /** Counts the request until it has its answer, and gives the answer on. */
  async of<T>(request: Promise<T>): Promise<T> {
    this.#begun++;
    this.#unanswered++;
    try {
      return await request;
    } finally {
      this.#unanswered--;
      this.#look();
    }
  }

  rings(contactId: string): void {
    this.#begun++;
    this.#ringing.add(contactId);
  }

  ringsNoMore(contactId: string): void {
    if (this.#ringing.delete(contactId)) this.#look();
  }

  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #look(): void {
    if (!this.isQuiet) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
