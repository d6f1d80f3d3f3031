// One thing after the other for each leg and each bridge, and whatever is about others beside it: a request to Asterisk takes a
// turn of the network, and what is asked of one channel must reach it in the order in which it was decided.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** When it is the turn of all of these. What one act throws its caller hears, and nobody behind it. */
  take<T>(keys: readonly string[], act: () => Promise<T>): Promise<T> {
    const before = keys.map((key) => this.#last.get(key));
    const done = Promise.all(before).then(act);
    const settled = done.then(
      () => {},
      () => {},
    );
    for (const key of keys) this.#last.set(key, settled);
    void settled.then(() => {
      for (const key of keys) if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return done;
  }
}
