// The core's own guards: what traps and what the header says then, how much one tick takes, and what the bounds are.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command, ContactCreate, OfferFailed } from './commands.ts';
import { CoreUnderTest } from './core-under-test.ts';
import { plainQueue } from './plain-commands.ts';

const profile: Command = { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all: [], any: [], prefers: [] };

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

const legs = contact(0, { withLegs: true });
const offer = { contact: 0, number: 1, offer: 1, agent: 0 };

function failed(change: Partial<OfferFailed>): Command {
  return { kind: 'offerFailed', ...offer, code: layout.WITHDRAWN_BUSY, restMs: 0, ...change };
}

function range<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => of(index));
}

describe('a trap', () => {
  test('at an unknown kind says which command of the batch it was', () => {
    const core = new CoreUnderTest();
    const bytes = core.write([plainQueue(), profile, { kind: 'timerCancel', module: 1, key: 1 }]);
    const view = new DataView(core.memory.buffer, layout.INPUT_AT);
    view.setUint16(layout.QUEUE_SET_BYTES + 32 + layout.COMMAND_KIND, layout.COMMAND_KINDS, true);
    expect(() => core.stepBytes(1, bytes)).toThrow(WebAssembly.RuntimeError);
    expect(core.header(layout.HEADER_DOING)).toBe(layout.DOING_COMMAND);
    expect(core.header(layout.HEADER_DOING_COMMAND)).toBe(2);
  });

  test.each<[string, Command[]]>([
    ['a slot in use', [contact(0), contact(0)]],
    ['a profile number in use', [profile]],
    ['a profile that a contact has', [contact(0), { kind: 'profileDrop', profile: 0 }]],
    ['an agent handle out of range', [{ kind: 'agentReady', agent: layout.AGENTS_MAX, mask: 0 }]],
    ['a contact slot out of range', [contact(layout.CONTACTS_MAX)]],
    ['a priority out of range', [contact(0, { priority: layout.PRIORITY_MAX + 1 })]],
    ['an offer time of nothing', [plainQueue({ offerMs: 0 })]],
    ['a policy that is not known', [plainQueue({ select: 99 })]],
    ['an acceptance that leaves no time to connect', [...agent(0), legs, { kind: 'offerAccept', ...offer }]],
    ['an offer that fails for a reason of the core’s own', [failed({ code: layout.WITHDRAWN_CHANGED })]],
    ['an offer that fails for no reason', [failed({ code: 0 })]],
    ['a rest of less than nothing', [failed({ restMs: -1 })]],
  ])('comes of %s', (_, commands) => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile]);
    expect(() => core.step(2, commands)).toThrow(WebAssembly.RuntimeError);
    expect(core.header(layout.HEADER_DOING)).toBe(layout.DOING_COMMAND);
    expect(core.header(layout.HEADER_DOING_COMMAND)).toBe(commands.length - 1);
  });

  test('comes of a record whose length is not its kind’s', () => {
    const core = new CoreUnderTest();
    const bytes = core.write([plainQueue()]);
    new DataView(core.memory.buffer, layout.INPUT_AT).setInt32(layout.COMMAND_BYTES, bytes - 8, true);
    expect(() => core.stepBytes(1, bytes - 8)).toThrow(WebAssembly.RuntimeError);
  });

  test('comes of time that goes backwards and of a number that is not the next', () => {
    const backwards = new CoreUnderTest();
    backwards.step(10, []);
    expect(() => backwards.step(9, [])).toThrow(WebAssembly.RuntimeError);
    const skipped = new CoreUnderTest();
    skipped.number = 41;
    skipped.step(10, []);
    skipped.number = 43;
    expect(() => skipped.step(10, [])).toThrow(WebAssembly.RuntimeError);
  });

  test('comes of a memory that was never formatted, or twice', () => {
    expect(() => new CoreUnderTest(false).step(1, [])).toThrow(WebAssembly.RuntimeError);
    expect(() => new CoreUnderTest().exports.format()).toThrow(WebAssembly.RuntimeError);
  });
});

describe('a tick', () => {
  test('stops before a command its effects might have no room for, and fires no timer then', () => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile]);
    const room = layout.EFFECTS_BYTES / layout.EFFECT_BYTES;
    const fits = room - layout.EFFECTS_PER_CAUSE_MAX + 1;
    const refused: Command = { kind: 'contactCancel', contact: 0, number: 9 };
    const batch = [{ kind: 'timerSet', module: 1, key: 1, due: 1 } as Command, ...range(fits + 50, () => refused)];
    const bytes = core.write(batch);
    expect(core.stepBytes(2, bytes)).toHaveLength(fits);
    const consumed = core.header(layout.HEADER_CONSUMED);
    expect(consumed).toBe(layout.TIMER_SET_BYTES + fits * layout.CONTACT_COMMAND_BYTES);
    expect(core.header64(layout.HEADER_NEXT_DEADLINE)).toBe(1);

    // What a journal keeps of it is the part consumed: a replay of that stops at the same place.
    const replayed = new CoreUnderTest();
    replayed.step(1, [plainQueue(), profile]);
    replayed.stepBytes(2, replayed.write(batch.slice(0, fits + 1)));
    expect(replayed.digest()).toBe(core.digest());

    const rest = core.step(3, batch.slice(fits + 1));
    expect(rest.filter(({ kind }) => kind === layout.EFFECT_TIMER_FIRED)).toHaveLength(1);
  });

  test('never stops between a command and one glued to it', () => {
    const core = new CoreUnderTest();
    const fits = layout.EFFECTS_BYTES / layout.EFFECT_BYTES - layout.EFFECTS_PER_CAUSE_MAX + 1;
    const refused: Command = { kind: 'contactCancel', contact: 0, number: 9 };
    const glued = new Set([fits, fits + 1]);
    expect(
      core.step(
        2,
        range(fits + 10, () => refused),
        glued,
      ),
    ).toHaveLength(fits + 2);
  });

  test('fires a bounded number of timers and leaves a deadline in the past', () => {
    const core = new CoreUnderTest();
    const timers = range(
      layout.TIMERS_PER_TICK_MAX + 5,
      (key): Command => ({ kind: 'timerSet', module: 1, key, due: 7 }),
    );
    core.step(1, timers);
    expect(core.step(8, [])).toHaveLength(layout.TIMERS_PER_TICK_MAX);
    expect(core.header64(layout.HEADER_NEXT_DEADLINE)).toBe(7);
    expect(core.step(8, [])).toHaveLength(5);
    expect(core.header64(layout.HEADER_NEXT_DEADLINE)).toBe(layout.NO_DEADLINE);
  });

  test('with more open offers after a restart than one cause may tell tells the rest before any timer', () => {
    const core = new CoreUnderTest();
    const many = layout.EFFECTS_PER_CAUSE_MAX + 100;
    core.step(1, [plainQueue(), profile, { kind: 'timerSet', module: 1, key: 1, due: 2 }]);
    for (let from = 0; from < many; from += 10_000) {
      const handles = range(Math.min(10_000, many - from), (index) => from + index);
      core.step(1, handles.flatMap(agent));
      core.step(
        1,
        handles.map((slot) => contact(slot)),
      );
    }
    const effects = core.step(50_000, [{ kind: 'resumed', downMs: 49_999 }]);
    const again = effects.filter(({ kind, value2 }) => kind === layout.EFFECT_OFFERED && value2 === 1);
    expect(again.map(({ contact: slot }) => slot)).toEqual(range(many, (index) => index));
    expect(new Set(again.map(({ at }) => at))).toEqual(new Set([55_000]));
    expect(effects.at(-1)?.kind).toBe(layout.EFFECT_TIMER_FIRED);
    expect(effects).toHaveLength(many + 1);
  });

  test('does not tell an offer anew that was accepted before its turn came', () => {
    const core = new CoreUnderTest();
    const many = layout.EFFECTS_PER_CAUSE_MAX + 2;
    core.step(1, [plainQueue(), profile]);
    for (let from = 0; from < many; from += 10_000) {
      const handles = range(Math.min(10_000, many - from), (index) => from + index);
      core.step(1, handles.flatMap(agent));
      core.step(
        1,
        handles.map((slot) => contact(slot, { withLegs: true })),
      );
    }
    // Leaves room for the resumption's first cause and for no other.
    const refused: Command = { kind: 'contactCancel', contact: layout.CONTACTS_MAX - 1, number: 9 };
    const filling = layout.EFFECTS_BYTES / layout.EFFECT_BYTES - 2 * layout.EFFECTS_PER_CAUSE_MAX + 1;
    core.step(50_000, [...range(filling, () => refused), { kind: 'resumed', downMs: 49_999 }]);
    const [first, last] = [many - 2, many - 1];
    const accepts = { contact: first, number: first + 1, offer: 1, agent: first, connectMs: 900 };
    const effects = core.step(50_001, [{ kind: 'offerAccept', ...accepts }]);
    expect(effects.map(({ kind, contact: slot, at }) => [kind, slot, at])).toEqual([
      [layout.EFFECT_ACCEPTED, first, 50_901],
      [layout.EFFECT_OFFERED, last, 55_000],
    ]);
  });
});

describe('the bounds', () => {
  test('an agent is waited for by at most so many, who all fall back when the agent goes', () => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile, ...agent(0), contact(0), contact(1, { agent: 0, waitMs: 9_000 })]);
    const waiting = range(layout.DIRECT_PER_AGENT_MAX, (index) => contact(index + 2, { agent: 0, waitMs: 9_000 }));
    const effects = core.step(1, waiting);
    expect(effects.slice(0, -1).every(({ kind }) => kind === layout.EFFECT_WAITING_FOR)).toBe(true);
    expect(effects.at(-1)?.code).toBe(layout.REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY);
    const gone = core.step(2, [{ kind: 'agentNotReady', agent: 0, reason: layout.REASON_FIRST_OF_HOST }]);
    expect(gone.filter(({ kind }) => kind === layout.EFFECT_FELL_BACK)).toHaveLength(layout.DIRECT_PER_AGENT_MAX);
    const queued = gone.filter(({ kind }) => kind === layout.EFFECT_QUEUED);
    expect(queued.map(({ contact: slot }) => slot)).toEqual(range(layout.DIRECT_PER_AGENT_MAX + 1, (index) => index));
  });

  test('whose customers know an agent for whom so many wait already join the pool at once', () => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile, ...agent(0), contact(0)]);
    const known = { agent: 0, waitMs: 9_000, byAffinity: true };
    const inBoth = range(layout.DIRECT_PER_AGENT_MAX, (index) => contact(index + 1, { ...known, inBoth: true }));
    expect(core.step(1, inBoth).filter(({ kind }) => kind === layout.EFFECT_WAITING_FOR)).toHaveLength(inBoth.length);
    const more = core.step(2, [contact(5_000, known), contact(5_001, { ...known, inBoth: true })]);
    expect(more.map(({ kind, code, contact: slot }) => [kind, code, slot])).toEqual([
      [layout.EFFECT_FELL_BACK, layout.FELL_BACK_TOO_MANY, 5_000],
      [layout.EFFECT_QUEUED, 0, 5_000],
      [layout.EFFECT_FELL_BACK, layout.FELL_BACK_TOO_MANY, 5_001],
      [layout.EFFECT_QUEUED, 0, 5_001],
    ]);
    const gone = core.step(3, [{ kind: 'agentNotReady', agent: 0, reason: layout.REASON_FIRST_OF_HOST }]);
    const fell = gone.filter(({ kind }) => kind === layout.EFFECT_FELL_BACK);
    expect(fell.map(({ value }) => value)).toEqual(inBoth.map(() => 1));
    // Nobody has to look for a place anew, but who rang there.
    expect(gone.filter(({ kind }) => kind === layout.EFFECT_QUEUED)).toHaveLength(1);
  });

  test('a place is exact, however many come before', () => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile, ...range(1_000, (slot) => contact(slot, { priority: 5 }))]);
    const places = core.step(1, [
      ...range(300, (index) => contact(1_000 + index, { priority: 9 })),
      contact(2_000),
      contact(2_001, { priority: 7 }),
    ]);
    expect(places.slice(0, 300).map(({ value }) => value)).toEqual(range(300, (index) => index));
    expect(places[300]?.value).toBe(1_300);
    expect(places[301]?.value).toBe(300);
  });

  test('equal contacts are told their exact place however many wait', () => {
    const core = new CoreUnderTest();
    const queued = core.step(1, [plainQueue(), profile, ...range(1_000, (slot) => contact(slot))]);
    expect(queued.map(({ value }) => value)).toEqual(range(1_000, (index) => index));
  });

  test('agents who come and go leave nothing behind', () => {
    const core = new CoreUnderTest();
    core.step(1, [plainQueue(), profile, ...agent(0), ...agent(1)]);
    const pause: Command[] = [
      { kind: 'agentNotReady', agent: 0, reason: layout.REASON_FIRST_OF_HOST },
      { kind: 'agentReady', agent: 0, mask: 0 },
    ];
    const comeAndGo = range(500, () => pause).flat();
    core.step(2, comeAndGo);
    const before = core.header(layout.HEADER_ARENA_TOP);
    for (let now = 3; now < 40; now++) core.step(now, comeAndGo);
    expect(core.header(layout.HEADER_ARENA_TOP)).toBe(before);
  });

  test('the latest time and the steepest slope still order contacts', () => {
    const core = new CoreUnderTest();
    const late = layout.TIME_MAX - 10_000;
    const steep = plainQueue({ ageing: layout.AGEING_MAX });
    core.step(late, [
      steep,
      profile,
      contact(0, { priority: -layout.PRIORITY_MAX }),
      contact(1, { creditMs: 2_147_483_647 }),
    ]);
    const last = core.step(late + 5, [contact(2, { priority: layout.PRIORITY_MAX })]);
    expect(last[0]?.value).toBe(1);
  });
});
