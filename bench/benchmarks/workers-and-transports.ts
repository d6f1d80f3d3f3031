// The same load on both transports, with one and with two workers for the core: what is gained and what it costs.

import type { Benchmark } from '../harness/benchmark.ts';
import { usuallyAlive, usualShape } from '../load/phase.ts';
import { type ServerUnderLoad, underLoad } from '../load/sockets-under-load.ts';
import { hasNative } from './native.ts';
import { socketMeasures } from './socket-measures.ts';

const topology = `
  this process: the load                     a process each, one under load at a time, on each of two transports:
  ┌───────────────────────────┐  WebSocket   ┌─ bare responder ───────────────────────────────────────┐
  │ as in full-life-over-     │ ───────────▶ ├─ router: main thread ── 1 worker: core, and shadow ────┤   uWebSockets.js
  │ sockets                   │ ◀─────────── └─ router: main thread ── 2 workers ─────────────────────┘   ws on node:http
  └───────────────────────────┘
`;

const names = { uws: 'uWebSockets.js', ws: 'ws' } as const;

function serversOn(transport: 'uws' | 'ws'): ServerUnderLoad[] {
  const bare = 'bare: answers';
  return [
    { name: bare, transport, serves: { bare: 'answers' } },
    { name: 'router, 1 worker', reference: bare, transport, serves: { workers: 1 } },
    { name: 'router, 2 workers', reference: bare, transport, serves: { workers: 2 } },
  ];
}

export const workersAndTransports: Benchmark = {
  name: 'workers-and-transports',
  about: 'the router on uWebSockets.js and on ws, with one and with two workers, each beside a bare responder there',
  topology,
  measures: socketMeasures,
  drawn: ['rate', 'CPU a request'],
  async cases({ quick }) {
    const seconds = quick ? 0.8 : 4;
    const transports = (await hasNative()) ? (['uws', 'ws'] as const) : (['ws'] as const);
    return transports.map((transport) => ({
      name: names[transport],
      parameters: { ...usualShape, alive: usuallyAlive, seconds, transport },
      repetitions: 5,
      prepare: () => underLoad(serversOn(transport), seconds),
    }));
  },
};
