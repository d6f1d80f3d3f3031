// What a handful of repetitions says: the middle, the spread, and whether two handfuls are told apart.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values have no spread');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The values at these parts of a thousand. */
export function percentiles(values: readonly number[], perMille: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return perMille.map((part) => sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * part) / 1000))] ?? 0);
}

/** More values on both sides together than this would take too long to go through. */
const exactMax = 20;

/**
 * The two-sided p of the Mann–Whitney test: how often two handfuls drawn from one and the same distribution would be at
 * least as far apart in their ranks. Exact, over all ways to deal the values to the two sides; ties share their rank.
 * (H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the
 * other", Annals of Mathematical Statistics 18, 1947.)
 */
export function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const all = [...one, ...other];
  if (one.length === 0 || other.length === 0 || all.length > exactMax)
    throw new RangeError(`${one.length} and ${other.length} values: at least 1 each, at most ${exactMax} together`);
  const ranks = ranksOf(all);
  const expected = (one.length * (all.length + 1)) / 2;
  const distance = (ranksOfOne: number) => Math.abs(ranksOfOne - expected);
  const seen = distance(ranks.slice(0, one.length).reduce((sum, rank) => sum + rank, 0));
  let ways = 0;
  let asFar = 0;
  const deal = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      ways += 1;
      if (distance(sum) >= seen) asFar += 1;
      return;
    }
    for (let index = from; index <= ranks.length - left; index++) deal(index + 1, left - 1, sum + ranks[index]!);
  };
  deal(0, one.length, 0);
  return asFar / ways;
}

/** From 1; equal values share the mean of their ranks, so every rank is a multiple of one half. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
