// Other builds of the core. otherBuild() is the same one with a section of text appended: it has another hash, and an
// instance of its own on every memory. buildDecidingOtherwise() is compiled from changed sources.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import type { CoreBuild } from '../../src/store/store.ts';

export function otherBuild(name: string, layout: CoreBuild['layout'] = loadCoreBuild().layout): CoreBuild {
  const said = Buffer.from(`build ${name}`);
  const section = Buffer.concat([Buffer.from([0, said.length + 1, said.length]), said]);
  const wasm = Buffer.concat([loadCoreBuild().wasm, section]);
  return { hash: createHash('sha256').update(wasm).digest('hex'), wasm, layout };
}

const assembly = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'assembly');

/** The part of the compiler's interface that is used: its own types would make globals of i32 and i64. */
interface Compiler {
  main(
    options: string[],
    system: {
      readFile(name: string, folder: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[] | null;
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

/** Takes some seconds. `from` must be in that file of assembly/. */
export async function buildDecidingOtherwise(
  file: string,
  from: string,
  to: string,
  layout: CoreBuild['layout'] = loadCoreBuild().layout,
): Promise<CoreBuild> {
  let wasm: Uint8Array | undefined;
  let changed = false;
  const compiler = 'assemblyscript/asc';
  const { default: asc } = (await import(compiler)) as { default: Compiler };
  const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--baseDir', assembly, '-O1'], {
    readFile: (name, folder) => {
      try {
        const text = readFileSync(join(folder, name), 'utf8');
        if (name !== file) return text;
        changed = text.includes(from);
        return text.replace(from, to);
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) wasm = contents as Uint8Array;
    },
    listFiles: () => null,
  });
  if (error !== null || wasm === undefined)
    throw new Error(`it does not compile: ${stderr.toString()}`, { cause: error });
  if (!changed) throw new Error(`${file} does not contain ${from}`);
  return { hash: createHash('sha256').update(wasm).digest('hex'), wasm, layout };
}
