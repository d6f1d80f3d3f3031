// The version that package.json says.

import { readFileSync } from 'node:fs';
import { artifacts } from '../artifacts.ts';

export function productVersion(): string {
  return (JSON.parse(readFileSync(artifacts.packageFile, 'utf8')) as { version: string }).version;
}
