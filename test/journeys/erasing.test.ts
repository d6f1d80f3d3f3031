// A customer is erased over real sockets, from a router in a process of its own: texts that nothing else has are in the files of the data
// directory before, and in none of them once the stated time is over, however they could be written there. Killed at any moment on the
// way, the router comes to the same.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { RefusedError } from '../../src/client/client.ts';
import { lastingPort, RouterProcess, sleep, temporaryFolder } from './router-harness.ts';

const running: RouterProcess[] = [];
afterEach(async () => {
  for (const router of running.splice(0)) await router.close();
});

const withinMs = 3_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const eur = (amount: number) => ({ amount, currency: 'EUR' });

async function start(folder = temporaryFolder(), port?: number): Promise<RouterProcess> {
  const flags = ['--erase-within-ms', String(withinMs)];
  const router = new RouterProcess({ folder, flags, ...(port !== undefined && { port }) });
  running.push(router);
  return router.listening();
}

interface Named {
  readonly tel: string;
  readonly email: string;
  readonly member: string;
  /** In every other text of the person. */
  readonly mark: string;
}
const anna: Named = {
  tel: '+4930555000111',
  email: 'quittenbaum@anna.example',
  member: 'M-778899001',
  mark: 'Zwetschge',
};
const bert: Named = { tel: '+4930555000222', email: 'holunder@bert.example', member: 'M-445566002', mark: 'Mirabelle' };

/** Everything of a customer for which there is a method. Returns the texts by which it is found. */
async function lives(router: RouterProcess, { tel, email, member, mark }: Named): Promise<string[]> {
  const app = await router.open('app', 'shop');
  const root = await router.open('admin', 'root');
  const ann = await router.open('agent', 'ann');
  const text = (what: string) => {
    texts.push(`${mark}-${what}`);
    return `${mark}-${what}`;
  };
  const texts = [tel, email, member];
  const identity = { scheme: 'member', value: member };
  const { customerId } = await app.call('customer.resolve', { identity, requestId: text('request') });
  await app.call('customer.link', {
    linkId: text('link'),
    customerId,
    identity: { scheme: 'email', value: email },
    why: text('because'),
  });
  await app.call('customer.link', { linkId: text('telephone'), customerId, identity: { scheme: 'tel', value: tel } });
  await app.call('customer.update', { customerId, attributes: { salutation: text('salutation') } });
  const accountId = text('account');
  await app.call('account.open', { accountId, owner: 'customer', customerId, currency: 'EUR' });
  await app.call('account.deposit', {
    paymentId: text('deposit'),
    accountId,
    money: eur(700),
    reason: text('reason'),
  });
  const contactId = text('contact');
  await app.call('contact.create', {
    contactId,
    channel: 'chat',
    queueId: 'chats',
    identity,
    from: tel,
    attributes: { wants: text('attribute') },
  });
  const { offerId } = await ann.next('offer.created');
  await ann.call('offer.accept', { offerId });
  await app.call('contact.send', {
    contactId,
    messageId: text('message'),
    // Long enough for pages of its own in the files.
    message: { text: `${text('written')} ${'and so on, '.repeat(600)}${text('at the end')}` },
  });
  await ann.call('business.put', {
    businessId: text('business'),
    contactId,
    type: 'order',
    status: 'new',
    title: text('title'),
    data: { of: text('data') },
  });
  await ann.call('contact.end', { contactId });
  await ann.call('contact.wrapUpDone', { contactId, notes: text('notes') });
  await app.call('rating.give', {
    ratingId: text('rating'),
    contactId,
    agentId: 'ann',
    items: { attitude: 5 },
    comment: text('comment'),
  });
  await app.call('callback.request', {
    callbackId: text('callback'),
    queueId: 'chats',
    number: tel,
    identity,
    at: Date.now() + 3_600_000,
    attributes: { about: text('about') },
  });
  await app.call('callback.cancel', { callbackId: texts.find((one) => one.endsWith('-callback')) as string });
  await root.call('caller.block', { number: tel, reason: text('blocked') });
  await app.call('account.withdraw', { paymentId: text('withdrawal'), accountId, money: eur(700) });
  return texts;
}

async function settings(router: RouterProcess): Promise<void> {
  const root = await router.open('admin', 'root');
  await root.call('tenant.set', { ratings: {}, messages: { keepDays: 30 } });
  await root.call('queue.set', { queueId: 'chats', channels: ['chat', 'voice'], wrapUpMs: 60_000, callback: {} });
  await root.call('agent.set', { agentId: 'ann', capacity: { chat: 3 } });
  const ann = await router.open('agent', 'ann');
  await ann.call('agent.login', {});
  await ann.call('agent.ready', {});
}

/** In which files each text is, however it could be written: as UTF-8, which MessagePack has as well, as UTF-16, or in base64. */
function filesWith(texts: readonly string[], dataDir: string): Map<string, string[]> {
  const found = new Map<string, string[]>(texts.map((text) => [text, []]));
  for (const name of readdirSync(dataDir, { recursive: true, encoding: 'utf8' })) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(dataDir, name));
    } catch {
      // A folder, the socket of the lock, or a file that has just been removed.
      continue;
    }
    for (const text of texts) if (forms(text).some((form) => bytes.includes(form))) found.get(text)?.push(name);
  }
  return found;
}

function forms(text: string): Buffer[] {
  const plain = Buffer.from(text, 'utf8');
  const wide = Buffer.from(text, 'utf16le');
  // Wherever it begins within three bytes; without the ends, which depend on what is beside it.
  const based = [0, 1, 2].map((shift) =>
    Buffer.from(
      Buffer.concat([Buffer.alloc(shift), plain])
        .toString('base64')
        .slice(4, -4),
    ),
  );
  return [plain, wide, Buffer.from(wide).swap16(), ...based];
}

const missing = (found: Map<string, string[]>) =>
  [...found].filter(([, files]) => files.length === 0).map(([text]) => text);
const left = (found: Map<string, string[]>) =>
  [...found].flatMap(([text, files]) => files.map((file) => `${text} in ${file}`));

test('texts of a customer who is erased are in every kind of file before, and in none of them in time', {
  timeout: 60_000,
}, async () => {
  const router = await start();
  await settings(router);
  const ofAnna = await lives(router, anna);
  const ofBert = await lives(router, bert);
  // The tables follow the journal.
  await sleep(1_000);
  const before = filesWith(ofAnna, router.dataDir);
  expect(missing(before)).toEqual([]);
  const kinds = new Set([...before.values()].flat().map((file) => file.replace(/.*\./, '')));
  expect([...kinds].sort()).toEqual(['mdb', 'segment']);

  const root = await router.open('admin', 'root');
  const erasure = await root.call('customer.erase', { identity: { scheme: 'email', value: anna.email } });
  expect(erasure.untilMs).toBeLessThanOrEqual(Date.now() + withinMs);
  expect(await root.next('customer.erased')).toMatchObject({ erasureId: erasure.erasureId, state: 'gone' });
  expect(Date.now()).toBeLessThan(erasure.untilMs + 2_000);
  expect(left(filesWith(ofAnna, router.dataDir))).toEqual([]);
  expect(missing(filesWith(ofBert, router.dataDir))).toEqual([]);
  // Nobody is known by it, and the books are whole.
  const app = await router.open('app', 'shop');
  expect(await app.refusal('customer.get', { identity: { scheme: 'member', value: anna.member } })).toBe(
    'customer_not_found',
  );
  const { accounts } = await app.call('account.list', {});
  expect(accounts.reduce((sum, { balance }) => sum + balance, 0)).toBe(0);
  expect(accounts.filter(({ isErased }) => isErased)).toMatchObject([{ accountId: 'erased/1', balance: 0 }]);
  // And after a stop, when everything that was open is closed.
  await router.kill('SIGTERM');
  expect(router.stderr).toBe('');
  expect(left(filesWith(ofAnna, router.dataDir))).toEqual([]);
  expect(missing(filesWith(ofBert, router.dataDir))).toEqual([]);
});

test(`killed on the way, at any moment, it comes to the same (seed ${seed})`, { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const port = await lastingPort();
  let router = await start(folder, port);
  await settings(router);
  const ofAnna = await lives(router, anna);
  const ofBert = await lives(router, bert);
  const root = await router.open('admin', 'root');
  const erasing = root.client.request(
    'customer.erase',
    { identity: { scheme: 'email', value: anna.email } },
    { retry: false },
  );
  erasing.catch(() => undefined);
  let random = seed;
  for (let round = 0; round < 5; round++) {
    random = (random * 48_271 + 11) % 2_147_483_647;
    // Before the answer, while rows go, while the files are written anew: that begins after half of the time.
    await sleep(round === 0 ? random % 20 : random % (withinMs / 2 + 400));
    await router.kill('SIGKILL');
    running.splice(running.indexOf(router), 1);
    router = await start(folder, port);
  }
  const again = await router.open('admin', 'other');
  const identity = { scheme: 'email', value: anna.email };
  // Where the first was lost with the process it is asked for now; where it was done nobody is known by the name.
  const answer = await again.client
    .request('customer.erase', { identity }, { retry: false })
    .catch((error: Error) => error);
  if (answer instanceof Error) expect((answer as RefusedError).refusal).toBe('customer_not_found');
  const state = async () => (await again.call('customer.erasure', { erasureId: 'erasure-1' })).state;
  await expect.poll(state, { timeout: 20_000 }).toBe('gone');
  expect(left(filesWith(ofAnna, router.dataDir))).toEqual([]);
  expect(missing(filesWith(ofBert, router.dataDir))).toEqual([]);
});
