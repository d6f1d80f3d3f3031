// Follow-ups, timers and what was set aside: once each, whatever goes wrong on the way.

import { describe, expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { CoreTrapError } from '../../src/engine/core.ts';
import { setAsideTable } from '../../src/engine/set-aside.ts';
import { setAsideAgainMs, setAsideAgainMsMax, setAsideTriesMax } from '../../src/limits.ts';
import { decodeRedo } from '../../src/store/redo.ts';
import { DutyMachine } from './duty-machine.ts';

async function started(): Promise<DutyMachine> {
  const machine = new DutyMachine();
  await machine.start();
  return machine;
}

describe('follow-ups', () => {
  it('are executed, all but the one that throws', async () => {
    const machine = await started();
    machine.duty.throwing.add('bad');
    await machine.harness.call('duty.count', { key: 'x', follow: ['bad', 'good', 'better'] });
    await machine.settle();
    expect(await machine.countsOf('x', 'bad', 'good', 'better')).toEqual([1, 0, 1, 1]);
  });

  it('are halved too, until the culprit is alone, when a tick fails without saying at what', async () => {
    const machine = await started();
    await machine.harness.call('duty.count', { key: 'x' });
    let fails = 0;
    machine.pool.onStep = (_core, { inputBytes, number }) => {
      if (number < 3 || inputBytes <= 32) return;
      fails += 1;
      throw new CoreTrapError('no idea what happened', {});
    };
    await machine.harness.call('duty.count', { key: 'y', follow: ['a', 'b', 'c', 'd'] });
    await machine.settle();
    expect(fails).toBeGreaterThanOrEqual(2);
    expect(machine.harness.partition.state).toBe('running');
    expect(await machine.countsOf('a', 'b', 'c', 'd')).toEqual([1, 1, 1, 1]);
  });

  it('that the core had no room for come next, and are in the journal until then', async () => {
    const machine = await started();
    await machine.harness.call('duty.count', { key: 'x', follow: ['a', 'b', 'c'] });
    machine.pool.takesBytes = 32;
    machine.faults = {
      before: ({ kind, number }) => (kind === 'append' && number > 2 ? new Promise(() => {}) : 'done'),
    };
    await machine.settle();
    const [entry] = machine.opened.journal.read(2, 2);
    expect(decodeRedo(entry!.redo).followUps).toMatchObject([{ params: { key: 'b' } }, { params: { key: 'c' } }]);
    await machine.restart();
    expect(await machine.countsOf('a', 'b', 'c')).toEqual([1, 1, 1]);
  });

  it('that the batch has no room for come next, whole, and nobody is to blame', async () => {
    const machine = await started();
    // A batch holds two of them and a part of the third.
    const commands = Math.floor((0.4 * layout.INPUT_BYTES) / layout.TIMER_SET_BYTES);
    await machine.harness.call('duty.count', { key: 'x', follow: ['a', 'b', 'c'], commands });
    await machine.settle();
    expect(machine.harness.partition.numbers.last).toBe(3);
    expect(machine.harness.partition.alarms.raised.has('set_aside')).toBe(false);
    expect(await machine.countsOf('a', 'b', 'c')).toEqual([1, 1, 1]);
    // The same when the core stops early in that very tick: what it did not take and what had no room go on together.
    await machine.harness.call('duty.count', { key: 'x', follow: ['d', 'e', 'f'], commands });
    machine.pool.takesBytes = commands * layout.TIMER_SET_BYTES;
    await machine.settle();
    expect(await machine.countsOf('d', 'e', 'f')).toEqual([1, 1, 1]);
  });

  it('that no batch can hold are set aside, and those behind them are executed', async () => {
    const machine = await started();
    const commands = Math.ceil(layout.INPUT_BYTES / layout.TIMER_SET_BYTES) + 1;
    await machine.harness.call('duty.count', { key: 'x', follow: ['a'], commands });
    await machine.harness.call('duty.count', { key: 'x', follow: ['b'] });
    await machine.settle();
    expect(machine.harness.partition.alarms.text('set_aside')).toMatch(/set-aside-1/);
    expect(await machine.countsOf('x', 'a', 'b')).toEqual([2, 0, 1]);
  });

  it('that the core had no room for are not lost when the store refuses the tick', async () => {
    const machine = await started();
    machine.failAppends('refused', 1, 2);
    machine.pool.onStep = (_core, { number }) => {
      if (number === 2) machine.pool.takesBytes = 32;
    };
    await machine.harness.call('duty.count', { key: 'x', follow: ['a', 'b', 'c'] });
    await machine.settle();
    machine.clock.advance(60_000);
    await machine.settle();
    expect(await machine.countsOf('a', 'b', 'c')).toEqual([1, 1, 1]);
  });

  it('outlive a store that refuses the tick with which a start begins', async () => {
    const machine = await started();
    machine.faults = {
      before: ({ kind, number }) => (kind === 'append' && number > 1 ? new Promise(() => {}) : 'done'),
    };
    await machine.harness.call('duty.count', { key: 'x', follow: ['a'] });
    await machine.settle();
    machine.store.disk.restart();
    machine.failAppends('refused');
    await machine.start();
    await machine.settle();
    expect(machine.opened.journal.lastNumber).toBe(1);
    machine.clock.advance(60_000);
    await machine.harness.partition.idle();
    expect(await machine.countsOf('x', 'a')).toEqual([1, 1]);
    // The core is told once that nobody was there, by the first entry of this life.
    const [entry] = machine.opened.journal.read(2, 2);
    expect(new DataView(entry!.input.buffer, entry!.input.byteOffset).getUint16(0, true)).toBe(1);
  });
});

describe('a timer', () => {
  it('whose reaction throws in the tick with which a start begins is passed over', async () => {
    const machine = await started();
    await machine.harness.call('duty.timer', { key: 1, due: machine.clock.now() + 500 });
    await machine.harness.call('duty.timer', { key: 2, due: machine.clock.now() + 500 });
    machine.store.disk.restart();
    machine.clock.advance(1_000);
    const starting = machine.start();
    machine.duty.throwing.add('timer-1');
    await starting;
    await machine.settle();
    expect(machine.harness.partition.state).toBe('running');
    expect(await machine.countsOf('timer-1', 'timer-2', 'after-timer-2')).toEqual([0, 1, 1]);
  });

  it('whose firing traps in the tick with which a start begins is skipped', async () => {
    const machine = await started();
    await machine.harness.call('duty.timer', { key: 1, due: machine.clock.now() + 500 });
    machine.store.disk.restart();
    machine.clock.advance(1_000);
    const starting = machine.start();
    let traps = 1;
    machine.pool.onStep = () => {
      if (traps-- > 0) throw new CoreTrapError('at a timer', { timer: 0 });
    };
    await starting;
    await machine.settle();
    expect(machine.harness.partition.state).toBe('running');
    expect(await machine.countOf('timer-1')).toBe(0);
  });
});

describe('a follow-up that was set aside', () => {
  /** One that throws, set aside; the others of its tick are done. */
  async function withOneSetAside(): Promise<DutyMachine> {
    const machine = await started();
    machine.duty.throwing.add('bad');
    await machine.harness.call('duty.count', { key: 'x', follow: ['bad', 'good'] });
    await machine.settle();
    expect(await machine.countsOf('x', 'bad', 'good')).toEqual([1, 0, 1]);
    expect(machine.harness.partition.alarms.text('follow_ups_wait')).toMatch(/^1 follow-ups were set aside/);
    return machine;
  }

  const rowOf = (machine: DutyMachine) =>
    machine.harness.partition.tables.get(setAsideTable.id, 1) as { tries: number; dueAt?: number; doneAt?: number };

  async function pass(machine: DutyMachine, ms: number): Promise<void> {
    machine.clock.advance(ms);
    await machine.settle();
  }

  it('is tried again a minute later, by itself, and done once', async () => {
    const machine = await withOneSetAside();
    machine.duty.throwing.clear();
    await pass(machine, setAsideAgainMs - 1);
    expect(await machine.countOf('bad')).toBe(0);
    await pass(machine, 1);
    expect(await machine.countOf('bad')).toBe(1);
    expect(rowOf(machine)).toMatchObject({ tries: 1, doneAt: machine.clock.now() });
    expect(machine.harness.partition.alarms.raised.has('follow_ups_wait')).toBe(false);
    await machine.restart();
    await pass(machine, setAsideAgainMsMax);
    expect(await machine.countOf('bad')).toBe(1);
  });

  it('is tried again after a restart too, when its time has come', async () => {
    const machine = await withOneSetAside();
    await machine.restart();
    expect(machine.harness.partition.alarms.raised.has('follow_ups_wait')).toBe(true);
    expect(await machine.countOf('bad')).toBe(0);
    await pass(machine, setAsideAgainMs);
    expect(await machine.countsOf('x', 'bad', 'good')).toEqual([1, 1, 1]);
  });

  it('that goes on failing harms nobody, waits longer each time, and is given up at last', async () => {
    const machine = await withOneSetAside();
    const waits: number[] = [];
    for (let last = machine.clock.now(); rowOf(machine).dueAt !== undefined; ) {
      const due = rowOf(machine).dueAt!;
      waits.push(due - last);
      last = due;
      // Who asks in the turn of the try is served.
      machine.clock.advance(due - machine.clock.now());
      const asked = machine.harness.call('duty.count', { key: `asked-${waits.length}` });
      await machine.settle();
      expect(await asked).toHaveProperty('result');
    }
    const minutes = Array.from({ length: setAsideTriesMax }, (_, at) =>
      Math.min(setAsideAgainMs * 2 ** at, setAsideAgainMsMax),
    );
    expect(waits).toEqual(minutes);
    expect(machine.harness.partition.state).toBe('running');
    expect(machine.harness.partition.alarms.text('set_aside')).toMatch(/set-aside-1 failed again for the last time/);
    expect(rowOf(machine)).toMatchObject({ tries: setAsideTriesMax });
    machine.duty.throwing.clear();
    await pass(machine, setAsideAgainMsMax);
    expect(await machine.countOf('bad')).toBe(0);
  });

  it('that takes its process down with it has used up a try, and is not tried at the next start', async () => {
    const machine = await withOneSetAside();
    machine.duty.throwing.clear();
    // The worker never comes back from it.
    machine.pool.onStep = (_core, { inputBytes }) => (inputBytes > 0 ? new Promise(() => {}) : undefined);
    await pass(machine, setAsideAgainMs);
    await machine.restart();
    expect(await machine.countOf('bad')).toBe(0);
    expect(rowOf(machine).tries).toBe(1);
    await pass(machine, 2 * setAsideAgainMs);
    expect(await machine.countOf('bad')).toBe(1);
  });

  it('is done once where the store refuses the tick that has done it', async () => {
    const machine = await withOneSetAside();
    machine.duty.throwing.clear();
    // The first append from now on counts the try, the second is the try itself.
    let appends = 0;
    machine.faults = { before: ({ kind }) => (kind === 'append' && ++appends === 2 ? 'refused' : 'done') };
    await pass(machine, setAsideAgainMs);
    await pass(machine, 30_000);
    expect(appends).toBeGreaterThanOrEqual(2);
    expect(await machine.countOf('bad')).toBe(0);
    await pass(machine, 2 * setAsideAgainMs);
    expect(await machine.countOf('bad')).toBe(1);
    await machine.restart();
    await pass(machine, setAsideAgainMsMax);
    expect(await machine.countOf('bad')).toBe(1);
  });

  it('may be one at which workers die without a hint: the partition goes on', async () => {
    const machine = await withOneSetAside();
    machine.duty.throwing.clear();
    let dies = 0;
    machine.pool.onStep = (_core, { inputBytes }) => {
      if (inputBytes === 0 || dies === 3) return;
      dies += 1;
      throw new CoreTrapError('a worker died', {});
    };
    for (let round = 0; round < 5; round++) await pass(machine, setAsideAgainMsMax);
    expect(dies).toBe(3);
    expect(await machine.countsOf('x', 'bad', 'good')).toEqual([1, 1, 1]);
    expect(machine.harness.partition.state).toBe('running');
  });

  it('may be the setting of a timer whose reaction threw: it fires once it can', async () => {
    const machine = await started();
    machine.duty.throwing.add('timer-1').add('timer-2');
    for (const key of [1, 2, 3]) await machine.harness.call('duty.timer', { key, due: machine.clock.now() + 500 });
    await pass(machine, 500);
    expect(await machine.countsOf('timer-1', 'timer-2', 'timer-3')).toEqual([0, 0, 1]);
    machine.duty.throwing.delete('timer-1');
    await pass(machine, setAsideAgainMs);
    expect(await machine.countsOf('timer-1', 'after-timer-1', 'timer-2', 'timer-3')).toEqual([1, 1, 0, 1]);
    machine.duty.throwing.clear();
    await machine.restart();
    await pass(machine, 2 * setAsideAgainMs);
    expect(await machine.countsOf('timer-1', 'timer-2', 'after-timer-2', 'timer-3')).toEqual([1, 1, 1, 1]);
    expect(machine.harness.partition.alarms.raised.has('follow_ups_wait')).toBe(false);
  });
});

describe('what was set aside', () => {
  it('is kept when the tick that was to hold it is refused, under a reference given once', async () => {
    const machine = await started();
    machine.failAppends('refused');
    const first = machine.harness.call('duty.throw', { key: 'x', at: 'answer' });
    await machine.settle();
    machine.clock.advance(60_000);
    await machine.settle();
    await first;
    expect(await machine.harness.call('duty.throw', { key: 'x', at: 'answer' })).toEqual({ bug: 'set-aside-2' });
  });

  it('is written although nobody asks for anything more, before anybody is told its reference', async () => {
    const machine = await started();
    const decide = machine.holdAppends();
    const asked = machine.harness.call('duty.throw', { key: 'x', at: 'answer' });
    await machine.settle();
    expect(machine.harness.egress.released).toEqual([]);
    decide('done');
    expect(await asked).toEqual({ bug: 'set-aside-1' });
    await machine.restart();
    expect(await machine.harness.call('duty.throw', { key: 'x', at: 'answer' })).toEqual({ bug: 'set-aside-2' });
  });

  it('may be many requests of one tick without the partition halting', async () => {
    const machine = await started();
    const calls = Array.from({ length: 40 }, (_, value): [string, Record<string, unknown>] => [
      value % 2 === 0 ? 'duty.throw' : 'duty.trap',
      { key: 'x', at: value % 4 === 0 ? 'answer' : 'admission' },
    ]);
    const answers = await machine.harness.together(...calls, ['duty.count', { key: 'good' }]);
    expect(answers.filter((answer) => 'bug' in answer)).toHaveLength(40);
    expect(await machine.countsOf('good', 'x')).toEqual([1, 0]);
  });
});
