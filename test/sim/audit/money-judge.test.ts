// What the auditor of the simulator makes of accounts of somebody who was erased: each that was opened is there, whatever it is called.

import { expect, test } from 'vitest';
import type { Members } from '../setting.ts';
import { Command } from './commands.ts';
import { ErasureJudge } from './erasure-judge.ts';
import { type AccountShown, MoneyJudge } from './money-judge.ts';

const admin = { tenant: 'north', role: 'admin', sub: 'root' } as const;
const app = { tenant: 'north', role: 'app', sub: 'crm' } as const;
const euros = { accountId: 'w1', owner: 'customer', customerId: 'c1', currency: 'EUR' };
const yen = { accountId: 'w3', owner: 'customer', customerId: 'c1', currency: 'JPY' };
const others = { accountId: 'w2', owner: 'customer', customerId: 'c2', currency: 'EUR' };

/** What is wrong with these accounts, where those were opened and then c1 was erased. */
function breachesOf(opened: readonly (readonly [typeof admin | typeof app, Members])[], accounts: Members[]): string[] {
  const breaches: string[] = [];
  const said = { breach: (sentence: string) => breaches.push(sentence), seen: () => {} };
  const erasures = new ErasureJudge({ ...said, count: () => 100, mayBeJoined: () => false });
  const money = new MoneyJudge({ ...said, erasures });
  opened.forEach(([who, params], at) => {
    const command = new Command(who, 'account.open', params, at);
    command.attempted();
    money.asked(command);
    command.answered({ result: params }, at);
  });
  const erase = new Command(admin, 'customer.erase', { customerId: 'c1' }, 50);
  const result = { erasureId: 'erasure-1', customers: ['c1'], state: 'gone', erased: {} };
  erasures.asked(erase, true);
  erase.attempted();
  erase.answered({ result }, 51);
  erasures.answered(erase, result, 50);
  const shown = accounts.map((one) => ({ ...one, balance: 0, held: 0, expected: 0, available: 0 }) as AccountShown);
  money.atLast(shown, new Map(), [], 0);
  return breaches;
}

const nobodys = (number: number, currency: string) => ({ accountId: `erased/${number}`, currency });

test('an account that two have opened as it was is one that is nobody’s', () => {
  const opened = [[admin, euros] as const, [app, euros] as const, [app, others] as const];
  expect(breachesOf(opened, [nobodys(1, 'EUR'), others])).toEqual([]);
  expect(breachesOf(opened, [others])).toEqual(['1 accounts in EUR are missing, 1 may be, and 0 are nobody’s']);
});

test('each account is missed in its own currency, and none is nobody’s that nobody has opened', () => {
  const opened = [[admin, euros] as const, [admin, yen] as const];
  expect(breachesOf(opened, [nobodys(1, 'EUR'), nobodys(2, 'JPY')])).toEqual([]);
  expect(breachesOf(opened, [nobodys(1, 'EUR'), nobodys(2, 'EUR')])).toEqual([
    '1 accounts in EUR are missing, 1 may be, and 2 are nobody’s',
    '1 accounts in JPY are missing, 1 may be, and 0 are nobody’s',
  ]);
});

test('an account of somebody who was not erased is lost where it is not there', () => {
  expect(breachesOf([[app, others]], [nobodys(1, 'EUR')])).toContain('the account w2 is lost');
});
