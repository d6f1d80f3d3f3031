// The compiled core on a memory of its own, driven directly through WebAssembly: no engine, no pool.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as layout from '../../assembly/layout.ts';
import { type Command, writeCommand } from './commands.ts';

export interface Effect {
  kind: number;
  code: number;
  cause: number;
  contact: number;
  number: number;
  agent: number;
  line: number;
  queue: number;
  value: number;
  at: number;
  since: number;
  extra: number;
  value2: number;
  value3: number;
}

/** One record of an exported state. */
export interface StateRecord {
  readonly kind: number;
  readonly bytes: Buffer;
}

export function recordsOf(pages: readonly Uint8Array[]): StateRecord[] {
  return pages.flatMap((page) => {
    const view = Buffer.from(page);
    const found: StateRecord[] = [];
    for (let at = 0; at < view.length; at += view.readInt32LE(at + layout.RECORD_BYTES)) {
      const bytes = view.subarray(at, at + view.readInt32LE(at + layout.RECORD_BYTES));
      found.push({ kind: bytes.readUInt16LE(layout.RECORD_KIND), bytes });
    }
    return found;
  });
}

interface CoreExports {
  format(): void;
  step(buffer: number, inputBytes: number, now: bigint, number: bigint, flags: number): void;
  describe(buffer: number, cursor: number): void;
  digest(): bigint;
  exportState(buffer: number, cursor: number): void;
  importState(buffer: number, bytes: number): void;
}

export const corePath = fileURLToPath(new URL('../../dist/core/core.wasm', import.meta.url));
// `npm test` has built it; a single test run by hand may come before any build.
if (!existsSync(corePath))
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build-core.js', import.meta.url))]);
export const coreModule = new WebAssembly.Module(readFileSync(corePath));

export class CoreUnderTest {
  readonly memory = new WebAssembly.Memory({ initial: layout.INITIAL_PAGES, maximum: 65536, shared: true });
  readonly exports: CoreExports;
  number = 0;
  /** Which input and effect buffer the next step uses. */
  buffer = 0;

  constructor(
    formatted = true,
    readonly module = coreModule,
  ) {
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as CoreExports;
    if (formatted) this.exports.format();
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  header(field: number): number {
    return this.view.getInt32(field, true);
  }

  header64(field: number): number {
    return Number(this.view.getBigInt64(field, true));
  }

  /** The rolling digest of effects. */
  get effectsDigest(): bigint {
    return this.view.getBigInt64(layout.HEADER_DIGEST, true);
  }

  digest(): bigint {
    return this.exports.digest();
  }

  /** Writes the commands as a batch, with no step yet. Commands whose index is in `glued` are glued to the one before. */
  write(commands: readonly Command[], glued: ReadonlySet<number> = new Set()): number {
    const view = new DataView(
      this.memory.buffer,
      layout.INPUT_AT + this.buffer * layout.INPUT_BYTES,
      layout.INPUT_BYTES,
    );
    let bytes = 0;
    commands.forEach((command, index) => {
      bytes += writeCommand(view, bytes, command, glued.has(index));
    });
    return bytes;
  }

  step(now: number, commands: readonly Command[], glued?: ReadonlySet<number>): Effect[] {
    return this.stepBytes(now, this.write(commands, glued));
  }

  stepBytes(now: number, bytes: number): Effect[] {
    this.number++;
    this.exports.step(this.buffer, bytes, BigInt(now), BigInt(this.number), 0);
    return this.effects();
  }

  /** A step that also explains that contact; the records are read by explained(). */
  stepExplaining(now: number, commands: readonly Command[], contact: number, number: number): Effect[] {
    this.buffer = 0;
    const bytes = this.write(commands);
    this.view.setInt32(layout.HEADER_EXPLAIN_CONTACT, contact, true);
    this.view.setUint32(layout.HEADER_EXPLAIN_NUMBER, number, true);
    this.number++;
    this.exports.step(0, bytes, BigInt(now), BigInt(this.number), layout.FLAG_EXPLAIN);
    return this.effects();
  }

  explained(): Effect[] {
    const count = this.header(layout.HEADER_EXPLAINED);
    const view = new DataView(this.memory.buffer, layout.EXPLAINED_AT, count * layout.EFFECT_BYTES);
    return Array.from({ length: count }, (_, index) => readEffect(view, index * layout.EFFECT_BYTES));
  }

  effects(): Effect[] {
    const count = this.header(layout.HEADER_EFFECT_COUNT);
    const start = layout.EFFECTS_AT + this.buffer * layout.EFFECTS_BYTES;
    const view = new DataView(this.memory.buffer, start, count * layout.EFFECT_BYTES);
    return Array.from({ length: count }, (_, index) => readEffect(view, index * layout.EFFECT_BYTES));
  }

  describe(): Effect[] {
    const all: Effect[] = [];
    for (let cursor = 0; cursor !== layout.NONE; cursor = this.header(layout.HEADER_DESCRIBE_NEXT)) {
      this.exports.describe(this.buffer, cursor);
      all.push(...this.effects());
    }
    return all;
  }

  /** Its state as pages of records, as another build is given them. */
  exported(): Uint8Array[] {
    const pages: Uint8Array[] = [];
    for (let cursor = 0; cursor !== layout.NONE; cursor = this.header(layout.HEADER_EXPORT_NEXT)) {
      this.exports.exportState(this.buffer, cursor);
      const at = layout.EFFECTS_AT + this.buffer * layout.EFFECTS_BYTES;
      pages.push(new Uint8Array(this.memory.buffer, at, this.header(layout.HEADER_EXPORT_BYTES)).slice());
    }
    return pages;
  }

  importPage(page: Uint8Array): void {
    const at = layout.INPUT_AT + this.buffer * layout.INPUT_BYTES;
    new Uint8Array(this.memory.buffer, at, layout.INPUT_BYTES).set(page);
    this.exports.importState(this.buffer, page.length);
  }

  /** A fresh memory that goes on from this one's records. */
  moved(): CoreUnderTest {
    const other = new CoreUnderTest(true, this.module);
    for (const page of this.exported()) other.importPage(page);
    other.number = this.number;
    return other;
  }

  /** A fresh memory with this one's header and arena, as a snapshot would leave it. */
  restored(): CoreUnderTest {
    const copy = new CoreUnderTest(false, this.module);
    const top = this.view.getUint32(layout.HEADER_ARENA_TOP, true);
    const missing = Math.ceil(top / layout.PAGE_BYTES) - copy.memory.buffer.byteLength / layout.PAGE_BYTES;
    if (missing > 0) copy.memory.grow(missing);
    const from = new Uint8Array(this.memory.buffer);
    const to = new Uint8Array(copy.memory.buffer);
    to.set(from.subarray(0, layout.HEADER_BYTES), 0);
    to.set(from.subarray(layout.ARENA_AT, top), layout.ARENA_AT);
    copy.number = this.number;
    return copy;
  }
}

function readEffect(view: DataView, at: number): Effect {
  return {
    kind: view.getUint16(at + layout.EFFECT_KIND, true),
    code: view.getUint16(at + layout.EFFECT_CODE, true),
    cause: view.getInt32(at + layout.EFFECT_CAUSE, true),
    contact: view.getInt32(at + layout.EFFECT_CONTACT, true),
    number: view.getUint32(at + layout.EFFECT_NUMBER, true),
    agent: view.getInt32(at + layout.EFFECT_AGENT, true),
    line: view.getInt32(at + layout.EFFECT_LINE, true),
    queue: view.getInt32(at + layout.EFFECT_QUEUE, true),
    value: view.getInt32(at + layout.EFFECT_VALUE, true),
    at: Number(view.getBigInt64(at + layout.EFFECT_AT, true)),
    since: Number(view.getBigInt64(at + layout.EFFECT_SINCE, true)),
    extra: Number(view.getBigInt64(at + layout.EFFECT_EXTRA, true)),
    value2: view.getInt32(at + layout.EFFECT_VALUE2, true),
    value3: view.getInt32(at + layout.EFFECT_VALUE3, true),
  };
}
