// What a switch still has to tell the router: kept until it is answered, sent again after a lost connection or a silence
// under the same requestId, and of one leg always in order: the next is sent when the one before was answered.
//
// Nothing is sent while it is held back: after a lost connection the switch first says what it has (return.ts).

import { CallTimedOutError, ConnectionClosedError, RefusedError } from '../../client/client.ts';
import type { Clock } from '../../engine/clock.ts';
import { overloadedRetryAfterMs } from '../../limits.ts';

export type Params = Readonly<Record<string, unknown>>;
/** One try on the connection of now: rejects with ConnectionClosedError when that is lost, and is not repeated by itself. */
export type Try = (method: string, params: Params) => Promise<unknown>;

export interface Report {
  readonly method: string;
  readonly params: Params;
  done?(result: unknown): void;
  /** The router will have none of it: there is nothing more to be said. */
  refused?(error: RefusedError): void;
}

interface Queue {
  readonly reports: Report[];
  isSending: boolean;
}

/** Refusals that pass: the same request may succeed later. */
const passing = new Set(['overloaded', 'not_ready']);

export class Reports {
  readonly #try: Try;
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();
  readonly #failed: (error: unknown) => void;
  readonly #waited = new Map<Report, () => void>();
  #isOpen = false;
  sent = 0;
  repeated = 0;
  readonly #tried = new WeakSet<Report>();

  /** `failed` hears of what must not happen: an error that is no refusal, no silence and no lost connection. */
  constructor(send: Try, clock: Clock, failed: (error: unknown) => void) {
    this.#try = send;
    this.#clock = clock;
    this.#failed = failed;
  }

  get unanswered(): number {
    let count = 0;
    for (const { reports } of this.#queues.values()) count += reports.length;
    return count;
  }

  /** `about`: a leg, or whatever else has an order of its own. */
  push(about: string, report: Report): void {
    const queue = this.#queues.get(about) ?? { reports: [], isSending: false };
    this.#queues.set(about, queue);
    queue.reports.push(report);
    void this.#send(about, queue);
  }

  /** What has not been answered about it need not be said any more. */
  drop(about: string, isNeedless: (report: Report) => boolean = () => true): void {
    const queue = this.#queues.get(about);
    if (queue === undefined) return;
    const all = queue.reports.splice(0);
    for (const report of all) {
      if (isNeedless(report)) this.#settle(report);
      else queue.reports.push(report);
    }
    this.#tidy(about, queue);
  }

  has(about: string): boolean {
    return this.#queues.has(about);
  }

  some(fits: (report: Report) => boolean): boolean {
    for (const { reports } of this.#queues.values()) if (reports.some(fits)) return true;
    return false;
  }

  /** Whatever something has not been answered about. */
  abouts(): string[] {
    return [...this.#queues.keys()];
  }

  open(): void {
    this.#isOpen = true;
    for (const [about, queue] of this.#queues) void this.#send(about, queue);
  }

  hold(): void {
    this.#isOpen = false;
  }

  /** Resolves when everything that is there now has been answered or dropped. */
  async answered(): Promise<void> {
    const reports = [...this.#queues.values()].flatMap((queue) => queue.reports);
    await Promise.all(
      reports.map(
        (report) =>
          new Promise<void>((resolve) => {
            const others = this.#waited.get(report);
            this.#waited.set(report, () => {
              others?.();
              resolve();
            });
          }),
      ),
    );
  }

  async #send(about: string, queue: Queue): Promise<void> {
    if (queue.isSending) return;
    queue.isSending = true;
    while (this.#isOpen && queue.reports.length > 0) {
      const [report] = queue.reports as [Report];
      if (!(await this.#sendOne(report))) continue;
      // It may have been dropped meanwhile.
      if (queue.reports[0] === report) queue.reports.shift();
      this.#settle(report);
    }
    queue.isSending = false;
    this.#tidy(about, queue);
  }

  /** True: it was answered for good. */
  async #sendOne(report: Report): Promise<boolean> {
    this.sent += 1;
    if (this.#tried.has(report)) this.repeated += 1;
    this.#tried.add(report);
    try {
      const result = await this.#try(report.method, report.params);
      report.done?.(result);
      return true;
    } catch (error) {
      if (error instanceof ConnectionClosedError) return this.#lost();
      if (error instanceof CallTimedOutError) return false;
      if (!(error instanceof RefusedError)) {
        this.#failed(error);
        return true;
      }
      if (!passing.has(error.refusal ?? '')) {
        report.refused?.(error);
        return true;
      }
      await new Promise<void>((resolve) => {
        this.#clock.wakeAt(this.#clock.now() + overloadedRetryAfterMs, resolve);
      });
      return false;
    }
  }

  /** Whoever tells of the connection may be later than the call that failed with it. */
  #lost(): false {
    this.#isOpen = false;
    return false;
  }

  #settle(report: Report): void {
    const waited = this.#waited.get(report);
    this.#waited.delete(report);
    waited?.();
  }

  #tidy(about: string, queue: Queue): void {
    if (queue.reports.length === 0 && !queue.isSending && this.#queues.get(about) === queue) this.#queues.delete(about);
  }
}
