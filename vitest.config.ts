import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// `npm test` has to end within twelve minutes on two cores, so:
// - three files at a time: one of three waits, for timers, a disk or another process;
// - what takes longest comes first, so that at the end nobody waits for it alone;
// - files that start no processes and change nothing of their own share a process, which loads the router once for all of
//   them, which was nearly half of their processor time.

/** Need more than Node: `npm run test:asterisk`. */
const elsewhere = 'test/asterisk/**';

/** Of what there is a file for each folder. */
const sharing = ['core', 'domain', 'engine', 'protocol', 'sim/audit', 'store', 'transport'];
const shared = sharing.map((folder) => `test/${folder}/**/*.test.ts`);

/** In the order in which they begin; all others come behind, the largest first. */
const longest = [
  'acd/interleavings.test.ts',
  'sim/short-seeds-1.test.ts',
  'sim/short-seeds-2.test.ts',
  'acd/acd.test.ts',
  'sim/short-seeds-3.test.ts',
  'sim/short-seeds-4.test.ts',
  'core/model-agreement.test.ts',
  'cli/front-door.test.ts',
  'switch/conformance-switch.test.ts',
  'crash/crash.test.ts',
  'cli/doctor.test.ts',
  'switch/command-line.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return at === -1 ? longest.length : at;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    // What runs beside others of its file waits most of the time.
    maxConcurrency: 10,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'sharing', include: shared, isolate: false } },
      {
        extends: true,
        test: { name: 'apart', include: ['test/**/*.test.ts', 'src/**/*.test.ts'], exclude: [...shared, elsewhere] },
      },
    ],
  },
});
