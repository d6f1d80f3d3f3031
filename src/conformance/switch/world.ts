// What a case against a switch has to do with: the scripted router that the switch is connected to, who makes calls come
// and hang up there, and the telephones that are to be had. Heard once is heard: each step takes the report that it
// waits for out of what is still unread.

import type { Clock } from '../../engine/clock.ts';
import type { ConductName } from '../../simulation/switch/telephones.ts';
import type { Outcome } from '../../transport/outgoing-requests.ts';
import { NotAsExpected, shown } from '../case.ts';
import type { Stage } from '../run.ts';
import type { Heard, Params, ScriptedRouter } from './scripted-router.ts';

/** Whoever sits at the switch: a person, a program, or a simulator in the same process. */
export interface Operator {
  /** A customer calls. */
  call(): void;
  /** The customer of this leg hangs up. */
  hangUp(legId: string): void;
}

/** The numbers of telephones that conduct themselves so. */
export type Numbers = Readonly<Partial<Record<ConductName, string>>>;

export interface SwitchSetting {
  readonly router: ScriptedRouter;
  readonly operator: Operator;
  readonly numbers: Numbers;
  readonly clock: Clock;
  /** For whatever a switch does by itself. */
  readonly waitMs: number;
  /** For what a person must do. */
  readonly operatorWaitMs: number;
  /** So long nothing must come where nothing may come. */
  readonly quietMs: number;
}

export class SwitchWorld {
  readonly setting: SwitchSetting;
  readonly router: ScriptedRouter;
  /** Of this case: the customer's leg and its contact, and the agent's. */
  customer: { readonly legId: string; readonly contactId: string } | undefined;
  agent: string | undefined;
  lastAsked: { readonly method: string; readonly params: Params } | undefined;
  lastReports: readonly Heard[] = [];
  readonly #name: string;
  #readTo: number;
  readonly #read = new Set<Heard>();
  readonly #faultsBefore: number;
  static #requests = 0;

  constructor(setting: SwitchSetting, name: string) {
    this.setting = setting;
    this.router = setting.router;
    this.#name = name;
    this.#readTo = setting.router.heard.length;
    this.#faultsBefore = setting.router.faults.length;
  }

  get customerLeg(): string {
    return this.customer?.legId ?? missing('a customer’s leg');
  }
  get agentLeg(): string {
    return this.agent ?? missing('an agent’s leg');
  }
  /** What this switch has said that no router takes, since the case began. */
  get faults(): readonly string[] {
    return this.router.faults.slice(this.#faultsBefore);
  }

  /** Ids that were never used, by the name of the case. */
  newId(prefix: string): string {
    SwitchWorld.#requests += 1;
    return `${prefix}${this.#name}.${SwitchWorld.#requests}`;
  }

  /** Everything unread of this case that fits. */
  unread(fits: (heard: Heard) => boolean): Heard[] {
    return this.router.heard.slice(this.#readTo).filter((heard) => !this.#read.has(heard) && fits(heard));
  }

  /** What was heard until now is of no interest. */
  forget(): void {
    this.#readTo = this.router.heard.length;
  }

  /** The first unread one that fits, waited for. */
  async next(what: string, fits: (heard: Heard) => boolean, withinMs = this.setting.waitMs): Promise<Heard> {
    await this.router.until(() => this.unread(fits).length > 0, withinMs);
    const [first] = this.unread(fits);
    if (first === undefined) throw new NotAsExpected(what, this.heardText(`within ${withinMs} ms`));
    this.#read.add(first);
    return first;
  }

  /** What was unread before this one, and fits, is of no interest any more. */
  skipBefore(heard: Heard, fits: (heard: Heard) => boolean): void {
    const { heard: all } = this.router;
    for (const before of all.slice(this.#readTo, all.indexOf(heard))) if (fits(before)) this.#read.add(before);
  }

  /** What has been reported of this leg until now is of no interest any more. */
  forgetReportsOf(legId: string): void {
    for (const heard of this.unread(({ method, params }) => method.startsWith('leg.') && params.legId === legId))
      this.#read.add(heard);
  }

  /** Nothing that fits comes for a while. */
  async none(what: string, fits: (heard: Heard) => boolean): Promise<void> {
    await this.router.until(() => this.unread(fits).length > 0, this.setting.quietMs);
    const [first] = this.unread(fits);
    if (first !== undefined) throw new NotAsExpected(`no ${what}`, `${first.method} ${shown(first.params)}`);
  }

  async ask(method: string, params: Params): Promise<Outcome> {
    this.lastAsked = { method, params };
    return this.router.ask(method, params, this.setting.waitMs);
  }

  /** What is unread, for whoever waited in vain. */
  heardText(when: string): string {
    const refused = this.faults.map((fault) => `refused: ${fault}`);
    const heard = this.unread(({ method }) => method.startsWith('leg.') || method.startsWith('contact.'));
    const texts = [...refused, ...heard.map(({ method, params }) => `${method} ${shown(params)}`)];
    return texts.length === 0 ? `nothing ${when}` : `${when} only ${texts.join('; ')}`;
  }
}

function missing(what: string): never {
  throw new Error(`the case has no ${what} yet`);
}

/** Each case with calls of its own; at its end its legs are released, and the switch is there. */
export function switchStage(setting: SwitchSetting): Stage<SwitchWorld> {
  const { router, operatorWaitMs, waitMs } = setting;
  let hasBeenThere = false;
  return {
    async begin(name) {
      router.back();
      const withinMs = hasBeenThere ? 3 * waitMs : operatorWaitMs;
      if (!(await router.until(() => router.isConnected, withinMs)))
        throw new NotAsExpected('a session of the switch', `none within ${withinMs} ms`);
      hasBeenThere = true;
      return new SwitchWorld(setting, name);
    },
    async end(world) {
      router.withheld.clear();
      router.verdicts.clear();
      router.toBeJoined = [];
      router.refusesContacts = undefined;
      router.back();
      await router.until(() => router.isConnected, 3 * waitMs);
      for (const [legId, contactId] of [...router.legs]) {
        router.legs.delete(legId);
        await world.ask('leg.release', { requestId: world.newId('end.'), contactId, legId, why: 'contactEnded' });
      }
      const [fault] = world.faults;
      return fault === undefined ? undefined : new NotAsExpected('requests as the reference describes them', fault);
    },
  };
}
