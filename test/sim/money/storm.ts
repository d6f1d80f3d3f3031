// A storm of paid contacts: receivers with rates of all kinds, customers who run out of money and pay in, holds, transfers, other devices,
// refunds, disputes, a payment provider that declines, forgets and repeats itself; and a machine that loses its power in between.
//
//   burst ─ everybody does something at once ─▶ floor ─▶ what was told ─▶ contact-account.ts: when each contact counted, and for whom
//     │                                                                        │ over: plain-price.ts, by itself
//     └─ every so often: all that the router shows is compared ◀── own-books.ts ◀┘
//
// Whatever was not answered when the power went is asked again under the same ids. Drawn from a seed; the same seed is the same storm.

import { confirmationSignature } from '../../../src/domain/ledger/provider-requests.ts';
import type { Audience, ClientAnswer, Role } from '../../../src/engine/egress.ts';
import { postMethod } from '../../../src/webhooks/posting.ts';
import { randomOf, type SimRandom } from '../random.ts';
import { ContactAccount, type PaidCall, type QuoteHeld, type ReceiptShown } from './contact-account.ts';
import { type Members, MoneyFloor, type Said } from './floor.ts';
import { OwnBooks, type OwnPayment } from './own-books.ts';
import type { PlainTerms } from './plain-price.ts';

export interface StormReport {
  readonly contacts: number;
  readonly charged: number;
  readonly cutOff: number;
  readonly held: number;
  readonly moved: number;
  readonly sentOn: number;
  readonly refunds: number;
  readonly disputes: number;
  readonly payments: number;
  readonly refused: number;
  readonly crashes: number;
  readonly restarts: number;
  readonly trapped: number;
  readonly breaches: readonly string[];
}

interface Deed {
  readonly role: Role;
  readonly sub: string;
  readonly method: string;
  readonly params: Members;
  readonly done: ((result: Members) => void) | undefined;
  readonly refused: ((refusal: string, data: Members) => void) | undefined;
}

interface Customer {
  readonly identity: { readonly scheme: string; readonly value: string };
  readonly accounts: readonly string[];
}

interface Pays {
  readonly payment: OwnPayment;
  readonly kind: 'deposit' | 'withdrawal' | 'refund';
  /** Of a refund. */
  readonly of?: OwnPayment;
  state: 'pending' | 'done' | 'declined';
}

const agents = 14;
const customers = 40;
const queues = ['experts', 'others'] as const;
const currencies = ['EUR', 'EUR', 'EUR', 'JPY'] as const;
const secret = `whsec_${Buffer.alloc(32, 'the provider of a storm').toString('base64')}`;
const burstsALook = 40;
const burstsAStrike = 10;
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/** Shortly before something happens to prices: midnight, the nights in which clocks change, the end of a cheap hour. */
const begins = [
  '2026-03-28T22:50:00Z',
  '2026-10-24T23:40:00Z',
  '2026-06-12T21:45:00Z',
  '2026-12-31T22:58:00Z',
  '2026-03-08T09:30:00Z',
];

/** Come too late, or for what is not to be had just then. Anything else is a bug of the storm or of the router. */
const mayBeRefused = new Set([
  ...[
    'offer_no_longer_open',
    'contact_not_found',
    'contact_already_ended',
    'contact_not_connected',
    'contact_not_yours',
  ],
  ...['funds_insufficient', 'queue_full', 'quote_expired', 'agent_not_found', 'agent_not_ready', 'agent_not_logged_in'],
  ...['balance_too_low', 'refund_exceeds_payment', 'payment_disputed_already', 'dispute_not_open', 'payment_not_done'],
  ...[
    'hold_not_open',
    'contact_not_movable',
    'leg_not_found',
    'agent_has_no_line_for_channel',
    'agent_waited_for_by_too_many',
  ],
  ...['contact_being_sent', 'contact_to_be_ended', 'agent_at_capacity', 'contact_already_connected'],
]);

export class MoneyStorm {
  readonly #random: SimRandom;
  readonly #floor: MoneyFloor;
  readonly #books = new OwnBooks();
  readonly #contacts: ContactAccount;
  readonly #breaches: string[] = [];
  readonly #customers: Customer[] = [];
  readonly #currencyOf = new Map<string, string>();
  readonly #quotes: QuoteHeld[] = [];
  readonly #terms = new Map<
    string,
    { readonly terms: PlainTerms; readonly agentId?: string; readonly queueId?: string }
  >();
  /** Of this burst; and what nobody has answered yet. */
  #given: Promise<void>[] = [];
  #again: Deed[] = [];
  readonly #offers = new Map<string, { readonly agentId: string; readonly contactId: string }>();
  readonly #legs = new Map<string, { isAnswered: boolean; readonly contactId: string | undefined }>();
  /** By the id that the provider is asked with. */
  readonly #throughProvider = new Map<string, Pays>();
  readonly #said = new Map<string, 'declined' | 'done'>();
  #shares = { taxBasisPoints: 0, commissionBasisPoints: 0 };
  #graceMs = 0;
  #number = 0;
  #bursts = 0;
  /** Accounts that money came free on since the burst began. */
  readonly #gained = new Set<string>();
  readonly #count = { cutOff: 0, held: 0, moved: 0, sentOn: 0, refunds: 0, disputes: 0, refused: 0, charged: 0 };

  constructor(seed: number) {
    this.#random = randomOf(seed, 'storm');
    const from = Date.parse(this.#random.pick(begins)) + this.#random.whole(0, 999);
    this.#contacts = new ContactAccount((sentence) => this.#breach(sentence));
    this.#floor = new MoneyFloor(
      {
        told: (...told) => this.#told(...told),
        asked: (...asked) => this.#asked(...asked),
        away: (lastTickAt, backAt) => this.#contacts.wasAway(lastTickAt, backAt),
        back: (lastTickAt) => this.#back(lastTickAt),
      },
      { seed, begins: from, contactRetentionMs: 600_000, counts: false },
    );
  }

  async play(contacts: number, progress: (contacts: number) => void = () => undefined): Promise<StormReport> {
    await this.#floor.open();
    await this.#setUp();
    let said = 0;
    while (this.#contacts.created < contacts && this.#breaches.length === 0) {
      await this.#burst();
      if (this.#contacts.created - said >= 1_000) {
        said = this.#contacts.created;
        progress(said);
      }
    }
    await this.#comesToRest();
    const { power, worker, full, stops } = this.#floor.struck;
    if (this.#floor.failed !== undefined) this.#breach(this.#floor.failed);
    await this.#floor.close();
    const { cutOff, held, moved, sentOn, refunds, disputes, refused, charged } = this.#count;
    return {
      ...{ cutOff, held, moved, sentOn, refunds, disputes, refused, charged },
      contacts: this.#contacts.created,
      payments: this.#books.payments.length,
      crashes: power,
      restarts: stops,
      trapped: worker + full,
      breaches: this.#breaches,
    };
  }

  #breach(sentence: string): void {
    if (this.#breaches.length < 10) this.#breaches.push(`at ${this.#floor.now}: ${sentence}`);
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────
  #do(role: Role, sub: string, method: string, params: Members, done?: Deed['done'], refused?: Deed['refused']): void {
    this.#give({ role, sub, method, params, done, refused });
  }

  /** Where the router died, it is asked again once it is back. */
  #give(deed: Deed): void {
    const { role, sub, method, params } = deed;
    this.#given.push(this.#floor.ask(role, sub, method, params).then((said) => this.#answered(deed, said)));
  }

  #answered(deed: Deed, said: Said): void {
    if (said === 'gone') this.#again.push(deed);
    else if ('result' in said) deed.done?.(said.result);
    else {
      this.#count.refused += 1;
      if (!mayBeRefused.has(said.refusal))
        this.#breach(
          `${deed.method} ${JSON.stringify(deed.params)} is refused as ${said.refusal} ${JSON.stringify(said.data)}`,
        );
      deed.refused?.(said.refusal, said.data);
    }
  }

  /** All that was given is answered, and what was not is asked again. */
  async #settled(): Promise<void> {
    for (let time = 0; ; time++) {
      await this.#floor.settle();
      await Promise.all(this.#given.splice(0));
      await this.#floor.settle();
      if (this.#again.length === 0 && this.#given.length === 0) break;
      if (time > 50) throw new Error(`the router answers nobody: ${this.#again[0]?.method}`);
      // Where the disk was full, it takes a moment until it is tried again.
      if (this.#again.length > 0) await this.#floor.goOn(this.#floor.now + 500);
      for (const deed of this.#again.splice(0)) this.#give(deed);
    }
    await this.#settleContacts();
  }

  /** A read; it is repeated until it is answered. */
  async #read(method: string, params: Members, role: Role = 'admin'): Promise<Members | undefined> {
    for (;;) {
      const asked = this.#floor.ask(role, 'reader', method, params);
      await this.#floor.settle();
      const said = await asked;
      if (said === 'gone') continue;
      return 'result' in said ? said.result : undefined;
    }
  }

  // ── The setting ───────────────────────────────────────────────────────────────────────────────────────────────
  async #setUp(): Promise<void> {
    this.#floor.connect('switch', 'pbx');
    await this.#settings();
    for (const queueId of queues)
      this.#do('admin', 'root', 'queue.set', {
        ...{ queueId, channels: ['voice', 'chat'], wrapUpMs: 0, offerMs: 45_000, afterRejectMs: 0, afterMissMs: 0 },
        ...{ missedBeforeNotReady: 0, afterBusyMs: 0, ...(queueId === 'others' && { maxWaiting: 30 }) },
      });
    this.#do('admin', 'root', 'paymentProvider.set', {
      url: 'https://pays.example/',
      secret,
      depositWithinMs: 120_000,
    });
    await this.#settled();
    for (let agent = 0; agent < agents; agent++) {
      const agentId = `a${agent}`;
      this.#floor.connect('agent', agentId);
      this.#do('admin', 'root', 'agent.set', { agentId, capacity: { voice: 5, chat: 24 } });
    }
    await this.#settled();
    for (let agent = 0; agent < agents; agent++) {
      this.#do('agent', `a${agent}`, 'agent.login', {});
      this.#do('agent', `a${agent}`, 'agent.ready', {});
      // Some have no account, or none in the other currency: what they would get is the tenant's.
      if (agent % 5 !== 0) this.#open(`a${agent}-EUR`, { owner: 'agent', agentId: `a${agent}` }, 'EUR');
      if (agent % 2 === 0) this.#open(`a${agent}-JPY`, { owner: 'agent', agentId: `a${agent}` }, 'JPY');
    }
    for (let number = 0; number < customers; number++) {
      const identity = { scheme: 'tel', value: `+4930${1_000_000 + number}` };
      this.#do('app', 'crm', 'customer.resolve', { identity });
      const accounts = [0, 1, 2].slice(0, this.#random.whole(1, 3)).map((which) => `k${number}-${which}`);
      this.#customers.push({ identity, accounts });
    }
    await this.#settled();
    for (const { identity, accounts } of this.#customers)
      for (const accountId of accounts) {
        const limit = this.#random.chance(0.15) ? -500 : 0;
        this.#open(accountId, { owner: 'customer', identity }, this.#random.pick(currencies), limit);
        this.#deposit(accountId);
      }
    this.#publish();
    await this.#settled();
    await this.#quote();
  }

  #open(accountId: string, owner: Members, currency: string, limit = 0): void {
    this.#currencyOf.set(accountId, currency);
    const params = { accountId, ...owner, currency, ...(limit !== 0 && { limit }) };
    this.#do('admin', 'root', 'account.open', params);
    this.#books.open(accountId, currency, limit);
  }

  /** Now and then others: quotes keep what they were made with. */
  async #settings(): Promise<void> {
    const random = this.#random;
    const shares = {
      taxBasisPoints: random.pick([0, 700, 1_900]),
      commissionBasisPoints: random.pick([0, 1_500, 3_333]),
    };
    this.#graceMs = Math.max(this.#graceMs, random.pick([0, 0, 15_000]));
    const paidContacts = {
      ...shares,
      quoteMs: 3_600_000,
      holdMs: random.pick([15_000, 60_000, 300_000]),
      leastMs: random.pick([1_000, 20_000, 60_000]),
      warnMs: random.pick([0, 10_000, 30_000]),
      graceMs: this.#graceMs,
    };
    this.#do('admin', 'root', 'tenant.set', { paidContacts });
    await this.#settled();
    this.#shares = shares;
  }

  #publish(): void {
    const random = this.#random;
    for (let rate = 0; rate < 36; rate++) {
      const currency = random.pick(currencies);
      const amount = random.whole(0, 9) === 0 ? 0 : random.whole(20, 900);
      const per = random.pick(['minute', 'minute', 'startedMinute', 'session'] as const);
      const terms: PlainTerms = {
        per,
        price: { amount: per === 'session' ? amount * 2 : amount, currency },
        ...(random.chance(0.5) && {
          timeZone: random.pick(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata']),
          hours: [
            {
              days: everyDay,
              from: '00:00',
              to: random.pick(['02:00', '03:15', '06:00']),
              amount: random.whole(1, 900),
            },
            { days: ['sat', 'sun'], from: random.pick(['05:00', '22:30']), to: '24:00', amount: random.whole(1, 900) },
          ],
        }),
        ...(random.chance(0.3) && { minimum: random.whole(1, 400) }),
        ...(random.chance(0.3) && { freeMs: random.pick([500, 20_000, 60_000]) }),
        ...(random.chance(0.5) && { holdIsFree: true }),
      };
      const receiver = random.chance(0.5)
        ? { agentId: `a${random.whole(0, agents - 1)}` }
        : { queueId: random.pick(queues) };
      this.#terms.set(`r${rate}`, { terms, ...receiver });
      this.#do('admin', 'root', 'rate.publish', { rateId: `r${rate}`, receiver, ...terms });
    }
  }

  /** Quotes of all rates, for both channels. */
  async #quote(): Promise<void> {
    const receivers = [
      ...queues.map((queueId) => ({ queueId })),
      ...Array.from({ length: agents }, (_, agent) => ({ agentId: `a${agent}` })),
    ];
    this.#quotes.length = 0;
    const shares = this.#shares;
    for (const receiver of receivers)
      for (const channel of ['voice', 'chat'])
        for (const currency of ['EUR', 'JPY']) {
          const quoteId = `q${++this.#number}`;
          const keep = ({ quotes }: Members) => {
            for (const quote of quotes as Members[]) {
              const known = this.#terms.get(String(quote.rateId));
              if (known !== undefined)
                this.#quotes.push({
                  quoteId: String(quote.quoteId),
                  rateId: String(quote.rateId),
                  channel,
                  ...known,
                  shares,
                });
            }
          };
          if (
            [...this.#terms.values()].some(
              ({ terms, ...of }) =>
                terms.price.currency === currency &&
                of.agentId === (receiver as Members).agentId &&
                of.queueId === (receiver as Members).queueId,
            )
          )
            this.#do('app', 'crm', 'quote.request', { quoteId, channel, receiver, currency }, keep);
        }
    await this.#settled();
  }

  // ── A burst ───────────────────────────────────────────────────────────────────────────────────────────────────
  async #burst(): Promise<void> {
    const random = this.#random;
    this.#bursts += 1;
    if (this.#bursts % burstsALook === 0) await this.#look();
    if (this.#bursts % 400 === 0) await this.#settings();
    if (this.#bursts % 200 === 0) await this.#quote();
    if (this.#bursts % burstsAStrike === 0) this.#strikes();
    if (random.chance(0.004)) await this.#floor.stopFor(random.pick([0, 900, 60_000]));
    await this.#floor.goOn(this.#floor.now + random.whole(0, 4_000));
    await this.#settled();
    this.#gained.clear();
    this.#contacts.begins();
    for (let born = random.whole(0, 26); born > 0; born--) this.#creates();
    this.#answerOffers();
    for (const call of this.#contacts.live) if (random.chance(0.12)) this.#happensTo(call);
    for (let deeds = random.whole(0, 6); deeds > 0; deeds--) this.#paysInOrOut();
    if (random.chance(0.5)) this.#takesBack();
    await this.#settled();
  }

  #strikes(): void {
    const random = this.#random;
    const turn = random.whole(1, 40);
    if (random.chance(0.15)) return this.#floor.arm({ at: 'step', turn, how: random.pick(['before', 'after']) });
    if (random.chance(0.15))
      return this.#floor.arm({ at: 'apply', turn: random.whole(1, 5), how: random.pick(['before', 'after']) });
    const how = random.pick(['before', 'before', 'after', 'after', 'after', 'lost', 'written', 'full'] as const);
    this.#floor.arm({ at: 'append', turn, how });
  }

  #creates(): void {
    const random = this.#random;
    const customer = random.pick(this.#customers);
    const quote = random.pick(this.#quotes);
    const { currency } = quote.terms.price;
    const fitting = customer.accounts.filter((accountId) => this.#currencyOf.get(accountId) === currency);
    if (fitting.length === 0) return;
    const contactId = `c${++this.#number}`;
    // Unless another one is named, it is the oldest.
    const accountId = this.#random.chance(0.5) ? (fitting[0] as string) : this.#random.pick(fitting);
    const { queueId = random.pick(queues), agentId } = quote;
    const isCall = quote.channel === 'voice';
    const call = this.#contacts.asked({ contactId, quote, accountId, queueId, isCall });
    const params = {
      ...{ contactId, channel: quote.channel, queueId, identity: customer.identity, quoteId: quote.quoteId },
      ...(accountId !== fitting[0] && { accountId }),
      ...(agentId !== undefined && { agentId, direct: { waitMs: 60_000, orElse: random.pick(['end', 'queue']) } }),
      ...(isCall && { legId: `leg-${contactId}` }),
    };
    if (isCall) this.#legs.set(`leg-${contactId}`, { isAnswered: true, contactId });
    const done = (result: Members) => {
      if (result.contactId === contactId) return this.#contacts.isThere(call);
      // A second call of somebody who is served already: it goes on at the other device.
      this.#count.moved += 1;
      this.#contacts.never(call);
    };
    const refused = () => {
      this.#legs.delete(`leg-${contactId}`);
      this.#contacts.never(call);
    };
    if (isCall) this.#do('switch', 'pbx', 'contact.create', params, done, refused);
    else this.#do('app', 'crm', 'contact.create', params, done, refused);
  }

  #answerOffers(): void {
    for (const [offerId, { agentId, contactId }] of [...this.#offers]) {
      if (!this.#random.chance(0.8)) continue;
      const call = this.#contacts.of(contactId);
      if (call === undefined || !this.#contacts.takes(call)) continue;
      this.#offers.delete(offerId);
      if (this.#random.chance(0.06))
        this.#do('agent', agentId, 'offer.reject', { offerId, requestId: this.#requestId() });
      else this.#do('agent', agentId, 'offer.accept', { offerId, requestId: this.#requestId() });
    }
  }

  #requestId(): string {
    return `do-${++this.#number}`;
  }

  /** One thing at a time, so that nobody has to know what came first when the power went. */
  #happensTo(call: PaidCall): void {
    const random = this.#random;
    const { contactId, agentId } = call;
    if (!this.#contacts.takes(call)) return;
    const requestId = this.#requestId();
    if (agentId === undefined) {
      if (random.chance(0.1)) this.#do('supervisor', 'boss', 'contact.end', { contactId, requestId });
      return;
    }
    const what = random.fraction();
    if (what < 0.22) {
      this.#count.held += 1;
      this.#do('agent', agentId, call.isHeld ? 'contact.resume' : 'contact.hold', { contactId, requestId });
    } else if (what < 0.32) {
      this.#count.sentOn += 1;
      const to = random.chance(0.6) ? { agentId: `a${random.whole(0, agents - 1)}` } : { queueId: random.pick(queues) };
      const sent = () => 'queueId' in to && this.#contacts.sentTo(call, to.queueId as string);
      if (to.agentId !== agentId) this.#do('agent', agentId, 'contact.transfer', { contactId, to, requestId }, sent);
    } else if (what < 0.6) this.#do('agent', agentId, 'contact.end', { contactId, requestId });
    else if (what < 0.7) this.#do('supervisor', 'boss', 'contact.end', { contactId, requestId });
  }

  // ── Money in and out ──────────────────────────────────────────────────────────────────────────────────────────
  #paysInOrOut(): void {
    const accountId = this.#random.pick(this.#random.pick(this.#customers).accounts);
    if (this.#random.chance(0.75)) this.#deposit(accountId);
    else this.#withdraw(this.#random.chance(0.5) ? accountId : this.#random.pick([...this.#currencyOf.keys()]));
  }

  #moving(accountId: string, most: number): Members & { readonly money: { amount: number; currency: string } } {
    const currency = this.#currencyOf.get(accountId) as string;
    const through = this.#random.chance(0.4) ? { through: 'provider' } : {};
    const money = { amount: this.#random.whole(1, most), currency };
    return { paymentId: `p${++this.#number}`, accountId, money, ...through };
  }

  #deposit(accountId: string): void {
    const params = this.#moving(accountId, this.#random.pick([150, 500, 2_500]));
    const { amount, currency } = params.money;
    const paymentId = String(params.paymentId);
    const payer = `house:outside:${currency}`;
    const isProviders = params.through !== undefined;
    const shares = [{ accountId, left: amount }];
    const payment = { paymentId, currency, payer, amount, shares, isProviders, isDeposit: true, isBusy: false };
    if (isProviders) this.#throughProvider.set(paymentId, { payment, kind: 'deposit', state: 'pending' });
    this.#do('admin', 'root', 'account.deposit', params, () => {
      if (!isProviders) this.#comesIn(payment);
    });
  }

  #comesIn(payment: OwnPayment): void {
    const [{ accountId }] = payment.shares as [OwnPayment['shares'][number]];
    this.#books.move(payment.payer, accountId, payment.amount);
    this.#gained.add(accountId);
    this.#books.pays(payment);
  }

  #withdraw(accountId: string): void {
    const params = this.#moving(accountId, 800);
    const { amount, currency } = params.money;
    const paymentId = String(params.paymentId);
    const outside = `house:outside:${currency}`;
    const isProviders = params.through !== undefined;
    const shares = [{ accountId: outside, left: amount }];
    const payment = {
      paymentId,
      currency,
      payer: accountId,
      amount,
      shares,
      isProviders,
      isDeposit: false,
      isBusy: false,
    };
    if (isProviders) this.#throughProvider.set(paymentId, { payment, kind: 'withdrawal', state: 'pending' });
    const done = () => {
      if (!isProviders) this.#goesOut(payment);
    };
    this.#do('admin', 'root', 'account.withdraw', params, done, () => this.#throughProvider.delete(paymentId));
  }

  #goesOut(payment: OwnPayment): void {
    const [{ accountId }] = payment.shares as [OwnPayment['shares'][number]];
    this.#books.move(payment.payer, accountId, payment.amount);
    this.#books.pays(payment);
  }

  /** Taken back, disputed, decided. */
  #takesBack(): void {
    const random = this.#random;
    const all = this.#books.payments;
    // The newest rather than others, so that money is still there.
    const payment = all[all.length - 1 - Math.floor(Math.min(all.length, random.exponential(60)))];
    if (payment === undefined || payment.isBusy) return;
    const { paymentId } = payment;
    const left = payment.shares.reduce((sum, share) => sum + share.left, 0);
    payment.isBusy = true;
    const free = () => {
      payment.isBusy = false;
    };
    if (payment.dispute === undefined && random.chance(0.4)) {
      const disputed = () => {
        free();
        payment.dispute = 'open';
        this.#count.disputes += 1;
      };
      return this.#do(
        'admin',
        'root',
        'payment.dispute',
        { paymentId, reason: 'it was not right', requestId: this.#requestId() },
        disputed,
        free,
      );
    }
    const refundId = `b${++this.#number}`;
    const amount = left > 1 && random.chance(0.5) ? { amount: random.whole(1, left) } : {};
    const some = amount.amount ?? left;
    const isPending = payment.isProviders && payment.isDeposit;
    const takesBack = () => {
      free();
      this.#count.refunds += 1;
      if (!isPending) return this.#backTo(payment, some);
    };
    if (isPending)
      this.#throughProvider.set(refundId, {
        payment: { ...payment, amount: some },
        of: payment,
        kind: 'refund',
        state: 'pending',
      });
    const refused = () => {
      free();
      this.#throughProvider.delete(refundId);
    };
    if (payment.dispute !== 'open')
      return this.#do(
        'admin',
        'root',
        'payment.refund',
        { refundId, paymentId, ...amount, reason: 'not right' },
        takesBack,
        refused,
      );
    const upheld = random.chance(0.6);
    const outcome = upheld ? { outcome: 'upheld', refundId, ...amount } : { outcome: 'rejected' };
    if (!upheld) this.#throughProvider.delete(refundId);
    const decided = () => {
      payment.dispute = 'over';
      // What was held for it is free.
      for (const { accountId: freed } of payment.shares) this.#gained.add(freed);
      if (upheld) takesBack();
      else free();
    };
    this.#do(
      'admin',
      'root',
      'payment.resolve',
      { paymentId, ...outcome, reason: 'found', requestId: this.#requestId() },
      decided,
      refused,
    );
  }

  #backTo(payment: OwnPayment, amount: number): void {
    this.#books.takesBack(payment, amount);
    this.#gained.add(payment.payer);
  }

  // ── The payment provider ──────────────────────────────────────────────────────────────────────────────────────
  /** What it decides once stays so; it forgets requests, answers too late, and says things twice. */
  #providerAsked(params: Members): ClientAnswer | undefined {
    const random = this.#random;
    if (random.chance(0.05)) return undefined;
    if (random.chance(0.1)) return { result: { status: 503 } };
    const { paymentId } = (JSON.parse(String(params.body)) as { data: { paymentId: string } }).data;
    let said = this.#said.get(paymentId);
    if (said === undefined) {
      said = random.chance(0.15) ? 'declined' : 'done';
      this.#said.set(paymentId, said);
      if (said === 'declined' && random.chance(0.5)) {
        this.#decided(paymentId, 'declined');
        return { result: { status: 422 } };
      }
    } else if (this.#throughProvider.get(paymentId)?.state === 'declined') return { result: { status: 422 } };
    for (let time = random.whole(1, 2); time > 0; time--) {
      const outcome = said;
      this.#floor.at(this.#floor.now + random.pick([0, 700, 5_000, 90_000, 200_000]), () =>
        this.#confirms(paymentId, outcome),
      );
    }
    return { result: { status: 202 } };
  }

  #confirms(paymentId: string, outcome: 'done' | 'declined'): void {
    const said = { paymentId, outcome };
    const params = { ...said, signature: confirmationSignature(secret, said), requestId: this.#requestId() };
    this.#do('app', 'provider', 'payment.confirm', params, () => this.#decided(paymentId, outcome));
  }

  #decided(paymentId: string, outcome: 'done' | 'declined'): void {
    const pays = this.#throughProvider.get(paymentId);
    if (pays === undefined) return this.#breach(`the provider was asked for ${paymentId}, which nobody wanted`);
    if (pays.state !== 'pending') return;
    pays.state = outcome;
    if (pays.kind === 'refund') {
      if (outcome === 'done') this.#backTo(pays.of as OwnPayment, pays.payment.amount);
    } else if (outcome === 'done') pays.kind === 'deposit' ? this.#comesIn(pays.payment) : this.#goesOut(pays.payment);
    // What was held for it is free.
    if (outcome === 'declined')
      this.#gained.add(pays.kind === 'refund' ? pays.payment.shares[0]!.accountId : pays.payment.payer);
  }

  // ── What is told and asked ────────────────────────────────────────────────────────────────────────────────────
  #told({ role, sub }: Audience, event: string, params: Members): void {
    const { now } = this.#floor;
    const contactId = String(params.contactId);
    if (role === 'agent') {
      if (event === 'offer.created') this.#offers.set(String(params.offerId), { agentId: sub, contactId });
      else if (event === 'offer.withdrawn') this.#offers.delete(String(params.offerId));
      return;
    }
    const call = this.#contacts.of(contactId);
    if (event === 'payment.receipt') this.#contacts.receipt(params as unknown as ReceiptShown);
    if (call === undefined) return;
    if (event === 'contact.connected') this.#contacts.connected(call, String(params.agentId), now);
    else if (event === 'contact.parted') this.#contacts.parted(call, now);
    else if (event === 'contact.held') this.#contacts.held(call, true, now);
    else if (event === 'contact.resumed') this.#contacts.held(call, false, now);
    else if (event === 'contact.ended') this.#contacts.over(call, String(params.why), now);
  }

  #asked({ role }: Audience, method: string, params: Members): ClientAnswer | undefined {
    if (method === postMethod) return this.#providerAsked(params);
    if (role !== 'switch') return undefined;
    const legId = String(params.legId);
    if (method === 'leg.release') this.#legs.delete(legId);
    if (method === 'leg.ring') {
      this.#legs.set(legId, { isAnswered: true, contactId: undefined });
      this.#floor.at(this.#floor.now, () => this.#do('switch', 'pbx', 'leg.answered', { legId }));
    }
    return { result: {} };
  }

  // ── Back again ────────────────────────────────────────────────────────────────────────────────────────────────
  /** What nobody was told has happened in the moment in which the power went. */
  async #back(lastTickAt: number): Promise<void> {
    const { now } = this.#floor;
    this.#offers.clear();
    const reads = [...this.#contacts.live].map(async (call) => {
      const said = await this.#floor.ask('admin', 'reader', 'contact.get', { contactId: call.contactId });
      if (said === 'gone') throw new Error('gone again');
      this.#contacts.foundAs(call, 'result' in said ? said.result : undefined, lastTickAt, now);
    });
    await Promise.all(reads);
    for (const call of this.#contacts.live)
      for (const { offerId, agentId } of call.offers) this.#offers.set(offerId, { agentId, contactId: call.contactId });
    const legs = [...this.#legs]
      .filter(([, { contactId }]) => contactId === undefined || this.#contacts.of(contactId)?.isThere !== false)
      .map(([legId, { contactId }]) => ({ legId, state: 'answered', ...(contactId !== undefined && { contactId }) }));
    const said = await this.#floor.ask('switch', 'pbx', 'switch.report', { legs, complete: true });
    if (said === 'gone' || !('result' in said)) throw new Error(`the switch cannot report: ${JSON.stringify(said)}`);
    for (const legId of said.result.release as string[]) this.#legs.delete(legId);
  }

  // ── What is compared ──────────────────────────────────────────────────────────────────────────────────────────
  /** Contacts that ended in this burst: what they were charged is by their own count, or all that there was. */
  async #settleContacts(): Promise<void> {
    const over = this.#contacts.takeOver();
    for (const call of over) {
      const { contactId } = call;
      let receipt = this.#contacts.receiptOf(contactId);
      if (receipt === undefined && call.wasCounted) {
        const { receipts } = (await this.#read('receipt.list', { contactId })) as { receipts: ReceiptShown[] };
        receipt = receipts[0];
        if (receipt !== undefined) this.#contacts.receipt(receipt);
      }
      const account = () => this.#read('account.get', { accountId: call.accountId });
      const paid = await this.#contacts.judge(call, receipt, {
        graceMs: this.#graceMs,
        isLate: this.#floor.now < this.#floor.lateUntil,
        free: async () => {
          const shown = (await account()) as { available: number; limit: number };
          return shown.available - shown.limit;
        },
        // What another one leaves is free when this one has ended.
        hasGained:
          this.#gained.has(call.accountId) ||
          over.some((other) => other !== call && other.accountId === call.accountId),
      });
      if (call.why === 'fundsExhausted') this.#count.cutOff += 1;
      if (paid === undefined) continue;
      this.#count.charged += 1;
      this.#books.pays({ ...paid, payer: call.accountId, isProviders: false, isDeposit: false });
      for (const { accountId, left } of paid.shares) this.#books.move(call.accountId, accountId, left);
    }
    for (const { accountId } of over) this.#gained.add(accountId);
  }

  /** Every account, and what is held on it, against the own books. */
  async #look(): Promise<void> {
    await this.#settled();
    const held = new Map<string, number>();
    const holds = (accountId: string, amount: number) => held.set(accountId, (held.get(accountId) ?? 0) + amount);
    for (const call of this.#contacts.live) {
      const view = await this.#read('contact.get', { contactId: call.contactId });
      const payment = view?.payment as { held: number; isCounted: boolean } | undefined;
      if (payment === undefined) this.#breach(`${call.contactId} is not shown as paid for: ${JSON.stringify(view)}`);
      holds(call.accountId, payment?.held ?? 0);
      if (payment?.isCounted !== (call.countedBy !== undefined))
        this.#breach(`${call.contactId} is ${payment?.isCounted ? '' : 'not '}counted: ${JSON.stringify(view)}`);
    }
    for (const { payment, kind, state } of this.#throughProvider.values())
      if (state === 'pending' && kind !== 'deposit')
        holds(kind === 'refund' ? payment.shares[0]!.accountId : payment.payer, payment.amount);
    await this.#compare(held);
  }

  async #compare(held: ReadonlyMap<string, number>): Promise<void> {
    const sums = new Map<string, number>();
    for (const shown of await this.#all('account.list', 'accounts', {})) {
      const {
        accountId,
        currency,
        balance,
        available,
        limit,
        disputed = 0,
      } = shown as Record<string, number> & {
        accountId: string;
        currency: string;
      };
      const wanted = limit === undefined ? 0 : this.#disputedOn(accountId);
      if (disputed > wanted || (disputed < wanted && available !== limit))
        this.#breach(`${disputed} is held on ${accountId} for disputes of ${wanted}, and it has ${available}`);
      sums.set(currency, (sums.get(currency) ?? 0) + balance!);
      if (balance !== this.#books.balance(accountId))
        this.#breach(`${accountId} shows ${balance}, and ${this.#books.balance(accountId)} is in the books`);
      if (limit !== undefined && available! < limit)
        this.#breach(`${accountId} is at ${available}, below its limit of ${limit}`);
      if (accountId.startsWith('house:')) continue;
      if (balance! - available! - disputed !== (held.get(accountId) ?? 0))
        this.#breach(
          `on ${accountId} ${balance! - available!} is held, ${disputed} for disputes, and ${held.get(accountId) ?? 0} is of contacts and payments`,
        );
    }
    for (const [currency, sum] of sums) if (sum !== 0) this.#breach(`all accounts in ${currency} come to ${sum}`);
  }

  /** What is left of shares of the account in payments that are disputed. */
  #disputedOn(accountId: string): number {
    let sum = 0;
    for (const payment of this.#books.payments)
      if (payment.dispute === 'open')
        for (const share of payment.shares) if (share.accountId === accountId) sum += share.left;
    for (const { kind, state, of, payment } of this.#throughProvider.values())
      if (kind === 'refund' && state === 'pending' && of?.dispute === 'open' && of.shares[0]!.accountId === accountId)
        sum -= payment.amount;
    return sum;
  }

  /** Everybody goes, the provider says the rest, and everything that was ever booked is read. */
  async #comesToRest(): Promise<void> {
    if (this.#breaches.length > 0) return;
    await this.#settled();
    for (let time = 0; this.#contacts.live.size > 0; time++) {
      this.#gained.clear();
      this.#contacts.begins();
      for (const { contactId } of this.#contacts.live)
        this.#do('supervisor', 'boss', 'contact.end', { contactId, requestId: this.#requestId() });
      await this.#settled();
      if (time > 20) return this.#breach(`${this.#contacts.live.size} contacts do not end`);
    }
    for (let hour = 0; hour < 4; hour++) {
      await this.#floor.goOn(this.#floor.now + 3_700_000);
      await this.#settled();
    }
    await this.#floor.stopFor(1_000);
    await this.#settled();
    for (const payment of this.#books.payments)
      if (payment.dispute === 'open') {
        const { paymentId } = payment;
        const said = { paymentId, outcome: 'rejected', reason: 'found', requestId: this.#requestId() };
        this.#do('admin', 'root', 'payment.resolve', said, () => {
          payment.dispute = 'over';
        });
      }
    await this.#settled();
    await this.#compare(new Map());
    for (const accountId of this.#books.accounts.keys()) await this.#replays(accountId);
    const receipts = (await this.#all('receipt.list', 'receipts', {})) as unknown as ReceiptShown[];
    this.#contacts.sameReceipts(receipts);
  }

  async #replays(accountId: string): Promise<void> {
    const account = await this.#read('account.get', { accountId });
    // House accounts that nothing was booked on have nothing to say.
    if (account === undefined) return;
    let [balance, held, expected, number] = [0, 0, 0, 0];
    const seen = new Set<unknown>();
    for (const entry of await this.#all('account.statement', 'entries', { accountId })) {
      const { n, transfer, ...changes } = entry as Record<string, number> & {
        transfer: { transferId: string; kind: string; hold?: { state: string } };
      };
      balance += changes.posted!;
      held += changes.held!;
      expected += changes.expected!;
      number += 1;
      if (n !== number) this.#breach(`entry ${n} of ${accountId} comes as number ${number}`);
      if (changes.balance !== balance || changes.available !== balance - held)
        this.#breach(`entry ${n} of ${accountId} says ${changes.balance}, and it is ${balance}`);
      if (seen.has(transfer.transferId)) this.#breach(`${accountId} was booked ${transfer.transferId} twice`);
      if (transfer.hold?.state === 'open')
        this.#breach(`the hold ${transfer.transferId} of ${accountId} is open still`);
      seen.add(transfer.transferId);
    }
    if (balance !== account.balance || held !== 0 || expected !== 0)
      this.#breach(
        `the statement of ${accountId} comes to ${balance}, ${held} held and ${expected} expected, and it shows ${JSON.stringify(account)}`,
      );
  }

  async #all(method: string, member: string, params: Members): Promise<Members[]> {
    const all: Members[] = [];
    let cursor: unknown;
    do {
      const page = (await this.#read(method, {
        ...params,
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      })) as Members;
      all.push(...(page[member] as Members[]));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }
}
