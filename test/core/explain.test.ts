// What a step says of a decision while it is executed again with FLAG_EXPLAIN, in random worlds, against the plain model:
// effects and digest are those of a step without it, who was free is who the model finds by looking at everybody, why
// somebody was not is what a ladder written here finds, and the winner is first by the terms that are told.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { selections } from '../../src/protocol/states.ts';
import type { Command, ProfileSet, SkillLevel } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';
import {
  Model,
  type ModelAgent,
  type ModelChoice,
  type ModelContact,
  type ModelMatched,
  type ModelSearch,
} from './model.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';
import { Random, seedOfThisRun } from './random.ts';
import { RandomWorld } from './random-world.ts';

/** So many at least, and on until everything was seen: some things are rare. */
const WORLDS = 60;
const WORLDS_MAX = 1_000;
const COMMANDS_PER_WORLD = 1_500;
/** What is rare may take a hundred worlds and more, on a machine with other work. */
const PATIENCE_MS = 300_000;

/** A generation no contact gets. */
const NEVER_USED = 0;

const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

type Told = Effect;

/** Why an agent does not get a contact, in the order of the layout: from the model's state alone. */
function whyNot(model: Model, agent: ModelAgent, contact: ModelContact): number {
  const { profile } = contact;
  const lines = agent.seat.filter(({ channel }) => channel === profile.channel);
  const busy = (of: typeof lines) => of.filter(({ state }) => state !== layout.LINE_FREE).length;
  const capacity = agent.set.capacity[profile.channel] ?? 0;
  const level = (skill: number) => agent.set.skills.find((own) => own.skill === skill)?.level ?? 0;
  const meets = (wanted: SkillLevel) => level(wanted.skill) > 0 && level(wanted.skill) >= wanted.level;
  const unmet = profile.all.find((wanted) => !meets(wanted));
  if (!agent.loggedIn) return layout.STANDS_LOGGED_OUT;
  if (agent.loggingOut) return layout.STANDS_LOGGING_OUT;
  if (!agent.ready) return layout.STANDS_NOT_READY;
  if (((agent.chosen >> profile.channel) & 1) === 0) return layout.STANDS_CHANNEL_NOT_CHOSEN;
  const { excludes = [], queues = [], groups = [] } = profile;
  const byName = contact.named === agent.handle && !contact.byAffinity;
  const works = (queue: number) => agent.set.queues === undefined || agent.set.queues.includes(queue);
  // Whoever is sent to an agent asks for nothing but that agent.
  if (!contact.forNamed) {
    if (![profile.queue, ...queues].some(works)) return layout.STANDS_NOT_IN_QUEUE;
    if (excludes.includes(agent.handle)) return layout.STANDS_EXCLUDED;
    const isAsked = byName || groups.length === 0 || groups.some((group) => level(group) > 0);
    if (!isAsked) return layout.STANDS_NOT_IN_GROUP;
    if (unmet) return level(unmet.skill) === 0 ? layout.STANDS_SKILL_MISSING : layout.STANDS_SKILL_TOO_LOW;
    if (!model.fits(agent, profile, byName)) return layout.STANDS_NO_SKILL_OF_SEVERAL;
  }
  if (lines.length === 0) return layout.STANDS_NO_LINE;
  if (capacity === 0 || agent.set.total === 0) return layout.STANDS_NO_CAPACITY;
  if (agent.resting) return layout.STANDS_RESTING;
  const rings = agent.seat.some(({ state }) => state === layout.LINE_RINGING);
  if (rings && (agent.oneRinging || model.ringsSeveral(profile.queue))) return layout.STANDS_RINGING;
  if (model.isSeatTaken(agent)) return layout.STANDS_SEAT_TAKEN;
  if (busy(lines) >= Math.min(lines.length, capacity)) return layout.STANDS_CHANNEL_FULL;
  if (busy(agent.seat) >= agent.set.total) return layout.STANDS_TOTAL_FULL;
  const asked = agent.seat.find(({ line }) => byName && line === contact.atLine);
  if (asked !== undefined && asked.state !== layout.LINE_FREE) return layout.STANDS_LINE_BUSY;
  return layout.STANDS_FREE;
}

/** Records put back together: a search or a choice with what follows it; standings alone. */
interface Group {
  readonly head: Told;
  readonly parts: Told[];
  /** Of a search by score: what its terms count, and the terms of those who were free, by agent. */
  weights?: Told;
  readonly terms: Map<number, Told>;
}

function groupsOf(records: readonly Told[]): { decisions: Group[]; standings: Told[] } {
  const decisions: Group[] = [];
  const standings: Told[] = [];
  for (const [place, record] of records.entries()) {
    const ofStanding = records[place - 1]?.kind === layout.EXPLAINED_STANDING;
    if (record.kind === layout.EXPLAINED_TERMS && ofStanding) continue;
    if (record.kind === layout.EXPLAINED_STANDING) standings.push(record);
    else if (
      record.kind === layout.EXPLAINED_SEARCH ||
      record.kind === layout.EXPLAINED_CHOICE ||
      record.kind === layout.EXPLAINED_BATCH
    )
      decisions.push({ head: record, parts: [], terms: new Map() });
    else if (record.kind === layout.EXPLAINED_WEIGHTS) decisions.at(-1)!.weights = record;
    else if (record.kind === layout.EXPLAINED_TERMS) decisions.at(-1)!.terms.set(record.agent, record);
    else decisions.at(-1)!.parts.push(record);
  }
  return { decisions, standings };
}

/** By what is told alone: is the one agent chosen before the other? */
function isChosenBefore(one: Told, other: Told, select: number): boolean {
  if (select === layout.SELECT_BEST_SKILLED && one.value3 !== other.value3) return one.value3 > other.value3;
  if (select === layout.SELECT_LEAST_SKILLED && one.value3 !== other.value3) return one.value3 < other.value3;
  if (one.extra !== other.extra)
    return select === layout.SELECT_SCORE ? one.extra > other.extra : one.extra < other.extra;
  const byIdle = select !== layout.SELECT_LINEAR && select !== layout.SELECT_ROUND_ROBIN;
  const isLoaded = select === layout.SELECT_LEAST_OCCUPIED && one.extra > 0;
  if (byIdle && !isLoaded && one.since !== other.since) return one.since < other.since;
  return one.agent < other.agent;
}

function termsIn({ value, value2, value3, at, since, extra }: Told): number[] {
  return [value, value2, value3, at, since, extra];
}

/** By what is told alone: at whom do the weights come to more than the number drawn? */
function drawnOf(free: readonly Told[], search: Told): Told | undefined {
  const weight = (told: Told) => Math.max(1, told.value3);
  expect(search.at).toBe(free.reduce((sum, told) => sum + weight(told), 0));
  let left = search.extra;
  return free.find((told) => {
    left -= weight(told);
    return left < 0;
  });
}

/** By what is told alone: does the one candidate come before the other? */
function comesBefore(one: Told, other: Told, named: boolean): boolean {
  if (!named && one.value !== other.value) return one.value > other.value;
  if (one.extra !== other.extra) return one.extra > other.extra;
  const difference = one.since - one.value3 - (other.since - other.value3);
  return difference !== 0 ? difference < 0 : one.at < other.at;
}

class Explained {
  readonly random: Random;
  readonly model = new Model();
  readonly plain = new CoreUnderTest();
  readonly explaining = new CoreUnderTest();
  readonly world: RandomWorld;
  readonly seen = new Set<string>();
  #asked: { slot: number; number: number } | undefined;
  /** How each agent stands towards it, as told. */
  #standing = new Map<number, number>();
  #hasSearched = false;
  #wasInBatches = false;

  constructor(worldSeed: number) {
    this.random = new Random(worldSeed);
    this.world = new RandomWorld(this.random, this.model);
  }

  play(commands: number): void {
    let played = 0;
    for (const batch of this.world.beginning()) this.#tick(batch);
    while (played < commands) {
      const batch = this.world.batch();
      this.#ask(batch);
      this.#tick(batch);
      played += batch.length;
    }
    expect(this.explaining.digest()).toBe(this.plain.digest());
  }

  /** A contact that this batch makes, kept until it is served or over, or until one comes that names a line which is in use: these are rare. */
  #ask(batch: Command[]): void {
    const made = batch.filter((command) => command.kind === 'contactCreate');
    const rare = made.find((command) => this.#isLineInUse(command.line));
    const known = this.#asked && this.model.contacts.get(this.#asked.slot);
    const isUnserved = known?.state !== layout.CONTACT_CONNECTED && known?.state !== layout.CONTACT_WRAP_UP;
    if (!rare && known && known.number === this.#asked!.number && isUnserved) return;
    this.#asked = undefined;
    this.#standing.clear();
    this.#hasSearched = false;
    this.#wasInBatches = false;
    const asked = rare ?? made.at(-1);
    if (asked) this.#asked = { slot: asked.contact, number: asked.number };
  }

  #isLineInUse(line: number | undefined): boolean {
    if (line === undefined) return false;
    for (const { seat } of this.model.agents.values())
      if (seat.some((own) => own.line === line && own.state !== layout.LINE_FREE)) return true;
    return false;
  }

  #tick(batch: Command[]): void {
    const { now } = this.world;
    const wanted = this.model.step(now, batch);
    const { slot, number } = this.#asked ?? { slot: 0, number: NEVER_USED };
    const got = this.explaining.stepExplaining(now, batch, slot, number);
    const { decisions } = this.model;
    this.plain.step(now, batch);
    expect(got.length).toBe(wanted.length);
    expect(this.explaining.effectsDigest).toBe(this.plain.effectsDigest);
    const told = groupsOf(this.explaining.explained());
    if (this.#asked === undefined) return expect(told).toEqual({ decisions: [], standings: [] });
    this.#compare(told.decisions, decisions);
    this.#follow(told.decisions, this.explaining.explained());
  }

  /** The model's decisions that the contact had a part in must be the ones told, in the same order. */
  #compare(told: readonly Group[], decisions: readonly (ModelSearch | ModelChoice | ModelMatched)[]): void {
    const isAsked = (contact: ModelContact) =>
      contact.slot === this.#asked!.slot && contact.number === this.#asked!.number;
    const wanted = decisions.filter((decision) =>
      'search' in decision
        ? isAsked(decision.search)
        : 'matched' in decision
          ? isAsked(decision.matched)
          : decision.candidates.some(isAsked),
    );
    const ofPool = told.filter(
      ({ head }) =>
        !(head.kind === layout.EXPLAINED_SEARCH && head.code !== layout.SEARCHED_POOL) &&
        !(head.kind === layout.EXPLAINED_CHOICE && head.code === layout.CHOSE_EARLIER),
    );
    expect(ofPool.length).toBe(wanted.length);
    for (const [index, decision] of wanted.entries()) {
      const group = ofPool[index]!;
      if ('search' in decision) this.#compareSearch(group, decision);
      else if ('matched' in decision) this.#compareMatched(group, decision);
      else this.#compareChoice(group, decision, isAsked);
    }
    for (const { head, parts } of told) {
      if (head.kind !== layout.EXPLAINED_CHOICE || head.code !== layout.CHOSE_EARLIER) continue;
      const [winner, asked] = parts;
      expect(winner!.code & layout.CANDIDATE_CHOSEN).not.toBe(0);
      expect(asked!.code & layout.CANDIDATE_ASKED).not.toBe(0);
      expect(comesBefore(winner!, asked!, false)).toBe(true);
    }
  }

  #compareMatched({ head }: Group, { agent, lapsed, batch, score }: ModelMatched) {
    this.seen.add(agent ? 'matched' : 'left over');
    expect(head.kind).toBe(layout.EXPLAINED_BATCH);
    expect(head.agent).toBe(agent?.handle ?? layout.NONE);
    expect([head.value, head.value2, head.value3, head.at]).toEqual(batch);
    expect(head.since).toBe(score);
    expect(head.code).toBe(lapsed ? 1 : 0);
    if (agent !== undefined || lapsed) expect(head.extra).toBeGreaterThanOrEqual(score);
  }

  #compareSearch(
    { head, parts, weights, terms }: Group,
    { search, everybody, eligible, chosen, next, scored }: ModelSearch,
  ) {
    this.seen.add(chosen ? 'search won' : 'search lost');
    expect(head.kind).toBe(layout.EXPLAINED_SEARCH);
    expect(head.contact).toBe(search.slot);
    expect(head.agent).toBe(chosen?.handle ?? layout.NONE);
    expect(head.value2).toBe(parts.length);
    expect(parts.map(({ agent }) => agent)).toEqual([...everybody].sort((a, b) => a - b));
    const free = parts.filter(({ code }) => code === layout.STANDS_FREE);
    expect(free.map(({ agent }) => agent)).toEqual(eligible.map(({ handle }) => handle).sort((a, b) => a - b));
    const best =
      head.value === layout.SELECT_WEIGHTED_RANDOM
        ? drawnOf(free, head)
        : free.reduce<Told | undefined>(
            (first, told) => (first === undefined || isChosenBefore(told, first, head.value) ? told : first),
            undefined,
          );
    for (const told of scored.size > 0 ? free : []) {
      const { score, terms: wanted } = scored.get(told.agent)!;
      expect(termsIn(terms.get(told.agent)!)).toEqual(wanted);
      expect(told.extra).toBe(score);
      expect(termsIn(weights!).reduce((sum, weight, term) => sum + weight * wanted[term]!, 0)).toBe(score);
    }
    this.seen.add(`select ${head.value}`);
    expect(best?.agent ?? layout.NONE).toBe(head.agent);
    if (head.value === layout.SELECT_LEAST_OCCUPIED)
      for (const told of free) expect(told.value).toBeGreaterThanOrEqual(best!.value);
    const last = parts.filter(({ code }) => code === layout.STANDS_NEXT);
    expect(last.map(({ agent }) => agent)).toEqual(next.map(({ handle }) => handle).sort((a, b) => a - b));
    if (next.length > 0) this.seen.add('next');
  }

  #compareChoice(
    { head, parts }: Group,
    { agent, candidates, chosen, terms }: ModelChoice,
    isAsked: (contact: ModelContact) => boolean,
  ): void {
    this.seen.add(isAsked(chosen) ? 'choice won' : 'choice lost');
    expect(head.kind).toBe(layout.EXPLAINED_CHOICE);
    expect(head.agent).toBe(agent.handle);
    expect(head.contact).toBe(chosen.slot);
    expect(head.value).toBe(parts.length);
    const waiters = {
      [layout.CHOSE_NAMED]: layout.CANDIDATE_NAMED,
      [layout.CHOSE_AFFINITY]: layout.CANDIDATE_AFFINITY,
    };
    const waiter = (waiters as Readonly<Record<number, number>>)[head.code];
    for (const part of parts) {
      const known = candidates.find(({ slot }) => slot === part.contact);
      expect(known, 'a candidate of the model').toBeDefined();
      const { rank, priority, creditMs } = terms.get(known!)!;
      expect(part.extra).toBe(Number(rank));
      expect(part.value2).toBe(priority);
      expect(part.value3).toBe(creditMs);
    }
    const winner = parts.find(({ code }) => (code & layout.CANDIDATE_CHOSEN) !== 0)!;
    expect(winner.contact).toBe(chosen.slot);
    for (const part of parts) {
      if (part === winner) continue;
      if (waiter !== undefined && (part.code & waiter) === 0) {
        expect(waiter === layout.CANDIDATE_AFFINITY && (part.code & layout.CANDIDATE_NAMED) !== 0).toBe(false);
        continue;
      }
      expect(comesBefore(winner, part, waiter !== undefined)).toBe(true);
    }
    expect(parts.filter(({ code }) => (code & layout.CANDIDATE_ASKED) !== 0).length).toBe(1);
  }

  /** A full look, and every change after it: that must be how everybody stands when the tick is over. */
  #follow(decisions: readonly Group[], records: readonly Told[]): void {
    if (decisions.some(({ head }) => head.kind === layout.EXPLAINED_SEARCH && head.code === layout.SEARCHED_POOL))
      this.#hasSearched = true;
    for (const { kind, agent, code } of records) {
      // All agents that there are follow, and nobody else.
      if (kind === layout.EXPLAINED_SEARCH && code === layout.SEARCHED_POOL) this.#standing.clear();
      if (kind !== layout.EXPLAINED_AGENT && kind !== layout.EXPLAINED_STANDING) continue;
      this.#standing.set(agent, code);
      this.seen.add(`stands ${code}`);
    }
    const contact = this.model.contacts.get(this.#asked!.slot);
    if (contact?.number !== this.#asked!.number || contact.state !== layout.CONTACT_WAITING || contact.withheld) return;
    // Who waits for a batch has searched nowhere yet.
    this.#wasInBatches ||= this.model.inBatches(contact.profile);
    if (this.#wasInBatches) return;
    expect(this.#hasSearched).toBe(true);
    for (const agent of this.model.agents.values()) {
      const told = this.#standing.get(agent.handle) ?? layout.STANDS_LOGGED_OUT;
      const wanted = whyNot(this.model, agent, contact);
      // Only where several ring at once is somebody with another line left ringing; another policy is not told.
      const rings = agent.seat.some(({ state }) => state === layout.LINE_RINGING);
      if (rings && !agent.oneRinging && [told, wanted].includes(layout.STANDS_RINGING)) continue;
      if (told !== wanted) throw new Error(`agent ${agent.handle} stands ${told}, by the model ${wanted}`);
    }
  }
}

describe('a step that explains', () => {
  test(
    `says what the plain model finds, in ${WORLDS} random worlds, and changes nothing`,
    () => {
      const seen = new Set<string>();
      // What was never seen was never compared.
      const wanted = ['search won', 'search lost', 'choice won', 'choice lost', 'next', 'matched', 'left over'];
      for (const select of Object.values(selections)) wanted.push(`select ${select}`);
      for (let stands = layout.STANDS_FREE; stands < layout.STANDS_KINDS; stands++) wanted.push(`stands ${stands}`);
      const missing = () => wanted.filter((what) => !seen.has(what));
      for (let number = 0; number < WORLDS || (number < WORLDS_MAX && missing().length > 0); number++) {
        const world = new Explained((seed + number) >>> 0);
        try {
          world.play(COMMANDS_PER_WORLD);
        } catch (error) {
          throw new Error(`SEED=${seed}, world ${number}: ${(error as Error).message}`, { cause: error });
        }
        for (const what of world.seen) seen.add(what);
      }
      expect(missing()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test('says of two that look at the same moment which one took the only agent, and why it came first', () => {
    const core = begun();
    core.step(2_000, [make(0, 0), make(1, 3), ...seat(1, 1)]);
    core.stepExplaining(3_000, [{ kind: 'agentNotReady', agent: 0, reason: layout.REASON_FIRST_OF_HOST }], 0, 1);
    const { decisions } = groupsOf(core.explained());
    expect(decisions.map(({ head, parts }) => [head.kind, head.code, head.agent, head.contact, parts.length])).toEqual([
      [layout.EXPLAINED_CHOICE, layout.CHOSE_EARLIER, 1, 1, 2],
      [layout.EXPLAINED_SEARCH, layout.SEARCHED_POOL, layout.NONE, 0, 2],
    ]);
    const [winner, asked] = decisions[0]!.parts;
    expect([winner!.code, asked!.code]).toEqual([layout.CANDIDATE_CHOSEN, layout.CANDIDATE_ASKED]);
    expect([winner!.extra, asked!.extra]).toEqual([4_000_000, 1_000_000]);
    expect(comesBefore(winner!, asked!, false)).toBe(true);
    expect(decisions[1]!.parts.map(({ code }) => code)).toEqual([layout.STANDS_NOT_READY, layout.STANDS_CHANNEL_FULL]);
  });

  test('says of everybody whom a contact that is sent on rang that they come after all others', () => {
    const core = new CoreUnderTest();
    const ringsAll = plainQueue({ select: layout.SELECT_RING_ALL, ringTogether: 3 });
    const elsewhere = { ...(plainProfile as ProfileSet), profile: 1, queue: 1 };
    core.step(1_000, [ringsAll, plainQueue({ queue: 1 }), plainProfile, elsewhere]);
    core.step(1_000, [...seat(0, 1), ...seat(1, 1), ...seat(2, 1)]);
    core.step(2_000, [make(0, 0), { kind: 'agentNotReady', agent: 2, reason: layout.REASON_FIRST_OF_HOST }]);
    core.stepExplaining(3_000, [sendOn(0, 1)], 0, 1);
    const { decisions } = groupsOf(core.explained());
    expect(decisions[0]!.parts.map(({ agent, code }) => [agent, code])).toEqual([
      [0, layout.STANDS_NEXT],
      [1, layout.STANDS_NEXT],
      [2, layout.STANDS_NOT_READY],
    ]);
  });

  test('says that an agent rings for longer when the offer is accepted and has yet to be connected', () => {
    const core = begun();
    core.step(1_000, [{ kind: 'agentOneRinging', agent: 0, on: 1 }]);
    core.step(2_000, [make(0, 0, true), make(1, 0)]);
    core.stepExplaining(
      3_000,
      [{ kind: 'offerAccept', contact: 0, number: 1, offer: 1, agent: 0, connectMs: 90_000 }],
      1,
      2,
    );
    const [told, ...more] = core.explained();
    expect(more).toEqual([]);
    expect([told!.kind, told!.code, told!.agent, told!.contact, told!.at]).toEqual([
      layout.EXPLAINED_STANDING,
      layout.STANDS_RINGING,
      0,
      0,
      93_000,
    ]);
  });
});

// ── What the tests set up ───────────────────────────────────────────────────────────────────────────────────────
function make(slot: number, priority: number, withLegs = false): Command {
  return {
    kind: 'contactCreate',
    contact: slot,
    number: slot + 1,
    profile: 0,
    priority,
    creditMs: 0,
    agent: layout.NONE,
    waitMs: 0,
    orElse: layout.OR_ELSE_QUEUE,
    withLegs,
  };
}

/** To another profile, whoever serves it there. */
function sendOn(slot: number, profile: number): Command {
  return {
    kind: 'contactSend',
    contact: slot,
    number: slot + 1,
    profile,
    agent: layout.NONE,
    waitMs: 0,
    forNamed: false,
    backTo: layout.NONE,
    backMs: 0,
    why: layout.MOVED_TRANSFERRED,
    from: layout.NONE,
    part: { slot: slot + 100, number: slot + 101 },
    restMs: 0,
  };
}

function seat(agent: number, lines: number): Command[] {
  return [
    { kind: 'agentSet', agent, total: lines, wrapUpMs: -1, capacity: [lines], skills: [], queues: undefined },
    {
      kind: 'agentLogin',
      agent,
      lines: Array.from({ length: lines }, (_, at) => ({ line: 2 * agent + at, channel: 0 })),
    },
    { kind: 'agentOneRinging', agent, on: 0 },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

/** One queue, and agent 0 with two lines that may ring at once. */
function begun(): CoreUnderTest {
  const core = new CoreUnderTest();
  core.step(1_000, [plainQueue({ ageing: 1_000, offerMs: 60_000 }), plainProfile, ...seat(0, 2)]);
  return core;
}
