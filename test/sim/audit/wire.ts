// The auditor's ear at the router's end of every connection: who asked what, what was answered, and that notifications come
// in order, without gaps, the same to everybody who may hear them, and to nobody else.

import type { Link, Tap } from '../network.ts';
import { type Members, nameOf, type Who } from '../setting.ts';
import type { Answered } from './commands.ts';
import type { RouterAsks } from './leg-judge.ts';

export interface Asked {
  readonly who: Who;
  readonly method: string;
  readonly params: Members;
  readonly link: Link;
}

export interface WireListener {
  /** A request has reached the router. Gives what is to be done with its answer. */
  asked(asked: Asked): (answered: Answered) => void;
  /** The router asks a client. Gives what is to be done with the answer, when that reaches the router. */
  routerAsks(asks: RouterAsks): (answered: Answered) => void;
  /** A session is open. */
  opened(who: Who, link: Link): void;
  /** `late`: kept for a client that came back; it says nothing of now. */
  told(who: Who, event: string, params: Members, late: boolean): void;
  /** What was asked on it and is not answered never will be. */
  unheard(link: Link): void;
  breach(sentence: string): void;
  seen(what: string): void;
}

interface LinkState {
  readonly who: Who;
  readonly life: number;
  readonly pending: Map<string, ((answered: Answered) => void)[]>;
  /** What the router has asked on it. */
  readonly asks: Map<string, (answered: Answered) => void>;
  /** The number that the next notification must have; undefined before the session is open. */
  nextSeq: number | undefined;
  /** Up to this number they were missed before. */
  lateUntil: number;
  /** The events seen so far when it was opened: what is delivered in the same breath was missed. */
  openedAt: number;
  /** Where the client goes on, as it asked when it opened the session. */
  goesOn: { readonly sessionEpoch: unknown; readonly lastSeq: number } | undefined;
  /** The turn in which it was sent something last, and whether it had left too much unread when that began. */
  turn: number;
  isSlow: boolean;
}

export interface WireBounds {
  /** What a client may leave unread before its session is closed. */
  readonly unreadBytesMax: number;
  /** Notifications kept for a client that comes back. */
  readonly keptMax: number;
}

export class Wire implements Tap {
  readonly #listener: WireListener;
  readonly #people: ReadonlyMap<string, Who>;
  readonly #tenants: readonly string[];
  readonly #life: () => number;
  readonly #turn: () => number;
  readonly #bounds: WireBounds;
  readonly #links = new Map<Link, LinkState>();
  /** The text of each notification, by life, audience and number. */
  readonly #texts = new Map<string, string[]>();
  /** The last number of each audience, in the life of now. */
  readonly #lastSeq = new Map<string, number>();
  notifications = 0;

  constructor(
    listener: WireListener,
    people: readonly Who[],
    tenants: readonly string[],
    life: () => number,
    turn: () => number,
    bounds: WireBounds,
  ) {
    this.#listener = listener;
    this.#people = new Map(people.map((who) => [nameOf(who), who]));
    this.#tenants = tenants;
    this.#life = life;
    this.#turn = turn;
    this.#bounds = bounds;
  }

  /** The newest notification that the router has sent to anybody of this name in this life. */
  lastSeqOf(name: string): number | undefined {
    return this.#lastSeq.get(`${this.#life()} ${name}`);
  }

  connected(link: Link): void {
    const who = this.#people.get(link.who)!;
    this.#links.set(link, {
      who,
      life: this.#life(),
      pending: new Map(),
      asks: new Map(),
      nextSeq: undefined,
      lateUntil: 0,
      openedAt: 0,
      goesOn: undefined,
      turn: 0,
      isSlow: false,
    });
  }

  /** By the router: of a client that has left too much unread, and of no other, because it did. */
  closing(link: Link, reason: string): void {
    this.#listener.seen(reason);
    const unread = link.bufferedBytes();
    if (reason === 'slow_reader' && unread <= this.#bounds.unreadBytesMax)
      this.#listener.breach(`${link.who} is closed as a slow reader with ${unread} bytes unread`);
  }

  closed(link: Link): void {
    if (this.#links.delete(link)) this.#listener.unheard(link);
  }

  received(link: Link, text: string): void {
    const state = this.#links.get(link);
    const value = parsed(text);
    if (state === undefined || value === undefined) return;
    for (const message of Array.isArray(value) ? value : [value]) this.#asked(link, state, message as Members);
  }

  #asked(link: Link, state: LinkState, message: Members): void {
    if (typeof message !== 'object' || message === null) return;
    if (typeof message.method !== 'string') return this.#toRouter(state, message);
    const { method, id } = message;
    const params = typeof message.params === 'object' && message.params !== null ? (message.params as Members) : {};
    if (method === 'session.open' && typeof params.lastSeq === 'number')
      state.goesOn = { sessionEpoch: params.sessionEpoch, lastSeq: params.lastSeq };
    const answered = this.#listener.asked({ who: state.who, method, params, link });
    if (id === undefined) return;
    const key = JSON.stringify(id);
    state.pending.set(key, [...(state.pending.get(key) ?? []), answered]);
  }

  /** An answer to what the router has asked; whatever is no answer is nothing. */
  #toRouter({ asks }: LinkState, { id, result, error }: Members): void {
    const key = JSON.stringify(id);
    const answered = asks.get(key);
    if (answered === undefined || (result === undefined && error === undefined)) return;
    asks.delete(key);
    answered(error === undefined ? { result: result as Members } : { error: error as NonNullable<Answered['error']> });
  }

  sent(link: Link, text: string): void {
    const state = this.#links.get(link);
    if (state === undefined) return;
    this.#unread(state, link);
    this.#otherTenants(state, text);
    const value = parsed(text);
    if (value === undefined)
      return this.#listener.breach(`${link.who} was sent what is no JSON: ${text.slice(0, 200)}`);
    if (!Array.isArray(value)) this.#sentOne(link, state, value as Members, text);
    // In an array the same message is the same, whatever comes with it.
    else for (const message of value) this.#sentOne(link, state, message as Members, JSON.stringify(message));
  }

  #sentOne(link: Link, state: LinkState, message: Members, text: string): void {
    if (typeof message.method === 'string') {
      if (message.id === undefined) this.#notified(state, message, text);
      else if (message.method !== 'session.ping') this.#asks(link, state, message);
      return;
    }
    const { result, error } = message as { result?: Members; error?: NonNullable<Answered['error']> };
    if (result?.sessionEpoch !== undefined) this.#opened(link, state, result);
    const key = JSON.stringify(message.id);
    const waiting = state.pending.get(key);
    const answered = waiting?.shift();
    if (answered !== undefined) answered(error === undefined ? { result: result ?? {} } : { error });
    else if (message.id !== null)
      this.#listener.breach(`${nameOf(state.who)} was answered what it had not asked: ${text.slice(0, 200)}`);
  }

  /** Nothing more is sent to who has left too much unread; but what was to be sent in the same turn as that. */
  #unread(state: LinkState, link: Link): void {
    const turn = this.#turn();
    if (state.turn === turn) return;
    state.turn = turn;
    const unread = link.bufferedBytes();
    const isSlow = unread > this.#bounds.unreadBytesMax;
    if (isSlow && state.isSlow) this.#listener.breach(`${link.who} is sent more, with ${unread} bytes unread`);
    state.isSlow = isSlow;
  }

  /** Who goes on is told all that it missed; who cannot, since it is not kept any more, is given everything anew. */
  #goesOn(state: LinkState, { sessionEpoch, resumed, seq, state: whole }: Members): void {
    const { breach } = this.#listener;
    const name = nameOf(state.who);
    const { goesOn } = state;
    if ((resumed === true) === (whole !== undefined))
      breach.call(this.#listener, `${name} goes on (${String(resumed)}) and is given ${JSON.stringify(whole)}`);
    if (resumed === true && seq !== goesOn?.lastSeq)
      breach.call(this.#listener, `${name} goes on at ${String(seq)}, and asked for ${goesOn?.lastSeq}`);
    if (goesOn === undefined || goesOn.sessionEpoch !== sessionEpoch) return;
    const missed = (this.lastSeqOf(name) ?? 0) - goesOn.lastSeq;
    if (resumed === true && missed > this.#bounds.keptMax)
      breach.call(this.#listener, `${name} missed ${missed} notifications, and goes on`);
    this.#listener.seen(resumed === true ? 'went on' : 'missed too much');
  }

  #asks(link: Link, { who, asks }: LinkState, { id, method, params }: Members): void {
    const answered = this.#listener.routerAsks({ who, link, method: method as string, params: params as Members });
    asks.set(JSON.stringify(id), answered);
  }

  #opened(link: Link, state: LinkState, result: Members): void {
    this.#listener.opened(state.who, link);
    this.#goesOn(state, result);
    state.nextSeq = (result.seq as number) + 1;
    state.openedAt = this.#turn();
  }

  #notified(state: LinkState, { method, params }: Members, text: string): void {
    const { seq, ...said } = params as { seq: number };
    const name = nameOf(state.who);
    const { breach } = this.#listener;
    this.notifications += 1;
    if (state.nextSeq === undefined)
      breach.call(this.#listener, `${name} was told ${method} before its session was open`);
    else if (seq !== state.nextSeq)
      breach.call(this.#listener, `${name} was told ${seq} where ${state.nextSeq} is next: ${text}`);
    state.nextSeq = seq + 1;
    const audience = `${state.life} ${name}`;
    const texts = this.#texts.get(audience) ?? [];
    this.#texts.set(audience, texts);
    const known = texts[seq];
    if (known !== undefined && known !== text)
      breach.call(this.#listener, `${name} was told ${seq} as ${known} and as ${text}`);
    texts[seq] = text;
    this.#lastSeq.set(audience, Math.max(seq, this.#lastSeq.get(audience) ?? 0));
    const late = known !== undefined || state.openedAt === this.#turn();
    this.#listener.told(state.who, method as string, said, late);
  }

  /** The names of contacts say whose they are, so anything of another tenant shows. */
  #otherTenants({ who }: LinkState, text: string): void {
    for (const tenant of this.#tenants) {
      if (tenant !== who.tenant && text.includes(`${tenant}-c`))
        this.#listener.breach(`${nameOf(who)} was sent something of ${tenant}: ${text.slice(0, 400)}`);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
