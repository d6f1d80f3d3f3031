// One benchmark in a process of its own, so that none inherits another's heap. bench/main.ts starts it.
//
//   node bench/run-one.js NAME [--quick] [--other-node]         its result as JSON on standard output, progress on standard error

import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks/index.ts';
import { WrongAnswerError } from './harness/benchmark.ts';
import { runBenchmark } from './harness/run-cases.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, 'other-node': { type: 'boolean', default: false } },
});
const benchmark = benchmarks.find(({ name }) => name === positionals[0]);
if (benchmark === undefined) throw new Error(`no benchmark is called ${positionals[0]}`);
const conditions = { quick: values.quick, otherNode: values['other-node'] };
try {
  const result = await runBenchmark(benchmark, conditions, (line) => process.stderr.write(`  ${line}\n`));
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error instanceof WrongAnswerError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
