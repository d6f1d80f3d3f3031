// Routing as other modules may see it: live contacts, and who is behind the core's handles.

import * as layout from '../../../assembly/layout.ts';
import { callbackAheadMax } from '../../limits.ts';
import type { Admission, AgentCapacity, QueueNow, RoutingView } from '../module.ts';
import { stateOf } from './agents.ts';
import { candidatesFor, chooseAgent } from './choosing.ts';
import { findFor } from './contact-access.ts';
import { addToContact, tellAgents } from './contact-additions.ts';
import { bringContact } from './contact-create.ts';
import { briefOf, endedViewOf, moduleViewOf, viewOf } from './contact-view.ts';
import { Contact, type ContactRow, wishesCommand } from './contacts.ts';
import { queuesNaming } from './flow-exits.ts';
import { agentsByState, estimatedAt, statisticsOf } from './queue-statistics.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsOf } from './session-state.ts';
import { contactsTable } from './tables.ts';
import { readTenant } from './tenant-handlers.ts';

export function viewOfRouting(state: () => RoutingState): RoutingView {
  return {
    contactByHandle(slot, number) {
      const contact = state().contacts.bySlot(slot, number);
      return contact && moduleViewOf(contact, state());
    },
    contactById(contactId) {
      const found = state().contacts.find(contactId);
      return found instanceof Contact ? moduleViewOf(found, state()) : undefined;
    },
    contactByNumber(number) {
      const contact = state().contacts.byNumber(number);
      return contact && moduleViewOf(contact, state());
    },
    meantBy(contactId, caller, tables) {
      const found = state().contacts.find(contactId);
      if (found === undefined) return undefined;
      const number = found instanceof Contact ? found.number : found;
      return { number, isSeen: findFor(state(), contactId, caller, tables) !== undefined };
    },
    *contactsOf(caller, atMost) {
      let left = atMost;
      for (const contact of contactsOf(state(), caller)) {
        if (left-- === 0) return;
        yield moduleViewOf(contact, state());
      }
    },
    *liveContactsOf(customer, before) {
      for (const contact of state().contacts.liveOf(customer, before))
        if (contact.known && contact.about === undefined && contact.calledBy === undefined)
          yield moduleViewOf(contact, state());
    },
    customerOfContact(contactId, caller, tables) {
      const found = findFor(state(), contactId, caller, tables);
      if (found instanceof Contact && !found.known) return undefined;
      return found && { ...(found.customer !== undefined && { customer: found.customer.number }) };
    },
    contactKept(number, tables, now) {
      const contact = state().contacts.byNumber(number);
      if (contact !== undefined) return viewOf(contact, state(), now);
      const row = tables.get(contactsTable, number) as unknown as ContactRow | undefined;
      return row?.ending && endedViewOf(row);
    },
    contactIdOf: (slot, number) => state().contacts.bySlot(slot, number)?.contactId,
    contactNumberOf: (slot, low) => state().contacts.at(slot, low).number,
    aboutOf: (slot, low) => state().contacts.bySlot(slot, low)?.about,
    isPart: (slot, low) => state().contacts.at(slot, low).partOf !== undefined,
    waitsFrom: (slot, low) => state().contacts.at(slot, low).waitsFrom,
    released(low) {
      const { lastReleased } = state().contacts;
      return lastReleased !== undefined && lastReleased.number >>> 0 === low ? lastReleased : undefined;
    },
    createdOf: (slot, low) => state().contacts.bySlot(slot, low)?.created,
    agentAudience: (handle) => state().agents.at(handle).audience,
    agentIdOf: (handle) => state().agents.at(handle).agentId,
    agentHandleOf: (agentId) => state().agents.find(agentId)?.handle,
    isOver(contactId) {
      const found = state().contacts.find(contactId);
      return found instanceof Contact ? found.ending !== undefined : found !== undefined;
    },
    *queuesOfAgent(agentId) {
      const own = state().agents.find(agentId)?.given.queues;
      for (const { queueId, policy } of state().queues.from(0))
        if (own === undefined || own.includes(queueId)) yield { queueId, policy };
    },
    candidatesFor: (contact) => candidatesFor(state(), contact),
    chooseAgent: (contact, choice, admission) => chooseAgent(state(), contact, choice, admission),
    briefOf({ slot, number }, now) {
      const contact = state().contacts.bySlot(slot, number);
      if (contact === undefined) throw new Error(`no contact ${number} lives in slot ${slot}`);
      return briefOf(contact, state(), now);
    },
    lineIdOf: (handle) => state().lines.lineIdOf(handle),
    lineAt: (handle) => state().lines.lineAt(handle),
    linesOf(agentId) {
      const agent = state().agents.find(agentId);
      return agent === undefined ? [] : state().lines.linesOf(agent.handle);
    },
    queueIdOf: (handle) => state().queues.at(handle).queueId,
    get asksForLastAgent() {
      return state().queues.asksForLastAgent;
    },
    affinityIn: (queueId) => state().queues.find(queueId)?.policy.affinity,
    queueNow(queueId, now) {
      const queue = state().queues.find(queueId);
      return queue && queueNow(queue, state(), now);
    },
    tellAgents: (contact, changed, reaction) => tellAgents(state(), contact, changed, reaction),
    addToContact: (contact, additions, reaction) => addToContact(state(), contact, additions, reaction),
    bringContact: (of, admission) => bringContact(state(), of, admission),
    isInternal: (slot, low) => state().contacts.bySlot(slot, low)?.isInternal === true,
    isBetweenAgents(slot, low) {
      const contact = state().contacts.bySlot(slot, low);
      return contact !== undefined && (contact.about !== undefined || contact.isInternal);
    },
    otherSideOf(slot, low) {
      const contact = state().contacts.bySlot(slot, low);
      const other = contact?.called ?? contact?.caller;
      return other && moduleViewOf(other, state());
    },
    *calls() {
      for (const contact of state().contacts.liveAfter(0))
        if (contact.called !== undefined) yield [contact, contact.called];
    },
    isOutbound: (slot, low) => state().contacts.bySlot(slot, low)?.isOutbound === true,
    cameWithLeg(slot, low) {
      const contact = state().contacts.bySlot(slot, low);
      return (
        contact?.created.legId !== undefined ||
        contact?.calledBy?.withLegs === true ||
        (contact?.dialled?.withLegs === true && contact.calls === undefined)
      );
    },
    isToBeCalled: (slot, number) => state().contacts.bySlot(slot, number)?.calls !== undefined,
    needsContact({ slot, number }, refusal, admission) {
      const creation = state().contacts.bySlot(slot, number)?.creation;
      if (creation !== undefined) admission.needs(creation, refusal);
    },
    keepContact({ slot, number }, admission) {
      const contact = state().contacts.bySlot(slot, number);
      if (contact !== undefined) keepContact(contact, state(), admission);
    },
    policyOf: (queue) => state().queues.at(queue).policy,
    customerNumberOf: (slot, low) => state().contacts.bySlot(slot, low)?.customer?.number,
    isParked: (slot, low) => state().contacts.bySlot(slot, low)?.parked !== undefined,
    estimatedMs({ slot, number }, position, now) {
      const contact = state().contacts.bySlot(slot, number);
      return contact === undefined ? null : estimatedAt(contact, position, state(), now);
    },
    queuesNamingFlow: (name) => queuesNaming(state(), name),
    statisticsOf(queueId, now) {
      const queue = state().queues.find(queueId);
      return queue && statisticsOf(queue, state(), now);
    },
    watchersOf: (queueId) => state().watches.ofQueue(queueId),
    queuesAfter: (handle) => state().queues.from(handle + 1),
    agentsAfter: (handle) => state().agents.from(handle + 1),
    capacityOf: (agentId) => capacityOf(state(), agentId),
    channelName: (channel) => state().names.channels.name(channel),
    tenantGiven: (tables) => readTenant(tables),
    agentChoice(handle) {
      const agent = state().agents.at(handle);
      if (!agent.loggedIn) return 'loggedOut';
      return (agent.flags & layout.AGENT_FLAG_READY) === 0 ? 'notReady' : 'ready';
    },
    agentStateOf(agentId) {
      const agent = state().agents.find(agentId);
      if (agent === undefined) throw new Error(`no agent ${agentId}`);
      const { ready: _, ...shown } = stateOf(agent, state().names);
      return shown;
    },
  };
}

function queueNow(queue: Queue, state: RoutingState, now: number): QueueNow {
  const { handle, policy, unanswered, day } = queue;
  const closed = state.openings.closed(queue);
  const { ready = 0, ringing = 0, inService = 0, wrapUp = 0 } = agentsByState(queue, state);
  return {
    handle,
    policy,
    isClosed: closed !== undefined,
    opensAt: closed?.closedBy === 'calendar' ? closed.changesAt : undefined,
    takes(channel) {
      const number = state.names.channels.find(channel);
      return number !== undefined && queue.takes(number);
    },
    agentsReady: ready + ringing + inService + wrapUp,
    agentsFree: ready,
    waitFrom(arrivedAt) {
      const ahead = unanswered.aheadOf(arrivedAt, callbackAheadMax);
      return { ahead, expectedMs: day.flow.expectedMs(ahead + 1, now) };
    },
  };
}

/** What it was marked for is open again with any update, also one that changes nothing. */
function keepContact(contact: Contact, state: RoutingState, admission: Admission): void {
  const { leaves } = contact;
  admission.core.contactUpdate({
    ...wishesCommand(contact, contact.profile, contact.wishes),
    priority: contact.priority,
  });
  state.contacts.staysAfterAll(contact);
  admission.onUndo(() => {
    contact.leaves = leaves;
  });
}

function capacityOf(state: RoutingState, agentId: string): AgentCapacity[] {
  const capacity = state.agents.find(agentId)?.given.capacity ?? {};
  return Object.entries(capacity)
    .filter(([channel]) => channel !== 'total')
    .map(([channel, contacts]) => {
      const number = state.names.channels.find(channel);
      if (number === undefined) throw new Error(`no number for channel ${channel}`);
      return { channel, number, capacity: contacts };
    });
}
