// What every switch has with its router, whatever its legs are made of: the link, the return after each opening, reports, ids of its own,
// and who is told what happens.

import type { Clock } from '../../engine/clock.ts';
import type { Params } from './answered-requests.ts';
import { Reports } from './reports.ts';
import { Return, type ReturningLeg, type ReturningSwitch } from './return.ts';

/** What a switch needs of its connection: the typed client is one. */
export interface RouterLink {
  request(method: string, params: Params, options?: { repeat?: boolean }): Promise<unknown>;
}

/** What every switch tells whoever looks on. */
export type SessionEvent = Parameters<ReturningSwitch<never>['tell']>[0];

export interface SessionOptions<Event> {
  readonly clock: Clock;
  /** Begins the ids of what the switch makes and reports: another for every process that runs, so that none is used twice. */
  readonly idPrefix: string;
  readonly listener?: (event: Event) => void;
}

export abstract class RouterSession<Leg extends ReturningLeg, Event> {
  readonly reports: Reports;
  readonly #idPrefix: string;
  readonly #listener: (event: Event | SessionEvent) => void;
  #link: RouterLink | undefined;
  #return: Return<Leg> | undefined;
  #returns = 0;
  #lastId = 0;
  #isDraining = false;

  constructor({ clock, idPrefix, listener }: SessionOptions<Event | SessionEvent>) {
    this.#idPrefix = idPrefix;
    this.#listener = listener ?? (() => {});
    this.reports = new Reports(
      (method, params) => this.request(method, params),
      clock,
      (error) => this.tell({ what: 'failed', why: String(error) }),
    );
  }

  /** Itself, as a return sees it. */
  protected abstract returning(): ReturningSwitch<Leg>;

  /** The router is there and has been told what there is. */
  get isRouted(): boolean {
    return this.#return?.isOver === true;
  }

  /** No session is open. */
  get isAway(): boolean {
    return this.#return === undefined;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** It wants to go, or stays after all: takes no more calls, finishes those that it has. Resolves when the router knows. */
  drain(on: boolean): Promise<void> {
    this.#isDraining = on;
    return new Promise((resolve) => {
      const requestId = this.newId('drain');
      this.reports.push('', {
        method: 'switch.drain',
        params: { on, requestId },
        done: () => resolve(),
        refused: ({ message }) => {
          this.tell({ what: 'failed', why: `switch.drain was refused: ${message}` });
          resolve();
        },
      });
    });
  }

  /** A session is open, the first or another: says what is there, then goes on. */
  opened(link: RouterLink): void {
    this.#link = link;
    this.#returns += 1;
    this.#return = new Return<Leg>(this.returning(), this.#returns);
    void this.#return.run();
  }

  lost(): void {
    this.#return?.stop();
    this.#return = undefined;
    this.reports.hold();
  }

  request(method: string, params: Params): Promise<unknown> {
    if (this.#link === undefined) return Promise.reject(new Error('the switch was never connected'));
    return this.#link.request(method, params, { repeat: false });
  }

  newId(of: string): string {
    this.#lastId += 1;
    return `${this.#idPrefix}.${of}${this.#lastId}`;
  }

  tell(event: Event | SessionEvent): void {
    this.#listener(event);
  }
}
