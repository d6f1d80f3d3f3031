// npm run test:planted: plants one fault after the other and says who caught it, after how many seeds.

import { dirname } from 'node:path';
import { Command } from 'commander';
import { artifacts } from '../../src/artifacts.ts';
import { type PlantedFault, plantedFaults } from './planted.ts';
import { type Found, PlantedCopy, withFault } from './planted-copy.ts';

const options = new Command('npm run test:planted --')
  .description('Plants bugs in a copy of the source, one at a time, and looks for them.')
  .option('--only <texts...>', 'those whose name holds one of these texts')
  .parse()
  .opts<{ only?: string[] }>();

/** Without any fault nobody may cry. */
const soundSeeds = 100;

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function resultOf({ name, caughtBy }: PlantedFault, { isCaught, seeds, seconds, says }: Found): string {
  const by = 'seeds' in caughtBy ? 'simulator' : caughtBy.suite;
  const within = 'seeds' in caughtBy ? `${isCaught ? (seeds ?? '–') : 'none'} of ${caughtBy.seeds}` : '–';
  const what = says.replaceAll('|', '/').slice(0, 110);
  return row([name, isCaught ? by : `NOT CAUGHT by ${by}`, within, seconds.toFixed(0), what]);
}

const copy = new PlantedCopy(dirname(artifacts.packageFile));
process.on('exit', () => copy.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const sound = await copy.simulate(soundSeeds);
if (sound.isCaught) {
  console.error(`Without a fault the simulator finds one: ${sound.says}`);
  process.exit(1);
}
console.log(`Without a fault: ${soundSeeds} seeds in ${sound.seconds.toFixed(0)} s, no breach.\n`);
console.log(row(['fault', 'caught by', 'at seed', 'seconds', 'as it was said']));
console.log(row(['---', '---', '---', '---', '---']));
let missed = 0;
for (const fault of plantedFaults) {
  if (options.only !== undefined && !options.only.some((text) => fault.name.includes(text))) continue;
  const { file, caughtBy } = fault;
  const find = () => ('seeds' in caughtBy ? copy.simulate(caughtBy.seeds) : copy.test(caughtBy.suite));
  const found = await copy.look(file, (source) => withFault(source, fault), find);
  if (found === undefined) throw new Error(`with "${fault.name}" it cannot be built`);
  if (!found.isCaught) missed += 1;
  console.log(resultOf(fault, found));
}
process.exitCode = missed === 0 ? 0 : 1;
