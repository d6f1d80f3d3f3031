// A switch that does what a case says and nothing else: each request of the router waits until a step answers it. It can
// leave and come back, and remembers in which session it was asked what.

import { StrowgerClient } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import type { SocketFactory } from '../../client/socket.ts';
import type { Clock } from '../../engine/clock.ts';
import { type LegCause, type LegRequestName, legRequests } from '../../protocol/legs.ts';
import type { Listening } from './listening.ts';
import { Ear } from './listening.ts';

export type Params = Readonly<Record<string, unknown>>;
export type Token = () => string | Promise<string>;

export interface Asked {
  readonly method: LegRequestName;
  readonly params: Params;
  /** The how-manieth session it was asked in. */
  readonly session: number;
  answer(answer: SwitchAnswer): void;
}

/** Done, or it will not happen, because of this. */
export type SwitchAnswer = 'done' | { readonly cause: LegCause };

export interface PuppetOptions extends Listening {
  readonly url: string;
  readonly token: Token;
  readonly clock: Clock;
  readonly sockets?: SocketFactory;
}

export class PuppetSwitch {
  readonly asked: Ear<Asked>;
  readonly told: Ear<{ readonly event: string; readonly params: Params }>;
  state: Params = {};
  /** Answers whatever is asked from now on: when a case is over. */
  #isObliging = false;
  readonly #options: PuppetOptions;
  readonly #unanswered = new Set<Asked>();
  #client: StrowgerClient | undefined;
  #sessions = 0;
  #reports = 0;

  constructor(options: PuppetOptions) {
    this.#options = options;
    this.asked = new Ear(options);
    this.told = new Ear(options);
  }

  get client(): StrowgerClient {
    if (this.#client === undefined) throw new Error('the switch has left');
    return this.#client;
  }
  get session(): number {
    return this.#sessions;
  }

  async connect(): Promise<void> {
    const { url, token, clock, waitMs, sockets } = this.#options;
    this.#sessions += 1;
    const session = this.#sessions;
    const names = Object.keys(legRequests) as LegRequestName[];
    this.#client = await StrowgerClient.connect({
      url,
      token,
      clock,
      reconnect: false,
      ...(sockets && { sockets }),
      connectTimeoutMs: waitMs,
      timeoutMs: waitMs,
      onState: (state) => {
        this.state = state;
      },
      requests: Object.fromEntries(
        names.map((method) => [method, (params: Params) => this.#isAsked(method, params, session)]),
      ),
    });
    this.#client.on('*', ((event: string, params: Params) => this.told.hear({ event, params })) as never);
  }

  /** The connection is lost: what was asked in it cannot be answered any more. */
  leave(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  report(legs: readonly Params[], complete: boolean): Promise<Params> {
    this.#reports += 1;
    return this.client.request('switch.report', { legs, complete }) as Promise<Params>;
  }

  oblige(): void {
    this.#isObliging = true;
    for (const asked of [...this.#unanswered]) asked.answer('done');
  }

  #isAsked(method: LegRequestName, params: Params, session: number): Promise<unknown> {
    if (this.#isObliging) return Promise.resolve({});
    return new Promise((resolve, reject) => {
      const asked: Asked = {
        method,
        params,
        session,
        answer: (answer) => {
          this.#unanswered.delete(asked);
          if (answer === 'done') resolve({});
          else reject(new RefusedError(1, 'it will not happen', answer));
        },
      };
      this.#unanswered.add(asked);
      this.asked.hear(asked);
    });
  }
}
