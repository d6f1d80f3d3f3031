// Contacts whose customers choose their agent (docs/ratings.md).
//
//   contact.create {choose} ─▶ waits at its place, withheld ── chosen ──▶ rings at the agent, or waits for that one ── not taken ──▶ the pool
//                                                         └── not in time, or sent elsewhere ──▶ the pool, or there
//
// To the core it is a contact that is withheld, so its place, its age, its queue's limits and a restart are those of any contact whose
// switch is gone; and a choice is one that is sent on, to an agent by name, in the same queue or in another one of the agent's. That it
// chooses is in its row, and so is not mixed up with why else it may be withheld.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { durationMsMax } from '../../limits.ts';
import { ratingDefaults } from '../../protocol/ratings.ts';
import { refuse } from '../../protocol/refusals.ts';
import { sentReasons } from '../../protocol/states.ts';
import type { Admission, Admitted, AgentChoice, CandidateAgent, Reaction } from '../module.ts';
import type { Agent } from './agents.ts';
import { setReturnTimer } from './ages.ts';
import { overByThen } from './contact-handlers.ts';
import { briefOf } from './contact-view.ts';
import { type Contact, mergeWishes, rowOf, wishesCommand } from './contacts.ts';
import { keptOutOf, profileIn } from './exits.ts';
import type { Profile } from './profiles.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsTable } from './tables.ts';
import { readTenant } from './tenant-handlers.ts';

/** Of a contact that is being created, withheld. */
export function isToChoose(contact: Contact, { tables, core, now }: Admission): void {
  const { chooseWithinMs = ratingDefaults.chooseWithinMs } = readTenant(tables).ratings ?? {};
  contact.choosing = { untilMs: now + chooseWithinMs };
  setReturnTimer(core, contact, contact.choosing.untilMs);
}

/** Its time to choose is over: whoever is free serves it. */
export function choiceOver(contact: Contact, reaction: Reaction): void {
  if (contact.choosing === undefined || contact.choosing.untilMs > reaction.now || !contact.isWaiting) return;
  contact.choosing = undefined;
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  reaction.notify(contact.owner, 'candidate.timedOut', { contactId: contact.contactId });
  reaction.followUp('offerAgain', { slot: contact.slot, number: contact.number });
}

/** It goes elsewhere, so there is nothing to choose any more. Whoever sends it says whether it may be offered. */
export function choosesNoMore(contact: Contact, { tables, onUndo }: Pick<Admission, 'tables' | 'onUndo'>): boolean {
  const before = contact.choosing;
  if (before === undefined) return false;
  contact.choosing = undefined;
  onUndo(() => {
    contact.choosing = before;
  });
  if (contact.known) tables.put(contactsTable, contact.number, rowOf(contact));
  return true;
}

/** Those who are ready and could serve it where it is, in the order in which they were set up. */
export function* candidatesFor(state: RoutingState, { slot, number }: ContactHandle): Generator<CandidateAgent> {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined) return;
  for (const agent of state.agents.from(0)) {
    if (!canServe(state, agent, contact)) continue;
    const { name } = agent.given;
    const isFree = agent.state === layout.AGENT_READY;
    yield { agentId: agent.agentId, handle: agent.handle, isFree, ...(name !== undefined && { name }) };
  }
}

function canServe(state: RoutingState, agent: Agent, { profile, created }: Contact): boolean {
  if (!agent.loggedIn || (agent.flags & layout.AGENT_FLAG_READY) === 0) return false;
  if ((agent.flags & layout.AGENT_FLAG_LOGGING_OUT) !== 0) return false;
  if (!state.agents.staffing.serves(agent, profile)) return false;
  return state.lines.linesOf(agent.handle).some(({ channel }) => channel === created.channel);
}

/** What was asked for is possible, as far as is known. */
export function chooseAgent(
  state: RoutingState,
  { slot, number }: ContactHandle,
  choice: AgentChoice,
  admission: Admission,
): Admitted {
  const contact = state.contacts.bySlot(slot, number);
  const agent = state.agents.find(choice.agentId);
  if (contact?.choosing === undefined || !contact.isWaiting) return refuse('contact_not_choosing');
  if (agent === undefined) return refuse('agent_not_found');
  if (!canServe(state, agent, contact)) return refuse('agent_cannot_serve', { agentId: agent.agentId });
  const profile = otherQueue(state, contact, choice.queueId, admission);
  const { waitCreditMs = 0 } = contact.wishes;
  const credited = { waitCreditMs: Math.min(durationMsMax, waitCreditMs + choice.creditMs) };
  const { core } = admission;
  core.contactUpdate({
    ...wishesCommand(contact, contact.profile, mergeWishes(contact.wishes, credited)),
    priority: contact.priority,
  });
  choosesNoMore(contact, admission);
  const waitMs = choice.waitMs ?? (profile?.queue ?? contact.queue).policy.direct.waitMs;
  core.contactSend(contact, {
    profile: profile?.number,
    to: { agent: agent.handle, waitMs },
    why: sentReasons.chosen,
    // It is not in service, so there is nothing to wrap up: its own slot is never used.
    part: contact,
    resumed: state.isOfferable(contact),
  });
  const settle = contact.wish(credited);
  admission.onUndo(() => settle(false));
  return {
    reworded: overByThen(contact),
    pending: ({ now, tables }) => {
      settle(true);
      if (contact.ending === undefined) tables.put(contactsTable, contact.number, rowOf(contact));
      return { result: briefOf(contact, state, now) };
    },
  };
}

/** Undefined: it stays in its own, also where the other one lets nobody in. */
function otherQueue(
  state: RoutingState,
  contact: Contact,
  queueId: string | undefined,
  admission: Admission,
): Profile | undefined {
  const queue = queueId === undefined ? undefined : state.queues.find(queueId);
  if (queue === undefined || queue === contact.queue) return undefined;
  const profile = profileIn(state, queue, contact.channel, contact, admission);
  return profile === undefined || keptOutOf(state, profile) !== undefined ? undefined : profile;
}
