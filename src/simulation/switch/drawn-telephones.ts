// Telephones whose conduct is drawn, by shares and mean times, from a seed: the n-th ring of a run does the same in every
// run, whatever else was drawn.

import type { Clock } from '../../engine/clock.ts';
import { RandomStream } from '../random.ts';
import {
  type Conduct,
  ConductedTelephone,
  type FromTelephone,
  type Ring,
  type Telephone,
  type Telephones,
} from './telephones.ts';

export interface TelephonePolicy {
  /** Means; both are drawn from exponential distributions. */
  readonly ringsAfterMs: number;
  readonly answersAfterMs: number;
  /** Shares of all rings, from 0 to 1, at most 1 together; the rest is answered. */
  readonly busy: number;
  readonly rejects: number;
  /** Rings until the switch or the router gives up. */
  readonly noAnswer: number;
  readonly unreachable: number;
  /** Of the conversations: ended by the agent's telephone, lost, and legs that cannot be joined. */
  readonly agentHangsUp: number;
  readonly lost: number;
  readonly notJoined: number;
  /** Mean length of those conversations that this end finishes. */
  readonly talkMs: number;
}

export const usualTelephones: TelephonePolicy = {
  ringsAfterMs: 300,
  answersAfterMs: 2_500,
  busy: 0.02,
  rejects: 0.02,
  noAnswer: 0.03,
  unreachable: 0.01,
  agentHangsUp: 0.3,
  lost: 0.01,
  notJoined: 0.01,
  talkMs: 20_000,
};

export class DrawnTelephones implements Telephones {
  readonly #policy: TelephonePolicy;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #joins: RandomStream;
  #rings = 0;

  constructor(policy: TelephonePolicy, seed: number, clock: Clock) {
    const { busy, rejects, noAnswer, unreachable, agentHangsUp, lost } = policy;
    if (busy + rejects + noAnswer + unreachable > 1 || agentHangsUp + lost > 1)
      throw new Error('shares of one whole are more than one');
    this.#policy = policy;
    this.#seed = seed;
    this.#clock = clock;
    this.#joins = new RandomStream(seed, 'joins');
  }

  ring(_ring: Ring, tell: FromTelephone): Telephone {
    this.#rings += 1;
    return new ConductedTelephone(
      this.#conductOf(new RandomStream(this.#seed, 'ring', this.#rings)),
      tell,
      this.#clock,
    );
  }

  joins(): boolean {
    return this.#joins.fraction() >= this.#policy.notJoined;
  }

  #conductOf(random: RandomStream): Conduct {
    const { busy, rejects, noAnswer, unreachable, ...policy } = this.#policy;
    const ringsAfterMs = Math.ceil(random.exponential(policy.ringsAfterMs));
    const decidedAfterMs = ringsAfterMs + Math.ceil(random.exponential(policy.answersAfterMs));
    let left = random.fraction();
    const falls = (share: number) => {
      left -= share;
      return left < 0;
    };
    if (falls(busy)) return { fails: { afterMs: ringsAfterMs, cause: 'busy' } };
    if (falls(unreachable)) return { fails: { afterMs: ringsAfterMs, cause: 'unreachable' } };
    if (falls(rejects)) return { ringsAfterMs, fails: { afterMs: decidedAfterMs, cause: 'rejected' } };
    if (falls(noAnswer)) return { ringsAfterMs };
    const answers = { ringsAfterMs, answersAfterMs: decidedAfterMs };
    const end = random.fraction();
    const afterMs = Math.ceil(random.exponential(policy.talkMs));
    if (end < policy.lost) return { ...answers, leaves: { afterMs, cause: 'lost' } };
    if (end < policy.lost + policy.agentHangsUp) return { ...answers, leaves: { afterMs, cause: 'hungUp' } };
    return answers;
  }
}
