// Calls that agents make: contact.dial (docs/lines.md).
//
//   asked ─▶ the contact is at that line ── its own telephone answers ── the number is rung at the same switch ── joined ─▶ in service
//                └──────── not answered, hung up, not joined, the number busy or not to be had ────────▶ over
//   without telephones: in service at once, since the agent's own application makes the call
//
// - The contact is of a queue, whose policy holds for it (wrap-up, recording, what becomes of a lost leg), and in none of that queue's
//   numbers: nobody has called there. It is counted as dialled, for its agent.
// - It comes from no pool and goes to none, until it has been in service and is sent on: from then on it is as any other.
// - Nobody has brought it: what becomes of it is told to its agent, and to the application that has asked for it, if one has.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import { legConnectMs, transferWaitMs } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { LegCause } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, LineView, Reaction } from '../module.ts';
import type { Agent } from './agents.ts';
import { calledBy } from './calling-inside.ts';
import { contactRowAt } from './contact-book.ts';
import { callerOf, draftOf, shape } from './contact-create.ts';
import { briefOf, endedViewOf } from './contact-view.ts';
import { Contact, type ContactParams, type Dialled, rowOf } from './contacts.ts';
import { profileFor } from './profile-for.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { insideOf } from './sending.ts';
import { askedIn } from './steps.ts';
import { contactsTable } from './tables.ts';

/** Who has brought what an agent dials: no session has this name. */
export const nobody = { role: 'app', sub: '' } as const;

export function dial(state: RoutingState, params: Params<'contact.dial'>, admission: Admission): Admitted {
  const { contacts, names } = state;
  const { contactId, lineId, to, waitMs = transferWaitMs } = params;
  const caller = callerOf(admission);
  const found = contacts.find(contactId);
  if (found !== undefined) return dialledAlready(state, found, params, admission);
  const seat = seatWith(state, lineId);
  if (seat === undefined || (caller.role === 'agent' && caller.sub !== seat.agent.agentId))
    return refuse('line_not_found', { lineId });
  const { agent, line } = seat;
  const { number } = to;
  // Outside it would leave by the switch and come back by it, as two calls of which neither knows of the other.
  const target = insideOf(state, to);
  const inside = target.number === undefined ? target : undefined;
  const channel = names.channels.find(line.channel) as number;
  const queue = queueFor(state, agent, channel, params.queueId);
  if ('refusal' in queue) return queue;
  if (contacts.isFull) return refuse('too_many_contacts');
  const calling = { agent, queue, channel, channelName: line.channel };
  const called = inside && calledBy(state, calling, { to: inside, waitMs }, admission);
  if (called !== undefined && 'refusal' in called) return called;
  const media = mediaOf(state, line.channel);
  if (isRefusal(media)) return media;

  const created: ContactParams = {
    contactId,
    channel: line.channel,
    queueId: queue.queueId,
    ...(number !== undefined && { to: number }),
    ...(line.number !== undefined && { from: line.number }),
    // Who sits here is no customer.
    ...(params.identity !== undefined && inside === undefined && { identity: params.identity }),
    ...(params.attributes !== undefined && { attributes: params.attributes }),
  };
  const withLegs = media === 'switch';
  const draft = { ...draftOf(state, created), isDialled: true, withLegs };
  const shaped = shape(state, draft, admission);
  if (shaped !== undefined) return shaped;
  const profile = profileFor(state, queue, channel, askedIn(queue, {}, []), admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  // The last that a colleague is rung for may begin when the time to wait is over.
  const ringMs = called === undefined ? waitMs : waitMs + called.profile.queue.policy.offerMs + legConnectMs;
  const dialled: Dialled = {
    agentId: agent.agentId,
    lineId,
    ...(number !== undefined && { number }),
    ...(inside !== undefined && { to: inside, waitMs }),
    ringMs,
    withLegs,
    given: contentOf(params),
  };
  const contact = new Contact({
    number: draft.number,
    slot: draft.slot,
    queue,
    channel,
    created,
    owner: contacts.owner(caller.role === 'app' ? caller : nobody),
    arrivedAt: admission.now,
    customer: draft.customer,
    extra: Object.keys(draft.extra).length > 0 ? draft.extra : undefined,
    profile,
    dialled,
  });
  // Its own telephone rings as long as an offer would, and the rest is for the switch.
  const connectMs = queue.policy.offerMs + ringMs + 2 * legConnectMs;
  admission.core.contactDial(contact, {
    profile: profile.number,
    agent: agent.handle,
    line: line.handle,
    connectMs,
    // Without telephones, too, it is in service when the colleague has taken it.
    withLegs: withLegs || inside !== undefined,
  });
  contact.creation = admission.undecided;
  contacts.add(contact);
  admission.onUndo((refusal) => {
    contact.refusal = refusal;
    contacts.takeBack(contact);
  });
  return { pending: ({ now }) => ({ result: briefOf(contact, state, now) }) };
}

function contentOf({ contactId: _, ...given }: Params<'contact.dial'>): string {
  return canonical(given);
}

function dialledAlready(
  state: RoutingState,
  found: Contact | number,
  params: Params<'contact.dial'>,
  admission: Admission,
): Admitted {
  const { sub, role } = callerOf(admission);
  const row = typeof found === 'number' ? contactRowAt(admission.tables, found) : found;
  const isSame = row.dialled?.given === contentOf(params) && (role !== 'agent' || row.dialled.agentId === sub);
  if (!isSame) return refuse('contact_exists_with_different_content');
  if (!(row instanceof Contact)) return { result: endedViewOf(row) };
  if (row.known) return { result: briefOf(row, state, admission.now) };
  return { pending: ({ now }) => row.refusal ?? { result: briefOf(row, state, now) } };
}

function seatWith(state: RoutingState, lineId: string): { agent: Agent; line: LineView } | undefined {
  const owner = state.lines.ownerOf(lineId);
  const agent = owner === undefined ? undefined : state.agents.at(owner);
  const line = agent && state.lines.linesOf(agent.handle).find((one) => one.lineId === lineId);
  return agent && line && { agent, line };
}

/** The one that is named, or the first of the agent's that takes the channel. */
export function queueFor(
  state: RoutingState,
  agent: Agent,
  channel: number,
  named: string | undefined,
): Queue | Refusal {
  const takes = (queue: Queue) => ((queue.channelMask >>> channel) & 1) === 1;
  if (named !== undefined) {
    const queue = state.queues.find(named);
    if (queue === undefined) return refuse('queue_not_found');
    return takes(queue) ? queue : refuse('channel_not_in_queue');
  }
  const { queues } = agent.given;
  for (const queue of state.queues.from(0))
    if (takes(queue) && (queues === undefined || queues.includes(queue.queueId))) return queue;
  return refuse('queue_not_found');
}

/** Who makes the call: a switch, or whatever the agent has. */
function mediaOf(state: RoutingState, channel: string): 'switch' | 'agent' | Refusal {
  for (const shapes of state.shapes) {
    const answer = shapes.dials?.(channel);
    if (answer !== undefined) return answer;
  }
  return 'agent';
}

// ── What becomes of it ──────────────────────────────────────────────────────────────────────────────────────────
/** By whoever rings: the number is not to be had, and the contact ends by it next. */
export function dialledInVain(
  state: RoutingState,
  { slot, number }: ContactHandle,
  cause: LegCause,
  { tables }: Pick<Reaction, 'tables'>,
): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.dialled === undefined || contact.ending !== undefined) return;
  contact.dialled = { ...contact.dialled, cause };
  tables.put(contactsTable, contact.number, rowOf(contact));
}

/** Not in service yet: there is nobody to be sent on. */
export function isBeingDialled({ isOutbound, state }: Contact): boolean {
  return isOutbound && state !== 'connected';
}

/** Who has to hear of its end, though it was never in service. */
export function dialledBy(contact: Contact): { readonly role: 'agent'; readonly sub: string } | undefined {
  return contact.isOutbound && contact.dialled !== undefined
    ? { role: 'agent', sub: contact.dialled.agentId }
    : undefined;
}
