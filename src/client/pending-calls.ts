// The calls of a client that have no answer yet, in the order in which they were made.
//
// A call keeps its text, so that it can be sent again, the same in every byte, after a reconnect or an `overloaded`.
// It is in one of three places: queued (not sent on this connection), sent, or resting until it may be tried again.

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly text: string;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly retries: boolean;
  /** It is sent again on the next connection. */
  readonly repeats: boolean;
  sent: boolean;
  /** Not before this time; 0: at once. */
  restsUntil: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class PendingCalls {
  readonly #calls = new Map<number, Call>();
  #queue: Call[] = [];
  #sent = 0;

  get size(): number {
    return this.#calls.size;
  }
  get sent(): number {
    return this.#sent;
  }

  add(call: Call): void {
    this.#calls.set(call.id, call);
    this.#queue.push(call);
  }

  /** Takes the next queued call to be sent; undefined when there is none. */
  next(): Call | undefined {
    for (;;) {
      const call = this.#queue.shift();
      if (call === undefined) return undefined;
      if (!this.#calls.has(call.id) || call.sent) continue;
      call.sent = true;
      this.#sent += 1;
      return call;
    }
  }

  /** The call that this answer belongs to, taken out. */
  take(id: unknown): Call | undefined {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined;
    if (call === undefined) return undefined;
    this.#calls.delete(call.id);
    if (call.sent) this.#sent -= 1;
    return call;
  }

  /** Puts a call that was taken back: it rests until `restsUntil`. */
  rest(call: Call, restsUntil: number): void {
    call.sent = false;
    call.restsUntil = restsUntil;
    this.#calls.set(call.id, call);
  }

  /** Queues what has rested; takes out what is overdue; says when to look again (0: nothing to wait for). */
  review(now: number): { overdue: Call[]; nextAt: number } {
    const overdue: Call[] = [];
    let nextAt = 0;
    for (const call of this.#calls.values()) {
      if (call.deadline <= now) {
        overdue.push(call);
        continue;
      }
      if (call.restsUntil !== 0 && call.restsUntil <= now) {
        call.restsUntil = 0;
        this.#queue.push(call);
      }
      const at = call.restsUntil === 0 ? call.deadline : Math.min(call.restsUntil, call.deadline);
      if (nextAt === 0 || at < nextAt) nextAt = at;
    }
    for (const call of overdue) this.take(call.id);
    return { overdue, nextAt };
  }

  /** The connection is gone: what was sent is queued again, in the order of the calls, before what was not. */
  requeueSent(): void {
    this.#sent = 0;
    this.#queue = [];
    for (const call of this.#calls.values()) {
      call.sent = false;
      if (call.restsUntil === 0) this.#queue.push(call);
    }
    this.#queue.sort((a, b) => a.id - b.id);
  }

  /** Those that are not to be sent on another connection, taken out. */
  takeUnrepeated(): Call[] {
    const calls = [...this.#calls.values()].filter(({ repeats }) => !repeats);
    for (const call of calls) this.take(call.id);
    return calls;
  }

  /** Everything, taken out. */
  drain(): Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#queue = [];
    this.#sent = 0;
    return calls;
  }
}
