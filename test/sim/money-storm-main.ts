// npm run test:money: a million paid contacts, with crashes, whose books have to balance (docs/paid-contacts.md). Says its seed first; ends
// with 1 where anything was charged otherwise than it counted.

import { Command, InvalidArgumentError } from 'commander';
import { MoneyStorm, type StormReport } from './money/storm.ts';

/** Then a new world, with an empty store: what is stored of contacts that are over would else be most of the work. */
const contactsAWorld = 2_500;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is wanted.');
  return value;
}

const { seed, contacts } = new Command('npm run test:money --')
  .description('Plays paid contacts in virtual time with crashes, and keeps books of its own.')
  .option('--seed <n>', 'play this one, and those after it', count, Date.now() % 4_294_967_296)
  .option('--contacts <n>', `so many, in worlds of ${contactsAWorld}`, count, 1_000_000)
  .parse()
  .opts<{ seed: number; contacts: number }>();

console.log(`seed ${seed}: npm run test:money -- --seed ${seed} --contacts ${contacts} repeats this run`);
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 100) / 10;
const worlds: StormReport[] = [];
const sum = (of: (report: StormReport) => number) => worlds.reduce((all, report) => all + of(report), 0);
const played = () => sum((report) => report.contacts);
let breaches: readonly string[] = [];
let shownAt = 0;
while (played() < contacts && breaches.length === 0) {
  const next = seed + worlds.length;
  const report = await new MoneyStorm(next).play(Math.min(contactsAWorld, contacts - played()));
  worlds.push(report);
  breaches = report.breaches.map((sentence) => `seed ${next} ${sentence}`);
  if (seconds() - shownAt < 10 && played() < contacts) continue;
  shownAt = seconds();
  console.log(`${played()} contacts, ${sum((one) => one.crashes)} crashes, ${seconds()} s`);
}
for (const breach of breaches) console.log(`BREACH ${breach}`);
console.log(
  `${played()} contacts: ${sum((one) => one.charged)} charged, ${sum((one) => one.cutOff)} cut off, ${sum((one) => one.held)} holds, ${sum((one) => one.sentOn)} sent on, ${sum((one) => one.moved)} moved; ${sum((one) => one.payments)} payments, ${sum((one) => one.refunds)} taken back, ${sum((one) => one.disputes)} disputed, ${sum((one) => one.refused)} requests refused`,
);
console.log(
  `${sum((one) => one.crashes)} crashes, ${sum((one) => one.restarts)} restarts, ${sum((one) => one.trapped)} failures it lived through; ${worlds.length} worlds, ${seconds()} s: ${breaches.length === 0 ? 'the books balance' : 'THE BOOKS DO NOT BALANCE'}`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
