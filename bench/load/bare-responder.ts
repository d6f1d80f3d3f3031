// What the router is compared with: a JSON-RPC responder on the same socket library with nothing behind it.
//
//   frame ─ JSON.parse ─ look at the method ─ JSON.stringify ─▶ send, corked: what one read brings is answered in one write
//
// It answers each request at once, with a result of the same members as the router's. `events`: it also sends, on the same
// socket, as many notifications of the same shapes as the router sends for the request, to whomever it sends them.
// It keeps nothing, checks nothing and writes nothing.

import type { AddressInfo } from 'node:net';

const frameBytesMax = 1 << 20;

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

type Send = (text: string) => void;

/** What it does with a frame, whoever brought it. */
function answering(withEvents: boolean): (send: Send, frame: string) => void {
  let seq = 0;
  const answer = (send: Send, { id, method, params }: Request): void => {
    const result = { ...line, contactId: params.contactId ?? contactId, state: 'ringing', queueId: 'sales', ...times };
    send(JSON.stringify({ jsonrpc: '2.0', id, result }));
    if (!withEvents) return;
    for (const [event, told] of eventsOf[method] ?? []) {
      seq += 1;
      send(JSON.stringify({ jsonrpc: '2.0', method: event, params: { seq, ...told } }));
    }
  };
  return (send, frame) => {
    const value = JSON.parse(frame) as Request | Request[];
    if (Array.isArray(value)) for (const request of value) answer(send, request);
    else answer(send, value);
  };
}

/** Resolves with its address. */
export function startBareResponder(withEvents: boolean, transport: 'uws' | 'ws'): Promise<string> {
  return transport === 'uws' ? onUws(answering(withEvents)) : onWs(answering(withEvents));
}

async function onUws(answer: (send: Send, frame: string) => void): Promise<string> {
  const { default: uws } = await import('uWebSockets.js');
  const app = uws.App().ws('/*', {
    maxPayloadLength: frameBytesMax,
    maxBackpressure: 0,
    compression: 0,
    message(socket, message) {
      answer((text) => socket.send(text, false, false), Buffer.from(message).toString());
    },
  });
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', 0, (listening) => {
      if (listening === false) reject(new Error('the bare responder cannot listen'));
      else resolve(`ws://127.0.0.1:${uws.getSocketPort(listening)}/v1/rpc`);
    });
  });
}

/** What is read at once is answered in one write, as the router does it on this library. */
async function onWs(answer: (send: Send, frame: string) => void): Promise<string> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
  });
  server.on('connection', (socket, request) => {
    const stream = request.socket;
    socket.on('message', (data: Buffer) => {
      if (stream.writableCorked === 0) {
        stream.cork();
        setImmediate(() => stream.uncork());
      }
      answer((text) => socket.send(text, { binary: false }), data.toString());
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => resolve(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/rpc`));
  });
}
