// How long each caller of a recording would be served, were they served.
//
// Who was served brings the recorded time with them. Who hung up has none; but in a replay some of them are served,
// because the line moves a little faster there, and a service of no length would hand the agents a much easier day
// (on 1 August 1999 a mean wait of some 50 s instead of some 105 s). So each of them is given a service time that was
// recorded for the same type on the same day, drawn by a seed; where there is none, of the same type on any day, else
// of any type.

import { SeededRandom } from './random.ts';
import type { RecordedCall } from './recorded-call.ts';

export type UnservedService = 'drawn' | 'none';

/** Where the recording has nobody served at all. */
const lastResortMs = 180_000;

export function serviceTimes(
  calls: readonly RecordedCall[],
  unserved: UnservedService,
  seed: number,
): ReadonlyMap<RecordedCall, number> {
  const pools = new Map<string, number[]>();
  for (const call of calls) {
    if (call.serviceMs === undefined) continue;
    for (const key of keysOf(call)) {
      const pool = pools.get(key);
      if (pool === undefined) pools.set(key, [call.serviceMs]);
      else pool.push(call.serviceMs);
    }
  }
  const random = new SeededRandom(seed);
  const times = new Map<RecordedCall, number>();
  for (const call of calls) {
    if (call.serviceMs !== undefined) times.set(call, call.serviceMs);
    else if (unserved === 'none') times.set(call, 0);
    else {
      const pool = keysOf(call)
        .map((key) => pools.get(key))
        .find((found) => found !== undefined);
      times.set(call, pool === undefined ? lastResortMs : random.pick(pool));
    }
  }
  return times;
}

/** From the closest to the widest. */
function keysOf(call: RecordedCall): string[] {
  return [JSON.stringify([call.type, call.day]), JSON.stringify([call.type]), ''];
}
