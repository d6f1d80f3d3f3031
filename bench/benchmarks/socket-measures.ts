import type { Measure } from '../harness/benchmark.ts';

/** What a server under load is measured by (bench/load/sockets-under-load.ts). */
export const socketMeasures: Readonly<Record<string, Measure>> = {
  rate: { unit: 'requests/s', better: 'more' },
  'CPU a request': { unit: 'µs', better: 'less' },
  'main thread a request': { unit: 'µs', better: 'less' },
};
