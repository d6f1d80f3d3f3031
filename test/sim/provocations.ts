// What nobody in good faith sends: each is a frame, and none may do anything but be refused.

import type { SimRandom } from './random.ts';
import { type Members, personal, type Who } from './setting.ts';

interface Provoking {
  readonly who: Who;
  readonly id: number;
  readonly contactIds: readonly string[];
  readonly random: SimRandom;
  /** As the frame's requests are called: no two frames have the same. */
  request(method: string, params: unknown): string;
}

type Provocation = (provoking: Provoking) => string;

/** A method that this role may not call. */
const forbidden: Readonly<Record<string, [string, Members]>> = {
  agent: ['config.export', {}],
  switch: ['agent.set', { agentId: 'a0', capacity: { voice: 99 } }],
  customer: ['contact.update', { contactId: 'x' }],
  supervisor: ['queue.set', { queueId: 'sales', channels: ['voice'] }],
  app: ['offer.accept', { offerId: 'o1.1' }],
  admin: ['offer.reject', { offerId: 'o1.1' }],
};

const provocations: readonly Provocation[] = [
  () => '{"jsonrpc":"2.0","id":',
  () => '[]',
  () => 'null',
  () => '"hello"',
  () => JSON.stringify({ jsonrpc: '2.0', result: 1, id: 'r99' }),
  ({ request }) => request('no.such', {}),
  ({ request }) => request('__proto__', {}),
  ({ request }) => request('contact.get', { contactId: '../../etc' }),
  ({ request }) => request('contact.get', ['x']),
  ({ request }) => request('contact.get', { contactId: 'x', more: 1 }),
  ({ request }) => request('session.open', { token: 'a.b.c' }),
  ({ request, who }) => request(...forbidden[who.role]!),
  ({ request, id }) =>
    request('contact.create', { contactId: `bad-${id}`, queueId: 'nowhere', channel: 'voice', from: personal }),
  ({ request, id }) => request('contact.create', { contactId: `bad-${id}`, queueId: 'sales', channel: 'smoke' }),
  ({ request, id, who }) => {
    const priority = who.role === 'customer' ? 1 : 1e9;
    return request('contact.create', { contactId: `bad-${id}`, queueId: 'sales', channel: 'voice', priority });
  },
  // Somebody else's, or over, or never there.
  ({ request, contactIds, random }) => request('contact.wrapUpDone', { contactId: anyOf(contactIds, random) }),
  ({ request, contactIds, random }) => request('contact.cancel', { contactId: anyOf(contactIds, random) }),
  ({ request, who }) => request('contact.get', { contactId: `${who.tenant === 'north' ? 'south' : 'north'}-c1` }),
  ({ request, random }) => request('offer.accept', { offerId: `o${random.whole(1, 40)}.${random.whole(1, 5)}` }),
  ({ request, who }) => request('agent.ready', { agentId: `${who.sub}x` }),
  // The same request twice in one frame, and a batch of everything.
  ({ request, id, who }) => {
    const requestId = `twice-${id}`;
    const isAgent = who.role === 'agent';
    const one = isAgent
      ? request('agent.notReady', { reason: 'twice', requestId })
      : request('contact.cancel', { contactId: 'x', requestId });
    return `[${one},${one}]`;
  },
  ({ request, id, contactIds, random }) => {
    const contactId = anyOf(contactIds, random);
    const said = { disposition: 'x', notes: personal, requestId: `mixed-${id}` };
    return `[${request('contact.get', { contactId })},${request('contact.wrapUpDone', { contactId, ...said })},7]`;
  },
  // A requestId that was used for something else.
  ({ request, id, who }) => {
    const requestId = `reused-${id}`;
    const agentId = who.role === 'agent' ? {} : { agentId: 'a0' };
    return `[${request('agent.notReady', { ...agentId, reason: 'one', requestId })},${request('agent.notReady', { ...agentId, reason: 'other', requestId })}]`;
  },
  // A request that wants no answer.
  ({ contactIds, random }) =>
    JSON.stringify({ jsonrpc: '2.0', method: 'contact.end', params: { contactId: anyOf(contactIds, random) } }),
];

function anyOf(contactIds: readonly string[], random: SimRandom): string {
  return contactIds.length === 0 ? 'none' : random.pick(contactIds);
}

export function provocation(who: Who, id: number, contactIds: readonly string[], random: SimRandom): string {
  let requests = 0;
  const request = (method: string, params: unknown) => {
    requests += 1;
    return JSON.stringify({ jsonrpc: '2.0', id: `p${id}.${requests}`, method, params });
  };
  return random.pick(provocations)({ who, id, contactIds, random, request });
}
