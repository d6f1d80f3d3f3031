// What callers are shown of a contact, live or over.

import type { CallFrom, ConsultView, ContactView } from '../module.ts';
import type { Agent } from './agents.ts';
import type {
  Consultation,
  Contact,
  ContactParams,
  ContactRow,
  ContactState,
  Dialled,
  InFlow,
  Outside,
  Parked,
  Ring,
  ServedPart,
  StepTaken,
  Visit,
  Wishes,
} from './contacts.ts';
import type { RoutingState } from './routing-state.ts';

type Shown = Readonly<Record<string, unknown>>;

/** The result of what changes a contact. */
export function briefOf(contact: Contact, state: RoutingState, now: number): Shown {
  return addMore(beginOf(contact, now), contact, state);
}

/** What all have, made as one object: members that are added each take it through another shape. */
function beginOf(contact: Contact, now: number): Record<string, unknown> {
  return {
    contactId: contact.contactId,
    state: shownStateOf(contact),
    queueId: contact.queue.queueId,
    arrivedAt: contact.arrivedAt,
    waitedMs: contact.waitedMs(now),
  };
}

/** All of it, for the owner and for whoever may see it. */
export function viewOf(contact: Contact, state: RoutingState, now: number): Shown {
  return shownTo(undefined, contact, state, now);
}

/** For an agent: of those at whom it rings, each sees its own offer. */
export function viewFor(agent: Agent | undefined, contact: Contact, state: RoutingState, now: number): Shown {
  const ring = contact.ringAt(agent);
  return agent === undefined ? shownTo(ring, contact, state, now) : viewOfRing(ring, contact, state, now);
}

/** The same where its offer is at hand. */
export function viewOfRing(own: Ring | undefined, contact: Contact, state: RoutingState, now: number): Shown {
  const shown = shownTo(own, contact, state, now);
  if (state.customerShown.length === 0) return shown;
  const { customer, owner } = contact;
  for (const show of state.customerShown) show({ customerNumber: customer?.number, owner }, shown);
  return shown;
}

/** One object, to which members are added: every offer shows a contact. */
function shownTo(own: Ring | undefined, contact: Contact, state: RoutingState, now: number): Record<string, unknown> {
  const { ending } = contact;
  const begin = beginOf(contact, now);
  const shown = contact.extra === undefined ? begin : { ...contact.extra, ...begin };
  addCreated(shown, contact.created, contact.wishes);
  addMore(shown, contact, state);
  if (own === undefined) addOffers(shown, contact, state);
  else addOffer(shown, contact, own, state);
  if (contact.parts.length > 0) shown.servedBefore = contact.parts.map(shownPart);
  if (contact.consult !== undefined) shown.consultId = contact.consult.contactId;
  if (contact.consultations.length > 0) shown.consultations = contact.consultations;
  if (contact.connectedAt > 0) shown.connectedAt = contact.connectedAt;
  // A number that is asked is at nobody's line, and may be on hold.
  if (contact.connectedAt > 0 || contact.isLive || contact.outside?.connectedAt !== undefined)
    for (const show of state.contactShown) show(contact, shown);
  for (const show of state.anyContactShown) show(contact, shown);
  if (ending === undefined) return shown;
  shown.endedAt = ending.endedAt;
  shown.why = ending.why;
  shown.servedMs = ending.servedMs;
  return shown;
}

function addOffers(shown: Record<string, unknown>, contact: Contact, state: RoutingState): void {
  if (contact.rings.length > 0) shown.offerId = contact.offerId(contact.offer);
  if (contact.rings.length > 1) shown.offers = contact.rings.map((ring) => shownRing(contact, ring, state));
  if (contact.untilMs > 0) shown.untilMs = contact.untilMs;
}

function addOffer(
  shown: Record<string, unknown>,
  contact: Contact,
  { offer, agent, line, untilMs }: Ring,
  state: RoutingState,
): void {
  shown.agentId = agent.agentId;
  shown.lineId = state.lines.lineIdOf(line);
  shown.offerId = contact.offerId(offer);
  shown.untilMs = untilMs;
}

function shownRing(contact: Contact, { offer, agent, line, untilMs }: Ring, state: RoutingState): Shown {
  const lineId = state.lines.lineIdOf(line);
  return { offerId: contact.offerId(offer), agentId: agent.agentId, lineId, expiresAt: untilMs };
}

function addMore(shown: Record<string, unknown>, contact: Contact, state: RoutingState): Record<string, unknown> {
  if (contact.resumedAt > 0) shown.resumedAt = contact.resumedAt;
  if (contact.visits.length > 0) shown.leftQueues = contact.visits.map(shownVisit);
  if (contact.steps.length > 0) shown.steps = contact.steps.map(shownStep);
  if (contact.customer !== undefined) shown.customerId = state.customerIdOf(contact.customer.number);
  if (contact.names.length > 0) shown.names = contact.names.map(({ contactId }) => contactId);
  if (contact.awaited !== undefined) shown.waitingFor = shownAwaited(contact.awaited);
  if (contact.agent !== undefined) shown.agentId = contact.agent.agentId;
  if (contact.about !== undefined) shown.consultation = shownAbout(contact.about);
  if (contact.line >= 0) shown.lineId = state.lines.lineIdOf(contact.line);
  if (contact.flow?.taken && contact.ending === undefined) shown.flow = shownFlow(contact.flow);
  if (contact.dialled !== undefined) addDialled(shown, contact.dialled, contact.called);
  if (contact.calledBy !== undefined) addCalledBy(shown, contact.calledBy);
  if (contact.outside !== undefined) shown.outside = shownOutside(contact.outside);
  else if (contact.parked !== undefined && contact.ending === undefined) shown.parked = shownParked(contact.parked);
  else if (contact.choosing !== undefined && contact.isWaiting) shown.choosing = contact.choosing;
  else if (contact.withheld && contact.isWaiting && !contact.flow?.taken) shown.withheld = true;
  return shown;
}

function shownFlow({ name, since, why }: InFlow): Shown {
  return { name, since, why };
}

/** To the core one that is parked waits. */
export function shownStateOf({ state, parked }: Contact): ContactState | 'parked' {
  return parked !== undefined && state === 'waiting' ? 'parked' : state;
}

function shownAwaited({ agent, untilMs }: NonNullable<Contact['awaited']>): Shown {
  return { agentId: agent.agentId, untilMs };
}

function shownParked({ agentId, at, dueAt }: Parked): Shown {
  return { agentId, since: at, ...(dueAt !== undefined && { dueAt }) };
}

function addDialled(shown: Record<string, unknown>, dialled: Dialled, called?: Contact): void {
  const { agentId, number, to, calledAgentId, cause } = dialled;
  const with_ = called?.agent?.agentId ?? calledAgentId;
  shown.direction = to === undefined ? 'outbound' : 'internal';
  shown.dialled = {
    agentId,
    ...(number !== undefined && { number }),
    ...(to !== undefined && { to }),
    ...(called !== undefined && { state: called.state }),
    ...(with_ !== undefined && { calledAgentId: with_ }),
    ...(cause !== undefined && { cause }),
  };
}

function addCalledBy(shown: Record<string, unknown>, { contactId, agentId, lineId }: CallFrom): void {
  shown.direction = 'internal';
  shown.calledBy = { contactId, agentId, lineId };
}

function shownOutside({ number, since, connectedAt, cause }: Outside): Shown {
  return { number, since, ...(connectedAt !== undefined && { connectedAt }), ...(cause !== undefined && { cause }) };
}

function shownPart({ part: _, ...had }: ServedPart): Shown {
  return had;
}

function shownAbout({ contactId, agentId }: Consultation): Shown {
  return { contactId, agentId };
}

function shownVisit({ queueId, leftAt, why }: Visit): Shown {
  return { queueId, leftAt, why };
}

export function shownStep({ queueId, at, step }: StepTaken): Shown {
  return { at, queueId, ...step };
}

/** What the caller gave. Members that are not there are left out: this is on the way of every offer. */
function addCreated(shown: Record<string, unknown>, created: ContactParams, wishes: Wishes): void {
  shown.channel = created.channel;
  if (created.from !== undefined) shown.from = created.from;
  if (created.to !== undefined) shown.to = created.to;
  if (created.identity !== undefined) shown.identity = created.identity;
  if (created.verifiedIdentities !== undefined) shown.verifiedIdentities = created.verifiedIdentities;
  if (wishes.requires !== undefined) shown.requires = wishes.requires;
  if (wishes.prefers !== undefined) shown.prefers = wishes.prefers;
  if (wishes.excludes !== undefined) shown.excludes = wishes.excludes;
  if (wishes.priority !== undefined) shown.priority = wishes.priority;
  if (wishes.waitCreditMs !== undefined) shown.waitCreditMs = wishes.waitCreditMs;
  if (wishes.attributes !== undefined) shown.attributes = wishes.attributes;
}

/** A contact that is over and gone from the core. */
export function endedViewOf(row: ContactRow): Shown {
  const { ending, customer, created } = row;
  if (ending === undefined) throw new Error(`contact ${created.contactId} is not over`);
  const shown: Record<string, unknown> = { ...row.extra };
  addCreated(shown, created, row.wishes ?? created);
  shown.contactId = created.contactId;
  shown.state = 'ended';
  shown.queueId = created.queueId;
  shown.arrivedAt = row.arrivedAt;
  if (row.visits !== undefined) shown.leftQueues = row.visits.map(shownVisit);
  if (row.steps !== undefined) shown.steps = row.steps.map(shownStep);
  if (row.resumedAt !== undefined) shown.resumedAt = row.resumedAt;
  if (row.parts !== undefined) shown.servedBefore = row.parts.map(shownPart);
  if (row.consultations !== undefined) shown.consultations = row.consultations;
  if (row.names !== undefined) shown.names = row.names.map(({ contactId }) => contactId);
  if (row.about !== undefined) shown.consultation = shownAbout(row.about);
  if (row.outside !== undefined) shown.outside = shownOutside(row.outside);
  if (row.dialled !== undefined) addDialled(shown, row.dialled);
  if (row.calledBy !== undefined) addCalledBy(shown, row.calledBy);
  if (customer !== undefined) shown.customerId = customer.customerId;
  for (const [name, value] of Object.entries(ending)) if (value !== undefined) shown[name] = value;
  return shown;
}

function consultView({ contactId, slot, number, isTaken }: Contact): ConsultView {
  return { contactId, slot, number, isConnected: isTaken };
}

/** What other modules see. */
export function moduleViewOf(contact: Contact, state: RoutingState): ContactView {
  return {
    contactId: contact.contactId,
    slot: contact.slot,
    number: contact.number,
    queueId: contact.queue.queueId,
    queue: contact.queue.handle,
    channel: contact.created.channel,
    state: contact.state === 'ended' ? 'wrapUp' : contact.state,
    agentId: contact.agent?.agentId,
    agentHandle: contact.agent?.handle,
    lineId: contact.line >= 0 ? state.lines.lineIdOf(contact.line) : undefined,
    offer: contact.offer,
    offerTo: (agent) => contact.rings.find((ring) => ring.agent.handle === agent)?.offer,
    withheld: contact.withheld,
    isOutside: contact.outside !== undefined,
    isChoosing: contact.choosing !== undefined && contact.isWaiting,
    flow: contact.flow?.name,
    sentOutsideBy:
      contact.outside?.backTo === undefined ? undefined : state.agents.find(contact.outside.backTo)?.handle,
    priority: contact.wishes.priority ?? 0,
    from: contact.created.from,
    policy: contact.queue.policy,
    calls: contact.calls,
    connectMs: contact.connectMs,
    isCallback: contact.callback !== undefined,
    isDialled: contact.dialled !== undefined,
    isInternal: contact.isInternal,
    called: contact.called && moduleViewOf(contact.called, state),
    caller: contact.caller,
    isParked: contact.parked !== undefined,
    parkedBy: contact.parked?.agentId,
    isLetIn: contact.known,
    created: contact.created,
    wishes: contact.wishes,
    arrivedAt: contact.arrivedAt,
    joinedAt: contact.joinedAt,
    endedAt: contact.ending?.endedAt,
    customerNumber: contact.customer?.number,
    owner: contact.owner,
    about: contact.about,
    consult: contact.consult && consultView(contact.consult),
    isLive: contact.isLive,
    lastServedBy: contact.connectedAt > 0 ? contact.agent?.agentId : contact.parts.at(-1)?.agentId,
    firstConnectedAt: contact.parts[0]?.connectedAt ?? contact.connectedAt,
    names: contact.names,
    extra: contact.extra,
  };
}
