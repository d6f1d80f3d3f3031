// Statistics of queues and agents by interval (docs/statistics.md). Which file does what:
//
//   counting, agent-times   effects → facts
//   summing                 facts of many ticks → a row of sums
//   facts, intervals        facts → counters of intervals that are not over, or not written yet
//   folding                 counters → rows, once an interval is over
//   lines                   rows and counters → what is asked for
//   ../alerts/              thresholds on the numbers of queues
//
// A tick that counts anything writes one row, its facts, however many contacts and agents they are about; the counters
// themselves are written when their interval is over, and until then as sums of many ticks.

import * as layout from '../../../assembly/layout.ts';
import { type Effect, effectsOfContactsAndAgents } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { Alerts, alertsTable, type TellWebhooks, type TroublesOfPlatforms } from '../alerts/alerts.ts';
import type {
  Admission,
  DomainModule,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  Row,
  Shapes,
} from '../module.ts';
import type { Plans } from '../schedules/plans.ts';
import type { HoldsView } from '../switches/holds.ts';
import { AgentTimes } from './agent-times.ts';
import { Counting } from './counting.ts';
import {
  CALLBACK_ASKED,
  CALLBACK_REACHED,
  CALLBACK_UNREACHABLE,
  type CountedRow,
  type Fact,
  FactList,
  GIVEN_BACK,
  joined,
  MESSAGE_ASKED,
  MESSAGE_LEFT,
  PAID_IN_QUEUE,
  PAID_TO_AGENT,
  packed,
  REFUSED,
} from './facts.ts';
import { Folding } from './folding.ts';
import { Intervals } from './intervals.ts';
import { Lines } from './lines.ts';
import { Summing } from './summing.ts';
import { countedTable, statisticsTables } from './tables.ts';

const MODULE = 8;
/** An interval is over, or there is more to fold. */
const FOLD_TIMER = 1;
/** An alert is to be looked at. */
const ALERT_TIMER = 2;

const callbackFacts = {
  asked: CALLBACK_ASKED,
  reached: CALLBACK_REACHED,
  unreachable: CALLBACK_UNREACHABLE,
} as const;
export type CallbackCount = keyof typeof callbackFacts;

/** A contact that was paid for, or a document in one. */
export interface PaidFor {
  readonly queueId?: string;
  readonly currency: string;
  readonly documents: 0 | 1;
  readonly parts: readonly (PaidPart & { readonly agentId: string })[];
}

interface PaidPart {
  readonly amount: number;
  readonly tax: number;
  readonly commission: number;
  readonly receiver: number;
}

type Then = Pick<Reaction, 'now' | 'tick' | 'tables'>;

const messageFacts = { asked: MESSAGE_ASKED, left: MESSAGE_LEFT } as const;

export class Statistics implements DomainModule {
  readonly name = 'statistics';
  readonly number = MODULE;
  readonly reactsTo = effectsOfContactsAndAgents;
  readonly erases = { nothing: 'What is counted is of queues and agents: numbers, and no contact.' };
  readonly tables = [...statisticsTables, alertsTable];
  readonly methods: Readonly<Record<string, Handler>>;
  readonly shapes: Shapes;
  readonly #ownMethods: Readonly<Record<string, Handler>> = {
    'statistics.query': (params, admission) => this.#lines.query(params, admission),
    'statistics.export': (params, admission) => this.#lines.export(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setTimer: (_, { core, tables, now }) => {
      const due = this.#folding.due(now, tables);
      if (due !== undefined) core.timerSet(MODULE, FOLD_TIMER, due);
    },
    setAlertTimer: (_, { core, now }) => {
      const { timerAt } = this.#alerts;
      if (timerAt !== Number.POSITIVE_INFINITY) core.timerSet(MODULE, ALERT_TIMER, Math.max(now, timerAt));
    },
  };
  readonly #intervals: Intervals;
  readonly #times: AgentTimes;
  readonly #counting: Counting;
  readonly #summing: Summing;
  readonly #folding: Folding;
  readonly #lines: Lines;
  readonly #alerts: Alerts;
  /** Of this tick. */
  readonly #facts = new FactList();
  /** Of requests of this tick, which may be taken back. */
  #onTheWay: Fact[] = [];
  /** The newest tick that has a row of them, and the newest that has settled: what is told later in it is written at once. */
  #writtenIn = 0;
  #settledIn = 0;
  /** The timer is set for the end of an interval, or the follow-up that sets it is on its way. */
  #timerSet = false;

  constructor(
    routing: RoutingView,
    holds: HoldsView,
    plans: Plans,
    tellWebhooks: TellWebhooks,
    troubles: TroublesOfPlatforms,
    countedTicks?: number,
  ) {
    this.#intervals = new Intervals(plans);
    this.#times = new AgentTimes(routing);
    this.#counting = new Counting(routing, holds);
    this.#summing = new Summing(this.#intervals, plans, countedTicks);
    this.#folding = new Folding(this.#intervals, this.#times, plans, this.#summing);
    this.#lines = new Lines(this.#intervals, this.#times, this.#folding, plans, routing);
    this.#alerts = new Alerts(routing, tellWebhooks, troubles);
    this.shapes = { ...this.#alerts.shapes, config: [this.#alerts.config], contactKeptOut: this.#keptOut };
    this.methods = { ...this.#ownMethods, ...this.#alerts.methods };
  }

  load(context: LoadContext): void {
    this.#facts.clear();
    this.#onTheWay = [];
    this.#writtenIn = 0;
    this.#settledIn = 0;
    const countedTo = this.#folding.load(context.tables);
    this.#times.load(context.live, countedTo);
    this.#counting.load(context);
    this.#alerts.load(context);
    this.#timerSet = !this.#folding.isIdle;
  }

  react(effect: Effect, { now }: Reaction): void {
    this.#alerts.react(effect, now);
    if (effect.kind !== layout.EFFECT_AGENT_STATE) return this.#counting.react(effect, now, this.#facts);
    const spent = this.#times.changed(effect, now);
    if (spent !== undefined) this.#facts.note(spent);
  }

  settle(reaction: Reaction): void {
    this.#write(reaction);
    this.#settledIn = reaction.tick;
    this.#alerts.settle(reaction);
    if (this.#alerts.wantsTimer() !== undefined) reaction.followUp('setAlertTimer', {});
    if (this.#timerSet || this.#folding.isIdle) return;
    this.#timerSet = true;
    reaction.followUp('setTimer', {});
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === ALERT_TIMER) return this.#alerts.timerFired(reaction);
    // What this tick has counted before comes first: folding forgets the facts of what is over.
    this.#write(reaction);
    this.#folding.step(reaction.now, reaction.tables);
    this.#goOn(reaction);
  }

  /** What nobody was there to see is nobody's. */
  resumed(reaction: Reaction, downMs: number): void {
    for (const fact of this.#times.leaveOut(reaction.now - downMs, reaction.now)) this.#facts.note(fact);
    this.#folding.resumed(reaction.now, downMs, reaction.tables);
    this.#goOn(reaction);
  }

  /** Also where nothing is counted: rows that are there are to go when they are old. */
  #goOn(reaction: Reaction): void {
    this.#timerSet = !this.#folding.isIdle;
    if (this.#folding.due(reaction.now, reaction.tables) !== undefined) reaction.followUp('setTimer', {});
  }

  state({ role }: Caller): Readonly<Record<string, unknown>> {
    return role === 'supervisor' ? { alerts: this.#alerts.raised() } : {};
  }

  readonly #keptOut = (queueId: string, admission: Admission | undefined): void => {
    this.#noteOnTheWay([REFUSED, queueId], admission);
  };

  /** Told by the module of callbacks. */
  readonly callbackCounted = (queueId: string, what: CallbackCount, admission: Admission | undefined): void => {
    this.#noteOnTheWay([callbackFacts[what], queueId], admission);
  };

  /** Told by the module of switches. */
  readonly messageCounted = (
    queueId: string,
    what: keyof typeof messageFacts,
    admission: Admission | undefined,
  ): void => {
    this.#noteOnTheWay([messageFacts[what], queueId], admission);
  };

  /** Told by the module of payments. True: the tick has settled, and what follows is for the next one to do. */
  readonly paid = ({ queueId, currency, documents, parts }: PaidFor, then: Then): boolean => {
    const of = [documents === 0 ? 1 : 0, documents] as const;
    const sum = (name: keyof PaidPart) => parts.reduce((all, part) => all + part[name], 0);
    if (queueId !== undefined)
      this.#facts.note([
        PAID_IN_QUEUE,
        queueId,
        currency,
        ...of,
        sum('amount'),
        sum('tax'),
        sum('commission'),
        sum('receiver'),
      ]);
    for (const { agentId, amount, tax, commission, receiver } of parts)
      this.#facts.note([PAID_TO_AGENT, agentId, currency, ...of, amount, tax, commission, receiver]);
    return this.#writtenLate(then);
  };

  /** The same, of what is given back. */
  readonly givenBack = (queueId: string, currency: string, amount: number, then: Then): boolean => {
    this.#facts.note([GIVEN_BACK, queueId, currency, amount]);
    return this.#writtenLate(then);
  };

  #writtenLate(then: Then): boolean {
    if (this.#settledIn !== then.tick) return false;
    this.#write(then);
    return !this.#timerSet;
  }

  /** Before the tick settles, or on the way in. */
  #noteOnTheWay(fact: Fact, admission: Admission | undefined): void {
    if (admission === undefined) return this.#facts.note(fact);
    this.#onTheWay.push(fact);
    admission.onUndo(() => {
      this.#onTheWay.splice(this.#onTheWay.indexOf(fact), 1);
    });
    // So that the tick is kept though nothing else may happen in it; settling writes it whole.
    const { now, tick, tables } = admission;
    tables.put(countedTable, tick, packed(now, this.#onTheWay) as unknown as Row);
  }

  #write({ now, tick, tables }: Then): void {
    for (const fact of this.#onTheWay) this.#facts.note(fact);
    this.#onTheWay = [];
    if (this.#facts.isEmpty) return;
    let row = this.#facts.take(now);
    this.#intervals.apply(row);
    // A tick in which the timer fired, or that has settled, may have written already.
    if (this.#writtenIn === tick) {
      row = joined(tables.get(countedTable, tick) as unknown as CountedRow, row);
      this.#summing.tickGoesOn(row);
    } else this.#summing.tickComes(tick, row, tables);
    this.#writtenIn = tick;
    tables.put(countedTable, tick, row as unknown as Row);
  }
}
