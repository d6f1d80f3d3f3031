// A storm of simultaneous offers on seats with many lines, in virtual time, against the core that routes live: never one too many.
//
//   seed ─▶ seats, capacities, bursts of contacts and calls, answers, refusals, ends ─▶ core ─▶ effects
//                                                                                       └─▶ an account of its own of every line,
//                                                                                           judged at every effect, recounted after every tick
//
// The account knows what was asked for (capacities, lines, who lets several ring) and what was told of lines and offers. It shares no
// count with the core: what is compared are the lines that it has seen taken with what the seat allows. Whoever has more than a
// capacity that was lowered keeps it; nothing may be added.

import * as layout from '../../assembly/layout.ts';
import { CommandEncoder } from '../../src/engine/command-encoder.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { CoreInstance, makeMemory, readHeader } from '../../src/engine/core-instance.ts';
import { type Effect, Effects } from '../../src/engine/effects.ts';
import { SeededRandom } from '../../src/simulation/random.ts';

const channels = 3;
const seats = 40;
const queues = 6;
const liveMax = 1_500;
const begins = 1_700_000_000_000;

interface Seat {
  readonly agent: number;
  readonly lines: readonly { readonly line: number; readonly channel: number }[];
  capacity: number[];
  total: number;
  oneRinging: boolean;
  loggedIn: boolean;
}

interface LineSeen {
  state: number;
  contact: number;
  readonly channel: number;
}

interface Live {
  readonly slot: number;
  readonly number: number;
  readonly withLegs: boolean;
  /** Offers that ring, by agent; and the one that was accepted or dialled. */
  readonly offers: Map<number, number>;
  taken: { readonly agent: number; readonly offer: number } | undefined;
  served: number | undefined;
  wrapsUp: boolean;
}

export interface StormReport {
  readonly seed: number;
  readonly offers: number;
  readonly dialled: number;
  readonly ticks: number;
  readonly commands: number;
  /** At most at once, of any seat: how near the bounds it came. */
  readonly busyMost: number;
  readonly fullTicks: number;
  readonly breaches: readonly string[];
}

export class LineStorm {
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #core: CoreInstance;
  readonly #memory = makeMemory(4_096);
  readonly #seats: Seat[] = [];
  readonly #lines: LineSeen[][] = [];
  readonly #live = new Map<number, Live>();
  readonly #freeSlots: number[] = [];
  readonly #breaches: string[] = [];
  #slots = 0;
  #number = 0;
  #tick = 0;
  #now = begins;
  #offers = 0;
  #dialled = 0;
  #commands = 0;
  #busyMost = 0;
  #fullTicks = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    const { wasm } = loadCoreBuild();
    this.#core = new CoreInstance(new WebAssembly.Module(wasm), this.#memory);
    this.#core.run({ call: 'format' });
  }

  /** Until so many offers were made, or something was one too many. */
  play(offersWanted: number, tell: (offers: number) => void = () => {}): StormReport {
    this.#begin();
    let told = 0;
    while (this.#offers < offersWanted && this.#breaches.length === 0) {
      this.#blow();
      if (this.#offers - told < 100_000) continue;
      told = this.#offers;
      tell(told);
    }
    return {
      seed: this.#seed,
      offers: this.#offers,
      dialled: this.#dialled,
      ticks: this.#tick,
      commands: this.#commands,
      busyMost: this.#busyMost,
      fullTicks: this.#fullTicks,
      breaches: this.#breaches,
    };
  }

  // ── What is given ─────────────────────────────────────────────────────────────────────────────────────────────
  #begin(): void {
    for (let queue = 0; queue < queues; queue++) {
      this.#step((core) => {
        core.queueSet(this.#queue(queue));
        for (let channel = 0; channel < channels; channel++)
          core.profileSet({ profile: queue * channels + channel, queue, channel, all: [], any: [], prefers: [] });
      });
    }
    for (let agent = 0; agent < seats; agent++) {
      const lines = this.#linesOf(agent);
      this.#lines.push([]);
      this.#seats.push({ agent, lines, capacity: [], total: 0, oneRinging: true, loggedIn: false });
      this.#step((core) => this.#allow(core, this.#seats[agent]!));
      this.#comes(this.#seats[agent]!);
    }
  }

  #queue(queue: number) {
    const ringsAll = queue % 3 === 2;
    return {
      ...{ queue, channelMask: 2 ** channels - 1, order: layout.ORDER_PRIORITY, weight: 0, ageing: 1_000 },
      ...{ ageingCap: 0, ageingSteps: [], offerMs: this.#pick([5, 50, 500]), wrapUpMs: this.#pick([0, 0, 20]) },
      ...{ wrapUpTakesSeat: queue % 2 === 1, idleRestarts: layout.IDLE_USUAL, maxWaiting: -1, missedMax: 0 },
      ...{ afterRejectMs: 0, afterMissMs: 0, occupancyWindowMs: 0, scoreWeights: [], batchMs: 0 },
      ...{ select: ringsAll ? layout.SELECT_RING_ALL : layout.SELECT_LONGEST_IDLE },
      ...{ ringTogether: ringsAll ? this.#pick([2, 10]) : 0, ringEveryMs: 0 },
    };
  }

  #linesOf(agent: number) {
    const lines: { line: number; channel: number }[] = [];
    for (let channel = 0; channel < channels; channel++)
      for (let left = this.#whole(1, 6); left > 0; left--) lines.push({ line: agent * 32 + lines.length, channel });
    return lines;
  }

  /** Other capacities: alone in their tick, so that what is allowed is known at every effect. */
  #allow(core: CommandEncoder, seat: Seat): void {
    seat.capacity = Array.from({ length: channels }, () => this.#whole(0, 6));
    seat.total = this.#whole(1, 12);
    core.agentSet({
      agent: seat.agent,
      total: seat.total,
      wrapUpMs: this.#pick([-1, 0, 30]),
      capacity: new Map(seat.capacity.map((most, channel) => [channel, most])),
      skills: [],
      queues: undefined,
    });
  }

  #comes(seat: Seat): void {
    this.#step((core) => {
      core.agentLogin(seat.agent, seat.lines);
      core.agentReady(seat.agent, 0);
    });
  }

  #blow(): void {
    this.#now += this.#pick([0, 0, 1, 5, 20, 100]);
    if (this.#chance(4)) {
      const seat = this.#pick(this.#seats);
      this.#step((core) => this.#allow(core, seat));
    }
    if (this.#chance(3)) this.#letsRing(this.#pick(this.#seats));
    for (const seat of this.#seats) if (!seat.loggedIn && this.#chance(30)) this.#comes(seat);
    this.#step((core) => {
      const burst = this.#live.size > liveMax ? 0 : this.#whole(0, this.#chance(10) ? 200 : 20);
      for (let left = burst; left > 0; left--) this.#brings(core);
      for (let left = this.#whole(0, 6); left > 0; left--) this.#dials(core);
      for (const one of [...this.#live.values()]) this.#happens(core, one);
      if (this.#chance(5)) this.#says(core, this.#pick(this.#seats));
    });
  }

  #letsRing(seat: Seat): void {
    seat.oneRinging = this.#chance(60);
    this.#step((core) => core.agentOneRinging(seat.agent, seat.oneRinging));
  }

  #says(core: CommandEncoder, { agent }: Seat): void {
    const what = this.#whole(1, 4);
    if (what === 1) core.agentNotReady(agent, layout.REASON_FIRST_OF_HOST);
    else if (what === 2) core.agentLogout(agent, this.#chance(50));
    else core.agentReady(agent, 0);
  }

  #made(withLegs: boolean): Live {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    const made = {
      slot,
      number: ++this.#number,
      withLegs,
      offers: new Map(),
      taken: undefined,
      served: undefined,
      wrapsUp: false,
    };
    this.#live.set(slot, made);
    return made;
  }

  #brings(core: CommandEncoder): void {
    const made = this.#made(this.#chance(40));
    const asked = { agent: this.#whole(0, seats - 1), waitMs: this.#pick([0, 50]), orElse: layout.OR_ELSE_QUEUE };
    const profile = this.#whole(0, queues * channels - 1);
    const contact = { slot: made.slot, number: made.number, profile, priority: this.#whole(0, 2), creditMs: 0 };
    core.contactCreate(contact, made.withLegs, this.#chance(15) ? { ...asked, whatever: this.#chance(50) } : undefined);
  }

  #dials(core: CommandEncoder): void {
    const seat = this.#pick(this.#seats);
    const { line, channel } = this.#pick(seat.lines);
    const made = this.#made(this.#chance(60));
    const profile = this.#whole(0, queues - 1) * channels + channel;
    core.contactDial(made, {
      profile,
      agent: seat.agent,
      line,
      connectMs: this.#pick([10, 500]),
      withLegs: made.withLegs,
    });
  }

  /** Whoever rings is mostly answered, whoever is served goes on for a while. */
  #happens(core: CommandEncoder, one: Live): void {
    if (one.wrapsUp) return this.#chance(20) ? core.wrapUpDone(one) : undefined;
    if (one.served !== undefined) return this.#chance(15) ? core.contactEnd(one, layout.ENDED_BY_AGENT) : undefined;
    if (one.taken !== undefined) {
      const { agent, offer } = one.taken;
      if (this.#chance(40)) return core.offerConnected(one, offer, agent);
      return this.#chance(10) ? core.offerFailed(one, offer, agent, layout.WITHDRAWN_BUSY, 0) : undefined;
    }
    for (const [agent, offer] of one.offers) {
      const what = this.#whole(1, 100);
      if (what <= 30) return core.offerAccept(one, offer, agent, { connectMs: 100, ifOpen: true });
      if (what <= 45) return core.offerReject(one, offer, agent);
    }
    if (this.#chance(this.#live.size > liveMax ? 20 : 1)) core.contactCancel(one);
  }

  // ── The account ───────────────────────────────────────────────────────────────────────────────────────────────
  #step(give: (core: CommandEncoder) => void): void {
    const core = new CommandEncoder(this.#memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES);
    give(core);
    this.#tick++;
    this.#commands += core.count;
    const input = { buffer: 0, inputBytes: core.bytes, now: this.#now, number: this.#tick, flags: 0 };
    this.#core.run({ call: 'step', ...input });
    const { effects, consumed } = readHeader(this.#memory);
    if (consumed !== core.bytes) throw new Error(`a burst of ${core.bytes} bytes is too much for a tick`);
    const all = new Effects(this.#memory.buffer, 0, effects);
    const touched = new Set<number>();
    for (let index = 0; index < all.count; index++) this.#hear(all.at(index), touched);
    for (const agent of touched) this.#recount(this.#seats[agent]!);
  }

  #hear(effect: Effect, touched: Set<number>): void {
    const { kind, contact: slot, agent, value } = effect;
    if (kind === layout.EFFECT_LINE_STATE) return this.#lineIs(effect, touched);
    if (kind === layout.EFFECT_AGENT_STATE) {
      this.#seats[agent]!.loggedIn = effect.code !== layout.AGENT_LOGGED_OUT;
      return;
    }
    const one = this.#live.get(slot);
    if (one === undefined || one.number !== effect.number) return;
    if (kind === layout.EFFECT_OFFERED) {
      this.#offers++;
      one.offers.set(agent, value);
    } else if (kind === layout.EFFECT_DIALLED) {
      this.#dialled++;
      one.taken = { agent, offer: value };
    } else if (kind === layout.EFFECT_ACCEPTED) one.taken = { agent, offer: value };
    else if (kind === layout.EFFECT_WITHDRAWN) {
      one.offers.delete(agent);
      if (one.taken?.agent === agent) one.taken = undefined;
    } else if (kind === layout.EFFECT_CONNECTED) {
      one.served = agent;
      if (one.offers.size > 1) this.#breach(`contact ${slot} is with agent ${agent}, and rings elsewhere`);
    } else if (kind === layout.EFFECT_WRAP_UP) one.wrapsUp = true;
    else if (kind === layout.EFFECT_RELEASED || (kind === layout.EFFECT_REFUSED && this.#wasRefused(effect))) {
      this.#live.delete(slot);
      this.#freeSlots.push(slot);
    }
  }

  /** What was to be made, and was not; anything else that is refused was late. */
  #wasRefused({ code }: Effect): boolean {
    return (
      code === layout.REFUSED_LINE_ALREADY_BUSY ||
      code === layout.REFUSED_AGENT_AT_CAPACITY ||
      code === layout.REFUSED_ANOTHER_LINE_RINGS ||
      code === layout.REFUSED_LINE_NOT_IN_SEAT ||
      code === layout.REFUSED_AGENT_NOT_LOGGED_IN ||
      code === layout.REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY
    );
  }

  /** At every effect: what has just been taken was still to be had. */
  #lineIs({ agent, line, code, contact: slot, value: channel }: Effect, touched: Set<number>): void {
    touched.add(agent);
    const own = this.#lines[agent]!;
    const place = line - agent * 32;
    const before = own[place] ?? { state: layout.LINE_GONE, contact: layout.NONE, channel };
    own[place] = { state: code, contact: slot, channel };
    const wasBusy = isBusy(before.state);
    if (isBusy(code) && wasBusy && before.contact !== slot)
      this.#breach(`line ${line} has contact ${slot} beside contact ${before.contact}`);
    if (!isBusy(code) || wasBusy) return;
    const seat = this.#seats[agent]!;
    const busy = own.filter((one) => isBusy(one.state));
    const here = busy.filter((one) => one.channel === channel).length;
    const most = seat.capacity[channel]!;
    if (here > most) this.#breach(`agent ${agent} has ${here} contacts on channel ${channel}, and ${most} are allowed`);
    if (busy.length > seat.total)
      this.#breach(`agent ${agent} has ${busy.length} contacts, and ${seat.total} are allowed`);
    const ringing = busy.filter((one) => one.state === layout.LINE_RINGING).length;
    if (seat.oneRinging && code === layout.LINE_RINGING && ringing > 1)
      this.#breach(`${ringing} lines of agent ${agent} ring, and one is to ring at a time`);
    this.#busyMost = Math.max(this.#busyMost, busy.length);
    if (busy.length === seat.total) this.#fullTicks++;
  }

  /** After every tick, from the contacts' side: each is at the lines that say so, and at one where it is served. */
  #recount({ agent }: Seat): void {
    for (const { state, contact: slot } of this.#lines[agent]!.filter((one) => one !== undefined)) {
      if (!isBusy(state)) continue;
      const one = this.#live.get(slot);
      const isThere =
        state === layout.LINE_RINGING
          ? one?.offers.has(agent) || one?.taken?.agent === agent
          : one?.served === agent && one.wrapsUp === (state === layout.LINE_WRAP_UP);
      if (!isThere) this.#breach(`a line of agent ${agent} has contact ${slot}, which is not there`);
    }
  }

  #breach(sentence: string): void {
    this.#breaches.push(`tick ${this.#tick}: ${sentence}`);
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

function isBusy(state: number): boolean {
  return state === layout.LINE_RINGING || state === layout.LINE_CONNECTED || state === layout.LINE_WRAP_UP;
}
