// The ground that a storm of paid contacts plays on: one whole partition, with the modules and rules of production, the compiled core in
// this thread, on a disk in memory, in virtual time; and a machine that loses its power.
//
//   ask() ─ checked as a client's is ─▶ Partition ─▶ answers, events, questions to switches and to the payment provider
//                                          │
//              disk in memory ◀────────────┘   strikes: the power goes before or after the n-th append or step of the tables; a flush
//                                              fails and was written, or not; the disk is full once; a worker dies
//
// Time stands still until everything that is due has been done, so whatever nobody was told of when the power goes has happened in that
// very millisecond, or not at all. When the last tick on the disk was is seen at the disk itself.

import { type ModuleOptions, makeModules } from '../../../src/domain/modules.ts';
import type { Clock, Wake } from '../../../src/engine/clock.ts';
import { type CoreMemory, CoreTrapError } from '../../../src/engine/core.ts';
import { loadCoreBuild } from '../../../src/engine/core-build.ts';
import type { CoreCall } from '../../../src/engine/core-instance.ts';
import type { Answer, Ask, Audience, ClientAnswer, Role, RoutedRequest } from '../../../src/engine/egress.ts';
import { InProcessCorePool } from '../../../src/engine/in-process-core-pool.ts';
import { Partition } from '../../../src/engine/partition.ts';
import { EventQueue } from '../../../src/simulation/event-queue.ts';
import { Housekeeping } from '../../../src/store/housekeeping.ts';
import type { DiskOperation, DiskOutcome } from '../../../src/store/memory-disk.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { Shadow } from '../../../src/store/shadow.ts';
import type { PartitionStore } from '../../../src/store/store.ts';
import { routedMethods } from '../../../src/transport/request-check.ts';
import { randomnessOf } from '../random.ts';

export type Members = Readonly<Record<string, unknown>>;
/** `gone`: the router died, or could not take it; nobody knows whether it was done. */
export type Said = { readonly result: Members } | { readonly refusal: string; readonly data: Members } | 'gone';

export interface Strike {
  /** Of operations of the disk, or of steps of the core. */
  readonly at: 'append' | 'apply' | 'step';
  /** The first from now on is 1. */
  readonly turn: number;
  /** before, after: the power goes (a step: the worker dies). lost, written: the flush fails, and nothing or all of it is there. full: refused once. */
  readonly how: 'before' | 'after' | 'lost' | 'written' | 'full';
}

export interface Hears {
  told(audience: Audience, event: string, params: Members): void;
  /** Undefined: nobody answers. */
  asked(audience: Audience, method: string, params: Members): ClientAnswer | undefined;
  /** The router will be back at that time; the last thing on its disk was at the other. Comes before anything that it tells then. */
  away(lastTickAt: number, backAt: number): void;
  /** It is back. */
  back(lastTickAt: number): Promise<void>;
}

const tenant = 'storm';
const methods = routedMethods({});
/** So long at most the router rests when the disk has refused. */
const restMsMax = 20_000;
const memoryPagesMax = 4_096;
const snapshotsKept = 4;
/** So much of the journal is kept where there are snapshots. */
const journalRetentionMs = 60_000;
const build = loadCoreBuild();
/** Compiled once for all floors. */
const pool = new (class extends InProcessCorePool {
  strikes: (() => 'before' | 'after' | undefined) | undefined;

  protected override async run(core: CoreMemory, call: CoreCall): Promise<number | undefined> {
    const how = call.call === 'step' ? this.strikes?.() : undefined;
    if (how === 'before') throw new CoreTrapError('a worker died before the call', {});
    const result = await super.run(core, call);
    if (how === 'after') throw new CoreTrapError('a worker died after the call', {});
    return result;
  }
})(memoryPagesMax);

/** One process: nothing that it had planned happens once it is gone. */
class Life {
  isOver = false;
  partition!: Partition;
  store!: PartitionStore;
  /** Executes everything a second time, and takes the snapshots. */
  shadow: Shadow | undefined;
  readonly over: Promise<void>;
  end!: () => void;
  /** The disk was full, or a worker died: the router rests for a while, and is not idle then. */
  readonly disturbed: Promise<void>;
  disturb!: () => void;

  constructor() {
    this.over = new Promise((resolve) => {
      this.end = () => {
        this.isOver = true;
        resolve();
      };
    });
    this.disturbed = new Promise((resolve) => {
      this.disturb = resolve;
    });
  }
}

export interface FloorOptions extends ModuleOptions {
  readonly seed: number;
  readonly begins: number;
  readonly requestIdsMs?: number;
  /** Undefined: there are none, and recovery begins with the first entry of the journal. */
  readonly snapshotEveryEntries?: number | undefined;
}

export class MoneyFloor {
  readonly #hears: Hears;
  readonly #seed: number;
  readonly #options: FloorOptions;
  readonly #events = new EventQueue();
  readonly #store = new MemoryStore();
  readonly #waiting = new Map<RoutedRequest, (said: Said) => void>();
  readonly #present = new Map<string, Audience>();
  #life: Life | undefined;
  #lives = 0;
  #strike: Strike | undefined;
  #turnsLeft = 0;
  #lastTickAt: number;
  /** The operation that is on its way writes nothing. */
  #unwritten: DiskOperation | undefined;
  now: number;
  /** Timers are late until then: the disk was full, or a worker died, and what was lost with it is done again. */
  lateUntil = 0;
  /** How often the power went, a worker died, the disk was full. */
  readonly struck = { power: 0, worker: 0, full: 0, stops: 0 };

  constructor(hears: Hears, options: FloorOptions) {
    const { seed, begins } = options;
    this.#hears = hears;
    this.#seed = seed;
    this.#options = options;
    this.now = begins;
    this.#lastTickAt = begins;
    this.#store.disk.faults = { before: (operation) => this.#before(operation), after: (one) => this.#after(one) };
    pool.strikes = () => this.#stepStruck();
  }

  async open(): Promise<void> {
    await pool.addBuild(build.hash, build.wasm);
    await this.#start();
    await this.settle();
  }

  /** Whoever has a session: told to the router, also when it is back. */
  connect(role: Role, sub: string): void {
    this.#present.set(`${role}/${sub}`, { role, sub });
    this.#tellPresence({ role, sub });
  }

  arm(strike: Strike): void {
    this.#strike = strike;
    this.#turnsLeft = strike.turn;
  }

  ask(role: Role, sub: string, method: string, params: Members): Promise<Said> {
    const caller = { tenant, role, sub };
    const checked = methods.get(method)!.check(params, caller);
    if ('invalid' in checked)
      throw new Error(`${method} ${JSON.stringify(params)}: ${JSON.stringify(checked.invalid)}`);
    if ('refusal' in checked) throw new Error(`${method} by ${role}: ${checked.refusal.refusal}`);
    const life = this.#life;
    if (life === undefined || life.isOver) return Promise.resolve('gone');
    const request: RoutedRequest = { caller, method, params: checked.params, origin: undefined };
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      life.partition.submit(request);
    });
  }

  /** What somebody outside does at a time, whether the router is there then or not. */
  at(time: number, event: () => void): void {
    this.#events.add(Math.max(time, this.now), event);
  }

  /** Everything that is due has been done; where the router has died, it is back. */
  async settle(): Promise<void> {
    for (;;) {
      const life = this.#life!;
      if (life.isOver) await this.#again(this.now + 3_000 * (1 + (this.#lives % 20)));
      // A router with a timer that is due is not idle before it has been woken.
      else if (this.#events.nextAt! <= this.now) this.#events.take().event();
      else if (await this.#isIdle(life)) {
        if (await this.#nothingMore(life)) return;
      } else {
        // It waits for a moment that is still to come, until the disk is tried again.
        this.now = Math.max(this.now, this.#events.nextAt!);
      }
    }
  }

  /** Or over. False: after many turns it still is not. */
  async #isIdle(life: Life): Promise<boolean> {
    let isDone = false;
    const done = Promise.race([life.partition.idle(), life.over]).then(() => {
      isDone = true;
    });
    await Promise.race([done, life.disturbed]);
    for (let turn = 0; turn < 300 && !isDone; turn++) await new Promise((resolve) => setImmediate(resolve));
    return isDone;
  }

  async #nothingMore(life: Life): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return !life.isOver && life.partition.numbers.inbox === 0 && !(this.#events.nextAt! <= this.now);
  }

  async goOn(to: number): Promise<void> {
    while (this.#events.nextAt! <= to) {
      this.now = Math.max(this.now, this.#events.nextAt!);
      await this.settle();
    }
    this.now = Math.max(this.now, to);
    await this.settle();
  }

  /** Stopped in order, and started again after a while. */
  async stopFor(ms: number): Promise<void> {
    const life = this.#life!;
    this.struck.stops += 1;
    this.#strike = undefined;
    await life.partition.stop();
    await life.shadow?.close();
    await life.store.close();
    life.end();
    await this.#again(this.now + ms);
    await this.settle();
  }

  /** In order, for good. */
  async close(): Promise<void> {
    await this.#life!.partition.stop();
    await this.#life!.shadow?.close();
    this.#life!.end();
    pool.strikes = undefined;
  }

  // ── The router ────────────────────────────────────────────────────────────────────────────────────────────────
  async #start(): Promise<void> {
    const life = new Life();
    this.#life = life;
    this.#lives += 1;
    life.store = await this.#store.open(tenant);
    life.partition = await Partition.open({
      tenant,
      modules: makeModules(this.#options),
      store: life.store,
      pool,
      build,
      clock: this.#clockOf(life),
      randomness: randomnessOf(this.#seed, `router ${this.#lives}`),
      egress: this.#egressOf(life),
      log: (level, message, data) => {
        const isStruck = this.struck.worker + this.struck.full > 0 || /may or may not be on disk/.test(message);
        if (level === 'error' && (!isStruck || /threw/.test(message)))
          this.#failed ??= `${message} ${String(data?.error)}`;
      },
      onFatal: () => this.#powerGoes(life),
      onDurable: (entry) => life.shadow?.feed(entry),
      ...(this.#options.requestIdsMs !== undefined && { requestIdsMs: this.#options.requestIdsMs }),
    });
    await this.#beginShadow(life);
    for (const audience of this.#present.values()) this.#tellPresence(audience);
  }

  async #beginShadow(life: Life): Promise<void> {
    const { snapshotEveryEntries } = this.#options;
    if (snapshotEveryEntries === undefined) return;
    const { journal, snapshots } = life.store;
    const failed = (what: string) => {
      if (!life.isOver) this.#failed ??= what;
    };
    life.shadow = new Shadow({
      ...{ journal, snapshots, pool, partition: `${tenant}/shadow`, build, snapshotEveryEntries, snapshotsKept },
      snapshotEveryMs: Number.POSITIVE_INFINITY,
      // It executes what has come together, and what has not waits until it is asked for.
      schedule: () => undefined,
      onDivergence: (number) => failed(`executing entry ${number} again gave other effects`),
      onTrouble: (error) => failed(`the shadow is in trouble: ${String(error)}`),
    });
    await life.shadow.start();
  }

  /** Of the journal what no recovery needs any more is dropped. */
  async keepsHouse(): Promise<void> {
    const { store, shadow, over, isOver } = this.#life!;
    if (shadow === undefined || isOver) return;
    const housekeeping = new Housekeeping(store, { journalRetentionMs, sealEveryMs: 0 });
    await Promise.race([housekeeping.run(this.now, shadow.snapshotNumber), over]);
  }

  #failed: string | undefined;
  /** An error that no strike explains. */
  get failed(): string | undefined {
    return this.#failed;
  }

  async #again(at: number): Promise<void> {
    this.#strike = undefined;
    for (const [request, settle] of [...this.#waiting]) {
      this.#waiting.delete(request);
      settle('gone');
    }
    const lastTickAt = this.#lastTickAt;
    this.now = at;
    this.#hears.away(lastTickAt, at);
    await this.#start();
    await this.#life!.partition.idle();
    await this.#hears.back(lastTickAt);
  }

  #powerGoes(life: Life | undefined): void {
    if (life === undefined || life.isOver) return;
    this.struck.power += 1;
    this.#store.disk.restart();
    // Its memory is nobody's any more.
    pool.forget(life.partition.core);
    life.end();
    void life.shadow?.close();
  }

  #clockOf(life: Life): Clock {
    const unlessOver = (callback: () => void) => () => {
      if (!life.isOver) callback();
    };
    return {
      now: () => this.now,
      skewMs: () => 0,
      soon: (callback) => void setImmediate(unlessOver(callback)),
      wakeAt: (at, callback): Wake => {
        let isCancelled = false;
        this.#events.add(Math.max(at, this.now), () => {
          if (!isCancelled && !life.isOver) callback();
        });
        return {
          cancel: () => {
            isCancelled = true;
          },
        };
      },
    };
  }

  #egressOf(life: Life) {
    return {
      answer: (request: RoutedRequest, answer: Answer) => {
        const settle = this.#waiting.get(request);
        this.#waiting.delete(request);
        if (life.isOver || settle === undefined) return;
        if ('bug' in answer) this.#failed ??= `${request.method}: ${answer.bug}`;
        if ('result' in answer) settle({ result: answer.result as Members });
        else if ('refusal' in answer) settle(saidOf(answer.refusal));
      },
      notify: (audience: Audience, event: string, params: Members) => {
        if (!life.isOver) this.#hears.told(audience, event, params);
      },
      ask: (ask: Ask) => {
        if (!life.isOver) this.#asked(life, ask);
      },
      flush: () => {},
    };
  }

  #asked(life: Life, { audience, method, params, reference }: Ask): void {
    const answer = this.#hears.asked(audience, method, params);
    if (answer === undefined) return;
    const news = { answeredTo: reference, answer };
    life.partition.submit({ caller: { tenant, ...audience }, method: '', params: {}, news, origin: undefined });
  }

  #tellPresence({ role, sub }: Audience): void {
    const { partition } = this.#life!;
    if (!partition.watchedRoles.has(role)) return;
    const news = { connected: true };
    partition.submit({ caller: { tenant, role, sub }, method: '', params: {}, news, origin: undefined });
  }

  // ── What goes wrong ───────────────────────────────────────────────────────────────────────────────────────────
  #before(operation: DiskOperation): DiskOutcome {
    const { kind } = operation;
    if (this.#strike?.at !== kind || this.#strike.how === 'after' || --this.#turnsLeft > 0) return 'done';
    const { how } = this.#strike;
    this.#strike = undefined;
    if (how === 'full' || how === 'lost') this.#unwritten = operation;
    if (how === 'full') {
      this.struck.full += 1;
      this.lateUntil = this.now + restMsMax;
      this.#life!.disturb();
    }
    if (how === 'full') return 'refused';
    if (how === 'lost' || how === 'written') return how;
    this.#powerGoes(this.#life);
    return 'done';
  }

  #after(operation: DiskOperation): void {
    const { kind } = operation;
    if (kind === 'append' && this.#unwritten !== operation) this.#lastTickAt = this.now;
    if (this.#strike?.at !== kind || this.#strike.how !== 'after' || --this.#turnsLeft > 0) return;
    this.#strike = undefined;
    this.#powerGoes(this.#life);
  }

  #stepStruck(): 'before' | 'after' | undefined {
    if (this.#strike?.at !== 'step' || --this.#turnsLeft > 0) return undefined;
    const { how } = this.#strike;
    this.#strike = undefined;
    this.struck.worker += 1;
    this.lateUntil = this.now + restMsMax;
    this.#life!.disturb();
    return how === 'before' ? 'before' : 'after';
  }
}

/** Those say that the router cannot take it now, and not that it has refused it. */
const later = new Set(['overloaded', 'not_ready']);

function saidOf({ refusal, data }: { readonly refusal: string; readonly data?: Members }): Said {
  return later.has(refusal) ? 'gone' : { refusal, data: data ?? {} };
}
