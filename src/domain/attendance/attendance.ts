// Who is at the desk: agents whose last connection is gone, and offers that are taken for those who are there.
//
// An agent who is away for longer than the tenant's `agentLost.afterMs` is made not ready, or logged out as soon as it is idle; what
// it serves goes on, since a call's media are at its switch and the customer may well hear the agent, unless `agentLost.contacts` says that it
// is to go back to its queue. Who never had a
// session (an application acts for it) is never lost. A restart of the router ends all connections, and the time begins anew.
//
// Offers of a queue with `autoAnswer` are accepted for an agent who is connected, also who connects while they ring, and only for that
// one: an empty chair answers nobody.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { agentsLostPerTickMax, followUpDepthMax } from '../../limits.ts';
import { type TenantProperties, tenantDefaults } from '../../protocol/tenant-settings.ts';
import type {
  Admission,
  Afterwards,
  DomainModule,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  SendsContacts,
  Shapes,
  TableReader,
} from '../module.ts';
import { tenantTable } from '../routing/tables.ts';
import { everyRow } from '../rows.ts';
import { attendanceTable, attendanceTables, startsTable } from './tables.ts';

const MODULE = 11;
const START_ROW = 1;
/** Timers are called by the agent's handle; this one goes on with the walk after a start. */
const WALK_TIMER = 2 ** 32;
/** And the agent's handle: what rings there is to be answered. */
const ANSWER_TIMERS = 2 ** 33;

/** Kept for who is connected, and for who is gone until that has had its consequence. */
interface Attending {
  readonly agentId: string;
  readonly connected: boolean;
  readonly start: number;
}

export class Attendance implements DomainModule {
  readonly name = 'attendance';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_OFFERED];
  readonly erases = { nothing: 'Who is at the desk is of agents.' };
  readonly tables = attendanceTables;
  readonly watchedRoles = ['agent'] as const;
  readonly methods: Readonly<Record<string, Handler>> = {};
  readonly shapes: Shapes = {
    agentRemove: ({ agentId, handle }, admission) => {
      if (!this.#isConnected(agentId)) this.#set(agentId, undefined, admission);
      admission.core.timerCancel(MODULE, handle);
      admission.core.timerCancel(MODULE, ANSWER_TIMERS + handle);
      return undefined;
    },
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    lost: ({ agentId }, admission) => this.#lose(agentId as string, admission),
    startWalk: (_, { core, now, tables }) => core.timerSet(MODULE, WALK_TIMER, now + lostOf(tables).afterMs),
    walk: (_, admission) => this.#walk(admission),
    answer: (params, admission) => this.#answer(params as unknown as Offered, admission),
    answerLater: ({ agent }, { core, now }) => core.timerSet(MODULE, ANSWER_TIMERS + (agent as number), now),
    answerAll: ({ agent }, admission) => {
      // It may have been removed meanwhile.
      const known = [...this.#known.keys()].find((agentId) => this.#routing.agentHandleOf(agentId) === agent);
      if (known !== undefined && this.#isConnected(known)) this.#answerAll(known, agent as number, admission);
    },
  };
  readonly #routing: RoutingView;
  readonly #sending: SendsContacts;
  readonly #known = new Map<string, Attending>();
  #start = 0;
  /** When that was. */
  #startedAt = 0;

  constructor(routing: RoutingView, sending: SendsContacts) {
    this.#routing = routing;
    this.#sending = sending;
  }

  load({ tables }: LoadContext): void {
    this.#known.clear();
    const { start = 0, at = 0 } = (tables.get(startsTable, START_ROW) ?? {}) as { start?: number; at?: number };
    this.#start = start;
    this.#startedAt = at;
    for (const { row } of everyRow(tables, attendanceTable)) {
      const known = row as unknown as Attending;
      this.#known.set(known.agentId, known);
    }
  }

  // ── Coming and going ──────────────────────────────────────────────────────────────────────────────────────────
  presenceChanged({ sub: agentId }: Caller, connected: boolean, admission: Admission): Afterwards {
    if (this.#isConnected(agentId) === connected) return undefined;
    const { core, now, tables } = admission;
    const handle = this.#routing.agentHandleOf(agentId);
    const isKept = connected || handle !== undefined;
    this.#set(agentId, isKept ? { agentId, connected, start: this.#start } : undefined, admission);
    if (handle === undefined) return undefined;
    if (connected) {
      core.timerCancel(MODULE, handle);
      this.#answerAll(agentId, handle, admission);
    } else core.timerSet(MODULE, handle, now + lostOf(tables).afterMs);
    return undefined;
  }

  resumed(reaction: Reaction): void {
    this.#start += 1;
    this.#startedAt = reaction.now;
    reaction.tables.put(startsTable, START_ROW, { start: this.#start, at: reaction.now });
    if (this.#known.size > 0) reaction.followUp('startWalk', {});
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === WALK_TIMER) reaction.followUp('walk', {});
    else if (key >= ANSWER_TIMERS) reaction.followUp('answerAll', { agent: key - ANSWER_TIMERS });
    else reaction.followUp('lost', { agentId: this.#routing.agentIdOf(key) });
  }

  #isConnected(agentId: string): boolean {
    const known = this.#known.get(agentId);
    return known?.connected === true && known.start === this.#start;
  }

  #set(agentId: string, attending: Attending | undefined, { tables, onUndo }: Admission): void {
    const before = this.#known.get(agentId);
    if (attending !== undefined) {
      tables.put(attendanceTable, agentId, { ...attending });
      this.#known.set(agentId, attending);
    } else if (before !== undefined) {
      tables.remove(attendanceTable, agentId);
      this.#known.delete(agentId);
    }
    onUndo(() => {
      if (before === undefined) this.#known.delete(agentId);
      else this.#known.set(agentId, before);
    });
  }

  /** Those who were there when the router went, and have not come back since; some at a time. */
  #walk(admission: Admission): void {
    const dueAt = this.#startedAt + lostOf(admission.tables).afterMs;
    // The timer of the start before has come due meanwhile: that one's time is not this one's.
    if (admission.now < dueAt) return admission.core.timerSet(MODULE, WALK_TIMER, dueAt);
    let left = agentsLostPerTickMax;
    for (const { agentId, start } of this.#known.values()) {
      if (start === this.#start) continue;
      if (left-- === 0) return admission.core.timerSet(MODULE, WALK_TIMER, admission.now);
      this.#lose(agentId, admission);
    }
  }

  #lose(agentId: string, admission: Admission): void {
    if (this.#isConnected(agentId) || !this.#known.has(agentId)) return;
    this.#set(agentId, undefined, admission);
    const handle = this.#routing.agentHandleOf(agentId);
    if (handle === undefined) return;
    const { core, tables } = admission;
    const chosen = this.#routing.agentChoice(handle);
    const { becomes, contacts } = lostOf(tables);
    if (becomes === 'loggedOut' && chosen !== 'loggedOut') core.agentLogout(handle, true);
    // Who has said why it is not ready is not ready for that reason still.
    if (becomes === 'notReady' && chosen === 'ready') core.agentNotReady(handle, layout.REASON_CONNECTION_LOST);
    if (contacts === 'queue') this.#giveBack(agentId, admission);
  }

  /** Behind what the agent becomes, so that it is not offered them again. */
  #giveBack(agentId: string, admission: Admission): void {
    for (const { contactId, state } of this.#routing.linesOf(agentId)) {
      const contact = state === 'connected' && contactId ? this.#routing.contactById(contactId) : undefined;
      if (contact?.agentId === agentId) this.#sending.toQueue(contact, 'agentLost', 0, admission);
    }
  }

  // ── Answering for those who are there ─────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    const { contact: slot, number: low, agent, queue } = effect;
    if (this.#routing.policyOf(queue).autoAnswer !== true) return;
    if (!this.#isConnected(this.#routing.agentIdOf(agent))) return;
    // Where lines ring one at a time, what is answered lets the next one ring: a chain as long as the agent has lines.
    if (reaction.depth + 1 >= followUpDepthMax) return reaction.followUp('answerLater', { agent });
    const number = this.#routing.contactNumberOf(slot, low);
    reaction.followUp('answer', { slot, number, offer: effect.value, agent });
  }

  /** What began to ring before the agent was there, or rings anew after a start of the router. */
  #answerAll(agentId: string, agent: number, { core }: Admission): void {
    for (const { contactId } of this.#routing.linesOf(agentId)) {
      const contact = contactId === undefined ? undefined : this.#routing.contactById(contactId);
      const offer = contact?.state === 'ringing' ? contact.offerTo(agent) : undefined;
      if (contact?.policy.autoAnswer && offer !== undefined)
        core.offerAccept(contact, offer, agent, { connectMs: contact.connectMs, ifOpen: true });
    }
  }

  #answer({ slot, number, offer, agent }: Offered, { core }: Admission): void {
    const contact = this.#routing.contactByHandle(slot, number);
    if (contact === undefined || !this.#isConnected(this.#routing.agentIdOf(agent))) return;
    core.offerAccept(contact, offer, agent, { connectMs: contact.connectMs, ifOpen: true });
  }
}

interface Offered {
  readonly slot: number;
  readonly number: number;
  readonly offer: number;
  readonly agent: number;
}

function lostOf(tables: TableReader): Required<TenantProperties>['agentLost'] {
  const given = tables.get(tenantTable, 1) as TenantProperties | undefined;
  return given?.agentLost ?? tenantDefaults.agentLost;
}
