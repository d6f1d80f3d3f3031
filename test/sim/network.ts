// The network between a simulated router and its clients: the transport of the one, the sockets of the others.
//
//   client ─ send ─▶ delay ─ tap ─▶ router          frames of one connection keep their order, as on TCP
//          ◀─ delay ◀─ tap ─ send ─
//
// What can go wrong with a connection: it is cut, with or without either side being told; nothing passes for a while;
// the client does not read; frames are late; one is lost, or comes twice (a proxy that asks again). Frames that open a session are neither lost nor
// doubled alone. The taps are where the auditor listens: at the router's end, so it knows what reached the router
// and what the router let out, whoever hears it.

import type { ClientSocket, SocketFactory } from '../../src/client/socket.ts';
import type {
  Connection,
  HttpRequest,
  HttpResponse,
  Transport,
  TransportFactory,
  TransportHandlers,
} from '../../src/transport/transport.ts';
import type { EventLog } from './event-log.ts';
import type { SimRandom } from './random.ts';
import type { SimTime } from './sim-time.ts';

export interface Tap {
  connected(link: Link): void;
  received(link: Link, text: string): void;
  sent(link: Link, text: string): void;
  /** The router closes it. */
  closing(link: Link, reason: string): void;
  closed(link: Link): void;
}

export interface NetworkWeather {
  readonly delayMsMax: number;
  /** Of a frame. */
  readonly lost: number;
  readonly doubled: number;
}

const abnormally = 1006;

export class SimNetwork {
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly log: EventLog;
  readonly tap: Tap;
  weather: NetworkWeather = { delayMsMax: 3, lost: 0, doubled: 0 };
  readonly #links = new Set<Link>();
  #server: SimTransport | undefined;
  #made = 0;

  constructor(time: SimTime, random: SimRandom, log: EventLog, tap: Tap) {
    this.time = time;
    this.random = random;
    this.log = log;
    this.tap = tap;
  }

  /** The router's side. */
  readonly transport: TransportFactory = (_options, handlers) => {
    this.#server = new SimTransport(this, handlers);
    return this.#server;
  };

  /** A client's side. */
  sockets(who: string): SocketFactory {
    return () => {
      this.#made += 1;
      const link = new Link(this, who, this.#made);
      this.#links.add(link);
      this.time.after(this.delayMs(), () => {
        if (link.isOver) return;
        if (this.#server?.accepts(link) !== true) link.end(abnormally, 'refused', 'client');
      });
      return link.client;
    };
  }

  /** A request over HTTP that arrives at once; undefined when nobody listens. */
  http(request: HttpRequest): Promise<HttpResponse> | undefined {
    const server = this.#server;
    return server?.listens ? Promise.resolve(server.handlers.http(request)) : undefined;
  }

  delayMs(): number {
    return this.random.whole(0, this.weather.delayMsMax);
  }

  /** Both sides find out, each in its time. */
  cut(who: string): void {
    for (const link of this.#of(who)) link.end(abnormally, 'cut', 'both');
  }

  /** Nothing passes any more, and nobody is told. */
  vanish(who: string): void {
    for (const link of this.#of(who)) link.isLost = true;
  }

  /** Frames wait for so long, then all of them come. */
  stall(who: string, ms: number): void {
    for (const link of this.#of(who)) link.stalledUntil = this.time.now + ms;
  }

  /** The client reads nothing for so long, and goes on asking. */
  deafen(who: string, ms: number): void {
    for (const link of this.#of(who)) link.deafUntil = this.time.now + ms;
  }

  /** The router's process is gone: its machine tells the clients, or is gone as well. */
  serverGone(tells: boolean): void {
    this.#server = undefined;
    for (const link of this.#links) {
      if (tells) link.end(abnormally, 'reset', 'client');
      else link.isLost = true;
      link.server = undefined;
    }
  }

  #of(who: string): Link[] {
    return [...this.#links].filter((link) => link.who === who);
  }

  forget(link: Link): void {
    this.#links.delete(link);
  }

  all(): Iterable<Link> {
    return this.#links;
  }
}

class SimTransport implements Transport {
  readonly name = 'simulated';
  readonly handlers: TransportHandlers;
  readonly #network: SimNetwork;
  listens = false;

  constructor(network: SimNetwork, handlers: TransportHandlers) {
    this.#network = network;
    this.handlers = handlers;
  }

  async listen(): Promise<number> {
    this.listens = true;
    return 7700;
  }

  stopListening(): void {
    this.listens = false;
  }

  async renew(): Promise<void> {
    throw new Error('there is no TLS here');
  }

  async close(code: number, reason: string): Promise<void> {
    for (const link of this.#network.all()) if (link.server !== undefined) link.close(code, reason);
  }

  /** The upgrade: from now on both sides are connected. */
  accepts(link: Link): boolean {
    if (!this.listens) return false;
    const { headers, remoteAddress } = link;
    const request = { method: 'GET', path: '/v1/rpc', query: '', headers, remoteAddress };
    if (this.handlers.upgrade(request) !== undefined) return false;
    link.server = this.handlers;
    this.#network.tap.connected(link);
    this.handlers.opened(link);
    link.toClient(() => link.client.onopen?.());
    return true;
  }
}

/** One connection. The object itself is the router's side of it. */
export class Link implements Connection {
  readonly id: number;
  readonly who: string;
  readonly remoteAddress = '127.0.0.1';
  readonly headers = {};
  readonly client: ClientSocket;
  readonly #network: SimNetwork;
  server: TransportHandlers | undefined;
  isLost = false;
  isOver = false;
  stalledUntil = 0;
  deafUntil = 0;
  #buffered = 0;
  readonly #arrivesAt = { client: 0, server: 0 };
  readonly #onItsWay: { readonly client: (() => void)[]; readonly server: (() => void)[] } = { client: [], server: [] };

  constructor(network: SimNetwork, who: string, id: number) {
    this.#network = network;
    this.who = who;
    this.id = id;
    this.client = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => this.#toServer(text),
      close: () => this.#clientCloses(),
    };
  }

  // ── the router's side ──

  send(text: string): void {
    if (this.isOver || this.server === undefined) return;
    const { tap, log } = this.#network;
    log.add(`<- ${this.who}`, text);
    tap.sent(this, text);
    if (this.#isLostAlone(text)) return;
    this.#buffered += text.length;
    this.toClient(() => {
      this.#buffered -= text.length;
      this.client.onmessage?.({ data: text });
    });
  }

  sendFrames(bytes: Buffer, starts: readonly number[], ends: readonly number[]): void {
    starts.forEach((start, index) => {
      this.send(bytes.toString('utf8', start, ends[index]));
    });
  }

  bufferedBytes(): number {
    return this.#buffered;
  }

  close(code: number, reason: string): void {
    // A client that has closed where nothing passes any more has not been heard.
    if (this.server === undefined) return;
    this.#network.log.add(`closes ${this.who}`, `${code} ${reason}`);
    this.#network.tap.closing(this, reason);
    this.toClient(() => this.end(code, reason, 'client'));
    this.#serverLeaves(code);
  }

  #serverLeaves(code: number): void {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    this.#network.tap.closed(this);
    this.#network.time.soon(() => server.closed(this, code));
  }

  // ── the client's side ──

  #toServer(text: string): void {
    if (this.isOver || this.#isLostAlone(text)) return;
    const { random, weather } = this.#network;
    const times = random.chance(weather.doubled) && !isOpening(text) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#deliver('server', () => {
        if (this.server === undefined) return;
        this.#network.log.add(`-> ${this.who}`, text);
        this.#network.tap.received(this, text);
        this.server.message(this, Buffer.from(text));
      });
    }
  }

  #clientCloses(): void {
    if (this.isOver) return;
    this.#deliver('server', () => this.#serverLeaves(1000));
    this.isOver = true;
    this.client.onclose = null;
    this.client.onmessage = null;
    this.#network.forget(this);
  }

  /** The connection ends abnormally, or has been ended in order: whoever is to know is told. */
  end(code: number, reason: string, whom: 'client' | 'both'): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#network.forget(this);
    if (whom === 'both') this.#serverLeaves(code);
    this.#network.time.after(this.#network.delayMs(), () => this.client.onclose?.({ code, reason }));
  }

  toClient(deliver: () => void): void {
    this.#deliver('client', deliver);
  }

  /** First in, first out, however long each takes. */
  #deliver(to: 'client' | 'server', deliver: () => void): void {
    const { time } = this.#network;
    this.#arrivesAt[to] = Math.max(this.#arrivesAt[to], time.now + this.#network.delayMs());
    this.#onItsWay[to].push(deliver);
    time.at(this.#arrivesAt[to], () => this.#arrive(to));
  }

  #arrive(to: 'client' | 'server'): boolean {
    const { time } = this.#network;
    const heldUntil = to === 'client' ? Math.max(this.stalledUntil, this.deafUntil) : this.stalledUntil;
    if (heldUntil > time.now) {
      time.at(heldUntil, () => this.#arrive(to));
      return false;
    }
    const deliver = this.#onItsWay[to].shift();
    if (deliver === undefined || this.isLost || (this.isOver && to === 'client')) return false;
    deliver();
    return true;
  }

  #isLostAlone(text: string): boolean {
    const { random, weather } = this.#network;
    return random.chance(weather.lost) && !isOpening(text);
  }
}

/** A request to open a session, or its answer. */
function isOpening(text: string): boolean {
  return text.includes('"session.open"') || text.includes('"sessionEpoch"') || text.includes('"id":0,');
}
