// Which contact an explanation of stored rows is about: the one of that id, or the call that had it as another name.

import { expect, test } from 'vitest';
import { StoredRows } from '../../src/explain/stored-rows.ts';
import { DomainWorld } from '../domain/domain-world.ts';

test('a call that went on at another device is found by each of its names', async () => {
  const world = await DomainWorld.start();
  const call = { channel: 'voice', queueId: 'sales' };
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ann', capacity: { voice: 1 } });
  await world.ok('agent:ann', 'agent.login');
  await world.ok('agent:ann', 'agent.ready');
  await world.ok('app:crm', 'contact.create', { contactId: 'first', ...call });
  await world.ok('agent:ann', 'offer.accept', { offerId: 'o1.1' });
  const { moveToken } = await world.ok('app:crm', 'contact.moveToken', { contactId: 'first' });
  await world.ok('app:crm', 'contact.create', { contactId: 'second', ...call, moveToken });
  await world.ok('app:crm', 'contact.create', { contactId: 'another', ...call });
  await world.idle();
  await world.stop();
  const rows = new StoredRows(world.opened.tables, world.opened.journal);
  const found = (contactId: string) => rows.contactOf(contactId)?.created.contactId;
  expect(['first', 'second', 'another', 'nobody'].map(found)).toEqual(['first', 'first', 'another', undefined]);
});
