// The floor of a contact centre, set up in a line or two: queues, and agents who sit and are ready.

import { onTestFinished } from 'vitest';
import type { EventParams } from '../../src/protocol/events.ts';
import type { Params } from '../../src/protocol/methods.ts';
import type { Party } from './party.ts';
import { JourneyRouter, lastingPort } from './router-harness.ts';

type Create = Omit<Params<'contact.create'>, 'contactId' | 'queueId' | 'channel'>;

export class Floor {
  readonly router: JourneyRouter;
  readonly admin: Party;
  readonly sw: Party;

  private constructor(router: JourneyRouter, admin: Party, sw: Party) {
    this.router = router;
    this.admin = admin;
    this.sw = sw;
  }

  static async of(router: JourneyRouter): Promise<Floor> {
    return new Floor(router, await router.open('admin', 'boss'), await router.open('switch', 'sw1'));
  }

  queue(queueId: string, policy: Partial<Params<'queue.set'>> = {}) {
    return this.admin.call('queue.set', { channels: ['voice'], ...policy, queueId });
  }

  /** Made, logged in and ready. */
  async agent(agentId: string, given: Partial<Params<'agent.set'>> = {}): Promise<Party> {
    const agent = await this.seated(agentId, given);
    await agent.call('agent.ready', {});
    return agent;
  }

  async seated(agentId: string, given: Partial<Params<'agent.set'>> = {}): Promise<Party> {
    await this.admin.call('agent.set', { capacity: { voice: 1 }, ...given, agentId });
    const agent = await this.router.open('agent', agentId);
    await agent.call('agent.login', {});
    return agent;
  }

  call(contactId: string, queueId: string, more: Create & { channel?: string } = {}) {
    return this.sw.call('contact.create', { channel: 'voice', ...more, contactId, queueId });
  }

  hangUp(contactId: string) {
    return this.sw.call('contact.end', { contactId });
  }

  /** Where the contact rings next. */
  async ringing(contactId: string): Promise<EventParams<'contact.offered'>> {
    return this.sw.next('contact.offered', (offered) => offered.contactId === contactId);
  }
}

/** For one test: on a router of its own, that can be stopped and started again at the same address. */
export async function startFloor(): Promise<{ router: JourneyRouter; floor: Floor }> {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  onTestFinished(() => router.close());
  return { router, floor: await Floor.of(router) };
}

/** Stops and starts again, and waits until all of these have the full state of the new process. */
export async function restart(
  router: JourneyRouter,
  parties: readonly Party[],
  meanwhile?: () => void | Promise<void>,
): Promise<void> {
  const before = parties.map(({ client }) => client.session.sessionEpoch);
  await router.stop();
  await meanwhile?.();
  await router.startAgain();
  for (const [at, party] of parties.entries()) {
    const { client } = party;
    await party.until('its session', () => client.isOpen && client.session.sessionEpoch !== before[at]);
  }
}

/** Takes the next offer, or the next for this contact. */
export async function accept(agent: Party, contactId?: string): Promise<EventParams<'offer.created'>> {
  const offer = await agent.next('offer.created', (made) => contactId === undefined || made.contactId === contactId);
  await agent.call('offer.accept', { offerId: offer.offerId });
  return offer;
}
