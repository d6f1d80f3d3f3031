// The real bank's recording, which stays where it is: tests of it are skipped, saying so, where it is absent.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';

export const bankFile = join(artifacts.root, '..', 'shared', 'data', 'bank-calls-1999-08-first-half.csv');
export const isThere = existsSync(bankFile);
if (!isThere) console.log(`skipped: the bank's recording is not at ${bankFile}`);
