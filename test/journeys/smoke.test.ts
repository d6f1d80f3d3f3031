// One contact from end to end, with a restart in the middle, on whatever transport loads: what must work under every
// version of Node. Run it alone under another binary: `node24 node_modules/vitest/vitest.mjs run test/journeys/smoke.test.ts`

import { expect, test } from 'vitest';
import { lastingPort, RouterProcess, temporaryFolder } from './router-harness.ts';

test(`a contact is routed and served across a restart, under Node ${process.version}`, async () => {
  const first = await new RouterProcess({ folder: temporaryFolder(), port: await lastingPort() }).listening();
  const admin = await first.open('admin', 'boss');
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'], wrapUpMs: 50 });
  await admin.call('agent.set', { agentId: 'ann', capacity: { voice: 1 }, skills: { english: 5 } });
  const [ann, sw] = [await first.open('agent', 'ann'), await first.open('switch', 'sw1')];
  await ann.call('agent.login', {});
  await ann.call('agent.ready', {});
  const requires = { all: [{ skill: 'english', level: 3 }] };
  await sw.call('contact.create', { contactId: 'c1', queueId: 'sales', channel: 'voice', requires });
  const { offerId } = await ann.next('offer.created');
  await ann.call('offer.accept', { offerId });

  expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const second = await new RouterProcess(first.settings).listening();
  try {
    await ann.until('its session', () => ann.client.isOpen && ann.states.length === 2);
    expect(ann.state).toMatchObject({ contacts: [{ contactId: 'c1', state: 'connected' }] });
    await sw.call('contact.end', { contactId: 'c1' });
    const wrapUp = await ann.next('agent.changed', ({ state }) => state === 'wrapUp');
    await ann.next('agent.changed', ({ state, since }) => state === 'ready' && since > wrapUp.since);
    expect(await sw.call('contact.get', { contactId: 'c1' })).toMatchObject({ state: 'ended', why: 'byCustomer' });
    expect([first.stderr, second.stderr]).toEqual(['', '']);
  } finally {
    await second.close();
    await first.close();
  }
});
