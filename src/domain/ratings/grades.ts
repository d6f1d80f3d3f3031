// Grades from ratings: whole numbers alone, so that they come to the same wherever and in whatever order they are counted.
//
//   value on its scale ─▶ points, 0 the lowest, 1000 the highest ─▶ a weight by its place among those of the same pair ─▶ sums ─▶ grade
//
// A grade is a Bayesian average: so many ratings as the prior counts, each at the mean of all, are added to what was really given. So
// one who was rated twice cannot be ahead of one who was rated well a hundred times; docs/ratings.md has the sources.
//
// Of one customer and one agent the newest rating counts whole, the one before half, and so on: all together never count twice.

/** What the newest rating of a pair weighs; halved with each one before it, until nothing is left. */
export const WEIGHT = 64;
/** So many of a pair weigh anything. */
export const weighedOfPairMax = 7;
export const POINTS_MAX = 1000;
/** Nothing is known of anybody: the middle of the scale. */
const MIDDLE = 500;

export interface Sum {
  readonly weight: number;
  /** Of points, each times its weight. */
  readonly points: number;
}

export interface Sums extends Sum {
  /** How many there are, weighed or not. */
  readonly ratings: number;
  readonly items: Readonly<Record<string, Sum>>;
}

/** What of a rating counts. */
export interface Rated {
  readonly points: Readonly<Record<string, number>>;
}

export const noSums: Sums = { ratings: 0, weight: 0, points: 0, items: {} };

export function pointsOf(value: number, from: number, to: number): number {
  return Math.floor(((value - from) * POINTS_MAX) / (to - from));
}

/** Each item counts the same. */
export function overallOf({ points }: Rated): number {
  const all = Object.values(points);
  return Math.floor(all.reduce((sum, one) => sum + one, 0) / all.length);
}

/** What the ratings of one pair come to, the newest first. */
export function sumsOfPair(newestFirst: readonly Rated[], ratings: number): Sums {
  let weight = 0;
  let points = 0;
  const items: Record<string, Sum> = {};
  newestFirst.slice(0, weighedOfPairMax).forEach((rated, place) => {
    const weighs = WEIGHT >> place;
    weight += weighs;
    points += weighs * overallOf(rated);
    for (const [item, of] of Object.entries(rated.points)) {
      const sum = items[item] ?? { weight: 0, points: 0 };
      items[item] = { weight: sum.weight + weighs, points: sum.points + weighs * of };
    }
  });
  return { ratings, weight, points, items };
}

/** `by` 1 adds, -1 takes away. Nothing is left of an item that nobody has rated. */
export function combined(sums: Sums, more: Sums, by: 1 | -1): Sums {
  const items: Record<string, Sum> = { ...sums.items };
  for (const [item, { weight, points }] of Object.entries(more.items)) {
    const before = items[item] ?? { weight: 0, points: 0 };
    const after = { weight: before.weight + by * weight, points: before.points + by * points };
    if (after.weight === 0) delete items[item];
    else items[item] = after;
  }
  return {
    ratings: sums.ratings + by * more.ratings,
    weight: sums.weight + by * more.weight,
    points: sums.points + by * more.points,
    items,
  };
}

/** `all`: of everybody who is rated so. `prior`: as many ratings as the mean of all counts for. */
export function gradeOf(one: Sum | undefined, all: Sum | undefined, prior: number): number {
  const mean = all === undefined || all.weight === 0 ? MIDDLE : Math.floor(all.points / all.weight);
  const { weight, points } = one ?? { weight: 0, points: 0 };
  const whole = prior * WEIGHT + weight;
  return whole === 0 ? mean : Math.floor((prior * WEIGHT * mean + points) / whole);
}
