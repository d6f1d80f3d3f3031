// The journal on a disk in memory: the same order, refusals, segments and checks as lmdb-journal.ts.

import { appendsInFlightMax, segmentBytesMax, segmentEntriesMax } from '../limits.ts';
import { decodeValue, type EntryValues, encodeEntry, GO_ON, INPUT, joinEntry, REDO } from './entry.ts';
import type { DiskAccess, MemorySegment } from './memory-disk.ts';
import { decodeRedo, encodeRedo } from './redo.ts';
import type { CoreBuild, Journal, JournalEntry } from './store.ts';
import { StoreError } from './store.ts';

export interface MemoryJournalOptions {
  /** Somebody else has it open: it is read, and nothing is begun anew. */
  readonly beside?: boolean;
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

const WHERE = 'journal in memory';

export class MemoryJournal implements Journal {
  #access: DiskAccess;
  #segmentBytes: number;
  #segmentEntries: number;
  #queue: Append[] = [];
  #inFlight = 0;
  #pumping = false;
  #whenIdle: (() => void)[] = [];
  #broken: StoreError | undefined;
  #closed = false;
  #keptHere = new Set<string>();

  constructor(access: DiskAccess, options: MemoryJournalOptions = {}) {
    this.#access = access;
    this.#segmentBytes = options.segmentBytes ?? segmentBytesMax;
    this.#segmentEntries = options.segmentEntries ?? segmentEntriesMax;
    if (!options.beside) for (const segment of this.#segments) segment.sealed = true;
    if (this.lastNumber > 0) this.#entry(this.lastNumber);
  }

  get #segments(): MemorySegment[] {
    return this.#access.tenant.segments;
  }

  get lastNumber(): number {
    return this.#access.tenant.lastNumber;
  }

  get firstNumber(): number {
    return this.#segments[0]?.first ?? 1;
  }

  append(entry: JournalEntry): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#closed) throw new Error('append to a journal that is closed');
    const due = this.lastNumber + this.#inFlight + 1;
    if (entry.number !== due) throw new Error(`entry ${entry.number} appended where ${due} is due`);
    if (this.#inFlight >= appendsInFlightMax) throw new Error(`more than ${appendsInFlightMax} appends on their way`);
    const values = encodeEntry(entry);
    this.#inFlight++;
    return new Promise((resolve, reject) => {
      this.#queue.push({ number: entry.number, coreHash: entry.coreHash, values, resolve, reject });
      if (!this.#pumping) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#pumping = true;
    while (this.#queue.length > 0) {
      const append = this.#queue[0]!;
      const outcome = await this.#access.perform('append', append.number, (how) => this.#store(append, how === 'torn'));
      if (outcome === 'done') {
        this.#queue.shift();
        this.#inFlight--;
        append.resolve();
      } else this.#rejectAll(outcome === 'refused' ? 'nothing_written' : 'unknown', append.number);
    }
    this.#pumping = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #store(append: Append, torn: boolean): void {
    const { tenant } = this.#access;
    let live = tenant.segments.at(-1);
    if (live === undefined || live.sealed || this.#isFull(live, append)) {
      if (live !== undefined) live.sealed = true;
      live = { first: append.number, coreHash: append.coreHash, sealed: false, compacted: false, bytes: 0 };
      tenant.segments.push(live);
    }
    const { input, redo } = append.values;
    if (torn) input.fill(0, input.length >> 1);
    live.bytes += input.length + (redo?.length ?? 0);
    tenant.entries.set(append.number, append.values);
    tenant.lastNumber = append.number;
  }

  #isFull(live: MemorySegment, append: Append): boolean {
    const entries = append.number - live.first;
    return live.bytes >= this.#segmentBytes || entries >= this.#segmentEntries || live.coreHash !== append.coreHash;
  }

  #rejectAll(outcome: 'nothing_written' | 'unknown', number: number): void {
    const error = new StoreError(outcome, `journal: entry ${number}: the disk in memory was told to fail`);
    if (outcome === 'unknown') this.#broken = error;
    const rejected = this.#queue.splice(0);
    this.#inFlight -= rejected.length;
    for (const append of rejected) append.reject(error);
  }

  *read(from: number, to = Number.MAX_SAFE_INTEGER): Generator<JournalEntry> {
    if (from < this.firstNumber) {
      throw new StoreError('damaged', `journal: entry ${from} is no longer kept, the oldest is ${this.firstNumber}`);
    }
    for (let number = from; number <= Math.min(to, this.lastNumber); number++) yield this.#entry(number);
  }

  #entry(number: number): JournalEntry {
    const values = this.#access.tenant.entries.get(number);
    if (values === undefined) {
      const message = `${WHERE}: entry ${number} is missing, and the journal may have no gaps. ${GO_ON}`;
      throw new StoreError('damaged', message);
    }
    // Copies, as from a disk: nobody can change what is on it through what was read.
    const input = decodeValue(Buffer.from(values.input), number, INPUT, WHERE);
    const redo = values.redo && decodeValue(Buffer.from(values.redo), number, REDO, WHERE);
    return joinEntry(input, redo);
  }

  settled(): Promise<void> {
    if (!this.#pumping) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  async seal(): Promise<void> {
    await this.settled();
    await this.#access.perform('seal', this.lastNumber, () => {
      const live = this.#segments.at(-1);
      if (live !== undefined) live.sealed = true;
    });
  }

  async compact(number: number): Promise<number> {
    let compacted = 0;
    for (const [at, segment] of [...this.#segments].entries()) {
      const last = this.#lastOf(at);
      if (!segment.sealed || last > number) break;
      if (segment.compacted) continue;
      const newest = this.lastNumber;
      const outcome = await this.#access.perform('compact', last, () => this.#compactSegment(segment, last, newest));
      if (outcome !== 'done')
        throw new StoreError('nothing_written', `${WHERE}: segment ${segment.first} not compacted`);
      compacted++;
    }
    return compacted;
  }

  #compactSegment(segment: MemorySegment, last: number, newest: number): void {
    const { entries } = this.#access.tenant;
    // All or nothing, as where a file takes the place of another: a damaged entry leaves the segment as it is.
    const whole = [...this.read(segment.first, last)];
    segment.compacted = true;
    segment.bytes = 0;
    for (const entry of whole) {
      const { number } = entry;
      const { input } = entries.get(number)!;
      const followUps = number === newest && entry.redo.length > 0 ? decodeRedo(entry.redo).followUps : [];
      const redo =
        followUps.length > 0 ? encodeEntry({ ...entry, redo: encodeRedo({ writes: [], followUps }) }).redo : undefined;
      entries.set(number, { input, redo });
      segment.bytes += input.length + (redo?.length ?? 0);
    }
  }

  #lastOf(at: number): number {
    return (this.#segments[at + 1]?.first ?? this.lastNumber + 1) - 1;
  }

  async drop(before: number, number: number): Promise<number> {
    let dropped = 0;
    while (this.#segments.length > 1) {
      const last = this.#lastOf(0);
      if (last > number || this.#entry(last).at >= before) break;
      await this.#access.perform('drop', last, () => {
        const segment = this.#segments.shift()!;
        for (let entry = segment.first; entry <= last; entry++) this.#access.tenant.entries.delete(entry);
      });
      dropped++;
    }
    const used = new Set(this.#segments.map((segment) => segment.coreHash));
    const { cores } = this.#access.tenant;
    for (const hash of cores.keys())
      if (dropped > 0 && !used.has(hash) && !this.#keptHere.has(hash)) cores.delete(hash);
    return dropped;
  }

  async keepCore(build: CoreBuild): Promise<void> {
    this.#keptHere.add(build.hash);
    this.#access.tenant.cores.set(build.hash, build);
  }

  core(hash: string): CoreBuild | undefined {
    return this.#access.tenant.cores.get(hash);
  }

  bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }
}
