// The core that this checkout was built with: its bytes, its hash, and the layout's constants it goes with.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as layout from '../../assembly/layout.ts';
import { artifacts } from '../artifacts.ts';
import type { CoreBuild } from '../store/store.ts';

/** Throws with what to do when the core has not been built. */
export function loadCoreBuild(file: string = artifacts.coreWasm): CoreBuild {
  let wasm: Buffer;
  try {
    wasm = readFileSync(file);
  } catch (error) {
    throw new Error(`the core is not built (${file} cannot be read): run "npm run build"`, { cause: error });
  }
  return { hash: createHash('sha256').update(wasm).digest('hex'), wasm, layout: layoutConstants() };
}

export function layoutConstants(): Record<string, number | string> {
  const constants: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(layout)) {
    if (typeof value === 'number' || typeof value === 'bigint') constants[name] = Number(value);
  }
  return constants;
}

/** Names of constants that another build has with another value, or that this one does not know. */
export function layoutDifferences(other: Readonly<Record<string, number | string>>): string[] {
  const ours = layoutConstants();
  return Object.keys(other).filter((name) => ours[name] !== other[name]);
}
