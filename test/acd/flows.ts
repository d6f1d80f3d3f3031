// A module that serves flows, for the cases and tests of exits to them: what a flow does is in its name.
//
//   keeps        keeps a contact until it is over or somebody moves it
//   back         gives it back to the queue that it left, after 10 s
//   to.QUEUE     gives it to that queue, after 10 s; where it cannot, to the queue that it left
//   hangs-up     ends it, after 10 s
//
// As any module it keeps what it knows in rows, is made anew from them, and is driven by timers of the core.

import type {
  Admission,
  ContactView,
  DomainModule,
  FlowHook,
  LoadContext,
  Reaction,
  RoutingView,
  Row,
  SendsContacts,
  TableDeclaration,
} from '../../src/domain/module.ts';
import { everyRow } from '../../src/domain/rows.ts';

const flowsTable: TableDeclaration = { name: 'testFlows', id: 911, personal: false };
const MODULE = 211;
const keptMsUsual = 10_000;
const ours = /^(keeps|back|hangs-up|to\..+)$/;

interface Kept {
  readonly slot: number;
  readonly number: number;
  readonly flow: string;
  readonly dueAt: number;
}

export class FlowModule implements DomainModule {
  readonly name = 'testFlows';
  readonly number = MODULE;
  readonly tables = [flowsTable];
  readonly methods = {};
  readonly erases = { nothing: 'Numbers of contacts, while they live.' };
  readonly reactsTo = [];
  readonly #sending: SendsContacts;
  readonly #keptMs: number;
  /** By the number of the contact. */
  kept = new Map<number, Kept>();
  /** Told as routing settles, done as this one does. */
  #news: ((reaction: Reaction) => void)[] = [];
  readonly shapes: { readonly flow: FlowHook } = {
    flow: {
      serves: (name) => ours.test(name),
      taken: ({ slot, number }: ContactView, { flow }) => {
        this.#news.push((reaction) =>
          this.#taken({ slot, number, flow, dueAt: reaction.now + this.#keptMs }, reaction),
        );
      },
      left: ({ number }) => {
        this.#news.push(({ tables }) => {
          this.kept.delete(number);
          tables.remove(flowsTable, number);
        });
      },
    },
  };
  readonly followUps = {
    setTimer: ({ number, dueAt }: Row, { core, now }: Admission) =>
      core.timerSet(MODULE, number as number, Math.max(now, dueAt as number)),
    giveBack: ({ number }: Row, admission: Admission) => this.#giveBack(number as number, admission),
  };

  constructor(sending: SendsContacts, keptMs: number) {
    this.#sending = sending;
    this.#keptMs = keptMs;
  }

  load({ tables }: LoadContext): void {
    this.#news = [];
    this.kept = new Map();
    for (const { row } of everyRow(tables, flowsTable)) {
      const one = row as unknown as Kept;
      this.kept.set(one.number, one);
    }
  }

  settle(reaction: Reaction): void {
    for (const run of this.#news.splice(0)) run(reaction);
  }

  timerFired(number: number, reaction: Reaction): void {
    reaction.followUp('giveBack', { number });
  }

  #taken(one: Kept, reaction: Reaction): void {
    this.kept.set(one.number, one);
    reaction.tables.put(flowsTable, one.number, one as unknown as Row);
    if (one.flow !== 'keeps') reaction.followUp('setTimer', { number: one.number, dueAt: one.dueAt });
  }

  /** A timer of a contact that came twice finds the later time. */
  #giveBack(number: number, admission: Admission): void {
    const one = this.kept.get(number);
    if (one === undefined || one.dueAt > admission.now) return;
    const { flow } = one;
    if (flow === 'hangs-up') this.#sending.fromFlow(one, { end: true }, admission);
    else if (flow === 'back') this.#sending.fromFlow(one, {}, admission);
    else if (this.#sending.fromFlow(one, { queueId: flow.slice('to.'.length) }, admission) !== undefined)
      this.#sending.fromFlow(one, {}, admission);
  }
}

export function flowsKeeping(keptMs: number) {
  return (_: RoutingView, sending: SendsContacts): readonly DomainModule[] => [new FlowModule(sending, keptMs)];
}

export const makeFlows = flowsKeeping(keptMsUsual);
