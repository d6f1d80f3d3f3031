// What persons leave behind is in tables that are declared personal and in no others: whatever erases a person has to look nowhere else
// (docs/on-disk-format.md). Texts that nothing else contains are sent in wherever a customer's data can be, and looked for in every row.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { TableAccess } from '../../src/engine/tick.ts';
import { DomainWorld, type Members } from './domain-world.ts';

let world: DomainWorld;
const pbx = 'switch:pbx';
const boss = 'supervisor:boss';
const caller = '+4930700800900';
const other = '+4930700800901';
const name = 'marked-customer';
const attribute = 'marked-attribute';
const message = 'https://pbx.example/marked-message';
const notes = 'marked-notes';
const digits = '55512399';
const handedOver = 'marked-handed-over';
const said = 'marked-text';
const signalled = 'marked-signal';

beforeEach(async () => {
  world = await DomainWorld.start();
  const policy = {
    wrapUpMs: 30_000,
    maxWaitMs: 10_000,
    whenTimedOut: 'voicemail',
    voicemail: {},
    callback: {},
    resumeWithinMs: 60_000,
  };
  const recording = { mode: 'always', consent: 'required' };
  const channels = ['voice', 'email', 'chat'];
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels,
    ...policy,
    recording,
    announceEveryMs: 5_000,
  });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 2, email: 1, chat: 1 } });
  await world.ok('admin:root', 'agent.set', { agentId: 'bob', capacity: { voice: 2 } });
  const hook = {
    webhookId: 'w',
    url: 'https://crm.example/',
    events: ['contact.finished'],
    secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  };
  await world.ok('admin:root', 'webhook.set', hook);
  await world.presence(pbx, true);
});

afterEach(async () => {
  await world.stop();
});

const create = (contactId: string, more: Members = {}) =>
  world.ok(pbx, 'contact.create', {
    contactId,
    legId: `${contactId}.leg`,
    channel: 'voice',
    queueId: 'sales',
    from: caller,
    identity: { scheme: 'member', value: name },
    attributes: { said: attribute },
    ...more,
  });

/** Does all that the switch is asked for, and reports those that it rings as there. */
async function switchDoes(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) {
    for (const asked of world.asked()) {
      await world.answerTo(asked);
      if (asked.method === 'leg.ring') await world.ok(pbx, 'leg.answered', { legId: asked.params.legId });
    }
    await world.idle();
  }
}

/** The names of the tables in which a text is. */
function tablesWith(text: string): string[] {
  const tables = new TableAccess(world.harness.partition.tables);
  const holding = world.modules
    .flatMap((module) => module.tables)
    .filter((table) => JSON.stringify(tables.range(table, { limit: 10_000 })).includes(text));
  for (const table of holding)
    expect(`${table.name} is personal: ${table.personal}`).toBe(`${table.name} is personal: true`);
  return holding.map((table) => table.name);
}

test('what a customer leaves is in personal tables alone, whatever the contact goes through', async () => {
  const found = new Map<string, Set<string>>();
  const look = () => {
    for (const text of [caller, other, name, attribute, message, notes, digits, handedOver, said, signalled])
      found.set(text, new Set([...(found.get(text) ?? []), ...tablesWith(text)]));
  };
  // A message, from the moment in which it is asked for.
  await create('c1');
  await world.pass(10_001);
  look();
  await world.ok(pbx, 'leg.recorded', { legId: 'c1.leg', ends: 'complete', recording: message, recordedMs: 900 });
  look();
  await switchDoes();
  look();
  const { contacts } = await world.ok('app:crm', 'contact.list', {});
  await world.ok(boss, 'contact.end', { contactId: (contacts as Members[])[0]!.contactId });
  look();
  // Served, recorded, on hold, asked about and handed over to somebody outside.
  for (const agentId of ['ada', 'bob']) {
    await world.ok(`agent:${agentId}`, 'agent.login');
    await world.ok(`agent:${agentId}`, 'agent.ready');
  }
  await create('c2', { recordingConsent: true });
  await switchDoes();
  expect(await world.ok('app:crm', 'contact.get', { contactId: 'c2' })).toMatchObject({ state: 'connected' });
  await world.ok(boss, 'contact.gather', { contactId: 'c2', digits: digits.length });
  await switchDoes();
  look();
  await world.ok(pbx, 'leg.digits', { legId: 'c2.leg', digits, ends: 'complete' });
  await world.ok(boss, 'contact.hold', { contactId: 'c2' });
  look();
  await switchDoes();
  await world.ok(boss, 'contact.resume', { contactId: 'c2' });
  await switchDoes();
  await world.ok(boss, 'contact.consult', { contactId: 'c2', to: { number: other } });
  look();
  await switchDoes();
  look();
  await world.ok(boss, 'contact.conference', { contactId: 'c2' });
  await switchDoes();
  look();
  await world.ok(pbx, 'leg.ended', { legId: 'c2.leg' });
  await switchDoes();
  look();
  await world.ok(boss, 'contact.wrapUpDone', { contactId: 'c2', disposition: 'sold', notes });
  await switchDoes();
  look();
  // Handed over by a platform, and never come; come, with a serial that is wrong.
  await world.ok('admin:root', 'numberPlan.set', {
    planId: 'n',
    range: { prefix: '900' },
    accessIdLength: 4,
    serialLength: 8,
  });
  await world.ok('admin:root', 'platform.set', { platformId: 'a', accessId: '9001' });
  await world.ok('app:crm', 'handover.put', { platformId: 'a', data: { said: handedOver } });
  const { originalCalled } = await world.ok('app:crm', 'handover.put', {
    platformId: 'a',
    data: { said: handedOver },
    identity: { scheme: 'member', value: name },
  });
  look();
  await create('c4', { originalCalled });
  await create('c5', { originalCalled });
  look();
  for (const contactId of ['c4', 'c5']) await world.ok(pbx, 'contact.cancel', { contactId });
  // A chat, with what browsers tell each other.
  const chat = { contactId: 'c6', channel: 'chat', queueId: 'sales', identity: { scheme: 'member', value: name } };
  await world.ok('app:crm', 'contact.create', chat);
  const { contacts: chats } = await world.ok('agent:ada', 'contact.list', {});
  await world.ok('agent:ada', 'offer.accept', { offerId: (chats as Members[])[0]!.offerId });
  await world.ok('app:crm', 'contact.send', { contactId: 'c6', messageId: 'm1', message: { text: said } });
  await world.ok('app:crm', 'contact.signal', { contactId: 'c6', data: { description: signalled } });
  look();
  await world.ok('agent:ada', 'contact.end', { contactId: 'c6' });
  await world.ok(boss, 'contact.wrapUpDone', { contactId: 'c6' });
  look();
  // Gone, with a place that is kept; called back; blocked.
  for (const who of ['ada', 'bob'])
    await world.ok(boss, 'agent.force', { agentId: who, state: 'notReady', reason: 'talk' });
  await create('c3');
  await world.ok(pbx, 'contact.cancel', { contactId: 'c3' });
  look();
  await world.ok(pbx, 'callback.request', {
    callbackId: 'b',
    queueId: 'sales',
    number: caller,
    identity: { scheme: 'member', value: name },
  });
  look();
  await world.pass(1_000);
  look();
  await world.ok(boss, 'caller.block', { number: caller });
  look();

  expect(Object.fromEntries([...found].map(([text, tables]) => [text, [...tables].sort()]))).toMatchInlineSnapshot(`
    {
      "+4930700800900": [
        "blockedCallers",
        "callbacks",
        "contactRecords",
        "contacts",
        "deliveries",
        "legRequests",
        "places",
        "timelineNotes",
        "voicemails",
        "wrongSerials",
      ],
      "+4930700800901": [
        "contactRecords",
        "contacts",
        "deliveries",
        "legRequests",
        "outsideCalls",
      ],
      "55512399": [],
      "https://pbx.example/marked-message": [
        "contactRecords",
        "contacts",
        "deliveries",
        "voicemails",
      ],
      "marked-attribute": [
        "contacts",
        "voicemails",
      ],
      "marked-customer": [
        "callbacks",
        "contactRecords",
        "contacts",
        "customers",
        "deliveries",
        "handovers",
        "identities",
        "places",
        "timelineNotes",
        "voicemails",
      ],
      "marked-handed-over": [
        "contacts",
        "handovers",
      ],
      "marked-notes": [
        "contactRecords",
        "contacts",
        "deliveries",
      ],
      "marked-signal": [
        "signals",
      ],
      "marked-text": [
        "messages",
      ],
    }
  `);
});
