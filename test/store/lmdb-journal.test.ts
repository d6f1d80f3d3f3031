import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { keyOf } from '../../src/store/keys.ts';
import { openEnvironment } from '../../src/store/lmdb-environment.ts';
import { LmdbJournal, type LmdbJournalOptions } from '../../src/store/lmdb-journal.ts';
import { entryKey } from '../../src/store/lmdb-segment.ts';
import { LmdbTables } from '../../src/store/lmdb-tables.ts';
import { bytesOf, entryOf, scratchFolder } from './scratch.ts';

function journalIn(folder: string, options: Partial<LmdbJournalOptions> = {}): LmdbJournal {
  return new LmdbJournal({
    folder: join(folder, 'journal'),
    coresFolder: join(folder, 'cores'),
    segmentEntries: 5,
    ...options,
  });
}

async function written(folder: string, to: number, options?: Partial<LmdbJournalOptions>): Promise<void> {
  const journal = journalIn(folder, options);
  for (let number = 1; number <= to; number++) {
    await journal.append(entryOf(number, { writes: [[keyOf(1, number), Buffer.from(`SECRET-NAME-${number}`)]] }));
  }
  await journal.close();
}

const segmentFile = (folder: string, first: number, kind = 'segment') =>
  join(folder, 'journal', `${String(first).padStart(16, '0')}.${kind}`);

const segments = (folder: string) =>
  readdirSync(join(folder, 'journal'))
    .filter((name) => !name.endsWith('-lock'))
    .sort();

const numbersIn = (journal: LmdbJournal) => [...journal.read(journal.firstNumber)].map((entry) => entry.number);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Changes a file the way damage would: behind the journal's back. */
async function tamper(path: string, change: (environment: ReturnType<typeof openEnvironment>) => Promise<unknown>) {
  const environment = openEnvironment(path, { mapBytes: 1 << 20 });
  await change(environment);
  await environment.close();
}

describe('a damaged journal', () => {
  test('with a gap stops there, and the message names entry and file', async () => {
    const folder = scratchFolder();
    await written(folder, 12);
    await tamper(segmentFile(folder, 6), (environment) => environment.remove(entryKey(8, 0)));
    const journal = journalIn(folder);
    const read: number[] = [];
    const readAll = () => {
      for (const entry of journal.read(1)) read.push(entry.number);
    };
    expect(readAll).toThrow(/0000000000000006\.segment: entry 8 is missing.*Recovering by hand/);
    expect(read).toEqual(upTo(7));
    await journal.close();
  });

  test('without one of its segments stops at the first entry of that segment', async () => {
    const folder = scratchFolder();
    await written(folder, 12);
    rmSync(segmentFile(folder, 6));
    const journal = journalIn(folder);
    expect(() => numbersIn(journal)).toThrow('entry 6 is missing');
    await journal.close();
  });

  test('with a bad checksum stops there', async () => {
    const folder = scratchFolder();
    await written(folder, 12);
    await tamper(segmentFile(folder, 1), async (environment) => {
      const value = Buffer.from(environment.get(entryKey(3, 1))!);
      value[value.length - 1]! ^= 1;
      await environment.put(entryKey(3, 1), value);
    });
    const journal = journalIn(folder);
    expect(() => numbersIn(journal)).toThrow('entry 3, redo: the checksum does not match its bytes');
    await journal.close();
  });

  test('with a redo missing from a segment that is not compacted stops there', async () => {
    const folder = scratchFolder();
    await written(folder, 4);
    await tamper(segmentFile(folder, 1), (environment) => environment.remove(entryKey(2, 1)));
    const journal = journalIn(folder);
    expect(() => numbersIn(journal)).toThrow('entry 2 has lost its redo');
    await journal.close();
  });

  test('whose newest segment is no LMDB file cannot be opened, and the message names the file', async () => {
    const folder = scratchFolder();
    await written(folder, 7);
    writeFileSync(segmentFile(folder, 6), bytesOf(20_000, 1));
    expect(() => journalIn(folder)).toThrow(/journal\/0000000000000006\.segment cannot be read/);
  });

  test('that has been cut off anywhere is an error that names the file, and never the end of the process', async () => {
    const folder = scratchFolder();
    await written(folder, 7);
    const path = segmentFile(folder, 1);
    const good = readFileSync(path);
    for (let bytes = 1000; bytes < good.length; bytes += 4096) {
      writeFileSync(path, good.subarray(0, bytes));
      const journal = journalIn(folder);
      let problem: unknown;
      try {
        numbersIn(journal);
      } catch (error) {
        problem = error;
      }
      // Pages at the end may be free ones, which nobody misses.
      if (problem !== undefined) expect(problem).toMatchObject({ name: 'StoreError', outcome: 'damaged' });
      else expect(bytes).toBeGreaterThan(good.length / 2);
      await journal.close();
    }
  });
});

describe('a start', () => {
  test('that ended before its first commit leaves a segment without entries, which the next one removes', async () => {
    const folder = scratchFolder();
    await written(folder, 7);
    const empty = segmentFile(folder, 8);
    await openEnvironment(empty, { mapBytes: 1 << 20 }).close();
    const journal = journalIn(folder);
    expect(journal.lastNumber).toBe(7);
    expect(segments(folder)).toEqual(['0000000000000001.segment', '0000000000000006.segment']);
    await journal.append(entryOf(8));
    await journal.close();
  });

  test('begins a segment of its own and never writes into an older one', async () => {
    const folder = scratchFolder();
    await written(folder, 2);
    const before = readFileSync(segmentFile(folder, 1));
    const journal = journalIn(folder);
    await journal.append(entryOf(3));
    expect(readFileSync(segmentFile(folder, 1)).equals(before)).toBe(true);
    expect(numbersIn(journal)).toEqual([1, 2, 3]);
    await journal.close();
  });
});

describe('a segment', () => {
  test('is full at so many bytes, counted anew in each', async () => {
    const folder = scratchFolder();
    const journal = journalIn(folder, { segmentEntries: 1_000, segmentBytes: 10_000 });
    // 4,000 bytes each with what goes around them: the third is the one with which it is full.
    for (let number = 1; number <= 8; number++)
      await journal.append(entryOf(number, { input: bytesOf(3_900, number) }));
    expect(segments(folder)).toEqual([1, 4, 7].map((first) => basename(segmentFile(folder, first))));
    expect(numbersIn(journal)).toEqual(upTo(8));
    await journal.close();
  });
});

describe('compaction', () => {
  test('leaves no byte of the redo in any file', async () => {
    const folder = scratchFolder();
    await written(folder, 12);
    const holding = () =>
      segments(folder).filter((name) => readFileSync(join(folder, 'journal', name)).includes('SECRET'));
    expect(holding().length).toBe(3);
    const journal = journalIn(folder);
    expect(await journal.compact(12)).toBe(3);
    expect(holding()).toEqual([]);
    expect(numbersIn(journal)).toEqual(upTo(12));
    await journal.close();
  });

  // Each line is a moment at which the power may go, as the files that are there then.
  const crashes: [string, (folder: string, done: string) => void][] = [
    [
      'while the copy is written',
      (folder, done) => {
        writeFileSync(
          `${segmentFile(folder, 1, 'inputs')}.tmp`,
          readFileSync(segmentFile(done, 1, 'inputs')).subarray(0, 5000),
        );
      },
    ],
    [
      'before the rename',
      (folder, done) => {
        copyFileSync(segmentFile(done, 1, 'inputs'), `${segmentFile(folder, 1, 'inputs')}.tmp`);
        writeFileSync(`${segmentFile(folder, 1, 'inputs')}.tmp-lock`, '');
      },
    ],
    [
      'after the rename, before the old file is removed',
      (folder, done) => {
        copyFileSync(segmentFile(done, 1, 'inputs'), segmentFile(folder, 1, 'inputs'));
      },
    ],
    [
      'after the old file is removed, before its lock file is',
      (folder, done) => {
        copyFileSync(segmentFile(done, 1, 'inputs'), segmentFile(folder, 1, 'inputs'));
        rmSync(segmentFile(folder, 1));
      },
    ],
  ];
  test.each(crashes)('survives a crash %s', async (_, crash) => {
    const folder = scratchFolder();
    await written(folder, 12);
    const done = scratchFolder();
    cpSync(folder, done, { recursive: true });
    const compacted = journalIn(done);
    await compacted.compact(5);
    await compacted.close();
    crash(folder, done);
    const journal = journalIn(folder);
    expect(numbersIn(journal)).toEqual(upTo(12));
    await journal.compact(10);
    expect(segments(folder)).toEqual([
      '0000000000000001.inputs',
      '0000000000000006.inputs',
      '0000000000000011.segment',
    ]);
    expect(numbersIn(journal)).toEqual(upTo(12));
    await journal.append(entryOf(13));
    await journal.close();
  });

  test('and dropping go on under a reader', async () => {
    const folder = scratchFolder();
    await written(folder, 20);
    const journal = journalIn(folder);
    const reader = journal.read(1)[Symbol.iterator]();
    expect(reader.next().value?.redo.length).toBeGreaterThan(0);
    await journal.compact(20);
    expect(reader.next().value).toMatchObject({ number: 2, redo: new Uint8Array(0) });
    await journal.drop(Number.MAX_SAFE_INTEGER, 5);
    expect(() => reader.next()).toThrow(/entry 3/);
    await journal.close();
  });
});

describe('rewriting the tables', () => {
  test('leaves no byte of a removed row in any file', async () => {
    const folder = scratchFolder();
    const tables = new LmdbTables(folder);
    const rows = Array.from({ length: 300 }, (_, index): [string, Uint8Array] => [
      keyOf(1, index),
      Buffer.from(`NAME-${index}-ENDS`),
    ]);
    await tables.apply(rows, 1);
    await tables.apply([[keyOf(1, 77), undefined]], 2);
    const holds = (text: string) => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));
    expect(holds('NAME-77-ENDS')).toBe(true);
    await tables.rewrite();
    expect(holds('NAME-77-ENDS')).toBe(false);
    expect(holds('NAME-78-ENDS')).toBe(true);
    expect(tables.range('\0\u0001', '\0\u0002', 1000).length).toBe(299);
    await tables.close();
  });

  test('survives a crash at any point', async () => {
    const folder = scratchFolder();
    const first = new LmdbTables(folder);
    await first.apply([[keyOf(1, 1), Buffer.from('kept')]], 9);
    await first.close();
    const one = join(folder, '00000001.mdb');
    const check = async (expectedFiles: string[]) => {
      const tables = new LmdbTables(folder);
      expect(tables.appliedNumber).toBe(9);
      expect(Buffer.from(tables.get(keyOf(1, 1))!).toString()).toBe('kept');
      expect(readdirSync(folder).filter((name) => !name.endsWith('-lock'))).toEqual(expectedFiles);
      await tables.close();
    };
    writeFileSync(join(folder, '00000002.tmp'), readFileSync(one).subarray(0, 5000));
    await check(['00000001.mdb']);
    copyFileSync(one, join(folder, '00000002.mdb'));
    await check(['00000002.mdb']);
  });
});

// ── A full disk ─────────────────────────────────────────────────────────────────────────────────────────────────

/** A small file system of its own, or undefined where that is not permitted. */
function smallDisk(mebibytes: number): string | undefined {
  const folder = scratchFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', [folder], { stdio: 'ignore' });
  });
  return folder;
}

describe('a write that fails for another reason than a lack of room', () => {
  test('has an unknown outcome, also when nothing of it is found: the tables take no more', async () => {
    const folder = scratchFolder();
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const tables = new LmdbTables(folder);
    await tables.apply([[keyOf(1, 1), bytesOf(100, 1)]], 1);
    // Longer than LMDB takes: it refuses the write with an error that is none of those that say what is on the disk.
    const failing = tables.apply([['k'.repeat(3_000), bytesOf(100, 2)]], 2);
    await expect(failing).rejects.toMatchObject({ name: 'StoreError', outcome: 'unknown' });
    await expect(tables.apply([[keyOf(1, 2), bytesOf(100, 2)]], 2)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(tables.appliedNumber).toBe(1);
    await tables.close();
    const again = new LmdbTables(folder);
    expect(again.appliedNumber).toBe(1);
    expect(again.get(keyOf(1, 2))).toBeUndefined();
    await again.close();
  });
});

describe('a full disk', () => {
  test('refuses an append with nothing written, and the journal goes on when there is room', async (context) => {
    const folder = smallDisk(4);
    if (folder === undefined) context.skip('mounting a tmpfs is not permitted here');
    // lmdb writes its own line about each failed commit.
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ballast = join(folder!, 'ballast');
    writeFileSync(ballast, new Uint8Array(1 << 20));
    const journal = journalIn(folder!, { segmentEntries: 100 });
    const entryAt = (number: number) =>
      entryOf(number, { input: bytesOf(30_000, number), redo: bytesOf(30_000, -number) });
    const fillUp = async () => {
      for (let number = journal.lastNumber + 1; ; number++) {
        const appends = [journal.append(entryAt(number)), journal.append(entryAt(number + 1))];
        const outcomes = await Promise.allSettled(appends);
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        if (refused.length > 0) return refused.map((outcome) => outcome.reason);
        number++;
      }
    };
    for (const reason of await fillUp()) {
      expect(reason).toMatchObject({ outcome: 'nothing_written', message: expect.stringContaining('no space left') });
    }
    const full = journal.lastNumber;
    expect(full).toBeGreaterThan(10);
    expect(numbersIn(journal)).toEqual(upTo(full));
    await expect(journal.append(entryAt(full + 1))).rejects.toMatchObject({ outcome: 'nothing_written' });
    rmSync(ballast);
    await journal.append(entryAt(full + 1));
    expect(Buffer.compare([...journal.read(full + 1)][0]!.input, entryAt(full + 1).input)).toBe(0);
    await fillUp();
    const last = journal.lastNumber;
    await journal.close();
    const again = journalIn(folder!);
    expect(numbersIn(again)).toEqual(upTo(last));
    await again.close();
  });

  test('refuses also where a new segment would begin', async (context) => {
    const folder = smallDisk(2);
    if (folder === undefined) context.skip('mounting a tmpfs is not permitted here');
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const journal = journalIn(folder!, { segmentEntries: 1 });
    let refusal: unknown;
    for (let number = 1; refusal === undefined; number++) {
      await journal.append(entryOf(number)).catch((error: unknown) => {
        refusal = error;
      });
    }
    expect(refusal).toMatchObject({ outcome: 'nothing_written' });
    const last = journal.lastNumber;
    await expect(journal.compact(last)).rejects.toThrow();
    expect(numbersIn(journal)).toEqual(upTo(last));
    await journal.drop(Number.MAX_SAFE_INTEGER, 8);
    await journal.append(entryOf(last + 1));
    expect(numbersIn(journal).at(-1)).toBe(last + 1);
    await journal.close();
  });

  test('refuses the tables, which go on when there is room', async (context) => {
    const folder = smallDisk(3);
    if (folder === undefined) context.skip('mounting a tmpfs is not permitted here');
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ballast = join(folder!, 'ballast');
    writeFileSync(ballast, new Uint8Array(1 << 20));
    const tables = new LmdbTables(join(folder!, 'tables'));
    let refusal: unknown;
    let number = 1;
    for (; refusal === undefined; number++) {
      await tables.apply([[keyOf(1, number), bytesOf(100_000, number)]], number).catch((error: unknown) => {
        refusal = error;
      });
    }
    expect(refusal).toMatchObject({ outcome: 'nothing_written' });
    expect(tables.appliedNumber).toBe(number - 2);
    await expect(tables.rewrite()).rejects.toMatchObject({ outcome: 'nothing_written' });
    rmSync(ballast);
    await tables.apply([[keyOf(1, number), bytesOf(100_000, number)]], number);
    expect(tables.appliedNumber).toBe(number);
    expect(statSync(join(folder!, 'tables/00000001.mdb')).size).toBe(tables.bytes());
    await tables.close();
  });
});
