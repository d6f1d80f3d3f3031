// What a contact asks for, in the core's numbers: sorted and without repetitions, so that equal wishes share a profile.

import * as layout from '../../../assembly/layout.ts';
import type { SkillLevel } from '../../engine/command-encoder.ts';
import type { Group } from './agent-groups.ts';
import type { Wishes } from './contacts.ts';
import type { Names } from './names.ts';
import type { Requirement } from './profiles.ts';

/** What a contact asks for in a queue. */
export interface Asked {
  readonly requires?: Wishes['requires'] | undefined;
  readonly prefers?: Wishes['prefers'] | undefined;
  readonly excludes?: Wishes['excludes'] | undefined;
  /** Further queues whose agents may serve it. */
  readonly queues?: readonly string[];
  /** Groups of agents that it is offered to; absent: all. */
  readonly groups?: readonly string[] | undefined;
}

/** How ids and names become the core's numbers. */
export interface Numbers {
  readonly names: Names;
  readonly agents: { find(agentId: string): { readonly handle: number } | undefined };
  readonly queues: { find(queueId: string): { readonly handle: number } | undefined };
}

export function asksForNothing({ requires, prefers, excludes, queues, groups }: Asked): boolean {
  const asksForSkills = requires?.all?.length || requires?.any?.length || prefers?.length;
  return !(asksForSkills || excludes?.length || queues?.length || groups?.length);
}

export function* skillsOf({ requires, prefers }: Asked): Generator<string, void, void> {
  for (const { skill } of requires?.all ?? []) yield skill;
  for (const { skill } of requires?.any ?? []) yield skill;
  for (const { skill } of prefers ?? []) yield skill;
}

/** The sum is what a profile's record has room for. */
export function tooManySkills(asked: Asked): boolean {
  const { requires, prefers } = asked;
  const count = (requires?.all?.length ?? 0) + (requires?.any?.length ?? 0) + (prefers?.length ?? 0);
  return count > layout.SKILLS_PER_PROFILE_MAX;
}

/** Undefined: nothing is asked for. Unknown skills are numbered; there must be room for them. */
export function requirementOf(asked: Asked, numbers: Numbers): Requirement | undefined {
  if (asksForNothing(asked)) return undefined;
  const { names } = numbers;
  return {
    all: levels(asked.requires?.all, names, Math.max),
    any: levels(asked.requires?.any, names, Math.min),
    prefers: levels(asked.prefers, names, Math.max),
    ...lists({
      // Who has been removed since is nobody to keep away.
      excludes: handlesOf(asked.excludes, (agentId) => numbers.agents.find(agentId)),
      queues: handlesOf(asked.queues, (queueId) => numbers.queues.find(queueId)),
      groups: levels(
        asked.groups?.map((skill) => ({ skill })),
        names,
        Math.max,
      ).map(({ skill }) => skill),
    }),
  };
}

function handlesOf(
  ids: readonly string[] = [],
  find: (id: string) => { readonly handle: number } | undefined,
): readonly number[] {
  const handles = ids.flatMap((id) => find(id)?.handle ?? []);
  return [...new Set(handles)].sort((one, other) => one - other);
}

/** Those that are not empty: rows of profiles that say nothing of them are as they were. */
function lists<Lists extends Record<string, readonly number[]>>(all: Lists): Partial<Lists> {
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0)) as Partial<Lists>;
}

/** A skill asked for twice: among `all` the higher level is what counts, among `any` the lower. */
function levels(
  asked: readonly { readonly skill: string; readonly level?: number }[] | undefined,
  names: Names,
  both: (one: number, other: number) => number,
): SkillLevel[] {
  if (asked === undefined || asked.length === 0) return [];
  const bySkill = new Map<number, number>();
  for (const { skill, level = 1 } of asked) {
    const number = names.skills.number(skill);
    if (number === undefined) throw new Error(`no number for skill ${skill}`);
    const known = bySkill.get(number);
    bySkill.set(number, known === undefined ? level : both(known, level));
  }
  return [...bySkill].map(([skill, level]) => ({ skill, level })).sort((a, b) => a.skill - b.skill);
}

/** Could agents of this group serve it? By names, so that asking numbers nothing. */
export function groupFits(group: Group, asked: Asked, names: Names): boolean {
  const has = ({ skill, level = 1 }: { readonly skill: string; readonly level?: number }) => {
    const number = names.skills.find(skill);
    return number !== undefined && (group.levels.get(number) ?? 0) >= level;
  };
  const { all = [], any = [] } = asked.requires ?? {};
  if (asked.groups !== undefined && !asked.groups.some((skill) => has({ skill }))) return false;
  return all.every(has) && (any.length === 0 || any.some(has));
}
