// Sending a contact to a number outside: contact.transfer and supervisor.move with `to: {number}` (docs/service.md).
//
//   in service ── sent ──▶ its agent wraps up in a part; it waits in its queue, withheld, while the number is rung
//                             ├─ joined ──▶ over as `transferredOut`: its two legs go on without it
//                             └─ busy, not answered, not to be had ──▶ back to the agent who sent it, as long as `backMs` ─▶ the queue
//
// Whoever is asked outside first (consulting.ts) is rung for the consultation, and the contact goes there when that is handed over:
//
//   asked, joined with the agent ── handed over ──▶ the agent wraps up; the contact waits, withheld ── joined ──▶ over as above
//
// To the core it is a contact that waits and is not to be offered, so nobody else has to know that there is a number: whoever hangs
// up, is moved on or is lost with its switch meanwhile is treated as any that waits. Only exits look away.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { transferWaitMs } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { sentReasons } from '../../protocol/states.ts';
import type { Admission, Admitted, Reaction } from '../module.ts';
import type { Agent } from './agents.ts';
import { setAgeTimer } from './ages.ts';
import { choosesNoMore } from './choosing.ts';
import { overByThen } from './contact-handlers.ts';
import { briefOf, moduleViewOf } from './contact-view.ts';
import { type Contact, type Outside, rowOf } from './contacts.ts';
import { comesFromFlow } from './flow-exits.ts';
import type { RoutingState } from './routing-state.ts';
import { give } from './sending.ts';
import { contactsTable } from './tables.ts';

export interface SendingOutside {
  readonly number: string;
  readonly why: 'transferred' | 'bySupervisor';
  readonly waitMs: number | undefined;
  /** Who gets it where the number is not to be had. */
  readonly back?: { readonly agent: Agent; readonly waitMs: number };
}

export function sendOutside(
  state: RoutingState,
  contact: Contact,
  { number, why, waitMs: ringMs = transferWaitMs, back }: SendingOutside,
  admission: Admission,
): Admitted {
  const refusal = beginAt(state, contact, { number, ringMs, asks: undefined }, admission);
  if (refusal !== undefined) return refusal;
  choosesNoMore(contact, admission);
  const outside: Outside = {
    number,
    since: admission.now,
    ...(back !== undefined && { backTo: back.agent.agentId, backMs: back.waitMs }),
  };
  isOutside(state, contact, outside, admission);
  // Before it is sent: in between it would be offered to whoever is free.
  admission.core.contactWithhold(contact, true);
  const from = why === 'transferred' ? contact.agent?.handle : undefined;
  const takeBackPart = give(state, contact, { why: sentReasons[why], from }, admission);
  comesFromFlow(state, contact, admission);
  return {
    reworded: overByThen(contact),
    pending: (reaction) => {
      takeBackPart();
      if (contact.ending === undefined && contact.outside === outside) keep(contact, reaction);
      return { result: briefOf(contact, state, reaction.now) };
    },
  };
}

interface Call {
  readonly number: string;
  readonly ringMs: number;
  /** What a consultation is about: its agent is to be joined with the number. */
  readonly asks: Contact | undefined;
}

/** Whoever has its media is to ring the number. */
export function beginAt(
  state: RoutingState,
  contact: Contact,
  { number, ringMs, asks }: Call,
  admission: Admission,
): Refusal | undefined {
  const call = { contact: moduleViewOf(contact, state), number, ringMs, asks: asks && moduleViewOf(asks, state) };
  for (const shapes of state.shapes) {
    const answer = shapes.sentOutside?.(call, admission);
    if (answer !== undefined) return isRefusal(answer) ? answer : undefined;
  }
  return refuse('contact_without_legs');
}

/**
 * Whoever its agent has asked outside has it from now on. The consultation is claimed, so it cannot be over by then; where the contact
 * is, or is elsewhere, the core will not send it, and the consultation would have been over all the same.
 */
export function handOverOutside(
  state: RoutingState,
  contact: Contact,
  consultation: Contact,
  back: SendingOutside['back'],
  admission: Admission,
): () => void {
  const outside: Outside = {
    number: (consultation.outside as Outside).number,
    since: admission.now,
    ...(back !== undefined && { backTo: back.agent.agentId, backMs: back.waitMs }),
  };
  admission.core.contactEnd(consultation, layout.ENDED_HANDED_OVER);
  isOutside(state, contact, outside, admission);
  admission.core.contactWithhold(contact, true);
  return give(state, contact, { why: sentReasons.transferred, from: contact.agent?.handle }, admission);
}

/** Of a consultation: what has become of the number. By whoever rings it. */
export function outsideIs(
  state: RoutingState,
  { slot, number }: ContactHandle,
  how: Pick<Outside, 'connectedAt' | 'cause'>,
  reaction: Reaction,
): void {
  const consultation = state.contacts.bySlot(slot, number);
  if (consultation?.outside === undefined || consultation.ending !== undefined) return;
  consultation.outside = { ...consultation.outside, ...how };
  keep(consultation, reaction);
}

function isOutside(
  state: RoutingState,
  contact: Contact,
  outside: Outside | undefined,
  { onUndo }: Pick<Admission, 'onUndo'>,
): void {
  const before = contact.outside;
  contact.outside = outside;
  onUndo((refusal) => {
    contact.outside = before;
    if (refusal === undefined) return;
    // What else became of it in this tick was written as if it were so; and the core had withheld it before it would not send it.
    state.outsideUndone.add(contact);
  });
}

function keep(contact: Contact, { tables }: Pick<Reaction, 'tables'>): void {
  tables.put(contactsTable, contact.number, rowOf(contact));
}

/** Sent on elsewhere: the number, or a choice, is not wanted any more. To be called behind the command that sends it. */
export function comesFromOutside(state: RoutingState, contact: Contact, admission: Admission): void {
  if (contact.outside === undefined) {
    if (choosesNoMore(contact, admission) && state.isOfferable(contact)) admission.core.contactWithhold(contact, false);
    return;
  }
  isOutside(state, contact, undefined, admission);
  if (state.isOfferable(contact)) admission.core.contactWithhold(contact, false);
  setAgeTimer(admission.core, contact, admission.now);
  keep(contact, admission);
}

/** As the follow-up of whoever has rung the number in vain: to the agent who sent it, and to its queue where there is none. */
export function backFromOutside(state: RoutingState, { slot, number }: ContactHandle, admission: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.outside === undefined || !contact.isWaiting) return;
  const { backTo, backMs = 0 } = contact.outside;
  const agent = backTo === undefined ? undefined : state.agents.find(backTo);
  if (agent !== undefined)
    admission.core.contactSend(contact, {
      to: { agent: agent.handle, waitMs: backMs, whatever: true },
      why: sentReasons.returned,
      // It is not in service, so there is nothing to wrap up: its own slot is never used.
      part: contact,
    });
  comesFromOutside(state, contact, admission);
}

/** Of those whose sending the core has refused. */
export function settleOutside(state: RoutingState, reaction: Reaction): void {
  for (const contact of state.outsideUndone) {
    keep(contact, reaction);
    const { slot, number } = contact;
    if (contact.withheld && contact.outside === undefined) reaction.followUp('offerAgain', { slot, number });
  }
  state.outsideUndone.clear();
}

/** As a follow-up: withheld by a request that the core then refused. */
export function offerAgain(state: RoutingState, { slot, number }: ContactHandle, { core }: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  const isKept = contact?.outside !== undefined || contact?.flow !== undefined;
  if (contact?.withheld && !isKept && state.isOfferable(contact)) core.contactWithhold(contact, false);
}
