// Arrivals at a given rate that nobody can slow down: their times are drawn beforehand (exponential gaps), and whoever
// is late is late in the measure too. A millisecond's timer drives it, so everything measured by it includes up to one.

import { performance } from 'node:perf_hooks';

/** Calls `arrive` for each arrival with the time at which it was due. Resolves after so many seconds. */
export function pace(perSecond: number, seconds: number, arrive: (dueAt: number) => void): Promise<void> {
  const gap = () => (-Math.log(1 - Math.random()) * 1000) / perSecond;
  const end = performance.now() + seconds * 1000;
  let next = performance.now() + gap();
  return new Promise((resolve, reject) => {
    const tick = () => {
      try {
        for (const now = performance.now(); next <= now; next += gap()) arrive(next);
      } catch (error) {
        reject(error);
        return;
      }
      if (next < end) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
}
