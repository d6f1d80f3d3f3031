// The whole life of contacts over real WebSockets, as a share of what the same sockets carry with nothing behind them.

import type { Benchmark } from '../harness/benchmark.ts';
import { usuallyAlive, usualShape } from '../load/phase.ts';
import { underLoad } from '../load/sockets-under-load.ts';
import { hasNative } from './native.ts';
import { socketMeasures } from './socket-measures.ts';

const topology = `
  this process: the load                          processes 2 to 5, one under load at a time:
  ┌────────────────────────────┐   WebSocket      ┌─ bare responder: parse, answer ─────────────────────────────┐
  │ 2 switches, agents with    │ ───────────────▶ ├─ bare responder that also sends as many notifications ──────┤
  │ several chat lines each,   │                  ├─ the router: all rules, LMDB on the disk, shadow, snapshots ┤
  │ a bounded number alive     │ ◀─────────────── └─ the router, to sessions that ask for no batch frames ──────┘
  └────────────────────────────┘                    all of them on uWebSockets.js
`;

const answers = 'bare: answers';
const apart = 'router: a message a frame';
const notifications = 'bare: answers and notifications';

export const fullLifeOverSockets: Benchmark = {
  name: 'full-life-over-sockets',
  about: 'requests received and answered, the router beside a responder with nothing behind it',
  topology,
  measures: socketMeasures,
  drawn: ['rate', 'CPU a request'],
  async cases({ quick, otherNode }) {
    if (otherNode || !(await hasNative())) return [];
    const seconds = quick ? 1 : 8;
    return [
      {
        name: '',
        parameters: { ...usualShape, alive: usuallyAlive, seconds },
        repetitions: quick ? 5 : 7,
        prepare: () =>
          underLoad(
            [
              { name: answers, transport: 'uws', serves: { bare: 'answers' } },
              { name: 'router', reference: answers, transport: 'uws', serves: { workers: 1 } },
              { name: apart, reference: answers, transport: 'uws', serves: { workers: 1 }, shape: { batchFrames: 0 } },
              { name: notifications, reference: answers, transport: 'uws', serves: { bare: 'notifications' } },
            ],
            seconds,
          ),
      },
    ];
  },
};
