// The profile of what a contact asks for, in a queue: the one that is there, or a new one.

import type { Admission } from '../module.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import { type Asked, requirementOf } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';

/** The profile of what is asked for, made if it is new; undefined when the core has no room for another. */
export function profileFor(
  state: RoutingState,
  queue: Queue,
  channel: number,
  asked: Asked,
  admission: Admission,
): Profile | undefined {
  const { profiles } = state;
  const requirement = requirementOf(asked, state);
  const known = profiles.find(queue, channel, requirement);
  if (known !== undefined || !profiles.hasRoom) return known;
  const made = profiles.make(admission.core, queue, channel, requirement);
  // A refusal comes from the core after it has made the profile; only without one is the profile not there.
  admission.onUndo((refusal) => {
    if (refusal === undefined) profiles.forget(made);
  });
  return made;
}
