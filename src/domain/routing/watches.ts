// Which supervisor watches what. Durable, so that a rebuild does not silence their screens; bounded, the oldest goes.
//
// Statistics of a queue are told at most once a second each: a change marks the queue, woken() tells what is marked.

import type { Audience } from '../../engine/egress.ts';
import { queueStatsEveryMs, watchersMax } from '../../limits.ts';
import type { Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Team } from './agent-groups.ts';
import type { Agent } from './agents.ts';
import type { Queue, Queues } from './queues.ts';
import { watchesTable } from './tables.ts';

/** Undefined means all. */
export interface Watched {
  readonly queues: readonly string[] | undefined;
  readonly agents: readonly string[] | undefined;
}

interface Watcher {
  readonly audience: Audience;
  readonly queues: ReadonlySet<string> | undefined;
  readonly agents: ReadonlySet<string> | undefined;
}

export class Watches {
  readonly #watchers = new Map<string, Watcher>();
  readonly #changed = new Set<Queue>();
  readonly #changedTeams = new Set<Team>();
  /** When statistics may be told next. */
  #nextAt = 0;
  #awaited = false;

  constructor(tables: TableReader) {
    const rows = [...everyRow(tables, watchesTable)].map(({ row }) => row as unknown as StoredWatch);
    for (const { sub, queues, agents } of rows.sort((a, b) => a.since - b.since)) this.#set(sub, { queues, agents });
  }

  get isEmpty(): boolean {
    return this.#watchers.size === 0;
  }

  /** Returns how to take it back. */
  watch(sub: string, watched: Watched, tables: TableWriter, since: number): () => void {
    const before = [...this.#watchers];
    this.#watchers.delete(sub);
    if (watched.queues?.length === 0 && watched.agents?.length === 0) tables.remove(watchesTable, sub);
    else {
      this.#set(sub, watched);
      const row: StoredWatch = { sub, since, ...watched };
      tables.put(watchesTable, sub, row as unknown as Row);
      if (this.#watchers.size > watchersMax) this.#dropOldest(tables);
    }
    return () => {
      this.#watchers.clear();
      for (const [key, watcher] of before) this.#watchers.set(key, watcher);
    };
  }

  *ofAgent(agent: Agent): Generator<Audience, void, void> {
    for (const { audience, agents } of this.#watchers.values()) {
      if (agents === undefined || agents.has(agent.agentId)) yield audience;
    }
  }

  /** Also of one that is gone: who watched it is told what ended with it. */
  /** Of none: whoever watches anything. */
  *ofQueue(queueId: string | undefined): Generator<Audience, void, void> {
    for (const { audience, queues } of this.#watchers.values()) {
      if (queues === undefined || queueId === undefined || queues.has(queueId)) yield audience;
    }
  }

  /** Something that a queue's statistics show is other than before. */
  mark(queue: Queue, reaction: Pick<Reaction, 'now' | 'wakeAt'>): void {
    if (this.#watchers.size === 0) return;
    this.#changed.add(queue);
    this.#await(reaction);
  }

  /** As mark(), for each queue that the team serves: there may be many, so they are looked up when they are told. */
  markTeam(team: Team, reaction: Pick<Reaction, 'now' | 'wakeAt'>): void {
    if (this.#watchers.size === 0) return;
    this.#changedTeams.add(team);
    this.#await(reaction);
  }

  /** The queues to tell of, once. */
  take(now: number, all: Queues): Iterable<Queue> {
    this.#awaited = false;
    this.#nextAt = now + queueStatsEveryMs;
    const changed = new Set<Queue>();
    // One that has been removed meanwhile is nobody's any more.
    for (const queue of this.#changed) if (all.find(queue.queueId) === queue) changed.add(queue);
    for (const { queues } of this.#changedTeams) for (const queue of queues ?? all.from(0)) changed.add(queue);
    this.#changed.clear();
    this.#changedTeams.clear();
    return changed;
  }

  #await(reaction: Pick<Reaction, 'now' | 'wakeAt'>): void {
    if (this.#awaited) return;
    this.#awaited = true;
    reaction.wakeAt(Math.max(reaction.now, this.#nextAt));
  }

  #set(sub: string, { queues, agents }: Watched): void {
    this.#watchers.set(sub, {
      audience: { role: 'supervisor', sub },
      queues: queues && new Set(queues),
      agents: agents && new Set(agents),
    });
  }

  #dropOldest(tables: TableWriter): void {
    const [oldest] = this.#watchers.keys();
    if (oldest === undefined) return;
    this.#watchers.delete(oldest);
    tables.remove(watchesTable, oldest);
  }
}

interface StoredWatch extends Watched {
  readonly sub: string;
  readonly since: number;
}
