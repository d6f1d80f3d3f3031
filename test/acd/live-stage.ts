// A case over real sockets: see stage.ts.

import { RefusedError } from '../../src/client/errors.ts';
import type { Role } from '../../src/engine/egress.ts';
import { legRequests } from '../../src/protocol/legs.ts';
import { restart } from '../journeys/floor.ts';
import type { Party as JourneyParty } from '../journeys/party.ts';
import { JourneyRouter, lastingPort } from '../journeys/router-harness.ts';
import { FastClock } from './fast-clock.ts';
import type { Answers, Members, Party, Stage } from './stage.ts';

const speed = 20;
/** What must come true may take so long by the clock of the case: three seconds of the machine. */
const patienceMs = 3_000 * speed;
const lookEveryMs = 5 * speed;
const yearMs = 366 * 86_400_000;

export class LiveStage implements Stage {
  readonly name = 'live';
  readonly leewayMs = 3_000;
  readonly #clock: FastClock;
  readonly #router: JourneyRouter;
  readonly #parties: JourneyParty[] = [];

  private constructor(clock: FastClock, router: JourneyRouter) {
    this.#clock = clock;
    this.#router = router;
  }

  static async open(begins: number): Promise<LiveStage> {
    const clock = new FastClock(begins, speed);
    // Pings go by the clocks of both sides, and the parties' is the machine's.
    const settings = { port: await lastingPort(), pingMs: 60_000 * speed };
    return new LiveStage(clock, await JourneyRouter.start(settings, { clock }));
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

  pass(ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }

  /** How long it takes until everybody is back is the machine's affair: meanwhile time stands still. */
  async restart(downMs: number): Promise<void> {
    this.#clock.hold();
    await restart(this.#router, this.#parties, () => this.#clock.skip(downMs));
    this.#clock.goOn();
  }

  async settled(wrong: () => Promise<string | undefined>): Promise<string | undefined> {
    const until = this.#clock.now() + patienceMs;
    for (;;) {
      const found = await wrong();
      if (found === undefined || this.#clock.now() > until) return found;
      await this.#clock.sleep(lookEveryMs);
    }
  }

  stoodStill(): boolean {
    return this.#clock.stoodStill;
  }

  async close(): Promise<void> {
    this.#clock.stop();
    await this.#router.close();
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
