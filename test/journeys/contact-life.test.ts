// One contact from its arrival to the end of its wrap-up, and what everybody is told of it, on both transports.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { transports } from '../transport/loadable-transports.ts';
import type { Party } from './party.ts';
import { JourneyRouter } from './router-harness.ts';

describe.each(transports)('over %s', (transport) => {
  let router: JourneyRouter;
  beforeAll(async () => {
    router = await JourneyRouter.start({ transport });
  });
  afterAll(() => router?.close());

  test('the router runs on the transport that was asked for', () => {
    expect(router.transport).toBe(transport);
  });

  test('a caller waits, is offered, answered, served and wrapped up, and everybody is told in order', async () => {
    const admin = await router.open('admin', 'boss');
    await admin.call('queue.set', { queueId: 'sales', channels: ['voice'], wrapUpMs: 60_000 });
    await admin.call('agent.set', { agentId: 'ann', queues: ['sales'], capacity: { voice: 1 } });
    const ann = await router.open('agent', 'ann');
    const sw = await router.open('switch', 'sw1');
    const sup = await router.open('supervisor', 'sup');
    const watched = await sup.call('supervisor.watch', { queues: ['sales'], agents: ['ann'] });
    expect(watched.queues).toMatchObject([{ queueId: 'sales', waiting: 0, arrived: 0, answered: 0 }]);
    expect(watched.agents).toMatchObject([{ agentId: 'ann', state: 'loggedOut', ready: false }]);

    const created = await sw.call('contact.create', {
      contactId: 'c1',
      channel: 'voice',
      queueId: 'sales',
      from: '+49401',
    });
    expect(created).toMatchObject({ contactId: 'c1', state: 'waiting', queueId: 'sales', waitedMs: 0 });
    await ann.call('agent.login', {});
    await ann.call('agent.ready', {});
    const offer = await ann.next('offer.created');
    expect(offer).toMatchObject({
      contactId: 'c1',
      lineId: 'ann.voice.1',
      contact: { channel: 'voice', from: '+49401', state: 'ringing', queueId: 'sales' },
    });
    expect(await ann.call('offer.accept', { offerId: offer.offerId })).toMatchObject({
      contactId: 'c1',
      state: 'connected',
      agentId: 'ann',
      lineId: 'ann.voice.1',
    });
    expect(await sw.call('contact.get', { contactId: 'c1' })).toMatchObject({ state: 'connected', agentId: 'ann' });
    expect(await sw.call('contact.end', { contactId: 'c1' })).toMatchObject({ contactId: 'c1', state: 'wrapUp' });
    expect(await ann.call('contact.wrapUpDone', { contactId: 'c1', disposition: 'sold' })).toMatchObject({
      state: 'ended',
    });
    await ann.next('agent.changed', ({ state }) => state === 'ready');
    expect(await sw.call('contact.get', { contactId: 'c1' })).toMatchObject({
      state: 'ended',
      why: 'byCustomer',
      agentId: 'ann',
      disposition: 'sold',
    });
    await sup.next(
      'queue.stats',
      ({ answered, waiting, agents }) => answered === 1 && waiting === 0 && agents.ready === 1,
    );

    expect(brief(ann)).toEqual([
      'line.changed free',
      'agent.changed notReady loggedIn',
      'offer.created c1',
      'line.changed ringing c1',
      'agent.changed ringing',
      'contact.connected c1',
      'line.changed connected c1',
      'agent.changed inService',
      'contact.ended c1 byCustomer',
      'contact.wrapUp c1',
      'line.changed wrapUp c1',
      'agent.changed wrapUp',
      'line.changed free',
      'agent.changed ready',
    ]);
    expect(brief(sw)).toEqual([
      'contact.queued c1 arrived',
      'contact.offered c1',
      'contact.connected c1',
      'contact.ended c1 byCustomer',
    ]);
    expect(brief(sup).filter((line) => !line.startsWith('queue.stats'))).toEqual([
      'agent.changed notReady loggedIn',
      'agent.changed ringing',
      'agent.changed inService',
      'agent.changed wrapUp',
      'agent.changed ready',
    ]);
    for (const { told } of [ann, sw, sup]) expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at + 1));

    const connected = sw.all('contact.connected')[0];
    expect(connected).toMatchObject({ agentId: 'ann', lineId: 'ann.voice.1' });
    expect(ann.all('contact.connected')[0]).toEqual(connected);
    const ended = sw.all('contact.ended')[0];
    expect(ended).toMatchObject({ agentId: 'ann', waitedMs: connected?.waitedMs });
    expect(await sw.call('contact.get', { contactId: 'c1' })).toMatchObject({
      waitedMs: ended?.waitedMs,
      servedMs: ended?.servedMs,
    });
  });

  test('a contact that finds a free agent rings at once, and wraps up by the clock', async () => {
    const admin = await router.open('admin', 'boss');
    await admin.call('queue.set', { queueId: 'chats', channels: ['chat'], wrapUpMs: 80 });
    await admin.call('agent.set', { agentId: 'bob', queues: ['chats'], capacity: { chat: 1 } });
    const bob = await router.open('agent', 'bob');
    const app = await router.open('app', 'site');
    await bob.call('agent.login', {});
    await bob.call('agent.ready', {});
    const created = await app.call('contact.create', { contactId: 'c2', channel: 'chat', queueId: 'chats' });
    expect(created).toMatchObject({ state: 'ringing', agentId: 'bob', lineId: 'bob.chat.1' });
    const { offerId } = await bob.next('offer.created');
    await bob.call('offer.accept', { offerId });
    await bob.call('contact.end', { contactId: 'c2' });
    const { untilMs } = await bob.next('contact.wrapUp');
    const free = await bob.next('agent.changed', ({ state, since }) => state === 'ready' && since >= untilMs);
    expect(free.ready).toBe(true);
    expect(brief(app)).toEqual(['contact.offered c2', 'contact.connected c2', 'contact.ended c2 byAgent']);
  });
});

/** Each thing that a party was told, as its name and the words that matter. */
function brief({ told }: Party): string[] {
  return told.map(({ event, params: { state, contactId, reason, why } }) =>
    [event, state, contactId, reason, why].filter((word) => word !== undefined).join(' '),
  );
}
