// Two tenants for the core to work in: one queue where all agents are alike, and eight queues with skills.

import * as layout from '../../assembly/layout.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import type { Command, SkillLevel } from '../../test/core/commands.ts';

const QUEUES = 8;
const SKILLS = 6;
const CLASSES = 200;
const PRIORITIES = 5;

/** The same in every run. */
const seed = 12_345;

export interface World {
  readonly name: string;
  readonly settings: readonly Command[];
  readonly profiles: number;
  skillsOf(agent: number): SkillLevel[];
  /** Undefined: all of them. */
  queuesOf(agent: number): number[] | undefined;
  priority(): number;
}

function queueSet(queue: number, ageing: number, select: number): Extract<Command, { kind: 'queueSet' }> {
  return {
    kind: 'queueSet',
    queue,
    channels: 1,
    order: layout.ORDER_PRIORITY,
    select,
    weight: 0,
    ageing,
    offerMs: 20_000,
    wrapUpMs: 0,
    maxWaiting: -1,
    missedMax: 0,
    afterRejectMs: 0,
    afterMissMs: 0,
  };
}

export function oneQueue(): World {
  return {
    name: 'one queue',
    settings: [
      queueSet(0, 0, layout.SELECT_LONGEST_IDLE),
      { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all: [], any: [], prefers: [] },
    ],
    profiles: 1,
    skillsOf: () => [],
    queuesOf: () => undefined,
    priority: () => 0,
  };
}

/** 32 profiles, some 200 classes of agents, priorities, ageing, two ways to select. */
export function skilledQueues(): World {
  const random = new SeededRandom(seed);
  const settings: Command[] = [];
  for (let queue = 0; queue < QUEUES; queue++) {
    settings.push(queueSet(queue, 1_000, queue % 2 === 0 ? layout.SELECT_LONGEST_IDLE : layout.SELECT_BEST_SKILLED));
    for (let level = 0; level < 4; level++) {
      const all = level === 0 ? [] : [{ skill: (queue + level) % SKILLS, level: level * 2 }];
      settings.push({ kind: 'profileSet', profile: queue * 4 + level, queue, channel: 0, all, any: [], prefers: [] });
    }
  }
  return {
    name: 'eight queues, skills',
    settings,
    profiles: QUEUES * 4,
    // Every agent has some level of every skill, so that all profiles find somebody.
    skillsOf: (agent) =>
      Array.from({ length: SKILLS }, (_, skill) => ({ skill, level: 1 + (((agent % CLASSES) * (skill + 3)) % 10) })),
    queuesOf: (agent) => [agent % QUEUES, (agent + 3) % QUEUES, (agent + 5) % QUEUES],
    priority: () => Math.floor(random.fraction() * PRIORITIES),
  };
}

/** One queue that scores, by all terms; half of its contacts prefer a skill, and ten classes of agents have levels of it. */
export function scoredQueue(): World {
  const prefers = [{ skill: 0, level: 1 }];
  return {
    name: 'one queue, by score',
    settings: [
      {
        ...queueSet(0, 0, layout.SELECT_SCORE),
        scoreWeights: [3, 2, 2, 0, 5, 9],
        occupancyWindowMs: 3_600_000,
      },
      { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all: [], any: [], prefers: [] },
      { kind: 'profileSet', profile: 1, queue: 0, channel: 0, all: [], any: [], prefers },
    ],
    profiles: 2,
    skillsOf: (agent) => [{ skill: 0, level: 1 + ((agent * 7) % 10) }],
    queuesOf: () => undefined,
    priority: () => 0,
  };
}

export type Ageing = 'line' | 'cap' | 'steps';

/**
 * One queue with contacts of many priorities, which gain half of them (four at least) by waiting: in a line for as long as they wait, up to
 * there and no further, or in four steps. `waiting` of topologies.ts makes a contact wait for about N / 25 ms.
 */
export function ageingQueue(ageing: Ageing, priorities: number, agents: number): World {
  const random = new SeededRandom(seed);
  const waitMs = Math.max(4, agents / 25);
  const gained = Math.max(4, Math.ceil(priorities / 2));
  const perSecond = Math.min(1_000_000, Math.round((gained / (waitMs / 4)) * 1_000_000));
  const steps = [1, 2, 3, 4].map((of) => ({
    afterMs: Math.round((waitMs / 4) * of),
    priority: Math.round((gained / 4) * of),
  }));
  return {
    name: `one queue, ageing: ${ageing}`,
    settings: [
      {
        ...queueSet(0, ageing === 'steps' ? 0 : perSecond, layout.SELECT_LONGEST_IDLE),
        ...(ageing === 'cap' && { ageingCap: gained }),
        ...(ageing === 'steps' && { ageingSteps: steps }),
      },
      { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all: [], any: [], prefers: [] },
      { kind: 'profileSet', profile: 1, queue: 0, channel: 0, all: [], any: [], prefers: [{ skill: 0, level: 1 }] },
    ],
    profiles: 2,
    skillsOf: (agent) => [{ skill: 0, level: 1 + ((agent * 7) % 10) }],
    queuesOf: () => undefined,
    priority: () => Math.floor(random.fraction() * priorities),
  };
}

/** Makes an agent known, at its one line, and ready. */
export function agentCommands(world: World, agent: number): Command[] {
  return [
    {
      kind: 'agentSet',
      agent,
      total: 1,
      wrapUpMs: 0,
      capacity: [1],
      skills: world.skillsOf(agent),
      queues: world.queuesOf(agent),
    },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

/** Makes contacts, in slots that are free again as soon as they are given back. */
export class Contacts {
  readonly #random = new SeededRandom(seed);
  readonly #world: World;
  readonly #free: number[] = [];
  #made = 0;

  constructor(world: World) {
    this.#world = world;
  }

  create(count: number): Extract<Command, { kind: 'contactCreate' }>[] {
    return Array.from({ length: count }, () => ({
      kind: 'contactCreate' as const,
      contact: this.#free.pop() ?? this.#made++,
      number: 1,
      profile: Math.floor(this.#random.fraction() * this.#world.profiles),
      priority: this.#world.priority(),
      creditMs: 0,
      agent: layout.NONE,
      waitMs: 0,
      orElse: layout.OR_ELSE_QUEUE,
    }));
  }

  release(slots: readonly number[]): void {
    for (const slot of slots) this.#free.push(slot);
  }
}
