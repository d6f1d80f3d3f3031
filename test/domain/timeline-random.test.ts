// Random lives of a few people: their timelines against a plain list that the test keeps. At every look the whole is what the list has of
// all customers of the person, in order; pages of any size joined are the whole; filters are the whole, filtered; and after links and
// splits each has the union, or its own.

import { expect, test } from 'vitest';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const STEPS = 260;
const app = 'app:crm';
const people = 5;

interface Known {
  readonly at: number;
  readonly what: string;
  readonly kind: string;
  readonly channel: string | undefined;
  readonly customers: readonly number[];
}
interface Link {
  readonly linkId: string;
  readonly ends: readonly [number, number];
}

test('a timeline is what took place, whoever is one with whom', { timeout: 120_000 }, async () => {
  const seed = seedOfThisRun();
  console.log(`timeline: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  const world = await DomainWorld.start();
  const list: Known[] = [];
  const links: Link[] = [];
  const live: { readonly contactId: string; readonly customer: number; readonly channel: string }[] = [];
  const identity = (customer: number) => ({ scheme: 'member', value: `m${customer}` });
  const happened = (kind: string, what: string, customers: readonly number[], channel?: string) =>
    list.push({ at: world.clock.now(), kind, what, customers, channel });

  await world.ok('admin:root', 'queue.set', { queueId: 'q', channels: ['voice', 'chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'anna', capacity: { voice: 1 } });
  for (let customer = 1; customer <= people; customer++)
    await world.ok(app, 'customer.resolve', { identity: identity(customer) });

  /** By the links that hold. */
  const personOf = (customer: number): number[] => {
    const found = new Set([customer]);
    for (let size = 0; size !== found.size; ) {
      size = found.size;
      for (const { ends } of links) if (ends.some((end) => found.has(end))) for (const end of ends) found.add(end);
    }
    return [...found].sort((one, other) => one - other);
  };

  const steps: (() => Promise<void>)[] = [
    async () => {
      const [customer, channel, contactId] = [
        random.between(1, people),
        random.pick(['voice', 'chat']),
        `k${list.length}`,
      ];
      await world.ok('switch:pbx', 'contact.create', {
        contactId,
        channel,
        queueId: 'q',
        identity: identity(customer),
      });
      happened('contact', contactId, [customer], channel);
      live.push({ contactId, customer, channel });
    },
    async () => {
      if (live.length === 0) return;
      const { contactId, customer } = random.pick(live);
      const messageId = `t${list.length}`;
      await world.ok('switch:pbx', 'contact.send', { contactId, messageId, message: { text: messageId } });
      happened('message', messageId, [customer]);
    },
    async () => {
      if (live.length < 2) return;
      const [{ contactId }] = live.splice(random.between(0, live.length - 1), 1) as [(typeof live)[number]];
      await world.ok('switch:pbx', 'contact.end', { contactId });
    },
    async () => {
      const [customer, businessId, status] = [random.between(1, people), `b${list.length}`, `s${list.length}`];
      const channel = random.pick(['voice', 'chat']);
      await world.ok(app, 'business.put', { customerId: `c${customer}`, businessId, type: 'order', status, channel });
      happened('business', `${businessId} ${status}`, [customer], channel);
    },
    async () => {
      const customer = random.between(1, people);
      await world.ok(app, 'affinity.set', { customerId: `c${customer}`, agentId: 'anna' });
      happened('affinity', 'anna', [customer]);
    },
    async () => {
      const [one, other, linkId] = [random.between(1, people), random.between(1, people), `l${list.length}`];
      if (one === other || personOf(one).includes(other)) return;
      await world.ok(app, 'customer.merge', { linkId, customerId: `c${one}`, otherId: `c${other}` });
      links.push({ linkId, ends: [one, other] });
      happened('link', linkId, [one, other]);
    },
    async () => {
      if (links.length === 0 || random.chance(60)) return;
      const [{ linkId, ends }] = links.splice(random.between(0, links.length - 1), 1) as [Link];
      await world.ok(app, 'customer.split', { linkId });
      happened('split', linkId, ends);
    },
  ];

  const ask = async (asked: Members) =>
    (await world.ok(app, 'customer.timeline', asked)) as unknown as { entries: Members[]; cursor?: string };
  const pages = async (asked: Members, limit: number) => {
    const all: Members[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await ask({ ...asked, limit, ...(cursor !== undefined && { cursor }) });
      all.push(...page.entries);
      if (page.cursor === undefined) return all;
      cursor = page.cursor;
    }
  };
  const whatOf = ({ kind, details, contactId }: Members): string => {
    const { messageId, linkId, agentId, businessId, status } = details as Record<string, string>;
    if (kind === 'contact') return contactId as string;
    return businessId === undefined ? ((messageId ?? linkId ?? agentId) as string) : `${businessId} ${status}`;
  };
  const lines = (all: readonly { readonly at: number; readonly kind: string; readonly what: string }[]) =>
    all.map(({ at, kind, what }) => `${at} ${kind} ${what}`).sort();
  const seen = (all: readonly Members[]) =>
    lines(all.map((one) => ({ at: one.at as number, kind: one.kind as string, what: whatOf(one) })));

  const look = async () => {
    const customer = random.between(1, people);
    const person = personOf(customer);
    const own = list.filter(({ customers }) => customers.some((one) => person.includes(one)));
    const named = random.chance(50) ? { customerId: `c${customer}` } : { identity: identity(customer) };
    const whole = (await ask({ ...named, limit: 1_000 })).entries;
    expect(seen(whole)).toEqual(lines(own));
    const times = whole.map(({ at }) => at as number);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    for (const { customerId } of whole) expect(person.map((one) => `c${one}`)).toContain(customerId);
    expect(await pages(named, random.between(1, 40))).toEqual(whole);
    const kinds = random.some(['contact', 'message', 'business', 'affinity', 'link', 'split'], 3);
    if (kinds.length > 0)
      expect(await pages({ ...named, kinds }, random.between(1, 30))).toEqual(
        whole.filter(({ kind }) => kinds.includes(kind as string)),
      );
    expect(await pages({ ...named, channels: ['chat'] }, random.between(1, 30))).toEqual(
      whole.filter(({ channel }) => channel === 'chat'),
    );
    const picked = [random.pick(times.length === 0 ? [0] : times), random.pick(times.length === 0 ? [9] : times)];
    // A period that ends before it begins is refused.
    const [from, to] = [Math.min(...picked), Math.max(...picked) + 1];
    expect((await ask({ ...named, from, to, limit: 1_000 })).entries).toEqual(
      whole.filter(({ at }) => (at as number) >= from && (at as number) < to),
    );
  };

  for (let step = 0; step < STEPS; step++) {
    await random.pick(steps)();
    if (random.chance(70)) await world.pass(random.pick([1, 1, 7, 900, 40_000]));
    if (step % 13 === 0) await look();
  }
  await world.reopen();
  for (let looks = 0; looks < 5; looks++) await look();
  await expectSurvivesLoad(world);
  await world.stop();
});
