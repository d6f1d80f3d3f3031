// Thousands who wait in one queue, kept as one sorted list: commands that make them come, go and change, and the places that
// they must be told. The plain model is too slow for so many; this knows nothing of agents but one, who comes at the end.

import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import type { Random } from './random.ts';

const MILLIONTHS = 1_000_000;
const TOGETHER = 200;
const PROFILES = 9;
const AGENT = 0;
interface Policy {
  readonly order: number;
  readonly ageing: number;
  readonly ageingCap?: number;
  readonly ageingSteps?: { readonly afterMs: number; readonly priority: number }[];
}
const policies: readonly Policy[] = [
  { order: layout.ORDER_PRIORITY, ageing: 1_000 },
  { order: layout.ORDER_PRIORITY, ageing: 0 },
  { order: layout.ORDER_PRIORITY, ageing: 50 },
  { order: layout.ORDER_FIRST_COME, ageing: 0 },
  { order: layout.ORDER_FIRST_COME, ageing: 1_000 },
  { order: layout.ORDER_PRIORITY, ageing: 1_000, ageingCap: 2 },
  { order: layout.ORDER_PRIORITY, ageing: 50, ageingCap: 1 },
  {
    order: layout.ORDER_PRIORITY,
    ageing: 0,
    ageingSteps: [
      { afterMs: 500, priority: 1 },
      { afterMs: 3_000, priority: 3 },
      { afterMs: 60_000, priority: 400 },
    ],
  },
];

/** Where ageing has an end, or goes in steps. */
function changesWithTime({ ageingCap, ageingSteps }: Policy): boolean {
  return (ageingCap ?? ageingSteps) !== undefined;
}

interface Waits {
  readonly slot: number;
  readonly created: number;
  readonly arrived: number;
  profile: number;
  priority: number;
  creditMs: number;
}

/** Commands of one tick, and the place (contacts ahead) of each that is queued by one, in order. */
export interface Tick {
  readonly now: number;
  readonly commands: Command[];
  readonly places: readonly number[];
}

export class Crowd {
  readonly #random: Random;
  /** Of all contacts of this crowd: in one memory each crowd has another. */
  readonly #number: number;
  readonly #line: Waits[] = [];
  readonly #free: number[] = [];
  #made = 0;
  #created = 0;
  #profiles = 0;
  #policy = policies[0]!;
  now: number;

  constructor(random: Random, now: number, number: number) {
    this.#random = random;
    this.now = now;
    this.#number = number;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** A queue with a few profiles; more of them come while contacts wait. */
  begin(): Tick {
    this.#policy = this.#random.pick(policies);
    return this.#tick([this.#queueSet(), ...Array.from({ length: 3 }, () => this.#addProfile())]);
  }

  /** Grows until so many wait, or shrinks until so few do, with some of everything in between. */
  *until(wanted: number): Generator<Tick> {
    const grows = this.waiting < wanted;
    while (grows ? this.waiting < wanted : this.waiting > wanted) {
      const passed = this.#random.pick([0, 0, 1, 10, 500]);
      this.now += passed;
      if (passed > 0 && changesWithTime(this.#policy)) this.#sort();
      const kind = this.#random.between(1, 100);
      if (kind <= 1) yield this.#reorder();
      else if (kind <= 3 && this.#profiles < PROFILES) yield this.#tick([this.#addProfile()]);
      else if (kind <= 15) yield this.#change();
      else if (kind <= (grows ? 85 : 30)) yield this.#join();
      else yield this.#leave(grows ? TOGETHER : Math.min(TOGETHER, this.waiting - wanted));
    }
  }

  /** An agent for all of them, who is offered one after the other, as each gives up: `offered` are their slots. */
  *serveOut(): Generator<Tick & { readonly offered: readonly number[] }> {
    const line = this.#line.splice(0).map(({ slot }) => slot);
    this.#free.push(...line);
    const arrives = this.#tick([
      { kind: 'agentSet', agent: AGENT, total: 1, wrapUpMs: 0, capacity: [1], skills: [], queues: undefined },
      { kind: 'agentLogin', agent: AGENT, lines: [{ line: AGENT, channel: 0 }] },
      { kind: 'agentReady', agent: AGENT, mask: 0 },
    ]);
    yield { ...arrives, offered: line.slice(0, 1) };
    for (let from = 0; from < line.length; from += TOGETHER) {
      const commands = line.slice(from, from + TOGETHER).map((slot) => this.#cancel(slot));
      yield { ...this.#tick(commands), offered: line.slice(from + 1, from + 1 + TOGETHER) };
    }
    yield { ...this.#tick([{ kind: 'agentLogout', agent: AGENT, whenIdle: false }]), offered: [] };
  }

  // ── Ticks ─────────────────────────────────────────────────────────────────────────────────────────────────────
  #join(): Tick {
    const random = this.#random;
    const how = random.between(1, 4);
    const commands: Command[] = [];
    const places: number[] = [];
    for (let count = random.between(1, TOGETHER); count > 0; count--) {
      const joins: Waits = {
        slot: this.#free.pop() ?? this.#made++,
        created: this.#created++,
        arrived: this.now,
        // Most are in one profile.
        profile: random.chance(70) ? 0 : random.between(0, this.#profiles - 1),
        priority: how === 1 ? 0 : how === 2 ? this.#created % 1_000 : random.between(-3, 3),
        creditMs: how === 4 ? random.between(0, 100_000) : 0,
      };
      places.push(this.#insert(joins));
      const { slot: contact, profile, priority, creditMs } = joins;
      const asked = { agent: layout.NONE, waitMs: 0, orElse: layout.OR_ELSE_QUEUE };
      commands.push({
        kind: 'contactCreate',
        contact,
        number: this.#number,
        profile,
        priority,
        creditMs,
        ...asked,
      });
    }
    return this.#tick(commands, places);
  }

  /** The first, the last, some next to each other, or anybody. */
  #leave(most: number): Tick {
    const random = this.#random;
    const count = Math.min(random.between(1, most), this.waiting);
    const how = random.between(1, 4);
    const from = how === 1 ? 0 : how === 2 ? this.waiting - count : random.between(0, this.waiting - count);
    const leave =
      how < 4
        ? this.#line.splice(from, count)
        : Array.from({ length: count }, () => this.#line.splice(random.between(0, this.waiting - 1), 1)[0]!);
    for (const { slot } of leave) this.#free.push(slot);
    return this.#tick(leave.map(({ slot }) => this.#cancel(slot)));
  }

  #change(): Tick {
    const random = this.#random;
    const commands: Command[] = [];
    const places: number[] = [];
    for (let count = Math.min(random.between(1, 20), this.waiting); count > 0; count--) {
      const changed = this.#line.splice(random.between(0, this.waiting - 1), 1)[0]!;
      // Never what it was: an update that changes nothing tells nothing.
      changed.priority += random.pick([-1, 1]);
      changed.creditMs = random.between(0, 5_000);
      changed.profile = random.between(0, this.#profiles - 1);
      places.push(this.#insert(changed));
      const { slot: contact, profile, priority, creditMs } = changed;
      commands.push({ kind: 'contactUpdate', contact, number: this.#number, profile, priority, creditMs });
    }
    return this.#tick(commands, places);
  }

  #reorder(): Tick {
    this.#policy = this.#random.pick(policies);
    this.#sort();
    return this.#tick([this.#queueSet()]);
  }

  #tick(commands: Command[], places: readonly number[] = []): Tick {
    return { now: this.now, commands, places };
  }

  // ── Commands and the line ─────────────────────────────────────────────────────────────────────────────────────
  #queueSet(): Command {
    const rest = { offerMs: 20_000_000, wrapUpMs: 0, maxWaiting: -1, missedMax: 0, afterRejectMs: 0 };
    return { kind: 'queueSet', queue: 0, channels: 1, select: 0, weight: 0, ...this.#policy, ...rest };
  }

  #addProfile(): Command {
    const profile = this.#profiles++;
    const prefers = [{ skill: profile, level: 1 }];
    return { kind: 'profileSet', profile, queue: 0, channel: 0, all: [], any: [], prefers };
  }

  #cancel(contact: number): Command {
    return { kind: 'contactCancel', contact, number: this.#number };
  }

  /** Returns how many come before it. */
  #insert(joins: Waits): number {
    let low = 0;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#line[middle]!, joins) < 0) low = middle + 1;
      else high = middle;
    }
    this.#line.splice(low, 0, joins);
    return low;
  }

  #sort(): void {
    this.#line.sort((one, other) => this.#compare(one, other));
  }

  #compare(one: Waits, other: Waits): number {
    const arrival = ({ arrived, creditMs }: Waits) => arrived - creditMs;
    return this.#rank(other) - this.#rank(one) || arrival(one) - arrival(other) || one.created - other.created;
  }

  #rank({ priority, arrived, creditMs }: Waits): number {
    const { order, ageing, ageingCap = Number.POSITIVE_INFINITY, ageingSteps = [] } = this.#policy;
    const age = this.now - arrived + creditMs;
    const step = ageingSteps.findLast(({ afterMs }) => age >= afterMs)?.priority ?? 0;
    const ofPriority = order === layout.ORDER_FIRST_COME ? 0 : priority * MILLIONTHS;
    return ofPriority + Math.min(ageing * age, ageingCap * MILLIONTHS) + step * MILLIONTHS;
  }
}
