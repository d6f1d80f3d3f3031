// What all modules promise (STYLE rule 14): their memory is nothing but tables and core. After whatever a test did, modules
// loaded anew must answer every read, and give every caller the same state, as those that lived through it.

import { expect } from 'vitest';
import { statisticsIntervalMs } from '../../src/limits.ts';
import type { Call, DomainWorld, Members, Who } from './domain-world.ts';

export async function expectSurvivesLoad(world: DomainWorld): Promise<void> {
  await world.idle();
  const { callers, reads } = await everythingOf(world);
  const lived = world.readAll(world.modules, callers, reads);
  const anew = await world.readAnew(callers, reads);
  expect(anew).toEqual(lived);
}

/** Agents looked at one by one; agent.list shows them all. */
const AGENTS_MAX = 100;

/** All callers who have anything, and all reads of all things that there are. */
async function everythingOf(world: DomainWorld): Promise<{ callers: Who[]; reads: Call[] }> {
  const { queues } = (await world.ok('admin:root', 'queue.list', { limit: 1000 })) as { queues: Members[] };
  const { agents } = (await world.ok('admin:root', 'agent.list', { limit: 1000 })) as { agents: Members[] };
  const live = (await world.ok('app:crm', 'contact.list', { limit: 1000 })) as { contacts: Members[] };
  const ended = (await world.ok('app:crm', 'contact.list', { limit: 1000, state: 'ended' })) as { contacts: Members[] };
  const callers: Who[] = [
    'app:crm',
    'switch:pbx',
    'switch:other',
    'customer:anna',
    'customer:kim',
    'supervisor:boss',
    'admin:root',
  ];
  const reads: Call[] = [
    ['admin:root', 'queue.list', { limit: 1000 }],
    ['admin:root', 'agent.list', { limit: 1000 }],
    ['admin:root', 'tenant.get'],
    ['admin:root', 'switch.list', { limit: 1000 }],
    ['admin:root', 'callback.list', { limit: 1000 }],
    ['admin:root', 'config.export'],
    ['admin:root', 'webhook.list', { limit: 1000 }],
    ['admin:root', 'numberPlan.list', { limit: 1000 }],
    ['admin:root', 'platform.list', { limit: 1000 }],
    ['supervisor:boss', 'alert.list', { limit: 1000 }],
    ['app:crm', 'affinity.list', { limit: 1000 }],
    ['app:crm', 'rate.list', { limit: 1000 }],
    ['app:crm', 'document.list', { limit: 1000 }],
    ['customer:kim', 'document.list', { limit: 1000 }],
    ['app:crm', 'contact.list', { limit: 1000 }],
    ['app:crm', 'contact.list', { limit: 1000, state: 'ended' }],
    ['switch:pbx', 'contact.list', { limit: 1000 }],
  ];
  reads.push(['supervisor:boss', 'cdr.query', { limit: 1000 }]);
  const now = world.clock.now();
  const to = now - (now % statisticsIntervalMs) + statisticsIntervalMs;
  for (const of of ['queues', 'agents'])
    for (const by of ['each', 'all'])
      reads.push([
        'supervisor:boss',
        'statistics.query',
        { of, by, from: to - 4 * statisticsIntervalMs, to, intervalMs: statisticsIntervalMs, limit: 1000 },
      ]);
  for (const { queueId } of queues) reads.push(['app:crm', 'queue.estimate', { queueId }]);
  for (const { agentId } of agents.slice(-AGENTS_MAX)) {
    callers.push(`agent:${agentId}`);
    reads.push(
      [`agent:${agentId}`, 'agent.planned', { from: 0 }],
      [`agent:${agentId}`, 'document.list', { limit: 1000 }],
    );
    reads.push(['supervisor:boss', 'line.list', { agentId }], [`agent:${agentId}`, 'contact.list', { limit: 1000 }]);
  }
  reads.push(['supervisor:boss', 'rating.list', { limit: 1000 }]);
  for (const { agentId } of agents.slice(-AGENTS_MAX)) {
    reads.push(['supervisor:boss', 'rating.grade', { agentId }]);
    reads.push([`agent:${agentId as string}`, 'customer.served', { agentId, limit: 1000 }]);
  }
  const { accounts } = (await world.ok('app:crm', 'account.list', { limit: 1000 })) as { accounts: Members[] };
  reads.push(['app:crm', 'account.list', { limit: 1000 }], ['app:crm', 'payment.list', { limit: 1000 }]);
  for (const { accountId } of accounts) reads.push(['app:crm', 'account.statement', { accountId, limit: 1000 }]);
  for (const { contactId, customerId } of [...live.contacts, ...ended.contacts]) {
    reads.push(['app:crm', 'contact.get', { contactId }], ['supervisor:boss', 'contact.messages', { contactId }]);
    for (const { agentId } of agents.slice(0, 2))
      reads.push([`agent:${agentId as string}`, 'contact.signals', { contactId }]);
    reads.push(['app:crm', 'contact.signals', { contactId }]);
    if (customerId === undefined) continue;
    reads.push(['app:crm', 'customer.get', { customerId }], ['supervisor:boss', 'rating.grade', { customerId }]);
    reads.push(['supervisor:boss', 'customer.timeline', { customerId, limit: 1000 }]);
    reads.push(['admin:root', 'customer.export', { customerId, limit: 1000 }]);
  }
  return { callers, reads };
}
