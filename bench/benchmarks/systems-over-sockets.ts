// The whole life of contacts whose customers are known, with the systems on it in use, beside that of contacts without any of it.

import type { Benchmark } from '../harness/benchmark.ts';
import { usuallyAlive, usualShape } from '../load/phase.ts';
import { underLoad } from '../load/sockets-under-load.ts';
import { hasNative } from './native.ts';
import { socketMeasures } from './socket-measures.ts';

const topology = `
  this process: the load                              processes 2 to 4, one under load at a time:
  ┌───────────────────────────────────┐  WebSocket    ┌─ bare responder: parse, answer ────────────────────────────────┐
  │ as in full-life-over-sockets;     │ ────────────▶ ├─ the router: contacts of nobody ──────────────────────────────┤
  │ calls of customers who come again │ ◀──────────── └─ the router: led to the agent they know, rated, live calls ───┘
  └───────────────────────────────────┘                 all of them on uWebSockets.js
`;

/** Fewer than come within the run, so that nearly all have been served before. */
const customers = 2_000;
const answers = 'bare: answers';
const plain = 'router: contacts of nobody';

export const systemsOverSockets: Benchmark = {
  name: 'systems-over-sockets',
  about: 'what affinity, ratings and live calls cost where they are in use',
  topology,
  measures: socketMeasures,
  drawn: ['rate', 'CPU a request'],
  async cases({ quick, otherNode }) {
    if (otherNode || !(await hasNative())) return [];
    const seconds = quick ? 1 : 8;
    return [
      {
        name: '',
        parameters: { ...usualShape, customers, alive: usuallyAlive, seconds },
        repetitions: 5,
        prepare: () =>
          underLoad(
            [
              { name: answers, transport: 'uws', serves: { bare: 'answers' } },
              { name: plain, reference: answers, transport: 'uws', serves: { workers: 1 } },
              {
                name: 'router: the systems in use',
                reference: plain,
                transport: 'uws',
                serves: { workers: 1 },
                shape: { systems: 1, customers },
              },
            ],
            seconds,
          ),
      },
    ];
  },
};
