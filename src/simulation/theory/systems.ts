// The queues that the router is held against: from light load to overload, each with what theory says of it.
//
// A system is played in parts that have nothing to do with each other. Each begins with as many contacts as an arrival
// finds in the long run (which is what there is at any time: Poisson arrivals see time averages), drawn from that
// distribution; service and patience are exponential, so what is left of them is distributed as the whole. Counted is who
// comes then. So no warm-up is needed; only under priorities, where how the waiting are
// distributed over the classes is drawn from their means, some who come first are not counted.

import { cobham, erlangA, erlangB, erlangC, meanWaitC, Population } from './formulas.ts';

/** What is measured of each part: a mean over its contacts. */
export type Quantity = 'share turned away' | 'share that waits' | 'share that hangs up' | `mean wait${string}`;

export interface System {
  readonly name: string;
  readonly agents: number;
  /** Of each class in erlangs, the most urgent first; one but under priorities. */
  readonly loads: readonly number[];
  /** In mean service times; undefined: nobody hangs up. */
  readonly patience: number | undefined;
  readonly canWait: boolean;
  readonly population: Population;
  readonly parts: number;
  /** Counted in each part. */
  readonly contacts: number;
  /** Played before those. */
  readonly warmUp: number;
  /** Played after those, where later ones can overtake them. */
  readonly tail: number;
  /** Waits in mean service times. */
  readonly truth: Readonly<Partial<Record<Quantity, number>>>;
}

const common = { patience: undefined, canWait: true, warmUp: 0, tail: 0 } as const;

function lossSystem(agents: number, load: number, parts: number, contacts: number): System {
  return {
    ...common,
    name: `Erlang B, M/M/${agents}/${agents}, load ${load}`,
    agents,
    loads: [load],
    canWait: false,
    population: Population.of(load, (number) => number, agents),
    parts,
    contacts,
    truth: { 'share turned away': erlangB(agents, load) },
  };
}

function delaySystem(agents: number, load: number, parts: number, contacts: number): System {
  return {
    ...common,
    name: `Erlang C, M/M/${agents}, load ${load}`,
    agents,
    loads: [load],
    population: Population.of(load, (number) => Math.min(number, agents)),
    parts,
    contacts,
    truth: { 'share that waits': erlangC(agents, load), 'mean wait': meanWaitC(agents, load) },
  };
}

function impatientSystem(agents: number, load: number, patience: number, parts: number, contacts: number): System {
  const { abandoned, meanWait, population } = erlangA(agents, load, patience);
  return {
    ...common,
    name: `Erlang A, M/M/${agents}+M, load ${load}, patience ${patience}`,
    agents,
    loads: [load],
    patience,
    population,
    parts,
    contacts,
    truth: { 'share that hangs up': abandoned, 'mean wait': meanWait },
  };
}

function prioritySystem(agents: number, loads: readonly number[], parts: number, contacts: number): System {
  const load = loads.reduce((sum, one) => sum + one, 0);
  const waits = cobham(agents, loads);
  return {
    ...common,
    name: `Cobham, M/M/${agents}, loads ${loads.join(' + ')}`,
    agents,
    loads,
    population: Population.of(load, (number) => Math.min(number, agents)),
    parts,
    contacts,
    warmUp: 15,
    tail: 10,
    truth: Object.fromEntries(waits.map((wait, index) => [`mean wait of class ${index + 1}`, wait])),
  };
}

export const systems: readonly System[] = [
  lossSystem(2, 0.6, 60, 20),
  lossSystem(5, 3, 60, 20),
  lossSystem(8, 8, 50, 20),
  lossSystem(6, 12, 50, 20),
  delaySystem(1, 0.4, 100, 40),
  delaySystem(2, 1.2, 150, 30),
  delaySystem(5, 4, 150, 25),
  delaySystem(8, 7.2, 120, 20),
  impatientSystem(5, 3, 1, 100, 30),
  impatientSystem(8, 8, 2, 60, 30),
  impatientSystem(6, 9, 0.5, 50, 30),
  impatientSystem(3, 6, 3, 50, 30),
  prioritySystem(1, [0.2, 0.3], 90, 60),
  prioritySystem(3, [0.5, 0.7, 0.4], 110, 70),
  prioritySystem(4, [1, 2], 120, 50),
];
