// What happens to a call that is served, or that waits: sent on, asked about, told things, recorded, listened to; and calls that begin
// with an agent or with the router.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { sleep } from '../journeys/router-harness.ts';
import { first, root } from './real-asterisk.ts';
import { closeRigs, conversation, number, type Rig, start } from './rig.ts';
import { caller, telephone } from './sipp.ts';
import { callAndSpeak } from './speaking.ts';

afterEach(closeRigs);

/** By Asterisk's own account. */
const areInBridges = (...counts: number[]) =>
  expect.poll(() => first.inBridges(), { timeout: 10_000, interval: 200 }).toEqual(counts);

const log = join(root, 'var/log/asterisk/messages.log');
/** What has been played since. */
function listening(): () => string[] {
  const from = statSync(log).size;
  return () =>
    [
      ...readFileSync(log, 'utf8')
        .slice(from)
        .matchAll(/Playing '([^']+?)(?:\.\w+)?'/g),
    ].map(([, name]) => name!);
}

const recordings = () => join(root, 'var/spool/asterisk/recording');
const recorded = (name: string) =>
  existsSync(recordings()) ? readdirSync(recordings()).filter((one) => one.includes(name)) : [];

describe.skipIf(inject('withoutAsterisk') !== '')('with a real Asterisk', () => {
  test('a call is sent to another agent: the first one’s telephone is let go, and the caller waits with music in between', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const next = telephone('bob', 'answers');
    const bob = await rig.agent('bob');
    await agent.call('contact.transfer', { contactId, to: { agentId: 'bob' } });
    await phone.done;
    await bob.next('contact.connected');
    await areInBridges(2);
    await bob.call('contact.end', { contactId });
    await Promise.all([customer.done, next.done]);
    await rig.isClean();
  });

  test('a call is sent to another queue', async () => {
    const rig = await start();
    await rig.admin.call('queue.set', { queueId: 'service', channels: ['voice'] });
    const { agent, contactId, customer, phone } = await conversation(rig);
    await rig.admin.call('agent.set', { agentId: 'ann', queues: ['sales'], capacity: { voice: 1 } });
    await agent.call('contact.transfer', { contactId, to: { queueId: 'service' } });
    await phone.done;
    await rig.hasLegs('customer answered');
    await expect.poll(() => [...rig.adapter.switch.legs.values()][0]?.hasMusic).toBe(true);
    const next = telephone('bob', 'answers');
    const bob = await rig.agent('bob', { queues: ['service'] });
    await bob.next('contact.connected');
    await bob.call('contact.end', { contactId });
    await Promise.all([customer.done, next.done]);
    await rig.isClean();
  });

  test('a colleague is asked while the caller hears music, there is a conference, and the colleague has the call', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const other = telephone('bob', 'answers');
    const bob = await rig.agent('bob');
    await agent.call('contact.consult', { contactId, to: { agentId: 'bob' } });
    await bob.next('contact.connected');
    await rig.hasLegs('agent connected', 'agent connected', 'customer held');
    await areInBridges(2);
    await agent.call('contact.conference', { contactId });
    expect(await agent.next('contact.conference')).toMatchObject({ contactId, on: true });
    await areInBridges(3);
    await agent.call('contact.transfer', { contactId, mode: 'attended' });
    await phone.done;
    await rig.hasLegs('agent connected', 'customer connected');
    await areInBridges(2);
    await bob.call('contact.end', { contactId });
    await Promise.all([customer.done, other.done]);
    await rig.isClean();
  });

  test('a colleague who was asked hangs up: the caller is with the agent again', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const other = telephone('bob', { hangsUpAfterMs: 700 });
    const bob = await rig.agent('bob');
    await agent.call('contact.consult', { contactId, to: { agentId: 'bob' } });
    await bob.next('contact.connected');
    await other.done;
    await agent.call('contact.resume', { contactId }).catch(() => {});
    await rig.hasLegs('agent connected', 'customer connected');
    await areInBridges(2);
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('a call is sent to a number outside, and is over for the agents when the two are joined', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const outside = telephone('carrier', { hangsUpAfterMs: 1_000 });
    await agent.call('contact.transfer', { contactId, to: { number: '+13035550111' } });
    await phone.done;
    await rig.hasLegs('called connected', 'customer connected');
    await Promise.all([outside.done, customer.done]);
    await rig.isClean();
  });

  test('an agent calls out: its own telephone first, then the number', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const outside = telephone('carrier', 'answers');
    await agent.call('contact.dial', { contactId: 'out-1', lineId: 'ann.1', to: { number: '+13035550111' } });
    await agent.next('contact.connected');
    await areInBridges(2);
    await agent.call('contact.end', { contactId: 'out-1' });
    await Promise.all([phone.done, outside.done]);
    await rig.isClean();
  });

  test('a customer is called back', async () => {
    const rig = await start({ callback: {} });
    const phone = telephone('ann', 'answers');
    const outside = telephone('carrier', { hangsUpAfterMs: 800 });
    const agent = await rig.agent('ann');
    const app = await rig.router.open('app', 'crm');
    await app.call('callback.request', { callbackId: 'back', queueId: 'sales', number: '+13035550111' });
    const { contactId } = await agent.next('contact.connected');
    await Promise.all([phone.done, outside.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('several telephones ring at once: who answers has the call, and the others missed none', async () => {
    const rig = await start({ select: 'ringAll' });
    const [ann, bob] = [await rig.agent('ann'), await rig.agent('bob')];
    const ringing = telephone('ann', 'rings');
    const answering = telephone('bob', 'answers');
    const customer = caller({ number, hangsUpAfterMs: 2_500 });
    await bob.next('contact.connected');
    expect(await ann.next('offer.withdrawn')).toMatchObject({ why: 'answeredElsewhere' });
    await Promise.all([customer.done, ringing.done, answering.done]);
    await rig.isClean();
  });

  test('who waits is told the place, and hears music again', async () => {
    const rig = await start({ announceEveryMs: 60_000 });
    const played = listening();
    const customer = caller({ number, hangsUpAfterMs: 10_000 });
    await expect.poll(played, { timeout: 10_000 }).toEqual(expect.arrayContaining(['queue-youarenext']));
    await expect.poll(() => [...rig.adapter.switch.legs.values()][0]?.hasMusic, { timeout: 10_000 }).toBe(true);
    await customer.done;
    await rig.isClean();
  });

  test('digits are asked for, and what the caller presses comes to who asked', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig, {
      presses: { afterMs: 3_000, keys: '471' },
      hangsUpAfterMs: 1_500,
    });
    const played = listening();
    await agent.call('contact.gather', { contactId, digits: 3, prompt: 'vm-intro', timeoutMs: 10_000 });
    expect(await agent.next('contact.gathered')).toMatchObject({ contactId, digits: '471', ends: 'complete' });
    expect(played()).toContain('vm-intro');
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('a conversation is recorded, with a pause', async () => {
    const rig = await start({ recording: { mode: 'onRequest', consent: 'notRequired' } });
    const { agent, contactId, customer, phone } = await conversation(rig);
    for (const recording of ['on', 'pause', 'on', 'off'] as const) {
      await agent.call('contact.recording', { contactId, recording });
      expect(await agent.next('contact.recording')).toMatchObject({ recording });
    }
    await expect.poll(() => recorded(contactId)).toEqual([expect.stringMatching(/\.wav$/)]);
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  const voicemail = { channels: ['voice' as const, 'email' as const], whenNobody: 'voicemail' as const };
  const messagesOf = async (rig: Rig) =>
    (await rig.admin.call('contact.list', {})).contacts.filter(({ channel }) => channel === 'email');

  test('who is not served leaves a message', async () => {
    const rig = await start({ ...voicemail, voicemail: { prompt: 'beep', recordMs: 3_000 } });
    await callAndSpeak(number);
    await expect.poll(() => messagesOf(rig), { timeout: 10_000 }).toHaveLength(1);
    await expect.poll(() => recorded('message.pbx')).not.toEqual([]);
    await rig.hasLegs();
  });

  test('who says nothing leaves no message', async () => {
    const rig = await start({ ...voicemail, voicemail: { prompt: 'beep' } });
    await caller({ number, presses: { afterMs: 3_500, keys: '#' } }).done;
    await rig.hasLegs();
    await rig.adapter.switch.reports.answered();
    expect(await messagesOf(rig)).toEqual([]);
  });

  test('a supervisor listens, whispers and barges in, and goes', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const telephoneOfDana = telephone('dana', 'answers');
    const dana = await rig.router.open('supervisor', 'dana');
    await dana.call('supervisor.listen', { contactId });
    expect(await dana.next('supervision.changed', ({ state }) => state === 'on')).toMatchObject({ mode: 'listen' });
    await areInBridges(2, 2);
    await dana.call('supervisor.whisper', { contactId });
    await dana.next('supervision.changed', ({ mode, state }) => mode === 'whisper' && state === 'on');
    await areInBridges(2, 2);
    await dana.call('supervisor.barge', { contactId });
    await dana.next('supervision.changed', ({ mode, state }) => mode === 'barge' && state === 'on');
    await areInBridges(3);
    await dana.call('supervisor.stop', { contactId });
    await telephoneOfDana.done;
    await areInBridges(2);
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('an adapter that is started anew finds who listens, who whispers and who has barged in', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const telephoneOfDana = telephone('dana', 'answers');
    const dana = await rig.router.open('supervisor', 'dana');
    for (const [mode, counts] of [
      ['listen', [2, 2]],
      ['whisper', [2, 2]],
      ['barge', [3]],
      ['listen', [2, 2]],
    ] as const) {
      await dana.call(`supervisor.${mode}`, { contactId });
      await dana.next('supervision.changed', (one) => one.mode === mode && one.state === 'on');
      await areInBridges(...counts);
      await rig.restartAdapter();
      await areInBridges(...counts);
      await rig.hasLegs('agent connected', 'agent connected', 'customer connected');
      // She is none of those who talk: a hold is of the customer and the agent.
      const talking = [...rig.adapter.switch.legs.values()].filter(({ others }) => others.length > 0);
      expect(talking.map(({ party }) => party).sort()).toEqual(['agent', 'customer']);
    }
    await dana.call('supervisor.stop', { contactId });
    await telephoneOfDana.done;
    await areInBridges(2);
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('an adapter that is started anew goes on with the recording that there is, and ends it', async () => {
    const rig = await start({ recording: { mode: 'onRequest', consent: 'notRequired' } });
    const { agent, contactId, customer, phone } = await conversation(rig);
    const set = async (recording: 'on' | 'pause' | 'off') => {
      await agent.call('contact.recording', { contactId, recording });
      expect(await agent.next('contact.recording')).toMatchObject({ recording });
    };
    await set('on');
    await rig.restartAdapter();
    await set('pause');
    await rig.restartAdapter();
    await set('on');
    const [name, ...others] = recorded(contactId);
    expect(others).toEqual([]);
    const size = () => statSync(join(recordings(), name!)).size;
    const before = size();
    await expect.poll(size, { timeout: 15_000 }).toBeGreaterThan(before);
    await rig.restartAdapter();
    await set('off');
    const after = size();
    await sleep(1_500);
    expect(size()).toBe(after);
    expect(recorded(contactId)).toEqual([name]);
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('a customer who calls from a second telephone is with the agent there, and the first call is over', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    const second = caller({ number });
    await agent.next('contact.moved');
    await customer.done;
    await rig.hasLegs('agent connected', 'customer connected');
    await areInBridges(2);
    await agent.call('contact.end', { contactId });
    await Promise.all([second.done, phone.done]);
    await rig.isClean();
  });
});
