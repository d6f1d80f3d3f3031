// Two Asterisks of one router, each with an adapter of its own: calls of both go to the same agents. One is drained, or dies, and the other
// goes on. The telephones of ann, bob, cem and dana are known to both; eli’s is registered at the second, and the first reaches it by way of that.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { tokenFor } from '../journeys/router-harness.ts';
import { credentials, first, second } from './real-asterisk.ts';
import { closeRigs, conversation, number, type Rig, start } from './rig.ts';
import { caller, telephone } from './sipp.ts';

const withoutAsterisk = inject('withoutAsterisk') !== '';
afterEach(closeRigs);

const isDraining = async (rig: Rig, switchId: string) =>
  (await rig.admin.call('switch.get', { switchId })).draining === true;

describe.skipIf(withoutAsterisk)('with two real Asterisks', () => {
  beforeAll(() => {
    second.script('config');
    second.script('stop');
    second.script('start');
  });
  afterAll(() => {
    second.script('stop');
  });

  test('calls that come to either one go to the same agents', async () => {
    const rig = await start();
    const other = await rig.startOther();
    const { customer, phone } = await conversation(rig, { hangsUpAfterMs: 4_000 });
    const bob = await rig.agent('bob');
    const phoneOfBob = telephone('bob', 'answers');
    const fromOther = caller({ number, from: '+12025550188', at: second, hangsUpAfterMs: 1_500 });
    const { contactId } = await bob.next('contact.connected');
    expect(contactId).toMatch(/^pbx2\./);
    await rig.hasLegsAt(other, 'agent connected', 'customer connected');
    await rig.hasLegs('agent connected', 'customer connected');
    await Promise.all([customer.done, phone.done, fromOther.done, phoneOfBob.done]);
    await rig.isClean();
  });

  test('an agent whose telephone is registered at one is reached by calls of the other through that', async () => {
    const rig = await start();
    await rig.startOther();
    const eli = await rig.agent('eli');
    for (const at of [first, second]) {
      const phone = telephone('eli', 'answers');
      const customer = caller({ number, at, hangsUpAfterMs: 1_500 });
      const { contactId } = await eli.next('contact.connected');
      expect(contactId.startsWith(at === first ? 'pbx.' : 'pbx2.')).toBe(true);
      // Called by way of the second, the telephone's call is two of its channels, and none of its legs.
      if (at === first) expect([first.channels().length, second.channels().length]).toEqual([2, 2]);
      await Promise.all([customer.done, phone.done]);
      await eli.next('contact.ended');
    }
    await rig.isClean();
  });

  test('one is drained: its calls end in their own time, calls that come to it are told to try elsewhere, and the other serves them', async () => {
    const rig = await start({ callback: {} });
    const other = await rig.startOther();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const waiting = caller({ number, from: '+12025550177' });
    await rig.hasLegs('agent connected', 'customer answered', 'customer connected');
    rig.adapter.drain(true);
    await expect.poll(() => isDraining(rig, 'pbx')).toBe(true);
    // As a carrier does: to the first, and on 503 to the second.
    await caller({ number, from: '+12025550166', turnedAway: 503 }).done;
    const bob = await rig.agent('bob');
    // Who waits at the one that drains waits on, and is rung for there.
    const phoneOfBob = telephone('bob', 'answers');
    const taken = await bob.next('contact.connected');
    expect(taken.contactId).toMatch(/^pbx\./);
    await bob.call('contact.end', { contactId: taken.contactId });
    await Promise.all([waiting.done, phoneOfBob.done]);
    const again = telephone('bob', 'answers');
    const elsewhere = caller({ number, from: '+12025550166', at: second, hangsUpAfterMs: 1_500 });
    await bob.next('contact.connected', (one) => one.contactId.startsWith('pbx2.'));
    await Promise.all([elsewhere.done, again.done]);
    // What the router begins by itself it begins at the other.
    const phoneForCallback = telephone('bob', 'answers');
    const outside = telephone('carrier', { hangsUpAfterMs: 1_500 });
    const app = await rig.router.open('app', 'crm');
    await app.call('callback.request', { callbackId: 'back', queueId: 'sales', number: '+13035550111' });
    await rig.hasLegsAt(other, 'agent connected', 'called connected');
    await Promise.all([phoneForCallback.done, outside.done]);
    // The conversation has gone on all the while.
    await rig.hasLegs('agent connected', 'customer connected');
    expect(rig.said.join()).not.toContain('drained: nothing is left');
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await expect.poll(() => rig.said.join()).toContain('drained: nothing is left');
    await rig.isClean();
    // It stays after all.
    await bob.call('agent.notReady', { reason: 'lunch' });
    rig.adapter.drain(false);
    await expect.poll(() => isDraining(rig, 'pbx')).toBe(false);
    const phoneAtLast = telephone('ann', 'answers');
    const last = caller({ number, hangsUpAfterMs: 1_000 });
    await Promise.all([last.done, phoneAtLast.done]);
    await rig.isClean();
  });

  test('the router is restarted while one drains: it drains still, also to the router', async () => {
    const rig = await start();
    await rig.startOther();
    const { agent, contactId, customer, phone } = await conversation(rig);
    rig.adapter.drain(true);
    await expect.poll(() => isDraining(rig, 'pbx')).toBe(true);
    await rig.restartRouter();
    await rig.routed(rig.other);
    expect(await isDraining(rig, 'pbx')).toBe(true);
    await caller({ number, from: '+12025550166', turnedAway: 503 }).done;
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    // Another process takes calls: whoever drained the one before it has let it go.
    await rig.restartAdapter();
    await expect.poll(() => isDraining(rig, 'pbx')).toBe(false);
    await rig.isClean();
  });

  test('one dies while two talk at each: the other’s go on, and the agent of the lost call serves the next', async () => {
    const rig = await start();
    await rig.admin.call('switch.set', { switchId: 'pbx2', graceMs: 2_000 });
    await rig.startOther();
    const { agent: ann, contactId, customer, phone } = await conversation(rig);
    const bob = await rig.agent('bob');
    const phoneOfBob = telephone('bob', 'answers');
    const lost = caller({ number, from: '+12025550188', at: second });
    const lostContact = await bob.next('contact.connected');
    second.die();
    try {
      lost.end();
      phoneOfBob.end();
      expect(await rig.ended(lostContact.contactId)).toBe('switchLost');
      await rig.hasLegs('agent connected', 'customer connected');
      const next = telephone('bob', 'answers');
      const customerOfBob = caller({ number, from: '+12025550166', hangsUpAfterMs: 1_500 });
      await bob.next('contact.connected', (one) => one.contactId !== lostContact.contactId);
      await Promise.all([customerOfBob.done, next.done]);
    } finally {
      second.script('start');
    }
    await rig.routed(rig.other);
    expect(rig.said.join()).toContain('Asterisk was started anew');
    const again = telephone('bob', 'answers');
    const fromOther = caller({ number, from: '+12025550155', at: second, hangsUpAfterMs: 1_500 });
    await bob.next('contact.connected', (one) => one.contactId.startsWith('pbx2.'));
    await Promise.all([fromOther.done, again.done]);
    await ann.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });
});

const program = join(import.meta.dirname, '../journeys/serve.js');

test.skipIf(withoutAsterisk)('SIGUSR2 drains the process `strowger asterisk`, SIGUSR2 again ends that', async () => {
  const rig = await start();
  await rig.adapter.close();
  const folder = mkdtempSync(join(tmpdir(), 'strowger-drain-'));
  const config = join(folder, 'adapter.json');
  writeFileSync(config, JSON.stringify({ asterisk: credentials, telephones: { agent: 'PJSIP/{agentId}' } }));
  const where = ['--router', rig.router.url, '--listen', `127.0.0.1:${first.listenPort}`, '--config', config];
  const flags = ['asterisk', ...where, '--token', await tokenFor('switch', 'pbx')];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const hasSaid = (text: string) => expect.poll(() => said, { timeout: 20_000 }).toContain(text);
  await hasSaid('the router knows what is there');
  child.kill('SIGUSR2');
  await hasSaid('drained: nothing is left');
  await expect.poll(() => isDraining(rig, 'pbx')).toBe(true);
  await caller({ number, turnedAway: 503 }).done;
  child.kill('SIGUSR2');
  await expect.poll(() => isDraining(rig, 'pbx')).toBe(false);
  const agent = await rig.agent('ann');
  const phone = telephone('ann', 'answers');
  const customer = caller({ number, hangsUpAfterMs: 1_000 });
  await agent.next('contact.connected');
  await Promise.all([customer.done, phone.done]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
