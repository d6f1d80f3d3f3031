// A customer with money, two agents who are paid for what they write and hand over, and what tests of that ask for again and again.

import { expect } from 'vitest';
import { DomainWorld, type Members, type Who } from './domain-world.ts';

export const shop: Who = 'app:shop';
export const page: Who = 'customer:kim';
export const ann: Who = 'agent:ann';
export const ben: Who = 'agent:ben';
export const eur = (amount: number) => ({ amount, currency: 'EUR' });

export class PaidStage {
  readonly world: DomainWorld;
  #deposits = 0;
  #quotes = 0;

  private constructor(world: DomainWorld) {
    this.world = world;
  }

  static async start(): Promise<PaidStage> {
    const world = await DomainWorld.start();
    const stage = new PaidStage(world);
    const channels = ['chat', 'voice'];
    for (const queueId of ['experts', 'others'])
      await world.ok('admin:root', 'queue.set', { queueId, channels, wrapUpMs: 0, offerMs: 600_000 });
    for (const agentId of ['ann', 'ben']) {
      await world.ok('admin:root', 'agent.set', { agentId, capacity: { chat: 3, voice: 1 } });
      await world.ok(`agent:${agentId}`, 'agent.login');
      await world.ok(`agent:${agentId}`, 'agent.setOneRinging', { on: false });
      await world.ok(`agent:${agentId}`, 'agent.ready');
      await world.ok(shop, 'account.open', { accountId: agentId, owner: 'agent', agentId, currency: 'EUR' });
    }
    const identity = { scheme: 'visitor', value: 'kim' };
    await world.ok(shop, 'customer.resolve', { identity });
    await world.ok(shop, 'account.open', { accountId: 'kim', owner: 'customer', identity, currency: 'EUR' });
    return stage;
  }

  tenant(paidContacts: Members): Promise<Members> {
    return this.world.ok('admin:root', 'tenant.set', { paidContacts });
  }

  deposit(amount: number): Promise<Members> {
    return this.world.ok(shop, 'account.deposit', {
      paymentId: `in${++this.#deposits}`,
      accountId: 'kim',
      money: eur(amount),
    });
  }

  account(accountId = 'kim'): Promise<Members> {
    return this.world.ok(shop, 'account.get', { accountId });
  }

  async balance(accountId = 'kim'): Promise<number> {
    return (await this.account(accountId)).balance as number;
  }

  /** A rate of ann's, or of the pool, and a quote of it for the page. */
  async quoted(more: Members = {}): Promise<string> {
    const quoteId = `q${++this.#quotes}`;
    const receiver = (more.receiver as Members | undefined) ?? { agentId: 'ann' };
    const rate = { rateId: quoteId, receiver, per: 'message', price: eur(50), ...more };
    await this.world.ok(shop, 'rate.publish', rate);
    await this.world.ok(page, 'quote.request', { quoteId, channel: 'chat', receiver });
    // What was quoted holds all the same.
    await this.world.ok(shop, 'rate.withdraw', { rateId: quoteId });
    return `${quoteId}.1`;
  }

  create(contactId: string, quoteId: string, more: Members = {}) {
    const params = { contactId, channel: 'chat', queueId: 'experts', agentId: 'ann', quoteId, ...more };
    return this.world.call(page, 'contact.create', params);
  }

  /** With ann, or whoever is named. */
  async connected(contactId: string, quoteId: string, more: Members = {}): Promise<void> {
    const answer = await this.create(contactId, quoteId, more);
    expect(answer).toHaveProperty('result');
    await this.accepts(contactId);
  }

  async accepts(contactId: string): Promise<void> {
    const { offerId, agentId } = await this.world.ok(shop, 'contact.get', { contactId });
    await this.world.ok(`agent:${agentId as string}`, 'offer.accept', { offerId });
    await this.world.idle();
  }

  writes(who: Who, contactId: string, messageId: string, text = messageId) {
    return this.world.call(who, 'contact.send', { contactId, messageId, message: { text } });
  }

  async wrote(who: Who, contactId: string, messageId: string): Promise<string> {
    return outcomeOf(await this.writes(who, contactId, messageId));
  }

  async ends(contactId: string): Promise<void> {
    await this.world.ok(page, 'contact.end', { contactId });
    await this.world.idle();
  }

  async receipts(contactId: string): Promise<Members[]> {
    return (await this.world.ok(shop, 'receipt.list', { contactId })).receipts as Members[];
  }

  async texts(contactId: string): Promise<string[]> {
    const { messages } = await this.world.ok(page, 'contact.messages', { contactId });
    return (messages as Members[]).map(({ text }) => text as string);
  }

  /** Who was told what of an event since told() was asked last. */
  told(event: string): Members[] {
    return this.world
      .told()
      .filter((one) => one.event === event)
      .map(({ to, params }) => ({ to, ...params }));
  }
}

export function outcomeOf(answer: object): string {
  return 'result' in answer ? 'done' : (answer as { refusal: { refusal: string } }).refusal.refusal;
}
