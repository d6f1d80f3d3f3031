// Runs made up for the tests of the harness, in the shape of real ones.

import type { MachineState } from '../../bench/harness/machine.ts';
import type { Run, Series } from '../../bench/harness/results.ts';

const machine: MachineState = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 8,
  platform: 'linux x64',
  load: 0.5,
  mixesPerMicrosecond: 500,
  randomReadNanoseconds: 50,
  flushMilliseconds: 1,
};

/** One case with a router beside a reference that takes 100 each time. */
export function runOf(routers: readonly number[], changes: Partial<Series> & { parameter?: number } = {}): Run {
  const { parameter = 1, ...series } = changes;
  const common = { measure: 'time', unit: 'ms', better: 'less' as const };
  return {
    format: 1,
    takenAt: '2024-01-01T00:00:00.000Z',
    command: 'npm run bench',
    commit: 'abcdef',
    quick: false,
    machine: { before: machine, after: machine },
    results: [
      {
        benchmark: 'made-up',
        about: 'nothing',
        topology: '',
        node: 'v20.1.0',
        seconds: 1,
        cases: [
          {
            case: '',
            parameters: { parameter },
            series: [
              { subject: 'bare', ...common, values: routers.map(() => 100) },
              {
                subject: 'router',
                ...common,
                values: routers,
                reference: 'bare',
                ratios: routers.map((value) => value / 100),
                ...series,
              },
            ],
            facts: {},
            checked: [],
          },
        ],
      },
    ],
  };
}
