// Makes up commands for a world of its own: realistic most of the time, hostile the rest (stale handles, wrong agents,
// removals in use, capacities of nothing, policies that change under way). It looks at the model to know what lives there,
// and keeps only what the host guarantees: slots and profile numbers are free when they are used, a profile is dropped
// when nobody uses it, an update keeps queue and channel.

import * as layout from '../../assembly/layout.ts';
import { selections } from '../../src/protocol/states.ts';
import type { Command, ContactCreate, ProfileSet, SkillLevel } from './commands.ts';
import type { Model } from './model.ts';
import type { Random } from './random.ts';

const HOUR_MS = 3_600_000;
/** A generation no contact gets, so that a made-up name never meets a contact made in the same batch. */
const NEVER_USED = 0;
const several: number[] = [layout.SELECT_RING_ALL, layout.SELECT_RING_PROGRESSIVE];

interface Shape {
  agents: number;
  queues: number;
  channels: number;
  skills: number;
  profiles: number;
  slots: number;
  lines: number;
  /** Of a hundred contacts, how many ask for an agent by name. */
  direct: number;
  /** Of a hundred contacts, how many have their media at a switch. */
  legs: number;
  /** Of a hundred profiles, how many have more to say than skills. */
  wide: number;
  /** Of a hundred queues beside those by chance, how many ring several agents at once. */
  several: number;
  /** Of a hundred commands of the last kinds, how many tell a contact to leave its queue. */
  leaving: number;
  /** Of a hundred commands of the last kinds, how many withhold a contact, or do so no longer. */
  withholding: number;
  /** Of a hundred of the rest, how many send a contact on. */
  sending: number;
  /** Of a hundred commands of the last kinds, how many are calls that agents make. */
  dialling: number;
  /** Of a hundred settings of a queue, how many match in batches whatever else they are. */
  batching: number;
  /** Whether priorities, credits and slopes go to their bounds. */
  extreme: boolean;
  /** Whether agents mostly answer, so that queues stay short. */
  calm: boolean;
  /** Whether far more comes than is served, so that hundreds wait. */
  flood: boolean;
}

export class RandomWorld {
  readonly shape: Shape;
  readonly #random: Random;
  readonly #model: Model;
  #generation = 1;
  now: number;

  constructor(random: Random, model: Model) {
    this.#random = random;
    this.#model = model;
    this.now = random.pick([0, 1, 1_000, 1_700_000_000_000, 8_000_000_000_000]);
    const size = random.pick([1, 3, 12, 40]);
    this.shape = {
      agents: size,
      queues: random.between(1, 5),
      channels: random.between(1, 3),
      skills: random.between(1, 5),
      profiles: random.between(2, 24),
      slots: random.pick([4, 30, 120, 1_500]),
      lines: random.between(1, 5),
      direct: random.pick([0, 10, 60]),
      legs: random.pick([0, 30, 100]),
      wide: random.pick([0, 20, 60]),
      several: random.pick([0, 0, 50, 100]),
      leaving: random.pick([0, 20, 50]),
      withholding: random.pick([0, 30]),
      sending: random.pick([0, 30, 60]),
      dialling: random.pick([0, 20, 50]),
      batching: random.pick([0, 0, 60]),
      extreme: random.chance(30),
      calm: random.chance(60),
      flood: random.chance(15),
    };
  }

  /** The next batch and its time. Commands that need the world as it is come alone. */
  batch(): Command[] {
    const random = this.#random;
    this.now = Math.min(this.now + this.#pause(), layout.TIME_MAX);
    if (random.chance(8)) return [this.#setting()];
    const slots = new Set<number>();
    return Array.from({ length: random.between(0, 6) }, () => this.#ordinary(slots));
  }

  /** Commands that begin the world: queues, profiles and agents, logged in and ready. */
  beginning(): Command[][] {
    const random = this.#random;
    const batches: Command[][] = [];
    for (let queue = 0; queue < this.shape.queues; queue++) batches.push([this.#queueSet(queue)]);
    for (let profile = 0; profile < this.shape.profiles / 2; profile++) batches.push([this.#profileSet(profile)]);
    for (let agent = 0; agent < this.shape.agents; agent++) {
      batches.push([this.#agentSet(agent)]);
      if (random.chance(90)) batches.push([this.#login(agent), { kind: 'agentReady', agent, mask: 0 }]);
    }
    return batches;
  }

  #pause(): number {
    const random = this.#random;
    const kind = random.between(1, 100);
    if (kind <= 40) return 0;
    if (kind <= 70) return random.between(1, 20);
    if (kind <= 92) return random.between(20, 2_000);
    if (kind <= 99) return random.between(2_000, 30_000);
    return random.between(30_000, 24 * HOUR_MS);
  }

  // ── Things to name ────────────────────────────────────────────────────────────────────────────────────────────
  #agent(): number {
    return this.#random.chance(2) ? this.shape.agents + 700 : this.#random.between(0, this.shape.agents - 1);
  }

  #mask(): number {
    return this.#random.chance(60) ? 0 : this.#random.between(1, (1 << this.shape.channels) - 1);
  }

  #levels(most: number): SkillLevel[] {
    const all = Array.from({ length: this.shape.skills }, (_, skill) => skill);
    return this.#random.some(all, most).map((skill) => ({ skill, level: this.#random.between(1, layout.LEVEL_MAX) }));
  }

  #priority(): number {
    const random = this.#random;
    if (this.shape.extreme && random.chance(20)) return random.pick([-layout.PRIORITY_MAX, layout.PRIORITY_MAX]);
    return random.chance(60) ? 0 : random.between(-5, 5);
  }

  #creditMs(): number {
    const random = this.#random;
    if (this.shape.extreme && random.chance(10)) return 2_147_483_647;
    return random.chance(75) ? 0 : random.between(1, 20_000);
  }

  /** A contact of some state, or anyone, or nobody. */
  #contact(states?: number[]): { contact: number; number: number } {
    const random = this.#random;
    const live = [...this.#model.contacts.values()];
    const fitting = states ? live.filter((contact) => states.includes(contact.state)) : live;
    const from = fitting.length > 0 && random.chance(95) ? fitting : live;
    if (from.length === 0 || random.chance(3)) {
      return { contact: random.between(0, this.shape.slots * 2), number: NEVER_USED };
    }
    const chosen = random.pick(from);
    const stale = random.chance(3);
    return { contact: chosen.slot, number: stale ? NEVER_USED : chosen.number };
  }

  // ── Setting up and changing ───────────────────────────────────────────────────────────────────────────────────
  #setting(): Command {
    const random = this.#random;
    const kind = random.between(1, 100);
    const free = Array.from({ length: this.shape.profiles }, (_, profile) => profile).filter(
      (profile) => !this.#model.profiles.has(profile),
    );
    if (kind <= 20) return this.#queueSet(random.between(0, this.shape.queues - 1));
    if (kind <= 25) return { kind: 'queueRemove', queue: random.between(0, this.shape.queues) };
    if (kind <= 55 && free.length > 0) return this.#profileSet(random.pick(free));
    if (kind <= 60) return this.#profileDrop();
    if (kind <= 62) return { kind: 'resumed', downMs: random.between(0, HOUR_MS) };
    if (kind <= 64) return { kind: 'agentRemove', agent: this.#agent() };
    if (kind <= 66) return { kind: 'skipped', timer: layout.NONE };
    return this.#agentSet(random.between(0, this.shape.agents - 1));
  }

  #queueSet(queue: number): Command {
    const random = this.#random;
    const known = Object.values(selections);
    const batches = random.chance(this.shape.batching);
    const some = random.chance(this.shape.several) ? random.pick(several) : random.pick(known);
    const select = batches ? layout.SELECT_SCORE : some;
    const ringsSeveral = several.includes(select);
    const scoreWeights = select === layout.SELECT_SCORE ? this.#scoreWeights() : [];
    const watches = select === layout.SELECT_LEAST_OCCUPIED || (scoreWeights[layout.SCORE_OCCUPANCY] ?? 0) !== 0;
    const ageing = this.shape.extreme && random.chance(30) ? layout.AGEING_MAX : random.pick([0, 0, 1, 50, 1000]);
    const windows = watches ? [60_000, 3_600_000, 604_800_000] : [0];
    return {
      kind: 'queueSet',
      queue,
      channels: random.chance(90) ? (1 << this.shape.channels) - 1 : random.between(0, (1 << this.shape.channels) - 1),
      order: random.pick([layout.ORDER_PRIORITY, layout.ORDER_FIRST_COME]),
      select,
      weight: random.chance(50) ? 0 : random.between(-2, 2),
      ageing,
      ageingCap: ageing === 0 ? 0 : random.pick([0, 0, 1, 3, 20, layout.PRIORITY_MAX]),
      ageingSteps: ageing === 0 ? this.#ageingSteps() : [],
      offerMs: random.pick([1, 50, 2_000, 20_000]),
      wrapUpMs: random.pick([0, 1, 500, 10_000]),
      maxWaiting: random.chance(80) ? -1 : random.between(0, 20),
      missedMax: random.pick([0, 1, 2, 3]),
      afterRejectMs: random.pick([0, 0, 100, 5_000]),
      afterMissMs: random.pick([0, 0, 100, 5_000]),
      occupancyWindowMs: random.pick(windows),
      ringTogether: ringsSeveral ? random.pick([1, 2, 3, 10]) : 0,
      ringEveryMs: select === layout.SELECT_RING_PROGRESSIVE ? random.pick([1, 20, 2_000]) : 0,
      scoreWeights,
      batchMs: batches || (select === layout.SELECT_SCORE && random.chance(50)) ? random.pick([1, 100, 1_000]) : 0,
      wrapUpTakesSeat: random.chance(30),
      idleRestarts: random.chance(60) ? layout.IDLE_USUAL : random.between(0, 2 ** layout.IDLE_LOGIN - 1),
    };
  }

  /** Of which some are reached, and some by nobody. */
  #ageingSteps(): { afterMs: number; priority: number }[] {
    const random = this.#random;
    const steps: { afterMs: number; priority: number }[] = [];
    let last = { afterMs: 0, priority: 0 };
    for (let left = random.pick([0, 0, 1, 2, 8]); left > 0; left--) {
      last = {
        afterMs: last.afterMs + random.pick([1, 100, 3_000, 60_000]),
        priority: last.priority + random.pick([1, 2, 5]),
      };
      steps.push(last);
    }
    return steps;
  }

  /** Mostly some of them, and small, so that equal scores are not seldom. */
  #scoreWeights(): number[] {
    const random = this.#random;
    const { SCORE_RANK, SCORE_WEIGHT_MAX } = layout;
    return Array.from({ length: SCORE_RANK + 1 }, () => {
      if (random.chance(45)) return 0;
      return random.chance(10) ? random.pick([-SCORE_WEIGHT_MAX, SCORE_WEIGHT_MAX]) : random.between(-2, 5);
    });
  }

  #profileSet(profile: number): Command {
    const random = this.#random;
    const queue = random.chance(97) ? random.between(0, this.shape.queues - 1) : this.shape.queues + 3;
    return {
      kind: 'profileSet',
      profile,
      queue,
      channel: random.between(0, this.shape.channels - 1),
      all: random.chance(50) ? [] : this.#levels(2),
      any: random.chance(70) ? [] : this.#levels(3),
      prefers: random.chance(60) ? [] : this.#levels(3),
      ...(random.chance(this.shape.wide) && this.#whom(queue)),
    };
  }

  /** Who may not serve it, whose agents may as well, and groups. */
  #whom(own: number): Partial<ProfileSet> {
    const random = this.#random;
    const agents = Array.from({ length: this.shape.agents }, (_, agent) => agent);
    return {
      excludes: random.chance(50) ? [] : random.some(agents, 4),
      groups: random.chance(60) ? [] : this.#levels(2).map(({ skill }) => skill),
      queues: random.chance(50)
        ? []
        : random.some(
            [...this.#model.queues.keys()].filter((queue) => queue !== own),
            2,
          ),
    };
  }

  #profileDrop(): Command {
    const used = new Set<ProfileSet | undefined>(
      [...this.#model.contacts.values()].flatMap((contact) => [contact.profile, contact.leaves?.to]),
    );
    const unused = [...this.#model.profiles.values()].filter((profile) => !used.has(profile));
    const profile = unused.length > 0 ? this.#random.pick(unused).profile : this.shape.profiles + 5;
    return { kind: 'profileDrop', profile };
  }

  #agentSet(agent: number): Command {
    const random = this.#random;
    const queues = Array.from({ length: this.shape.queues }, (_, queue) => queue);
    return {
      kind: 'agentSet',
      agent,
      total: random.chance(5) ? 0 : random.between(1, 4),
      wrapUpMs: random.pick([-1, -1, 0, 300, 5_000]),
      capacity: Array.from({ length: this.shape.channels }, () => (random.chance(8) ? 0 : random.between(1, 3))),
      skills: this.#levels(this.shape.skills),
      queues: random.chance(50) ? undefined : random.some(queues, this.shape.queues),
    };
  }

  #login(agent: number): Command {
    const random = this.#random;
    const first = agent * 8 + (random.chance(10) ? random.between(0, 3) : 0);
    const lines = Array.from({ length: random.chance(3) ? 0 : random.between(1, this.shape.lines) }, (_, place) => ({
      line: first + place,
      channel: random.between(0, this.shape.channels - 1),
    }));
    if (random.chance(3)) lines.push({ line: random.between(0, this.shape.agents * 8) + 8, channel: 0 });
    const seen = new Set<number>();
    return { kind: 'agentLogin', agent, lines: lines.filter(({ line }) => !seen.has(line) && seen.add(line)) };
  }

  // ── The day's work ────────────────────────────────────────────────────────────────────────────────────────────
  #ordinary(slots: Set<number>): Command {
    const random = this.#random;
    const kind = random.between(1, 100);
    if (kind <= 30 || (this.shape.flood && kind <= 80)) return this.#create(slots) ?? this.#offerAnswer();
    if (kind <= 55) return this.#offerAnswer();
    if (kind <= 72) return this.#ending();
    if (kind <= 78) return this.#update();
    if (kind <= 80) return this.#timer();
    if (kind <= 82)
      return { kind: 'contactPlace', ...this.#contact(random.chance(80) ? [layout.CONTACT_WAITING] : undefined) };
    if (random.chance(this.shape.dialling)) return this.#dial(slots) ?? this.#offerAnswer();
    if (random.chance(this.shape.leaving)) return this.#leave();
    if (random.chance(this.shape.withholding)) return this.#withhold();
    if (random.chance(this.shape.sending)) return this.#send(slots) ?? this.#agentCommand();
    return this.#agentCommand();
  }

  #create(slots: Set<number>): Command | undefined {
    const random = this.#random;
    const contact = random.between(0, this.shape.slots - 1);
    if (this.#model.contacts.has(contact) || slots.has(contact)) return undefined;
    slots.add(contact);
    const known = [...this.#model.profiles.keys()];
    const profile = known.length > 0 && random.chance(97) ? random.pick(known) : random.between(0, this.shape.profiles);
    const agent = random.chance(this.shape.direct) ? this.#asked(profile) : layout.NONE;
    const withheld = agent === layout.NONE && random.chance(this.shape.withholding / 5);
    const byAffinity = agent !== layout.NONE && random.chance(50);
    const inBoth = byAffinity && random.chance(60);
    return {
      kind: 'contactCreate',
      contact,
      number: random.chance(2) ? 4_294_967_295 : this.#generation++,
      profile,
      priority: this.#priority(),
      creditMs: this.#creditMs(),
      agent,
      ...(withheld && { withheld }),
      waitMs: random.pick([0, 1, 500, 20_000, 2_147_483_647]),
      orElse: inBoth || random.chance(70) ? layout.OR_ELSE_QUEUE : layout.OR_ELSE_END,
      withLegs: random.chance(this.shape.legs),
      ...(byAffinity ? { byAffinity, inBoth } : { forNamed: random.chance(this.shape.sending / 2) }),
      ...this.#more(profile),
      ...(agent !== layout.NONE && !byAffinity && random.chance(50) && this.#lineOf(agent, profile)),
    };
  }

  /** On a line of the agent's seat, mostly one that is free and of the channel. */
  #dial(slots: Set<number>): Command | undefined {
    const random = this.#random;
    const made = this.#freeSlot(slots);
    if (made === undefined) return undefined;
    const agent = this.#agent();
    const seat = this.#model.agents.get(agent)?.seat ?? [];
    const free = seat.filter(({ state }) => state === layout.LINE_FREE);
    const from = free.length > 0 && random.chance(85) ? free : seat;
    const line = from.length > 0 && random.chance(96) ? random.pick(from) : undefined;
    const known = [...this.#model.profiles.values()];
    const fitting = known.filter(({ channel }) => channel === line?.channel);
    const some = fitting.length > 0 && random.chance(96) ? fitting : known;
    return {
      kind: 'contactDial',
      contact: made.slot,
      number: made.number,
      profile: some.length > 0 ? random.pick(some).profile : 0,
      agent,
      line: line?.line ?? random.between(0, this.shape.agents * 8 + 8),
      withLegs: random.chance(70),
      connectMs: random.pick([1, 50, 2_000, 40_000]),
    };
  }

  /** A place that was somebody's, and other queues to go on to. */
  #more(first: number): Partial<ContactCreate> {
    const random = this.#random;
    const more: Partial<ContactCreate> = {};
    const place = random.chance(20) ? this.#model.places.pop() : undefined;
    if (place !== undefined) more.place = random.chance(80) ? place : { ...place, sequence: 0 };
    if (random.chance(10)) more.letIn = true;
    if (random.chance(30)) more.servedBy = this.#agent();
    const known = this.#model.profiles.get(first);
    if (known === undefined || !random.chance(15 + this.shape.leaving)) return more;
    const queues = new Set([known.queue]);
    const way = random
      .some([...this.#model.profiles.values()], layout.QUEUES_PER_WAY_MAX - 1)
      .filter(({ channel, queue }) => channel === known.channel && !queues.has(queue) && queues.add(queue));
    if (way.length > 0) {
      more.way = way.map(({ profile }) => ({
        profile,
        why: random.chance(70) ? layout.MOVED_FULL : random.between(layout.MOVED_CLOSED, layout.MOVED_NOBODY_READY),
      }));
    }
    return more;
  }

  /** Of the same channel in another queue; or it ends. */
  #leave(): Command {
    const random = this.#random;
    const named = this.#contact([
      layout.CONTACT_WAITING,
      layout.CONTACT_WAITING_FOR,
      layout.CONTACT_RINGING,
      layout.CONTACT_CONNECTING,
    ]);
    const own = this.#model.contacts.get(named.contact)?.profile;
    const others = [...this.#model.profiles.values()].filter(
      ({ queue, channel }) => own !== undefined && queue !== own.queue && channel === own.channel,
    );
    const to = others.length > 0 && random.chance(75) ? random.pick(others).profile : layout.NONE;
    if (random.chance(15))
      return { kind: 'contactLeave', ...named, queue: own?.queue ?? 0, profile: layout.NONE, why: 0 };
    if (random.chance(30))
      return { kind: 'contactLeave', ...named, queue: own?.queue ?? 0, profile: to, why: layout.MOVED_UNANSWERED };
    if (to === layout.NONE && random.chance(20))
      return { kind: 'contactLeave', ...named, queue: own?.queue ?? 0, profile: to, why: layout.MOVED_VOICEMAIL };
    return {
      kind: 'contactLeave',
      ...named,
      queue: own?.queue ?? 0,
      profile: to,
      why: random.between(layout.MOVED_TIMED_OUT, to === layout.NONE ? layout.MOVED_CALLBACK : layout.MOVED_EXHAUSTED),
    };
  }

  /** Those that are withheld are mostly let go again. */
  #withhold(): Command {
    const random = this.#random;
    const withheld = [...this.#model.contacts.values()].filter((contact) => contact.withheld);
    if (withheld.length > 0 && random.chance(60)) {
      const { slot, number } = random.pick(withheld);
      return { kind: 'contactWithhold', contact: slot, number, on: 0 };
    }
    return { kind: 'contactWithhold', ...this.#contact(), on: random.chance(90) ? 1 : 0 };
  }

  /** A slot that is free still after what the batch has made so far. */
  #freeSlot(slots: Set<number>): { slot: number; number: number } | undefined {
    const slot = this.#random.between(0, this.shape.slots - 1);
    if (this.#model.contacts.has(slot) || slots.has(slot)) return undefined;
    slots.add(slot);
    return { slot, number: this.#generation++ };
  }

  /** Whatever it is doing, mostly from the agent who serves it; to a queue, an agent, or over to another contact's agent. */
  #send(slots: Set<number>): Command | undefined {
    const random = this.#random;
    const served = this.#contact([layout.CONTACT_CONNECTED]);
    const named = random.chance(65) ? served : this.#contact();
    const known = this.#model.contacts.get(named.contact);
    const alike = [...this.#model.profiles.values()].filter(({ channel }) => channel === known?.profile.channel);
    const part = this.#freeSlot(slots);
    if (alike.length === 0 || part === undefined) return undefined;
    const from = random.chance(96) ? (known?.agent?.handle ?? this.#agent()) : this.#agent();
    if (random.chance(30)) return this.#handOver(named, from, part);
    const { profile } = random.pick(alike);
    if (random.chance(15)) return this.#park(named, from, part);
    const agent = random.chance(60) ? this.#asked(profile) : layout.NONE;
    return {
      kind: 'contactSend',
      ...named,
      profile: random.chance(30) ? layout.NONE : profile,
      agent,
      ...(agent !== layout.NONE && random.chance(50) && this.#lineOf(agent, profile)),
      waitMs: random.pick([0, 1, 500, 20_000, 2_147_483_647]),
      forNamed: random.chance(60),
      backTo: random.chance(60) ? from : layout.NONE,
      backMs: random.pick([0, 500, 20_000]),
      why: random.chance(20) ? layout.MOVED_CHOSEN : random.between(layout.MOVED_TRANSFERRED, layout.MOVED_RETURNED),
      from: random.chance(60) ? from : layout.NONE,
      part,
      restMs: random.pick([0, 0, 500, 5_000]),
      resumed: random.chance(known?.withheld ? 80 : 10),
    };
  }

  /** One of the agent's lines, mostly. */
  #lineOf(agent: number, profile: number): { line: number } {
    const random = this.#random;
    const seat = this.#model.agents.get(agent)?.seat ?? [];
    const own = seat.filter(({ channel }) => channel === this.#model.profiles.get(profile)?.channel);
    const busy = own.filter(({ state }) => state !== layout.LINE_FREE);
    const from = busy.length > 0 && random.chance(60) ? busy : own;
    const known = from.length > 0 && random.chance(92) ? random.pick(from).line : undefined;
    return { line: known ?? random.between(0, this.shape.agents * 8 + 8) };
  }

  #park(named: { contact: number; number: number }, from: number, part: { slot: number; number: number }): Command {
    const { NONE, MOVED_PARKED } = layout;
    const nobody = { profile: NONE, agent: NONE, waitMs: 0, backTo: NONE, backMs: 0, restMs: 0 };
    return { kind: 'contactSend', ...named, ...nobody, why: MOVED_PARKED, from, part };
  }

  /** Mostly between two who both serve somebody on the channel, since by chance alone that is seldom. */
  #handOver(named: { contact: number; number: number }, from: number, part: { slot: number; number: number }): Command {
    const random = this.#random;
    const all = [...this.#model.contacts.values()];
    const served = all.filter(({ state }) => state === layout.CONTACT_CONNECTED);
    const pairs = served.flatMap((goes) =>
      served
        .filter((ends) => ends.agent !== goes.agent && ends.profile.channel === goes.profile.channel)
        .map((ends) => [goes, ends] as const),
    );
    if (pairs.length > 0 && random.chance(70)) {
      const [goes, ends] = random.pick(pairs);
      const of = { contact: goes.slot, number: goes.number, from: goes.agent!.handle };
      return { kind: 'contactHandOver', ...of, other: { slot: ends.slot, number: ends.number }, part };
    }
    const channel = this.#model.contacts.get(named.contact)?.profile.channel;
    const { slot, number } = random.pick(all.filter(({ profile }) => profile.channel === channel));
    return { kind: 'contactHandOver', ...named, from, other: { slot, number }, part };
  }

  /** An agent to ask for by name: mostly one who could serve the profile. */
  #asked(profile: number): number {
    const wanted = this.#model.profiles.get(profile);
    const fitting = [...this.#model.agents.values()].filter((agent) => wanted && this.#model.fits(agent, wanted));
    return fitting.length > 0 && this.#random.chance(80) ? this.#random.pick(fitting).handle : this.#agent();
  }

  #offerAnswer(): Command {
    const random = this.#random;
    const named = this.#contact([layout.CONTACT_RINGING, layout.CONTACT_CONNECTING]);
    const known = this.#model.contacts.get(named.contact);
    const ring = known !== undefined && known.rings.length > 0 ? random.pick(known.rings) : undefined;
    const offer = random.chance(96) ? (ring?.offer ?? known?.taken ?? 1) : random.between(0, 5);
    const agent = random.chance(96) ? ((ring ?? known)?.agent?.handle ?? this.#agent()) : this.#agent();
    const of = { ...named, offer, agent };
    if (random.chance(known?.withLegs ? 60 : 4)) return this.#switchAnswer(of, known?.state);
    const connectMs = random.pick([1, 50, 2_000, 20_000]);
    if (random.chance(this.shape.calm ? 85 : 50))
      return { kind: 'offerAccept', ...of, connectMs, ifOpen: random.chance(30) };
    return { kind: 'offerReject', ...of, ifOpen: random.chance(10), withoutRest: random.chance(20) };
  }

  /** What a switch says of a telephone: mostly what can be said in that state. */
  #switchAnswer(of: { contact: number; number: number; offer: number; agent: number }, state?: number): Command {
    const random = this.#random;
    const ifOpen = random.chance(70);
    const kind = random.between(1, 100);
    if (kind <= (state === layout.CONTACT_CONNECTING ? 15 : 45)) return { kind: 'offerRang', ...of, ifOpen };
    if (kind <= (this.shape.calm ? 85 : 60)) return { kind: 'offerConnected', ...of, ifOpen };
    const code = random.pick([
      layout.WITHDRAWN_TIMED_OUT,
      layout.WITHDRAWN_REJECTED,
      layout.WITHDRAWN_BUSY,
      layout.WITHDRAWN_UNREACHABLE,
    ]);
    return { kind: 'offerFailed', ...of, ifOpen, code, restMs: random.pick([0, 0, 100, 5_000]) };
  }

  #ending(): Command {
    const random = this.#random;
    const kind = random.between(1, 100);
    if (kind <= 50) {
      const named = this.#contact([layout.CONTACT_CONNECTED]);
      const by = random.chance(90) ? this.#model.contacts.get(named.contact)?.agent?.handle : this.#agent();
      return {
        kind: 'contactEnd',
        ...named,
        code: random.between(1, layout.ENDED_FUNDS_EXHAUSTED),
        ...(by !== undefined && random.chance(40) && { by }),
      };
    }
    if (kind <= 60) return { kind: 'wrapUpDone', ...this.#contact([layout.CONTACT_WRAP_UP]) };
    if (kind <= 65) {
      const byMs = random.pick([1, 500, 20_000, layout.WRAP_UP_AHEAD_MAX_MS]);
      return { kind: 'wrapUpExtend', ...this.#contact([layout.CONTACT_WRAP_UP]), byMs };
    }
    if (kind <= 70) return { kind: 'contactEnd', ...this.#contact(), code: layout.ENDED_BY_APPLICATION };
    const states = [
      layout.CONTACT_WAITING,
      layout.CONTACT_WAITING_FOR,
      layout.CONTACT_RINGING,
      layout.CONTACT_CONNECTING,
    ];
    return { kind: 'contactCancel', ...this.#contact(states) };
  }

  #update(): Command {
    const random = this.#random;
    const named = this.#contact([layout.CONTACT_WAITING, layout.CONTACT_WAITING_FOR]);
    const known = this.#model.contacts.get(named.contact);
    const own = known?.profile;
    const alike = [...this.#model.profiles.values()].filter(
      (profile) => profile.queue === own?.queue && profile.channel === own.channel,
    );
    return {
      kind: 'contactUpdate',
      ...named,
      profile: alike.length > 0 ? random.pick(alike).profile : 0,
      priority: random.chance(40) ? (known?.priority ?? 0) : this.#priority(),
      creditMs: random.chance(60) ? (known?.creditMs ?? 0) : this.#creditMs(),
      byStep: random.chance(40),
    };
  }

  #timer(): Command {
    const random = this.#random;
    const module = random.between(0, 2);
    const key = random.chance(90) ? random.between(0, 40) : random.between(0, 9_000_000_000);
    if (random.chance(25)) return { kind: 'timerCancel', module, key };
    const due = random.pick([0, this.now, this.now + 1, this.now + random.between(1, 50_000), layout.TIME_MAX]);
    return { kind: 'timerSet', module, key, due };
  }

  #agentCommand(): Command {
    const random = this.#random;
    const agent = this.#agent();
    const kind = random.between(1, 100);
    if (kind <= 50) return { kind: 'agentReady', agent, mask: this.#mask() };
    if (kind <= 68) return { kind: 'agentNotReady', agent, reason: random.between(layout.REASON_FIRST_OF_HOST, 40) };
    if (kind <= 84) return this.#login(agent);
    if (kind <= 92) return { kind: 'agentLogout', agent, whenIdle: random.chance(50) };
    return { kind: 'agentOneRinging', agent, on: random.between(0, 1) };
  }
}
