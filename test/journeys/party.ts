// One party to a journey: a typed client, and everything that it was told, in order.
//
// Numbers of notifications are checked as they come: a gap or a repetition within an epoch fails the next thing that the
// test asks of the party. The client would hide one by opening afresh.

import { WebSocket } from 'ws';
import { RefusedError, type RequestHandler, type State, StrowgerClient } from '../../src/client/client.ts';
import type { ClientSocket } from '../../src/client/socket.ts';
import { systemRandomness } from '../../src/engine/clock.ts';
import type { EventName, EventParams } from '../../src/protocol/events.ts';
import type { MethodName, Params, Result } from '../../src/protocol/methods.ts';

export interface Told {
  readonly event: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly seq: number;
  readonly epoch: string;
}

export interface Loss {
  readonly code: number | undefined;
  readonly reason: string | undefined;
}

const toldWithinMs = 15_000;

export interface PartyOptions {
  readonly url: string;
  readonly token: string | (() => Promise<string>);
  readonly reconnect?: boolean;
  readonly connectTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** What the router may ask of it. */
  readonly requests?: Readonly<Record<string, RequestHandler>>;
  readonly onTold?: (told: Told) => void;
  readonly onState?: (state: State) => void;
}

/**
 * One message a turn: what waits for a response goes on before the next notification is read, so that it sees exactly
 * what had been told when the response was sent.
 */
function oneByOne(url: string): ClientSocket {
  const options = { perMessageDeflate: false, allowSynchronousEvents: false };
  return new WebSocket(url, options) as unknown as ClientSocket;
}

/** Comes back ten times as fast as others would. */
const impatient = { ...systemRandomness, fraction: () => systemRandomness.fraction() / 10 };

export class Party {
  client!: StrowgerClient;
  readonly name: string;
  /** Everything, since the first session. */
  readonly told: Told[] = [];
  /** The full states that it was given. */
  readonly states: State[] = [];
  readonly losses: Loss[] = [];
  readonly faults: string[] = [];
  #unread: Told[] = [];
  #onTold: ((told: Told) => void) | undefined;
  #statesSeen = 1;
  #waiting: (() => void)[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  static async connect(name: string, { onTold, onState, ...options }: PartyOptions): Promise<Party> {
    const party = new Party(name);
    party.#onTold = onTold;
    party.client = await StrowgerClient.connect({
      connectTimeoutMs: 15_000,
      timeoutMs: 20_000,
      ...options,
      sockets: oneByOne,
      randomness: impatient,
      onState: (state) => {
        party.states.push(state);
        onState?.(state);
      },
      onConnection: (what, { code, reason }) => {
        if (what === 'lost') party.losses.push({ code, reason });
        party.#stir();
      },
    });
    party.client.on('*', ((event: string, params: Told['params']) => party.#hear(event, params)) as never);
    return party;
  }

  get state(): State {
    return this.states.at(-1) ?? {};
  }

  async call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    this.#assertSound();
    return this.client.call(method, params);
  }

  /** The name of the refusal, or the code of JSON-RPC where it has none. Throws when the router does it. */
  async refusal(method: string, params: Readonly<Record<string, unknown>>): Promise<string | number> {
    const error = await this.error(method, params);
    return error.refusal ?? error.code;
  }

  async error(method: string, params: Readonly<Record<string, unknown>>): Promise<RefusedError> {
    try {
      const result = await this.client.request(method, params, { retry: false });
      throw new Error(`${this.name}: ${method} was not refused but answered ${JSON.stringify(result)}`);
    } catch (error) {
      if (error instanceof RefusedError) return error;
      throw error;
    }
  }

  /** The first one of this kind that was not yet asked for. */
  async next<E extends EventName>(
    event: E,
    fits: (params: EventParams<E>) => boolean = () => true,
  ): Promise<EventParams<E>> {
    let found: Told | undefined;
    await this.until(`${event} ${fits}`, () => {
      found = this.#unread.find((told) => told.event === event && fits(told.params as EventParams<E>));
      return found !== undefined;
    });
    this.#unread = this.#unread.filter((told) => told !== found);
    return found!.params as EventParams<E>;
  }

  /** What it has been told of this kind up to now. */
  all<E extends EventName>(event: E): EventParams<E>[] {
    return this.told.filter((told) => told.event === event).map(({ params }) => params as EventParams<E>);
  }

  /** Waits for something that a notification or a connection brings about. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + toldWithinMs;
    while (!holds()) {
      this.#assertSound();
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${this.name} waited for ${what} in vain; it was told:\n${this.history()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#assertSound();
  }

  history(): string {
    return this.told.map(({ seq, event, params }) => `${seq} ${event} ${JSON.stringify(params)}`).join('\n');
  }

  close(): void {
    this.client.close();
  }

  #hear(event: string, params: Told['params']): void {
    const { lastSeq: seq, session } = this.client;
    const before = this.told.at(-1);
    const epoch = session.sessionEpoch;
    if (before?.epoch === epoch && this.states.length === this.#statesSeen && seq !== before.seq + 1) {
      this.faults.push(`number ${seq} came after ${before.seq}`);
    }
    this.#statesSeen = this.states.length;
    const told: Told = { event, params, seq, epoch };
    this.told.push(told);
    this.#unread.push(told);
    this.#onTold?.(told);
    this.#stir();
  }

  #stir(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** What was told out of order, by the numbers. */
  get gaps(): string[] {
    const noticed = this.losses.filter(({ reason }) => /^notification \d|^resumed at/.test(reason ?? ''));
    return [...this.faults, ...noticed.map(({ reason }) => reason!)];
  }

  #assertSound(): void {
    const { gaps } = this;
    if (gaps.length > 0) throw new Error(`${this.name} was told out of order: ${gaps.join('; ')}`);
  }
}
