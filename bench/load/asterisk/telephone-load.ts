// The same calls to whoever distributes them: customers who call at times drawn beforehand, wait for as long as they have patience, and
// speak for as long as was drawn; agents' telephones that answer by themselves, hang up when the service is over, and desktops that say so
// when the wrap-up is. Here is counted what became of every call, and nothing is taken from whoever distributed them.
//
//   customer  INVITE ── waits ─▶ telephone answers ─▶ both can speak ── service ──▶ telephone hangs up
//   agent     desktop says: free ─────▶ INVITE at the telephone                        └── wrap-up ──▶ desktop says: free
//                      └ the time that is measured, where somebody waits for it ┘

import { SeededRandom } from '../../../src/simulation/random.ts';
import { must } from '../../harness/benchmark.ts';
import { ports } from './bench-asterisk.ts';
import { Callers } from './callers.ts';
import { Telephones } from './telephones.ts';

export interface OfferedCall {
  readonly atMs: number;
  readonly serviceMs: number;
  readonly patienceMs: number;
}

export interface Offering {
  readonly atFirst: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly serviceMs: number;
  readonly serviceMsMin: number;
  readonly patienceMs: number;
}

/** Poisson arrivals, behind so many within the first half second that everybody is busy; service and patience are exponential. */
export function offeredCalls(seed: number, offering: Offering): OfferedCall[] {
  const random = new SeededRandom(seed);
  let atMs = 0;
  return Array.from({ length: offering.atFirst + offering.calls }, (_, index) => {
    const meanMs = index < offering.atFirst ? firstMs / offering.atFirst : 1000 / offering.callsPerSecond;
    atMs += random.exponential(meanMs);
    const serviceMs = offering.serviceMsMin + random.exponential(offering.serviceMs - offering.serviceMsMin);
    return { atMs, serviceMs, patienceMs: random.exponential(offering.patienceMs) };
  });
}

/** What an agent's desktop says to whoever distributes. */
export interface Desks {
  /** The agent's telephone has been answered. Resolves when the two can speak with each other. */
  took(agent: string): Promise<void>;
  /** Wrap-up is over. `saying` is called in the moment in which it is said; resolves when it was heard. */
  done(agent: string, saying: () => void): Promise<void>;
}

/** A telephone that somebody waited for, in milliseconds of the machine's monotonic clock. */
export interface Turn {
  readonly from: string;
  readonly freeAt: number;
  readonly invitedAt: number;
}

export interface Outcome {
  readonly seconds: number;
  readonly handled: number;
  readonly gaveUp: number;
  /** Hung up in the very moment in which the telephone was answered. */
  readonly crossed: number;
  /** How often a telephone was rung in the middle of a call, or in a wrap-up. */
  readonly rungWhileBusy: number;
  readonly waitsMs: readonly number[];
  readonly turns: readonly Turn[];
}

interface Calling extends OfferedCall {
  readonly from: string;
  readonly begunAt: number;
  state: 'waiting' | 'ringing' | 'served' | 'handled' | 'gaveUp';
}

interface Run {
  readonly desks: Desks;
  readonly calls: Map<string, Calling>;
  readonly free: Set<string>;
  /** Agents for whom somebody waited when they became free, until they are rung. */
  readonly wanted: Map<string, number>;
  /** Who speaks with whom. */
  readonly speaking: Map<string, Calling>;
  readonly turns: Turn[];
  readonly waitsMs: number[];
  crossed: number;
  rungWhileBusy: number;
  /** Desktops that have not been heard yet, and wrap-ups that go on. */
  busyDesks: number;
}

const firstMs = 500;
/** Far longer than the longest call. */
const drainMsMax = 60_000;
const drainEveryMs = 10;

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class TelephoneLoad {
  readonly #agents: readonly string[];
  readonly #wrapUpMs: number;
  #telephones!: Telephones;
  #callers!: Callers;
  #run: Run | undefined;
  #last = 0;

  static async open(agents: readonly string[], times: { answerMs: number; wrapUpMs: number }): Promise<TelephoneLoad> {
    const load = new TelephoneLoad(agents, times.wrapUpMs);
    load.#telephones = await Telephones.open({ own: ports.telephones, asterisk: ports.sip }, times.answerMs, {
      rings: (agent, from) => load.#rings(agent, from),
      answered: (agent, from) => load.#answered(agent, from),
      over: (agent, byUs) => load.#telephoneIsOver(agent, byUs),
      busy: () => {
        load.#run!.rungWhileBusy += 1;
      },
    });
    load.#callers = await Callers.open({ own: ports.callers, asterisk: ports.sip }, (from, status) =>
      load.#callIsOver(from, status),
    );
    return load;
  }

  private constructor(agents: readonly string[], wrapUpMs: number) {
    this.#agents = agents;
    this.#wrapUpMs = wrapUpMs;
  }

  /** Until every call is over and every agent is free again. */
  async play(number: string, desks: Desks, offered: readonly OfferedCall[]): Promise<Outcome> {
    const run: Run = {
      ...{ desks, calls: new Map(), free: new Set(this.#agents), wanted: new Map(), speaking: new Map() },
      ...{ turns: [], waitsMs: [], crossed: 0, rungWhileBusy: 0, busyDesks: 0 },
    };
    this.#run = run;
    const begunAt = monotonicMs();
    for (const call of offered) setTimeout(() => this.#call(run, number, call), call.atMs);
    const isOver = () => run.calls.size === offered.length && this.#callers.calling === 0;
    await this.#until(() => isOver(), offered.at(-1)!.atMs + drainMsMax);
    const seconds = (monotonicMs() - begunAt) / 1000;
    await this.#until(() => this.#telephones.busy === 0 && run.busyDesks === 0, drainMsMax);
    this.#run = undefined;
    const states = [...run.calls.values()].map(({ state }) => state);
    const of = (state: string) => states.filter((one) => one === state).length;
    const [handled, gaveUp] = [of('handled'), of('gaveUp')];
    must(handled + gaveUp === offered.length, `${offered.length} calls are ${handled} handled and ${gaveUp} given up`);
    must(run.free.size === this.#agents.length, 'every agent is free at the end');
    const { crossed, rungWhileBusy, waitsMs, turns } = run;
    return { seconds, handled, gaveUp, crossed, rungWhileBusy, waitsMs, turns };
  }

  async close(): Promise<void> {
    await this.#telephones.close();
    await this.#callers.close();
  }

  async #until(holds: () => boolean, withinMs: number): Promise<void> {
    for (const latest = monotonicMs() + withinMs; !holds(); ) {
      must(monotonicMs() < latest, 'all calls come to an end');
      await new Promise((resolve) => setTimeout(resolve, drainEveryMs));
    }
  }

  // ── customers ──

  #call(run: Run, number: string, offered: OfferedCall): void {
    this.#last += 1;
    const from = `+1203${5_000_000 + this.#last}`;
    const call: Calling = { ...offered, from, begunAt: monotonicMs(), state: 'waiting' };
    run.calls.set(from, call);
    this.#callers.call(from, number);
    setTimeout(() => {
      if (call.state !== 'waiting' && call.state !== 'ringing') return;
      call.state = 'gaveUp';
      this.#callers.hangUp(from);
    }, offered.patienceMs);
  }

  #callIsOver(from: string, status: number | undefined): void {
    const call = this.#run?.calls.get(from);
    const isDone = call?.state === 'handled' || call?.state === 'gaveUp';
    must(isDone, `${from}, ${call?.state}, was not ended by the other side (${status ?? 'BYE'})`);
  }

  // ── telephones ──

  #rings(agent: string, from: string): void {
    const now = monotonicMs();
    const run = this.#run!;
    const call = run.calls.get(from);
    must(call !== undefined, `${agent} is rung for somebody who calls, not ${from}`);
    must(run.free.delete(agent), `${agent} is free when it is rung`);
    const freeAt = run.wanted.get(agent);
    run.wanted.delete(agent);
    if (freeAt !== undefined) run.turns.push({ from, freeAt, invitedAt: now });
    if (call.state === 'waiting') call.state = 'ringing';
  }

  #answered(agent: string, from: string): void {
    const run = this.#run!;
    const call = run.calls.get(from)!;
    if (call.state === 'gaveUp') {
      run.crossed += 1;
      return;
    }
    must(call.state === 'ringing', `${from} is given to one agent only`);
    call.state = 'served';
    run.speaking.set(agent, call);
    void run.desks.took(agent).then(() => {
      run.waitsMs.push(monotonicMs() - call.begunAt);
      setTimeout(() => this.#telephones.hangUp(agent), call.serviceMs);
    });
  }

  #telephoneIsOver(agent: string, byUs: boolean): void {
    const run = this.#run!;
    const call = run.speaking.get(agent);
    run.speaking.delete(agent);
    // It rang, or was answered, for somebody who had hung up.
    if (call === undefined) return void run.free.add(agent);
    must(byUs, `${call.from} is not taken from ${agent} while they speak`);
    call.state = 'handled';
    run.busyDesks += 1;
    setTimeout(() => {
      const isDone = run.desks.done(agent, () => this.#isFree(run, agent));
      void isDone.then(() => {
        run.busyDesks -= 1;
      });
    }, this.#wrapUpMs);
  }

  /** Somebody waits for this agent where more wait than there are others who are free. */
  #isFree(run: Run, agent: string): void {
    const waiting = [...run.calls.values()].filter(({ state }) => state === 'waiting').length;
    if (waiting > run.free.size) run.wanted.set(agent, monotonicMs());
    run.free.add(agent);
  }
}
