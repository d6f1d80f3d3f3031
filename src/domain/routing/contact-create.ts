// contact.create: checks everything that can be checked here, then gives the contact to the core.
//
// The same id with the same content is answered as the contact stands now. A second one in the same tick waits for what
// the core says to the first, and is refused the same.

import type { CommandEncoder, MoreOfContact } from '../../engine/command-encoder.ts';
import type { Caller } from '../../engine/egress.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, type RefusalName, refuse } from '../../protocol/refusals.ts';
import { orElses } from '../../protocol/states.ts';
import type { Admission, Admitted, ContactDraft } from '../module.ts';
import type { Agent } from './agents.ts';
import { setAgeTimer } from './ages.ts';
import { contactRowAt } from './contact-book.ts';
import { briefOf, endedViewOf } from './contact-view.ts';
import { Contact, type ContactParams, creatingContent, type Wishes, wishesCommand } from './contacts.ts';
import { wayFrom } from './exits.ts';
import { profileFor } from './profile-for.ts';
import { asksForNothing, skillsOf, tooManySkills } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';

export function createContact(state: RoutingState, given: Params<'contact.create'>, admission: Admission): Admitted {
  const { contacts, queues, agents, names } = state;
  const caller = callerOf(admission);
  const found = contacts.find(given.contactId);
  if (found !== undefined) return createdAlready(state, found, given, caller, admission);
  const queueId = given.queueId ?? state.entries.find(given.entry ?? '')?.queueId;
  if (queueId === undefined) return refuse('entry_not_found');
  // One shape for all that name their queue, which are nearly all.
  const params = given.queueId === undefined ? { ...given, queueId } : (given as ContactParams);
  const queue = queues.find(queueId);
  if (queue === undefined) return refuse('queue_not_found');
  const channel = names.channels.find(params.channel);
  if (channel === undefined || ((queue.channelMask >>> channel) & 1) === 0) return refuse('channel_not_in_queue');
  const asked = params.agentId === undefined ? undefined : agents.find(params.agentId);
  if (params.agentId !== undefined && asked === undefined) return refuse('agent_not_found');
  if (contacts.isFull) return refuse('too_many_contacts');
  const refusal = refuseWishes(state, params);
  if (refusal !== undefined) return refusal;

  const draft = draftOf(params, contacts.nextNumber(), contacts.nextSlot());
  for (const shapes of state.shapes) {
    const shaped = shapes.contactCreate?.(draft, admission);
    if (shaped !== undefined) return keptOut(state, queueId, shaped);
  }
  const place =
    queue.policy.resumeWithinMs === undefined ? undefined : state.places.take(params, caller.role, admission);
  const arrivedAt = place?.arrivedAt ?? admission.now;
  const profile = profileFor(state, queue, channel, params, admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  const way = wayFrom(state, profile, { wishes: params, arrivedAt }, admission);
  if (!Array.isArray(way)) return keptOut(state, queueId, way);
  const contact = new Contact({
    number: draft.number,
    slot: draft.slot,
    queue,
    channel,
    created: params,
    owner: contacts.owner(caller),
    arrivedAt,
    joinedAt: admission.now,
    customer: draft.customer,
    extra: Object.keys(draft.extra).length > 0 ? draft.extra : undefined,
    profile,
  });
  const lastAgent = draft.lastAgentId === undefined ? undefined : agents.find(draft.lastAgentId);
  const more: MoreOfContact = {
    ...(way.length > 0 && { way }),
    ...(place !== undefined && { place }),
    ...(lastAgent !== undefined && { servedBy: lastAgent.handle }),
  };
  encode(admission.core, contact, asked, draft.withLegs, more);
  setAgeTimer(admission.core, contact, admission.now);
  contacts.add(contact);
  admission.onUndo((refusal) => {
    contact.refusal = refusal;
    contacts.takeBack(contact);
    if (refusal?.refusal === 'queue_full') tellKeptOut(state, contact.queue.queueId);
  });
  return { pending: ({ now }) => ({ result: briefOf(contact, state, now) }) };
}

const keepsOut = new Set<RefusalName>([
  'queue_full',
  'queue_closed',
  'nobody_logged_in',
  'nobody_ready',
  'caller_blocked',
]);

/** What the queue, or who is there, or the caller is to blame for is counted; a request that is wrong is not. */
function keptOut(state: RoutingState, queueId: string, refusal: Refusal): Admitted {
  if (!keepsOut.has(refusal.refusal)) return refusal;
  return { refused: refusal, noted: (admission) => tellKeptOut(state, queueId, admission) };
}

function tellKeptOut(state: RoutingState, queueId: string, admission?: Admission): void {
  for (const shapes of state.shapes) shapes.contactKeptOut?.(queueId, admission);
}

function createdAlready(
  state: RoutingState,
  found: Contact | number,
  params: Params<'contact.create'>,
  caller: Caller,
  admission: Admission,
): Admitted {
  const content = creatingContent(params, caller);
  if (typeof found === 'number') {
    const row = contactRowAt(admission.tables, found);
    if (creatingContent(row.created, row.owner) !== content) return refuse('contact_exists_with_different_content');
    return { result: endedViewOf(row) };
  }
  if (creatingContent(found.created, found.owner) !== content) return refuse('contact_exists_with_different_content');
  if (found.known) return { result: briefOf(found, state, admission.now) };
  return { pending: ({ now }) => found.refusal ?? { result: briefOf(found, state, now) } };
}

function draftOf(params: ContactParams, number: number, slot: number): ContactDraft {
  return {
    contactId: params.contactId,
    number,
    slot,
    queueId: params.queueId,
    channel: params.channel,
    params,
    customer: undefined,
    lastAgentId: undefined,
    extra: {},
    withLegs: false,
  };
}

/** Is there room in the core's vocabulary for what is asked for? */
export function refuseWishes(state: RoutingState, wishes: Wishes): Refusal | undefined {
  if (asksForNothing(wishes)) return undefined;
  if (tooManySkills(wishes)) return refuse('too_large', { path: '/requires' });
  if (!state.names.skills.hasRoomFor(skillsOf(wishes))) return refuse('too_many_names', { of: 'skills' });
  return undefined;
}

function encode(
  core: CommandEncoder,
  contact: Contact,
  asked: Agent | undefined,
  withLegs: boolean,
  more: MoreOfContact,
): void {
  const { created, queue, profile } = contact;
  const command = wishesCommand(contact, profile, created);
  const added = Object.keys(more).length > 0 ? more : undefined;
  if (asked === undefined) return core.contactCreate(command, withLegs, undefined, added);
  const { waitMs = queue.policy.direct.waitMs, orElse = queue.policy.direct.orElse } = created.direct ?? {};
  core.contactCreate(command, withLegs, { agent: asked.handle, waitMs, orElse: orElses[orElse] }, added);
}

export function callerOf({ caller }: Admission): Caller {
  if (caller === undefined) throw new Error('a request without a caller');
  return caller;
}
