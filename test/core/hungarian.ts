// An optimal assignment by another algorithm than the core's, for tests: the Hungarian method on a full square, O(n³), as in
// E. L. Lawler, Combinatorial Optimization (1976). Whoever is not matched is matched with nobody, in the rows and columns
// that are added, at no cost; each pair that fits costs so much less than nothing that more pairs always cost less.

/** The most pairs there can be, and of those the highest sum of what they score; undefined: no pair. */
export function optimumOf(scores: readonly (readonly (number | undefined)[])[]): { pairs: number; total: number } {
  const size = Math.max(scores.length, scores[0]?.length ?? 0);
  const known = scores.flat().filter((score) => score !== undefined);
  const range = 1 + 2 * known.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  const worth = range * (size + 1);
  const cost = (row: number, column: number): number => {
    const score = scores[row]?.[column];
    return score === undefined ? 0 : -worth - score;
  };
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    const slack = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const covered = new Uint8Array(size + 1);
    const via = new Int32Array(size + 1);
    let column = 0;
    rowOf[0] = row;
    do {
      covered[column] = 1;
      const at = rowOf[column]!;
      let least = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let other = 1; other <= size; other++) {
        if (covered[other]) continue;
        const reduced = cost(at - 1, other - 1) - rowPotential[at]! - columnPotential[other]!;
        if (reduced < slack[other]!) {
          slack[other] = reduced;
          via[other] = column;
        }
        if (slack[other]! < least) {
          least = slack[other]!;
          next = other;
        }
      }
      for (let other = 0; other <= size; other++) {
        if (covered[other]) {
          rowPotential[rowOf[other]!]! += least;
          columnPotential[other]! -= least;
        } else {
          slack[other]! -= least;
        }
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[via[column]!]!;
      column = via[column]!;
    }
  }
  let pairs = 0;
  let total = 0;
  for (let column = 1; column <= size; column++) {
    const score = scores[rowOf[column]! - 1]?.[column - 1];
    if (score === undefined) continue;
    pairs += 1;
    total += score;
  }
  return { pairs, total };
}
