// Refusals as precedence tables: a row is a request in a world where several things are wrong with it at once, and the
// first of the method's ladder is what it is refused with. One table a method; `done` is a row that must succeed.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { generalRefusals, repetitionRefusals } from '../../src/protocol/methods/method.ts';
import { type MethodName, methods } from '../../src/protocol/methods.ts';
import type { RefusalName } from '../../src/protocol/refusals.ts';
import { DomainWorld, type Members, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

/**
 * The world of the tables:
 *   queues  sales (voice, chat), full (voice, nobody may wait), spare (voice; named by tess), empty (voice)
 *   agents  ada (in service with live, ringing: nothing), bob (ringing with rings), cid (ready for chat, waited for),
 *           tess (logged out, serves spare)
 *   contacts of switch:pbx: live (at ada), rings (offer o2.1 at bob), waits (waiting), over (ended), wraps (in wrap-up at dan)
 */
beforeEach(async () => {
  world = await DomainWorld.start();
  const set = (queueId: string, more: Members = {}) =>
    world.ok('admin:root', 'queue.set', { queueId, channels: ['voice', 'chat'], ...more });
  await set('sales', { wrapUpMs: 60_000 });
  await set('full', { channels: ['voice'], maxWaiting: 0 });
  await set('spare');
  await set('empty');
  const agent = (agentId: string, more: Members = {}) =>
    world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 }, queues: ['sales'], ...more });
  await agent('ada');
  await agent('dan');
  await agent('bob');
  await agent('tess', { queues: ['spare'] });
  const create = (contactId: string, more: Members = {}) =>
    world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...more });
  const seat = async (agentId: string) => {
    await world.ok(`agent:${agentId}`, 'agent.login');
    await world.ok(`agent:${agentId}`, 'agent.ready');
  };
  await seat('ada');
  await create('live');
  await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
  await seat('dan');
  await create('wraps');
  await world.ok('agent:dan', 'offer.accept', { offerId: 'o2.1' });
  await world.ok('agent:dan', 'contact.end', { contactId: 'wraps' });
  await seat('bob');
  await create('rings');
  await create('waits');
  await create('over');
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'over' });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const tables: Partial<Record<MethodName, string>> = {
  'contact.create': `
    switch:pbx   {"contactId":"live","channel":"fax","queueId":"none","agentId":"none"}            contact_exists_with_different_content
    switch:pbx   {"contactId":"over","channel":"voice","queueId":"full"}                           contact_exists_with_different_content
    switch:other {"contactId":"waits","channel":"voice","queueId":"sales"}                         contact_exists_with_different_content
    switch:pbx   {"contactId":"waits","channel":"voice","queueId":"sales"}                         done
    switch:pbx   {"contactId":"new","channel":"fax","queueId":"none","agentId":"none"}             queue_not_found
    switch:pbx   {"contactId":"new","channel":"fax","queueId":"full","agentId":"none"}             channel_not_in_queue
    switch:pbx   {"contactId":"new","channel":"chat","queueId":"full","agentId":"none"}            channel_not_in_queue
    switch:pbx   {"contactId":"new","channel":"voice","queueId":"full","agentId":"none"}           agent_not_found
    switch:pbx   {"contactId":"new","channel":"voice","queueId":"full","agentId":"ada"}            queue_full
    switch:pbx   {"contactId":"new","channel":"voice","queueId":"full"}                            queue_full
    customer:eve {"contactId":"new","channel":"voice","queueId":"sales"}                           done`,
  'contact.update': `
    switch:pbx   {"contactId":"none","priority":1}                                                 contact_not_found
    switch:other {"contactId":"waits","priority":1}                                                contact_not_found
    switch:other {"contactId":"over","priority":1}                                                 contact_not_found
    switch:pbx   {"contactId":"over","priority":1}                                                 contact_already_ended
    switch:pbx   {"contactId":"wraps","attributes":{}}                                             contact_already_ended
    switch:pbx   {"contactId":"live","priority":1}                                                 contact_already_connected
    switch:pbx   {"contactId":"live","attributes":{"a":1}}                                         done
    switch:pbx   {"contactId":"rings","priority":1}                                                done
    app:crm      {"contactId":"waits","priority":1}                                                done`,
  'contact.cancel': `
    switch:pbx   {"contactId":"none"}    contact_not_found
    switch:other {"contactId":"live"}    contact_not_found
    customer:eve {"contactId":"over"}    contact_not_found
    switch:pbx   {"contactId":"live"}    contact_already_connected
    switch:pbx   {"contactId":"wraps"}   contact_already_ended
    switch:pbx   {"contactId":"over"}    contact_already_ended
    switch:pbx   {"contactId":"rings"}   done
    switch:pbx   {"contactId":"waits"}   done`,
  'contact.end': `
    switch:pbx   {"contactId":"none"}    contact_not_found
    switch:other {"contactId":"live"}    contact_not_found
    agent:bob    {"contactId":"live"}    contact_not_found
    agent:bob    {"contactId":"rings"}   not_allowed_for_role
    agent:dan    {"contactId":"wraps"}   contact_already_ended
    switch:pbx   {"contactId":"over"}    contact_already_ended
    agent:ada    {"contactId":"live"}    done
    switch:pbx   {"contactId":"waits"}   done`,
  'contact.wrapUpDone': `
    agent:dan    {"contactId":"none"}    contact_not_found
    agent:ada    {"contactId":"wraps"}   contact_not_found
    agent:ada    {"contactId":"live"}    contact_not_in_wrap_up
    app:crm      {"contactId":"waits"}   contact_not_in_wrap_up
    app:crm      {"contactId":"over"}    contact_not_in_wrap_up
    agent:dan    {"contactId":"wraps"}   done`,
  'contact.wrapUpExtend': `
    agent:dan    {"contactId":"none","byMs":1}           contact_not_found
    agent:ada    {"contactId":"wraps","byMs":1}          contact_not_found
    agent:ada    {"contactId":"live","byMs":1}           contact_not_in_wrap_up
    app:crm      {"contactId":"waits","byMs":1}          contact_not_in_wrap_up
    app:crm      {"contactId":"over","byMs":1}           contact_not_in_wrap_up
    agent:dan    {"contactId":"wraps","byMs":604800000}  wrap_up_too_long
    agent:dan    {"contactId":"wraps","byMs":1}          done`,
  'contact.get': `
    switch:pbx   {"contactId":"none"}    contact_not_found
    switch:other {"contactId":"waits"}   contact_not_found
    agent:ada    {"contactId":"waits"}   contact_not_found
    agent:ada    {"contactId":"over"}    contact_not_found
    agent:ada    {"contactId":"live"}    done
    supervisor:s {"contactId":"over"}    done`,
  'contact.list': `
    switch:pbx   {"queueId":"none"}      queue_not_found
    switch:pbx   {"queueId":"sales"}     done`,
  'offer.accept': `
    agent:ada    {"offerId":"nonsense"}  offer_no_longer_open
    agent:ada    {"offerId":"o99.1"}     offer_no_longer_open
    agent:bob    {"offerId":"o3.9"}      offer_no_longer_open
    agent:bob    {"offerId":"o1.1"}      offer_no_longer_open
    agent:ada    {"offerId":"o3.1"}      offer_not_yours
    agent:gone   {"offerId":"o3.1"}      offer_not_yours
    agent:bob    {"offerId":"o3.1"}      done
    agent:bob    {"offerId":"o3.1"}      done`,
  'offer.reject': `
    agent:ada    {"offerId":"nonsense"}  offer_no_longer_open
    agent:ada    {"offerId":"o1.1"}      offer_no_longer_open
    agent:ada    {"offerId":"o3.1"}      offer_not_yours
    agent:bob    {"offerId":"o3.1"}      done
    agent:bob    {"offerId":"o3.1"}      offer_no_longer_open`,
  'queue.get': `
    admin:root   {"queueId":"none"}      queue_not_found
    admin:root   {"queueId":"sales"}     done`,
  'queue.remove': `
    admin:root   {"queueId":"none"}      queue_not_found
    admin:root   {"queueId":"sales"}     queue_not_empty
    admin:root   {"queueId":"spare"}     queue_named_by_agents
    admin:root   {"queueId":"empty"}     done
    admin:root   {"queueId":"empty"}     queue_not_found`,
  'queue.estimate': `
    switch:pbx   {"queueId":"none"}      queue_not_found
    switch:pbx   {"queueId":"sales"}     done`,
  'agent.set': `
    admin:root   {"agentId":"new","capacity":{"voice":1},"queues":["none"]}    queue_not_found
    admin:root   {"agentId":"ada","capacity":{"voice":1},"queues":["none"]}    queue_not_found
    admin:root   {"agentId":"new","capacity":{"voice":1}}                      done`,
  'agent.get': `
    agent:none   {}                      agent_not_found
    admin:root   {"agentId":"none"}      agent_not_found
    agent:ada    {}                      done`,
  'agent.remove': `
    admin:root   {"agentId":"none"}      agent_not_found
    admin:root   {"agentId":"ada"}       agent_logged_in
    admin:root   {"agentId":"tess"}      done
    admin:root   {"agentId":"tess"}      agent_not_found`,
  'agent.login': `
    agent:none   {"lines":[{"lineId":"ada.voice.1","channel":"chat"}]}                                          agent_not_found
    agent:tess   {"lines":[{"lineId":"ada.voice.1","channel":"chat"},{"lineId":"x","channel":"voice"}]}         agent_has_no_line_for_channel
    agent:tess   {"lines":[{"lineId":"ada.voice.1","channel":"voice"},{"lineId":"x","channel":"voice"}]}        too_many_lines
    agent:tess   {"lines":[{"lineId":"ada.voice.1","channel":"voice"}]}                                         line_id_taken
    agent:ada    {"lines":[{"lineId":"other","channel":"voice"}]}                                               agent_in_contact
    agent:tess   {"lines":[{"lineId":"x","channel":"voice"}]}                                                   done
    agent:ada    {}                                                                                             done`,
  'agent.logout': `
    agent:none   {"when":"now"}          agent_not_found
    agent:ada    {"when":"now"}          agent_in_contact
    agent:ada    {"when":"idle"}         done
    agent:tess   {"when":"now"}          done`,
  'agent.ready': `
    agent:none   {}                      agent_not_found
    agent:tess   {}                      agent_not_logged_in
    agent:ada    {"channels":["voice"]}  done`,
  'agent.notReady': `
    agent:none   {"reason":"lunch"}      agent_not_found
    agent:tess   {"reason":"lunch"}      agent_not_logged_in
    agent:bob    {"reason":"lunch"}      done`,
  'agent.setOneRinging': `
    agent:none   {"on":true}             agent_not_found
    agent:tess   {"on":true}             agent_not_logged_in
    agent:ada    {"on":false}            done`,
  'line.list': `
    admin:root   {"agentId":"none"}      agent_not_found
    agent:ada    {}                      done`,
  'customer.get': `
    app:crm      {"customerId":"c1"}                               customer_not_found
    app:crm      {"customerId":"nonsense"}                         customer_not_found
    app:crm      {"identity":{"scheme":"tel","value":"+491"}}      customer_not_found`,
  'affinity.set': `
    app:crm      {"customerId":"c9","agentId":"none","queueId":"none"}   customer_not_found
    app:crm      {"customerId":"nonsense","agentId":"ada"}               customer_not_found`,
  'affinity.get': `
    app:crm      {"customerId":"c9","queueId":"none"}                    customer_not_found`,
  'affinity.list': `
    app:crm      {"customerId":"c9"}                                     customer_not_found`,
  'affinity.remove': `
    app:crm      {"customerId":"c9"}                                     customer_not_found`,
  'supervisor.watch': `
    supervisor:s {"queues":["none"],"agents":["none"]}             queue_not_found
    supervisor:s {"queues":["sales"],"agents":["none"]}            agent_not_found
    supervisor:s {"queues":["sales"],"agents":["ada"]}             done`,
  'config.apply': `
    admin:root   {"document":{"version":1,"complete":true,"agents":[{"agentId":"ada","capacity":{"voice":1},"queues":["none"]}]}}   queue_not_found
    admin:root   {"document":{"version":1,"complete":true,"queues":[],"agents":[]}}                                                queue_not_empty
    admin:root   {"document":{"version":1,"complete":true,"queues":[{"queueId":"sales","channels":["voice"]}],"agents":[]}}        agent_logged_in
    admin:root   {"document":{"version":1,"agents":[{"agentId":"zoe","capacity":{"voice":1},"queues":["sales"]}]}}                 done`,
};

for (const [method, table] of Object.entries(tables)) {
  test(`${method} is refused in the order of its ladder`, async () => {
    if (method === 'agent.login') await world.ok('admin:root', 'tenant.set', { linesPerSeatMax: 1 });
    const rows = table.trim().split('\n').map(parse);
    const outcomes = [];
    for (const { who, params } of rows) outcomes.push(await world.outcome(who, method as MethodName, params));
    expect(outcomes).toEqual(rows.map(({ outcome }) => outcome));
    const allowed: readonly string[] = [
      'done',
      ...(methods[method as MethodName].refusals as readonly RefusalName[]),
      ...generalRefusals,
      ...repetitionRefusals,
    ];
    for (const outcome of outcomes) expect(allowed).toContain(outcome);
  });
}

function parse(line: string): { who: Who; params: Members; outcome: string } {
  const match = /^\s*(\S+)\s+(\{.*\})\s+(\w+)\s*$/.exec(line);
  if (match === null) throw new Error(`no row of a table: ${line}`);
  return { who: match[1] as Who, params: JSON.parse(match[2] as string) as Members, outcome: match[3] as string };
}
