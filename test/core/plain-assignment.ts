// The assignment of assembly/assign.ts with plain arrays: the same ways of equal length are taken, and the same looks counted.
// That its result is an optimum is not shown here, but against another algorithm in test/core/assignment.test.ts.

/** Costs more than all scores together can differ by. */
const WITHOUT = 2 ** 51;

export class PlainAssignment {
  /** The column of each row. */
  readonly columns: (number | undefined)[];
  #rowOf: (number | undefined)[] = [];
  #u: number[];
  #v: number[];
  readonly #looks: Generator<void, void>;
  readonly scores: readonly (readonly (number | undefined)[])[];
  solved = false;

  /** What a row scores with a column; undefined where they do not fit. */
  constructor(scores: readonly (readonly (number | undefined)[])[]) {
    this.scores = scores;
    this.columns = scores.map(() => undefined);
    this.#u = scores.map(() => 0);
    this.#v = (scores[0] ?? []).map(() => 0);
    this.#looks = this.#solve();
  }

  /** Looks at so many columns, and to the end of the last row of them. Returns at how many. */
  solve(work: number): number {
    let done = 0;
    for (; done < work && !this.solved; done += this.#v.length) {
      this.#looks.next();
      this.solved = this.#done === this.scores.length;
    }
    return done;
  }

  #done = 0;

  *#solve(): Generator<void, void> {
    for (let brought = 0; brought < this.scores.length; brought++) {
      const distances = this.#v.map(() => Number.POSITIVE_INFINITY);
      const before = this.#v.map(() => brought);
      const passed = new Set<number>();
      let looking = brought;
      let reached = 0;
      let leftOut = brought;
      let leftOutAt = Number.POSITIVE_INFINITY;
      let end: number | undefined;
      for (;;) {
        const without = reached + WITHOUT - this.#u[looking]!;
        if (without < leftOutAt) [leftOutAt, leftOut] = [without, looking];
        let nearest: number | undefined;
        for (let column = 0; column < this.#v.length; column++) {
          if (passed.has(column)) continue;
          const score = this.scores[looking]![column];
          const way =
            score === undefined ? Number.POSITIVE_INFINITY : reached - score - this.#u[looking]! - this.#v[column]!;
          if (way < distances[column]!) {
            distances[column] = way;
            before[column] = looking;
          }
          const far = distances[column]!;
          const near = nearest === undefined ? Number.POSITIVE_INFINITY : distances[nearest]!;
          const endsPath = nearest !== undefined && this.#isTaken(nearest) && !this.#isTaken(column);
          if (far < near || (far === near && endsPath)) nearest = column;
        }
        if (nearest === undefined || distances[nearest]! > leftOutAt) break;
        reached = distances[nearest]!;
        const taken = this.#rowOf[nearest];
        if (taken === undefined) {
          end = nearest;
          break;
        }
        passed.add(nearest);
        looking = taken;
        yield;
      }
      if (end === undefined) reached = leftOutAt;
      this.#u[brought]! += reached;
      for (const column of passed) {
        const by = reached - distances[column]!;
        this.#u[this.#rowOf[column]!]! += by;
        this.#v[column]! -= by;
      }
      this.#shift(brought, end, leftOut, before);
      this.#done = brought + 1;
      yield;
    }
  }

  #isTaken(column: number): boolean {
    return this.#rowOf[column] !== undefined;
  }

  #shift(brought: number, end: number | undefined, leftOut: number, before: readonly number[]): void {
    let column = end;
    if (column === undefined) {
      if (leftOut === brought) return;
      column = this.columns[leftOut];
      this.columns[leftOut] = undefined;
    }
    for (;;) {
      const row = before[column!]!;
      const next = this.columns[row];
      this.columns[row] = column;
      this.#rowOf[column!] = row;
      if (row === brought) return;
      column = next;
    }
  }
}
