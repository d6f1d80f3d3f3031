// The seam between the engine and the compiled core: a partition's memory, and the pool of workers that step it.
// Production is src/engine/piscina-core-pool.ts; tests and simulation may step in the same thread (in-process-core-pool.ts).

/** One partition's memory. `key` is unique per memory ever made in this process: workers cache by it. */
export interface CoreMemory {
  readonly key: string;
  readonly memory: WebAssembly.Memory;
  /** Which build steps it; the pool has been told about it with addBuild(). */
  readonly coreHash: string;
}

export interface StepRequest {
  readonly buffer: number; // 0..BUFFERS-1: the input and the effect buffer of that index
  readonly inputBytes: number;
  readonly now: number;
  readonly number: number;
  readonly flags: number;
}

/** One entry of the journal, to be executed again. */
export interface ReplayEntry {
  readonly number: number;
  readonly at: number;
  readonly digest: bigint;
  readonly input: Uint8Array;
}

/** The core trapped: its memory must not be stepped again. */
export class CoreTrapError extends Error {
  /** Index in the batch of the command being executed, or undefined. */
  readonly command: number | undefined;
  /** Slot of the timer being fired, or undefined. */
  readonly timer: number | undefined;
  constructor(message: string, at: { command?: number; timer?: number }, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CoreTrapError';
    this.command = at.command;
    this.timer = at.timer;
  }
}

export interface CorePool {
  addBuild(hash: string, wasm: Uint8Array): Promise<void>;
  /** A new, formatted memory. */
  create(coreHash: string, partition: string): Promise<CoreMemory>;
  /** Effects lie in the buffer of that index; how many is in the header. Rejects with CoreTrapError. */
  step(core: CoreMemory, request: StepRequest): Promise<void>;
  /**
   * Executes entries again, in order, dropping their effects. Resolves with the number of the first entry after which
   * the digest was another than the entry's, or undefined. Many entries a call spare round trips.
   */
  replay(core: CoreMemory, entries: readonly ReplayEntry[]): Promise<number | undefined>;
  /** Writes effects describing live records from `cursor` on; the header says where to go on. */
  describe(core: CoreMemory, buffer: number, cursor: number): Promise<void>;
  /** Writes state records from `cursor` on into the effect buffer of that index; the header says how far it came. */
  exportState(core: CoreMemory, buffer: number, cursor: number): Promise<void>;
  /** Takes a page of state records from the input buffer of that index into a memory that was just created. */
  importState(core: CoreMemory, buffer: number, bytes: number): Promise<void>;
  /** The memory is not used any more. */
  forget(core: CoreMemory): void;
  close(): Promise<void>;
}
