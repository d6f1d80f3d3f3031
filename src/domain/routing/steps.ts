// Steps of a queue that make a contact easier to serve as it gets older (docs/limits.md).
//
//   timer of its age, or a sweep of its queue ─▶ follow-up ─▶ takeSteps() ─▶ CONTACT_UPDATE by step ─▶ STEPPED ─▶ row, `contact.changed`
//
// What the core is given follows from what was asked for, from the steps that its queue has now and from the contact's age: a step that
// has gone out of the policy is taken back, and whoever comes to another queue has the steps of that one. So a policy may change at
// any time, and nobody is left with what nobody would give them today.

import { PRIORITY_MAX } from '../../../assembly/layout.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { QueueStep } from '../../protocol/queue-policy.ts';
import type { Admission } from '../module.ts';
import type { Contact, StepTaken, Wishes } from './contacts.ts';
import { wishesCommand } from './contacts.ts';
import { profileFor } from './profile-for.ts';
import type { Queue } from './queues.ts';
import type { Asked } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';

type Aged = Pick<Contact, 'arrivedAt'>;

/** The steps that a queue takes for a contact of that age. */
export function stepsDue({ policy }: Queue, { arrivedAt }: Aged, now: number): readonly QueueStep[] {
  const { steps = [] } = policy;
  return steps.length === 0 ? steps : steps.filter(({ afterMs }) => arrivedAt + afterMs <= now);
}

/** What a contact asks for in its queue behind these steps of it, and with how much priority. */
export type Eased = Wishes & Pick<Asked, 'queues' | 'groups'>;

/** What is left there of what was asked for. */
export function askedIn(
  { policy: { groups } }: Pick<Queue, 'policy'>,
  wishes: Wishes,
  steps: readonly QueueStep[],
): Eased {
  const asked: Eased = groups === undefined ? wishes : { ...wishes, groups };
  return steps.reduce(easedByOne, asked);
}

function easedByOne(asked: Eased, { drop, lower, group, queue, priority }: QueueStep): Eased {
  let eased = asked;
  if (drop !== undefined) eased = without(eased, drop);
  if (lower !== undefined) eased = atMost(eased, lower);
  if (group !== undefined && eased.groups !== undefined) eased = { ...eased, groups: [...eased.groups, group] };
  if (queue !== undefined) eased = { ...eased, queues: [...(eased.queues ?? []), queue] };
  if (priority !== undefined) eased = { ...eased, priority: Math.min(PRIORITY_MAX, (eased.priority ?? 0) + priority) };
  return eased;
}

/** Whoever has what is asked for no longer is still preferred. One of several skills that is not asked for leaves nothing of them to ask for. */
function without(wishes: Eased, skill: string): Eased {
  const { all = [], any = [] } = wishes.requires ?? {};
  const goes = [
    ...all.filter((demand) => demand.skill === skill),
    ...(any.some((demand) => demand.skill === skill) ? any : []),
  ];
  if (goes.length === 0) return wishes;
  const stays = (demands: typeof all) => demands.filter((demand) => !goes.includes(demand));
  return {
    ...wishes,
    requires: { all: stays(all), any: stays(any) },
    prefers: [...(wishes.prefers ?? []), ...goes.map((demand) => ({ skill: demand.skill }))],
  };
}

function atMost(wishes: Eased, { skill, level }: NonNullable<QueueStep['lower']>): Eased {
  const { requires } = wishes;
  if (requires === undefined) return wishes;
  const lowered = (demands: NonNullable<typeof requires.all> = []) =>
    demands.map((demand) =>
      demand.skill === skill ? { ...demand, level: Math.min(demand.level ?? 1, level) } : demand,
    );
  return { ...wishes, requires: { all: lowered(requires.all), any: lowered(requires.any) } };
}

/** Tells the core of the steps that are due, or that are not any more. False: there is no room for what would be asked for. */
export function takeSteps(state: RoutingState, contact: Contact, admission: Admission): boolean {
  const { queue } = contact;
  // Whoever has come from elsewhere may have been eased there, or have been let in here a while ago.
  const { steps, groups } = queue.policy;
  if ((steps ?? groups) === undefined && contact.stepsHere.length + contact.visits.length === 0 && !contact.isEased)
    return true;
  const due = stepsDue(queue, contact, admission.now);
  const wishes = askedIn(queue, contact.wishes, due);
  const profile = profileFor(state, queue, contact.channel, wishes, admission);
  if (profile === undefined) return false;
  const isSo = profile === contact.profile && (wishes.priority ?? 0) === contact.priority;
  if (isSo && sameSteps(due, contact.stepsHere)) return true;
  admission.onUndo(state.holdProfile(profile));
  admission.core.contactUpdate(wishesCommand(contact, profile, wishes), true);
  admission.onUndo(state.takes(contact, due));
  return true;
}

/**
 * All that a contact has had taken for it, with those that its queue has now taken in place of those that it had: in the order in which
 * they were taken, also where it has been in its queue before.
 */
export function afterSteps(contact: Contact, steps: readonly QueueStep[], now: number): StepTaken[] {
  const { queueId } = contact.queue;
  const here = contact.steps.filter((taken) => taken.queueId === queueId);
  const same = steps.findIndex((step, at) => here[at] === undefined || !sameStep(step, here[at].step));
  const gone = new Set(here.splice(same < 0 ? steps.length : same));
  const kept = contact.steps.filter((taken) => !gone.has(taken));
  return [...kept, ...steps.slice(here.length).map((step) => ({ queueId, at: now, step }))];
}

function sameSteps(some: readonly QueueStep[], others: readonly QueueStep[]): boolean {
  return some.length === others.length && some.every((step, at) => sameStep(step, others[at]!));
}

function sameStep(one: QueueStep, other: QueueStep): boolean {
  return one === other || canonical(one) === canonical(other);
}
