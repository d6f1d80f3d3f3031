// The journeys with a real Asterisk (`npm run test:asterisk`): one file at a time, since there is one Asterisk with one set of ports.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  test: {
    include: ['test/asterisk/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: 'test/asterisk/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
