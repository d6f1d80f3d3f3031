// A domain module for tests of the engine: small methods that reach every path of a tick on purpose.

import type {
  Admission,
  Admitted,
  Afterwards,
  DomainModule,
  Reaction,
  TableDeclaration,
  Undecided,
} from '../../src/domain/module.ts';
import type { Caller, ClientAnswer } from '../../src/engine/egress.ts';
import { refuse } from '../../src/protocol/refusals.ts';

export const probeTable: TableDeclaration = { name: 'probe', id: 900, personal: false };
export const probeModuleNumber = 200;

/** Keys whose timer makes the reaction throw. */
export const throwingTimerKey = 666;

export class ProbeModule implements DomainModule {
  readonly name = 'probe';
  readonly number = probeModuleNumber;
  readonly erases = { nothing: 'A test’s.' };
  readonly tables = [probeTable];
  /** What a module keeps in memory: must equal the table after every rebuild. */
  memory = new Map<string, number>();
  /** Set by a test: the end of a tick throws while there is this key. */
  settleThrowsFor: string | undefined;
  /** By the core, in the end. */
  #refused: Undecided | undefined;
  /** Ticks that were settled. */
  settled: number[] = [];
  readonly methods = {
    'probe.put': (params: { key: string; value: number }, admission: Admission): Admitted => {
      this.#put(params.key, params.value, admission);
      return { result: { at: admission.now } };
    },
    'probe.get': (params: { key: string }, admission: Admission): Admitted => ({
      result: {
        row: admission.tables.get(probeTable, params.key)?.value ?? null,
        memory: this.memory.get(params.key) ?? null,
      },
    }),
    /** A single-use thing: the guard is written at admission. */
    'probe.useOnce': (params: { key: string }, admission: Admission): Admitted => {
      if (admission.tables.get(probeTable, params.key) !== undefined)
        return refuse('contact_exists_with_different_content');
      this.#put(params.key, 1, admission);
      return { pending: () => ({ result: { used: params.key } }) };
    },
    /** The guard is written, then the core refuses: it must be as if nothing had been. */
    'probe.useOnceRefused': (params: { key: string }, admission: Admission): Admitted => {
      if (admission.tables.get(probeTable, params.key) !== undefined)
        return refuse('contact_exists_with_different_content');
      this.#put(params.key, 1, admission);
      this.#refused = admission.undecided;
      admission.core.wrapUpDone({ slot: 9, number: 9 });
      return { pending: () => ({ result: { used: params.key } }) };
    },
    /** Rests on what the one before of its tick has written, which the core refuses. */
    'probe.addTo': (params: { key: string; value: number }, admission: Admission): Admitted => {
      if (this.#refused !== undefined) admission.needs(this.#refused, refuse('not_ready'));
      this.#put(params.key, (this.memory.get(params.key) ?? 0) + params.value, admission);
      if (params.value < 0) return refuse('too_large');
      return { result: { value: this.memory.get(params.key) } };
    },
    'probe.trap': (_params: object, admission: Admission): Admitted => {
      const record = new Uint8Array(16);
      new DataView(record.buffer).setUint16(0, 999, true);
      new DataView(record.buffer).setInt32(4, 16, true);
      admission.core.raw(record);
      return { pending: () => ({ result: {} }) };
    },
    'probe.throwAtAdmission': (params: { key: string }, admission: Admission): Admitted => {
      this.#put(params.key, 1, admission);
      throw new Error('on purpose, at admission');
    },
    'probe.throwAtAnswer': (params: { key: string }, admission: Admission): Admitted => {
      this.#put(params.key, 1, admission);
      return {
        pending: () => {
          throw new Error('on purpose, at the answer');
        },
      };
    },
    'probe.timer': (params: { key: number; due: number }, admission: Admission): Admitted => {
      admission.core.timerSet(probeModuleNumber, params.key, params.due);
      return { pending: () => ({ result: {} }) };
    },
    'probe.chain': (params: { depth: number }, admission: Admission): Admitted => ({
      pending: (reaction: Reaction) => {
        reaction.followUp('chain', { left: params.depth, at: admission.now });
        return { result: {} };
      },
    }),
    'probe.notify': (params: { to: string; text: string }): Admitted => ({
      pending: (reaction: Reaction) => {
        reaction.notify({ role: 'agent', sub: params.to }, 'probe.said', { text: params.text });
        return { result: {} };
      },
    }),
  };
  readonly followUps = {
    chain: (params: Readonly<Record<string, unknown>>, admission: Admission): void => {
      const left = params.left as number;
      this.#put(`chain-${left}`, left, admission);
      if (left > 1) admission.core.timerSet(probeModuleNumber, left - 1, admission.now);
    },
  };

  readonly watchedRoles = ['switch'] as const;

  /** Asks whoever comes for what it has, by the number of times it has come. */
  presenceChanged({ sub }: Caller, connected: boolean, admission: Admission): Afterwards {
    const times = (this.memory.get(`came-${sub}`) ?? 0) + (connected ? 1 : 0);
    this.#put(`came-${sub}`, times, admission);
    if (!connected) return undefined;
    return (reaction) => {
      const audience = { role: 'switch', sub } as const;
      reaction.ask({ audience, method: 'probe.what', params: {}, reference: `${sub}.${times}`, timeoutMs: 1_000 });
      reaction.notify(audience, 'probe.welcome', {});
    };
  }

  answered(reference: string, answer: ClientAnswer, admission: Admission): Afterwards {
    this.#put(`answered-${reference}`, 'result' in answer ? (answer.result as number) : -1, admission);
    return (reaction) => reaction.tables.put(probeTable, 'after', { key: 'after', value: reaction.tick });
  }

  resumed(reaction: Reaction): void {
    reaction.tables.put(probeTable, 'resumed', { key: 'resumed', value: reaction.tick });
    this.memory.set('resumed', reaction.tick);
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === throwingTimerKey) throw new Error('on purpose, at a timer');
    reaction.tables.put(probeTable, `fired-${key}`, { key: `fired-${key}`, value: reaction.now });
    this.memory.set(`fired-${key}`, reaction.now);
    reaction.notify({ role: 'agent', sub: 'watcher' }, 'probe.fired', { key });
  }

  settle({ tick }: Reaction): void {
    if (this.settleThrowsFor !== undefined && this.memory.has(this.settleThrowsFor))
      throw new Error('on purpose, at the end of a tick');
    this.settled.push(tick);
  }

  state(): Readonly<Record<string, unknown>> {
    return { probe: Object.fromEntries(this.memory) };
  }

  load({ tables }: Parameters<DomainModule['load']>[0]): void {
    this.memory = new Map(
      tables.range(probeTable, { limit: 10_000 }).map(({ row }) => [row.key as string, row.value as number]),
    );
  }

  #put(key: string, value: number, admission: Admission): void {
    admission.tables.put(probeTable, key, { key, value });
    const before = this.memory.get(key);
    this.memory.set(key, value);
    admission.onUndo(() => {
      if (before === undefined) this.memory.delete(key);
      else this.memory.set(key, before);
    });
  }
}
