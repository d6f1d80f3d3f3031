// npm run test:lines: a storm of a million offers on seats with many lines (docs/lines.md). Says its seed first; ends with 1 where
// anything was one too many.

import { Command, InvalidArgumentError, Option } from 'commander';
import { LineStorm, type StormReport } from './line-storm.ts';
import { CoreGround } from './line-storm-core.ts';
import { EngineGround } from './line-storm-engine.ts';

/** Through the engine: then a new floor, with an empty store. */
const offersAWorld = 25_000;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is wanted.');
  return value;
}

const { seed, offers, through } = new Command('npm run test:lines --')
  .description('Plays a storm of offers in virtual time, and counts what every seat has.')
  .option('--seed <n>', 'play this one', count, Date.now() % 4_294_967_296)
  .option('--offers <n>', 'until so many were made', count, 1_000_000)
  .addOption(
    new Option('--through <what>', 'core: the core alone; engine: a whole partition, a world of 25,000 offers a seed')
      .choices(['core', 'engine'])
      .default('core'),
  )
  .parse()
  .opts<{ seed: number; offers: number; through: 'core' | 'engine' }>();

console.log(
  `seed ${seed}: npm run test:lines -- --seed ${seed} --offers ${offers} --through ${through} repeats this run`,
);
const began = performance.now();
const worlds: StormReport[] = [];
const sum = (of: (report: StormReport) => number) => worlds.reduce((all, report) => all + of(report), 0);
let breaches: readonly string[] = [];
while (sum((report) => report.offers) < offers && breaches.length === 0) {
  const made = sum((report) => report.offers);
  const next = seed + worlds.length;
  const storm = new LineStorm(next, (account, begins) =>
    through === 'core' ? new CoreGround(account) : new EngineGround(account, begins),
  );
  const wanted = through === 'core' ? offers : Math.min(offersAWorld, offers - made);
  const report = await storm.play(wanted, (so) => console.log(`${so} offers`));
  worlds.push(report);
  breaches = report.breaches;
  if (through === 'engine') console.log(`seed ${next}: ${made + report.offers} offers`);
}
const seconds = Math.round((performance.now() - began) / 100) / 10;
for (const breach of breaches) console.log(`BREACH ${breach}`);
console.log(
  `${sum((report) => report.offers)} offers and ${sum((report) => report.dialled)} calls out in ${sum((report) => report.bursts)} bursts, ${seconds} s; ${Math.max(...worlds.map(({ busyMost }) => busyMost))} lines of a seat at most, ${sum((report) => report.fullTimes)} times as many as it allows, ${breaches.length === 0 ? 'never one too many' : 'ONE TOO MANY'}`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
