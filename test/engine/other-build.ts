// Another build of the core: the same one with a section of text appended. It has another hash, and an instance of its own
// on every memory.

import { createHash } from 'node:crypto';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import type { CoreBuild } from '../../src/store/store.ts';

export function otherBuild(name: string, layout: CoreBuild['layout'] = loadCoreBuild().layout): CoreBuild {
  const said = Buffer.from(`build ${name}`);
  const section = Buffer.concat([Buffer.from([0, said.length + 1, said.length]), said]);
  const wasm = Buffer.concat([loadCoreBuild().wasm, section]);
  return { hash: createHash('sha256').update(wasm).digest('hex'), wasm, layout };
}
