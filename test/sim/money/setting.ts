// The setting of a storm: queues, agents, customers and their accounts, rates of all kinds, and quotes of them.

import type { Asking } from './asking.ts';
import type { Members } from './floor.ts';
import type { Paying } from './paying.ts';
import type { PlainTerms } from './plain-price.ts';
import { currencies, queues, type StormWorld, secret } from './storm-world.ts';

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const pers = [
  ...(['minute', 'minute', 'minute', 'startedMinute', 'startedMinute', 'session'] as const),
  ...(['message', 'message', 'document', 'document'] as const),
];

export class Setting {
  readonly #world: StormWorld;
  readonly #asking: Asking;
  readonly #payments: Paying;

  constructor(world: StormWorld, asking: Asking, payments: Paying) {
    this.#world = world;
    this.#asking = asking;
    this.#payments = payments;
  }

  async setUp(): Promise<void> {
    this.#world.floor.connect('switch', 'pbx');
    await this.settings();
    for (const queueId of queues)
      this.#asking.do('admin', 'root', 'queue.set', {
        ...{ queueId, channels: ['voice', 'chat'], wrapUpMs: 0, offerMs: 45_000, afterRejectMs: 0, afterMissMs: 0 },
        ...{ missedBeforeNotReady: 0, afterBusyMs: 0, ...(queueId === 'others' && { maxWaiting: 30 }) },
      });
    this.#asking.do('admin', 'root', 'paymentProvider.set', {
      url: 'https://pays.example/',
      secret,
      depositWithinMs: 120_000,
    });
    await this.#asking.settled();
    for (let agent = 0; agent < this.#world.size.agents; agent++) {
      const agentId = `a${agent}`;
      this.#world.floor.connect('agent', agentId);
      this.#asking.do('admin', 'root', 'agent.set', { agentId, capacity: { voice: 5, chat: 24 } });
    }
    await this.#asking.settled();
    for (let agent = 0; agent < this.#world.size.agents; agent++) {
      this.#asking.do('agent', `a${agent}`, 'agent.login', {});
      this.#asking.do('agent', `a${agent}`, 'agent.ready', {});
      // Some have no account, or none in the other currency: what they would get is the tenant's.
      if (agent % 5 !== 0) this.#open(`a${agent}-EUR`, { owner: 'agent', agentId: `a${agent}` }, 'EUR');
      if (agent % 2 === 0) this.#open(`a${agent}-JPY`, { owner: 'agent', agentId: `a${agent}` }, 'JPY');
    }
    for (let number = 0; number < this.#world.size.customers; number++) {
      const identity = { scheme: 'tel', value: `+4930${1_000_000 + number}` };
      this.#asking.do('app', 'crm', 'customer.resolve', { identity });
      const accounts = [0, 1, 2].slice(0, this.#world.random.whole(1, 3)).map((which) => `k${number}-${which}`);
      this.#world.customers.push({ identity, accounts });
    }
    await this.#asking.settled();
    for (const { identity, accounts } of this.#world.customers)
      for (const accountId of accounts) {
        const limit = this.#world.random.chance(0.15) ? -500 : 0;
        this.#open(accountId, { owner: 'customer', identity }, this.#world.random.pick(currencies), limit);
        this.#payments.deposit(accountId);
      }
    this.#publish();
    await this.#asking.settled();
    await this.quote();
  }

  #open(accountId: string, owner: Members, currency: string, limit = 0): void {
    this.#world.currencyOf.set(accountId, currency);
    const params = { accountId, ...owner, currency, ...(limit !== 0 && { limit }) };
    this.#asking.do('admin', 'root', 'account.open', params);
    this.#world.books.open(accountId, currency, limit);
  }

  /** Now and then others: quotes keep what they were made with. */
  async settings(): Promise<void> {
    const random = this.#world.random;
    const shares = {
      taxBasisPoints: random.pick([0, 700, 1_900]),
      commissionBasisPoints: random.pick([0, 1_500, 3_333]),
    };
    this.#world.graceMs = Math.max(this.#world.graceMs, random.pick([0, 0, 15_000]));
    const paidContacts = {
      ...shares,
      quoteMs: 3_600_000,
      holdMs: random.pick([15_000, 60_000, 300_000]),
      leastMs: random.pick([1_000, 20_000, 60_000]),
      warnMs: random.pick([0, 10_000, 30_000]),
      graceMs: this.#world.graceMs,
    };
    this.#asking.do('admin', 'root', 'tenant.set', { paidContacts });
    await this.#asking.settled();
    this.#world.shares = shares;
  }

  #publish(): void {
    const random = this.#world.random;
    for (let rate = 0; rate < 36; rate++) {
      const currency = random.pick(currencies);
      const amount = random.whole(0, 9) === 0 ? 0 : random.whole(20, 900);
      // Of each kind there are some.
      const per = pers[rate] ?? random.pick(pers);
      const isTime = per !== 'message' && per !== 'document';
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
        ...(isTime && random.chance(0.3) && { freeMs: random.pick([500, 20_000, 60_000]) }),
        ...(isTime && random.chance(0.5) && { holdIsFree: true }),
      };
      const receiver = random.chance(0.5)
        ? { agentId: `a${random.whole(0, this.#world.size.agents - 1)}` }
        : { queueId: random.pick(queues) };
      this.#world.terms.set(`r${rate}`, { terms, ...receiver });
      this.#asking.do('admin', 'root', 'rate.publish', { rateId: `r${rate}`, receiver, ...terms });
    }
  }

  /** Quotes of all rates, for both channels. */
  async quote(): Promise<void> {
    const receivers = [
      ...queues.map((queueId) => ({ queueId })),
      ...Array.from({ length: this.#world.size.agents }, (_, agent) => ({ agentId: `a${agent}` })),
    ];
    this.#world.quotes.length = 0;
    const shares = this.#world.shares;
    for (const receiver of receivers)
      for (const channel of ['voice', 'chat'])
        for (const currency of ['EUR', 'JPY']) {
          const quoteId = `q${++this.#world.number}`;
          const keep = ({ quotes }: Members) => {
            for (const quote of quotes as Members[]) {
              const known = this.#world.terms.get(String(quote.rateId));
              // Nobody writes in calls.
              if (known !== undefined && !(known.terms.per === 'message' && channel === 'voice'))
                this.#world.quotes.push({
                  quoteId: String(quote.quoteId),
                  rateId: String(quote.rateId),
                  channel,
                  ...known,
                  shares,
                });
            }
          };
          if (
            [...this.#world.terms.values()].some(
              ({ terms, ...of }) =>
                terms.price.currency === currency &&
                of.agentId === (receiver as Members).agentId &&
                of.queueId === (receiver as Members).queueId,
            )
          )
            this.#asking.do('app', 'crm', 'quote.request', { quoteId, channel, receiver, currency }, keep);
        }
    await this.#asking.settled();
  }
}
