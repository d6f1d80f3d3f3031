// The journal: a chain of segment environments, each filled by appending in number order and deleted whole.
//
//   append ─ queue ─▶ one transaction at a time takes all that is queued ─▶ on disk ─▶ resolved in order
//                        │ refused before it wrote: closed, looked at on the disk, this and all queued rejected
//                        └ anything else: the outcome is unknown and the journal takes nothing more
//
// One transaction at a time, so that entry N+1 can never be on disk without N: LMDB would commit the second after the
// first was refused. A segment is never written again by a later process: each start begins a new one, and so does
// another core build. Nothing here holds a read transaction: single gets, whose snapshot lmdb gives back by itself.

import { mkdirSync } from 'node:fs';
import { appendsInFlightMax, entryValueBytesMax, segmentBytesMax, segmentEntriesMax } from '../limits.ts';
import { CoreBuilds } from './core-builds.ts';
import { flushFolder } from './durable-file.ts';
import { type EntryValues, encodeEntry, GO_ON, INPUT } from './entry.ts';
import { writeFailure } from './lmdb-environment.ts';
import {
  dropSegmentFile,
  LiveSegment,
  lastNumberOnDisk,
  listSegments,
  removeSegmentFile,
  Segment,
  segmentPath,
} from './lmdb-segment.ts';
import { compactSegment } from './segment-compaction.ts';
import type { CoreBuild, Journal, JournalEntry } from './store.ts';
import { StoreError } from './store.ts';

export interface LmdbJournalOptions {
  readonly folder: string;
  readonly coresFolder: string;
  readonly segmentBytes?: number;
  readonly segmentEntries?: number;
}

interface Append {
  readonly number: number;
  readonly coreHash: string;
  readonly values: EntryValues;
  resolve(): void;
  reject(error: StoreError): void;
}

/** Sealed segments whose files are open at once. */
const READERS_MAX = 4;
/** What a transaction writes beside its values: pages of the tree and of the free list. */
const SPARE_BYTES = 1 << 17;
const GROUP_BYTES_MAX = 1 << 25;

export class LmdbJournal implements Journal {
  #folder: string;
  #segmentBytes: number;
  #segmentEntries: number;
  #cores: CoreBuilds;
  #sealed: Segment[];
  #live: LiveSegment | undefined;
  #liveIsOpen = false;
  #lastNumber = 0;
  #queue: Append[] = [];
  #inFlight = 0;
  #pumping = false;
  #whenSealed: (() => void)[] = [];
  #whenIdle: (() => void)[] = [];
  #broken: StoreError | undefined;
  #closed = false;
  #maintenance: Promise<unknown> = Promise.resolve();

  constructor(options: LmdbJournalOptions) {
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes ?? segmentBytesMax;
    this.#segmentEntries = options.segmentEntries ?? segmentEntriesMax;
    mkdirSync(this.#folder, { recursive: true });
    this.#cores = new CoreBuilds(options.coresFolder);
    this.#sealed = listSegments(this.#folder);
    this.#lastNumber = this.#findLastNumber();
  }

  /** A start that ended before its first commit leaves an empty newest segment: it is removed. */
  #findLastNumber(): number {
    for (;;) {
      const newest = this.#sealed.at(-1);
      if (newest === undefined) return 0;
      const last = newest.findLast();
      if (last >= newest.first) {
        newest.read(last);
        return last;
      }
      if (newest.compacted) throw new StoreError('damaged', `${newest.path}: it holds no entries. ${GO_ON}`);
      newest.close();
      removeSegmentFile(newest.path);
      this.#sealed.pop();
    }
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  get firstNumber(): number {
    return this.#sealed[0]?.first ?? this.#live?.first ?? 1;
  }

  append(entry: JournalEntry): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#closed) throw new Error('append to a journal that is closed');
    const due = this.#lastNumber + this.#inFlight + 1;
    if (entry.number !== due) throw new Error(`entry ${entry.number} appended where ${due} is due`);
    if (this.#inFlight >= appendsInFlightMax) throw new Error(`more than ${appendsInFlightMax} appends on their way`);
    if (entry.input.length > entryValueBytesMax || entry.redo.length > entryValueBytesMax) {
      throw new Error(`entry ${entry.number} is ${entry.input.length} + ${entry.redo.length} bytes long`);
    }
    const values = encodeEntry(entry);
    this.#inFlight++;
    return new Promise((resolve, reject) => {
      this.#queue.push({ number: entry.number, coreHash: entry.coreHash, values, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0 || this.#whenSealed.length > 0) {
      if (this.#whenSealed.length > 0) {
        const sealed = this.#whenSealed.splice(0);
        await this.#sealLive();
        for (const resolve of sealed) resolve();
        continue;
      }
      const group = this.#nextGroup();
      try {
        await this.#write(group);
      } catch (error) {
        this.#rejectAll(group, await this.#lookAt(error, group));
        continue;
      }
      this.#lastNumber += group.length;
      this.#inFlight -= group.length;
      for (const append of group) append.resolve();
    }
    this.#pumping = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #nextGroup(): Append[] {
    const coreHash = this.#queue[0]!.coreHash;
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && this.#queue[count]!.coreHash === coreHash) {
      const { input, redo } = this.#queue[count]!.values;
      bytes += input.length + (redo?.length ?? 0);
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(group: Append[]): Promise<void> {
    const { number, coreHash } = group[0]!;
    if (this.#live !== undefined && this.#isFull(this.#live, coreHash)) await this.#sealLive();
    if (this.#live === undefined) {
      this.#live = await LiveSegment.create(this.#folder, number, coreHash, this.#segmentBytes * 2);
      this.#liveIsOpen = true;
    } else if (!this.#liveIsOpen) {
      this.#live.reopen(this.#segmentBytes * 2);
      this.#liveIsOpen = true;
    }
    await this.#live.append(
      number,
      group.map((append) => append.values),
    );
  }

  #isFull(live: LiveSegment, coreHash: string): boolean {
    const entries = this.#lastNumber - live.first + 1;
    return (
      entries > 0 && (live.bytes >= this.#segmentBytes || entries >= this.#segmentEntries || live.coreHash !== coreHash)
    );
  }

  /** Closes what failed and looks on the disk what is there. */
  async #lookAt(error: unknown, group: Append[]): Promise<StoreError> {
    const live = this.#live;
    if (this.#liveIsOpen) {
      this.#liveIsOpen = false;
      await live!.close();
    }
    const isAbsent = () => live === undefined || lastNumberOnDisk(live.path, live.first) === this.#lastNumber;
    const what = `journal: entry ${group[0]!.number}`;
    const bytes = group.reduce(
      (sum, { values }) => sum + values.input.length + (values.redo?.length ?? 0),
      SPARE_BYTES,
    );
    const path = live?.path ?? segmentPath(this.#folder, group[0]!.number, false);
    const failure = await writeFailure({ what, path, bytes, isAbsent }, error).catch(
      (cause: unknown) => new StoreError('unknown', `${what}: it cannot be read back`, { cause }),
    );
    if (failure.outcome === 'unknown') this.#broken = failure;
    else if (live !== undefined && live.first > this.#lastNumber) {
      removeSegmentFile(live.path);
      this.#live = undefined;
    }
    return failure;
  }

  #rejectAll(group: Append[], failure: StoreError): void {
    const rejected = [...group, ...this.#queue.splice(0)];
    this.#inFlight -= rejected.length;
    for (const append of rejected) append.reject(failure);
  }

  async #sealLive(): Promise<void> {
    const live = this.#live;
    if (live === undefined || live.first > this.#lastNumber) return;
    if (this.#liveIsOpen) await live.close();
    this.#live = undefined;
    this.#liveIsOpen = false;
    this.#sealed.push(new Segment(this.#folder, live.first, false));
  }

  *read(from: number, to = Number.MAX_SAFE_INTEGER): Generator<JournalEntry> {
    if (from < this.firstNumber) {
      throw new StoreError('damaged', `journal: entry ${from} is no longer kept, the oldest is ${this.firstNumber}`);
    }
    for (let number = from; number <= Math.min(to, this.#lastNumber); number++) {
      const live = this.#live;
      if (live !== undefined && number >= live.first) {
        yield this.#liveIsOpen ? live.read(number) : readOnce(this.#folder, live.first, number);
      } else yield this.#sealedAt(number).read(number);
    }
  }

  /** The sealed segment that must hold the entry; keeps few of them open. */
  #sealedAt(number: number): Segment {
    let low = 0;
    let high = this.#sealed.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#sealed[middle]!.first <= number) low = middle;
      else high = middle - 1;
    }
    const segment = this.#sealed[low];
    if (segment === undefined) throw new StoreError('damaged', `journal: no segment holds entry ${number}. ${GO_ON}`);
    if (!segment.isOpen) {
      const open = this.#sealed.filter((other) => other.isOpen);
      for (const other of open.slice(0, Math.max(0, open.length - READERS_MAX + 1))) other.close();
    }
    return segment;
  }

  settled(): Promise<void> {
    if (!this.#pumping) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  seal(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSealed.push(resolve);
      this.#pump();
    });
  }

  compact(number: number): Promise<number> {
    return this.#maintain(async () => {
      let compacted = 0;
      for (const [at, segment] of [...this.#sealed].entries()) {
        const last = this.#lastOfSealed(at);
        if (last > number) break;
        if (segment.compacted) continue;
        await compactSegment(segment, last, this.#folder, this.#lastNumber);
        compacted++;
      }
      return compacted;
    });
  }

  #lastOfSealed(at: number): number {
    return (this.#sealed[at + 1]?.first ?? this.#live?.first ?? this.#lastNumber + 1) - 1;
  }

  /** The segment with the newest entry always stays: it says which number comes next. */
  drop(before: number, number: number): Promise<number> {
    return this.#maintain(async () => {
      let dropped = 0;
      while (this.#sealed.length > 0) {
        const oldest = this.#sealed[0]!;
        const last = this.#lastOfSealed(0);
        if (last > number || last >= this.#lastNumber) break;
        const newest = oldest.value(last, INPUT);
        if (newest === undefined) throw new StoreError('damaged', `${oldest.path}: entry ${last} is missing. ${GO_ON}`);
        if (newest.at >= before) break;
        this.#sealed.shift();
        oldest.close();
        await dropSegmentFile(oldest.path);
        await flushFolder(this.#folder);
        dropped++;
      }
      if (dropped > 0) this.#cores.retain(this.#coreHashes());
      return dropped;
    });
  }

  #coreHashes(): Set<string> {
    const hashes = new Set(this.#sealed.map((segment) => segment.coreHash()));
    if (this.#live !== undefined) hashes.add(this.#live.coreHash);
    return hashes;
  }

  #maintain<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#maintenance.then(work);
    this.#maintenance = result.catch(() => undefined);
    return result;
  }

  keepCore(build: CoreBuild): Promise<void> {
    return this.#cores.keep(build);
  }

  core(hash: string): CoreBuild | undefined {
    return this.#cores.get(hash);
  }

  bytes(): number {
    const live = this.#live === undefined ? 0 : new Segment(this.#folder, this.#live.first, false).bytes;
    return this.#sealed.reduce((sum, segment) => sum + segment.bytes, live);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
    await this.#maintenance;
    if (this.#liveIsOpen) await this.#live?.close();
    this.#liveIsOpen = false;
    this.#live = undefined;
    for (const segment of this.#sealed) segment.close();
  }
}

/** From a segment whose write was refused and that is not open again yet. */
function readOnce(folder: string, first: number, number: number): JournalEntry {
  const segment = new Segment(folder, first, false);
  try {
    return segment.read(number);
  } finally {
    segment.close();
  }
}
