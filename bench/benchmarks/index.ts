// All benchmarks, in the order in which they run.

import type { Benchmark } from '../harness/benchmark.ts';
import { ageing } from './ageing.ts';
import { asterisk } from './asterisk.ts';
import { batches } from './batches.ts';
import { core } from './core.ts';
import { customers } from './customers.ts';
import { fullLifeOverSockets } from './full-life-over-sockets.ts';
import { offerLatency } from './offer-latency.ts';
import { recovery } from './recovery.ts';
import { scoring } from './scoring.ts';
import { standingStill } from './standing-still.ts';
import { systemsOverSockets } from './systems-over-sockets.ts';
import { virtualDays } from './virtual-days.ts';
import { workersAndTransports } from './workers-and-transports.ts';

export const benchmarks: readonly Benchmark[] = [
  fullLifeOverSockets,
  systemsOverSockets,
  workersAndTransports,
  standingStill,
  offerLatency,
  recovery,
  core,
  customers,
  scoring,
  batches,
  ageing,
  virtualDays,
  asterisk,
];
