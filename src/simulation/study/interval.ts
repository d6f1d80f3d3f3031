// What replications say of a number: its mean, and the interval that holds the true one in so many of a hundred studies.
//
// Replications are independent of each other and all alike, so Student's t with one degree of freedom less than there are
// values is right where their distribution is near the normal (Law, "Simulation Modeling and Analysis", ch. 9: fixed-
// sample-size procedure). One value alone says nothing of how far off it is.

import jstat from 'jstat';

export interface Estimate {
  readonly mean: number;
  /** The interval is mean ± this; undefined where there is one value only. */
  readonly halfWidth: number | undefined;
  /** Values that it comes from: a replication in which there was nothing to count has none. */
  readonly values: number;
}

/** Undefined where there is no value at all. */
export function estimateOf(values: readonly (number | undefined)[], confidencePercent: number): Estimate | undefined {
  const known = values.filter((value) => value !== undefined);
  const { length } = known;
  if (length === 0) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / length;
  if (length === 1) return { mean, halfWidth: undefined, values: 1 };
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (length - 1);
  const quantile = jstat.studentt.inv(1 - (1 - confidencePercent / 100) / 2, length - 1);
  return { mean, halfWidth: quantile * Math.sqrt(variance / length), values: length };
}

/** Of the differences of pairs: what was drawn alike for both does not count. */
export function differenceOf(
  before: readonly (number | undefined)[],
  after: readonly (number | undefined)[],
  confidencePercent: number,
): Estimate | undefined {
  const differences = after.map((value, index) => {
    const other = before[index];
    return value === undefined || other === undefined ? undefined : value - other;
  });
  return estimateOf(differences, confidencePercent);
}
