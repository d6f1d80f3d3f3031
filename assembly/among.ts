// Whom a profile is for besides what an agent can do: agents of further queues, members of groups, and who may not serve it.
//
// Few profiles say any of it, so it is a block of their own (layout.ts: MORE_…), and 0 where there is nothing to say. Queues and groups
// are facts of a class of agents, as skills are. Who may not serve a contact is a fact of the agent: such a profile has the class
// among those that fit it, and wherever it is looked at for one agent, that agent is asked for here.

import { levelOf, worksIn } from './classes.ts';
import { MORE_EXCLUDES, MORE_GROUPS, MORE_LISTS, MORE_QUEUES } from './layout.ts';
import { Profile } from './profiles.ts';

function excluded(wanted: Profile): i32 {
  return load<u16>(wanted.more, MORE_EXCLUDES);
}

function queues(wanted: Profile): i32 {
  return load<u16>(wanted.more, MORE_QUEUES);
}

/** Bytes of a block with these counts. */
export function moreBytes(more: usize): i32 {
  const bytes = <i32>load<u16>(more, MORE_EXCLUDES) * 4 + <i32>load<u16>(more, MORE_QUEUES) * 2;
  return (MORE_LISTS + bytes + <i32>load<u16>(more, MORE_GROUPS) * 2 + 7) & ~7;
}

export function excludes(wanted: Profile, handle: i32): bool {
  if (wanted.more === 0) return false;
  const first = wanted.more + MORE_LISTS;
  for (let place = 0; place < excluded(wanted); place++)
    if (load<i32>(first + ((<usize>place) << 2)) === handle) return true;
  return false;
}

/** A queue whose agents may serve it. */
export function furtherQueue(wanted: Profile, place: i32): i32 {
  return load<u16>(wanted.more + MORE_LISTS + ((<usize>excluded(wanted)) << 2) + ((<usize>place) << 1));
}

export function namesQueue(wanted: Profile, handle: i32): bool {
  if (wanted.more === 0) return false;
  for (let place = 0; place < queues(wanted); place++) if (furtherQueue(wanted, place) === handle) return true;
  return false;
}

/** Whether agents of a class with this key may serve it, as far as queues go. */
export function worksFor(key: usize, wanted: Profile): bool {
  if (worksIn(key, wanted.queue)) return true;
  if (wanted.more === 0) return false;
  for (let place = 0; place < queues(wanted); place++) if (worksIn(key, furtherQueue(wanted, place))) return true;
  return false;
}

/** As far as groups go. */
export function isInGroup(key: usize, wanted: Profile): bool {
  if (wanted.more === 0) return true;
  const groups: i32 = load<u16>(wanted.more, MORE_GROUPS);
  if (groups === 0) return true;
  const first = wanted.more + MORE_LISTS + ((<usize>excluded(wanted)) << 2) + ((<usize>queues(wanted)) << 1);
  for (let place = 0; place < groups; place++)
    if (levelOf(key, load<u16>(first + ((<usize>place) << 1))) > 0) return true;
  return false;
}
