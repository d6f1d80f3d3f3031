// The workers of a simulated machine: the real core in this thread, with traps on command.
//
// Memories are taken again by later partitions, wiped, since a shared memory costs more to make than a run takes.

import * as layout from '../../assembly/layout.ts';
import {
  type CoreMemory,
  type CorePool,
  CoreTrapError,
  type ReplayEntry,
  type StepRequest,
} from '../../src/engine/core.ts';
import { type CoreCall, CoreInstance, makeMemory, readHeader } from '../../src/engine/core-instance.ts';
import { Effects } from '../../src/engine/effects.ts';
import type { EventLog } from './event-log.ts';

/** 64 MiB: no run needs more, and a memory that grew is not taken again. */
const memoryPagesMax = 1_024;

const modules = new Map<string, WebAssembly.Module>();
const spare: WebAssembly.Memory[] = [];

/** Before time begins: compiling takes as long as the machine likes. */
export async function compile(hash: string, wasm: Uint8Array): Promise<void> {
  if (!modules.has(hash)) modules.set(hash, await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>));
}

function takeMemory(): WebAssembly.Memory {
  const memory = spare.pop();
  if (memory === undefined) return makeMemory(memoryPagesMax);
  const top = readHeader(memory).arenaTop;
  new Uint8Array(memory.buffer, layout.ARENA_AT, Math.max(0, top - layout.ARENA_AT)).fill(0);
  new Uint8Array(memory.buffer, 0, layout.HEADER_BYTES).fill(0);
  return memory;
}

export interface Trap {
  /** timer: at the firing of a timer that the core set for itself, which is named. */
  readonly call: 'step' | 'replay' | 'describe' | 'timer';
  /** The first call of its kind from now on is 1. */
  readonly turn: number;
  /** Before it began, when it was done, or as a command of the batch that is named. */
  readonly how: 'before' | 'after' | 'named';
}

export class SimWorkers implements CorePool {
  readonly #log: EventLog;
  readonly #instances = new Map<string, { readonly instance: CoreInstance; readonly core: CoreMemory }>();
  #made = 0;
  #trap: Trap | undefined;
  #turnsLeft = 0;
  /** How many traps have struck. */
  trapped = 0;
  /** Of these, how many named a command: it, or a follow-up, is set aside and never done. */
  blamed = 0;
  readonly #onTimer: (partition: string) => void;

  /** `onTimer` is told of each trap at a timer, and of which partition. */
  constructor(log: EventLog, onTimer: (partition: string) => void = () => undefined) {
    this.#log = log;
    this.#onTimer = onTimer;
  }

  arm(trap: Trap): void {
    this.#trap = trap;
    this.#turnsLeft = trap.turn;
  }

  disarm(): void {
    this.#trap = undefined;
  }

  async addBuild(hash: string): Promise<void> {
    if (!modules.has(hash)) throw new Error(`the build ${hash} was not compiled before the world began`);
  }

  async create(coreHash: string, partition: string): Promise<CoreMemory> {
    this.#made += 1;
    const core = { key: `${partition}#${this.#made}`, memory: takeMemory(), coreHash };
    const instance = new CoreInstance(modules.get(coreHash)!, core.memory);
    this.#instances.set(core.key, { instance, core });
    instance.run({ call: 'format' });
    return core;
  }

  async step(core: CoreMemory, request: StepRequest): Promise<void> {
    this.#run(core, { call: 'step', ...request });
  }

  async replay(core: CoreMemory, entries: readonly ReplayEntry[]): Promise<number | undefined> {
    return this.#run(core, { call: 'replay', entries });
  }

  async describe(core: CoreMemory, buffer: number, cursor: number): Promise<void> {
    this.#run(core, { call: 'describe', buffer, cursor });
  }

  async exportState(core: CoreMemory, buffer: number, cursor: number): Promise<void> {
    this.#run(core, { call: 'export', buffer, cursor });
  }

  async importState(core: CoreMemory, buffer: number, bytes: number): Promise<void> {
    this.#run(core, { call: 'import', buffer, bytes });
  }

  forget(core: CoreMemory): void {
    this.#instances.delete(core.key);
    if (core.memory.buffer.byteLength === layout.INITIAL_PAGES * layout.PAGE_BYTES) spare.push(core.memory);
  }

  async close(): Promise<void> {}

  /** The process is gone: whatever it had is free, once nothing of it runs any more. */
  abandon(): void {
    for (const { core } of [...this.#instances.values()]) this.forget(core);
  }

  #run(core: CoreMemory, call: CoreCall): number | undefined {
    const known = this.#instances.get(core.key);
    if (known === undefined) throw new Error(`the memory ${core.key} has been forgotten`);
    const how = this.#strikes(call);
    if (how === 'before') throw this.#trapped('a worker died before the call');
    if (how === 'named') this.blamed += 1;
    if (how === 'named') throw this.#trapped('the core trapped at its first command', { command: 0 });
    if (call.call === 'step' && this.#trap?.call === 'timer') return this.#atTimer(core, known.instance, call);
    const result = known.instance.run(call);
    if (how === 'after') throw this.#trapped('a worker died after the call');
    return result;
  }

  /** The memory is condemned, so the step may be done before it is said that it never was. */
  #atTimer(core: CoreMemory, instance: CoreInstance, call: CoreCall): undefined {
    const header = new DataView(core.memory.buffer, 0, layout.HEADER_PRIVATE);
    header.setInt32(layout.HEADER_DOING_TIMER, layout.NONE, true);
    instance.run(call);
    const timer = header.getInt32(layout.HEADER_DOING_TIMER, true);
    if (timer === layout.NONE || tellsOfTimer(core, call)) return;
    if (--this.#turnsLeft > 0) return;
    this.#trap = undefined;
    this.#onTimer(core.key.slice(0, core.key.indexOf('#')));
    throw this.#trapped('the core trapped at a timer', { timer });
  }

  #strikes({ call }: CoreCall): Trap['how'] | undefined {
    if (this.#trap?.call !== call || --this.#turnsLeft > 0) return undefined;
    const { how } = this.#trap;
    this.#trap = undefined;
    return how;
  }

  #trapped(message: string, at: { command?: number; timer?: number } = {}): CoreTrapError {
    this.trapped += 1;
    this.#log.add('trap', message);
    return new CoreTrapError(message, at);
  }
}

/** Whether the timer that fired last is a module's: the core does nothing there but tell of it. */
function tellsOfTimer({ memory }: CoreMemory, call: CoreCall): boolean {
  const { buffer } = call as CoreCall & { buffer: number };
  const fired = new Effects(memory.buffer, buffer, readHeader(memory).effects)
    .all()
    .filter(({ cause }) => cause === layout.CAUSE_TIMER);
  return fired.at(-1)?.kind === layout.EFFECT_TIMER_FIRED;
}
