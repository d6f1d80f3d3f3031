// A router, the adapter and the real Asterisk between them and the SIPp of a journey. At its end nothing may be left anywhere: no channel and no
// bridge at Asterisk, no leg at the adapter, no contact at the router.

import { expect } from 'vitest';
import { Adapter } from '../../src/adapters/asterisk/adapter.ts';
import { settingsOf } from '../../src/adapters/asterisk/settings.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import type { Params } from '../../src/protocol/methods.ts';
import type { Party } from '../journeys/party.ts';
import { JourneyRouter, lastingPort, tokenFor } from '../journeys/router-harness.ts';
import { credentials, first, type RealAsterisk, second } from './real-asterisk.ts';
import { type CallerOptions, caller, endAll, type Party as SippParty, telephone } from './sipp.ts';

export const number = '+12025550100';
const impatient = { ...systemRandomness, fraction: () => systemRandomness.fraction() / 10 };

export interface AdapterPlace {
  readonly switchId: string;
  readonly at: RealAsterisk;
}

const firstPlace: AdapterPlace = { switchId: 'pbx', at: first };

export function adapterOf(
  router: string,
  said: string[],
  calls: object = {},
  { switchId, at }: AdapterPlace = firstPlace,
): Promise<Adapter> {
  const content = {
    asterisk: credentials,
    telephones: { agent: 'PJSIP/{agentId}', numbers: [{ begins: '+', endpoint: 'PJSIP/{number}@carrier' }] },
    calls: { numbers: [{ begins: '', length: 7, becomes: '+1202' }], ...calls },
  };
  const keep = (data: object, message: string) => {
    said.push(`${message} ${JSON.stringify(data)}`);
  };
  return Adapter.start({
    router,
    token: () => tokenFor('switch', switchId) as never,
    switchId,
    host: '127.0.0.1',
    port: at.listenPort,
    settings: settingsOf(content, 'adapter.yaml'),
    clock: new SystemClock(),
    randomness: impatient,
    log: { info: keep, warn: keep, error: keep },
    onRefused: (error) => keep({}, `refused: ${error.message}`),
  });
}

export class Rig {
  readonly router: JourneyRouter;
  readonly admin: Party;
  readonly said: string[] = [];
  adapter!: Adapter;
  /** Of the second Asterisk, where a journey has asked for it. */
  other: Adapter | undefined;
  readonly #calls: object;

  private constructor(router: JourneyRouter, admin: Party, calls: object) {
    this.router = router;
    this.admin = admin;
    this.#calls = calls;
  }

  /** `policy`: of the queue to which the number leads; `calls`: of the adapter's settings. */
  static async start(policy: Partial<Params<'queue.set'>> = {}, calls: object = {}): Promise<Rig> {
    const router = await JourneyRouter.start({ port: await lastingPort() });
    const admin = await router.open('admin', 'root');
    await admin.call('queue.set', {
      queueId: 'sales',
      channels: ['voice'],
      afterRejectMs: 50,
      afterBusyMs: 50,
      missedBeforeNotReady: 0,
      ...policy,
    });
    await admin.call('entry.set', { entry: number, queueId: 'sales' });
    const rig = new Rig(router, admin, calls);
    try {
      await rig.startAdapter();
    } catch (error) {
      await rig.close();
      throw new Error(`${(error as Error).message}; the adapter said:\n${rig.said.join('\n')}`);
    }
    return rig;
  }

  async startAdapter(): Promise<void> {
    this.adapter = await adapterOf(this.router.url, this.said, this.#calls);
    await this.routed();
  }

  /** The second Asterisk, which is running, as the switch `pbx2`. */
  async startOther(): Promise<Adapter> {
    this.other = await adapterOf(this.router.url, this.said, this.#calls, { switchId: 'pbx2', at: second });
    await this.routed(this.other);
    return this.other;
  }

  /** The adapter ends and another process of it begins; what happens in between happens while nobody listens to Asterisk. */
  async restartAdapter(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.adapter.close();
    await meanwhile();
    await this.startAdapter();
  }

  async restartRouter(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.router.stop();
    await expect.poll(() => this.adapter.switch.isRouted).toBe(false);
    await meanwhile();
    await this.router.startAgain();
    await this.routed();
  }

  routed(of = this.adapter): Promise<void> {
    return expect.poll(() => of.switch.isRouted, { timeout: 20_000 }).toBe(true);
  }

  /** Logged in and ready; the telephone is the SIPp of that name. */
  async agent(
    agentId: string,
    more: Partial<Params<'agent.set'>> = {},
    lines: readonly { readonly lineId: string; readonly number?: string }[] = [{ lineId: `${agentId}.1` }],
  ): Promise<Party> {
    await this.admin.call('agent.set', { agentId, name: agentId, skills: {}, capacity: { voice: 1 }, ...more });
    const agent = await this.router.open('agent', agentId);
    await agent.call('agent.login', { lines: lines.map((line) => ({ ...line, channel: 'voice' })) });
    await agent.call('agent.ready', {});
    return agent;
  }

  /** The state of each leg, by its party. */
  legs(of = this.adapter): string[] {
    return [...of.switch.legs.values()].map(({ party, state }) => `${party} ${state}`).sort();
  }

  hasLegs(...wanted: string[]): Promise<void> {
    return this.hasLegsAt(this.adapter, ...wanted);
  }

  hasLegsAt(of: Adapter, ...wanted: string[]): Promise<void> {
    return expect.poll(() => this.legs(of), { timeout: 15_000 }).toEqual(wanted.sort());
  }

  contactId(): string {
    const [leg] = [...this.adapter.switch.legs.values()].filter(({ party }) => party === 'customer');
    if (leg === undefined) throw new Error('nobody calls');
    return leg.contactId;
  }

  /** How it ended, once it has. */
  async ended(contactId: string): Promise<string> {
    const look = () => this.admin.call('contact.get', { contactId });
    await expect.poll(look, { timeout: 15_000 }).toMatchObject({ state: 'ended' });
    return (await look()).why as string;
  }

  /** Everything is over, and nothing is left. */
  async isClean(): Promise<void> {
    await this.#isCleanAt(this.adapter, first, 'pbx');
    if (this.other !== undefined) await this.#isCleanAt(this.other, second, 'pbx2');
    const { contacts } = await this.admin.call('contact.list', {});
    expect(contacts.filter(({ state }) => state !== 'wrapUp')).toEqual([]);
  }

  async #isCleanAt(adapter: Adapter, asterisk: RealAsterisk, switchId: string): Promise<void> {
    await this.hasLegsAt(adapter);
    await adapter.switch.reports.answered();
    await expect.poll(() => asterisk.channels(), { timeout: 10_000, interval: 200 }).toEqual([]);
    await expect.poll(() => asterisk.bridges(), { timeout: 10_000, interval: 200 }).toEqual([]);
    await expect
      .poll(() => this.admin.call('switch.get', { switchId }), { timeout: 10_000 })
      .toMatchObject({ legs: 0 });
  }

  async close(): Promise<void> {
    endAll();
    await this.adapter?.close();
    // What a journey that failed has left would be found by the next adapter.
    if (first.channels().length > 0) first.cli('channel request hangup all');
    if (this.other !== undefined) {
      await this.other.close();
      if (second.isRunning() && second.channels().length > 0) second.cli('channel request hangup all');
    }
    await this.router.close();
  }
}

const rigs: Rig[] = [];

/** One that closeRigs() ends. */
export async function start(...settings: Parameters<typeof Rig.start>): Promise<Rig> {
  const rig = await Rig.start(...settings);
  rigs.push(rig);
  return rig;
}

/** After each journey, also one that failed in the middle. */
export async function closeRigs(): Promise<void> {
  for (const rig of rigs.splice(0)) await rig.close();
}

export interface Conversation {
  readonly agent: Party;
  readonly contactId: string;
  readonly customer: SippParty;
  readonly phone: SippParty;
}

/** Somebody calls, and is served by ann, whose telephone is hung up by the other side. */
export async function conversation(rig: Rig, call: Omit<CallerOptions, 'number'> = {}): Promise<Conversation> {
  const agent = await rig.agent('ann');
  const phone = telephone('ann', 'answers');
  const customer = caller({ number, ...call });
  const { contactId } = await agent.next('contact.connected');
  return { agent, contactId, customer, phone };
}
