// What the router shows, held against the books and accounts that the storm keeps by itself: each contact as it is over, all accounts every
// so often, and everything that was ever booked at the end.

import { countedFaults, recordFaults, whoIsPaid } from '../../domain/paid-recount.ts';
import type { Asking } from './asking.ts';
import type { ReceiptShown } from './contact-account.ts';
import type { Selling } from './selling.ts';
import { currencies, type StormWorld } from './storm-world.ts';

type Members = Readonly<Record<string, unknown>>;
const dayMs = 86_400_000;

export class Comparing {
  readonly #world: StormWorld;
  readonly #asking: Asking;
  readonly #selling: Selling;

  constructor(world: StormWorld, asking: Asking, selling: Selling) {
    this.#world = world;
    this.#asking = asking;
    this.#selling = selling;
  }

  /** Contacts that ended in this burst: what they were charged is by their own count, or all that there was. */
  async settleContacts(): Promise<void> {
    const over = this.#world.contacts.takeOver();
    for (const call of over) {
      const { contactId } = call;
      let receipt = this.#world.contacts.receiptOf(contactId);
      if (receipt === undefined && call.wasCounted) {
        const { receipts } = (await this.#asking.read('receipt.list', { contactId })) as { receipts: ReceiptShown[] };
        receipt = receipts.find(({ documentId }) => documentId === undefined);
        if (receipt !== undefined) this.#world.contacts.receipt(receipt);
      }
      const account = () => this.#asking.read('account.get', { accountId: call.accountId });
      const paid = await this.#world.contacts.judge(call, receipt, {
        graceMs: this.#world.graceMs,
        isLate: this.#world.floor.now < this.#world.floor.lateUntil,
        free: async () => {
          const shown = (await account()) as { available: number; limit: number };
          return shown.available - shown.limit;
        },
        // What another one leaves is free when this one has ended.
        hasGained:
          this.#world.gained.has(call.accountId) ||
          over.some((other) => other !== call && other.accountId === call.accountId),
      });
      if (call.why === 'fundsExhausted') this.#world.count.cutOff += 1;
      if (paid === undefined) continue;
      this.#world.count.charged += 1;
      this.#world.books.pays({ ...paid, payer: call.accountId, isProviders: false, isDeposit: false });
      for (const { accountId, left } of paid.shares) this.#world.books.move(call.accountId, accountId, left);
    }
    for (const { accountId } of over) this.#world.gained.add(accountId);
  }

  /** Every account, and what is held on it, against the own books; anew where the power goes meanwhile. */
  async look(): Promise<void> {
    const { struck } = this.#world.floor;
    for (;;) {
      await this.#asking.settled();
      const { power, worker, full } = struck;
      const found: string[] = [];
      await this.#lookAt((sentence) => found.push(sentence));
      if (struck.power !== power || struck.worker !== worker || struck.full !== full) continue;
      for (const sentence of found) this.#world.breach(sentence);
      return;
    }
  }

  async #lookAt(breach: (sentence: string) => void): Promise<void> {
    const held = new Map<string, number>();
    const holds = (accountId: string, amount: number) => held.set(accountId, (held.get(accountId) ?? 0) + amount);
    const live = [...this.#world.contacts.live];
    const views = await this.#asking.readEach(
      'contact.get',
      live.map(({ contactId }) => ({ contactId })),
    );
    for (const [at, call] of live.entries()) {
      const view = views[at];
      const payment = view?.payment as { held: number; isCounted: boolean } | undefined;
      if (payment === undefined) breach(`${call.contactId} is not shown as paid for: ${JSON.stringify(view)}`);
      holds(call.accountId, payment?.held ?? 0);
      if (payment?.isCounted !== (call.countedBy !== undefined))
        breach(`${call.contactId} is ${payment?.isCounted ? '' : 'not '}counted: ${JSON.stringify(view)}`);
    }
    for (const { payment, kind, state } of this.#world.throughProvider.values())
      if (state === 'pending' && kind !== 'deposit')
        holds(kind === 'refund' ? payment.shares[0]!.accountId : payment.payer, payment.amount);
    await this.#compare(held, breach);
  }

  async #compare(held: ReadonlyMap<string, number>, breach: (sentence: string) => void): Promise<void> {
    const sums = new Map<string, number>();
    const contested = this.#contested();
    for (const shown of await this.#asking.all('account.list', 'accounts', {})) {
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
      const wanted = limit === undefined ? 0 : (contested.get(accountId) ?? 0);
      if (disputed > wanted || (disputed < wanted && available !== limit))
        breach(`${disputed} is held on ${accountId} for disputes of ${wanted}, and it has ${available}`);
      sums.set(currency, (sums.get(currency) ?? 0) + balance!);
      if (balance !== this.#world.books.balance(accountId))
        breach(`${accountId} shows ${balance}, and ${this.#world.books.balance(accountId)} is in the books`);
      if (limit !== undefined && available! < limit)
        breach(`${accountId} is at ${available}, below its limit of ${limit}`);
      if (accountId.startsWith('house:')) continue;
      if (balance! - available! - disputed !== (held.get(accountId) ?? 0))
        breach(
          `on ${accountId} ${balance! - available!} is held, ${disputed} for disputes, and ${held.get(accountId) ?? 0} is of contacts and payments`,
        );
    }
    for (const [currency, sum] of sums) if (sum !== 0) breach(`all accounts in ${currency} come to ${sum}`);
  }

  /** By account: what is left of its shares in payments that are disputed. */
  #contested(): ReadonlyMap<string, number> {
    const contested = new Map<string, number>();
    const counts = (accountId: string, amount: number) =>
      contested.set(accountId, (contested.get(accountId) ?? 0) + amount);
    for (const { dispute, shares } of this.#world.books.payments)
      if (dispute === 'open') for (const { accountId, left } of shares) counts(accountId, left);
    for (const { kind, state, of, payment } of this.#world.throughProvider.values())
      if (kind === 'refund' && state === 'pending' && of?.dispute === 'open')
        counts(of.shares[0]!.accountId, -payment.amount);
    return contested;
  }

  /** Everybody goes, the provider says the rest, and everything that was ever booked is read. */
  async comesToRest(): Promise<void> {
    if (this.#world.breaches.length > 0) return;
    await this.#asking.settled();
    for (let time = 0; this.#world.contacts.live.size > 0; time++) {
      this.#world.gained.clear();
      this.#world.contacts.begins();
      for (const { contactId } of this.#world.contacts.live)
        this.#asking.do('supervisor', 'boss', 'contact.end', { contactId, requestId: this.#world.requestId() });
      await this.#asking.settled();
      if (time > 20) return this.#world.breach(`${this.#world.contacts.live.size} contacts do not end`);
    }
    for (let hour = 0; hour < 4; hour++) {
      await this.#world.floor.goOn(this.#world.floor.now + 3_700_000);
      await this.#asking.settled();
    }
    await this.#world.floor.stopFor(1_000);
    await this.#asking.settled();
    for (const payment of this.#world.books.payments)
      if (payment.dispute === 'open') {
        const { paymentId } = payment;
        const said = { paymentId, outcome: 'rejected', reason: 'found', requestId: this.#world.requestId() };
        this.#asking.do('admin', 'root', 'payment.resolve', said, () => {
          payment.dispute = 'over';
        });
      }
    await this.#asking.settled();
    await this.#compare(new Map(), (sentence) => this.#world.breach(sentence));
    const entries: Members[] = [];
    for (const account of this.#world.books.accounts.keys())
      for (const entry of await this.#replays(account)) entries.push({ ...entry, account });
    // What goes through it comes to nothing in the own books, which have none.
    for (const account of [...new Set(currencies)].map((currency) => `house:escrow:${currency}`))
      for (const entry of await this.#replays(account)) entries.push({ ...entry, account });
    const receipts = await this.#asking.all('receipt.list', 'receipts', {});
    this.#world.contacts.sameReceipts(receipts as unknown as ReceiptShown[]);
    await this.#selling.sameDocuments();
    if (this.#world.isCounted) await this.#reported(receipts, entries);
  }

  /** Records and counters, against receipts, refunds and what was booked. */
  async #reported(receipts: readonly Members[], entries: readonly Members[]): Promise<void> {
    const records = await this.#asking.all('cdr.query', 'records', {});
    for (const fault of recordFaults(records, receipts)) this.#world.breach(fault);
    const { floor, began } = this.#world;
    const from = began - (began % dayMs);
    const to = floor.now - (floor.now % dayMs) + dayMs;
    const lines = (params: Members) =>
      this.#asking.all('statistics.query', String(params.of), { ...params, from, to, intervalMs: dayMs });
    const { queueIds, agentIds } = whoIsPaid(receipts);
    const paid = {
      queues: queueIds.length === 0 ? [] : await lines({ of: 'queues', ids: queueIds }),
      agents: agentIds.length === 0 ? [] : await lines({ of: 'agents', ids: agentIds }),
      together: await lines({ of: 'queues', by: 'all' }),
    };
    const payments = await this.#asking.all('payment.list', 'payments', {});
    for (const fault of countedFaults(paid, { receipts, payments, entries })) this.#world.breach(fault);
  }

  /** All that is in its statement. */
  async #replays(accountId: string): Promise<readonly Members[]> {
    const account = await this.#asking.read('account.get', { accountId });
    // House accounts that nothing was booked on have nothing to say.
    if (account === undefined) return [];
    const entries = await this.#asking.all('account.statement', 'entries', { accountId });
    let [balance, held, expected, number] = [0, 0, 0, 0];
    const seen = new Set<unknown>();
    for (const entry of entries) {
      const { n, transfer, ...changes } = entry as Record<string, number> & {
        transfer: { transferId: string; kind: string; hold?: { state: string } };
      };
      balance += changes.posted!;
      held += changes.held!;
      expected += changes.expected!;
      number += 1;
      if (n !== number) this.#world.breach(`entry ${n} of ${accountId} comes as number ${number}`);
      if (changes.balance !== balance || changes.available !== balance - held)
        this.#world.breach(`entry ${n} of ${accountId} says ${changes.balance}, and it is ${balance}`);
      if (seen.has(transfer.transferId)) this.#world.breach(`${accountId} was booked ${transfer.transferId} twice`);
      if (transfer.hold?.state === 'open')
        this.#world.breach(`the hold ${transfer.transferId} of ${accountId} is open still`);
      seen.add(transfer.transferId);
    }
    if (balance !== account.balance || held !== 0 || expected !== 0)
      this.#world.breach(
        `the statement of ${accountId} comes to ${balance}, ${held} held and ${expected} expected, and it shows ${JSON.stringify(account)}`,
      );
    return entries;
  }
}
