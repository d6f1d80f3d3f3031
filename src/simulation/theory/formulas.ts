// What queueing theory says of a queue with Poisson arrivals and exponential service at n agents.
//
// load   arrivals in a mean service time (erlangs): λ/μ
//
// Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
// exchanges" (1917) for B and C; C. Palm, "Research on telephone traffic carried by full availability groups" (1957), and
// O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers" (2002), for A; A. Cobham,
// "Priority assignment in waiting line problems" (1954) for priorities.

/** M/M/n/n: the share that finds all agents busy and is turned away. */
export function erlangB(agents: number, load: number): number {
  let inverse = 1;
  for (let busy = 1; busy <= agents; busy++) inverse = 1 + (inverse * busy) / load;
  return 1 / inverse;
}

/** M/M/n: the share that has to wait. The load must be less than the agents. */
export function erlangC(agents: number, load: number): number {
  if (load >= agents) throw new RangeError(`a queue with a load of ${load} at ${agents} agents grows for ever`);
  const blocked = erlangB(agents, load);
  return blocked / (1 - (load / agents) * (1 - blocked));
}

/** M/M/n: the mean wait of everybody, in mean service times. */
export function meanWaitC(agents: number, load: number): number {
  return erlangC(agents, load) / (agents - load);
}

/**
 * M/M/n with priorities that interrupt nobody: the mean wait of each class in mean service times; the first of `loads` is
 * served first. Service is alike for all classes.
 */
export function cobham(agents: number, loads: readonly number[]): number[] {
  const load = loads.reduce((sum, one) => sum + one, 0);
  const untilOneIsFree = erlangC(agents, load) / agents;
  let before = 0;
  return loads.map((own) => {
    const upTo = before + own / agents;
    const wait = untilOneIsFree / ((1 - before) * (1 - upTo));
    before = upTo;
    return wait;
  });
}

/** What is told by how many are in the system, waiting or in service, in the long run. */
export class Population {
  /** By number: the share of time in which there are so many. What is left out at its end is less than 1e-15. */
  readonly shares: readonly number[];

  private constructor(weights: readonly number[]) {
    const sum = weights.reduce((all, weight) => all + weight, 0);
    this.shares = weights.map((weight) => weight / sum);
  }

  /**
   * A chain in which so many come in a mean service time, and so many of `number` go. It is cut where nothing is left, or
   * at `max`, beyond which nobody comes in.
   */
  static of(load: number, goingOf: (number: number) => number, max = 100_000): Population {
    const weights = [1];
    let largest = 1;
    for (let number = 1; number <= max; number++) {
      const weight = (weights[number - 1]! * load) / goingOf(number);
      weights.push(weight);
      largest = Math.max(largest, weight);
      if (number > load && weight < largest * 1e-17) break;
    }
    return new Population(weights);
  }

  /** A number by a draw 0 ≤ u < 1. */
  drawn(u: number): number {
    let left = u;
    for (const [number, share] of this.shares.entries()) {
      left -= share;
      if (left < 0) return number;
    }
    return this.shares.length - 1;
  }

  meanOver(value: (number: number) => number): number {
    return this.shares.reduce((sum, share, number) => sum + share * value(number), 0);
  }
}

export interface ErlangA {
  /** The share that hangs up. */
  readonly abandoned: number;
  /** Of everybody, in mean service times. */
  readonly meanWait: number;
  readonly population: Population;
}

/** M/M/n+M: patience is exponential, with a mean of so many mean service times. */
export function erlangA(agents: number, load: number, patience: number): ErlangA {
  const population = Population.of(
    load,
    (number) => Math.min(number, agents) + Math.max(0, number - agents) / patience,
  );
  const waiting = population.meanOver((number) => Math.max(0, number - agents));
  // Little's law, and that each of those who wait goes at a rate of 1/patience.
  return { abandoned: waiting / patience / load, meanWait: waiting / load, population };
}
