// contact.update, cancel, end, wrapUpDone, wrapUpExtend, get and list. The core decides what depends on a contact's state: between
// admission and its turn in the batch, another command of the same tick may have changed it.

import * as layout from '../../../assembly/layout.ts';
import type { Caller } from '../../engine/egress.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, type RefusalName, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, Pending, Reaction, Reworded, TableReader } from '../module.ts';
import { pageOf } from '../pages.ts';
import { findFor, isAskedBy, isServedBy, isTheirs, letIn, mayResume, maySee, maySeeEnded } from './contact-access.ts';
import { callerOf, refuseWishes } from './contact-create.ts';
import { briefOf, endedViewOf, shownStateOf, viewFor, viewOf } from './contact-view.ts';
import { Contact, type ContactRow, mergeWishes, NOTHING_SAID, rowOf, type Wishes, wishesCommand } from './contacts.ts';
import { isBeingDialled } from './dialling.ts';
import { giveMoveUp } from './moving-calls.ts';
import { profileFor } from './profile-for.ts';
import type { RoutingState } from './routing-state.ts';
import { askedIn } from './steps.ts';
import { contactsTable } from './tables.ts';

export function updateContact(state: RoutingState, params: Params<'contact.update'>, admission: Admission): Admitted {
  const contact = findFor(state, params.contactId, callerOf(admission), admission.tables);
  if (contact === undefined || !isTheirs(contact, callerOf(admission))) return refuse('contact_not_found');
  if (!(contact instanceof Contact) || contact.ending !== undefined) return refuse('contact_already_ended');
  const refusal = refuseWishes(state, params);
  if (refusal !== undefined) return refusal;
  const placed = changesPlace(params)
    ? replace(state, contact, mergeWishes(contact.wishes, params), admission)
    : () => undefined;
  if (placed === undefined) return refuse('too_many_names', { of: 'requirements' });
  if (contact.creation !== undefined) admission.needs(contact.creation, refuse('contact_not_found'));
  const settle = contact.wish(params);
  admission.onUndo(() => settle(false));
  return {
    reworded: overByThen(contact),
    pending: (reaction) => {
      const { now, tables } = reaction;
      settle(true);
      placed(reaction);
      if (hasRow(state, contact)) tables.put(contactsTable, contact.number, rowOf(contact));
      return { result: briefOf(contact, state, now) };
    },
  };
}

/** On behalf of somebody else than its owner. Returns what is to be called behind the core; undefined where there is no room for it. */
export function wishesOtherwise(
  state: RoutingState,
  contact: Contact,
  wishes: Wishes,
  admission: Admission,
): ((reaction: Reaction) => void) | undefined {
  const placed = replace(state, contact, mergeWishes(contact.wishes, wishes), admission);
  if (placed === undefined) return undefined;
  const settle = contact.wish(wishes);
  admission.onUndo(() => settle(false));
  return (reaction) => {
    settle(true);
    placed(reaction);
    if (hasRow(state, contact)) reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  };
}

/** In the core, or over and remembered: ended contacts are forgotten when there are too many. */
export function hasRow(state: RoutingState, contact: Contact): boolean {
  const found = state.contacts.find(contact.contactId);
  return found === contact || found === contact.number;
}

/** Attributes alone are nothing to the core, so they may change at any time until the end. */
function changesPlace({ requires, prefers, excludes, priority, waitCreditMs }: Wishes): boolean {
  return (requires ?? prefers ?? excludes ?? priority ?? waitCreditMs) !== undefined;
}

/** Gives the core the new place. Returns what remains when it has taken it; undefined when there is no room. */
function replace(
  state: RoutingState,
  contact: Contact,
  wishes: Wishes,
  admission: Admission,
): ((reaction: Pick<Reaction, 'now' | 'tables' | 'followUp'>) => void) | undefined {
  const { profiles, contacts, flows } = state;
  const eased = askedIn(contact.queue, wishes, contact.stepsHere);
  const profile = profileFor(state, contact.queue, contact.channel, eased, admission);
  if (profile === undefined) return undefined;
  admission.core.contactUpdate(wishesCommand(contact, profile, eased));
  profiles.use(profile);
  admission.onUndo(() => profiles.release(profile));
  return (reaction) => {
    // It may have ended in the same tick, and given back the profile that it had.
    if (contacts.byNumber(contact.number) !== contact) return profiles.release(profile);
    // The core has forgotten what it was to do when it stops ringing, and others may be those who could serve it.
    if (contact.leaves !== undefined || contact.queue.policy.whenNobody !== undefined) {
      contacts.staysAfterAll(contact);
      reaction.followUp('leave', { slot: contact.slot, number: contact.number });
    }
    profiles.release(contact.profile);
    contact.profile = profile;
    contact.priority = eased.priority ?? 0;
    flows.updated(contact, reaction);
  };
}

export function cancelContact(state: RoutingState, params: Params<'contact.cancel'>, admission: Admission): Admitted {
  const contact = findFor(state, params.contactId, callerOf(admission), admission.tables);
  if (contact === undefined) return refuse('contact_not_found');
  if (!(contact instanceof Contact)) return refuse('contact_already_ended');
  const givenUp = giveMoveUp(state, contact, params.contactId, admission);
  if (givenUp !== undefined) return givenUp;
  if (!isTheirs(contact, callerOf(admission))) return refuse('contact_not_found');
  admission.core.contactCancel(contact);
  if (contact.about !== undefined) contact.claim(admission);
  return afterwards(state, contact);
}

export function endContact(state: RoutingState, params: Params<'contact.end'>, admission: Admission): Admitted {
  const caller = callerOf(admission);
  const contact = findFor(state, params.contactId, caller, admission.tables);
  if (contact === undefined) return refuse('contact_not_found');
  if (!(contact instanceof Contact)) return refuse('contact_already_ended');
  const givenUp = giveMoveUp(state, contact, params.contactId, admission);
  if (givenUp !== undefined) return givenUp;
  if (!isTheirs(contact, callerOf(admission))) return refuse('contact_not_found');
  const asks = caller.role === 'agent' && isAskedBy(contact, caller.sub);
  const isOwnCall = isBeingDialled(contact) && contact.agent?.agentId === caller.sub;
  const isOwn = isOwnCall || isServedBy(contact, caller.sub) || contact.parked?.agentId === caller.sub;
  if (caller.role === 'agent' && !asks && !isOwn) return refuse('not_allowed_for_role');
  // An agent that has just sent it on has nothing to end any more.
  const by = caller.role === 'agent' && !asks && !isOwnCall ? contact.agent?.handle : undefined;
  admission.core.contactEnd(contact, endedBy(params.by as ByWhom | undefined, caller), by);
  if (contact.about !== undefined) contact.claim(admission);
  return afterwards(state, contact);
}

const reasonsByWhom = {
  customer: layout.ENDED_BY_CUSTOMER,
  agent: layout.ENDED_BY_AGENT,
  application: layout.ENDED_BY_APPLICATION,
} as const;

type ByWhom = keyof typeof reasonsByWhom;

function endedBy(by: ByWhom | undefined, { role }: Caller): number {
  if (role === 'agent') return layout.ENDED_BY_AGENT;
  if (role === 'customer') return layout.ENDED_BY_CUSTOMER;
  return reasonsByWhom[by ?? (role === 'switch' ? 'customer' : 'application')];
}

/** What an agent wraps up may be the part that it had of a contact which has gone on; for others, the last of these. */
function wrappedUpBy(state: RoutingState, contactId: string, admission: Admission): Contact | ContactRow | undefined {
  const caller = callerOf(admission);
  const contact = findFor(state, contactId, caller, admission.tables);
  if (contact instanceof Contact && contact.state === 'wrapUp') return contact;
  const parts = state.contacts.partsOf(contactId).filter((part) => maySee(part, caller));
  return parts.at(-1) ?? contact;
}

export function wrapUpDone(state: RoutingState, params: Params<'contact.wrapUpDone'>, admission: Admission): Admitted {
  const contact = wrappedUpBy(state, params.contactId, admission);
  if (contact === undefined) return refuse('contact_not_found');
  if (!(contact instanceof Contact)) return refuse('contact_not_in_wrap_up');
  admission.core.wrapUpDone(contact);
  const { disposition, notes } = params;
  const said = disposition === undefined && notes === undefined ? NOTHING_SAID : { disposition, notes };
  contact.says(said);
  admission.onUndo(() => contact.saysNoMore(said));
  return {
    reworded: (refusal) => overBy(contact, refusal, 'contact_not_in_wrap_up'),
    pending: ({ now, tables }) => {
      contact.saysNoMore(said);
      if (said === NOTHING_SAID) return { result: briefOf(contact, state, now) };
      if (contact.ending === undefined) throw new Error(`contact ${contact.contactId} wrapped up without an end`);
      contact.ending = {
        ...contact.ending,
        ...(disposition !== undefined && { disposition }),
        ...(notes !== undefined && { notes }),
      };
      if (hasRow(state, contact)) tables.put(contactsTable, contact.number, rowOf(contact));
      return { result: briefOf(contact, state, now) };
    },
  };
}

export function wrapUpExtend(
  state: RoutingState,
  params: Params<'contact.wrapUpExtend'>,
  admission: Admission,
): Admitted {
  const contact = wrappedUpBy(state, params.contactId, admission);
  if (contact === undefined) return refuse('contact_not_found');
  if (!(contact instanceof Contact)) return refuse('contact_not_in_wrap_up');
  admission.core.wrapUpExtend(contact, params.byMs);
  return {
    reworded: (refusal) => overBy(contact, refusal, 'contact_not_in_wrap_up'),
    pending: () => {
      const { contactId, state: now, untilMs } = contact;
      return { result: { contactId, state: now, ...(now === 'wrapUp' && { untilMs }) } };
    },
  };
}

function afterwards(state: RoutingState, contact: Contact): { pending: Pending; reworded: Reworded } {
  return {
    pending: ({ now }) => ({ result: briefOf(contact, state, now) }),
    reworded: (refusal) => overBy(contact, refusal),
  };
}

/**
 * It lived when it was asked for; where the core does not find it any more it was over earlier in the same tick, unless
 * its creation was refused there.
 */
export function overByThen(contact: Contact): Reworded {
  return (refusal) => overBy(contact, refusal);
}

/** The same, for whoever has a function of its own for it. */
function overBy(contact: Contact, refusal: Refusal, otherwise: RefusalName = 'contact_already_ended'): Refusal {
  return refusal.refusal === 'contact_not_found' && contact.known ? refuse(otherwise) : refusal;
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function getContact(state: RoutingState, params: Params<'contact.get'>, admission: Admission): Admitted {
  const contact = findFor(state, params.contactId, callerOf(admission), admission.tables);
  if (contact === undefined) return refuse('contact_not_found');
  return { result: contact instanceof Contact ? shownTo(state, contact, admission) : endedViewOf(contact) };
}

/** Of an offer that rings at several agents each sees its own. */
function shownTo(state: RoutingState, contact: Contact, { caller, now }: Admission) {
  return caller?.role === 'agent'
    ? viewFor(state.agents.find(caller.sub), contact, state, now)
    : viewOf(contact, state, now);
}

/** Which contact is meant: what explains it does so from the journal, in a process apart (src/explain/). */
export function explainContact(state: RoutingState, params: Params<'contact.explain'>, admission: Admission): Admitted {
  const contact = findFor(state, params.contactId, callerOf(admission), admission.tables);
  if (contact === undefined) return refuse('contact_not_found');
  if (params.agentId !== undefined && state.agents.find(params.agentId) === undefined) return refuse('agent_not_found');
  return { result: { ...params, number: contact.number } };
}

export function listContacts(state: RoutingState, params: Params<'contact.list'>, admission: Admission): Admitted {
  const caller = callerOf(admission);
  const refusal = refuseQueue(state, params.queueId);
  if (refusal !== undefined) return refusal;
  if (params.state === 'ended') return { result: endedPage(state, params, caller, admission.tables) };
  const { items, cursor } = pageOf(
    params,
    (number) => letIn(liveOf(state, caller, number, params.state)),
    (contact) => contact.number,
    (contact) =>
      (maySee(contact, caller) || (params.state === 'parked' && mayResume(state, contact, caller.sub))) &&
      (contact.partOf === undefined || caller.role === 'agent') &&
      (params.state === undefined || params.state === shownStateOf(contact)) &&
      (params.queueId === undefined || params.queueId === contact.queue.queueId),
  );
  return { result: { contacts: items.map((contact) => shownTo(state, contact, admission)), ...cursor } };
}

function refuseQueue(state: RoutingState, queueId: string | undefined): Refusal | undefined {
  if (queueId === undefined || state.queues.find(queueId) !== undefined) return undefined;
  return refuse('queue_not_found');
}

/** The live contacts that a caller has to do with, in the order in which they came, after a number. */
function liveOf(
  state: RoutingState,
  caller: Caller,
  number: number,
  asked: Params<'contact.list'>['state'],
): Iterable<Contact> {
  // Also those that others have parked, and that this one may resume.
  if (caller.role === 'agent' && asked === 'parked') return state.contacts.liveAfter(number);
  if (caller.role === 'agent') {
    const contacts = [...(state.agents.find(caller.sub)?.contacts ?? []), ...state.contacts.parked.of(caller.sub)];
    return contacts.filter((contact) => contact.number > number).sort((a, b) => a.number - b.number);
  }
  if (caller.role !== 'switch' && caller.role !== 'customer') return state.contacts.liveAfter(number);
  return state.contacts.ownerOf(caller)?.live.after(number) ?? [];
}

function endedPage(state: RoutingState, params: Params<'contact.list'>, caller: Caller, tables: TableReader) {
  const { items, cursor } = pageOf(
    params,
    (number) => rowsAfter(tables, number),
    (row) => row.number,
    (row) =>
      row.ending !== undefined &&
      state.contacts.byNumber(row.number) === undefined &&
      maySeeEnded(row, caller) &&
      (params.queueId === undefined || params.queueId === (row.ending.queueId ?? row.created.queueId)),
  );
  return { contacts: items.map(endedViewOf), ...cursor };
}

const ROWS_A_READ = 200;

function* rowsAfter(tables: TableReader, number: number): Generator<ContactRow, void, void> {
  for (let after = number; ; ) {
    const rows = tables.range(contactsTable, { limit: ROWS_A_READ, ...(after >= 0 && { after }) });
    for (const { row } of rows) {
      const stored = row as unknown as ContactRow;
      after = stored.number;
      yield stored;
    }
    if (rows.length < ROWS_A_READ) return;
  }
}
