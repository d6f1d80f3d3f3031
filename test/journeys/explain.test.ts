// contact.explain over real sockets: while a contact waits and afterwards, to whom it is told, after a restart, and of agents
// who are no more.

import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/protocol/explanation.ts';
import { accept, restart, startFloor } from './floor.ts';
import type { Party } from './party.ts';

async function explain(by: Party, contactId: string, more: { agentId?: string } = {}): Promise<Explanation> {
  return by.call('contact.explain', { contactId, ...more });
}

function textsOf({ steps }: Explanation): string[] {
  return steps.map(({ text }) => text);
}

describe('contact.explain', () => {
  test('tells why a caller waits although an agent is idle, and why another agent got the call', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { wrapUpMs: 0, ageingPerSecond: 0 });
    await floor.agent('ann', { skills: { german: 3 } });
    const bob = await floor.agent('bob', { skills: { german: 7 } });
    await floor.call('c1', 'sales', { requires: { all: [{ skill: 'german', level: 5 }] } });
    await accept(bob);
    await floor.call('c2', 'sales', { requires: { all: [{ skill: 'german', level: 5 }] } });
    await floor.call('c3', 'sales', { requires: { all: [{ skill: 'german', level: 5 }] }, priority: 9 });
    const supervisor = await router.open('supervisor', 'sue');

    const waits = await explain(supervisor, 'c2', { agentId: 'ann' });
    expect(waits).toMatchObject({ queueId: 'sales', channel: 'voice', toldBy: 'writer', stepsLeftOut: 0 });
    expect(textsOf(waits).slice(0, 4)).toEqual([
      'c2 came on voice for the queue sales. It requires german 5.',
      'Nobody was free: 1 has a skill at too low a level (ann) and 1 was busy on the channel (bob).',
      'ann has german at level 3, and level 5 was asked for.',
      'It joined the queue, as the first.',
    ]);
    expect(waits.steps.at(-1)).toMatchObject({ kind: 'waits' });

    await floor.hangUp('c1');
    expect((await accept(bob)).contactId).toBe('c3');
    await floor.hangUp('c3');
    expect((await accept(bob)).contactId).toBe('c2');
    const served = await explain(supervisor, 'c2');
    expect(textsOf(served).slice(2, -1)).toEqual([
      'It joined the queue, as the first.',
      'bob became free and took c3 rather than this one: c3 ranked 9 (priority 9), this one 0 (priority 0).',
      'bob became free and took it, the first of all that bob could serve.',
      'It rang at bob, on the line bob.voice.1.',
    ]);
    expect(served).toMatchObject({ agentId: 'bob', lineId: 'bob.voice.1' });
  });

  test('is for those who oversee the tenant, and for the switch that brought the contact', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    await floor.call('c1', 'sales');
    expect((await explain(floor.sw, 'c1')).contactId).toBe('c1');
    for (const role of ['admin', 'app', 'supervisor'] as const)
      expect(await router.rpc(role, 'me', 'contact.explain', { contactId: 'c1' })).toHaveProperty('result.steps');
    const refusalFor = async (role: 'switch' | 'agent' | 'customer' | 'admin', params: object) =>
      (await router.rpc(role, 'other', 'contact.explain', params)).error?.data?.refusal;
    expect(await refusalFor('switch', { contactId: 'c1' })).toBe('contact_not_found');
    expect(await refusalFor('agent', { contactId: 'c1' })).toBe('not_allowed_for_role');
    expect(await refusalFor('customer', { contactId: 'c1' })).toBe('not_allowed_for_role');
    expect(await refusalFor('admin', { contactId: 'c2' })).toBe('contact_not_found');
    expect(await refusalFor('admin', { contactId: 'c1', agentId: 'nobody' })).toBe('agent_not_found');
  });

  test('knows after a restart what was decided before it, and what the restart did', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { offerMs: 60_000 });
    const ann = await floor.agent('ann');
    await floor.call('c1', 'sales');
    await ann.next('offer.created');
    await restart(router, [ann]);
    const [offer] = ann.state.offers as { offerId: string }[];
    await ann.call('offer.accept', { offerId: offer!.offerId });
    const steps = (await explain(await router.open('app', 'crm'), 'c1')).steps;
    expect(steps.map(({ kind }) => kind)).toEqual([
      'arrived',
      'searched',
      'offered',
      'resumed',
      'offered',
      'connected',
    ]);
    expect(steps[4]!.text).toBe('It rang anew at ann, on the line ann.voice.1: the router had been away.');
  });

  test('never takes an agent for another who has its handle now', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { wrapUpMs: 0 });
    const ann = await floor.agent('ann');
    await floor.call('c1', 'sales');
    await accept(ann);
    await floor.hangUp('c1');
    await ann.call('agent.logout', { when: 'now' });
    await floor.admin.call('agent.remove', { agentId: 'ann' });
    await restart(router, [floor.admin]);
    // The handle that was the highest is free again after a start.
    await floor.admin.call('agent.set', { agentId: 'zoe', capacity: { voice: 1 } });
    const explanation = await explain(floor.admin, 'c1');
    expect(JSON.stringify(explanation)).not.toMatch(/zoe|"ann"/);
    expect(textsOf(explanation).slice(1, 3)).toEqual([
      'An agent who has been removed since was the only one free and was chosen.',
      'It rang at an agent who has been removed since.',
    ]);
  });
});
