import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import { CORE_A, freshMemory, memoryOf, scratchFolder } from './scratch.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('store on disk', {
  make: () => new LmdbStore({ folder: scratchFolder(), journal: { segmentEntries: 10 } }),
});

const built = fileURLToPath(new URL('../../dist/src/store/lmdb-store.js', import.meta.url));

describe('tenant folder', () => {
  test('of another version is refused, saying which file and both versions', async () => {
    const folder = scratchFolder();
    const store = new LmdbStore({ folder });
    await (await store.open('acme')).close();
    const format = join(folder, 'tenants/acme/FORMAT');
    expect(readFileSync(format, 'utf8')).toBe('strowger tenant\nversion 1\n');
    writeFileSync(format, 'strowger tenant\nversion 2\n');
    await expect(store.open('acme')).rejects.toMatchObject({
      outcome: 'other_version',
      message: expect.stringMatching(/acme\/FORMAT says version 2, this build reads version 1/),
    });
  });

  test('that holds something else is refused and left alone', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'tenants/acme'), { recursive: true });
    writeFileSync(join(folder, 'tenants/acme/letters.txt'), 'dear');
    await expect(new LmdbStore({ folder }).open('acme')).rejects.toThrow('has files (letters.txt) but no FORMAT');
    expect(existsSync(join(folder, 'tenants/acme/FORMAT'))).toBe(false);
  });

  test('whose epoch file holds no number is refused', async () => {
    const folder = scratchFolder();
    const store = new LmdbStore({ folder });
    await (await store.open('acme')).close();
    writeFileSync(join(folder, 'tenants/acme/EPOCH'), '');
    await expect(store.open('acme')).rejects.toThrow('EPOCH holds no number');
  });

  test('is locked under whatever path it is reached, however long', async () => {
    const folder = join(scratchFolder(), 'long/'.repeat(40));
    const partition = await new LmdbStore({ folder }).open('acme');
    const link = join(scratchFolder(), 'link');
    symlinkSync(folder, link);
    await expect(new LmdbStore({ folder: link }).open('acme')).rejects.toMatchObject({ outcome: 'in_use' });
    await partition.close();
    await (await new LmdbStore({ folder: link }).open('acme')).close();
  });

  test('names that would leave the data directory are no tenants', async () => {
    const store = new LmdbStore({ folder: scratchFolder() });
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\0b', '-x']) {
      await expect(store.open(name)).rejects.toThrow(RangeError);
    }
  });

  test.skipIf(!existsSync(built))(
    'of a running process is in use, and free as soon as that process is killed (needs dist: npm run build)',
    async () => {
      const folder = scratchFolder();
      const script = `
        const { LmdbStore } = await import(${JSON.stringify(built)});
        await new LmdbStore({ folder: ${JSON.stringify(folder)} }).open('acme');
        console.log('open');
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const store = new LmdbStore({ folder });
      await expect(store.open('acme')).rejects.toMatchObject({ outcome: 'in_use' });
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      const partition = await store.open('acme');
      expect(partition.ownerEpoch).toBe(2);
      await partition.close();
    },
  );
});

describe('snapshot files', () => {
  test('that are damaged anywhere are passed over and leave the memory untouched', async () => {
    const folder = scratchFolder();
    const { snapshots, close } = await new LmdbStore({ folder }).open('acme');
    const meta = { number: 5, at: 1, coreHash: CORE_A, digest: 7n };
    await snapshots.write(meta, memoryOf(2_000_000, 1));
    const file = join(folder, 'tenants/acme/snapshots/0000000000000005.snapshot');
    const good = readFileSync(file);
    const damages: [string, Buffer][] = [
      ['a byte of the arena', flipped(good, 1_500_000)],
      ['a byte of the header page', flipped(good, 5000)],
      ['a byte of the meta', flipped(good, 20)],
      ['its end is missing', good.subarray(0, good.length - 1)],
      ['its end is too much', Buffer.concat([good, Buffer.alloc(1)])],
      ['empty', Buffer.alloc(0)],
    ];
    for (const [what, bytes] of damages) {
      writeFileSync(file, bytes);
      const memory = freshMemory();
      expect(await snapshots.load(meta, memory), what).toBe(false);
      expect(
        new Uint8Array(memory.buffer, 0, 4096).every((byte) => byte === 0),
        what,
      ).toBe(true);
    }
    expect(snapshots.list()).toEqual([]);
    writeFileSync(file, good);
    expect(await snapshots.load(meta, freshMemory())).toBe(true);
    await close();
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
