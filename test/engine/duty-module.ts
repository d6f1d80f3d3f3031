// A domain module for tests of what must happen exactly once: every effect is a row that counts how often it happened,
// and the module's memory must equal its table at all times.

import type {
  Admission,
  Admitted,
  DomainModule,
  Reaction,
  Row,
  TableDeclaration,
  TableWriter,
} from '../../src/domain/module.ts';

export const dutyTable: TableDeclaration = { name: 'duty', id: 901, personal: false };
export const dutyModuleNumber = 201;

export class DutyModule implements DomainModule {
  readonly name = 'duty';
  readonly number = dutyModuleNumber;
  readonly erases = { nothing: 'A test’s.' };
  readonly tables = [dutyTable];
  /** Equal to the table, once nothing is on its way. */
  memory = new Map<string, number>();
  /** Follow-ups, timers and wakes that throw. */
  readonly throwing = new Set<string>();
  readonly methods = {
    /** Counts, and leaves follow-ups that count as well, each with so many commands for the core. */
    'duty.count': (
      params: { key: string; follow?: readonly string[]; commands?: number },
      admission: Admission,
    ): Admitted => {
      this.#count(params.key, admission.tables, admission);
      const { follow, commands = 1 } = params;
      if (follow === undefined) return { result: { counted: params.key } };
      return {
        pending: (reaction: Reaction) => {
          for (const key of follow) reaction.followUp('count', { key, commands });
          return { result: { counted: params.key } };
        },
      };
    },
    /** The same by way of the core, which may stop early, or refuse. */
    'duty.command': (params: { key: string; refused?: boolean }, admission: Admission): Admitted => {
      this.#count(params.key, admission.tables, admission);
      if (params.refused === true) admission.core.wrapUpDone({ slot: 9, number: 9 });
      else admission.core.timerCancel(dutyModuleNumber, 999);
      return { pending: () => ({ result: { counted: params.key } }) };
    },
    'duty.timer': (params: { key: number; due: number }, admission: Admission): Admitted => {
      admission.core.timerSet(dutyModuleNumber, params.key, params.due);
      return { pending: () => ({ result: {} }) };
    },
    'duty.trap': (_params: object, admission: Admission): Admitted => {
      const record = new Uint8Array(16);
      new DataView(record.buffer).setUint16(0, 999, true);
      new DataView(record.buffer).setInt32(4, 16, true);
      admission.core.raw(record);
      return { pending: () => ({ result: {} }) };
    },
    'duty.throw': (params: { key: string; at: 'admission' | 'answer' }, admission: Admission): Admitted => {
      this.#count(params.key, admission.tables, admission);
      if (params.at === 'admission') throw new Error('on purpose, at admission');
      return {
        pending: () => {
          throw new Error('on purpose, at the answer');
        },
      };
    },
    'duty.wake': (params: { at: number }): Admitted => ({
      pending: (reaction: Reaction) => {
        reaction.wakeAt(params.at);
        return { result: {} };
      },
    }),
    'duty.get': (params: { key: string }, admission: Admission): Admitted => ({
      result: {
        row: admission.tables.get(dutyTable, params.key)?.value ?? 0,
        memory: this.memory.get(params.key) ?? 0,
      },
    }),
  };
  readonly followUps = {
    count: (params: Row, admission: Admission): void => {
      const key = params.key as string;
      this.#count(key, admission.tables, admission);
      for (let command = 0; command < ((params.commands as number | undefined) ?? 1); command++)
        admission.core.timerCancel(dutyModuleNumber, 999);
      if (this.throwing.has(key)) throw new Error(`on purpose, at the follow-up ${key}`);
    },
  };

  timerFired(key: number, reaction: Reaction): void {
    if (this.throwing.has(`timer-${key}`)) throw new Error(`on purpose, at the timer ${key}`);
    this.#count(`timer-${key}`, reaction.tables);
    reaction.followUp('count', { key: `after-timer-${key}` });
    reaction.notify({ role: 'agent', sub: 'watcher' }, 'duty.fired', { key });
  }

  woken(reaction: Pick<Reaction, 'notify'>): void {
    if (this.throwing.has('wake')) throw new Error('on purpose, when woken');
    reaction.notify({ role: 'agent', sub: 'watcher' }, 'duty.woken', {});
  }

  state(): Row {
    return { duty: Object.fromEntries(this.memory) };
  }

  load({ tables }: Parameters<DomainModule['load']>[0]): void {
    this.memory = new Map(
      tables.range(dutyTable, { limit: 10_000 }).map(({ row }) => [row.key as string, row.value as number]),
    );
  }

  #count(key: string, tables: TableWriter, admission?: Admission): void {
    const before = this.memory.get(key);
    const value = ((tables.get(dutyTable, key)?.value as number | undefined) ?? 0) + 1;
    tables.put(dutyTable, key, { key, value });
    this.memory.set(key, value);
    admission?.onUndo(() => {
      if (before === undefined) this.memory.delete(key);
      else this.memory.set(key, before);
    });
  }
}
