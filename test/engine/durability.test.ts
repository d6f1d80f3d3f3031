// Random requests, random faults, many lives of one partition: whatever was answered is in effect, whatever was not is
// there whole or not at all, and nothing happens twice.
//
//   each step ─▶ submit │ turns of the loop │ time │ weather of the disk │ a shortened or failing step │ stop │ power cut
//   at the end ─▶ good weather, a restart, and every request ever made is compared with what is there
//
// A request counts a key of its own and leaves follow-ups with keys of their own, so that all that happened can be counted.

import { expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { type CoreMemory, CoreTrapError, type StepRequest } from '../../src/engine/core.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { readHeader } from '../../src/engine/core-instance.ts';
import type { Answer, RoutedRequest } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { rebuild } from '../../src/engine/rebuild.ts';
import { setAsideTable } from '../../src/engine/set-aside.ts';
import type { DiskOutcome } from '../../src/store/memory-disk.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DutyMachine } from './duty-machine.ts';

const stepsALife = 150;
const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);
const worlds = Array.from({ length: Number(process.env.WORLDS ?? 24) }, (_, index) => (seed + index) >>> 0);

interface Deed {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** What is counted once when it is done. */
  readonly keys: readonly string[];
  readonly madeAt: number;
  readonly answers: Answer[];
  /** A submission ended without an answer: the deed may be done or not. */
  unanswered: boolean;
}

class Chaos {
  readonly machine = new DutyMachine();
  readonly deeds: Deed[] = [];
  readonly #throwing = new Set<string>();
  #submitted = new Map<RoutedRequest, Deed>();
  /** What was read as done, by an answer that went out. */
  readonly #seenDone = new Set<string>();
  readonly #fired = new Map<string, number>();
  #held: ((outcome: DiskOutcome) => void)[] = [];
  #refuses = 0;
  #holds = 0;
  #unknown = 0;
  #shortens = 0;
  #failsStep = 0;
  readonly #random: Random;
  lives = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  random(): number {
    return this.#random.bits() / 4_294_967_296;
  }

  #upTo(count: number): number {
    return Math.floor(this.random() * count);
  }

  async begin(): Promise<void> {
    const { machine } = this;
    this.lives += 1;
    machine.faults = {
      before: ({ kind }) => (kind === 'append' ? this.#weather() : 'done'),
    };
    const starting = machine.start();
    for (const key of this.#throwing) machine.duty.throwing.add(key);
    await starting;
    machine.pool.onStep = (core, request) => this.#onStep(core, request);
  }

  #weather(): DiskOutcome | Promise<DiskOutcome> {
    const draw = this.random();
    if (draw < this.#unknown) return this.random() < 0.5 ? 'lost' : 'written';
    if (draw < this.#unknown + this.#refuses) return 'refused';
    if (draw < this.#unknown + this.#refuses + this.#holds) return new Promise((resolve) => this.#held.push(resolve));
    return 'done';
  }

  #onStep(core: CoreMemory, request: StepRequest): void {
    if (this.random() < this.#failsStep) throw new CoreTrapError('no idea what happened', {});
    if (this.random() >= this.#shortens) return;
    // After any record but one that is glued to the one before.
    const view = new DataView(core.memory.buffer, layout.INPUT_AT + request.buffer * layout.INPUT_BYTES);
    const ends: number[] = [];
    for (let at = 0; at < request.inputBytes; at += view.getInt32(at + layout.COMMAND_BYTES, true)) {
      if (at > 0 && (view.getUint16(at + layout.COMMAND_FLAGS, true) & layout.COMMAND_FLAG_GLUED) === 0) ends.push(at);
    }
    if (ends.length > 0) this.machine.pool.takesBytes = ends[this.#upTo(ends.length)];
  }

  async step(): Promise<void> {
    const draw = this.random();
    if (draw < 0.5) for (let count = 1 + this.#upTo(5); count > 0; count--) this.#submit();
    else if (draw < 0.7) await this.#turns(1 + this.#upTo(6));
    else if (draw < 0.8) this.machine.clock.advance(this.#upTo(this.random() < 0.2 ? 5_000 : 50));
    else if (draw < 0.87) this.#change();
    else if (draw < 0.95) this.#release();
    else if (draw < 0.98) await this.#powerCut();
    else await this.#stop();
    if (this.machine.harness.fatal.length > 0) await this.#powerCut();
  }

  #submit(): void {
    const again = this.deeds.filter(({ params, madeAt }) => {
      return params.requestId !== undefined && this.machine.clock.now() - madeAt < 300_000;
    });
    const deed = again.length > 0 && this.random() < 0.25 ? again[this.#upTo(again.length)]! : this.#make();
    const request = this.machine.harness.request(deed.method, deed.params);
    this.#submitted.set(request, deed);
    this.machine.harness.partition.submit(request);
  }

  #make(): Deed {
    const id = `d${this.deeds.length}`;
    const draw = this.random();
    let deed: Pick<Deed, 'method' | 'params' | 'keys'>;
    if (draw < 0.35) {
      const follow = Array.from({ length: this.#upTo(4) }, (_, index) => `${id}-${index}`);
      for (const key of follow) if (this.random() < 0.04) this.#throwsFrom(key);
      deed = { method: 'duty.count', params: { key: id, follow }, keys: [id, ...follow] };
    } else if (draw < 0.5) deed = { method: 'duty.count', params: { key: id }, keys: [id] };
    else if (draw < 0.7) deed = { method: 'duty.command', params: { key: id }, keys: [id] };
    else if (draw < 0.75) deed = { method: 'duty.command', params: { key: id, refused: true }, keys: [id] };
    else if (draw < 0.83) {
      const due = this.machine.clock.now() + this.#upTo(3_000);
      const key = this.deeds.length;
      if (this.random() < 0.1) this.#throwsFrom(`timer-${key}`);
      deed = { method: 'duty.timer', params: { key, due }, keys: [`timer-${key}`, `after-timer-${key}`] };
    } else if (draw < 0.85) deed = { method: 'duty.trap', params: {}, keys: [] };
    else if (draw < 0.88) {
      const at = this.random() < 0.5 ? 'admission' : 'answer';
      deed = { method: 'duty.throw', params: { key: id, at }, keys: [id] };
    } else {
      const read = this.deeds[this.#upTo(this.deeds.length)];
      deed = { method: 'duty.get', params: { key: read?.keys[0] ?? 'none' }, keys: [] };
    }
    const named = deed.method !== 'duty.get' && this.random() < 0.5;
    const params = { ...deed.params, ...(named && { requestId: `r-${id}` }) };
    const made: Deed = { ...deed, params, madeAt: this.machine.clock.now(), answers: [], unanswered: false };
    this.deeds.push(made);
    return made;
  }

  #throwsFrom(key: string): void {
    this.#throwing.add(key);
    this.machine.duty.throwing.add(key);
  }

  async #turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  #change(): void {
    const some = (chance: number, most: number) => (this.random() < chance ? this.random() * most : 0);
    this.#refuses = some(0.3, 0.5);
    this.#holds = some(0.5, 0.9);
    this.#unknown = some(0.2, 0.1);
    this.#shortens = some(0.4, 0.8);
    this.#failsStep = some(0.3, 0.2);
  }

  #release(outcome: DiskOutcome = this.random() < 0.2 ? 'refused' : 'done'): void {
    for (const resolve of this.#held.splice(0)) resolve(outcome);
  }

  calm(): void {
    this.#refuses = this.#holds = this.#unknown = this.#shortens = this.#failsStep = 0;
    this.#release('done');
  }

  async #powerCut(): Promise<void> {
    this.#held = [];
    this.machine.store.disk.restart();
    this.#endLife(false);
    this.machine.clock.advance(this.#upTo(2_000));
    await this.begin();
  }

  /** In order: everybody who asked must have been answered. */
  async #stop(): Promise<void> {
    const { machine } = this;
    const stopping = machine.harness.partition.stop();
    let stopped = false;
    void stopping.then(() => {
      stopped = true;
    });
    for (let turn = 0; turn < 200 && !stopped; turn++) {
      this.#release();
      await this.#turns(1);
      machine.clock.advance(500);
    }
    expect(stopped, 'stopped').toBe(true);
    this.#endLife(machine.harness.fatal.length === 0);
    await machine.opened.close();
    await this.begin();
  }

  /** A flush that was on its way when the weather became good may fail still: then the process ends and comes back. */
  async settle(): Promise<void> {
    for (;;) {
      while (this.machine.harness.fatal.length > 0) await this.#powerCut();
      await this.machine.settle();
      this.machine.clock.advance(60_000);
      await this.machine.harness.partition.idle();
      if (this.machine.harness.fatal.length === 0) return;
    }
  }

  /** Power is cut while everything is at rest. */
  async restartCalmly(): Promise<void> {
    this.#endLife(true);
    this.machine.store.disk.restart();
    await this.begin();
    await this.settle();
  }

  #endLife(inOrder: boolean): void {
    const answered = new Map<RoutedRequest, Answer[]>();
    for (const { request, answer, event, params } of this.machine.harness.egress.released) {
      if (request !== undefined && answer !== undefined)
        answered.set(request, [...(answered.get(request) ?? []), answer]);
      if (event === 'duty.fired')
        this.#fired.set(`timer-${params!.key}`, (this.#fired.get(`timer-${params!.key}`) ?? 0) + 1);
    }
    for (const [request, deed] of this.#submitted) {
      const answers = answered.get(request) ?? [];
      expect(answers.length, `answers to ${JSON.stringify(deed)}`).toBeLessThanOrEqual(1);
      if (inOrder) expect(answers.length, `answers to ${JSON.stringify(deed)} of a life in order`).toBe(1);
      const [answer] = answers;
      if (answer === undefined) deed.unanswered = true;
      else deed.answers.push(answer);
      if (deed.method === 'duty.get' && answer !== undefined && 'result' in answer) {
        if ((answer.result as { row: number }).row === 1) this.#seenDone.add(deed.params.key as string);
      }
    }
    this.#submitted = new Map();
  }

  /** Everything is at rest: what is there, against what was answered. */
  async check(): Promise<void> {
    const { machine } = this;
    const counts = new Map<string, number>();
    for (const { keys } of this.deeds) for (const key of keys) counts.set(key, await machine.countOf(key));
    // A step that fails without a hint may cost whoever is alone in it: it is among what was set aside, until it is tried
    // again and done.
    for (const { row } of machine.harness.partition.tables.range(setAsideTable.id, { limit: 1_000 })) {
      const { what, params, doneAt } = row as { what: string; params: { key: string }; doneAt?: number };
      if (what === 'duty/count' && doneAt === undefined) this.#throwing.add(params.key);
    }
    for (const deed of this.deeds) this.#checkDeed(deed, counts);
    for (const key of this.#seenDone) {
      const deed = this.deeds.find(({ keys }) => keys[0] === key);
      // What the core refuses or a module throws at is seen by who reads in the same tick.
      if (deed?.method === 'duty.throw' || deed?.params.refused === true) continue;
      expect(counts.get(key), `${key} was read as done`).toBe(1);
    }
    for (const [key, times] of this.#fired) {
      expect(times, `${key} was told`).toBe(1);
      expect(counts.get(key), `${key} was told`).toBe(1);
    }
    expect(machine.harness.partition.state).toBe('running');
    await this.#checkReplay();
  }

  #checkDeed(deed: Deed, counts: ReadonlyMap<string, number>): void {
    const what = JSON.stringify(deed);
    const done = deed.answers.filter((answer) => 'result' in answer);
    const [first, ...others] = deed.keys.filter((key) => !this.#throwing.has(key));
    for (const answer of done) if (deed.params.requestId !== undefined) expect(answer, what).toEqual(done[0]);
    const mustBe = done.length > 0 ? [1] : deed.unanswered ? [0, 1] : [0];
    if (deed.method === 'duty.throw' || deed.params.refused === true) expect(done, what).toEqual([]);
    if (first === undefined || deed.method === 'duty.get') return;
    // A timer that throws at its firing leaves no follow-up.
    if (deed.method === 'duty.timer' && this.#throwing.has(deed.keys[0]!)) return;
    expect(mustBe, what).toContain(counts.get(first));
    for (const key of others) expect(counts.get(key), `${key} of ${what}`).toBe(counts.get(first));
    for (const key of deed.keys) if (this.#throwing.has(key)) expect(counts.get(key), `${key} of ${what}`).toBe(0);
  }

  async #checkReplay(): Promise<void> {
    const { opened: store, harness } = this.machine;
    const build = loadCoreBuild();
    const pool = new InProcessCorePool(16_384);
    await pool.addBuild(build.hash, build.wasm);
    const again = await rebuild({ store, pool, partition: 'again', build, log: () => undefined });
    const { number, digest, at } = readHeader(harness.partition.core.memory);
    expect(readHeader(again.memory)).toMatchObject({ number, digest, at });
  }
}

let worldsWithResults = 0;

it.each(worlds)('keeps what it has answered, whole, and once: seed %i', async (world) => {
  const chaos = new Chaos(world);
  await chaos.begin();
  for (let step = 0; step < stepsALife; step++) await chaos.step();
  chaos.calm();
  await chaos.settle();
  await chaos.restartCalmly();
  await chaos.check();
  if (chaos.deeds.some(({ answers }) => answers.some((answer) => 'result' in answer))) worldsWithResults += 1;
});

// In a world of bad luck nothing may come of anything; in most something does.
it('has done something in most of the worlds', () => {
  expect(worldsWithResults).toBeGreaterThan(worlds.length / 2);
});
