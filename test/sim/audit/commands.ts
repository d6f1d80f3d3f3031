// What became of each command that reached the router, as far as anybody outside can know.
//
// A command is what somebody wants once, however often it is sent: the attempts with one requestId, or those that create
// one id. An attempt that was answered with a result is in effect. One that was refused is not, and neither is any before
// it: had one been in effect, its first answer would have come again. `overloaded` and `not_ready` say nothing of those before.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members, Who } from '../setting.ts';

export type InEffect = 'yes' | 'no' | 'maybe';

export interface Answered {
  readonly result?: Members;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Members };
}

/** Nothing was done, and the same may be asked again. */
const passing = new Set(['overloaded', 'not_ready', 'too_many_sessions', 'session_not_open']);

export class Command {
  readonly who: Who;
  readonly method: string;
  readonly params: Members;
  /** In the order of what the auditor sees: when it reached the router first, and by when it was in effect, if ever. */
  readonly start: number;
  end = Number.POSITIVE_INFINITY;
  result: Members | undefined;
  inEffect: InEffect = 'no';
  /** The answer that every repetition must be given. */
  #first: string | undefined;

  constructor(who: Who, method: string, params: Members, start: number) {
    this.who = who;
    this.method = method;
    this.params = params;
    this.start = start;
  }

  attempted(): void {
    if (this.inEffect === 'no' && this.#first === undefined) this.inEffect = 'maybe';
    if (this.result === undefined) this.end = Number.POSITIVE_INFINITY;
  }

  /** The process that it reached is gone: what is not in effect by now never will be, unless it is sent again. */
  processGone(at: number): void {
    this.end = Math.min(this.end, at);
  }

  /** Returns what is wrong with the answer. */
  answered({ result, error }: Answered, at: number): string | undefined {
    if (error !== undefined) {
      const refusal = error.data?.refusal as string | undefined;
      if (passing.has(refusal ?? '')) return undefined;
      // Whoever it named was erased since: what became of it is what the answers before have said, or nobody knows.
      if (refusal === 'first_answer_erased') {
        this.end = Math.min(this.end, at);
        return undefined;
      }
      if (this.result === undefined) this.inEffect = 'no';
      // A bug of ours is not remembered: the command may be tried again.
      if (refusal === undefined) return this.#notAfterResult(error.message);
      return this.#sameAsFirst(refusal);
    }
    this.inEffect = 'yes';
    if (this.result === undefined) this.end = at;
    this.result ??= result ?? {};
    return this.params.requestId === undefined ? undefined : this.#sameAsFirst(canonical(result));
  }

  #notAfterResult(message: string): string | undefined {
    return this.result === undefined ? undefined : `was answered with a result and then failed: ${message}`;
  }

  #sameAsFirst(answer: string): string | undefined {
    if (this.params.requestId === undefined) return this.#notAfterResult(answer);
    this.#first ??= answer;
    return this.#first === answer ? undefined : `was answered ${this.#first} and then ${answer}`;
  }
}

/** A value that commands set, one after the other or at the same time. */
export class Register {
  readonly #writes: { readonly value: unknown; readonly command: Command }[] = [];
  readonly #initial: unknown;

  constructor(initial: unknown) {
    this.#initial = initial;
  }

  write(value: unknown, command: Command): void {
    this.#writes.push({ value, command });
  }

  /** What it may be now: what no later command has certainly replaced. */
  possible(): unknown[] {
    return this.during(Number.POSITIVE_INFINITY);
  }

  /** Whatever it may have been at any time. */
  ever(): unknown[] {
    return this.during(-1);
  }

  /** What it may have been at some time since then. */
  during(since: number): unknown[] {
    const replaced = (end: number) =>
      this.#writes.some(({ command }) => command.inEffect === 'yes' && command.start > end && command.end <= since);
    const values = this.#writes
      .filter(({ command }) => command.inEffect !== 'no' && !replaced(command.end))
      .map(({ value }) => value);
    return replaced(-1) ? values : [...values, this.#initial];
  }
}
