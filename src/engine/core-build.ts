// The core that this checkout was built with: its bytes, its hash, and the layout's constants it goes with.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as layout from '../../assembly/layout.ts';
import { artifacts } from '../artifacts.ts';
import type { CoreBuild } from '../store/store.ts';

let ours: CoreBuild | undefined;

/** Read once: a process keeps the core with which it began. Throws with what to do when the core has not been built. */
export function loadCoreBuild(): CoreBuild {
  ours ??= readCoreBuild(artifacts.coreWasm);
  return ours;
}

function readCoreBuild(file: string): CoreBuild {
  let wasm: Buffer;
  try {
    wasm = readFileSync(file);
  } catch (error) {
    throw new Error(`the core is not built (${file} cannot be read): run "npm run build"`, { cause: error });
  }
  return { hash: createHash('sha256').update(wasm).digest('hex'), wasm, layout: Object.freeze(layoutConstants()) };
}

export function layoutConstants(): Record<string, number | string> {
  const constants: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(layout)) {
    if (typeof value === 'number' || typeof value === 'bigint') constants[name] = Number(value);
  }
  return constants;
}

/**
 * The frame: what this process reads and writes in the memory of another build, by its own constants, when it loads a
 * snapshot, executes entries and exports the state. All else a build keeps to itself, and may change.
 */
const FRAME = [
  'PAGE_BYTES',
  'INITIAL_PAGES',
  'INPUT_AT',
  'INPUT_BYTES',
  'EFFECTS_AT',
  'ARENA_AT',
  'HEADER_BYTES',
  'HEADER_ARENA_TOP',
  'HEADER_NUMBER',
  'HEADER_NOW',
  'HEADER_DIGEST',
  'HEADER_NEXT_DEADLINE',
  'HEADER_DOING',
  'HEADER_DOING_COMMAND',
  'HEADER_DOING_TIMER',
  'HEADER_WAITING',
  'HEADER_LIVE',
  'HEADER_TIMERS',
  'HEADER_EXPORT_BYTES',
  'HEADER_EXPORT_NEXT',
  'NO_DEADLINE',
  'NONE',
  'DOING_COMMAND',
  'DOING_TIMER',
] as const satisfies readonly (keyof typeof layout)[];

/** Names of the frame's constants that another build does not have, or has with another value. */
export function frameDifferences(other: Readonly<Record<string, number | string>>): string[] {
  const ours = layoutConstants();
  return FRAME.filter((name) => other[name] !== ours[name]);
}
