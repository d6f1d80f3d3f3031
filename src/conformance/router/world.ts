// What a case against a router has to do with: a switch that is a puppet, an agent at a desk, a queue. Either made for the
// purpose by whoever may set things up, so that nothing waits long, or as somebody else has set them up.

import { RefusedError, StrowgerClient } from '../../client/client.ts';
import type { SocketFactory } from '../../client/socket.ts';
import { NotAsExpected, shown } from '../case.ts';
import type { Stage } from '../run.ts';
import { Ear, type Listening, watched } from './listening.ts';
import { type Params, PuppetSwitch, type Token } from './puppet-switch.ts';

export interface RouterSetting extends Listening {
  readonly url: string;
  readonly switchToken: Token;
  readonly agentToken: Token;
  readonly queueId: string;
  readonly channel: string;
  /** Begins the ids of contacts and legs: another for every run. */
  readonly idPrefix: string;
  readonly sockets?: SocketFactory;
  /** Only where everything was set up for the purpose: another switch, and how long a switch may be away. */
  readonly own: OwnSetting | undefined;
}

export interface OwnSetting {
  readonly otherSwitchToken: Token;
  /** The number of the agent's line. */
  readonly number: string;
  readonly lineId: string;
  /** A queue that lets nobody in, and asks for a message instead. */
  readonly fullQueueId: string;
  setGrace(graceMs: number): Promise<void>;
  /** What a supervisor asks for. */
  supervise(method: string, params: Params): Promise<unknown>;
}

/** The agent's session. */
export class Desk {
  readonly client: StrowgerClient;
  readonly told: Ear<{ readonly event: string; readonly params: Params }>;

  private constructor(client: StrowgerClient, setting: RouterSetting) {
    this.client = client;
    this.told = new Ear(setting);
    client.on('*', ((event: string, params: Params) => this.told.hear({ event, params })) as never);
  }

  static async open(setting: RouterSetting): Promise<Desk> {
    const { url, agentToken: token, clock, waitMs, own, channel, sockets } = setting;
    const times = { clock, connectTimeoutMs: waitMs, timeoutMs: waitMs };
    const client = await StrowgerClient.connect({ url, token, ...times, ...(sockets && { sockets }) });
    const lines = own && { lines: [{ lineId: own.lineId, channel, number: own.number }] };
    await client.call('agent.login', lines ?? {});
    return new Desk(client, setting);
  }

  async is(): Promise<Params> {
    return (await this.client.request('agent.get', {})) as Params;
  }
}

export interface BroughtContact {
  readonly contactId: string;
  readonly legId: string;
}

export class RouterWorld {
  readonly setting: RouterSetting;
  readonly puppet: PuppetSwitch;
  readonly desk: Desk;
  readonly contacts: BroughtContact[] = [];
  /** The leg that the router asked for last, and the request that was looked at last. */
  agentLeg = '';
  supervisorLeg = '';
  requestId = '';
  offerId = '';
  lastReport: Params = {};
  readonly #name: string;
  #lastId = 0;

  constructor(setting: RouterSetting, name: string, puppet: PuppetSwitch, desk: Desk) {
    this.setting = setting;
    this.#name = name;
    this.puppet = puppet;
    this.desk = desk;
  }

  newId(of: string): string {
    this.#lastId += 1;
    return `${this.setting.idPrefix}.${this.#name}.${of}${this.#lastId}`;
  }

  contact(which: 'first' | 'second' = 'first'): BroughtContact {
    const contact = this.contacts[which === 'first' ? 0 : 1];
    if (contact === undefined) throw new Error(`the case has no ${which} contact yet`);
    return contact;
  }

  async contactNow(contactId: string): Promise<Params> {
    return (await this.puppet.client.request('contact.get', { contactId })) as Params;
  }
}

export function routerStage(setting: RouterSetting): Stage<RouterWorld> {
  return {
    async begin(name) {
      const { waitMs } = setting;
      const puppet = new PuppetSwitch({ ...setting, token: setting.switchToken });
      await puppet.connect();
      await puppet.report([], true);
      const desk = await Desk.open(setting);
      await desk.client.call('agent.ready', {});
      const agent = await watched(
        setting,
        waitMs,
        () => desk.is(),
        ({ state }) => state === 'ready',
      );
      if (agent.state !== 'ready') throw new NotAsExpected('an agent who is ready', shown(agent));
      return new RouterWorld(setting, name, puppet, desk);
    },
    async end(world) {
      const { puppet, desk, contacts } = world;
      if (setting.own !== undefined) await setting.own.setGrace(ampleGraceMs);
      puppet.leave();
      await puppet.connect();
      puppet.oblige();
      for (const { contactId } of contacts) {
        await ignoringRefusals(puppet.client.request('contact.end', { contactId }));
        await ignoringRefusals(desk.client.request('contact.wrapUpDone', { contactId }));
      }
      await ignoringRefusals(puppet.report([], true));
      await ignoringRefusals(puppet.client.request('switch.drain', { on: false }));
      await ignoringRefusals(desk.client.request('agent.logout', { when: 'now' }));
      desk.client.close();
      puppet.leave();
      return undefined;
    },
  };
}

/** Longer than a case takes. */
export const ampleGraceMs = 60_000;

/** What is over already is refused, and that is as good. */
async function ignoringRefusals(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
}
