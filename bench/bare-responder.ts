// What the router is compared with: a JSON-RPC responder on the same socket library with nothing behind it.
//
//   frame ─ JSON.parse ─ look at the method ─ JSON.stringify ─▶ send, in the library's own cork of the handler
//
// It answers each request at once, with a result of the same members as the router's. `events`: it also sends, on the same
// socket, as many notifications of the same shapes as the router sends for the request, to whomever it sends them.
// It keeps nothing, checks nothing and writes nothing.

import uws, { type WebSocket } from 'uWebSockets.js';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Events = readonly (readonly [event: string, params: Readonly<Record<string, unknown>>])[];

const contactId = 'c0123456789abcdef';
const times = { arrivedAt: 1_700_000_000_000, waitedMs: 12 };
const line = { contactId, agentId: 'agent-001', lineId: 'agent-001.chat.1' };
const ended = { contactId, why: 'byCustomer', agentId: 'agent-001', waitedMs: 12, servedMs: 12 };

/** As the router tells it for one contact: half of it to the switch, half to the agent. */
const eventsOf: Readonly<Record<string, Events>> = {
  'contact.create': [['contact.offered', { ...line, expiresAt: 1_700_000_020_000 }]],
  'offer.accept': [
    ['line.changed', { lineId: line.lineId, channel: 'chat', state: 'ringing', contactId }],
    [
      'offer.created',
      {
        offerId: 'o1234567.1',
        contactId,
        lineId: line.lineId,
        expiresAt: 1_700_000_020_000,
        contact: { channel: 'chat', from: 'web', state: 'ringing', queueId: 'sales', ...line, ...times },
      },
    ],
    ['line.changed', { lineId: line.lineId, channel: 'chat', state: 'connected', contactId }],
    ['contact.connected', { ...line, waitedMs: 12 }],
  ],
  'contact.end': [
    ['contact.connected', { ...line, waitedMs: 12 }],
    ['contact.ended', ended],
  ],
  'contact.wrapUpDone': [
    ['line.changed', { lineId: line.lineId, channel: 'chat', state: 'wrapUp', contactId }],
    ['contact.ended', ended],
    ['contact.wrapUp', { contactId, lineId: line.lineId, untilMs: 1_700_000_020_000 }],
    ['line.changed', { lineId: line.lineId, channel: 'chat', state: 'free' }],
  ],
};

/** Resolves with its address. */
export function startBareResponder(withEvents: boolean): Promise<string> {
  let seq = 0;
  const answer = (socket: WebSocket<unknown>, { id, method, params }: Request): void => {
    const result = { ...line, contactId: params.contactId ?? contactId, state: 'ringing', queueId: 'sales', ...times };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }), false, false);
    if (!withEvents) return;
    for (const [event, told] of eventsOf[method] ?? []) {
      seq += 1;
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: event, params: { seq, ...told } }), false, false);
    }
  };
  const app = uws.App().ws('/*', {
    maxPayloadLength: 1 << 20,
    maxBackpressure: 0,
    compression: 0,
    message(socket, message) {
      const value = JSON.parse(Buffer.from(message).toString()) as Request | Request[];
      if (Array.isArray(value)) for (const request of value) answer(socket, request);
      else answer(socket, value);
    },
  });
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', 0, (listening) => {
      if (listening === false) reject(new Error('the bare responder cannot listen'));
      else resolve(`ws://127.0.0.1:${uws.getSocketPort(listening)}/v1/rpc`);
    });
  });
}
