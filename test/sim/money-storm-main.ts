// npm run test:money: a million paid contacts, with crashes, whose books have to balance (docs/paid-contacts.md). Says its seed first; ends
// with 1 where anything was charged otherwise than it counted.
//
//   --processes N: parts with seeds of their own, each a process, whose sums are the whole

import { fork } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import { MoneyStorm } from './money/storm.ts';

/** Then a new world, with an empty store: a store in memory keeps all that was ever booked. */
const contactsAWorld = 5_000;
/** So far apart are the seeds of the parts. */
const seedsAPart = 100_000;

type Sums = Record<string, number>;

/** What a part has played so far. */
interface Played {
  readonly sums: Sums;
  readonly breaches: readonly string[];
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is wanted.');
  return value;
}

const { seed, contacts, processes } = new Command('npm run test:money --')
  .description('Plays paid contacts in virtual time with crashes, and keeps books of its own.')
  .option('--seed <n>', 'play this one, and those after it', count, Date.now() % 4_294_967_296)
  .option('--contacts <n>', `so many, in worlds of ${contactsAWorld}`, count, 1_000_000)
  .option('--processes <n>', `so many at once, whose seeds are ${seedsAPart} apart`, count, 1)
  .parse()
  .opts<{ seed: number; contacts: number; processes: number }>();

const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 100) / 10;

async function plays(seed: number, contacts: number, progress: (played: Played) => void): Promise<Played> {
  let played: Played = { sums: { contacts: 0, worlds: 0 }, breaches: [] };
  while (played.sums.contacts! < contacts && played.breaches.length === 0) {
    const next = seed + played.sums.worlds!;
    const { breaches, ...counts } = await new MoneyStorm(next).play(
      Math.min(contactsAWorld, contacts - played.sums.contacts!),
    );
    played = {
      sums: added(played.sums, { ...counts, worlds: 1 }),
      breaches: breaches.map((sentence) => `seed ${next} ${sentence}`),
    };
    progress(played);
  }
  return played;
}

/** As a process of its own; one that ends before it has said all has found a breach, or is one. */
function playsApart(seed: number, contacts: number, progress: (played: Played) => void): Promise<Played> {
  return new Promise((resolve) => {
    const part = fork(process.argv[1] as string, ['--seed', String(seed), '--contacts', String(contacts)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let last: Played = { sums: { contacts: 0, worlds: 0 }, breaches: [] };
    part.on('message', (played: Played) => {
      last = played;
      progress(played);
    });
    part.on('exit', (code) => {
      const isWhole = code === 0 && last.sums.contacts! >= contacts;
      const ended = [`the process of seed ${seed} ended with ${code}`];
      resolve(isWhole || last.breaches.length > 0 ? last : { ...last, breaches: ended });
    });
  });
}

function added(one: Sums, other: Sums): Sums {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

const parts: Played[] = [];
const whole = (): Sums => parts.reduce((sums, part) => added(sums, part?.sums ?? {}), {} as Sums);
let shownAt = 0;

function progressOf(at: number) {
  return (played: Played) => {
    parts[at] = played;
    process.send?.(played);
    for (const breach of played.breaches) console.log(`BREACH ${breach}`);
    if (seconds() - shownAt < 10) return;
    shownAt = seconds();
    console.log(`${whole().contacts} contacts, ${whole().crashes} crashes, ${shownAt} s`);
  };
}

console.log(
  `seed ${seed}: npm run test:money -- --seed ${seed} --contacts ${contacts} --processes ${processes} repeats this run`,
);
if (processes === 1) parts[0] = await plays(seed, contacts, progressOf(0));
else {
  const each = Math.ceil(contacts / processes);
  const all = Array.from({ length: processes }, (_, at) =>
    playsApart(seed + at * seedsAPart, Math.min(each, contacts - at * each), progressOf(at)),
  );
  const played = await Promise.all(all);
  parts.splice(0, parts.length, ...played);
}
const breaches = parts.flatMap((part) => part.breaches);
const of = whole();
console.log(
  `${of.contacts} contacts: ${of.charged} charged, ${of.cutOff} cut off, ${of.held} holds, ${of.sentOn} sent on, ${of.moved} moved; ${of.messages} messages and ${of.documents} documents sold; ${of.payments} payments, ${of.refunds} taken back, ${of.disputes} disputed, ${of.refused} requests refused`,
);
console.log(
  `${of.crashes} crashes, ${of.restarts} restarts, ${of.trapped} failures it lived through; ${of.worlds} worlds, ${seconds()} s: ${breaches.length === 0 ? 'the books balance' : 'THE BOOKS DO NOT BALANCE'}`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
