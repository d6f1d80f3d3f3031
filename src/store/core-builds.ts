// The core builds that wrote the journal, kept beside it by hash for as long as the stretch they wrote is kept.
// One folder, two files a build: `<hash>.wasm` and `<hash>.layout.json`. The layout comes first, so a `.wasm` that is
// there has its layout.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable-file.ts';
import type { CoreBuild } from './store.ts';

const HASH = /^[0-9a-f]{2,64}$/;

export class CoreBuilds {
  #folder: string;
  #keptHere = new Set<string>();

  /** `beside`: the folder is another process's; nothing is kept here. */
  constructor(folder: string, { beside = false } = {}) {
    this.#folder = folder;
    if (!beside) mkdirSync(folder, { recursive: true });
  }

  async keep(build: CoreBuild): Promise<void> {
    this.#keptHere.add(build.hash);
    if (statSync(this.#file(build.hash, 'wasm'), { throwIfNoEntry: false }) !== undefined) return;
    await replaceFile(this.#file(build.hash, 'layout.json'), `${JSON.stringify(build.layout, null, 1)}\n`);
    await replaceFile(this.#file(build.hash, 'wasm'), build.wasm);
  }

  get(hash: string): CoreBuild | undefined {
    const wasm = this.#file(hash, 'wasm');
    if (statSync(wasm, { throwIfNoEntry: false }) === undefined) return undefined;
    const layout = JSON.parse(readFileSync(this.#file(hash, 'layout.json'), 'utf8')) as CoreBuild['layout'];
    return { hash, wasm: new Uint8Array(readFileSync(wasm)), layout };
  }

  /** Removes the builds that wrote nothing that is still kept, except those that this process has kept. */
  retain(hashes: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder)) {
      const hash = name.slice(0, name.indexOf('.'));
      if (!hashes.has(hash) && !this.#keptHere.has(hash)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  #file(hash: string, kind: 'wasm' | 'layout.json'): string {
    if (!HASH.test(hash)) throw new RangeError(`no core hash in hex: ${hash}`);
    return join(this.#folder, `${hash}.${kind}`);
  }
}
