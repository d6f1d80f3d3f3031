// The auditor's ear at the router's end of every connection: who asked what, what was answered, and that notifications come
// in order, without gaps, the same to everybody who may hear them, and to nobody else.

import type { Link, Tap } from '../network.ts';
import { type Members, nameOf, type Who } from '../setting.ts';
import type { Answered } from './commands.ts';

export interface Asked {
  readonly who: Who;
  readonly method: string;
  readonly params: Members;
  readonly link: Link;
}

export interface WireListener {
  /** A request has reached the router. Gives what is to be done with its answer. */
  asked(asked: Asked): (answered: Answered) => void;
  /** `late`: kept for a client that came back; it says nothing of now. */
  told(who: Who, event: string, params: Members, late: boolean): void;
  /** What was asked on it and is not answered never will be. */
  unheard(link: Link): void;
  breach(sentence: string): void;
}

interface LinkState {
  readonly who: Who;
  readonly life: number;
  readonly pending: Map<string, ((answered: Answered) => void)[]>;
  /** The number that the next notification must have; undefined before the session is open. */
  nextSeq: number | undefined;
  /** Up to this number they were missed before. */
  lateUntil: number;
  /** The events seen so far when it was opened: what is delivered in the same breath was missed. */
  openedAt: number;
}

export class Wire implements Tap {
  readonly #listener: WireListener;
  readonly #people: ReadonlyMap<string, Who>;
  readonly #tenants: readonly string[];
  readonly #life: () => number;
  readonly #turn: () => number;
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
  ) {
    this.#listener = listener;
    this.#people = new Map(people.map((who) => [nameOf(who), who]));
    this.#tenants = tenants;
    this.#life = life;
    this.#turn = turn;
  }

  /** The newest notification that the router has sent to anybody of this name in this life. */
  lastSeqOf(name: string): number | undefined {
    return this.#lastSeq.get(`${this.#life()} ${name}`);
  }

  connected(link: Link): void {
    const who = this.#people.get(link.who)!;
    const state = { who, life: this.#life(), pending: new Map(), nextSeq: undefined, lateUntil: 0, openedAt: 0 };
    this.#links.set(link, state);
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
    if (typeof message !== 'object' || message === null || typeof message.method !== 'string') return;
    const { method, id } = message;
    const params = typeof message.params === 'object' && message.params !== null ? (message.params as Members) : {};
    const answered = this.#listener.asked({ who: state.who, method, params, link });
    if (id === undefined) return;
    const key = JSON.stringify(id);
    state.pending.set(key, [...(state.pending.get(key) ?? []), answered]);
  }

  sent(link: Link, text: string): void {
    const state = this.#links.get(link);
    if (state === undefined) return;
    this.#otherTenants(state, text);
    const value = parsed(text);
    if (value === undefined)
      return this.#listener.breach(`${link.who} was sent what is no JSON: ${text.slice(0, 200)}`);
    if (!Array.isArray(value)) this.#sentOne(state, value as Members, text);
    // In an array the same message is the same, whatever comes with it.
    else for (const message of value) this.#sentOne(state, message as Members, JSON.stringify(message));
  }

  #sentOne(state: LinkState, message: Members, text: string): void {
    if (typeof message.method === 'string') {
      if (message.id === undefined) this.#notified(state, message, text);
      return;
    }
    const { result, error } = message as { result?: Members; error?: NonNullable<Answered['error']> };
    if (result?.sessionEpoch !== undefined) this.#opened(state, result);
    const key = JSON.stringify(message.id);
    const waiting = state.pending.get(key);
    const answered = waiting?.shift();
    if (answered !== undefined) answered(error === undefined ? { result: result ?? {} } : { error });
    else if (message.id !== null)
      this.#listener.breach(`${nameOf(state.who)} was answered what it had not asked: ${text.slice(0, 200)}`);
  }

  #opened(state: LinkState, result: Members): void {
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
