// Statistics of queues and agents by interval (docs/statistics.md). Which file does what:
//
//   counting, agent-times   effects → facts
//   facts, intervals        facts → counters of intervals that are not over, or not written yet
//   folding                 counters → rows, once an interval is over
//   lines                   rows and counters → what is asked for
//
// A tick that counts anything writes one row, its facts, however many contacts and agents they are about; the counters
// themselves are written when their interval is over.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { DomainModule, FollowUpHandler, Handler, LoadContext, Reaction, RoutingView } from '../module.ts';
import type { HoldsView } from '../switches/holds.ts';
import { AgentTimes } from './agent-times.ts';
import { Counting } from './counting.ts';
import type { CountedRow, Fact } from './facts.ts';
import { Folding } from './folding.ts';
import { Intervals } from './intervals.ts';
import { Lines } from './lines.ts';
import { countedTable, statisticsTables } from './tables.ts';

const MODULE = 8;
/** The module's only timer: an interval is over, or there is more to fold. */
const FOLD_TIMER = 1;

export class Statistics implements DomainModule {
  readonly name = 'statistics';
  readonly number = MODULE;
  readonly tables = statisticsTables;
  readonly methods: Readonly<Record<string, Handler>> = {
    'statistics.query': (params, admission) => this.#lines.query(params, admission),
    'statistics.export': (params, admission) => this.#lines.export(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setTimer: (_, { core, now }) => core.timerSet(MODULE, FOLD_TIMER, this.#folding.due(now)),
  };
  readonly #intervals = new Intervals();
  readonly #times: AgentTimes;
  readonly #counting: Counting;
  readonly #folding: Folding;
  readonly #lines: Lines;
  /** Of this tick. */
  #facts: Fact[] = [];
  /** The timer is set, or the follow-up that sets it is on its way. */
  #timerSet = false;

  constructor(routing: RoutingView, holds: HoldsView) {
    this.#times = new AgentTimes(routing);
    this.#counting = new Counting(routing, holds);
    this.#folding = new Folding(this.#intervals, this.#times);
    this.#lines = new Lines(this.#intervals, this.#times, routing);
  }

  load(context: LoadContext): void {
    this.#facts = [];
    const countedTo = this.#folding.load(context.tables);
    this.#times.load(context.live, countedTo);
    this.#counting.load(context);
    this.#timerSet = !this.#folding.isIdle;
  }

  react(effect: Effect, { now }: Reaction): void {
    if (effect.kind !== layout.EFFECT_AGENT_STATE) return this.#counting.react(effect, now, this.#note);
    const spent = this.#times.changed(effect, now);
    if (spent !== undefined) this.#facts.push(spent);
  }

  settle(reaction: Reaction): void {
    this.#write(reaction);
    if (this.#timerSet || this.#folding.isIdle) return;
    this.#timerSet = true;
    reaction.followUp('setTimer', {});
  }

  timerFired(_key: number, reaction: Reaction): void {
    // What this tick has counted before comes first: folding forgets the facts of what is over.
    this.#write(reaction);
    this.#folding.step(reaction.now, reaction.tables);
    this.#timerSet = !this.#folding.isIdle;
    if (this.#timerSet) reaction.followUp('setTimer', {});
  }

  /** What nobody was there to see is nobody's. */
  resumed(reaction: Reaction, downMs: number): void {
    this.#facts.push(...this.#times.leaveOut(reaction.now - downMs, reaction.now));
    this.#folding.resumed(reaction.now, reaction.tables);
    this.#timerSet = !this.#folding.isIdle;
    if (this.#timerSet) reaction.followUp('setTimer', {});
  }

  readonly #note = (fact: Fact): void => {
    this.#facts.push(fact);
  };

  #write({ now, tick, tables }: Reaction): void {
    if (this.#facts.length === 0) return;
    const facts = this.#facts;
    this.#facts = [];
    for (const fact of facts) this.#intervals.apply(fact, now);
    const before = tables.get(countedTable, tick) as CountedRow | undefined;
    const row: CountedRow = { at: now, facts: before === undefined ? facts : [...before.facts, ...facts] };
    tables.put(countedTable, tick, row as unknown as Readonly<Record<string, unknown>>);
  }
}
