// contact.create: checks everything that can be checked here, then gives the contact to the core.
//
// The same id with the same content is answered as the contact stands now. A second one in the same tick waits for what
// the core says to the first, and is refused the same.

import type { CommandEncoder, ContactHandle, MoreOfContact } from '../../engine/command-encoder.ts';
import type { Caller, Role } from '../../engine/egress.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, type RefusalName, refuse } from '../../protocol/refusals.ts';
import { movedReasons, orElses } from '../../protocol/states.ts';
import type { Writable } from '../../writable.ts';
import type { Admission, Admitted, CallFrom, ContactDraft, ContactOfModule, Instead } from '../module.ts';
import { digestOf } from '../token-digest.ts';
import type { Agent } from './agents.ts';
import { setAgeTimer } from './ages.ts';
import { isToChoose } from './choosing.ts';
import { contactRowAt } from './contact-book.ts';
import { briefOf, endedViewOf } from './contact-view.ts';
import {
  type Consultation,
  Contact,
  type ContactParams,
  creatingContent,
  type InFlow,
  type Outside,
  type Wishes,
  wishesCommand,
} from './contacts.ts';
import { nobody, queueFor } from './dialling.ts';
import { insteadOfEntering, wayFrom } from './exits.ts';
import { flowOf } from './flow-exits.ts';
import { secondCall } from './moving-calls.ts';
import { profileFor } from './profile-for.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import { asksForNothing, skillsOf, tooManySkills } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';
import { lineNamed } from './sending.ts';
import { askedIn } from './steps.ts';

export function createContact(state: RoutingState, asked: Params<'contact.create'>, admission: Admission): Admitted {
  const given = keepable(asked);
  const { contacts, queues, agents, names } = state;
  const caller = callerOf(admission);
  const found = contacts.find(given.contactId);
  if (found !== undefined) return createdAlready(state, found, given, caller, admission);
  const entry = given.queueId ?? state.entries.find(given.entry ?? '')?.queueId;
  const called = entry === undefined ? lineCalled(state, given) : undefined;
  const queueId = entry ?? called?.queue.queueId;
  if (queueId === undefined) return refuse('entry_not_found');
  // One shape for all that name their queue, which are nearly all.
  const params = given.queueId === undefined ? { ...given, queueId } : (given as ContactParams);
  const queue = queues.find(queueId);
  if (queue === undefined) return refuse('queue_not_found');
  const channel = names.channels.find(params.channel);
  if (channel === undefined || !queue.takes(channel)) return refuse('channel_not_in_queue');
  const named = params.agentId === undefined ? called?.agent : agents.find(params.agentId);
  if (params.agentId !== undefined && named === undefined) return refuse('agent_not_found');
  if (contacts.isFull) return refuse('too_many_contacts');
  const refusal = refuseWishes(state, params);
  if (refusal !== undefined) return refusal;
  // It is let in by nobody where it is a call that is there already.
  const second = secondCall(state, params, caller, admission);
  if (second !== undefined) return second;

  const draft = draftOf(state, params);
  const shaped = shape(state, draft, admission);
  if (shaped !== undefined) return keptOut(state, queueId, shaped);
  const place =
    draft.place ??
    (queue.policy.resumeWithinMs === undefined ? undefined : state.places.take(params, caller.role, admission));
  const arrivedAt = place?.arrivedAt ?? admission.now;
  const profile = profileFor(state, queue, channel, askedIn(queue, params, []), admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  const way = called === undefined ? wayFrom(state, profile, { wishes: params, arrivedAt }, admission) : [];
  if ('refusal' in way) {
    const name = flowOf(state, way.exit);
    if (name === undefined)
      return keptOut(state, queueId, way.refusal, insteadOfEntering(state, way.queue, way.exit, params, caller));
    const flow = { name, why: way.why, since: admission.now };
    const making = { draft, queue, channel, params, owner: caller, profile, flow };
    return givenToFlow(state, making, { way: way.way, ...(place !== undefined && { place }) }, admission);
  }
  const more: Writable<MoreOfContact> = {};
  if (way.length > 0) more.way = way;
  if (place !== undefined) more.place = place;
  if (params.choose === true) more.withheld = true;
  if (called !== undefined && named === called.agent) Object.assign(more, { line: called.line, letIn: true });
  const last = way.length === 0 ? queue : state.profiles.at(way.at(-1)!.profile).queue;
  // It is let in, and given to the flow where it has to wait and as many wait as may.
  const leadsToFlow = flowOf(state, last.policy.whenFull) !== undefined && params.choose !== true;
  const overflows = leadsToFlow && way.every(({ why }) => why !== movedReasons.full);
  if (overflows) more.letIn = true;
  const contact = make(state, { draft, queue, channel, params, owner: caller, profile, asked: named, more }, admission);
  contact.overflows = overflows;
  if (params.choose === true) isToChoose(contact, admission);
  const instead = insteadOfEntering(state, last, last.policy.whenFull, params, caller);
  admission.onUndo((refusal) => {
    if (refusal?.refusal !== 'queue_full') return;
    tellKeptOut(state, contact.queue.queueId);
    instead?.beginLater(refusal);
  });
  return {
    pending: ({ now }) => ({ result: briefOf(contact, state, now) }),
    ...(instead !== undefined && { reworded: (refusal) => withInstead(refusal, instead) }),
  };
}

/** Of a token its digest is kept, and compared: what is in a row may be read by somebody. */
function keepable(asked: Params<'contact.create'>): Params<'contact.create'> {
  return asked.moveToken === undefined ? asked : { ...asked, moveToken: digestOf(asked.moveToken) };
}

/** The line of an agent whose number was called, where no entry leads anywhere else; and by the rules of which queue. */
function lineCalled(state: RoutingState, { entry = '', channel, choose }: Params<'contact.create'>) {
  const lineId = choose === true ? undefined : state.lines.lineOfNumber(entry);
  const at = lineId === undefined ? undefined : lineNamed(state, lineId, channel);
  const number = state.names.channels.find(channel);
  if (at === undefined || number === undefined) return undefined;
  const queue = queueFor(state, at.agent, number, undefined);
  return 'refusal' in queue ? undefined : { ...at, queue };
}

/** No queue lets it in, and the exit of the last of them leads to a flow: it is there, and nobody is asked for it. */
function givenToFlow(
  state: RoutingState,
  making: Omit<Making, 'asked' | 'more'>,
  { way, place }: Pick<MoreOfContact, 'way' | 'place'>,
  admission: Admission,
): Admitted {
  const more: MoreOfContact = {
    letIn: true,
    withheld: true,
    ...(way !== undefined && way.length > 0 && { way }),
    ...(place !== undefined && { place }),
  };
  const draft = { ...making.draft, affinity: undefined };
  const contact = make(state, { ...making, draft, asked: undefined, more }, admission);
  return { pending: ({ now }) => ({ result: briefOf(contact, state, now) }) };
}

/** For a module that has let it in before: it is kept out by nothing but what other modules say of its customer. */
export function bringContact(state: RoutingState, of: ContactOfModule, admission: Admission): ContactHandle | Refusal {
  const { contacts, queues, names } = state;
  const params = of.params as ContactParams;
  const queue = queues.find(params.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  const channel = names.channels.find(params.channel);
  if (channel === undefined || !queue.takes(channel)) return refuse('channel_not_in_queue');
  if (contacts.isFull) return refuse('too_many_contacts');
  const refusal = refuseWishes(state, params);
  if (refusal !== undefined) return refusal;
  const cameBy = of.hasCome === true ? of.owner : undefined;
  const draft = { ...draftOf(state, params), isBrought: true, cameBy, extra: { ...of.extra }, place: of.place };
  const shaped = shape(state, draft, admission);
  if (shaped !== undefined) return shaped;
  const profile = profileFor(state, queue, channel, askedIn(queue, params, []), admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  const more = { letIn: true, ...(of.place !== undefined && { place: of.place }) };
  return make(state, { draft, queue, channel, params, owner: of.owner, profile, asked: undefined, more }, admission);
}

export interface ConsultationToMake {
  readonly params: ContactParams;
  readonly about: Consultation;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly profile: Profile;
  /** Who is asked for by name. */
  readonly agent: Agent | undefined;
  /** The handle of the line at which alone that one is to be rung. */
  readonly line: number | undefined;
  /** Who is asked outside: no agent is rung for it. */
  readonly outside: Outside | undefined;
}

/** What has been checked. No queue is too full for it. */
export function makeConsultation(state: RoutingState, of: ConsultationToMake, admission: Admission): Contact | Refusal {
  const { params, about, owner, profile, agent, line, outside } = of;
  const draft = { ...draftOf(state, params), about };
  const shaped = shape(state, draft, admission);
  if (shaped !== undefined) return shaped;
  const { queue, channel } = profile;
  const more = {
    letIn: true,
    ...(outside !== undefined && { withheld: true }),
    ...(line !== undefined && { line }),
  };
  return make(state, { draft, queue, channel, params, owner, profile, asked: agent, more, outside }, admission);
}

export interface CallToMake extends Pick<ConsultationToMake, 'params' | 'profile' | 'agent' | 'line'> {
  readonly calledBy: CallFrom;
}

/** What a colleague has of a call, which nobody has brought: no queue is too full for it. */
export function makeCall(state: RoutingState, of: CallToMake, admission: Admission): Contact | Refusal {
  const { params, calledBy, profile, agent, line } = of;
  const draft = { ...draftOf(state, params), isBrought: true, calledBy };
  const shaped = shape(state, draft, admission);
  if (shaped !== undefined) return shaped;
  const { queue, channel } = profile;
  const more = { letIn: true, ...(line !== undefined && { line }) };
  return make(state, { draft, queue, channel, params, owner: nobody, profile, asked: agent, more }, admission);
}

export function shape(state: RoutingState, draft: ContactDraft, admission: Admission): Refusal | undefined {
  for (const shapes of state.contactCreate) {
    const shaped = shapes(draft, admission);
    if (shaped !== undefined) return shaped;
  }
  return undefined;
}

interface Making {
  readonly draft: ContactDraft;
  readonly queue: Queue;
  readonly channel: number;
  readonly params: ContactParams;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly profile: Profile;
  readonly asked: Agent | undefined;
  readonly more: MoreOfContact;
  readonly outside?: Outside | undefined;
  readonly flow?: InFlow | undefined;
}

/** What has been checked. */
function make(state: RoutingState, of: Making, admission: Admission): Contact {
  const { draft, queue, channel, params, profile, asked } = of;
  const { contacts } = state;
  const contact = new Contact({
    number: draft.number,
    slot: draft.slot,
    queue,
    channel,
    created: params,
    owner: contacts.owner(of.owner),
    arrivedAt: of.more.place?.arrivedAt ?? admission.now,
    joinedAt: admission.now,
    customer: draft.customer,
    extra: hasMembers(draft.extra) ? draft.extra : undefined,
    profile,
    about: draft.about,
    calledBy: draft.calledBy,
    outside: of.outside,
    flow: of.flow,
  });
  const lastAgent = draft.lastAgentId === undefined ? undefined : state.agents.find(draft.lastAgentId);
  const more: MoreOfContact = lastAgent === undefined ? of.more : { ...of.more, servedBy: lastAgent.handle };
  encode(admission.core, contact, asked, draft, more);
  if (!contact.isOfNoQueue) setAgeTimer(admission.core, contact, admission.now);
  contact.creation = admission.undecided;
  contacts.add(contact);
  admission.onUndo((refusal) => {
    contact.refusal = refusal;
    contacts.takeBack(contact);
  });
  return contact;
}

const keepsOut = new Set<RefusalName>([
  'queue_full',
  'queue_closed',
  'nobody_logged_in',
  'nobody_ready',
  'caller_blocked',
]);

/** What the queue, or who is there, or the caller is to blame for is counted; a request that is wrong is not. */
function keptOut(state: RoutingState, queueId: string, refusal: Refusal, instead?: Instead): Admitted {
  if (!keepsOut.has(refusal.refusal)) return refusal;
  return {
    refused: instead === undefined ? refusal : withInstead(refusal, instead),
    noted: (admission) => {
      tellKeptOut(state, queueId, admission);
      instead?.begin(admission, refusal);
    },
  };
}

/** It is not let in, and its customer is called back or asked for a message: whoever brought it hears both. */
function withInstead(refusal: Refusal, { told }: Instead): Refusal {
  return keepsOut.has(refusal.refusal) ? { ...refusal, data: { ...refusal.data, ...told } } : refusal;
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
    const name = row.names?.find(({ contactId }) => contactId === params.contactId);
    const came = name ?? { created: row.created, owner: row.creator ?? row.owner };
    if (creatingContent(came.created as ContactParams, came.owner) !== content)
      return refuse('contact_exists_with_different_content');
    return { result: endedViewOf(row) };
  }
  const { created, owner } = found.cameAs(params.contactId);
  if (creatingContent(created as ContactParams, owner) !== content)
    return refuse('contact_exists_with_different_content');
  if (found.known) return { result: briefOf(found, state, admission.now) };
  return { pending: ({ now }) => found.refusal ?? { result: briefOf(found, state, now) } };
}

export function draftOf({ contacts }: RoutingState, params: ContactParams): ContactDraft {
  return {
    contactId: params.contactId,
    number: contacts.nextNumber(),
    slot: contacts.nextSlot(),
    queueId: params.queueId,
    channel: params.channel,
    params,
    isBrought: false,
    cameBy: undefined,
    isDialled: false,
    customer: undefined,
    affinity: undefined,
    lastAgentId: undefined,
    extra: {},
    withLegs: false,
    place: undefined,
    about: undefined,
    calledBy: undefined,
  };
}

/** Is there room in the core's vocabulary for what is asked for? */
export function refuseWishes(state: RoutingState, wishes: Wishes): Refusal | undefined {
  if (asksForNothing(wishes)) return undefined;
  const nobody = wishes.excludes?.find((agentId) => state.agents.find(agentId) === undefined);
  if (nobody !== undefined) return refuse('agent_not_found', { agentId: nobody });
  if (tooManySkills(wishes)) return refuse('too_large', { path: '/requires' });
  if (!state.names.skills.hasRoomFor(skillsOf(wishes))) return refuse('too_many_names', { of: 'skills' });
  return undefined;
}

function hasMembers(of: object): boolean {
  for (const _ in of) return true;
  return false;
}

function encode(
  core: CommandEncoder,
  contact: Contact,
  asked: Agent | undefined,
  { withLegs, affinity }: ContactDraft,
  more: MoreOfContact,
): void {
  const { created, queue, profile } = contact;
  const command = wishesCommand(contact, profile, created);
  const added = hasMembers(more) ? more : undefined;
  if (asked === undefined) {
    const known = affinity && {
      agent: affinity.agent,
      waitMs: affinity.waitMs,
      orElse: orElses[affinity.orElse],
      known: affinity.waits,
    };
    return core.contactCreate(command, withLegs, known, added);
  }
  const { waitMs = queue.policy.direct.waitMs, orElse = queue.policy.direct.orElse } = created.direct ?? {};
  const whatever = contact.about !== undefined || contact.calledBy !== undefined || more.line !== undefined;
  core.contactCreate(command, withLegs, { agent: asked.handle, waitMs, orElse: orElses[orElse], whatever }, added);
}

export function callerOf({ caller }: Admission): Caller {
  if (caller === undefined) throw new Error('a request without a caller');
  return caller;
}
