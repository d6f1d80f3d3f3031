// One instance of a compiled core over one partition's memory: what a worker keeps, and what steps in the same thread
// in tests and simulation. The module has no globals, so an instance holds nothing that another could not.

import * as layout from '../../assembly/layout.ts';
import { CoreTrapError, type ReplayEntry, type StepRequest } from './core.ts';

interface CoreExports {
  format(): void;
  step(buffer: number, inputBytes: number, now: bigint, number: bigint, flags: number): void;
  describe(buffer: number, cursor: number): void;
  exportState(buffer: number, cursor: number): void;
  importState(buffer: number, bytes: number): void;
}

export type CoreCall =
  | { readonly call: 'format' }
  | ({ readonly call: 'step' } & StepRequest)
  | { readonly call: 'replay'; readonly entries: readonly ReplayEntry[] }
  | { readonly call: 'describe' | 'export'; readonly buffer: number; readonly cursor: number }
  | { readonly call: 'import'; readonly buffer: number; readonly bytes: number };

export class CoreInstance {
  readonly #exports: CoreExports;
  readonly #memory: WebAssembly.Memory;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as CoreExports;
  }

  /** Throws CoreTrapError. Returns, for replay alone, the number after which the digests differ. */
  run(call: CoreCall): number | undefined {
    try {
      if (call.call === 'step') {
        const { buffer, inputBytes, now, number, flags } = call;
        this.#exports.step(buffer, inputBytes, BigInt(now), BigInt(number), flags);
      } else if (call.call === 'describe') this.#exports.describe(call.buffer, call.cursor);
      else if (call.call === 'export') this.#exports.exportState(call.buffer, call.cursor);
      else if (call.call === 'import') this.#exports.importState(call.buffer, call.bytes);
      else if (call.call === 'replay') return this.#replay(call.entries);
      else this.#exports.format();
      return undefined;
    } catch (error) {
      throw trapOf(this.#memory, error);
    }
  }

  #replay(entries: readonly ReplayEntry[]): number | undefined {
    for (const { number, at, digest, input } of entries) {
      new Uint8Array(this.#memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES).set(input);
      this.#exports.step(0, input.length, BigInt(at), BigInt(number), 0);
      if (new DataView(this.#memory.buffer).getBigInt64(layout.HEADER_DIGEST, true) !== digest) return number;
    }
    return undefined;
  }
}

function trapOf(memory: WebAssembly.Memory, error: unknown): CoreTrapError {
  const header = new DataView(memory.buffer, 0, layout.HEADER_PRIVATE);
  const doing = header.getInt32(layout.HEADER_DOING, true);
  const message = `the core trapped: ${error instanceof Error ? error.message : String(error)}`;
  if (doing === layout.DOING_COMMAND) {
    return new CoreTrapError(
      message,
      { command: header.getInt32(layout.HEADER_DOING_COMMAND, true) },
      { cause: error },
    );
  }
  if (doing === layout.DOING_TIMER) {
    return new CoreTrapError(message, { timer: header.getInt32(layout.HEADER_DOING_TIMER, true) }, { cause: error });
  }
  return new CoreTrapError(message, {}, { cause: error });
}

/** A shared memory of the size that the layout starts with. */
export function makeMemory(pagesMax: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: layout.INITIAL_PAGES, maximum: pagesMax, shared: true });
}

/** Copies the page that was exported last into the first input buffer of another memory. */
export function copyExportedPage(from: WebAssembly.Memory, to: WebAssembly.Memory): { bytes: number; next: number } {
  const header = new DataView(from.buffer, 0, layout.HEADER_PRIVATE);
  const bytes = header.getInt32(layout.HEADER_EXPORT_BYTES, true);
  if (bytes > layout.INPUT_BYTES) throw new Error(`a page of ${bytes} bytes`);
  new Uint8Array(to.buffer, layout.INPUT_AT, bytes).set(new Uint8Array(from.buffer, layout.EFFECTS_AT, bytes));
  return { bytes, next: header.getInt32(layout.HEADER_EXPORT_NEXT, true) };
}

/** What the core wrote into the header by its last call. */
export interface CoreHeader {
  readonly number: number;
  readonly at: number;
  readonly digest: bigint;
  /** When the next timer is due, or undefined. */
  readonly nextDeadline: number | undefined;
  readonly effects: number;
  readonly consumed: number;
  readonly describeNext: number;
  readonly waiting: number;
  readonly live: number;
  readonly timers: number;
  readonly arenaTop: number;
}

export function readHeader(memory: WebAssembly.Memory): CoreHeader {
  const view = new DataView(memory.buffer, 0, layout.HEADER_PRIVATE);
  const deadline = Number(view.getBigInt64(layout.HEADER_NEXT_DEADLINE, true));
  return {
    number: Number(view.getBigInt64(layout.HEADER_NUMBER, true)),
    at: Number(view.getBigInt64(layout.HEADER_NOW, true)),
    digest: view.getBigInt64(layout.HEADER_DIGEST, true),
    nextDeadline: deadline === Number(layout.NO_DEADLINE) ? undefined : deadline,
    effects: view.getInt32(layout.HEADER_EFFECT_COUNT, true),
    consumed: view.getInt32(layout.HEADER_CONSUMED, true),
    describeNext: view.getInt32(layout.HEADER_DESCRIBE_NEXT, true),
    waiting: view.getInt32(layout.HEADER_WAITING, true),
    live: view.getInt32(layout.HEADER_LIVE, true),
    timers: view.getInt32(layout.HEADER_TIMERS, true),
    arenaTop: view.getInt32(layout.HEADER_ARENA_TOP, true),
  };
}
