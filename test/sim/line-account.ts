// The account beside a storm of offers (line-storm.ts): what was set of each seat, and what was told of its lines. It shares no count with
// whoever decides: what is compared are the lines that it has seen taken with what the seat allows, at every one that is taken and from
// the contacts' side after every burst. Whoever has more than a capacity that was lowered keeps it; nothing may be added.

export interface Seat {
  readonly agent: number;
  readonly lines: readonly { readonly line: number; readonly channel: number }[];
  capacity: number[];
  total: number;
  oneRinging: boolean;
  loggedIn: boolean;
}

export type LineIs = 'ringing' | 'connected' | 'wrapUp' | 'free';

/** As whoever decides calls it. */
export type OfferName = number | string;

/** A contact that is not over. */
export interface Live {
  readonly slot: number;
  readonly number: number;
  readonly channel: number;
  readonly withLegs: boolean;
  /** Offers that ring, by agent; and the one that was accepted or dialled. */
  readonly offers: Map<number, OfferName>;
  taken: { readonly agent: number; readonly offer: OfferName } | undefined;
  served: number | undefined;
  wrapsUp: boolean;
}

export interface LineSeen {
  readonly state: LineIs;
  readonly contact: number | undefined;
  readonly channel: number;
}

export class LineAccount {
  readonly seats: Seat[] = [];
  /** By number. */
  readonly live = new Map<number, Live>();
  readonly breaches: string[] = [];
  offers = 0;
  dials = 0;
  /** At most at once, of any seat, and how often one had exactly as much as it allows: how near the bounds it came. */
  busyMost = 0;
  fullTimes = 0;
  burst = 0;
  readonly #lines = new Map<number, Map<number, LineSeen>>();
  readonly #touched = new Set<Seat>();
  readonly #freeSlots: number[] = [];
  #slots = 0;
  #number = 0;

  /** Somebody calls, or is called. */
  made(channel: number, withLegs: boolean): Live {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    const fresh = { taken: undefined, served: undefined, wrapsUp: false };
    const made: Live = { slot, number: ++this.#number, channel, withLegs, offers: new Map(), ...fresh };
    this.live.set(made.number, made);
    return made;
  }

  linesOf(agent: number): ReadonlyMap<number, LineSeen> {
    return this.#lines.get(agent) ?? new Map();
  }

  // ── What is told ──────────────────────────────────────────────────────────────────────────────────────────────
  offered(number: number, agent: number, offer: OfferName): void {
    this.offers++;
    this.live.get(number)?.offers.set(agent, offer);
  }

  dialled(number: number, agent: number, offer: OfferName): void {
    this.dials++;
    this.accepted(number, agent, offer);
  }

  accepted(number: number, agent: number, offer: OfferName): void {
    const one = this.live.get(number);
    if (one !== undefined) one.taken = { agent, offer };
  }

  withdrawn(number: number, agent: number): void {
    const one = this.live.get(number);
    one?.offers.delete(agent);
    if (one?.taken?.agent === agent) one.taken = undefined;
  }

  connected(number: number, agent: number): void {
    const one = this.live.get(number);
    if (one === undefined) return;
    one.served = agent;
    if (one.offers.size > 1) this.breach(`contact ${number} is with agent ${agent}, and rings elsewhere`);
  }

  wrapsUp(number: number): void {
    const one = this.live.get(number);
    if (one !== undefined) one.wrapsUp = true;
  }

  /** Nothing of it is left. */
  over(number: number): void {
    const one = this.live.get(number);
    if (one === undefined) return;
    this.live.delete(number);
    this.#freeSlots.push(one.slot);
  }

  /** What has just been taken was still to be had. */
  lineIs(agent: number, line: number, { state, contact, channel }: LineSeen): void {
    const seat = this.seats[agent]!;
    this.#touched.add(seat);
    const own = this.#lines.get(agent) ?? new Map<number, LineSeen>();
    this.#lines.set(agent, own);
    const before = own.get(line);
    own.set(line, { state, contact, channel });
    const wasBusy = before !== undefined && before.state !== 'free';
    if (state === 'free') return;
    if (wasBusy && before.contact !== contact)
      this.breach(`line ${line} has contact ${contact} beside contact ${before.contact}`);
    if (!wasBusy) this.#isTaken(seat, channel, state);
  }

  #isTaken(seat: Seat, channel: number, state: LineIs): void {
    const { agent, total, oneRinging } = seat;
    const busy = [...this.linesOf(agent).values()].filter((one) => one.state !== 'free');
    const here = busy.filter((one) => one.channel === channel).length;
    const most = seat.capacity[channel]!;
    if (here > most) this.breach(`agent ${agent} has ${here} contacts on channel ${channel}, and ${most} are allowed`);
    if (busy.length > total) this.breach(`agent ${agent} has ${busy.length} contacts, and ${total} are allowed`);
    const ringing = busy.filter((one) => one.state === 'ringing').length;
    if (oneRinging && state === 'ringing' && ringing > 1)
      this.breach(`${ringing} lines of agent ${agent} ring, and one is to ring at a time`);
    this.busyMost = Math.max(this.busyMost, busy.length);
    if (busy.length === total) this.fullTimes++;
  }

  /** After a burst, from the contacts' side: each is at the lines that say so, and at one where it is served. */
  recount(): void {
    for (const { agent } of this.#touched)
      for (const { state, contact } of this.linesOf(agent).values()) {
        if (state === 'free') continue;
        const one = this.live.get(contact!);
        const isThere =
          state === 'ringing'
            ? one?.offers.has(agent) || one?.taken?.agent === agent
            : one?.served === agent && one.wrapsUp === (state === 'wrapUp');
        if (!isThere) this.breach(`a line of agent ${agent} is ${state} with contact ${contact}, which is not there`);
      }
    this.#touched.clear();
  }

  breach(sentence: string): void {
    this.breaches.push(`burst ${this.burst}: ${sentence}`);
  }
}
