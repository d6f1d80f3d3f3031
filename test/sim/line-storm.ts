// A storm of simultaneous offers on seats with many lines, in virtual time: never one too many.
//
//   seed ─▶ seats, capacities, bursts of contacts and calls, answers, refusals, ends ─▶ ground ─▶ what is told
//                                                                                         └─▶ line-account.ts, judged at every line
//                                                                                             that is taken, recounted after every burst
//
// The ground is the core that routes live, alone (line-storm-core.ts), or a whole partition with its domain modules, requests and rows,
// of which what counts is what agents are told (line-storm-engine.ts). What is given is the same.

import { SeededRandom } from '../../src/simulation/random.ts';
import { LineAccount, type Live, type OfferName, type Seat } from './line-account.ts';

export const channels = 3;
export const seats = 40;
export const queues = 6;
export const linesPerSeat = 32;
const liveMax = 1_500;
const begins = 1_700_000_000_000;

export interface QueueGiven {
  readonly queue: number;
  readonly offerMs: number;
  readonly wrapUpMs: number;
  readonly wrapUpTakesSeat: boolean;
  /** So many ring at once; 0: one. */
  readonly ringTogether: number;
}

export interface Brought {
  readonly queue: number;
  readonly priority: number;
  /** An agent by name; `atLine`: by the number of a line of that seat, where there are numbers. */
  readonly asks: { readonly agent: number; readonly waitMs: number; readonly atLine: boolean } | undefined;
}

export interface Dialled {
  readonly queue: number;
  readonly agent: number;
  readonly line: number;
  readonly connectMs: number;
}

/** What can be done, in one burst. Anything may come too late. */
export interface Deeds {
  queue(given: QueueGiven): void;
  /** Capacities as the seat says. */
  allow(seat: Seat, wrapUpMs: number | undefined): void;
  login(seat: Seat): void;
  ready(agent: number): void;
  notReady(agent: number): void;
  logout(agent: number, now: boolean): void;
  oneRinging(agent: number, on: boolean): void;
  brings(one: Live, how: Brought): void;
  dials(one: Live, how: Dialled): void;
  accept(one: Live, agent: number, offer: OfferName): void;
  reject(one: Live, agent: number, offer: OfferName): void;
  /** The telephone of who has accepted or dialled: answered, or busy. */
  answers(one: Live, agent: number, offer: OfferName): void;
  isBusy(one: Live, agent: number, offer: OfferName): void;
  cancel(one: Live): void;
  end(one: Live): void;
  wrapUpDone(one: Live): void;
}

export interface Ground {
  /** When that time has come, does all that is given in one burst; resolves when the account has heard what came of it. */
  step(now: number, give: (deeds: Deeds) => void): Promise<void>;
  /** When all is over. */
  close(): Promise<void>;
}

export interface StormReport {
  readonly seed: number;
  readonly offers: number;
  readonly dialled: number;
  readonly bursts: number;
  readonly busyMost: number;
  readonly fullTimes: number;
  readonly breaches: readonly string[];
}

export class LineStorm {
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #account = new LineAccount();
  readonly #ground: Ground;
  #now = begins;

  constructor(seed: number, makeGround: (account: LineAccount, begins: number) => Ground) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#ground = makeGround(this.#account, begins);
  }

  /** Until so many offers were made, or something was one too many. */
  async play(offersWanted: number, tell: (offers: number) => void = () => {}): Promise<StormReport> {
    const account = this.#account;
    await this.#begin();
    let told = 0;
    while (account.offers < offersWanted && account.breaches.length === 0) {
      await this.#blow();
      if (account.offers - told < 100_000) continue;
      told = account.offers;
      tell(told);
    }
    await this.#ground.close();
    const { offers, dials: dialled, burst: bursts, busyMost, fullTimes, breaches } = account;
    return { seed: this.#seed, offers, dialled, bursts, busyMost, fullTimes, breaches };
  }

  async #begin(): Promise<void> {
    for (let queue = 0; queue < queues; queue++) await this.#step((deeds) => deeds.queue(this.#queue(queue)));
    for (let agent = 0; agent < seats; agent++) {
      const lines = this.#linesOf(agent);
      this.#account.seats.push({ agent, lines, capacity: [], total: 0, oneRinging: true, loggedIn: false });
      const seat = this.#account.seats[agent]!;
      await this.#allow(seat);
      await this.#comes(seat);
    }
  }

  #queue(queue: number): QueueGiven {
    const [offerMs, wrapUpMs] = [this.#pick([5, 50, 500]), this.#pick([0, 0, 20])];
    const ringTogether = queue % 3 === 2 ? this.#pick([2, 10]) : 0;
    return { queue, offerMs, wrapUpMs, wrapUpTakesSeat: queue % 2 === 1, ringTogether };
  }

  #linesOf(agent: number) {
    const lines: { line: number; channel: number }[] = [];
    for (let channel = 0; channel < channels; channel++)
      for (let left = this.#whole(1, 6); left > 0; left--)
        lines.push({ line: agent * linesPerSeat + lines.length, channel });
    return lines;
  }

  /** Other capacities: alone in their burst, so that what is allowed is known whenever a line is taken. */
  async #allow(seat: Seat): Promise<void> {
    await this.#step((deeds) => {
      seat.capacity = Array.from({ length: channels }, () => this.#whole(0, 6));
      seat.total = this.#whole(1, 12);
      deeds.allow(seat, this.#pick([undefined, 0, 30]));
    });
  }

  async #comes(seat: Seat): Promise<void> {
    await this.#step((deeds) => {
      deeds.login(seat);
      deeds.ready(seat.agent);
    });
  }

  async #blow(): Promise<void> {
    this.#now += this.#pick([0, 0, 1, 5, 20, 100]);
    if (this.#chance(4)) await this.#allow(this.#pick(this.#account.seats));
    if (this.#chance(3)) await this.#letsRing(this.#pick(this.#account.seats));
    for (const seat of this.#account.seats) if (!seat.loggedIn && this.#chance(30)) await this.#comes(seat);
    await this.#step((deeds) => {
      const { live } = this.#account;
      const burst = live.size > liveMax ? 0 : this.#whole(0, this.#chance(10) ? 200 : 20);
      for (let left = burst; left > 0; left--) this.#brings(deeds);
      for (let left = this.#whole(0, 6); left > 0; left--) this.#dials(deeds);
      for (const one of [...live.values()]) this.#happens(deeds, one);
      if (this.#chance(5)) this.#says(deeds, this.#pick(this.#account.seats));
    });
  }

  async #letsRing(seat: Seat): Promise<void> {
    await this.#step((deeds) => {
      seat.oneRinging = this.#chance(60);
      deeds.oneRinging(seat.agent, seat.oneRinging);
    });
  }

  #says(deeds: Deeds, { agent }: Seat): void {
    const what = this.#whole(1, 4);
    if (what === 1) deeds.notReady(agent);
    else if (what === 2) deeds.logout(agent, this.#chance(50));
    else deeds.ready(agent);
  }

  #brings(deeds: Deeds): void {
    const made = this.#account.made(this.#whole(0, channels - 1), this.#chance(40));
    const asks = { agent: this.#whole(0, seats - 1), waitMs: this.#pick([0, 50]), atLine: this.#chance(50) };
    const queue = this.#whole(0, queues - 1);
    deeds.brings(made, { queue, priority: this.#whole(0, 2), asks: this.#chance(15) ? asks : undefined });
  }

  #dials(deeds: Deeds): void {
    const seat = this.#pick(this.#account.seats);
    const { line, channel } = this.#pick(seat.lines);
    const made = this.#account.made(channel, this.#chance(60));
    const [queue, connectMs] = [this.#whole(0, queues - 1), this.#pick([10, 500])];
    deeds.dials(made, { queue, agent: seat.agent, line, connectMs });
  }

  /** Whoever rings is mostly answered, whoever is served goes on for a while. */
  #happens(deeds: Deeds, one: Live): void {
    if (one.wrapsUp) return this.#chance(20) ? deeds.wrapUpDone(one) : undefined;
    if (one.served !== undefined) return this.#chance(15) ? deeds.end(one) : undefined;
    if (one.taken !== undefined) {
      const { agent, offer } = one.taken;
      if (this.#chance(40)) return deeds.answers(one, agent, offer);
      return this.#chance(10) ? deeds.isBusy(one, agent, offer) : undefined;
    }
    for (const [agent, offer] of one.offers) {
      const what = this.#whole(1, 100);
      if (what <= 30) return deeds.accept(one, agent, offer);
      if (what <= 45) return deeds.reject(one, agent, offer);
    }
    if (this.#chance(this.#account.live.size > liveMax ? 20 : 1)) deeds.cancel(one);
  }

  async #step(give: (deeds: Deeds) => void): Promise<void> {
    this.#account.burst++;
    await this.#ground.step(this.#now, give);
    this.#account.recount();
  }

  // ── Chance ────────────────────────────────────────────────────────────────────────────────────────────────────
  #whole(least: number, most: number): number {
    return least + Math.floor(this.#random.fraction() * (most - least + 1));
  }

  #chance(outOfHundred: number): boolean {
    return this.#random.fraction() * 100 < outOfHundred;
  }

  #pick<T>(of: readonly T[]): T {
    return this.#random.pick(of);
  }
}
