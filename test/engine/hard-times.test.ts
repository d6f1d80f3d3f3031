// A disk that stays full, hangs or fails for good: what a partition does meanwhile, and that it can always be stopped.

import { describe, expect, it } from 'vitest';
import { CoreTrapError } from '../../src/engine/core.ts';
import { DutyMachine } from './duty-machine.ts';

async function started(inboxRequestsMax?: number): Promise<DutyMachine> {
  const machine = new DutyMachine(inboxRequestsMax);
  await machine.start();
  return machine;
}

/** The same again, in a life that has nothing on its way. */
function appendsOf(machine: DutyMachine, outcome: 'refused' | 'done'): { count: number } {
  const seen = { count: 0 };
  machine.faults = {
    before: ({ kind }) => {
      if (kind !== 'append') return 'done';
      seen.count += 1;
      return outcome;
    },
  };
  return seen;
}

describe('a disk that stays full', () => {
  it('is tried again once in a while, not all the time, while a timer is due, and works again by itself', async () => {
    const machine = await started();
    await machine.harness.call('duty.timer', { key: 1, due: machine.clock.now() + 10 });
    const tried = appendsOf(machine, 'refused');
    machine.clock.advance(10);
    await machine.settle();
    expect(tried.count).toBe(1);
    for (let second = 0; second < 120; second++) {
      machine.clock.advance(1_000);
      await machine.settle();
    }
    expect(tried.count).toBeGreaterThan(5);
    expect(tried.count).toBeLessThan(40);
    machine.faults = {};
    machine.clock.advance(60_000);
    await machine.harness.partition.idle();
    expect(await machine.countsOf('timer-1', 'after-timer-1')).toEqual([1, 1]);
    expect(machine.harness.partition.alarms.raised.size).toBe(0);
  });

  it('answers those who wait behind the refused tick at once, and is not ready until it is tried again', async () => {
    const machine = await started();
    const decide = machine.holdAppends();
    const first = machine.harness.call('duty.count', { key: 'a' });
    await machine.settle();
    const second = machine.harness.call('duty.count', { key: 'b' });
    await machine.settle();
    const third = machine.harness.call('duty.count', { key: 'c' });
    await machine.settle();
    decide('refused');
    for (const answer of await Promise.all([first, second, third])) {
      expect(answer).toMatchObject({ refusal: { refusal: 'overloaded' } });
    }
    await machine.settle();
    expect(machine.harness.partition.ready).toBe(false);
    machine.clock.advance(2_000);
    expect(machine.harness.partition.ready).toBe(true);
    expect(await machine.countsOf('a', 'b', 'c')).toEqual([0, 0, 0]);
  });

  it('does not keep a partition from stopping', async () => {
    const machine = await started();
    await machine.harness.call('duty.timer', { key: 1, due: machine.clock.now() + 10 });
    appendsOf(machine, 'refused');
    machine.clock.advance(10);
    await machine.settle();
    await machine.harness.partition.stop();
    expect(machine.harness.partition.state).toBe('stopped');
    await machine.restart();
    await machine.settle();
    expect(await machine.countsOf('timer-1', 'after-timer-1')).toEqual([1, 1]);
  });

  it('does not keep a partition from stopping when it refuses the last ticks', async () => {
    const machine = await started();
    const decide = machine.holdAppends();
    const asked = machine.harness.call('duty.count', { key: 'a', follow: ['b'] });
    await machine.settle();
    const stopped = machine.harness.partition.stop();
    const late = machine.harness.call('duty.count', { key: 'late' });
    await machine.settle();
    appendsOf(machine, 'refused');
    decide('refused');
    expect(await asked).toMatchObject({ refusal: { refusal: 'overloaded' } });
    expect(await late).toMatchObject({ refusal: { refusal: 'not_ready' } });
    await stopped;
  });

  it('does not keep a partition from stopping when only the tables cannot be written', async () => {
    const machine = await started();
    machine.faults = { before: ({ kind }) => (kind === 'apply' ? 'refused' : 'done') };
    await machine.harness.call('duty.count', { key: 'a' });
    await machine.harness.partition.stop();
    await machine.restart();
    expect(await machine.countOf('a')).toBe(1);
  });

  it('ends the alarm of the tables when they can be written again', async () => {
    const machine = await started();
    let refusals = 1;
    machine.faults = { before: ({ kind }) => (kind === 'apply' && refusals-- > 0 ? 'refused' : 'done') };
    await machine.harness.call('duty.count', { key: 'a' });
    const raised: boolean[] = [];
    for (let tries = 0; tries < 200 && machine.opened.tables.appliedNumber < 1; tries++) {
      machine.clock.advance(5);
      await machine.settle();
      raised.push(machine.harness.partition.alarms.raised.has('tables_behind'));
    }
    await machine.settle();
    expect(raised).toContain(true);
    expect(machine.harness.partition.alarms.raised.has('tables_behind')).toBe(false);
  });
});

describe('a disk that hangs', () => {
  it('does not let answers pile up: what is read behind it is bounded like the inbox', async () => {
    const machine = await started(10);
    machine.holdAppends();
    void machine.harness.call('duty.count', { key: 'a' });
    await machine.settle();
    for (let turn = 0; turn < 50; turn++) {
      void machine.harness.call('duty.get', { key: 'a' });
      await machine.settle();
    }
    const refused = machine.harness.egress.released.filter(({ answer }) => answer !== undefined && 'refusal' in answer);
    expect(refused.length).toBeGreaterThanOrEqual(30);
    expect(refused[0]!.answer).toMatchObject({ refusal: { refusal: 'overloaded' } });
  });
});

describe('a disk of which nobody knows what it holds', () => {
  it('lets nothing go on that had begun: no answer, no tick, no second life in the same process', async () => {
    const machine = await started();
    const decide = machine.holdAppends();
    const asked = [machine.harness.request('duty.count', { key: 'a' })];
    machine.harness.partition.submit(asked[0]!);
    await machine.settle();
    // The next tick fails while the commit is on its way.
    machine.pool.onStep = () => {
      throw new CoreTrapError('at its first command', { command: 0 });
    };
    machine.harness.partition.submit(machine.harness.request('duty.command', { key: 'b' }));
    await machine.settle();
    decide('written');
    await machine.settle();
    expect(machine.harness.fatal).toHaveLength(1);
    expect(machine.harness.partition.state).toBe('stopped');
    expect(machine.harness.egress.released).toEqual([]);
  });

  it('does not keep a partition from being stopped', async () => {
    const machine = await started();
    const decide = machine.holdAppends();
    machine.harness.partition.submit(machine.harness.request('duty.count', { key: 'a' }));
    await machine.settle();
    const stopped = machine.harness.partition.stop();
    decide('lost');
    await stopped;
    expect(machine.harness.fatal).toHaveLength(1);
  });
});

describe('a tick too large for one entry of the journal', () => {
  it('is halved until it fits, and everybody is answered once', async () => {
    const machine = await started();
    const { journal } = machine.opened;
    const append = journal.append.bind(journal);
    const inputs: number[] = [];
    journal.append = (entry) => {
      if (entry.input.length > 64) throw new Error(`entry ${entry.number} is ${entry.input.length} bytes long`);
      inputs.push(entry.input.length);
      return append(entry);
    };
    const calls = Array.from({ length: 8 }, (_, key): [string, Record<string, unknown>] => [
      'duty.command',
      { key: `k${key}` },
    ]);
    const answers = await machine.harness.together(...calls);
    expect(answers.every((answer) => 'result' in answer)).toBe(true);
    expect(machine.harness.egress.released).toHaveLength(8);
    expect(await machine.countsOf('k0', 'k7')).toEqual([1, 1]);
    expect(Math.max(...inputs)).toBe(64);
  });
});

describe('a partition that cannot be rebuilt', () => {
  it('can be stopped', async () => {
    const machine = await started();
    machine.pool.create = () => Promise.reject(new Error('no memory left'));
    machine.harness.partition.submit(machine.harness.request('duty.trap'));
    const stopped = machine.harness.partition.stop();
    await stopped;
    expect(machine.harness.fatal).toHaveLength(1);
  });
});

describe('a halted partition', () => {
  it('shows nothing of the tick that failed', async () => {
    const machine = await started();
    await machine.harness.call('duty.count', { key: 'a' });
    machine.pool.onStep = () => {
      throw new CoreTrapError('no idea what happened', {});
    };
    const calls = Array.from({ length: 40 }, (): [string, Record<string, unknown>] => ['duty.command', { key: 'a' }]);
    await machine.harness.together(...calls);
    await machine.settle();
    expect(machine.harness.partition.state).toBe('halted');
    expect(await machine.countOf('a')).toBe(1);
    const last = machine.harness.call('duty.get', { key: 'a' });
    await machine.harness.partition.stop();
    expect(await last).toEqual({ result: { row: 1, memory: 1 } });
  });
});

describe('a module that throws when it is woken', () => {
  it('is heard of in the log, and the partition goes on', async () => {
    const machine = await started();
    machine.duty.throwing.add('wake');
    await machine.harness.call('duty.wake', { at: machine.clock.now() + 10 });
    machine.clock.advance(10);
    await machine.settle();
    expect(await machine.harness.call('duty.count', { key: 'a' })).toHaveProperty('result');
    expect(machine.harness.logged.some((line) => line.includes('woken'))).toBe(true);
  });
});

describe('a clock that is behind the journal', () => {
  it('runs on from the last journalled time, so timers come due', async () => {
    const machine = await started();
    await machine.harness.call('duty.timer', { key: 1, due: machine.clock.now() + 60_000 });
    const { TestClock } = await import('./partition-harness.ts');
    machine.clock = new TestClock(machine.clock.now() - 86_400_000);
    await machine.restart();
    expect(machine.harness.partition.alarms.text('clock_behind')).toMatch(/86399000 ms/);
    machine.clock.advance(61_000);
    await machine.settle();
    expect(await machine.countOf('timer-1')).toBe(1);
  });
});
