// How many decisions the matching core makes in a second, and what an agent and a waiting contact weigh in memory.
//
//   this process                                             one memory
//   ┌──────────────────────────┐  command records  ┌─────────────────────────┐
//   │ a cycle of 3 ticks for K │ ────────────────▶ │ core.wasm step()        │   no engine, no journal, no sockets:
//   │ contacts at once:        │                   │ N agents, N waiting     │   only step() is on the clock
//   │ create · accept · end    │ ◀──────────────── │                         │
//   └──────────────────────────┘  effect records   └─────────────────────────┘
//
//   free     N agents are free: each contact that is created takes one (a decision), is accepted and ended
//   waiting  N agents serve and N contacts wait: each contact that ends frees an agent for the best that waits (a decision),
//            which is accepted, and another joins the queue
//
// Each on one queue (all agents alike) and on eight queues with skills (32 profiles, some 200 classes of agents, priorities,
// ageing). A decision's time includes all that its contact's life needs. Answers are checked: at 100 agents every effect
// against the plain model, above that the order that one queue must have, and in all an account of who is where at the end.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as layout from '../assembly/layout.ts';
import { type Command, type SkillLevel, writeCommand } from '../test/core/commands.ts';
import { Model } from '../test/core/model.ts';

const SIZES = [100, 1_000, 10_000, 100_000];
const TOGETHER_MAX = 500;
const DECISIONS_PER_RUN = 100_000;
const MODEL_CYCLES = 40;
const QUEUES = 8;
const SKILLS = 6;

interface Exports {
  format(): void;
  step(buffer: number, inputBytes: number, now: bigint, number: bigint, flags: number): void;
  describe(buffer: number, cursor: number): void;
}

interface Row {
  topology: string;
  agents: number;
  decisionsPerSecond: number;
  microsecondsPerDecision: number;
  checked: string;
}

interface Weight {
  topology: string;
  count: number;
  bytesPerAgent: number;
  bytesPerWaitingContact: number;
}

interface Seen {
  kind: number;
  code: number;
  contact: number;
  agent: number;
  offer: number;
}

const module = new WebAssembly.Module(readFileSync(new URL('../core/core.wasm', import.meta.url)));

/** A core and the clock that runs while it steps. */
class Bench {
  readonly memory = new WebAssembly.Memory({ initial: layout.INITIAL_PAGES, maximum: 65536, shared: true });
  readonly exports: Exports;
  readonly model: Model | undefined;
  now = 1_700_000_000_000;
  number = 0;
  coreMs = 0;

  constructor(withModel: boolean) {
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports as unknown as Exports;
    this.exports.format();
    this.model = withModel ? new Model() : undefined;
  }

  step(commands: Command[]): Seen[] {
    const input = new DataView(this.memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES);
    let bytes = 0;
    for (const command of commands) bytes += writeCommand(input, bytes, command);
    this.number++;
    const began = performance.now();
    this.exports.step(0, bytes, BigInt(this.now), BigInt(this.number), 0);
    this.coreMs += performance.now() - began;
    const header = new DataView(this.memory.buffer);
    must(header.getInt32(layout.HEADER_CONSUMED, true) === bytes, 'the whole batch is consumed');
    const seen = this.effects();
    if (this.model) {
      const told = this.model.step(this.now, commands).map(({ kind, code, contact, agent, value }) => {
        return { kind, code, contact, agent, offer: value };
      });
      must(JSON.stringify(told) === JSON.stringify(seen), 'the core says what the model says');
    }
    return seen;
  }

  effects(): Seen[] {
    const count = new DataView(this.memory.buffer).getInt32(layout.HEADER_EFFECT_COUNT, true);
    const view = new DataView(this.memory.buffer, layout.EFFECTS_AT, layout.EFFECTS_BYTES);
    return Array.from({ length: count }, (_, index) => {
      const at = index * layout.EFFECT_BYTES;
      return {
        kind: view.getUint16(at + layout.EFFECT_KIND, true),
        code: view.getUint16(at + layout.EFFECT_CODE, true),
        contact: view.getInt32(at + layout.EFFECT_CONTACT, true),
        agent: view.getInt32(at + layout.EFFECT_AGENT, true),
        offer: view.getInt32(at + layout.EFFECT_VALUE, true),
      };
    });
  }

  inPieces(commands: Command[]): void {
    for (let from = 0; from < commands.length; from += 5_000) this.step(commands.slice(from, from + 5_000));
  }

  get arenaBytes(): number {
    return new DataView(this.memory.buffer).getUint32(layout.HEADER_ARENA_TOP, true) - layout.ARENA_AT;
  }

  header(field: number): number {
    return new DataView(this.memory.buffer).getInt32(field, true);
  }

  describe(): Seen[] {
    const all: Seen[] = [];
    for (let cursor = 0; cursor !== layout.NONE; cursor = this.header(layout.HEADER_DESCRIBE_NEXT)) {
      this.exports.describe(0, cursor);
      for (const effect of this.effects()) all.push(effect);
    }
    return all;
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the answer is wrong: not so that ${what}`);
}

/** The same numbers in every run: a linear congruential generator's high bits. */
function numbers(): (below: number) => number {
  let state = 12_345;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

// ── The world ───────────────────────────────────────────────────────────────────────────────────────────────────
interface World {
  name: string;
  settings: Command[];
  profiles: number;
  skillsOf(agent: number): SkillLevel[];
  queuesOf(agent: number): number[] | undefined;
  priority(): number;
}

function queueSet(queue: number, ageing: number, select: number): Command {
  return {
    kind: 'queueSet',
    queue,
    channels: 1,
    order: layout.ORDER_PRIORITY,
    select,
    weight: 0,
    ageing,
    offerMs: 20_000,
    wrapUpMs: 0,
    maxWaiting: -1,
    missedMax: 0,
    afterRejectMs: 0,
  };
}

function oneQueue(): World {
  return {
    name: 'one queue',
    settings: [
      queueSet(0, 0, layout.SELECT_LONGEST_IDLE),
      { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all: [], any: [], prefers: [] },
    ],
    profiles: 1,
    skillsOf: () => [],
    queuesOf: () => undefined,
    priority: () => 0,
  };
}

function skilledQueues(): World {
  const random = numbers();
  const settings: Command[] = [];
  for (let queue = 0; queue < QUEUES; queue++) {
    settings.push(queueSet(queue, 1_000, queue % 2 === 0 ? layout.SELECT_LONGEST_IDLE : layout.SELECT_BEST_SKILLED));
    for (let level = 0; level < 4; level++) {
      const all = level === 0 ? [] : [{ skill: (queue + level) % SKILLS, level: level * 2 }];
      settings.push({ kind: 'profileSet', profile: queue * 4 + level, queue, channel: 0, all, any: [], prefers: [] });
    }
  }
  return {
    name: 'eight queues, skills',
    settings,
    profiles: QUEUES * 4,
    // Every agent has some level of every skill, so that all profiles find somebody; 200 classes in all.
    skillsOf: (agent) =>
      Array.from({ length: SKILLS }, (_, skill) => ({ skill, level: 1 + (((agent % 200) * (skill + 3)) % 10) })),
    queuesOf: (agent) => [agent % QUEUES, (agent + 3) % QUEUES, (agent + 5) % QUEUES],
    priority: () => random(5),
  };
}

function agentsOf(world: World, count: number): Command[] {
  return Array.from({ length: count }, (_, agent): Command[] => [
    {
      kind: 'agentSet',
      agent,
      total: 1,
      wrapUpMs: 0,
      capacity: [1],
      skills: world.skillsOf(agent),
      queues: world.queuesOf(agent),
    },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ]).flat();
}

/** Hands out contact slots and remembers what became of each contact. */
class Contacts {
  readonly #random = numbers();
  readonly #world: World;
  readonly #free: number[] = [];
  #made = 0;
  /** In the order of their creation: only one queue has to serve them so. */
  readonly waiting: number[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  create(count: number): Command[] {
    return Array.from({ length: count }, (): Command => {
      const contact = this.#free.pop() ?? this.#made++;
      return {
        kind: 'contactCreate',
        contact,
        number: 1,
        profile: this.#random(this.#world.profiles),
        priority: this.#world.priority(),
        creditMs: 0,
        agent: layout.NONE,
        waitMs: 0,
        orElse: layout.OR_ELSE_QUEUE,
      };
    });
  }

  release(slots: number[]): void {
    this.#free.push(...slots);
  }
}

function offersIn(effects: Seen[]): Seen[] {
  return effects.filter(({ kind }) => kind === layout.EFFECT_OFFERED);
}

function accept(offers: Seen[]): Command[] {
  return offers.map(({ contact, agent, offer }) => ({ kind: 'offerAccept', contact, number: 1, offer, agent }));
}

function end(slots: number[]): Command[] {
  return slots.map((contact) => ({ kind: 'contactEnd', contact, number: 1, code: layout.ENDED_BY_CUSTOMER }));
}

// ── The two topologies ──────────────────────────────────────────────────────────────────────────────────────────
function cyclesFor(together: number, withModel: boolean): number {
  return withModel ? MODEL_CYCLES : Math.ceil(DECISIONS_PER_RUN / together);
}

function runFree(world: World, count: number, withModel: boolean): { bench: Bench; decisions: number } {
  const bench = new Bench(withModel);
  bench.step(world.settings);
  bench.inPieces(agentsOf(world, count));
  const contacts = new Contacts(world);
  const together = Math.min(TOGETHER_MAX, count >> 2);
  const idle = Array.from({ length: count }, (_, agent) => agent);
  let decisions = 0;
  bench.coreMs = 0;
  for (let cycle = 0; cycle < cyclesFor(together, withModel); cycle++) {
    bench.now += 10;
    const offers = offersIn(bench.step(contacts.create(together)));
    bench.step(accept(offers));
    const slots = offers.map(({ contact }) => contact);
    bench.step(end(slots));
    decisions += offers.length;
    if (world.profiles > 1) {
      // A profile whose agents are all taken leaves contacts waiting: the ends have offered those, so serve them out.
      let more = offersIn(bench.effects());
      while (more.length > 0) {
        decisions += more.length;
        bench.step(accept(more));
        slots.push(...more.map(({ contact }) => contact));
        more = offersIn(bench.step(end(more.map(({ contact }) => contact))));
      }
      must(bench.header(layout.HEADER_LIVE) === 0, 'every contact was served');
    } else {
      const longest = idle.splice(0, together).sort((one, other) => one - other);
      must(offers.length === together, 'each contact found an agent');
      must(
        longest.every((agent, place) => agent === offers.map((offer) => offer.agent).sort((a, b) => a - b)[place]),
        'the agents idle longest were chosen',
      );
      idle.push(...longest);
    }
    contacts.release(slots);
  }
  account(bench, count, 0);
  return { bench, decisions };
}

function runWaiting(world: World, count: number, withModel: boolean): { bench: Bench; decisions: number } {
  const bench = new Bench(withModel);
  const contacts = new Contacts(world);
  bench.step(world.settings);
  bench.inPieces(agentsOf(world, count));
  const serving: number[] = [];
  const queue: number[] = [];
  // Fill: contacts come until every agent serves and as many wait.
  while (serving.length < count || bench.header(layout.HEADER_WAITING) < count) {
    bench.now += 1;
    const created = contacts.create(Math.min(1_000, count));
    const offers = offersIn(bench.step(created));
    const offered = new Set(offers.map(({ contact }) => contact));
    for (const command of created) {
      if (command.kind === 'contactCreate' && !offered.has(command.contact)) queue.push(command.contact);
    }
    bench.step(accept(offers));
    serving.push(...offers.map(({ contact }) => contact));
  }
  const waiting = bench.header(layout.HEADER_WAITING);
  const together = Math.min(TOGETHER_MAX, count >> 2);
  let decisions = 0;
  let from = 0;
  bench.coreMs = 0;
  for (let cycle = 0; cycle < cyclesFor(together, withModel); cycle++) {
    bench.now += 10;
    const slots = serving.splice(0, together);
    const offers = offersIn(bench.step(end(slots)));
    if (world.profiles === 1) {
      must(
        offers.length === together && offers.every(({ contact }, place) => contact === queue[from + place]),
        'contacts are served in the order in which they came',
      );
      from += together;
    }
    contacts.release(slots);
    const created = contacts.create(together);
    // With several queues the agent of a short one may find nobody waiting, and a newcomer finds that agent.
    const taken = [...offers, ...offersIn(bench.step([...accept(offers), ...created]))];
    bench.step(accept(taken.slice(offers.length)));
    serving.push(...taken.map(({ contact }) => contact));
    decisions += taken.length;
    if (world.profiles === 1)
      for (const command of created) if (command.kind === 'contactCreate') queue.push(command.contact);
  }
  const left = count + waiting - serving.length;
  account(bench, count, left);
  must(bench.header(layout.HEADER_WAITING) === left, 'whoever is not served waits');
  return { bench, decisions };
}

/** No agent has two contacts, no contact two agents, and as many wait as should. */
function account(bench: Bench, agents: number, waiting: number): void {
  const described = bench.describe();
  const held = described.filter(({ kind, agent }) => kind === layout.EFFECT_CONTACT_STATE && agent !== layout.NONE);
  must(new Set(held.map(({ agent }) => agent)).size === held.length, 'no agent serves two contacts');
  const pooled = described.filter(
    ({ kind, code }) => kind === layout.EFFECT_CONTACT_STATE && code === layout.CONTACT_WAITING,
  );
  must(pooled.length === waiting, 'as many wait as should');
  must(described.filter(({ kind }) => kind === layout.EFFECT_AGENT_STATE).length === agents, 'every agent is there');
}

// ── Weights ─────────────────────────────────────────────────────────────────────────────────────────────────────
function weigh(world: World, count: number): Weight {
  const bench = new Bench(false);
  bench.step(world.settings);
  const empty = bench.arenaBytes;
  bench.inPieces(agentsOf(world, count));
  const withAgents = bench.arenaBytes;
  const contacts = new Contacts(world);
  const fillUp = (wanted: number): void => {
    while (bench.header(layout.HEADER_WAITING) < wanted) bench.step(contacts.create(Math.min(1_000, count)));
  };
  // Contacts come until nearly all agents ring; what the next ones add is the weight of waiting.
  fillUp(count * 2);
  const before = { bytes: bench.arenaBytes, waiting: bench.header(layout.HEADER_WAITING) };
  fillUp(count * 4);
  return {
    topology: world.name,
    count,
    bytesPerAgent: Math.round((withAgents - empty) / count),
    bytesPerWaitingContact: Math.round(
      (bench.arenaBytes - before.bytes) / (bench.header(layout.HEADER_WAITING) - before.waiting),
    ),
  };
}

// ── The report ──────────────────────────────────────────────────────────────────────────────────────────────────
function measure(
  name: string,
  run: (world: World, count: number, withModel: boolean) => { bench: Bench; decisions: number },
  world: () => World,
  count: number,
): Row {
  const compared = count <= 100;
  if (compared) run(world(), count, true);
  const { bench, decisions } = run(world(), count, false);
  return {
    topology: `${name}, ${world().name}`,
    agents: count,
    decisionsPerSecond: Math.round((decisions / bench.coreMs) * 1000),
    microsecondsPerDecision: Math.round((bench.coreMs / decisions) * 100_000) / 100,
    checked: compared ? 'model' : world().profiles === 1 ? 'order, account' : 'account',
  };
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const rows: Row[] = [];
for (const world of [oneQueue, skilledQueues]) {
  for (const count of SIZES) rows.push(measure('free', runFree, world, count));
  for (const count of SIZES) rows.push(measure('waiting', runWaiting, world, count));
}
const weights = [oneQueue, skilledQueues].flatMap((world) => [1_000, 100_000].map((count) => weigh(world(), count)));
if (values.json) {
  console.log(JSON.stringify({ node: process.version, decisions: rows, weights }, undefined, 2));
} else {
  console.log('Decisions of the matching core (step() alone; a decision with its create, accept and end)');
  console.table(rows);
  console.log('Bytes of arena');
  console.table(weights);
}
