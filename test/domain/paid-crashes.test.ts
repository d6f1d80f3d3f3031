// The life of two paid contacts, one by time and one by the message with a document, with a crash at each of its steps: before what was
// done is on the disk, and when it is there and nobody has been told. Whoever was not answered asks again. In the end the books, the
// receipts and what was delivered are those of a life without a crash.

import { afterEach, beforeAll, expect, test } from 'vitest';
import type { MethodName } from '../../src/protocol/methods.ts';
import type { DiskOperation } from '../../src/store/memory-disk.ts';
import { booksBalance } from './books-balance.ts';
import type { DomainWorld, Members, Who } from './domain-world.ts';
import { ann, eur, PaidStage, page, shop } from './paid-stage.ts';

type Call = readonly [who: Who, method: MethodName, params: Members];
type Step = Call | { readonly passes: number };

let world: DomainWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const contact = (contactId: string, quoteId: string): Step => [
  page,
  'contact.create',
  { contactId, channel: 'chat', queueId: 'experts', agentId: 'ann', quoteId },
];
const text = (messageId: string): Step => [
  ann,
  'contact.send',
  { contactId: 'written', messageId, message: { text: messageId } },
];
const document = { title: 'The contract', mediaType: 'text/plain', content: 'SGVsbG8=' };

const life: readonly Step[] = [
  contact('talked', 'time.1'),
  [ann, 'offer.accept', { offerId: 'talked', requestId: 'accepts1' }],
  contact('written', 'words.1'),
  [ann, 'offer.accept', { offerId: 'written', requestId: 'accepts2' }],
  // More is held for what is talked meanwhile; what passes while no router is there is nobody's, so both are within one minute.
  { passes: 30_000 },
  { passes: 20_000 },
  text('m1'),
  text('m2'),
  [ann, 'document.hand', { documentId: 'd', contactId: 'written', ...document, price: eur(70) }],
  [page, 'document.collect', { documentId: 'd' }],
  text('m3'),
  [page, 'contact.end', { contactId: 'talked', requestId: 'ends1' }],
  [page, 'contact.end', { contactId: 'written', requestId: 'ends2' }],
  [page, 'document.collect', { documentId: 'd' }],
  [shop, 'payment.refund', { refundId: 'back', paymentId: 'receipt/1', reason: 'not what was said' }],
];

async function begun(): Promise<DomainWorld> {
  const stage = await PaidStage.start();
  await stage.tenant({
    taxBasisPoints: 1_900,
    commissionBasisPoints: 1_500,
    holdMs: 10_000,
    leastMs: 0,
    warnMs: 40_000,
  });
  await stage.deposit(1_000);
  const receiver = { agentId: 'ann' };
  for (const [quoteId, per, amount] of [
    ['time', 'startedMinute', 100],
    ['words', 'message', 30],
  ] as const) {
    await stage.world.ok(shop, 'rate.publish', { rateId: quoteId, receiver, per, price: eur(amount) });
    await stage.world.ok(page, 'quote.request', { quoteId, channel: 'chat', receiver });
    await stage.world.ok(shop, 'rate.withdraw', { rateId: quoteId });
  }
  return stage.world;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** In the place of an offer's id stands whose it is. */
async function callOf(of: DomainWorld, [who, method, params]: Call): Promise<Call> {
  if (method !== 'offer.accept') return [who, method, params];
  const { offerId } = await of.ok(shop, 'contact.get', { contactId: params.offerId });
  return [who, method, { ...params, offerId }];
}

async function crashed(of: DomainWorld, step: Step, when: 'before' | 'after'): Promise<void> {
  const call = 'passes' in step ? undefined : await callOf(of, step);
  let isHeld = false;
  const hold = ({ kind }: DiskOperation) => {
    if (kind !== 'append') return undefined;
    isHeld = true;
    return new Promise<never>(() => undefined);
  };
  of.store.disk.faults =
    when === 'before'
      ? { before: (operation) => hold(operation) ?? 'done' }
      : { after: (operation) => hold(operation) };
  if (call === undefined) of.clock.advance((step as { passes: number }).passes);
  // It is never answered.
  else void of.call(...call);
  await settled();
  of.store.disk.faults = {};
  of.store.disk.restart();
  await of.open();
  await of.idle();
  if (call === undefined) return;
  expect(isHeld).toBe(true);
  expect(await of.call(...call)).toHaveProperty('result');
  await of.idle();
}

async function lived(crashAt?: number, when: 'before' | 'after' = 'before'): Promise<unknown> {
  const of = await begun();
  world = of;
  for (const [at, step] of life.entries()) {
    if (at === crashAt) await crashed(of, step, when);
    else if ('passes' in step) await of.pass(step.passes);
    else {
      expect(await of.call(...(await callOf(of, step)))).toHaveProperty('result');
      await of.idle();
    }
  }
  await booksBalance(of);
  const accounts = (await of.ok(shop, 'account.list', {})).accounts as Members[];
  const receipts = (await of.ok(shop, 'receipt.list', {})).receipts as Members[];
  const { messages } = await of.ok(page, 'contact.messages', { contactId: 'written' });
  const documents = (await of.ok(page, 'document.list', {})).documents as Members[];
  return {
    accounts: accounts.map(({ accountId, balance, held, expected }) => ({ accountId, balance, held, expected })),
    receipts: receipts.map(({ receiptId, contactId, documentId, per, lines, total, tax, parts }) => ({
      ...{ receiptId, contactId, documentId, per, lines, total, tax, parts },
    })),
    texts: (messages as Members[]).map((message) => message.text),
    documents: documents.map(({ documentId, state, receiptId }) => ({ documentId, state, receiptId })),
  };
}

let usual: unknown;
beforeAll(async () => {
  usual = await lived();
  await world?.stop();
});

test('without a crash', () => {
  expect(usual).toMatchObject({
    accounts: expect.arrayContaining([{ accountId: 'kim', balance: 810, held: 0, expected: 0 }]),
    receipts: [
      { contactId: 'written', documentId: 'd', total: eur(70) },
      { contactId: 'talked', lines: [{ count: 1, amount: 100 }], total: eur(100) },
      { contactId: 'written', lines: [{ count: 3, amount: 30 }], total: eur(90) },
    ],
    texts: ['m1', 'm2', 'm3'],
    documents: [{ documentId: 'd', state: 'refunded', receiptId: '1' }],
  });
});

const named = (step: Step) => ('passes' in step ? `${step.passes} ms pass` : `${step[1]} ${Object.values(step[2])[0]}`);

for (const when of ['before', 'after'] as const)
  for (const [at, step] of life.entries())
    test(`with a crash ${when} step ${at + 1}, ${named(step)}, is on the disk`, async () => {
      expect(await lived(at, when)).toEqual(usual);
    });
