// Messages and documents that are paid for, over real sockets: a router that is gone between the offer and the sale, an answer that is lost,
// a page that is back; and nothing is paid twice, or given unpaid.

import { expect, test } from 'vitest';
import { restart, startFloor } from './floor.ts';
import { tokenFor } from './router-harness.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const identity = { scheme: 'visitor', value: 'kim' };
const content = Buffer.from('the whole contract').toString('base64');

test('a document is offered, bought over a restart, and given again to a page that never saw the answer', async () => {
  const { router, floor } = await startFloor();
  await floor.admin.call('tenant.set', { paidContacts: { taxBasisPoints: 1_900, commissionBasisPoints: 2_000 } });
  await floor.queue('chats', { channels: ['chat'], wrapUpMs: 0 });
  const shop = await router.open('app', 'shop');
  await shop.call('customer.resolve', { identity });
  await shop.call('account.open', { accountId: 'kim', owner: 'customer', identity, currency: 'EUR' });
  await shop.call('account.deposit', { paymentId: 'in', accountId: 'kim', money: eur(1_000) });
  const ann = await floor.agent('ann', { capacity: { chat: 1 } });
  await shop.call('account.open', { accountId: 'ann', owner: 'agent', agentId: 'ann', currency: 'EUR' });
  await ann.call('rate.publish', { rateId: 'word', receiver: { agentId: 'ann' }, per: 'message', price: eur(50) });
  const page = await router.open('customer', 'kim');
  await page.call('quote.request', { quoteId: 'q', channel: 'chat' });
  await page.call('contact.create', {
    contactId: 'c',
    channel: 'chat',
    queueId: 'chats',
    agentId: 'ann',
    quoteId: 'q.1',
  });
  const { offerId } = await ann.next('offer.created');
  await ann.call('offer.accept', { offerId });
  await ann.call('contact.send', { contactId: 'c', messageId: 'm1', message: { text: 'I have a contract for you' } });

  const handed = { documentId: 'd', contactId: 'c', title: 'The contract', mediaType: 'text/plain', content };
  await ann.call('document.hand', { ...handed, price: eur(238) });
  expect(await page.next('document.offered')).toMatchObject({ title: 'The contract', price: eur(238), bytes: 18 });
  await restart(router, [floor.admin, floor.sw, shop, ann, page]);
  const { documents } = await page.call('document.list', {});
  expect(documents).toMatchObject([{ documentId: 'd', state: 'offered' }]);
  expect(documents[0]).not.toHaveProperty('content');

  // Asked for on a line that breaks: whether it was heard, nobody there knows.
  const line = await router.socket();
  await line.call('session.open', { token: await tokenFor('customer', 'kim') });
  line.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'document.collect', params: { documentId: 'd' } }));
  line.close();
  await ann.call('contact.send', { contactId: 'c', messageId: 'm2', message: { text: 'Have you read it?' } });
  await restart(router, [floor.admin, floor.sw, shop, ann, page]);
  for (const message of ['m1', 'm2'])
    await ann
      .call('contact.send', { contactId: 'c', messageId: message, message: { text: 'another' } })
      .then(() => expect.fail('it is there already'))
      .catch((error: { refusal?: string }) => expect(error.refusal).toBe('message_exists_with_different_content'));
  for (let time = 0; time < 2; time++)
    expect(await page.call('document.collect', { documentId: 'd' })).toMatchObject({ state: 'collected', content });
  await page.call('contact.end', { contactId: 'c' });
  await page.next('payment.receipt', ({ per }) => per === 'message');

  const { receipts } = await shop.call('receipt.list', {});
  expect(receipts).toMatchObject([
    { receiptId: '1', documentId: 'd', per: 'document', total: eur(238), tax: eur(38) },
    { receiptId: '2', per: 'message', lines: [{ count: 2, amount: 50 }], total: eur(100) },
  ]);
  expect(await shop.call('account.get', { accountId: 'kim' })).toMatchObject({ balance: 662, held: 0 });
  const { accounts } = await shop.call('account.list', {});
  expect(accounts.reduce((sum, { balance }) => sum + balance, 0)).toBe(0);
  await expect(page.call('document.collect', { documentId: 'other' })).rejects.toMatchObject({
    refusal: 'document_not_found',
  });
});
