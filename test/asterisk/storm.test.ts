// The storm: fifty calls at once for five minutes and twenty telephones, some of which are busy or do not answer, while the router is killed
// with SIGKILL and started again three times. Afterwards each call is held against what both of its parties saw, by SIPp's account, and the
// router's statistics against the sums of that.
//
//   callers   wait until the agent hangs up │ hang up after a while, waiting or talking │ hang up soon
//   agents    talk for a while, then hang up │ are busy │ ring in vain
//
// SEED=n repeats the moments of the kills (what SIPp draws is its own), STORM_SECONDS=n goes on for so long. Nothing is said about speed.

import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Adapter } from '../../src/adapters/asterisk/adapter.ts';
import type { Result } from '../../src/protocol/methods.ts';
import { SeededRandom } from '../crash/random.ts';
import type { Party } from '../journeys/party.ts';
import { lastingPort, RouterProcess, sleep, temporaryFolder } from '../journeys/router-harness.ts';
import { first, stormAgents } from './real-asterisk.ts';
import { adapterOf, number } from './rig.ts';
import { endAll } from './sipp.ts';
import { callers, telephones } from './storm-sipp.ts';

const seconds = Number(process.env.STORM_SECONDS ?? 300);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const kills = 3;
/** What is under way when callers stop coming goes on to its end. */
const restMs = 180_000;

type ContactRecord = Result<'cdr.query'>['records'][number];
/** What the telephones saw of one caller. */
interface AtTelephones {
  readonly agents: Set<string>;
  readonly saw: string[];
}

afterEach(() => {
  endAll();
  if (first.channels().length > 0) first.cli('channel request hangup all');
});

describe.skipIf(inject('withoutAsterisk') !== '')('with a real Asterisk', () => {
  test(`fifty calls at once for ${seconds} s, the router killed ${kills} times: everybody's account is the same`, {
    timeout: seconds * 1_000 + restMs + 120_000,
  }, async () => {
    console.log(`storm: SEED=${seed} STORM_SECONDS=${seconds}`);
    const moments = new SeededRandom(seed);
    const began = Date.now();
    const storm = await Storm.begin();
    onTestFinished(() => storm.close());
    const phones = telephones({ fromMs: 1_500, toMs: 7_000 });
    const crowds = [
      callers(number, '+14155551', 20, 17_410),
      callers(number, '+14155552', 20, 17_420, { fromMs: 3_000, toMs: 20_000 }),
      callers(number, '+14155553', 10, 17_430, { fromMs: 300, toMs: 4_000 }),
    ];
    const broken = Promise.all([phones, ...crowds].map(({ done }) => done));
    const until = (at: number) => Promise.race([sleep(at - Date.now()), broken]);
    const partMs = (seconds * 1_000) / (kills + 1);
    for (let kill = 1; kill <= kills; kill++) {
      await until(began + partMs * (kill - moments.fraction() * 0.5));
      await storm.killRouter(moments.between(100, 4_000));
    }
    await until(began + seconds * 1_000);
    for (const crowd of crowds) crowd.finish();
    await Promise.all(crowds.map(({ done }) => done));
    await storm.isOver();
    phones.finish();
    await phones.done;
    const lines = crowds.flatMap((crowd) => crowd.log());
    const seen = new Map(lines.map((line) => [line.split(' ')[0]!, endOf(line)]));
    expect(seen.size).toBe(lines.length);
    const account = storm.compare(seen, telephonesSaw(phones.log()), await storm.records());
    console.log(`storm: ${JSON.stringify(account)}`);
    await storm.hasCounted(account, began);
  });
});

interface End {
  readonly saw: string;
  readonly at: number;
}

/** SIPp's [timestamp] ends with seconds since the epoch. */
function endOf(line: string): End {
  const [, saw, ...when] = line.split(' ');
  const at = Number(when.join(' ').split('\t').at(-1)) * 1_000;
  if (saw === undefined || Number.isNaN(at)) throw new Error(`SIPp has logged ${line}`);
  return { saw, at };
}

function telephonesSaw(lines: readonly string[]): Map<string, AtTelephones> {
  const of = new Map<string, AtTelephones>();
  for (const line of lines) {
    const [caller, agent, what] = line.split(' ') as [string, string, string];
    const at = of.get(caller) ?? { agents: new Set(), saw: [] };
    of.set(caller, at);
    at.saw.push(what);
    if (what === 'talks') at.agents.add(agent);
  }
  return of;
}

interface Account {
  readonly calls: number;
  readonly served: number;
  readonly abandoned: number;
  /** Came and went while no router ran: nobody tells it of them. */
  readonly unheard: number;
  /** A telephone was answered as its caller hung up, or as the router gave the call to another one. */
  readonly answeredInVain: number;
  readonly invited: number;
}

class Storm {
  readonly admin: Party;
  readonly agents: Party[] = [];
  readonly said: string[] = [];
  readonly #away: { readonly from: number; readonly to: number }[] = [];
  adapter!: Adapter;
  #router: RouterProcess;
  readonly #first: RouterProcess;

  private constructor(router: RouterProcess, admin: Party) {
    this.#router = router;
    this.#first = router;
    this.admin = admin;
  }

  static async begin(): Promise<Storm> {
    const settings = { folder: temporaryFolder(), port: await lastingPort(), flags: ['--ping-ms', '5000'] };
    const router = await new RouterProcess(settings).listening();
    const admin = await router.open('admin', 'root', {}, { timeoutMs: 60_000 });
    const storm = new Storm(router, admin);
    await admin.call('queue.set', {
      queueId: 'sales',
      channels: ['voice'],
      offerMs: 3_000,
      wrapUpMs: 0,
      afterRejectMs: 100,
      afterBusyMs: 100,
      missedBeforeNotReady: 0,
    });
    await admin.call('entry.set', { entry: number, queueId: 'sales' });
    for (const agentId of stormAgents) {
      await admin.call('agent.set', { agentId, name: agentId, skills: {}, capacity: { voice: 1 } });
      const agent = await router.open('agent', agentId, {}, { timeoutMs: 60_000 });
      await agent.call('agent.login', { lines: [{ lineId: `${agentId}.1`, channel: 'voice' }] });
      await agent.call('agent.ready', {});
      storm.agents.push(agent);
    }
    storm.adapter = await adapterOf(router.url, storm.said);
    await storm.#isRouted();
    return storm;
  }

  async killRouter(awayMs: number): Promise<void> {
    const from = Date.now();
    await this.#router.kill('SIGKILL');
    expect(this.#router.stderr).toBe('');
    await sleep(awayMs);
    this.#router = await new RouterProcess({ ...this.#first.settings, port: this.#first.port }).listening();
    await this.#isRouted();
    this.#away.push({ from, to: Date.now() });
  }

  /** Within what a busy machine takes to hear of it. */
  #wasAway(at: number): boolean {
    return this.#away.some(({ from, to }) => from - 5_000 < at && at < to + 1_000);
  }

  #isRouted(): Promise<void> {
    return expect.poll(() => this.adapter.switch.isRouted, { timeout: 60_000 }).toBe(true);
  }

  /** Nothing is left, by anybody's account. */
  async isOver(): Promise<void> {
    const patience = { timeout: restMs, interval: 500 };
    await expect.poll(() => [...this.adapter.switch.legs.keys()], patience).toEqual([]);
    await this.adapter.switch.reports.answered();
    await expect.poll(() => first.channels(), patience).toEqual([]);
    await expect.poll(() => first.bridges(), patience).toEqual([]);
    await expect
      .poll(() => this.admin.call('switch.get', { switchId: 'pbx' }), patience)
      .toMatchObject({ legs: 0, connected: true });
    await expect.poll(() => this.admin.call('contact.list', {}), patience).toMatchObject({ contacts: [] });
    for (const agent of this.agents)
      expect(await agent.call('line.list', {})).toMatchObject({ lines: [{ state: 'free' }] });
    expect(this.#router.stderr).toBe('');
    // Each kill is said, and nothing else.
    expect(this.said.filter((line) => !/^(the router |Asterisk has connected)/.test(line))).toEqual([]);
  }

  async records(): Promise<ContactRecord[]> {
    const records: ContactRecord[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.admin.call('cdr.query', { limit: 1_000, ...(cursor !== undefined && { cursor }) });
      records.push(...page.records);
      cursor = page.cursor;
      if (cursor === undefined) return records;
    }
  }

  /** Each call's end, as the router has it, is what its caller and the telephones saw. */
  compare(
    seen: ReadonlyMap<string, End>,
    atTelephones: ReadonlyMap<string, AtTelephones>,
    records: readonly ContactRecord[],
  ): Account {
    const account = { calls: seen.size, served: 0, abandoned: 0, unheard: 0, answeredInVain: 0, invited: 0 };
    const recordOf = new Map(records.map((record) => [record.from ?? '', record]));
    expect(recordOf.size).toBe(records.length);
    for (const caller of [...recordOf.keys(), ...atTelephones.keys()]) expect([...seen.keys()]).toContain(caller);
    const wrong: string[] = [];
    for (const [caller, { saw: outcome, at }] of seen) {
      const record = recordOf.get(caller);
      const phones = atTelephones.get(caller) ?? { agents: new Set<string>(), saw: [] };
      const talked = phones.saw.filter((what) => what === 'talks').length;
      account.invited += phones.saw.filter((what) => what !== 'talks').length;
      if (record === undefined) account.unheard += 1;
      else if (record.connectedAt === undefined) account.abandoned += 1;
      else account.served += 1;
      account.answeredInVain += talked - (record?.connectedAt === undefined ? 0 : 1);
      const fault = faultOf(outcome, phones, record, this.#wasAway(at));
      if (fault !== undefined) wrong.push(`${caller}: ${fault}: ${outcome}; ${phones.saw}; ${JSON.stringify(record)}`);
    }
    expect(wrong).toEqual([]);
    return account;
  }

  /** The router's sums are SIPp's. */
  async hasCounted({ calls, served, abandoned, unheard, invited }: Account, began: number): Promise<void> {
    const intervalMs = 300_000;
    const from = Math.floor(began / intervalMs) * intervalMs;
    const to = Math.ceil((Date.now() + 1) / intervalMs) * intervalMs;
    const sum = async (of: 'queues' | 'agents') => {
      const lines = (await this.admin.call('statistics.query', { of, from, to, intervalMs, by: 'all' }))[of] ?? [];
      return (member: string) =>
        lines.reduce((total, line) => total + (line as unknown as Record<string, number>)[member]!, 0);
    };
    const queue = await sum('queues');
    expect({
      offered: queue('offered'),
      answered: queue('answered'),
      abandoned: queue('abandoned'),
      otherwise: queue('endedOtherwise') + queue('movedOn') + queue('refused'),
    }).toEqual({ offered: calls - unheard, answered: served, abandoned, otherwise: 0 });
    // Nobody was rung twice for one offer; one that was withdrawn at once has rung nobody.
    expect(queue('offers')).toBeGreaterThanOrEqual(invited);
    const agents = await sum('agents');
    expect({ answered: agents('answered'), handled: agents('handled') }).toEqual({ answered: served, handled: served });
  }

  async close(): Promise<void> {
    await this.adapter?.close();
    await this.#router.kill();
    await this.#first.close();
  }
}

/** Undefined: the accounts are the same. */
function faultOf(
  outcome: string,
  phones: AtTelephones,
  record: ContactRecord | undefined,
  wasAway: boolean,
): string | undefined {
  const saw = (...what: string[]) => phones.saw.some((one) => what.includes(one));
  const hungUp = outcome !== 'letGo';
  if (record === undefined) {
    if (!wasAway) return 'a call of which the router has no record, though it was there';
    if (!hungUp) return 'the caller was hung up by somebody who knows nothing of the call';
    return saw('talks') ? 'a telephone was rung for a call that the router has no record of' : undefined;
  }
  const { why, connectedAt, agentId } = record;
  if (connectedAt !== undefined && !phones.agents.has(agentId ?? '')) return 'served by a telephone that did not';
  switch (why) {
    case 'cancelled':
      return connectedAt === undefined && hungUp ? undefined : 'cancelled, and not by the caller';
    // Both may have hung up in the same moment, each without hearing of the other: then either is right.
    case 'byCustomer':
      return hungUp ? undefined : 'ended by the caller, who did not';
    case 'byAgent':
      return saw('hungUp', 'both') ? undefined : 'ended by the agent, who did not';
    default:
      return 'ended by nobody who was in it';
  }
}
