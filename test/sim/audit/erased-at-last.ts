// Somebody is erased when everything is at rest, from whatever the run has led to: nobody is told anything of it any more, no byte of its
// names is on the disk in time, and the books are as they were.

import type { Members } from '../setting.ts';
import type { World } from '../world.ts';
import { everyPage } from './counted-at-last.ts';
import { placesOf } from './erasure-judge.ts';
import type { AccountShown } from './money-judge.ts';

/** Customers of whom one is taken: most things are theirs. */
const candidates = ['c1', 'c2', 'c3', 'c4', 'c5'];

export interface Erased {
  readonly erasureId: string;
  readonly customers: readonly string[];
  readonly names: readonly string[];
  readonly books: string;
}

/** Undefined: nobody can be erased, since nobody is known or something goes on with all of them. */
export async function erases(world: World, tenant: string): Promise<Erased | undefined> {
  const admin = { tenant, role: 'admin', sub: 'auditor' } as const;
  const books = await booksOf(world, tenant);
  for (const customerId of candidates) {
    const [known] = (await world.ask(admin, [{ method: 'customer.get', params: { customerId } }])) ?? [];
    if (known === undefined) continue;
    const params = { customerId, leaveBalance: true };
    const [erasure] = (await world.ask(admin, [{ method: 'customer.erase', params }])) ?? [];
    if (erasure === undefined) continue;
    world.count('customer.erase');
    const { erasureId, customers } = erasure as { erasureId: string; customers: string[] };
    const names = ((known as Members).identities as Members[])
      .map(({ value }) => String(value))
      .filter((value) => value.length > 8);
    return { erasureId, customers, names, books };
  }
  return undefined;
}

/** No byte of its names is on the disk. */
export function isGone(world: World, tenant: string, { names }: Erased): boolean {
  return placesOf(world.disk.disk.tenants.get(tenant), names).length === 0;
}

export async function erasedAtLast(world: World, tenant: string, erased: Erased): Promise<void> {
  const { erasureId, customers, names, books } = erased;
  const admin = { tenant, role: 'admin', sub: 'auditor' } as const;
  const breach = (what: string) => world.breach(`${tenant}: ${erasureId} of ${customers}: ${what}`);
  const left = placesOf(world.disk.disk.tenants.get(tenant), names);
  const [how] = (await world.ask(admin, [{ method: 'customer.erasure', params: { erasureId } }])) ?? [];
  if (how === undefined) breach('customer.erasure knows nothing of it');
  else world.count('customer.erasure');
  if (left.length > 0) {
    // Legs that somebody has lost for good may be waited for.
    if ((how as Members | undefined)?.state !== 'erasing') breach(`is on the disk still: ${left.slice(0, 5)}`);
    return;
  }
  for (const customerId of customers) {
    const [known] = (await world.ask(admin, [{ method: 'customer.get', params: { customerId } }])) ?? [];
    if (known !== undefined) breach(`customer.get of ${customerId} shows it`);
  }
  for (const [method, what] of lists) {
    const items = (await everyPage(world, tenant, method, what, {}, 'admin')) ?? [];
    const told = items.find((item) => names.some((name) => JSON.stringify(item).includes(name)));
    if (told !== undefined) breach(`${method} tells ${JSON.stringify(told)}`);
    const others = items.find(({ customerId }) => customers.includes(customerId as string));
    if (others !== undefined) breach(`${method} tells ${JSON.stringify(others)}`);
  }
  const after = await booksOf(world, tenant);
  if (after !== books) breach(`the books are ${after}, and were ${books}`);
}

const lists = [
  ['contact.list', 'contacts'],
  ['cdr.query', 'records'],
  ['rating.list', 'ratings'],
  ['business.list', 'businesses'],
  ['callback.list', 'callbacks'],
  ['affinity.list', 'affinities'],
  ['account.list', 'accounts'],
  ['payment.list', 'payments'],
  ['receipt.list', 'receipts'],
] as const;

/** What each account comes to, in the order in which they were opened, whatever they are called; and that its statement comes to that. */
async function booksOf(world: World, tenant: string): Promise<string> {
  const accounts = ((await everyPage(world, tenant, 'account.list', 'accounts', {}, 'admin')) ?? []) as AccountShown[];
  const all: unknown[] = [];
  for (const { accountId, currency, balance, held, expected } of accounts) {
    const entries = (await everyPage(world, tenant, 'account.statement', 'entries', { accountId }, 'admin')) ?? [];
    const sum = entries.reduce((total, { posted }) => total + (posted as number), 0);
    if (sum !== balance)
      world.breach(`${tenant}: the statement of ${accountId} comes to ${sum}, and it has ${balance}`);
    all.push([currency, balance, held, expected, entries.length]);
  }
  return JSON.stringify(all);
}
