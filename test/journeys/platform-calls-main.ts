// npm run test:platforms: a thousand calls from twenty platforms over real sockets, with one that hangs and one that lies
// (docs/platforms.md). Ends with 1 where anybody was somebody else.

import { Command, InvalidArgumentError } from 'commander';
import { playCalls } from './platform-calls.ts';

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_500) throw new InvalidArgumentError('1 to 1500 are wanted.');
  return value;
}

const { calls } = new Command('npm run test:platforms --')
  .description('Hands callers of twenty platforms over, brings their calls at once, and looks who each of them is.')
  .option('--calls <n>', 'so many', count, 1_000)
  .parse()
  .opts<{ calls: number }>();

const { outcomes, wrong } = await playCalls(calls);
for (const fault of wrong) console.log(`WRONG ${fault}`);
for (const [outcome, number] of Object.entries(outcomes)) console.log(`${number} ${outcome}`);
console.log(
  `${calls} calls from 20 platforms: ${wrong.length === 0 ? 'each is who it is, or nobody' : 'SOMEBODY IS NOT'}`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
