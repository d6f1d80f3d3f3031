// A live load on a router in a process of its own, which is killed with SIGKILL at random moments and started again; its
// clients resume by themselves. An auditor that shares no code with the router then says whether anything acknowledged
// was lost or done twice, and whether anything was ever where it must not be.
//
// SEED=n repeats the moments (what was under way at a moment still depends on the machine), KILLS=n their number.

import { expect, onTestFinished, test } from 'vitest';
import type { Party } from '../journeys/party.ts';
import { lastingPort, RouterProcess, sleep, temporaryFolder } from '../journeys/router-harness.ts';
import { Auditor } from './auditor.ts';
import { agents, newWorld, queues, SimulatedAgent, SimulatedSwitch } from './load.ts';
import { stateOf } from './pictures.ts';
import { SeededRandom } from './random.ts';

type Members = Readonly<Record<string, unknown>>;

const kills = Number(process.env.KILLS ?? 20);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Small files and many snapshots, so that every kind of housekeeping is under way at some kill. */
const flags = [
  ...['--snapshot-every-entries', '300', '--snapshot-every-ms', '1000'],
  ...['--segment-entries', '1000', '--seal-every-ms', '1500', '--ping-ms', '2000'],
];

test(`killed ${kills} times under load, the router loses nothing that it acknowledged and does nothing twice`, {
  timeout: 300_000,
}, async () => {
  console.log(`crash test: SEED=${seed} KILLS=${kills}`);
  const moments = new SeededRandom(seed);
  const auditor = new Auditor(agents);
  const settings = { folder: temporaryFolder(), flags, port: await lastingPort() };
  let router = await new RouterProcess(settings).listening();
  const complaints: string[] = [];
  const first = router;
  onTestFinished(async () => {
    world.stopped = true;
    await router.kill();
    await first.close();
  });

  const admin = await first.open('admin', 'boss', {}, { timeoutMs: 90_000 });
  await admin.call('config.apply', { document: { version: 1, queues: queues as never, agents: agents as never } });
  const supervisor = await first.open('supervisor', 'sup', {}, { timeoutMs: 90_000 });
  await supervisor.call('supervisor.watch', {});

  const world = newWorld(first, auditor, new SeededRandom(seed + 1));
  const switches = await Promise.all(['sw1', 'sw2', 'sw3'].map((who) => new SimulatedSwitch(who, world).open()));
  const seats = await Promise.all(agents.map(({ agentId }) => new SimulatedAgent(agentId, world).open()));
  const everybody = [...switches, ...seats];
  for (const somebody of everybody) somebody.start();
  const looking = lookAtSeats();

  for (let kill = 1; kill <= kills; kill++) {
    await sleep(moments.between(300, 3_300));
    const how = moments.pick(['at random', 'while asked', 'answer lost', 'answer lost'] as const);
    if (how !== 'at random') await justAfterRequest(moments.between(0, 8), how === 'answer lost');
    await router.kill('SIGKILL');
    complaints.push(router.stderr);
    router = new RouterProcess(settings);
  }
  await router.listening();

  world.ending = true;
  await untilAllAreServed();
  world.stopped = true;
  await Promise.all([...everybody.map((somebody) => somebody.finished()), looking]);

  await compareFinalPictures();
  await auditContacts();
  complaints.push(router.stderr);
  for (const { party, who } of everybody) for (const gap of party.gaps) auditor.breach(`${who}: ${gap}`);
  const stopped = await router.kill('SIGTERM');
  console.log(`crash test: ${JSON.stringify(Object.fromEntries([...auditor.seen].sort()))}`);

  expect(auditor.breaches).toEqual([]);
  expect(complaints.join('')).toBe('');
  expect(stopped).toEqual({ code: 0, signal: null });
  // Something has happened.
  for (const [what, least] of [
    ['contact.create', 5 * kills],
    ['contact.connected', 5 * kills],
    ['offer.withdrawn', kills],
    ['offer rang anew', 1],
    ['pictures compared', 20 * kills],
  ] as const) {
    expect(auditor.seen.get(what) ?? 0, what).toBeGreaterThanOrEqual(least);
  }

  /**
   * While a request is on its way, which a moment taken at random seldom hits: received, durable, or just answered. Where
   * the connection is cut, too, the answer does not arrive, so that the client asks the next process again.
   */
  async function justAfterRequest(ms: number, isCut: boolean): Promise<void> {
    const asked = new Promise<Party>((resolve) => {
      world.asked = resolve;
    });
    const party = await Promise.race([asked, sleep(2_000)]);
    if (isCut) party?.client.cut();
    const until = performance.now() + ms;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
  }

  async function lookAtSeats(): Promise<void> {
    while (!world.stopped) {
      const { agents: views } = await admin.call('agent.list', {});
      auditor.seats(views);
      await sleep(40);
    }
  }

  async function untilAllAreServed(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (everybody.some((one) => one.isBusy) || switches.some(({ unfinished }) => unfinished > 0)) {
      if (Date.now() > deadline) {
        auditor.breach(`not everybody was served: ${switches.map(({ unfinished }) => unfinished)} are left`);
        return;
      }
      await sleep(50);
    }
    await admin.until('the end of all wrap-ups', () => true);
    while ((await admin.call('contact.list', {})).contacts.length > 0) await sleep(50);
  }

  /** Everything is at rest now: what clients believe is what all lists show. */
  async function compareFinalPictures(): Promise<void> {
    const { agents: views } = await admin.call('agent.list', {});
    auditor.seats(views);
    for (const seat of seats) {
      const own = await seat.party.call('agent.get', {});
      auditor.compareAgent(`${seat.who} at the end`, seat.picture.shown, own);
      const { lines } = await seat.party.call('line.list', {});
      auditor.compare(`${seat.who}, line.list`, lines, own.lines);
      auditor.compare(
        `${seat.who}, agent.list`,
        views.find(({ agentId }) => agentId === seat.who),
        own,
      );
    }
    const watched = new Map((supervisor.state.agents as Members[]).map((view) => [view.agentId, stateOf(view)]));
    const since = supervisor.told.filter(({ epoch }) => epoch === supervisor.client.session.sessionEpoch);
    for (const { event, params } of since) if (event === 'agent.changed') watched.set(params.agentId, stateOf(params));
    for (const view of views) auditor.compare('the supervisor', watched.get(view.agentId), stateOf(view));
  }

  async function auditContacts(): Promise<void> {
    const app = await router.open('app', 'auditor');
    const views = new Map<string, Members>();
    for (const contactId of auditor.contactIds) {
      const view = await app.call('contact.get', { contactId }).catch(() => undefined);
      if (view !== undefined) views.set(contactId, view);
    }
    auditor.contacts(views);
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await app.call('contact.list', { state: 'ended', limit: 50, ...(cursor && { cursor }) });
      listed.push(...page.contacts.map(({ contactId }) => contactId));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    auditor.ended(listed);
    const { queues: numbers } = await supervisor.call('supervisor.watch', {});
    auditor.statistics(new Map(numbers.map((shown) => [shown.queueId, shown])), views);
    for (const identity of auditor.identities) {
      const shown = await app.call('customer.get', { identity: JSON.parse(identity) as never });
      auditor.customer(identity, shown, views);
    }
  }
});
