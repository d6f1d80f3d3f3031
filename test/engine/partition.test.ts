import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import type { PartitionStore } from '../../src/store/store.ts';
import { PartitionHarness } from './partition-harness.ts';
import { ProbeModule, throwingTimerKey } from './probe-module.ts';

let folder: string;
let store: PartitionStore;
let probe: ProbeModule;
let harness: PartitionHarness;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-partition-'));
  await start();
});

afterEach(async () => {
  await harness.partition.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  store = await new LmdbStore({ folder }).open('test');
  probe = new ProbeModule();
  const clock = harness?.clock;
  harness = await PartitionHarness.start({ store, modules: [probe], ...(clock && { clock }) });
}

async function restart(): Promise<void> {
  await harness.partition.stop();
  await store.close();
  await start();
}

it('answers a change only when it is in the journal, and keeps it over a restart', async () => {
  expect(await harness.call('probe.put', { key: 'a', value: 1 })).toEqual({ result: { at: harness.clock.now() } });
  expect(store.journal.lastNumber).toBe(1);
  await restart();
  expect(await harness.call('probe.get', { key: 'a' })).toEqual({ result: { row: 1, memory: 1 } });
});

it('answers a read that changes nothing without a tick of its own', async () => {
  await harness.call('probe.put', { key: 'a', value: 1 });
  await harness.call('probe.get', { key: 'a' });
  expect(store.journal.lastNumber).toBe(1);
});

it('lets a single-use thing be used once, twice in one tick too', async () => {
  const [first, second] = await harness.together(['probe.useOnce', { key: 's' }], ['probe.useOnce', { key: 's' }]);
  expect(first).toEqual({ result: { used: 's' } });
  expect(second).toMatchObject({ refusal: { refusal: 'contact_exists_with_different_content' } });
  expect(store.journal.lastNumber).toBe(1);
});

it('takes a guard back when the core refuses, and keeps refused what was refused on it meanwhile', async () => {
  const [first, second, read] = await harness.together(
    ['probe.useOnceRefused', { key: 's' }],
    ['probe.useOnce', { key: 's' }],
    ['probe.get', { key: 'other' }],
  );
  expect(first).toMatchObject({ refusal: { refusal: 'contact_not_found' } });
  expect(second).toMatchObject({ refusal: { refusal: 'contact_exists_with_different_content' } });
  expect(read).toEqual({ result: { row: null, memory: null } });
  expect(await harness.call('probe.get', { key: 's' })).toEqual({ result: { row: null, memory: null } });
  expect(await harness.call('probe.useOnce', { key: 's' })).toEqual({ result: { used: 's' } });
});

it('refuses what needs a request that the core refuses, and takes it back before that one', async () => {
  const answers = await harness.together(
    ['probe.put', { key: 's', value: 5 }],
    ['probe.useOnceRefused', { key: 't' }],
    ['probe.addTo', { key: 't', value: 2 }],
    ['probe.addTo', { key: 't', value: -1 }],
    ['probe.addTo', { key: 's', value: 3 }],
    ['probe.put', { key: 'u', value: 7 }],
  );
  const outcomes = answers.map((answer) => ('refusal' in answer ? answer.refusal.refusal : 'done'));
  expect(outcomes).toEqual(['done', 'contact_not_found', 'not_ready', 'too_large', 'not_ready', 'done']);
  for (const [key, value] of [
    ['s', 5],
    ['t', null],
    ['u', 7],
  ] as const)
    expect(await harness.call('probe.get', { key })).toEqual({ result: { row: value, memory: value } });
});

it('shows a read nothing of what the core refused in the same tick', async () => {
  const [refused, read, open] = await harness.together(
    ['probe.useOnceRefused', { key: 's' }],
    ['probe.get', { key: 's' }],
    ['session.open'],
  );
  expect(refused).toMatchObject({ refusal: { refusal: 'contact_not_found' } });
  expect(read).toEqual({ result: { row: null, memory: null } });
  expect(open).toEqual({ result: { state: { probe: {} } } });
});

it('sends a read that was answered anew behind the notifications of the tick that it shows', async () => {
  await harness.together(
    ['probe.useOnceRefused', { key: 's' }],
    ['probe.notify', { to: 'somebody', text: 'this' }],
    ['probe.get', { key: 's' }],
    ['session.open'],
  );
  const order = harness.egress.released.map((sent) => sent.request?.method ?? sent.kind);
  expect(order).toEqual(['probe.useOnceRefused', 'probe.notify', 'notification', 'probe.get', 'session.open']);
});

it('sets a trapping command aside and executes the others of its tick', async () => {
  const [before, trapped, after] = await harness.together(
    ['probe.put', { key: 'before', value: 1 }],
    ['probe.trap'],
    ['probe.put', { key: 'after', value: 2 }],
  );
  expect(trapped).toEqual({ bug: 'set-aside-1' });
  expect(before).toHaveProperty('result');
  expect(after).toHaveProperty('result');
  expect(harness.partition.state).toBe('running');
  await restart();
  expect(await harness.call('probe.get', { key: 'after' })).toEqual({ result: { row: 2, memory: 2 } });
});

it.each(['probe.throwAtAdmission', 'probe.throwAtAnswer'])('isolates a module that throws: %s', async (method) => {
  const [good, bad, late] = await harness.together(
    ['probe.put', { key: 'good', value: 1 }],
    [method, { key: 'bad' }],
    ['probe.put', { key: 'late', value: 3 }],
  );
  expect(bad).toEqual({ bug: 'set-aside-1' });
  expect(good).toHaveProperty('result');
  expect(late).toHaveProperty('result');
  expect(await harness.call('probe.get', { key: 'bad' })).toEqual({ result: { row: null, memory: null } });
  expect(harness.partition.alarms.raised.has('set_aside')).toBe(true);
});

it('passes over a reaction to a timer that throws, and goes on', async () => {
  await harness.call('probe.timer', { key: throwingTimerKey, due: harness.clock.now() + 10 });
  await harness.call('probe.timer', { key: 5, due: harness.clock.now() + 10 });
  harness.clock.advance(10);
  await harness.partition.idle();
  expect(harness.partition.state).toBe('running');
  expect(harness.notifications.map(({ params }) => params)).toEqual([{ key: 5 }]);
});

it('lets modules settle once a tick, behind whatever was in it', async () => {
  const { settled } = probe;
  await harness.together(['probe.put', { key: 'a', value: 1 }], ['probe.put', { key: 'b', value: 2 }]);
  await harness.call('probe.timer', { key: 1, due: harness.clock.now() + 10 });
  harness.clock.advance(10);
  await harness.partition.idle();
  expect(settled).toEqual([1, 2, 3]);
  expect(harness.partition.numbers.last).toBe(3);
});

it('never passes over a module that throws at the end of a tick: the request that it throws for is set aside', async () => {
  probe.settleThrowsFor = 'bad';
  const [good, bad, late] = await harness.together(
    ['probe.put', { key: 'good', value: 1 }],
    ['probe.put', { key: 'bad', value: 2 }],
    ['probe.put', { key: 'late', value: 3 }],
  );
  expect(bad).toEqual({ bug: 'set-aside-1' });
  expect(good).toHaveProperty('result');
  expect(late).toHaveProperty('result');
  expect(await harness.call('probe.get', { key: 'bad' })).toEqual({ result: { row: null, memory: null } });
  expect(harness.partition.state).toBe('running');
});

it('begins the next tick with the follow-ups of the last one, also after a restart in between', async () => {
  await harness.call('probe.chain', { depth: 1 });
  await harness.partition.idle();
  expect(await harness.call('probe.get', { key: 'chain-1' })).toEqual({ result: { row: 1, memory: 1 } });
});

it('fires timers at their time and sends what they cause', async () => {
  await harness.call('probe.timer', { key: 1, due: harness.clock.now() + 1_000 });
  harness.clock.advance(999);
  await harness.partition.idle();
  expect(harness.notifications).toEqual([]);
  harness.clock.advance(1);
  await harness.partition.idle();
  expect(harness.notifications.map(({ event, params }) => [event, params])).toEqual([['probe.fired', { key: 1 }]]);
});

it('sends a response before the notifications that it caused', async () => {
  await harness.call('probe.notify', { to: 'x', text: 'hello' });
  expect(harness.egress.released.map(({ kind }) => kind)).toEqual(['answer', 'notification']);
});

it('gives a repeated requestId the first answer, in the same tick, later and after a restart', async () => {
  const call = ['probe.useOnce', { key: 'once', requestId: 'r1' }] as [string, Record<string, unknown>];
  const [first, second] = await harness.together(call, call);
  expect(first).toEqual({ result: { used: 'once' } });
  expect(second).toEqual(first);
  expect(await harness.call(...call)).toEqual(first);
  await restart();
  expect(await harness.call(...call)).toEqual(first);
  const other = await harness.call('probe.useOnce', { key: 'other', requestId: 'r1' });
  expect(other).toMatchObject({ refusal: { refusal: 'request_id_reused_with_different_content' } });
});

it('begins with one tick of its own after a restart', async () => {
  await harness.call('probe.put', { key: 'a', value: 1 });
  harness.clock.advance(5_000);
  await restart();
  await harness.partition.idle();
  expect(store.journal.lastNumber).toBe(2);
});
