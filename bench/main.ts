// Runs the benchmarks one after the other, each in a process of its own, and gathers what they say.
//
//   npm run bench -- [--quick] [--only NAME] [--out FILE] [--json]
//
//   this process ─▶ full-life-over-sockets ─▶ offer-latency ─▶ recovery ─▶ core        stops at the first wrong answer
//
// Tables go to standard error as they come; --json prints all numbers on standard output at the end, --out writes them
// to a file. --quick takes about a minute and a half in all and leaves out what needs a long run.

import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Benchmark {
  readonly name: string;
  readonly whole: readonly string[];
  readonly quick: readonly string[];
}

const benchmarks: readonly Benchmark[] = [
  { name: 'full-life-over-sockets', whole: [], quick: ['--seconds', '8', '--bareSeconds', '2'] },
  { name: 'offer-latency', whole: [], quick: ['--seconds', '4'] },
  { name: 'recovery', whole: [], quick: ['--seconds', '4'] },
  { name: 'core', whole: [], quick: [] },
];

/** With the young generation that `npm start` gives the router, so that both sides of a comparison have the same. */
const nodeFlags = ['--max-semi-space-size=64'];

function run({ name }: Benchmark, args: readonly string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [...nodeFlags, file, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve(JSON.parse(text));
      else reject(new Error(`${name} ended with code ${code}`));
    });
  });
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = benchmarks.filter(({ name }) => values.only === undefined || values.only === name);
if (wanted.length === 0)
  throw new Error(`no benchmark is called ${values.only}: ${benchmarks.map(({ name }) => name)}`);
const results: Record<string, unknown> = {};
for (const benchmark of wanted) {
  if (!existsSync(fileURLToPath(new URL(`./${benchmark.name}.js`, import.meta.url)))) continue;
  results[benchmark.name] = await run(benchmark, values.quick ? benchmark.quick : benchmark.whole);
}
const text = JSON.stringify(results, undefined, 2);
if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
if (values.json) console.log(text);
