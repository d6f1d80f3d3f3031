// One WebSocket of the client: puts the frames of a turn together, parses what comes, and notices silence.
//
// Who waits for an answer goes on before the notifications behind it are told, also where all of them came in one frame: so a
// picture that an answer gives is there before the changes to it.
//
// It ends exactly once, by the other side, by silence or by drop(); afterwards it calls nobody. A socket that hangs is
// not waited for: its own closing may take as long as it likes.

import type { Clock, Wake } from '../engine/clock.ts';
import { batchRequestsMax, frameBytesMax } from '../limits.ts';
import type { ClientSocket, SocketFactory } from './socket.ts';

type Message = Readonly<Record<string, unknown>>;

export interface ConnectionEvents {
  opened(): void;
  message(message: Message): void;
  ended(code: number, reason: string): void;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly sockets: SocketFactory;
  readonly clock: Clock;
  /** Sends of one turn leave as one JSON-RPC batch. */
  readonly batch: boolean;
  /** Until watch() says otherwise: the time to connect and to open the session. */
  readonly openTimeoutMs: number;
}

const pingText = '{"jsonrpc":"2.0","id":"ping","method":"session.ping"}';

export class ClientConnection {
  readonly #socket: ClientSocket;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #batch: boolean;
  #turn: string[] = [];
  #turnCharacters = 0;
  #heardAt: number;
  #wake: Wake;
  /** Came and not handed on yet, and whether they wait for those who were answered. */
  #behind: Message[] = [];
  #waits = false;
  #ended = false;

  constructor({ url, sockets, clock, batch, openTimeoutMs }: ConnectionOptions, events: ConnectionEvents) {
    this.#events = events;
    this.#clock = clock;
    this.#batch = batch;
    this.#heardAt = clock.now();
    this.#wake = clock.wakeAt(this.#heardAt + openTimeoutMs, () => this.#end(closedAbnormally, 'not opened in time'));
    this.#socket = sockets(url);
    this.#socket.onopen = () => {
      if (!this.#ended) events.opened();
    };
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
    // What went wrong is told by the close that follows.
    this.#socket.onerror = () => {};
  }

  send(text: string): void {
    if (this.#ended) return;
    if (!this.#batch) {
      this.#socket.send(text);
      return;
    }
    if (this.#turn.length === batchRequestsMax || this.#turnCharacters + text.length > frameBytesMax / 4) this.#flush();
    if (this.#turn.length === 0) queueMicrotask(() => this.#flush());
    this.#turn.push(text);
    this.#turnCharacters += text.length;
  }

  /** The session is open: from now on pings keep it alive and silence ends it. */
  watch(pingMs: number): void {
    this.#wake.cancel();
    if (this.#ended) return;
    this.#wake = this.#clock.wakeAt(this.#clock.now() + pingMs, () => {
      const silentMs = this.#clock.now() - this.#heardAt;
      if (silentMs > 3 * pingMs) {
        this.#end(closedAbnormally, 'silent');
        return;
      }
      if (silentMs >= pingMs / 2) this.send(pingText);
      this.watch(pingMs);
    });
  }

  /** Ends the connection without telling anybody here. */
  drop(code = 1000, reason = 'done'): void {
    if (this.#ended) return;
    this.#flush();
    this.#ended = true;
    this.#wake.cancel();
    this.#socket.close(code, reason);
  }

  #flush(): void {
    const { length } = this.#turn;
    if (length === 0 || this.#ended) return;
    this.#socket.send(length === 1 ? this.#turn[0]! : `[${this.#turn.join(',')}]`);
    this.#turn = [];
    this.#turnCharacters = 0;
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    this.#heardAt = this.#clock.now();
    const value = JSON.parse(String(data)) as Message | Message[];
    if (Array.isArray(value)) this.#behind.push(...value);
    else this.#behind.push(value);
    if (!this.#waits) this.#handOn();
  }

  #handOn(): void {
    this.#waits = false;
    for (;;) {
      const message = this.#behind.shift();
      if (message === undefined || this.#ended) return;
      this.#events.message(message);
      const [next] = this.#behind;
      if (next === undefined || isResponse(next) || !isResponse(message)) continue;
      this.#waits = true;
      this.#clock.soon(() => this.#handOn());
      return;
    }
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    // What came before the end is not lost with it.
    for (const message of this.#behind.splice(0)) if (!this.#ended) this.#events.message(message);
    if (this.#ended) return;
    this.#ended = true;
    this.#wake.cancel();
    this.#socket.close();
    this.#events.ended(code, reason);
  }
}

function isResponse({ method }: Message): boolean {
  return method === undefined;
}

/** As WebSockets call it when no close frame came. */
const closedAbnormally = 1006;
