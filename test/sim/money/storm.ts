// A storm of paid contacts: receivers with rates of all kinds, customers who run out of money and pay in, holds, transfers, other devices,
// refunds, disputes, a payment provider that declines, forgets and repeats itself; and a machine that loses its power in between.
//
//   burst ─ everybody does something at once ─▶ floor ─▶ what was told ─▶ contact-account.ts: when each contact counted, and for whom
//     │                                                                        │ over: plain-price.ts, by itself
//     └─ every so often: all that the router shows is compared ◀── own-books.ts ◀┘
//
// Whatever was not answered when the power went is asked again under the same ids. Drawn from a seed; the same seed is the same storm.

import type { Audience, ClientAnswer } from '../../../src/engine/egress.ts';
import { postMethod } from '../../../src/webhooks/posting.ts';
import { Asking } from './asking.ts';
import { Comparing } from './comparing.ts';
import type { PaidCall, ReceiptShown } from './contact-account.ts';
import type { Members } from './floor.ts';
import { Paying } from './paying.ts';
import { Selling } from './selling.ts';
import { Setting } from './setting.ts';
import { large, queues, type StormSize, StormWorld } from './storm-world.ts';

export interface StormReport {
  readonly contacts: number;
  readonly charged: number;
  readonly cutOff: number;
  readonly held: number;
  readonly moved: number;
  readonly sentOn: number;
  readonly messages: number;
  readonly documents: number;
  readonly refunds: number;
  readonly disputes: number;
  readonly payments: number;
  readonly refused: number;
  readonly crashes: number;
  readonly restarts: number;
  readonly trapped: number;
  readonly breaches: readonly string[];
}

const burstsALook = 40;
const burstsAStrike = 10;

export class MoneyStorm {
  readonly #world: StormWorld;
  readonly #asking: Asking;
  readonly #paying: Paying;
  readonly #selling: Selling;
  readonly #setting: Setting;
  readonly #comparing: Comparing;
  readonly #offers = new Map<string, { readonly agentId: string; readonly contactId: string }>();
  readonly #legs = new Map<string, { isAnswered: boolean; readonly contactId: string | undefined }>();
  #bursts = 0;

  constructor(seed: number, size: StormSize = large) {
    this.#world = new StormWorld(
      seed,
      {
        told: (...told) => this.#told(...told),
        asked: (...asked) => this.#asked(...asked),
        away: (lastTickAt, backAt) => this.#world.contacts.wasAway(lastTickAt, backAt),
        back: (lastTickAt) => this.#back(lastTickAt),
      },
      size,
    );
    this.#asking = new Asking(this.#world, async () => {
      await this.#selling.settle();
      await this.#comparing.settleContacts();
    });
    this.#selling = new Selling(this.#world, this.#asking);
    this.#paying = new Paying(this.#world, this.#asking);
    this.#setting = new Setting(this.#world, this.#asking, this.#paying);
    this.#comparing = new Comparing(this.#world, this.#asking, this.#selling);
  }

  async play(contacts: number, progress: (contacts: number) => void = () => undefined): Promise<StormReport> {
    await this.#world.floor.open();
    await this.#setting.setUp();
    let said = 0;
    while (this.#world.contacts.created < contacts && this.#world.breaches.length === 0) {
      await this.#burst();
      if (this.#world.contacts.created - said >= 1_000) {
        said = this.#world.contacts.created;
        progress(said);
      }
    }
    await this.#comparing.comesToRest();
    const { power, worker, full, stops } = this.#world.floor.struck;
    if (this.#world.floor.failed !== undefined) this.#world.breach(this.#world.floor.failed);
    await this.#world.floor.close();
    const { cutOff, held, moved, sentOn, refunds, disputes, refused, charged, messages, documents } = this.#world.count;
    return {
      ...{ cutOff, held, moved, sentOn, refunds, disputes, refused, charged, messages, documents },
      contacts: this.#world.contacts.created,
      payments: this.#world.books.payments.length,
      crashes: power,
      restarts: stops,
      trapped: worker + full,
      breaches: this.#world.breaches,
    };
  }

  // ── A burst ───────────────────────────────────────────────────────────────────────────────────────────────────
  async #burst(): Promise<void> {
    const { random, size } = this.#world;
    const { bornMax } = size;
    this.#bursts += 1;
    if (this.#bursts % burstsALook === 0) await this.#comparing.look();
    if (this.#bursts % burstsALook === 1) await this.#world.floor.keepsHouse();
    if (this.#bursts % 400 === 0) await this.#setting.settings();
    if (this.#bursts % 200 === 0) await this.#setting.quote();
    if (this.#bursts % burstsAStrike === 0) this.#strikes();
    if (random.chance(0.004)) await this.#world.floor.stopFor(random.pick([0, 900, 60_000]));
    await this.#world.floor.goOn(this.#world.floor.now + random.whole(0, 4_000));
    await this.#asking.settled();
    this.#world.gained.clear();
    this.#world.contacts.begins();
    for (let born = random.whole(0, bornMax); born > 0; born--) this.#creates();
    this.#answerOffers();
    for (const call of this.#world.contacts.live) if (random.chance(0.12)) this.#happensTo(call);
    for (let deeds = random.whole(0, bornMax >> 2); deeds > 0; deeds--) this.#paying.paysInOrOut();
    for (let deeds = random.whole(0, bornMax >> 4); deeds > 0; deeds--) this.#paying.takesBack();
    for (let deeds = random.whole(0, bornMax >> 2); deeds > 0; deeds--) this.#selling.collects();
    await this.#asking.settled();
  }

  #strikes(): void {
    const random = this.#world.random;
    const turn = random.whole(1, 40);
    if (random.chance(0.15)) return this.#world.floor.arm({ at: 'step', turn, how: random.pick(['before', 'after']) });
    if (random.chance(0.15))
      return this.#world.floor.arm({ at: 'apply', turn: random.whole(1, 5), how: random.pick(['before', 'after']) });
    const how = random.pick(['before', 'before', 'after', 'after', 'after', 'lost', 'written', 'full'] as const);
    this.#world.floor.arm({ at: 'append', turn, how });
  }

  #creates(): void {
    const random = this.#world.random;
    const customer = random.pick(this.#world.customers);
    const quote = random.pick(this.#world.quotes);
    const { currency } = quote.terms.price;
    const fitting = customer.accounts.filter((accountId) => this.#world.currencyOf.get(accountId) === currency);
    if (fitting.length === 0) return;
    const contactId = `c${++this.#world.number}`;
    // Unless another one is named, it is the oldest.
    const accountId = this.#world.random.chance(0.5) ? (fitting[0] as string) : this.#world.random.pick(fitting);
    const { queueId = random.pick(queues), agentId } = quote;
    const isCall = quote.channel === 'voice';
    const call = this.#world.contacts.asked({ contactId, quote, accountId, queueId, isCall });
    const params = {
      ...{ contactId, channel: quote.channel, queueId, identity: customer.identity, quoteId: quote.quoteId },
      ...(accountId !== fitting[0] && { accountId }),
      ...(agentId !== undefined && { agentId, direct: { waitMs: 60_000, orElse: random.pick(['end', 'queue']) } }),
      ...(isCall && { legId: `leg-${contactId}` }),
    };
    if (isCall) this.#legs.set(`leg-${contactId}`, { isAnswered: true, contactId });
    const done = (result: Members) => {
      if (result.contactId === contactId) return this.#world.contacts.isThere(call);
      // A second call of somebody who is served already: it goes on at the other device.
      this.#world.count.moved += 1;
      this.#world.contacts.isName(call);
    };
    const refused = () => {
      this.#legs.delete(`leg-${contactId}`);
      this.#world.contacts.never(call);
    };
    if (isCall) this.#asking.do('switch', 'pbx', 'contact.create', params, done, refused);
    else this.#asking.do('app', 'crm', 'contact.create', params, done, refused);
  }

  #answerOffers(): void {
    for (const [offerId, { agentId, contactId }] of [...this.#offers]) {
      if (!this.#world.random.chance(0.8)) continue;
      const call = this.#world.contacts.of(contactId);
      if (call === undefined || !this.#world.contacts.takes(call)) continue;
      this.#offers.delete(offerId);
      if (this.#world.random.chance(0.06))
        this.#asking.do('agent', agentId, 'offer.reject', { offerId, requestId: this.#world.requestId() });
      else this.#asking.do('agent', agentId, 'offer.accept', { offerId, requestId: this.#world.requestId() });
    }
  }

  /** One thing at a time, so that nobody has to know what came first when the power went. */
  #happensTo(call: PaidCall): void {
    const random = this.#world.random;
    const { contactId, agentId } = call;
    if (!this.#world.contacts.takes(call)) return;
    const requestId = this.#world.requestId();
    if (agentId === undefined) {
      if (random.chance(0.1)) this.#asking.do('supervisor', 'boss', 'contact.end', { contactId, requestId });
      return;
    }
    const { per } = call.quote.terms;
    if (!call.isCall && random.chance(per === 'message' ? 0.6 : 0.05)) return this.#selling.writes(call, agentId);
    if (random.chance(per === 'document' ? 0.4 : 0.1)) return this.#selling.hands(call, agentId);
    const what = random.fraction();
    if (what < 0.22) {
      this.#world.count.held += 1;
      this.#asking.do('agent', agentId, call.isHeld ? 'contact.resume' : 'contact.hold', { contactId, requestId });
    } else if (what < 0.32) {
      this.#world.count.sentOn += 1;
      const to = random.chance(0.6)
        ? { agentId: `a${random.whole(0, this.#world.size.agents - 1)}` }
        : { queueId: random.pick(queues) };
      const sent = () => 'queueId' in to && this.#world.contacts.sentTo(call, to.queueId as string);
      if (to.agentId !== agentId)
        this.#asking.do('agent', agentId, 'contact.transfer', { contactId, to, requestId }, sent);
    } else if (what < 0.6) this.#asking.do('agent', agentId, 'contact.end', { contactId, requestId });
    else if (what < 0.7) this.#asking.do('supervisor', 'boss', 'contact.end', { contactId, requestId });
  }

  // ── What is told and asked ────────────────────────────────────────────────────────────────────────────────────
  #told({ role, sub }: Audience, event: string, params: Members): void {
    const { now } = this.#world.floor;
    const contactId = String(params.contactId);
    if (role === 'agent') {
      if (event === 'offer.created') this.#offers.set(String(params.offerId), { agentId: sub, contactId });
      else if (event === 'offer.withdrawn') this.#offers.delete(String(params.offerId));
      return;
    }
    if (event === 'contact.moved' || event === 'contact.notMoved')
      return this.#world.contacts.nameIsOver(String(params.name));
    const call = this.#world.contacts.of(contactId) ?? this.#world.contacts.goesOwnWay(contactId);
    if (event === 'payment.receipt') this.#world.contacts.receipt(params as unknown as ReceiptShown);
    if (call === undefined) return;
    if (event === 'contact.connected') this.#world.contacts.connected(call, String(params.agentId), now);
    else if (event === 'contact.parted') this.#world.contacts.parted(call, now);
    else if (event === 'contact.held') this.#world.contacts.held(call, true, now);
    else if (event === 'contact.resumed') this.#world.contacts.held(call, false, now);
    else if (event === 'contact.ended') this.#world.contacts.over(call, String(params.why), now);
  }

  #asked({ role }: Audience, method: string, params: Members): ClientAnswer | undefined {
    if (method === postMethod) return this.#paying.providerAsked(params);
    if (role !== 'switch') return undefined;
    const legId = String(params.legId);
    if (method === 'leg.release') this.#legs.delete(legId);
    if (method === 'leg.ring') {
      this.#legs.set(legId, { isAnswered: true, contactId: undefined });
      this.#world.floor.at(this.#world.floor.now, () => this.#asking.do('switch', 'pbx', 'leg.answered', { legId }));
    }
    return { result: {} };
  }

  // ── Back again ────────────────────────────────────────────────────────────────────────────────────────────────
  /** What nobody was told has happened in the moment in which the power went. */
  async #back(lastTickAt: number): Promise<void> {
    const { now } = this.#world.floor;
    this.#offers.clear();
    const reads = [...this.#world.contacts.live].map(async (call) => {
      const said = await this.#world.floor.ask('admin', 'reader', 'contact.get', { contactId: call.contactId });
      if (said === 'gone') throw new Error('gone again');
      this.#world.contacts.foundAs(call, 'result' in said ? said.result : undefined, lastTickAt, now);
    });
    await Promise.all([...reads, ...this.#world.contacts.names.map((name) => this.#nameBack(name, lastTickAt, now))]);
    for (const call of this.#world.contacts.live)
      for (const { offerId, agentId } of call.offers) this.#offers.set(offerId, { agentId, contactId: call.contactId });
    const legs = [...this.#legs]
      .filter(([, { contactId }]) => contactId === undefined || this.#world.contacts.of(contactId)?.isThere !== false)
      .map(([legId, { contactId }]) => ({ legId, state: 'answered', ...(contactId !== undefined && { contactId }) }));
    const said = await this.#world.floor.ask('switch', 'pbx', 'switch.report', { legs, complete: true });
    if (said === 'gone' || !('result' in said)) throw new Error(`the switch cannot report: ${JSON.stringify(said)}`);
    for (const legId of said.result.release as string[]) this.#legs.delete(legId);
  }

  async #nameBack(contactId: string, lastTickAt: number, now: number): Promise<void> {
    const said = await this.#world.floor.ask('admin', 'reader', 'contact.get', { contactId });
    if (said === 'gone') throw new Error('gone again');
    if (!('result' in said)) return this.#world.contacts.nameIsOver(contactId);
    if (said.result.contactId !== contactId) return;
    const call = this.#world.contacts.goesOwnWay(contactId);
    if (call !== undefined) this.#world.contacts.foundAs(call, said.result, lastTickAt, now);
  }
}
