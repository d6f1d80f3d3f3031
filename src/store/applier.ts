// Brings the tables up to date behind the journal.
//
// Lets durable ticks wait for a moment, since much of what they write is soon written again: nearly a third of the writes of a busy
// router whose contacts are short. Then takes the oldest of them, up to about applyWritesMax writes at a time, leaves out what a later
// durable tick has overwritten, and writes the rest in key order with the number reached. (What is left out is written with its later tick: after a
// crash in between, the journal still has that tick's redo.) A tick longer than a step goes in parts that carry the
// number before it. A disk that is full is tried again: the journal is the truth and nothing is lost. Anything else
// stops the applier, and with it, once the overlay is full, the partition.

import { bytesOf, type Cell, type Version } from './overlay-cells.ts';
import type { Key, Tables } from './store.ts';
import { StoreError } from './store.ts';

export interface DurableTick {
  readonly number: number;
  readonly versions: readonly Version[];
}

export interface ApplierOptions {
  /** Of one step. */
  readonly applyWritesMax: number;
  /** So many do not wait any longer. */
  readonly applyWaitingMax: number;
  /** How long the others wait; 0: not at all. */
  readonly applyDelayMs: number;
  /** Calls back after so long. */
  schedule(callback: () => void, delayMs: number): void;
  /** An apply failed; `retrying` says whether it is tried again. */
  onTrouble(error: unknown, retrying: boolean): void;
  /** What was tried again has succeeded. */
  onTroubleOver(): void;
  /** The tables have these cells' versions up to the tick, durably. */
  onApplied(cells: readonly Cell[], number: number, ticks: number): void;
}

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;

export class Applier {
  #tables: Tables;
  #options: ApplierOptions;
  #ticks: DurableTick[] = [];
  #waiting = 0;
  #durableNumber = 0;
  #running = false;
  #delayed = false;
  #inAHurry = false;
  #stopped: unknown;
  #closed = false;
  #watchers: { number: number; resolve(): void; reject(error: unknown): void }[] = [];
  #whenIdle: (() => void)[] = [];
  /** Ends the rest before a step is tried again. */
  #tryNow: () => void = () => undefined;

  constructor(tables: Tables, options: ApplierOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#durableNumber = tables.appliedNumber;
  }

  /** Ticks come in the order of their numbers. */
  add(tick: DurableTick): void {
    this.#durableNumber = tick.number;
    this.#ticks.push(tick);
    this.#waiting += tick.versions.length;
    this.#wake();
  }

  /** Resolves when all ticks added so far are in the tables; rejects when the applier has stopped. */
  caughtUp(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    if (this.#tables.appliedNumber >= this.#durableNumber) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#watchers.push({ number: this.#durableNumber, resolve, reject });
      this.#inAHurry = true;
      this.#wake();
    });
  }

  /** Ends after the step on its way; what is not applied stays in the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#tryNow();
    if (this.#running) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    for (const watcher of this.#watchers.splice(0))
      watcher.reject(new Error('the tables were closed before they caught up'));
  }

  #wake(): void {
    if (this.#running || this.#closed || this.#stopped !== undefined || this.#ticks.length === 0) return;
    if (this.#inAHurry || this.#options.applyDelayMs === 0 || this.#waiting >= this.#options.applyWaitingMax) {
      this.#running = true;
      void this.#run();
      return;
    }
    if (this.#delayed) return;
    this.#delayed = true;
    this.#options.schedule(() => {
      this.#delayed = false;
      if (this.#running || this.#closed || this.#stopped !== undefined || this.#ticks.length === 0) return;
      this.#running = true;
      void this.#run();
    }, this.#options.applyDelayMs);
  }

  async #run(): Promise<void> {
    // Not within the turn that made the tick durable: its answers go out first.
    await Promise.resolve();
    // What comes meanwhile waits in its turn.
    const last = this.#durableNumber;
    while (!this.#closed && this.#stopped === undefined && this.#hasUpTo(last)) await this.#step();
    this.#running = false;
    if (this.#ticks.length === 0) this.#inAHurry = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
    this.#wake();
  }

  #hasUpTo(last: number): boolean {
    const [oldest] = this.#ticks;
    return oldest !== undefined && (this.#inAHurry || oldest.number <= last);
  }

  async #step(): Promise<void> {
    const { versions, number, ticks } = this.#nextStep();
    const newest = versions.filter(isNewestDurable(this.#durableNumber));
    newest.sort((a, b) => (a.cell.key < b.cell.key ? -1 : 1));
    const writes = newest.map((version): [Key, Uint8Array | undefined] => [version.cell.key, bytesOf(version)]);
    const stepMax = this.#options.applyWritesMax;
    for (let at = 0; at + stepMax < writes.length; at += stepMax) {
      if (!(await this.#apply(writes.slice(at, at + stepMax), this.#tables.appliedNumber))) return;
    }
    const rest = writes.length === 0 ? 0 : Math.floor((writes.length - 1) / stepMax) * stepMax;
    if (!(await this.#apply(writes.slice(rest), number))) return;
    this.#ticks.splice(0, ticks);
    this.#waiting -= versions.length;
    this.#options.onApplied(
      versions.map((version) => version.cell),
      number,
      ticks,
    );
    this.#watchers = this.#watchers.filter((watcher) => {
      if (watcher.number <= number) watcher.resolve();
      return watcher.number > number;
    });
  }

  /** Whole ticks, at least one, about applyWritesMax writes. */
  #nextStep(): { versions: Version[]; number: number; ticks: number } {
    const versions: Version[] = [];
    let ticks = 0;
    let number = 0;
    for (const tick of this.#ticks) {
      if (ticks > 0 && versions.length + tick.versions.length > this.#options.applyWritesMax) break;
      for (const version of tick.versions) versions.push(version);
      number = tick.number;
      ticks++;
    }
    return { versions, number, ticks };
  }

  /** False when the applier ended instead. */
  async #apply(writes: [Key, Uint8Array | undefined][], number: number): Promise<boolean> {
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_MOST_MS)) {
      try {
        await this.#tables.apply(writes, number);
        if (wait > RETRY_FIRST_MS) this.#options.onTroubleOver();
        return true;
      } catch (error) {
        const retrying = error instanceof StoreError && error.outcome === 'nothing_written' && !this.#closed;
        this.#options.onTrouble(error, retrying);
        if (!retrying) {
          this.#stopped = error;
          for (const watcher of this.#watchers.splice(0)) watcher.reject(error);
          return false;
        }
      }
      await new Promise<void>((resolve) => {
        this.#tryNow = resolve;
        this.#options.schedule(resolve, wait);
      });
      if (this.#closed) return false;
    }
  }
}

function isNewestDurable(durableNumber: number): (version: Version) => boolean {
  return (version) => {
    let newest = version.cell.top;
    while (newest !== undefined && newest.tick > durableNumber) newest = newest.below;
    return newest === version;
  };
}
