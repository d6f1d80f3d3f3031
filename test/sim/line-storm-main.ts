// npm run test:lines: a storm of a million offers on seats with many lines (docs/lines.md). Says its seed first; ends with 1 where
// anything was one too many.

import { Command, InvalidArgumentError } from 'commander';
import { LineStorm } from './line-storm.ts';

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is wanted.');
  return value;
}

const { seed, offers } = new Command('npm run test:lines --')
  .description('Plays a storm of offers against the core, in virtual time, and counts what every seat has.')
  .option('--seed <n>', 'play this one', count, Date.now() % 4_294_967_296)
  .option('--offers <n>', 'until so many were made', count, 1_000_000)
  .parse()
  .opts<{ seed: number; offers: number }>();

console.log(`seed ${seed}: npm run test:lines -- --seed ${seed} --offers ${offers} repeats this run`);
const began = performance.now();
const report = new LineStorm(seed).play(offers, (made) => console.log(`${made} offers`));
const seconds = Math.round((performance.now() - began) / 100) / 10;
for (const breach of report.breaches) console.log(`BREACH ${breach}`);
console.log(
  `${report.offers} offers and ${report.dialled} calls out in ${report.ticks} ticks, ${seconds} s; ${report.busyMost} lines of a seat at most, ${report.fullTicks} times as many as it allows, ${report.breaches.length === 0 ? 'never one too many' : 'ONE TOO MANY'}`,
);
process.exitCode = report.breaches.length === 0 ? 0 : 1;
