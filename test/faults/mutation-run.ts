// npm run test:mutants: a sample of mutants of engine and store, each given to the simulator and then to the suites, and how many
// of them were caught ("killed"). The sample is drawn from a seed, so a run can be had again and a larger one holds the smaller.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { artifacts } from '../../src/artifacts.ts';
import { SimRandom } from '../sim/random.ts';
import { type Mutant, mutantsOf, withMutant } from './mutants.ts';
import { PlantedCopy } from './planted-copy.ts';

const options = new Command('npm run test:mutants --')
  .description('Changes one thing at a time in src/engine and src/store, and looks whether anybody notices.')
  .option('--sample <n>', 'so many mutants', Number, 40)
  .option('--seed <n>', 'draws the sample', Number, 1)
  .option('--seeds <n>', 'seeds of the simulator for each', Number, 60)
  .parse()
  .opts<{ sample: number; seed: number; seeds: number }>();

const folders = ['src/engine', 'src/store'];
const suites = ['test/engine', 'test/store', 'test/domain', 'test/transport'];
const root = dirname(artifacts.packageFile);
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name}`),
);
const all = files.flatMap((file) => mutantsOf(file, readFileSync(join(root, file), 'utf8')));
const sample = new SimRandom(options.seed).shuffled(all).slice(0, options.sample);
console.log(`${all.length} mutants in ${files.length} files; a sample of ${sample.length}, SEED=${options.seed}\n`);

const copy = new PlantedCopy(root);
process.on('exit', () => copy.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

async function find(mutant: Mutant): Promise<'simulator' | 'suites' | 'nobody' | 'not built'> {
  const change = (source: string) => withMutant(source, mutant);
  let by: 'simulator' | 'suites' = 'simulator';
  const found = await copy.look(mutant.file, change, async () => {
    const simulated = await copy.simulate(options.seeds, ['--steps', '60']);
    if (simulated.isCaught) return simulated;
    by = 'suites';
    return copy.test(...suites);
  });
  if (found === undefined) return 'not built';
  return found.isCaught ? by : 'nobody';
}

const counts = new Map<string, number>();
for (const [at, mutant] of sample.entries()) {
  const by = await find(mutant);
  const key = `${dirname(mutant.file)} ${by}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  console.log(`${at + 1}. ${by}: ${mutant.file}:${mutant.line} (${mutant.operator})`);
  if (by === 'nobody') console.log(`     - ${mutant.before.trim()}\n     + ${mutant.after.trim()}`);
}

console.log('\n| | mutants | not built | simulator | suites | nobody | killed |');
console.log('|---|---|---|---|---|---|---|');
for (const folder of folders) {
  const of = (by: string) => counts.get(`${folder} ${by}`) ?? 0;
  const killed = of('simulator') + of('suites');
  const built = killed + of('nobody');
  const rate = built === 0 ? '–' : `${Math.round((100 * killed) / built)}%`;
  console.log(
    `| ${folder} | ${built + of('not built')} | ${of('not built')} | ${of('simulator')} | ${of('suites')} | ${of('nobody')} | ${rate} |`,
  );
}
