// A memory that was made from another one's state records answers every further command as the other one does.
//
//   random commands ─▶ original ── export ─▶ import ─▶ moved          both get the same commands from then on; the moved
//                          └── same effects, same description ──┘     one is moved again and again
//
// `SEED=n npx vitest run test/core/move.test.ts` repeats a run.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command, ContactCreate, ProfileSet, QueueSet } from './commands.ts';
import { CoreUnderTest, type Effect, recordsOf, type StateRecord } from './core-under-test.ts';
import { Model } from './model.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';
import { Random, seedOfThisRun } from './random.ts';
import { RandomWorld } from './random-world.ts';

/** So many at least, and on until everything was seen: some things are rare. */
const WORLDS = 12;
const WORLDS_MAX = 100;
const COMMANDS_PER_WORLD = 3_000;
/** More worlds than usual, on a machine with other work. */
const PATIENCE_MS = 300_000;
/** Of a hundred ticks, how many are followed by a move; each resumption is. */
const MOVES_PER_HUNDRED_TICKS = 2;

const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

/** What the record of a contact says of its legs. */
function legsOf(bytes: Buffer): 'none' | 'legs' | 'rang' {
  if (bytes.readUInt16LE(layout.RECORD_VERSION) === layout.RECORD_FIRST_VERSION) return 'none';
  const legs = bytes.readInt32LE(layout.RECORD_CONTACT_LEGS);
  return (legs & layout.RECORD_LEGS_RANG) === 0 ? 'legs' : 'rang';
}

/** What a test of random worlds must have moved: all kinds of records, states of contacts and versions in which they are written. */
function everythingToMove(): string[] {
  const { RECORD_PARTITION, RECORD_KINDS, CONTACT_WAITING, CONTACT_CONNECTING } = layout;
  return [
    ...range(RECORD_KINDS - RECORD_PARTITION, (index) => `kind ${RECORD_PARTITION + index}`),
    ...range(CONTACT_CONNECTING - CONTACT_WAITING + 1, (index) => `contact in state ${CONTACT_WAITING + index}`),
    ...range(layout.RECORD_QUEUE_FIFTH_VERSION, (index) => `queue ${layout.RECORD_FIRST_VERSION + index}`),
    ...range(layout.RECORD_CONTACT_FIFTH_VERSION, (index) => `contact ${layout.RECORD_FIRST_VERSION + index}`),
    ...['none', 'legs', 'rang'].map((legs) => `contact with ${legs}`),
    'rest',
  ].sort();
}

/** Which of that a record shows. */
function shownBy({ kind, bytes }: StateRecord): string[] {
  const shown = [`kind ${kind}`];
  const version = bytes.readUInt16LE(layout.RECORD_VERSION);
  if (kind === layout.RECORD_QUEUE) shown.push(`queue ${version}`);
  if (kind === layout.RECORD_CONTACT) {
    const state = bytes.readInt32LE(layout.RECORD_CONTACT_STATE);
    shown.push(`contact in state ${state}`, `contact ${version}`, `contact with ${legsOf(bytes)}`);
  }
  if (kind === layout.RECORD_PRESENCE && bytes.readBigInt64LE(layout.RECORD_PRESENCE_REST_SEQUENCE) > 0n)
    shown.push('rest');
  return shown;
}

/** Records as text, those of modules' timers by sequence: their order is the only one that a memory's past decides. */
function comparable(core: CoreUnderTest): string[] {
  const sequence = ({ kind, bytes }: StateRecord): bigint =>
    kind === layout.RECORD_TIMER ? bytes.readBigInt64LE(layout.RECORD_TIMER_SEQUENCE) : 0n;
  return recordsOf(core.exported())
    .sort((one, other) => one.kind - other.kind || Number(sequence(one) - sequence(other)))
    .map(({ kind, bytes }) => `${kind} ${bytes.toString('hex')}`);
}

function headerOf(core: CoreUnderTest): Record<string, number | bigint> {
  return {
    number: core.header64(layout.HEADER_NUMBER),
    now: core.header64(layout.HEADER_NOW),
    digest: core.effectsDigest,
    nextDeadline: core.header64(layout.HEADER_NEXT_DEADLINE),
    waiting: core.header(layout.HEADER_WAITING),
    live: core.header(layout.HEADER_LIVE),
    timers: core.header(layout.HEADER_TIMERS),
  };
}

/** Throws at the first effect that differs; much faster than a deep comparison by the test runner. */
function mustSayTheSame(moved: Effect[], original: Effect[], where: string): void {
  for (let index = 0; index < Math.max(moved.length, original.length); index++) {
    const one = JSON.stringify(moved[index]);
    const other = JSON.stringify(original[index]);
    if (one !== other) throw new Error(`${where}: effect ${index} differs\n moved    ${one}\n original ${other}`);
  }
}

/** Moves, and compares all that can be seen of the two. */
function moveOf(core: CoreUnderTest, where: string): CoreUnderTest {
  const before = core.digest();
  const pages = core.exported();
  expect(core.digest(), `${where}: exporting changes nothing`).toBe(before);
  const moved = core.moved();
  expect(headerOf(moved), where).toEqual(headerOf(core));
  mustSayTheSame(moved.describe(), core.describe(), `${where}, described`);
  expect(Buffer.concat(moved.exported()).equals(Buffer.concat(pages)), `${where}: exported again`).toBe(true);
  return moved;
}

describe('a memory moved by its records', () => {
  test(
    'gives the effects of the one it came from, however often it is moved',
    () => {
      const seen = new Set<string>();
      // What was never there was never moved.
      const missing = () => everythingToMove().filter((what) => !seen.has(what));
      let commands = 0;
      for (let number = 0; number < WORLDS || (number < WORLDS_MAX && missing().length > 0); number++) {
        const random = new Random((seed + number) >>> 0);
        const moves = new Random((seed + number + 500) >>> 0);
        const model = new Model();
        const world = new RandomWorld(random, model);
        const original = new CoreUnderTest();
        let moved = new CoreUnderTest();
        let ticks = 0;
        const play = (batch: Command[]): void => {
          const where = `seed ${seed}, world ${number}, tick ${++ticks}`;
          original.buffer = ticks % layout.BUFFERS;
          moved.buffer = (ticks + 1) % layout.BUFFERS;
          const said = original.step(world.now, batch);
          model.step(world.now, batch);
          mustSayTheSame(moved.step(world.now, batch), said, where);
          commands += batch.length;
          const resumed = batch.some(({ kind }) => kind === 'resumed');
          const solving = model.isSolving && moves.chance(40);
          if (!resumed && !solving && !moves.chance(MOVES_PER_HUNDRED_TICKS)) return;
          moved = moveOf(moved, where);
          // The original was never moved; all the same it would say of itself what the moved one says.
          expect(comparable(moved), where).toEqual(comparable(original));
          for (const record of recordsOf(moved.exported())) for (const what of shownBy(record)) seen.add(what);
        };
        for (const batch of world.beginning()) play(batch);
        for (const wanted = commands + COMMANDS_PER_WORLD; commands < wanted; ) play(world.batch());
        expect(headerOf(moved)).toEqual(headerOf(original));
      }
      expect([...seen].sort()).toEqual(everythingToMove());
    },
    PATIENCE_MS,
  );

  test('goes on where a tick stopped early', () => {
    const core = begun();
    const fits = layout.EFFECTS_BYTES / layout.EFFECT_BYTES - layout.EFFECTS_PER_CAUSE_MAX + 1;
    const batch = [timer(1, 2), ...range(fits + 50, () => refused)];
    core.stepBytes(2, core.write(batch));
    expect(core.header(layout.HEADER_CONSUMED)).toBeLessThan(core.write(batch));
    const moved = moveOf(core, 'stopped early');
    const rest = core.step(3, batch.slice(fits + 1));
    expect(rest.at(-1)?.kind).toBe(layout.EFFECT_TIMER_FIRED);
    mustSayTheSame(moved.step(3, batch.slice(fits + 1)), rest, 'the rest');
  });

  test('tells the rest of a resumption that did not fit its tick', () => {
    const core = begun();
    const many = layout.EFFECTS_PER_CAUSE_MAX + 100;
    core.step(1, [timer(1, 2)]);
    for (let from = 0; from < many; from += 10_000) {
      const handles = range(Math.min(10_000, many - from), (index) => from + index);
      core.step(1, handles.flatMap(agent));
      core.step(
        1,
        handles.map((slot) => contact(slot)),
      );
    }
    // Leaves room for the resumption's first cause and for no other.
    const filling = layout.EFFECTS_BYTES / layout.EFFECT_BYTES - 2 * layout.EFFECTS_PER_CAUSE_MAX + 1;
    const first = core.step(50_000, [...range(filling, () => refused), { kind: 'resumed', downMs: 49_999 }]);
    expect(first).toHaveLength(filling + layout.EFFECTS_PER_CAUSE_MAX);
    const moved = moveOf(core, 'half resumed');
    const timers = recordsOf(core.exported()).filter(({ kind }) => kind === layout.RECORD_TIMER);
    const owners = timers.map(({ bytes }) => bytes.readInt32LE(layout.RECORD_TIMER_OWNER)).sort();
    expect(owners).toEqual([layout.RECORD_TIMER_OF_MODULE, layout.RECORD_TIMER_OF_RESUMPTION]);
    const rest = core.step(50_001, []);
    expect(rest.map(({ kind }) => kind)).toEqual([
      ...range(100, () => layout.EFFECT_OFFERED),
      layout.EFFECT_TIMER_FIRED,
    ]);
    mustSayTheSame(moved.step(50_001, []), rest, 'the rest');
  });

  test('is exported in pages that each fit an input buffer', () => {
    const core = begun();
    const contacts = Math.ceil((layout.INPUT_BYTES * 2) / layout.RECORD_CONTACT_FIRST_SIZE);
    for (let from = 0; from < contacts; from += 50_000) {
      core.step(
        1,
        range(Math.min(50_000, contacts - from), (index) => contact(from + index)),
      );
    }
    const pages = core.exported();
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(layout.INPUT_BYTES);
    const moved = moveOf(core, 'many contacts');
    mustSayTheSame(moved.step(2, agent(0)), core.step(2, agent(0)), 'an agent for them');
  });

  test('keeps who waits for an agent in its order, and timers that are due at the same time in theirs', () => {
    const core = begun();
    const accept: Command = { kind: 'offerAccept', contact: 9, number: 10, offer: 1, agent: 0 };
    core.step(1, [
      ...agent(0),
      contact(9),
      accept,
      ...[5, 2, 7].map((slot) => contact(slot, { agent: 0, waitMs: 8_999 })),
    ]);
    core.step(1, [...[3, 1, 2].map((key) => timer(key, 9_000))]);
    const moved = moveOf(core, 'waiting for an agent');
    const gone = core.step(9_000, []);
    expect(gone.filter(({ kind }) => kind === layout.EFFECT_FELL_BACK).map(({ contact: slot }) => slot)).toEqual([
      5, 2, 7,
    ]);
    expect(gone.filter(({ kind }) => kind === layout.EFFECT_TIMER_FIRED).map(({ extra }) => extra)).toEqual([3, 1, 2]);
    mustSayTheSame(moved.step(9_000, []), gone, 'at the same time');
  });

  test('keeps that a contact has legs, that its offer is accepted, and that its telephone rang', () => {
    const core = begun();
    const of = (slot: number) => ({ contact: slot, number: slot + 1, offer: 1, agent: slot });
    core.step(1, range(4, agent).flat());
    core.step(2, [...range(3, (slot) => contact(slot, { withLegs: true })), contact(3)]);
    core.step(3, [
      { kind: 'offerAccept', ...of(0), connectMs: 900 },
      { kind: 'offerRang', ...of(0) },
      { kind: 'offerRang', ...of(1) },
    ]);
    const records = recordsOf(core.exported()).filter(({ kind }) => kind === layout.RECORD_CONTACT);
    expect(records.map(({ bytes }) => [bytes.readInt32LE(layout.RECORD_CONTACT_STATE), legsOf(bytes)])).toEqual([
      [layout.CONTACT_CONNECTING, 'rang'],
      [layout.CONTACT_RINGING, 'rang'],
      [layout.CONTACT_RINGING, 'legs'],
      [layout.CONTACT_RINGING, 'none'],
    ]);
    const moved = moveOf(core, 'with legs');
    const commands: Command[] = [
      { kind: 'offerConnected', ...of(0) },
      { kind: 'offerFailed', ...of(1), code: layout.WITHDRAWN_BUSY, restMs: 50 },
      { kind: 'offerConnected', ...of(2) },
      { kind: 'offerRang', ...of(3) },
    ];
    const said = core.step(4, commands);
    const kinds = said.map(({ kind, code }) => (kind === layout.EFFECT_REFUSED ? code : kind));
    expect(kinds.filter((kind) => kind !== layout.EFFECT_LINE_STATE && kind !== layout.EFFECT_AGENT_STATE)).toEqual([
      layout.EFFECT_CONNECTED,
      layout.EFFECT_WITHDRAWN,
      layout.EFFECT_QUEUED,
      layout.REFUSED_OFFER_NO_LONGER_OPEN,
      layout.REFUSED_OFFER_NO_LONGER_OPEN,
    ]);
    mustSayTheSame(moved.step(4, commands), said, 'what the switch says');
    mustSayTheSame(moved.step(9_000, []), core.step(9_000, []), 'the time-outs');
  });

  test('without a contact with legs writes what a build that knows no legs reads, and reads what that one wrote', () => {
    const core = begun();
    core.step(1, [...agent(0), contact(0), contact(1), contact(2, { agent: 0, waitMs: 9_000 })]);
    const records = recordsOf(core.exported());
    expect(records.map(({ bytes }) => bytes.readUInt16LE(layout.RECORD_VERSION))).toEqual(
      records.map(() => layout.RECORD_FIRST_VERSION),
    );
    for (const { bytes } of records.filter(({ kind }) => kind === layout.RECORD_CONTACT))
      expect(bytes.length).toBe(layout.RECORD_CONTACT_FIRST_SIZE);
    const moved = moveOf(core, 'of the first version');
    const commands: Command[] = [
      { kind: 'offerRang', contact: 0, number: 1, offer: 1, agent: 0 },
      { kind: 'offerAccept', contact: 0, number: 1, offer: 1, agent: 0 },
    ];
    const said = core.step(2, commands);
    expect(said.map(({ kind }) => kind).slice(0, 2)).toEqual([layout.EFFECT_REFUSED, layout.EFFECT_CONNECTED]);
    mustSayTheSame(moved.step(2, commands), said, 'without legs');
  });

  test('may be one that was never stepped', () => {
    const moved = moveOf(new CoreUnderTest(), 'never stepped');
    moved.number = 6;
    expect(moved.step(1, [queue, profile])).toEqual([]);
  });

  test('has lost a timer that was skipped, and nothing else', () => {
    const core = begun();
    core.step(1, [...agent(0), contact(0)]);
    core.step(2, [{ kind: 'skipped', timer: 0 }]);
    expect(core.header(layout.HEADER_TIMERS)).toBe(0);
    const moved = moveOf(core, 'skipped');
    const accept: Command = { kind: 'offerAccept', contact: 0, number: 1, offer: 1, agent: 0 };
    const said = core.step(3, [accept]);
    expect(said[0]?.kind).toBe(layout.EFFECT_CONNECTED);
    mustSayTheSame(moved.step(3, [accept]), said, 'accepted');
  });
});

describe('an import', () => {
  const source = (): CoreUnderTest => {
    const core = begun({ select: layout.SELECT_ROUND_ROBIN });
    core.step(1, [plainQueue({ queue: 1, select: layout.SELECT_LEAST_OCCUPIED, occupancyWindowMs: 60_000 })]);
    const scoreWeights = [0, 1];
    core.step(1, [plainQueue({ queue: 2, select: layout.SELECT_SCORE, scoreWeights, occupancyWindowMs: 60_000 })]);
    core.step(1, [...agent(0), contact(0), contact(1), contact(2, { agent: 0, waitMs: 9_000 }), timer(1, 99)]);
    // For an agent whom its customer knows, and in the pool.
    core.step(1, [contact(8, { agent: 0, waitMs: 9_000, byAffinity: true, inBoth: true })]);
    // Called out, and is not there yet.
    core.step(1, [
      ...agent(6).slice(0, 2),
      { kind: 'contactDial', contact: 10, number: 11, profile: 0, agent: 6, line: 6, withLegs: true, connectMs: 9_000 },
    ]);
    // Waits for one line of an agent, which has something.
    core.step(1, [...agent(7), contact(12, { agent: 7, line: 7, forNamed: true })]);
    core.step(1, [contact(13, { agent: 7, line: 7, waitMs: 9_000, forNamed: true })]);
    // Somebody waits for a batch that is put together and not solved yet.
    core.step(1, [
      plainQueue({ queue: 4, select: layout.SELECT_SCORE, scoreWeights: [1], batchMs: 1 }),
      { ...(plainProfile as ProfileSet), profile: 4, queue: 4 },
      { ...agent(5)[0]!, queues: [4] } as Command,
      ...agent(5).slice(1),
      contact(9, { profile: 4 }),
    ]);
    // Its agent has been occupied since: from now on there are loads.
    core.step(2, [{ kind: 'agentOneRinging', agent: 0, on: 1 }]);
    // Rings several at once: one that has two agents, and would have another.
    core.step(2, [
      plainQueue({
        queue: 3,
        select: layout.SELECT_RING_ALL,
        ringTogether: 3,
        ageing: 1,
        ageingCap: 5,
        wrapUpTakesSeat: true,
        idleRestarts: layout.IDLE_USUAL ^ (1 << layout.IDLE_CONNECTED),
      }),
      { ...(plainProfile as ProfileSet), profile: 2, queue: 3 },
      ...agent(1),
      ...agent(2),
      ...agent(3),
      { ...contact(3), profile: 2 } as Command,
    ]);
    return core;
  };
  const pageOf = (core: CoreUnderTest): Buffer => Buffer.concat(core.exported());
  const placeOf = (page: Buffer, kind: number): number => {
    for (let at = 0; at < page.length; at += page.readInt32LE(at + layout.RECORD_BYTES))
      if (page.readUInt16LE(at + layout.RECORD_KIND) === kind) return at;
    throw new Error(`no record of kind ${kind}`);
  };
  const without = (page: Buffer, kind: number): Buffer => {
    const at = placeOf(page, kind);
    const bytes = page.readInt32LE(at + layout.RECORD_BYTES);
    return Buffer.concat([page.subarray(0, at), page.subarray(at + bytes)]);
  };
  const changed = (page: Buffer, kind: number, change: (record: Buffer) => void): Buffer => {
    const copy = Buffer.from(page);
    change(copy.subarray(placeOf(copy, kind)));
    return copy;
  };
  const traps = (page: Buffer): void => {
    expect(() => new CoreUnderTest().importPage(page)).toThrow(WebAssembly.RuntimeError);
  };

  test.each(range(layout.RECORD_KINDS - 1, (index) => index + 1))(
    'traps at a version it does not know: kind %i',
    (kind) => {
      const page = pageOf(source());
      expect(() => new CoreUnderTest().importPage(page)).not.toThrow();
      const hasThree = kind === layout.RECORD_CONTACT || kind === layout.RECORD_QUEUE;
      const next = hasThree ? layout.RECORD_CONTACT_THIRD_VERSION + 1 : 2;
      traps(changed(page, kind, (record) => record.writeUInt16LE(next, layout.RECORD_VERSION)));
    },
  );

  test.each<[string, (page: Buffer) => Buffer]>([
    [
      'a kind that is not known',
      (page) => changed(page, 9, (record) => record.writeUInt16LE(layout.RECORD_KINDS, layout.RECORD_KIND)),
    ],
    ['a missing beginning', (page) => without(page, layout.RECORD_PARTITION)],
    ['two beginnings', (page) => Buffer.concat([page.subarray(0, layout.RECORD_PARTITION_SIZE), page])],
    ['a profile without its queue', (page) => without(page, layout.RECORD_QUEUE)],
    ['a contact without its profile', (page) => without(page, layout.RECORD_PROFILE)],
    ['a presence without its agent', (page) => without(page, layout.RECORD_AGENT)],
    ['a contact whose line nobody has', (page) => without(page, layout.RECORD_PRESENCE)],
    ['waiters who are not there', (page) => without(without(without(page, 6), 6), 6)],
    ['a contact less than was counted', (page) => without(page, layout.RECORD_CONTACT)],
    ['a timer less than was counted', (page) => without(page, layout.RECORD_TIMER)],
    ['kinds out of order', (page) => Buffer.concat([without(page, 9), page.subarray(placeOf(page, 2))])],
    ['a record cut short', (page) => page.subarray(0, page.length - 8)],
    [
      'a timer later than the last one set',
      (page) => changed(page, 8, (record) => record.writeBigInt64LE(1_000_000n, layout.RECORD_TIMER_SEQUENCE)),
    ],
    [
      'a queue that draws at random without its generator',
      (page) =>
        changed(page, 2, (record) => record.writeInt32LE(layout.SELECT_WEIGHTED_RANDOM, layout.QUEUE_SET_SELECT)),
    ],
    [
      'a queue of the second version that ends as one of the first',
      (page) => changed(page, 2, (record) => record.writeUInt16LE(2, layout.RECORD_VERSION)),
    ],
    [
      'turns in a queue that takes none',
      (page) => changed(page, 2, (record) => record.writeInt32LE(layout.SELECT_LONGEST_IDLE, layout.QUEUE_SET_SELECT)),
    ],
    [
      'a turn of an agent who is not there',
      (page) => changed(page, 10, (record) => record.writeInt32LE(9, layout.RECORD_SHARES_LIST)),
    ],
    [
      'something in progress of an agent who is not there',
      (page) => changed(page, 11, (record) => record.writeInt32LE(9, layout.RECORD_WORK_AGENT)),
    ],
    ['a queue that rings several and does not say how many', (page) => without(page, layout.RECORD_RING)],
    [
      'an offer at a line at which another rings',
      (page) =>
        changed(page, layout.RECORD_OFFERS, (record) =>
          record.writeInt32LE(0, layout.RECORD_OFFERS_LIST + layout.RECORD_OFFER_LINE),
        ),
    ],
    [
      'further offers of a contact that is not there',
      (page) => changed(page, layout.RECORD_OFFERS, (record) => record.writeInt32LE(77, layout.RECORD_OFFERS_CONTACT)),
    ],
    [
      'a wrap-up of a queue that is not there',
      (page) => changed(page, layout.RECORD_WRAP_UP, (record) => record.writeInt32LE(9, layout.RECORD_WRAP_UP_QUEUE)),
    ],
    [
      'idle times of an agent who is not there',
      (page) =>
        changed(page, layout.RECORD_IDLE_TIMES, (record) => record.writeInt32LE(9, layout.RECORD_IDLE_TIMES_AGENT)),
    ],
    ['idle times where all queues count what is usual', (page) => without(page, layout.RECORD_IDLE)],
    ['turns after the end', (page) => Buffer.concat([without(page, 10), page.subarray(placeOf(page, 10))])],
    [
      'a contact of the second version that ends as one of the first',
      (page) => changed(page, 6, (record) => record.writeUInt16LE(2, layout.RECORD_VERSION)),
    ],
    [
      'an accepted offer of a contact without legs',
      (page) =>
        changed(page, 6, (record) => record.writeInt32LE(layout.CONTACT_CONNECTING, layout.RECORD_CONTACT_STATE)),
    ],
  ])('traps at %s', (_, change) => {
    traps(change(pageOf(source())));
  });

  test.each<[string, (record: Buffer) => void]>([
    ['legs of a kind that is not known', (record) => record.writeInt32LE(9, layout.RECORD_CONTACT_LEGS)],
    ['a telephone that rang without legs', (record) => record.writeInt32LE(2, layout.RECORD_CONTACT_LEGS)],
    ['a contact of the first version with legs', (record) => record.writeUInt16LE(1, layout.RECORD_VERSION)],
    [
      'an accepted offer that has yet to be told anew',
      (record) => record.writeInt32LE(1, layout.RECORD_CONTACT_RESUMED),
    ],
    [
      'an offer that rang and is over',
      (record) => record.writeInt32LE(layout.CONTACT_WAITING, layout.RECORD_CONTACT_STATE),
    ],
  ])('traps at %s', (_, change) => {
    const core = begun();
    const offer = { contact: 0, number: 1, offer: 1, agent: 0 };
    core.step(1, [
      ...agent(0),
      contact(0, { withLegs: true }),
      { kind: 'offerAccept', ...offer, connectMs: 9_000 },
      { kind: 'offerRang', ...offer },
    ]);
    const page = pageOf(core);
    expect(() => new CoreUnderTest().importPage(page)).not.toThrow();
    traps(changed(page, layout.RECORD_CONTACT, change));
  });

  test('must come to its end before the memory is stepped or exported', () => {
    const half = new CoreUnderTest();
    half.importPage(without(pageOf(source()), layout.RECORD_END));
    half.number = 2;
    expect(() => half.step(3, [])).toThrow(WebAssembly.RuntimeError);
    expect(() => half.exported()).toThrow(WebAssembly.RuntimeError);
  });

  test('is taken by a fresh memory only', () => {
    const used = begun();
    expect(() => used.importPage(pageOf(source()))).toThrow(WebAssembly.RuntimeError);
    const twice = source().moved();
    expect(() => twice.importPage(pageOf(source()))).toThrow(WebAssembly.RuntimeError);
  });

  test('is never of a memory that trapped', () => {
    const core = source();
    expect(() => core.step(2, [contact(0)])).toThrow(WebAssembly.RuntimeError);
    expect(() => core.exported()).toThrow(WebAssembly.RuntimeError);
  });
});

// ── What the tests set up ───────────────────────────────────────────────────────────────────────────────────────
const queue = plainQueue();
const profile = plainProfile;
const refused: Command = { kind: 'contactCancel', contact: 4_000_000, number: 9 };

function begun(change: Partial<QueueSet> = {}): CoreUnderTest {
  const core = new CoreUnderTest();
  core.step(1, [plainQueue(change), profile]);
  return core;
}

function agent(handle: number): Command[] {
  return [
    { kind: 'agentSet', agent: handle, total: 1, wrapUpMs: -1, capacity: [1], skills: [], queues: undefined },
    { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] },
    { kind: 'agentReady', agent: handle, mask: 0 },
  ];
}

function contact(slot: number, change: Partial<ContactCreate> = {}): Command {
  return {
    kind: 'contactCreate',
    contact: slot,
    number: slot + 1,
    profile: 0,
    priority: 0,
    creditMs: 0,
    agent: layout.NONE,
    waitMs: 0,
    orElse: layout.OR_ELSE_QUEUE,
    ...change,
  };
}

function timer(key: number, due: number): Command {
  return { kind: 'timerSet', module: 1, key, due };
}

function range<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => of(index));
}
