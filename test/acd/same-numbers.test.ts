// The same numbers, whoever plays the day: an hour of random deeds over real sockets and in virtual time comes to the same statistics of queues and
// agents, interval by interval, and to the same records, to the millisecond; and to the same again when the router has restarted from what it
// had written. Every member of every line is compared, so one that is counted by what only one of the two has (a worker, a socket,
// a timer that came late) shows.
//
// While something is done the clock stands (fast-clock.ts), and no timer of the hour is due in it, so a machine that is slow changes nothing.
// `SEED=n` repeats a run.

import { afterAll, expect, test } from 'vitest';
import { RefusedError } from '../../src/client/errors.ts';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { Floor } from './floor.ts';
import { LiveStage } from './live-stage.ts';
import { playLines } from './sentences.ts';
import type { Members, Stage } from './stage.ts';
import { VirtualStage } from './virtual-stage.ts';

const pool = virtualCorePool();
afterAll(() => pool.close());

const begins = Date.parse('2026-03-02T08:30:00Z');
const from = Date.parse('2026-03-02T00:00:00Z');
const to = from + 86_400_000;
const longMs = 7_200_000;
const agents = ['anna', 'ben', 'cleo'] as const;
const queues = ['sales', 'help'] as const;
const deedsPerDay = 250;
/** An hour passes in some seconds. */
const speed = 500;

const opening = [
  `given queue sales {offerMs: ${longMs}, wrapUpMs: ${longMs}, afterRejectMs: 0, shortAbandonMs: 10 s}`,
  `given queue help {channels: [voice, chat], offerMs: ${longMs}, afterRejectMs: 0, select: leastContacts, maxWaiting: 3}`,
  ...agents.map((agent) => `given agent ${agent} {capacity: {voice: 1, chat: 2}}`),
  ...agents.map((agent) => `given ${agent} works on voice, chat, chat`),
];

/** What is done to the lines and contacts of an agent, by what each line does. */
async function deedOf(floor: Floor, random: Random, agentId: string): Promise<[method: string, params: Members]> {
  const { lines } = (await floor.look('agent.get', { agentId })) as { lines: { state: string; contactId?: string }[] };
  const busy = lines.filter(({ state }) => state !== 'free');
  if (busy.length === 0 || random.chance(10)) {
    const goes = random.chance(40);
    return goes ? ['agent.notReady', { reason: random.pick(['lunch', 'meeting']) }] : ['agent.ready', {}];
  }
  const { state, contactId = '' } = random.pick(busy);
  if (state === 'ringing') {
    const offerId = await floor.offerOf(agentId, contactId);
    return random.chance(75) ? ['offer.accept', { offerId }] : ['offer.reject', { offerId, reason: 'busy' }];
  }
  if (state === 'wrapUp') return ['contact.wrapUpDone', { contactId }];
  const { heldSince } = await floor.look('contact.get', { contactId });
  const to = random.chance(50) ? { queueId: random.pick(queues) } : { agentId: random.pick(agents) };
  return random.pick<[string, Members]>([
    ['contact.end', { contactId }],
    ['contact.end', { contactId }],
    [heldSince === undefined ? 'contact.hold' : 'contact.resume', { contactId }],
    ['contact.transfer', { contactId, to, waitMs: longMs }],
  ]);
}

async function dayOn(stage: Stage, seed: number): Promise<{ numbers: string[]; refused: number; done: string[] }> {
  const random = new Random(seed);
  const floor = new Floor(stage);
  const done: string[] = [];
  let refused = 0;
  /** Some of it is refused, as on any day. */
  const ask = async (who: string, method: string, params: Members): Promise<void> => {
    const party = await floor.party(who);
    const said = await party.request(method, params).then(
      () => 'done',
      (error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
        refused += 1;
        return String(error.refusal);
      },
    );
    done.push(`${stage.now() - begins}: ${who} ${method} ${JSON.stringify(params)}: ${said}`);
    // What follows from it has come about, be it by several timers that are due at once: on a busy machine each is a tick of its own.
    for (let round = 0; round < 3; round++) await stage.pass(0);
  };
  await playLines(opening, floor);
  const live: string[] = [];
  for (let deed = 0; deed < deedsPerDay; deed++) {
    if (random.chance(30)) await stage.pass(random.between(1, 120) * 500);
    else if (random.chance(35)) {
      const contactId = `c${deed}`;
      const queueId = random.pick(queues);
      const channel = queueId === 'help' && random.chance(60) ? 'chat' : 'voice';
      live.push(contactId);
      await ask('the switch', 'contact.create', { contactId, channel, queueId, priority: random.between(0, 3) });
    } else if (live.length > 0 && random.chance(12)) {
      await ask('the switch', 'contact.end', { contactId: random.pick(live) });
    } else {
      const agentId = random.pick(agents);
      const [method, params] = await deedOf(floor, random, agentId);
      await ask(agentId, method, params);
    }
  }
  // The last thing that is written down: what comes after it, before a restart, is nobody's.
  await playLines(['given agent dora'], floor);
  const numbers = [await numbersOf(floor)];
  await stage.restart(0);
  numbers.push(await numbersOf(floor));
  return { numbers, refused, done };
}

/** Everything that is counted, as texts. */
async function numbersOf(floor: Floor): Promise<string> {
  const told: string[] = [];
  for (const of of ['queues', 'agents'])
    for (const intervalMs of [300_000, 900_000, 1_800_000, 86_400_000])
      for (const by of ['each', 'all']) {
        const { csv, cursor } = await floor.look('statistics.export', { of, from, to, intervalMs, by, limit: 1_000 });
        expect(cursor).toBeUndefined();
        told.push(String(csv));
      }
  let cursor: unknown;
  do {
    const page = await floor.look('cdr.export', { format: 'jsonLines', ...(cursor !== undefined && { cursor }) });
    told.push(String(page.text));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return told.join('\n');
}

async function played(stage: Stage, seed: number) {
  try {
    return await dayOn(stage, seed);
  } finally {
    await stage.close();
  }
}

test('live, in virtual time, and after a restart of either', { timeout: 120_000 }, async () => {
  const seed = seedOfThisRun();
  console.log(`same numbers: SEED=${seed}`);
  const virtual = await played(new VirtualStage(begins, pool), seed);
  const live = await played(await LiveStage.open(begins, undefined, speed), seed);
  expect(live.done).toEqual(virtual.done);
  const [before, after] = live.numbers;
  expect(before).toBe(virtual.numbers[0]);
  expect(after).toBe(before);
  expect(virtual.numbers[1]).toBe(virtual.numbers[0]);
  // A day on which little happened would agree with any other.
  const answered = virtual.done.filter((line) => line.includes('offer.accept') && line.endsWith(': done')).length;
  expect(answered).toBeGreaterThan(6);
  expect(before!.split('\n').filter((line) => line.startsWith('{')).length).toBeGreaterThan(3);
});
