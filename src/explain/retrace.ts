// Follows one contact through the journal: executes again the ticks it was alive in, with the explain flag, and gives for
// each what the core said of it.
//
//   snapshot ── entries, effects dropped ──▶ the tick that made it ── each with the flag ──▶ connected, over, or the end
//                                                │ same digest as when it was written, or it is no explanation
//
// Every entry is executed by the build that wrote it. One that does not know how to explain (an older one: its layout has
// another EXPLAIN_VERSION, or none) hands its state to the current build at the first such tick; that one's explanation
// counts as long as its effects have the digest that was written. Where it would have decided otherwise, the contact is
// followed once more by the build that wrote, and what is left is what happened, without the reasons.

import { setImmediate as nextTurn } from 'node:timers/promises';
import * as layout from '../../assembly/layout.ts';
import type { CorePool } from '../engine/core.ts';
import { layoutConstants } from '../engine/core-build.ts';
import { readHeader } from '../engine/core-instance.ts';
import { type Effect, Effects } from '../engine/effects.ts';
import { Lineage, type LineageOptions } from '../engine/lineage.ts';
import type { CoreBuild, JournalEntry } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { ReadablePartition } from '../store/stored-partition.ts';

/** Whose decisions. */
export interface Sought {
  /** In the tenant: never used twice. */
  readonly number: number;
  /** Its record in the core. */
  readonly slot: number;
  readonly arrivedAt: number;
  /** When it was made, where it has the arrival of one that was there before it. */
  readonly joinedAt?: number;
  /** Who served it before: it is followed until it is with the next, or over. */
  readonly parts?: readonly unknown[];
}

export type RetraceSource = Pick<ReadablePartition, 'journal' | 'snapshots'>;

/** One tick in which something was said of the contact. */
export interface Moment {
  /** The journal entry. */
  readonly number: number;
  readonly at: number;
  /** What happened to it, in order. */
  readonly effects: readonly Effect[];
  /** How it was decided: EXPLAINED_… records, in order. */
  readonly records: readonly Effect[];
  /** The router had been away for so long before this tick. */
  readonly downMs: number | undefined;
}

/** By whom it was told: the build that decided, the one of today with the same effects, or nobody but the effects. */
export type ToldBy = 'writer' | 'newer' | 'effects';

/** Hears the moments in their order. */
export interface MomentListener {
  hear(moment: Moment): void;
}

export interface Retraced {
  readonly toldBy: ToldBy;
  /** When the last tick was that was looked at: it was connected or over in it, or the journal ends there. */
  readonly until: number;
  /** The end of the journal came before the end of its wait. */
  readonly goesOn: boolean;
}

/** The journal no longer reaches back that far. */
export class TrimmedError extends Error {
  /** From when on what came can be explained; undefined when nothing can. */
  readonly since: number | undefined;
  constructor(since: number | undefined) {
    super('the journal no longer reaches back to this contact');
    this.name = 'TrimmedError';
    this.since = since;
  }
}

const ENTRIES_A_CALL = 256;
const BYTES_A_CALL = 8_388_608;
/** LMDB gives a read transaction back between two turns; one that is held keeps the writer from using pages again. */
const TICKS_A_TURN = 256;

/** Keeps the memory before the contact it followed last: going through a day in order executes the day once. */
export class Retracer {
  readonly #source: RetraceSource;
  readonly #options: LineageOptions;
  readonly #explaining = new Map<string, boolean>();
  #before: { readonly lineage: Lineage; number: number } | undefined;

  constructor(source: RetraceSource, pool: CorePool, build: CoreBuild) {
    this.#source = source;
    this.#options = { journal: source.journal, pool, partition: 'explain', build };
  }

  /**
   * `begin` makes who hears it; once more where it has to be followed again. Resolves with the last listener. Rejects with
   * TrimmedError, or StoreError where the journal cannot be read or executed.
   */
  async retrace<L extends MomentListener>(sought: Sought, begin: () => L): Promise<Retraced & { readonly heard: L }> {
    const created = this.#creationOf(sought);
    const before = await this.#stateBefore(created);
    for (const explaining of [true, false]) {
      const lineage = await before.fork();
      const heard = begin();
      try {
        const retraced = await this.#follow(lineage, created, sought, explaining, heard);
        if (retraced !== undefined) return { ...retraced, heard };
      } finally {
        lineage.forget();
      }
    }
    throw new Error(`contact ${sought.number} cannot be followed`);
  }

  close(): void {
    this.#before?.lineage.forget();
    this.#before = undefined;
  }

  /** The entry whose input makes the contact: entries' times only grow, so the first of its time is searched by halves. */
  #creationOf(sought: Sought): number {
    const { journal } = this.#source;
    const { firstNumber, lastNumber } = journal;
    let low = firstNumber;
    let high = lastNumber + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#entry(middle).at < madeAt(sought)) low = middle + 1;
      else high = middle;
    }
    for (const entry of journal.read(low)) {
      if (entry.at > madeAt(sought)) break;
      if (makes(entry.input, sought)) return entry.number;
    }
    if (firstNumber > 1 && low === firstNumber) throw new TrimmedError(this.#since());
    throw new StoreError('damaged', `no entry of the journal makes contact ${sought.number} at ${madeAt(sought)}`);
  }

  #entry(number: number): JournalEntry {
    for (const entry of this.#source.journal.read(number, number)) return entry;
    throw new StoreError('damaged', `entry ${number} is not in the journal`);
  }

  /** The memory as it was before that entry. */
  async #stateBefore(entry: number): Promise<Lineage> {
    if (this.#before !== undefined && this.#before.number >= entry) this.close();
    this.#before ??= await this.#fromSnapshot(entry);
    const state = this.#before;
    let waiting: JournalEntry[] = [];
    let bytes = 0;
    const execute = async () => {
      const diverged = await state.lineage.execute(waiting);
      if (diverged !== undefined) throw divergedAt(diverged);
      state.number += waiting.length;
      waiting = [];
      bytes = 0;
      await nextTurn();
    };
    for (const read of this.#source.journal.read(state.number + 1, entry - 1)) {
      waiting.push(read);
      bytes += read.input.length;
      if (waiting.length >= ENTRIES_A_CALL || bytes >= BYTES_A_CALL) await execute();
    }
    await execute();
    return state.lineage;
  }

  async #fromSnapshot(entry: number): Promise<{ lineage: Lineage; number: number }> {
    const { journal, snapshots } = this.#source;
    for (const meta of snapshots.list()) {
      if (meta.number >= entry || meta.number + 1 < journal.firstNumber) continue;
      const lineage = await Lineage.begin(this.#options, meta.coreHash, `the snapshot of entry ${meta.number}`);
      if (await snapshots.load(meta, lineage.core.memory)) return { lineage, number: meta.number };
      lineage.forget();
    }
    if (journal.firstNumber > 1) throw new TrimmedError(this.#since());
    return { lineage: await Lineage.begin(this.#options, this.#entry(1).coreHash, 'entry 1'), number: 0 };
  }

  #since(): number | undefined {
    const { journal, snapshots } = this.#source;
    if (journal.firstNumber === 1) return this.#entry(1).at;
    const usable = snapshots.list().filter(({ number }) => number + 1 >= journal.firstNumber);
    return usable.at(-1)?.at;
  }

  /** Undefined: the current build, standing in for one that cannot explain, decides otherwise than was decided. */
  async #follow(
    lineage: Lineage,
    from: number,
    sought: Sought,
    explaining: boolean,
    listener: MomentListener,
  ): Promise<Retraced | undefined> {
    let toldBy: ToldBy = explaining ? 'writer' : 'effects';
    let until = madeAt(sought);
    let servedBefore = 0;
    for (const entry of this.#source.journal.read(from)) {
      const canExplain = explaining && this.#explains(entry.coreHash);
      if (explaining && !canExplain) toldBy = 'newer';
      const hash = explaining && !canExplain ? this.#options.build.hash : entry.coreHash;
      if (!(await this.#moved(lineage, hash, entry))) return undefined;
      const digest = await this.#step(lineage, entry, sought, explaining ? layout.FLAG_EXPLAIN : 0);
      if (digest !== entry.digest) {
        if (hash !== entry.coreHash) return undefined;
        throw divergedAt(entry.number);
      }
      if (entry.number % TICKS_A_TURN === 0) await nextTurn();
      const moment = momentOf(lineage.core.memory, entry, sought, explaining);
      until = entry.at;
      if (isTelling(moment)) listener.hear(moment);
      servedBefore += moment.effects.filter(({ kind }) => kind === layout.EFFECT_PARTED).length;
      const isServed = moment.effects.some(isEnding) && servedBefore >= (sought.parts?.length ?? 0);
      if (isServed || moment.effects.some(isOver)) return { toldBy, until, goesOn: false };
    }
    return { toldBy, until, goesOn: true };
  }

  /** False: the current build, standing in, does not know the records of the one that wrote. */
  async #moved(lineage: Lineage, hash: string, entry: JournalEntry): Promise<boolean> {
    try {
      await lineage.moveTo(hash, `entry ${entry.number}`);
      return true;
    } catch (error) {
      if (hash !== entry.coreHash && error instanceof StoreError && error.outcome === 'other_version') return false;
      throw error;
    }
  }

  /** Returns the digest of effects behind it. */
  async #step(lineage: Lineage, entry: JournalEntry, sought: Sought, flags: number): Promise<bigint> {
    const { core } = lineage;
    new Uint8Array(core.memory.buffer, layout.INPUT_AT, layout.INPUT_BYTES).set(entry.input);
    if (flags !== 0) {
      const header = new DataView(core.memory.buffer, 0, layout.HEADER_PRIVATE);
      header.setInt32(layout.HEADER_EXPLAIN_CONTACT, sought.slot, true);
      header.setUint32(layout.HEADER_EXPLAIN_NUMBER, sought.number >>> 0, true);
    }
    const { number, at } = entry;
    await this.#options.pool.step(core, { buffer: 0, inputBytes: entry.input.length, now: at, number, flags });
    return readHeader(core.memory).digest;
  }

  #explains(hash: string): boolean {
    let explains = this.#explaining.get(hash);
    if (explains === undefined) {
      const { build, journal } = this.#options;
      // One that is not kept is said so by whoever moves to it.
      const kept = hash === build.hash ? undefined : journal.core(hash)?.layout;
      const ours = layoutConstants();
      explains = kept === undefined || explainingConstants.every((name) => kept[name] === ours[name]);
      this.#explaining.set(hash, explains);
    }
    return explains;
  }
}

/** What must be the same in the layout of a build whose explanations are read here. */
const explainingConstants = [
  'EXPLAIN_VERSION',
  'EXPLAINED_AT',
  'HEADER_EXPLAIN_CONTACT',
  'HEADER_EXPLAIN_NUMBER',
  'HEADER_EXPLAINED',
  'HEADER_UNEXPLAINED',
  'EFFECT_BYTES',
] as const satisfies readonly (keyof typeof layout)[];

function divergedAt(number: number): StoreError {
  const message = `executing entry ${number} again gave other effects than when it was written: the journal and the core disagree`;
  return new StoreError('damaged', message);
}

function madeAt({ arrivedAt, joinedAt = arrivedAt }: Sought): number {
  return joinedAt;
}

function makes(input: Uint8Array, { slot, number }: Sought): boolean {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at < input.length; at += view.getInt32(at + layout.COMMAND_BYTES, true)) {
    const kind = view.getUint16(at + layout.COMMAND_KIND, true);
    if (kind !== layout.COMMAND_CONTACT_CREATE && kind !== layout.COMMAND_CONTACT_DIAL) continue;
    if (view.getInt32(at + layout.CONTACT_CONTACT, true) !== slot) continue;
    if (view.getUint32(at + layout.CONTACT_NUMBER, true) === number >>> 0) return true;
  }
  return false;
}

function momentOf(memory: WebAssembly.Memory, entry: JournalEntry, sought: Sought, explained: boolean): Moment {
  const effects = ofContact(new Effects(memory.buffer, 0, readHeader(memory).effects), sought);
  const header = new DataView(memory.buffer, 0, layout.HEADER_PRIVATE);
  const count = explained ? header.getInt32(layout.HEADER_EXPLAINED, true) : 0;
  return {
    number: entry.number,
    at: entry.at,
    effects,
    records: Effects.explained(memory.buffer, count).all(),
    downMs: downMsIn(entry.input),
  };
}

/** A tick has thousands of effects, of which few are the contact's. */
function ofContact(effects: Effects, { slot, number }: Sought): Effect[] {
  const own: Effect[] = [];
  for (let index = 0; index < effects.count; index++) {
    const effect = effects.at(index);
    if (effect.contact !== slot || effect.number !== number >>> 0) continue;
    if (effect.kind !== layout.EFFECT_LINE_STATE && effect.kind !== layout.EFFECT_REFUSED) own.push({ ...effect });
  }
  return own;
}

function downMsIn(input: Uint8Array): number | undefined {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length === 0 || view.getUint16(layout.COMMAND_KIND, true) !== layout.COMMAND_RESUMED) return undefined;
  return Number(view.getBigInt64(layout.RESUMED_DOWN_MS, true));
}

function isTelling({ effects, records, downMs }: Moment): boolean {
  return effects.length > 0 || records.length > 0 || downMs !== undefined;
}

/** It waits no longer: what comes after is not decided by matching. */
function isEnding({ kind }: Effect): boolean {
  return kind === layout.EFFECT_CONNECTED || kind === layout.EFFECT_HANDED_OVER;
}

function isOver({ kind }: Effect): boolean {
  return kind === layout.EFFECT_ENDED;
}
