// Folders that are gone when the test is, and entries to put into journals.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import { encodeRedo } from '../../src/store/redo.ts';
import type { JournalEntry, Key } from '../../src/store/store.ts';

export const CORE_A = 'aa'.repeat(32);
export const CORE_B = 'bb'.repeat(32);

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface EntryParts {
  readonly at?: number;
  readonly coreHash?: string;
  readonly input?: Uint8Array;
  readonly redo?: Uint8Array;
  readonly writes?: readonly (readonly [Key, Uint8Array | undefined])[];
  readonly followUps?: readonly unknown[];
}

export function entryOf(number: number, parts: EntryParts = {}): JournalEntry {
  return {
    number,
    ownerEpoch: 1,
    at: parts.at ?? 1_700_000_000_000 + number,
    coreHash: parts.coreHash ?? CORE_A,
    digest: BigInt.asIntN(64, BigInt(number) * -7_777_777_777n),
    input: parts.input ?? bytesOf(40, number),
    redo: parts.redo ?? encodeRedo({ writes: parts.writes ?? [], followUps: parts.followUps ?? [] }),
  };
}

/** Bytes that tell one entry from another. */
export function bytesOf(count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < count; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A memory with a header and an arena of so many bytes, filled from the seed. */
export function memoryOf(arenaBytes: number, seed: number): WebAssembly.Memory {
  const memory = freshMemory();
  const top = layout.ARENA_AT + arenaBytes;
  const pages = Math.ceil(top / layout.PAGE_BYTES) - memory.buffer.byteLength / layout.PAGE_BYTES;
  if (pages > 0) memory.grow(pages);
  const all = new Uint8Array(memory.buffer);
  all.set(bytesOf(layout.HEADER_BYTES, seed), 0);
  all.set(bytesOf(arenaBytes, seed + 1), layout.ARENA_AT);
  all.fill(255, layout.INPUT_AT, layout.INPUT_AT + 1000);
  new DataView(memory.buffer).setInt32(layout.HEADER_ARENA_TOP, top, true);
  return memory;
}

export function freshMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: layout.INITIAL_PAGES, maximum: 4096, shared: true });
}

/** A seeded generator: the seed is printed, so that a failure can be had again. */
export function randomFrom(seed: number): (below: number) => number {
  const random = new SeededRandom(seed);
  return (below) => Math.floor(random.fraction() * below);
}

export function printedSeed(what: string): number {
  const given = process.env.SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`${what}: SEED=${seed}`);
  return seed;
}
