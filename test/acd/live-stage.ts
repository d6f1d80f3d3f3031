// A case over real sockets: see stage.ts.

import { setTimeout } from 'node:timers/promises';
import { RefusedError } from '../../src/client/errors.ts';
import type { Role } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { legRequests } from '../../src/protocol/legs.ts';
import { routerDefaults } from '../../src/router-configuration.ts';
import { restart } from '../journeys/floor.ts';
import type { Party as JourneyParty } from '../journeys/party.ts';
import { JourneyRouter, lastingPort } from '../journeys/router-harness.ts';
import { CasePlatforms } from './case-platforms.ts';
import { FastClock } from './fast-clock.ts';
import { makeFlows } from './flows.ts';
import type { Answers, Members, Party, Stage } from './stage.ts';

const usualSpeed = 20;
/** What must come true may take so long, and is looked at as often, by the machine: the clock of the case stands meanwhile. */
const patienceMs = 10_000;
const lookEveryMs = 5;
/** What whoever runs the router is told of what cases play: platforms that do not answer, callers who guess. */
const ofCases = /^(platforms that do not answer|too many wrong serials|an alarm is over)/;
const yearMs = 366 * 86_400_000;

/** Cores in this thread, for routers one after the other and beside each other: starting a worker for each is a third of what a case takes. */
export class LastingPool extends InProcessCorePool {
  constructor() {
    super(Math.floor(routerDefaults.coreMemoryBytes / 65_536));
  }

  /** By one of the routers, when others have theirs. */
  override async close(): Promise<void> {}

  async end(): Promise<void> {
    await super.close();
  }
}

export class LiveStage implements Stage {
  readonly name = 'live';
  readonly leewayMs = 1_000;
  readonly platforms: CasePlatforms;
  readonly #clock: FastClock;
  readonly #router: JourneyRouter;
  readonly #parties: JourneyParty[] = [];

  private constructor(clock: FastClock, platforms: CasePlatforms, router: JourneyRouter) {
    this.#clock = clock;
    this.platforms = platforms;
    this.#router = router;
  }

  /** Time may pass faster where nothing comes due in it. */
  static async open(begins: number, pool?: LastingPool, speed = usualSpeed): Promise<LiveStage> {
    const clock = new FastClock(begins, speed);
    // Pings go by the clocks of both sides, and the parties' is the machine's.
    const settings = { port: await lastingPort(), pingMs: 60_000 * speed };
    const platforms = new CasePlatforms((afterMs, callback) => void clock.wakeAt(clock.now() + afterMs, callback));
    const seams = { clock, modules: makeFlows, askPlatform: platforms.ask, ...(pool && { pool }) };
    return new LiveStage(clock, platforms, await JourneyRouter.start(settings, seams));
  }

  now(): number {
    return this.#clock.now();
  }

  async connect(role: Role, sub: string, answers?: Answers): Promise<Party> {
    const access = { now: this.#clock.now(), ttlMs: yearMs };
    const party = await this.#router.open(role, sub, access, answers && { requests: handlersOf(answers) });
    this.#parties.push(party);
    return {
      told: party.told as Party['told'],
      close: () => {
        party.close();
        this.#parties.splice(this.#parties.indexOf(party), 1);
      },
      request: async (method, params) => (await party.client.request(method, params)) as Members,
    };
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.run(ms);
    await this.#heardEverything();
  }

  /** What came due has been told to everybody: an answer comes behind it. Twice, for what follows from it in the next tick. */
  async #heardEverything(): Promise<void> {
    for (let round = 0; round < 2; round++)
      await Promise.all(this.#parties.map(({ client }) => client.request('contact.list', { limit: 1 })));
  }

  restart(downMs: number): Promise<void> {
    return restart(this.#router, this.#parties, () => this.#clock.skip(downMs));
  }

  async settled(wrong: () => Promise<string | undefined>): Promise<string | undefined> {
    const began = performance.now();
    for (;;) {
      const found = await wrong();
      if (found === undefined || performance.now() - began > patienceMs) return found;
      await setTimeout(lookEveryMs);
    }
  }

  stoodStill(): boolean {
    return this.#clock.stoodStill;
  }

  async close(): Promise<void> {
    await this.#router.close(ofCases);
  }
}

function handlersOf(answers: Answers): Record<string, (params: Members) => Promise<unknown>> {
  const handler = (method: string) => async (params: Members) => {
    const answer = answers(method, params);
    if (answer === undefined) return new Promise(() => {});
    if ('result' in answer) return answer.result;
    const { code, message, data } = answer.error;
    throw new RefusedError(code, message, data as Members);
  };
  return Object.fromEntries(Object.keys(legRequests).map((method) => [method, handler(method)]));
}
