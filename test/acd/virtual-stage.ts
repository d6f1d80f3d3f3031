// A case in virtual time: see stage.ts.

import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import type { CorePool } from '../../src/engine/core.ts';
import type { Role } from '../../src/engine/egress.ts';
import { VirtualStage as Inside } from '../../src/simulation/virtual-stage.ts';
import type { VirtualTimeline } from '../../src/simulation/virtual-timeline.ts';
import type { ReadablePartition } from '../../src/store/stored-partition.ts';
import { CasePlatforms } from './case-platforms.ts';
import { makeFlows } from './flows.ts';
import type { Answers, Members, Party, Stage, Told } from './stage.ts';

export class VirtualStage implements Stage {
  readonly name = 'virtual';
  readonly leewayMs = 0;
  readonly platforms: CasePlatforms;
  readonly #inside: Inside;
  readonly #time: VirtualTimeline;
  /** What each session of a party has been told. */
  readonly #ears = new Map<string, Set<Told[]>>();
  readonly #answers = new Map<string, Answers>();

  constructor(begins: number, pool: CorePool) {
    this.platforms = new CasePlatforms((ms, callback) => void this.#time.wakeAt(this.#time.now() + ms, callback));
    this.#inside = new Inside({
      clock: new SystemClock(),
      randomness: systemRandomness,
      pool,
      keepsJournal: true,
      more: makeFlows,
      askPlatform: this.platforms.ask,
      onEvent: ({ role, sub }, event, params) => {
        for (const told of this.#ears.get(`${role} ${sub}`) ?? []) told.push({ event: event as Told['event'], params });
      },
      onAsk: ({ role, sub }, method, params) => this.#answers.get(`${role} ${sub}`)?.(method, params),
    });
    this.#time = this.#inside.timeline(begins, () => this.#inside.heardEverything());
  }

  now(): number {
    return this.#time.now();
  }

  /** What the router inside has stored: whoever wants to have a case explained reads it. */
  get stored(): ReadablePartition {
    return this.#inside.stored;
  }

  async connect(role: Role, sub: string, answers?: Answers): Promise<Party> {
    if (answers !== undefined) this.#answers.set(`${role} ${sub}`, answers);
    const party = await this.#inside.connect(role, sub);
    const told: Told[] = [];
    const ears = this.#ears.get(`${role} ${sub}`) ?? new Set();
    this.#ears.set(`${role} ${sub}`, ears.add(told));
    await this.#inside.heardEverything();
    return {
      told,
      close: () => {
        ears.delete(told);
        party.close();
      },
      request: async (method, params) => {
        const result = (await party.request(method, params)) as Members;
        await this.#inside.heardEverything();
        return result;
      },
    };
  }

  pass(ms: number): Promise<void> {
    this.#time.at(this.#time.now() + ms, () => {});
    return this.#time.run();
  }

  async restart(downMs: number): Promise<void> {
    await this.#inside.restart(() => this.pass(downMs));
    await this.#inside.heardEverything();
  }

  settled(wrong: () => Promise<string | undefined>): Promise<string | undefined> {
    return wrong();
  }

  stoodStill(): boolean {
    return false;
  }

  close(): Promise<void> {
    return this.#inside.close();
  }
}
