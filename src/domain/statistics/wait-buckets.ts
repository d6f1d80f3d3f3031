// How long contacts waited, counted in buckets that grow by an eighth of an octave: percentiles of any period come from
// sums of them, too high by at most a ninth (2^(1/8) = 1.0905), whatever the waits were.
//
// Bucket 0 holds waits below a second; bucket k those from edge(k) up to edge(k + 1), edge(k) = 1 s × 2^((k − 1) / 8), rounded.

import { firstIndex } from '../../first-index.ts';

const PER_OCTAVE = 8;
/** Up to 2^21 seconds, which is more than three weeks: the last bucket holds all that is longer. */
const OCTAVES = 21;

/** The least wait of each bucket from 1 on. */
const edges: readonly number[] = Array.from({ length: PER_OCTAVE * OCTAVES + 1 }, (_, index) =>
  Math.round(1000 * 2 ** (index / PER_OCTAVE)),
);

export function bucketOf(waitMs: number): number {
  // Where agents are free nearly everybody.
  if (waitMs < (edges[0] as number)) return 0;
  return firstIndex(edges.length, (index) => (edges[index] as number) > waitMs);
}

/** What no wait of the bucket exceeds. */
function upperEdge(bucket: number): number {
  return edges[bucket] ?? (edges.at(-1) as number) * 2;
}

/** By nearest rank, the upper edge of the bucket it falls into, and never more than the longest; undefined of nobody. */
export function percentileOf(
  buckets: ReadonlyMap<number, number>,
  percent: number,
  longestMs: number,
): number | undefined {
  const filled = [...buckets].sort(([a], [b]) => a - b);
  const total = filled.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil((percent / 100) * total);
  for (const [bucket, count] of filled) {
    left -= count;
    if (left <= 0) return Math.min(upperEdge(bucket), longestMs);
  }
  return undefined;
}
