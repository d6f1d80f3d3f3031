// A build of the matching core on a memory of its own, stepped in this thread: no engine, no pool, no journal.

import * as layout from '../../assembly/layout.ts';

interface Exports {
  format(): void;
  step(buffer: number, inputBytes: number, now: bigint, number: bigint, flags: number): void;
  describe(buffer: number, cursor: number): void;
  digest(): bigint;
}

const memoryPagesMax = 65_536;

export class Machine {
  readonly memory = new WebAssembly.Memory({ initial: layout.INITIAL_PAGES, maximum: memoryPagesMax, shared: true });
  readonly #exports: Exports;

  constructor(build: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(build, { env: { memory: this.memory } });
    this.#exports = exports as unknown as Exports;
    this.#exports.format();
  }

  /** Where a batch is written before it is stepped. */
  get input(): Uint8Array {
    return new Uint8Array(this.memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES);
  }

  /** Steps what has been written. Returns milliseconds; throws when not all of it was executed. */
  step(inputBytes: number, now: bigint, number: bigint): number {
    const began = performance.now();
    this.#exports.step(0, inputBytes, now, number, 0);
    const took = performance.now() - began;
    const consumed = this.header(layout.HEADER_CONSUMED);
    if (consumed !== inputBytes) throw new Error(`the core executed ${consumed} of ${inputBytes} bytes`);
    return took;
  }

  /** What the last call told, EFFECT_BYTES each: a view of the memory, good until the next call. */
  get effects(): Uint8Array {
    const bytes = this.header(layout.HEADER_EFFECT_COUNT) * layout.EFFECT_BYTES;
    return new Uint8Array(this.memory.buffer, layout.EFFECTS_AT, bytes);
  }

  /** Everything that lives in it, told page by page. */
  describe(page: () => void): void {
    for (let cursor = 0; cursor !== layout.NONE; cursor = this.header(layout.HEADER_DESCRIBE_NEXT)) {
      this.#exports.describe(0, cursor);
      page();
    }
  }

  header(field: number): number {
    return new DataView(this.memory.buffer).getInt32(field, true);
  }

  get nextDeadline(): number {
    return Number(new DataView(this.memory.buffer).getBigInt64(layout.HEADER_NEXT_DEADLINE, true));
  }

  /** Rolled over every byte of every effect since the beginning. */
  get effectsDigest(): string {
    return hex(new DataView(this.memory.buffer).getBigInt64(layout.HEADER_DIGEST, true));
  }

  /** Rolled over every byte that it keeps. */
  get memoryDigest(): string {
    return hex(this.#exports.digest());
  }

  get arenaTop(): number {
    return new DataView(this.memory.buffer).getUint32(layout.HEADER_ARENA_TOP, true);
  }
}

function hex(digest: bigint): string {
  return BigInt.asUintN(64, digest).toString(16).padStart(16, '0');
}
