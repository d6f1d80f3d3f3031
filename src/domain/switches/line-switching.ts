// line.switch: an agent leaves the lines of a seat for another one, in one step.
//
//   asked ── those that are left are put on hold ── all are ──▶ the other one is taken up ── done
//                     │ one cannot be                                  │ cannot be, or is over
//                     └────────── whoever was put on hold by it is taken up again ◀────┘
//
// First hold, then resume: nobody hears what is said on another line. So either the agent is with the one or, as before, with the other, and
// what is between is a row, since a switch may take its time or be gone, and a restart may come. What is said of one of the contacts by
// contact.hold and contact.resume meanwhile counts more: the step is given up where it is.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { notSwitchedReasons } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, ContactView, LineView, Reaction, RoutingView, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Brokering } from './brokering.ts';
import type { Holds } from './holds.ts';
import { lineSwitchesTable } from './tables.ts';

type Why = (typeof notSwitchedReasons)[number];

interface Left extends ContactHandle {
  /** Not on hold before: taken up again where nothing comes of it. */
  readonly wasUp: boolean;
}

/** To be taken up, by its slot and number. An agent has one at a time. */
interface LineSwitch extends ContactHandle {
  /** The agent's handle. */
  readonly agent: number;
  readonly lineId: string;
  readonly contactId: string;
  readonly left: readonly Left[];
  /** All of them are on hold, and its own switch was asked to take it up. */
  readonly resuming: boolean;
}

export class LineSwitching {
  readonly #routing: RoutingView;
  readonly #holds: Holds;
  readonly #brokering: Brokering;
  #byAgent = new Map<number, LineSwitch>();
  /** One of their contacts has left them in this tick: what follows is asked as it settles. */
  #touched = new Set<number>();

  constructor(routing: RoutingView, holds: Holds, brokering: Brokering) {
    this.#brokering = brokering;
    this.#routing = routing;
    this.#holds = holds;
  }

  load(tables: TableReader): void {
    this.#byAgent = new Map();
    this.#touched = new Set();
    for (const { row } of everyRow(tables, lineSwitchesTable)) {
      const one = row as unknown as LineSwitch;
      this.#byAgent.set(one.agent, one);
    }
  }

  // ── What agents ask for ───────────────────────────────────────────────────────────────────────────────────────
  request(params: Params<'line.switch'>, { caller }: Admission): Admitted {
    const { agentId = caller?.sub ?? '', lineId, fromLineId } = params;
    if (caller?.role === 'agent' && caller.sub !== agentId) return refuse('not_allowed_for_role');
    const agent = this.#routing.agentHandleOf(agentId);
    if (agent === undefined) return refuse('agent_not_found');
    const target = this.#target(agentId, lineId, fromLineId);
    if ('refusal' in target) return target;
    return {
      pending: (reaction) => {
        // It may be over, or on its way elsewhere, since this tick.
        const now = this.#target(agentId, lineId, fromLineId);
        if ('refusal' in now) return now;
        const before = this.#byAgent.get(agent);
        const { contactId } = now;
        const answer = (switched: boolean) => ({ result: { agentId, lineId, contactId, switched } });
        if (before?.lineId === lineId) return answer(false);
        if (before !== undefined) this.#giveUp(before, 'overruled', reaction);
        return answer(this.#begin(now, agent, this.#leftFor(agentId, lineId, fromLineId), reaction));
      },
    };
  }

  #target(agentId: string, lineId: string, fromLineId: string | undefined): ContactView | Refusal {
    const lines = this.#routing.linesOf(agentId);
    for (const named of [lineId, fromLineId])
      if (named !== undefined && !lines.some((line) => line.lineId === named))
        return refuse('line_not_found', { lineId: named });
    const line = lines.find((one) => one.lineId === lineId) as LineView;
    const contact = this.#servedAt(line);
    if (contact === undefined) return refuse('contact_not_connected');
    return this.#brokering.mayBeHeld(contact) ?? contact;
  }

  #servedAt({ state, contactId, lineId }: LineView): ContactView | undefined {
    const contact = state === 'connected' && contactId !== undefined ? this.#routing.contactById(contactId) : undefined;
    // The line of whoever is asked: the agent who asks is put on hold by nobody.
    const isCustomers = contact?.state === 'connected' && contact.about === undefined;
    return isCustomers && contact.lineId === lineId ? contact : undefined;
  }

  #leftFor(agentId: string, lineId: string, fromLineId: string | undefined): ContactView[] {
    return this.#routing
      .linesOf(agentId)
      .filter((line) => line.lineId !== lineId && (fromLineId === undefined || line.lineId === fromLineId))
      .map((line) => this.#servedAt(line))
      .filter((contact) => contact !== undefined)
      .flatMap((contact) => [contact, ...this.#brokering.takenAbout(contact)]);
  }

  /** True where it is done at once. */
  #begin(target: ContactView, agent: number, others: readonly ContactView[], reaction: Reaction): boolean {
    const { slot, number, contactId, lineId = '' } = target;
    const left = others.map((contact) => {
      const wasUp = !this.#holds.isHeld(contact);
      return { slot: contact.slot, number: contact.number, wasUp };
    });
    this.#keep({ agent, lineId, slot, number, contactId, left, resuming: false }, reaction);
    for (const contact of others) this.#brokering.hold(contact, true, reaction);
    return this.#goOn(agent, reaction);
  }

  // ── What becomes of them ──────────────────────────────────────────────────────────────────────────────────────
  /** The contact has left its agent, or is over. */
  left({ contact: slot, number }: Effect): void {
    for (const one of this.#byAgent.values())
      if ([one, ...one.left].some((its) => its.slot === slot && its.number >>> 0 === number >>> 0))
        this.#touched.add(one.agent);
  }

  /** The switch has held it, taken it up, or will not. */
  answered(contact: ContactView, reaction: Reaction): void {
    const agent = this.#agentOf(contact);
    if (agent !== undefined) this.#goOn(agent, reaction);
  }

  /** Somebody has said otherwise of one of the contacts. */
  overruled(contact: ContactView, reaction: Reaction): void {
    const { slot, number } = contact;
    const agent = this.#agentOf(contact);
    const one = agent === undefined ? undefined : this.#byAgent.get(agent);
    if (one === undefined) return;
    const isMeant = [one, ...one.left].some((its) => its.slot === slot && its.number === number);
    if (isMeant) this.#giveUp(one, 'overruled', reaction);
  }

  settle(reaction: Reaction): void {
    if (this.#touched.size === 0) return;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const agent of touched) this.#goOn(agent, reaction);
  }

  /** True where the agent is with the other now; it may have come to nothing, or go on when a switch has answered. */
  #goOn(agent: number, reaction: Reaction): boolean {
    const one = this.#byAgent.get(agent);
    if (one === undefined) return false;
    const target = this.#with(agent, one);
    if (target === undefined) return this.#fail(one, 'contactOver', reaction);
    for (const its of one.left) {
      const contact = this.#with(agent, its);
      if (contact === undefined) continue;
      if (this.#brokering.isBeingChanged(contact)) return false;
      if (!this.#holds.isHeld(contact)) return this.#fail(one, 'notHeld', reaction);
    }
    if (!one.resuming) {
      this.#keep({ ...one, resuming: true }, reaction);
      this.#brokering.takeUp(target, reaction);
    }
    if (this.#brokering.isBeingChanged(target)) return false;
    if (this.#holds.isHeld(target)) return this.#fail(one, 'notResumed', reaction);
    this.#forget(one, reaction);
    this.#tell(one, 'line.switched', {}, reaction);
    return true;
  }

  /** As it was before: the agent is not with the other. */
  #fail(one: LineSwitch, why: Why, reaction: Reaction): false {
    this.#giveUp(one, why, reaction);
    for (const its of one.left) {
      const contact = its.wasUp ? this.#with(one.agent, its) : undefined;
      if (contact !== undefined) this.#brokering.hold(contact, false, reaction);
    }
    return false;
  }

  #giveUp(one: LineSwitch, why: Why, reaction: Reaction): void {
    this.#forget(one, reaction);
    this.#tell(one, 'line.notSwitched', { why }, reaction);
  }

  /** In service with this agent still, or taken by whoever this agent asks. */
  #with(agent: number, { slot, number }: ContactHandle): ContactView | undefined {
    const contact = this.#routing.contactByHandle(slot, number);
    if (contact?.about !== undefined)
      return this.#agentOf(contact) === agent && this.#brokering.isTaken(contact) ? contact : undefined;
    return contact?.state === 'connected' && contact.agentHandle === agent ? contact : undefined;
  }

  /** Who has it at a line, or asks. */
  #agentOf({ about, agentHandle }: ContactView): number | undefined {
    return about === undefined ? agentHandle : this.#routing.agentHandleOf(about.agentId);
  }

  #tell({ agent, lineId, contactId }: LineSwitch, event: string, more: Row, reaction: Reaction): void {
    reaction.notify(this.#routing.agentAudience(agent), event, { lineId, contactId, ...more });
  }

  #keep(one: LineSwitch, { tables }: Reaction): void {
    this.#byAgent.set(one.agent, one);
    tables.put(lineSwitchesTable, one.agent, one as unknown as Row);
  }

  #forget({ agent }: LineSwitch, { tables }: Reaction): void {
    this.#byAgent.delete(agent);
    tables.remove(lineSwitchesTable, agent);
  }
}
