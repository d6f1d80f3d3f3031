// How many agents who could serve a profile are logged in, and how many of them chose ready: kept up to date, so that neither
// a contact that arrives nor an agent who leaves has anybody counted.
//
// Counted are profiles that somebody has asked about, for as long as they are there. A profile that is new here looks at the groups of agents once (those of
// the same skills, queues and channels); an agent who comes, goes or changes groups tells the profiles that its group
// fits. Busy agents who chose ready count as ready: they will be free. Who is about to log out counts as gone.

import * as layout from '../../../assembly/layout.ts';
import type { AgentGroups, Group } from './agent-groups.ts';
import type { Profile } from './profiles.ts';

export interface Staff {
  readonly profile: Profile;
  loggedIn: number;
  ready: number;
}

/** An agent as far as it counts here. */
export interface Presence {
  readonly handle: number;
  readonly state: number;
  readonly flags: number;
}

export class Staffing {
  readonly #groups: AgentGroups;
  readonly #byProfile = new Map<Profile, Staff>();
  /** Whom each group fits, of those that are counted. */
  readonly #fitting = new Map<Group, Set<Staff>>();
  /** By group: how many are logged in, and how many are ready. */
  readonly #inGroup = new Map<Group, { loggedIn: number; ready: number }>();
  /** Of whom the last one has gone. */
  readonly #emptied = new Set<Staff>();

  /** The agent of a handle. */
  readonly #agentAt: (handle: number) => (Presence & { readonly group: Group }) | undefined;

  constructor(groups: AgentGroups, agentAt: (handle: number) => (Presence & { readonly group: Group }) | undefined) {
    this.#groups = groups;
    this.#agentAt = agentAt;
  }

  of(profile: Profile): Staff {
    const known = this.#byProfile.get(profile);
    if (known !== undefined) return known;
    const staff: Staff = { profile, loggedIn: 0, ready: 0 };
    this.#byProfile.set(profile, staff);
    for (const [group, { loggedIn, ready }] of this.#inGroup) {
      if (!this.#fits(group, profile)) continue;
      this.#fitting.get(group)?.add(staff);
      staff.loggedIn += loggedIn;
      staff.ready += ready;
    }
    for (const handle of profile.requirement.excludes ?? []) {
      const agent = this.#agentAt(handle);
      if (agent === undefined || !this.#fits(agent.group, profile)) continue;
      if (isThere(agent)) staff.loggedIn -= 1;
      if (isReady(agent)) staff.ready -= 1;
    }
    return staff;
  }

  /** The profile is gone: of a contact that was refused, of a queue that was removed, or unused for long. */
  forget(profile: Profile): void {
    const staff = this.#byProfile.get(profile);
    if (staff === undefined) return;
    this.#byProfile.delete(profile);
    this.#emptied.delete(staff);
    for (const fitting of this.#fitting.values()) fitting.delete(staff);
  }

  /** Most changes (it rings, is in service …) are none here. */
  changed(group: Group, before: Presence, after: Presence): void {
    if (isThere(before) === isThere(after) && isReady(before) === isReady(after)) return;
    this.count(group, after, 1);
    this.count(group, before, -1);
  }

  /** An agent joins its group (by 1), leaves it (by -1). */
  count(group: Group, agent: Presence, by: 1 | -1): void {
    if (!isThere(agent)) return;
    const inGroup = this.#inGroup.get(group) ?? this.#begin(group);
    inGroup.loggedIn += by;
    if (isReady(agent)) inGroup.ready += by;
    for (const staff of this.#fitting.get(group) ?? []) {
      if (staff.profile.requirement.excludes?.includes(agent.handle)) continue;
      staff.loggedIn += by;
      if (isReady(agent)) staff.ready += by;
      if (staff.loggedIn === 0) this.#emptied.add(staff);
    }
    if (inGroup.loggedIn > 0) return;
    this.#inGroup.delete(group);
    this.#fitting.delete(group);
  }

  /** The profiles that nobody is there for any more, since the last time this was asked. */
  takeEmptied(): Profile[] {
    if (this.#emptied.size === 0) return [];
    const empty = [...this.#emptied].filter(({ loggedIn }) => loggedIn === 0);
    this.#emptied.clear();
    return empty.map(({ profile }) => profile);
  }

  /** Whether this agent could serve it, there or not. */
  serves({ handle, group }: { readonly handle: number; readonly group: Group }, profile: Profile): boolean {
    return profile.requirement.excludes?.includes(handle) !== true && this.#fits(group, profile);
  }

  #fits(group: Group, profile: Profile): boolean {
    return profile.queues.some((queue) => this.#groups.isIn(group, queue)) && fits(group, profile);
  }

  #begin(group: Group): { loggedIn: number; ready: number } {
    const counts = { loggedIn: 0, ready: 0 };
    this.#inGroup.set(group, counts);
    const fitting = [...this.#byProfile.values()].filter(({ profile }) => this.#fits(group, profile));
    this.#fitting.set(group, new Set(fitting));
    return counts;
  }
}

function isThere({ state, flags }: Presence): boolean {
  return state !== layout.AGENT_LOGGED_OUT && (flags & layout.AGENT_FLAG_LOGGING_OUT) === 0;
}

function isReady(agent: Presence): boolean {
  return isThere(agent) && (agent.flags & layout.AGENT_FLAG_READY) !== 0;
}

function fits({ team, levels }: Group, { channel, requirement: { all, any, groups } }: Profile): boolean {
  if (groups !== undefined && !groups.some((skill) => levels.has(skill))) return false;
  const has = ({ skill, level }: { readonly skill: number; readonly level: number }) =>
    (levels.get(skill) ?? 0) >= Math.max(1, level);
  return ((team.channelMask >>> channel) & 1) !== 0 && all.every(has) && (any.length === 0 || any.some(has));
}
