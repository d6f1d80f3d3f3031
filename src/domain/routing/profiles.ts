// Profiles: (queue, channel, requirement), interned, because the core keeps a heap for each.
//
// A PROFILE_SET takes effect even when the contact it was glued to is refused, so the memory of a profile follows the
// core, not the request: it is taken back only when the core never saw the command. Its row is written when the
// tick settles; a profile that the core has and that has no row (its contact was refused, then the
// process fell) is nobody's and is dropped. Unused ones are kept for the next contact of their kind, up to a bound.

import * as layout from '../../../assembly/layout.ts';
import type { CommandEncoder, ProfileCommand, SkillLevel } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import { excludingProfilesKeptMax, profilesDroppedPerTickMax, profilesKeptMax } from '../../limits.ts';
import { HandlePool } from '../handle-pool.ts';
import type { TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { Flow, type FlowRow } from './flow.ts';
import type { Queue, Queues } from './queues.ts';
import { profileFlowsTable, profilesTable } from './tables.ts';

export interface Requirement {
  readonly all: readonly SkillLevel[];
  readonly any: readonly SkillLevel[];
  readonly prefers: readonly SkillLevel[];
  /** Handles of agents that may not serve it. */
  readonly excludes?: readonly number[];
  /** Handles of further queues whose agents may. */
  readonly queues?: readonly number[];
  /** Skills that stand for the groups that it is offered to. */
  readonly groups?: readonly number[];
}

const NOTHING_REQUIRED: Requirement = { all: [], any: [], prefers: [] };

export interface Profile {
  readonly number: number;
  readonly queue: Queue;
  readonly channel: number;
  readonly requirement: Requirement;
  /** Its own and the further ones. */
  readonly queues: readonly Queue[];
  readonly key: string;
  /** Live contacts that have it, those of this tick included. */
  uses: number;
  /** How its contacts move on. */
  readonly flow: Flow;
  /** Nobody has it any more, and its number may be another’s. */
  isForgotten: boolean;
}

interface ProfileRow extends ProfileCommand {
  readonly number: number;
}

export class Profiles {
  readonly #byKey = new Map<string, Profile>();
  readonly #byNumber: (Profile | undefined)[] = [];
  readonly #numbers = new HandlePool(layout.PROFILES_MAX);
  /** Longest unused first. */
  readonly #unused = new Set<Profile>();
  /** Those among them that exclude agents. */
  readonly #unusedExcluding = new Set<Profile>();
  /** By agent: how many profiles exclude it. */
  readonly #excluded = new Map<number, number>();
  readonly #queues: Queues;
  readonly #unwritten = new Set<Profile>();
  /** The core has them and nobody knows what they were. */
  #orphans: number[] = [];
  #dropping = false;

  readonly #onForgotten: (profile: Profile) => void;

  constructor(
    tables: TableReader,
    live: readonly Effect[],
    queues: Queues,
    onForgotten: (profile: Profile) => void = () => undefined,
  ) {
    this.#onForgotten = onForgotten;
    this.#queues = queues;
    const used = new Set<number>();
    for (const effect of live) if (effect.kind === layout.EFFECT_PROFILE_STATE) used.add(effect.value);
    this.#numbers.load(used);
    for (const { row } of everyRow(tables, profilesTable)) {
      const { number, profile: _, queue, channel, ...requirement } = row as unknown as ProfileRow;
      // A row without a profile in the core is what is left of a removal; its number's next owner writes over it.
      if (!used.delete(number)) continue;
      const profile = profileOf(number, queues, queues.at(queue), channel, requirement);
      const flow = tables.get(profileFlowsTable, number);
      if (flow !== undefined) profile.flow.load(flow as unknown as FlowRow);
      this.#add(profile);
    }
    this.#orphans = [...used];
  }

  all(): Profile[] {
    return [...this.#byKey.values()];
  }

  at(number: number): Profile {
    const profile = this.#byNumber[number];
    if (profile === undefined) throw new Error(`no profile has the number ${number}`);
    return profile;
  }

  get hasRoom(): boolean {
    return this.#numbers.room > 0;
  }

  find(queue: Queue, channel: number, requirement: Requirement | undefined): Profile | undefined {
    if (requirement === undefined) return queue.plainProfiles[channel];
    return this.#byKey.get(keyOf(queue.handle, channel, requirement));
  }

  /** Encodes the command; the profile is known from then on, until forget(). There must be room. */
  make(core: CommandEncoder, queue: Queue, channel: number, required: Requirement | undefined): Profile {
    const requirement = required ?? NOTHING_REQUIRED;
    const number = this.#numbers.take();
    try {
      core.profileSet({ profile: number, queue: queue.handle, channel, ...requirement });
    } catch (error) {
      this.#numbers.giveBack(number);
      throw error;
    }
    const profile = profileOf(number, this.#queues, queue, channel, requirement);
    this.#add(profile);
    this.#unwritten.add(profile);
    return profile;
  }

  use(profile: Profile): void {
    profile.uses += 1;
    if (profile.uses > 1) return;
    this.#unused.delete(profile);
    this.#unusedExcluding.delete(profile);
  }

  release(profile: Profile): void {
    if (profile.uses === 0) throw new Error(`profile ${profile.number} is released more often than used`);
    profile.uses -= 1;
    if (profile.uses === 0) this.#rests(profile);
  }

  /** The core does not have it (any more). */
  forget(profile: Profile): void {
    profile.isForgotten = true;
    this.#byKey.delete(profile.key);
    this.#byNumber[profile.number] = undefined;
    this.#unused.delete(profile);
    this.#unusedExcluding.delete(profile);
    this.#unwritten.delete(profile);
    for (const agent of profile.requirement.excludes ?? []) {
      const left = this.#excluded.get(agent)! - 1;
      if (left > 0) this.#excluded.set(agent, left);
      else this.#excluded.delete(agent);
    }
    if (profile.queue.plainProfiles[profile.channel] === profile)
      profile.queue.plainProfiles[profile.channel] = undefined;
    this.#numbers.giveBack(profile.number);
    this.#onForgotten(profile);
  }

  /** The core dropped them with their queue. */
  forgetOf(queue: Queue, tables: TableWriter): void {
    for (const profile of this.#byKey.values()) {
      if (!profile.queues.includes(queue)) continue;
      tables.remove(profilesTable, profile.number);
      tables.remove(profileFlowsTable, profile.number);
      this.forget(profile);
    }
  }

  write(tables: TableWriter): void {
    if (this.#unwritten.size === 0) return;
    for (const { number, queue, channel, requirement } of this.#unwritten) {
      const row: ProfileRow = { number, profile: number, queue: queue.handle, channel, ...requirement };
      tables.put(profilesTable, number, row as unknown as Readonly<Record<string, unknown>>);
    }
    this.#unwritten.clear();
  }

  /** True once, when there are more than should be kept: the follow-up that drops some is to be asked for. */
  wantsDropping(): boolean {
    if (this.#dropping) return false;
    const tooMany = this.#byKey.size > profilesKeptMax && this.#unused.size > 0;
    const tooManyExcluding = this.#unusedExcluding.size > excludingProfilesKeptMax;
    this.#dropping = tooMany || tooManyExcluding || this.#orphans.length > 0;
    return this.#dropping;
  }

  /**
   * Drops some of those that no live contact has. As a follow-up it comes before every request of its tick, so none of
   * the tick's commands can have used them yet, and it cannot be refused, so rows and core stay the same.
   */
  drop(core: CommandEncoder, tables: TableWriter): void {
    this.#dropping = false;
    for (const number of this.#orphans) {
      core.profileDrop(number);
      this.#numbers.giveBack(number);
    }
    this.#orphans = [];
    const excluding = this.#unusedExcluding.size - excludingProfilesKeptMax;
    this.#dropSome(this.#unusedExcluding, excluding, core, tables);
    this.#dropSome(this.#unused, this.#byKey.size - profilesKeptMax, core, tables);
  }

  #dropSome(from: ReadonlySet<Profile>, count: number, core: CommandEncoder, tables: TableWriter): void {
    let left = Math.min(profilesDroppedPerTickMax, count);
    for (const profile of from) {
      if (left <= 0) return;
      left -= 1;
      core.profileDrop(profile.number);
      tables.remove(profilesTable, profile.number);
      tables.remove(profileFlowsTable, profile.number);
      this.forget(profile);
    }
  }

  /** Some contact may not be served by the agent of that handle: nobody else is to have it meanwhile. */
  excludes(agent: number): boolean {
    return this.#excluded.has(agent);
  }

  /** Agents of the queue may serve contacts of others that live. */
  serveOthers(queue: Queue): boolean {
    return this.#byNumber.some(
      (profile) =>
        profile !== undefined && profile.uses > 0 && profile.queue !== queue && profile.queues.includes(queue),
    );
  }

  #rests(profile: Profile): void {
    this.#unused.add(profile);
    if (profile.requirement.excludes !== undefined) this.#unusedExcluding.add(profile);
  }

  #add(profile: Profile): void {
    this.#byKey.set(profile.key, profile);
    this.#byNumber[profile.number] = profile;
    this.#rests(profile);
    for (const agent of profile.requirement.excludes ?? [])
      this.#excluded.set(agent, (this.#excluded.get(agent) ?? 0) + 1);
    if (isNothing(profile.requirement)) profile.queue.plainProfiles[profile.channel] = profile;
  }
}

function profileOf(number: number, all: Queues, queue: Queue, channel: number, requirement: Requirement): Profile {
  const key = keyOf(queue.handle, channel, requirement);
  const queues = [queue, ...(requirement.queues ?? []).map((handle) => all.at(handle))];
  return { number, queue, channel, requirement, queues, key, uses: 0, flow: new Flow(), isForgotten: false };
}

function isNothing({ all, any, prefers, excludes, queues, groups }: Requirement): boolean {
  return all.length + any.length + prefers.length === 0 && (excludes ?? queues ?? groups) === undefined;
}

function keyOf(queue: number, channel: number, requirement: Requirement): string {
  const { all, any, prefers, excludes = [], queues = [], groups = [] } = requirement;
  const key = `${queue}/${channel}/${textOf(all)}/${textOf(any)}/${textOf(prefers)}`;
  return excludes.length + queues.length + groups.length === 0 ? key : `${key}/${excludes}/${queues}/${groups}`;
}

function textOf(skills: readonly SkillLevel[]): string {
  return skills.map(({ skill, level }) => `${skill}:${level}`).join(',');
}
