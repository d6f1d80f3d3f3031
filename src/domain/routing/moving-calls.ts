// Calls that go on at another device (docs/mobility.md), as far as contacts are concerned: the id of the second call is another name
// of the first, from the moment in which it is taken for it.
//
//   contact.create ─ is it a live call? (callMoves) ─▶ named ─┬─ its customer is there ─▶ moved: whoever brought it has the contact
//                                                             ├─ nothing came of it, or it was cancelled ─▶ a name that was never used
//                                                             └─ the first was over before ─▶ takeName: a contact of its own
//
// Nothing of it is the core's: the contact is where it was, with its agent, its line and its times. Who is the same customer is said by
// the module for that (domain/mobility), and what becomes of legs by those who have them (domain/switches/moving.ts).

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Caller } from '../../engine/egress.ts';
import { isRefusal } from '../../protocol/refusals.ts';
import type { Admission, Admitted, NamedCall, NotMovedWhy, Reaction } from '../module.ts';
import type { OnNoted } from '../timeline/notes.ts';
import { briefOf, viewOf } from './contact-view.ts';
import { type Contact, type ContactParams, rowOf } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsTable } from './tables.ts';

/** Undefined: it is a contact of its own. */
export function secondCall(
  state: RoutingState,
  params: ContactParams,
  caller: Caller,
  admission: Admission,
): Admitted | undefined {
  const { contactId, channel } = params;
  for (const callMoves of state.callMoves) {
    const owner = { role: caller.role, sub: caller.sub };
    const found = callMoves({ contactId, channel, params, owner }, admission);
    if (found === undefined) continue;
    if (isRefusal(found)) return found;
    const contact = state.contacts.bySlot(found.slot, found.number) as Contact;
    const before = contact.names;
    state.contacts.named(contact, { contactId, created: params, owner });
    admission.onUndo(() => {
      state.contacts.nameless(contact, contactId);
      contact.names = before;
    });
    return {
      pending: (reaction) => {
        keep(state, contact, reaction);
        tellAgent(state, contact, contactId, reaction);
        return { result: briefOf(contact, state, reaction.now) };
      },
    };
  }
  return undefined;
}

/** Where it takes longer than this tick. */
function tellAgent(state: RoutingState, contact: Contact, contactId: string, reaction: Reaction): void {
  const { agent, line } = contact;
  const isMoving = contact.names.some((name) => name.contactId === contactId && name.movedAt === undefined);
  if (!isMoving || contact.state !== 'connected' || agent === undefined) return;
  const told = { contactId: contact.contactId, name: contactId, lineId: state.lines.lineIdOf(line) };
  reaction.notify(agent.audience, 'contact.moving', told);
}

/** Whoever brought the second call cancels it, while it is being set up: the first one goes on. */
export function giveMoveUp(
  state: RoutingState,
  contact: Contact,
  contactId: string,
  admission: Admission,
): Admitted | undefined {
  if (contactId === contact.contactId) return undefined;
  const isGivenUp = state.moveGivenUp.some((moveGivenUp) => moveGivenUp(contactId, admission));
  return isGivenUp ? { pending: ({ now }) => ({ result: briefOf(contact, state, now) }) } : undefined;
}

export function moved(
  state: RoutingState,
  { slot, number }: ContactHandle,
  contactId: string,
  legs: { readonly fromLeg?: string; readonly toLeg?: string },
  reaction: Reaction,
  note: OnNoted,
): void {
  const contact = state.contacts.bySlot(slot, number);
  const name = contact?.names.find((one) => one.contactId === contactId);
  if (contact === undefined || name === undefined) return;
  contact.names = contact.names.map((one) => (one === name ? { ...one, movedAt: reaction.now } : one));
  const before = contact.owner;
  const { role, sub } = name.owner;
  const isPassed = before.role !== role || before.sub !== sub;
  if (isPassed) state.contacts.pass(contact, name.owner);
  keep(state, contact, reaction);
  const { agent } = contact;
  const told = {
    contactId: contact.contactId,
    name: contactId,
    state: contact.state,
    ...(agent !== undefined && { agentId: agent.agentId }),
    ...(contact.line >= 0 && { lineId: state.lines.lineIdOf(contact.line) }),
    ...legs,
    moves: contact.moves,
  };
  // Nobody has brought what an agent has dialled.
  if (isPassed && before.sub !== '') reaction.notify(before, 'contact.moved', { ...told, left: true });
  const isNew = isPassed && { contact: viewOf(contact, state, reaction.now) };
  reaction.notify(contact.owner, 'contact.moved', { ...told, ...isNew });
  if (agent !== undefined && contact.state === 'connected') reaction.notify(agent.audience, 'contact.moved', told);
  if (contact.customer === undefined) return;
  const { channel } = contact.created;
  const about = { channel, contactId: contact.contactId, agentId: agent?.agentId };
  const details = { name: contactId, ...legs, moves: contact.moves };
  note({ kind: 'move', customers: [contact.customer.number], ...about, details }, reaction);
}

export function notMoved(
  state: RoutingState,
  { slot, number }: ContactHandle,
  contactId: string,
  why: NotMovedWhy,
  reaction: Reaction,
): void {
  const contact = state.contacts.bySlot(slot, number);
  const name = contact?.names.find((one) => one.contactId === contactId);
  if (contact === undefined || name === undefined) return;
  const told = { contactId: contact.contactId, name: contactId, why };
  const { owner, agent } = contact;
  if (owner.sub !== '') reaction.notify(owner, 'contact.notMoved', told);
  if (name.owner.role !== owner.role || name.owner.sub !== owner.sub)
    reaction.notify(name.owner, 'contact.notMoved', told);
  if (agent !== undefined && contact.state === 'connected') reaction.notify(agent.audience, 'contact.notMoved', told);
}

/** The contact is over, or is in this moment, and is released behind this. */
export function takeName(
  state: RoutingState,
  { slot, number }: ContactHandle,
  contactId: string,
  reaction: Reaction,
): NamedCall | undefined {
  const contact = state.contacts.bySlot(slot, number);
  const name = contact?.names.find((one) => one.contactId === contactId);
  if (contact === undefined || name === undefined) return undefined;
  state.contacts.nameless(contact, contactId);
  keep(state, contact, reaction);
  return { contactId, params: name.created, owner: name.owner };
}

function keep(state: RoutingState, contact: Contact, { tables }: Pick<Reaction, 'tables'>): void {
  // It may have been released in this very tick, and be remembered, or forgotten.
  const found = state.contacts.find(contact.contactId);
  if (found === contact || found === contact.number) tables.put(contactsTable, contact.number, rowOf(contact));
}
