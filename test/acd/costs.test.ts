// docs/matching.md says of each member of a queue's policy, and of each way to select, what it costs: a policy that is not in the table
// has no stated cost.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { queuePolicyProperties } from '../../src/protocol/queue-policy.ts';
import { selections } from '../../src/protocol/states.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/matching.md', import.meta.url)), 'utf8');
const [, section = ''] = page.split('## What a decision costs');
/** The first cells of the table. */
const named = [...section.split('\n## ')[0]!.matchAll(/^\| (.*?) \| /gm)].map(([, cell]) => cell!).join(' ');

const isNamed = (word: string) => new RegExp(`\`[^\`]*\\b${word}\\b[^\`]*\``).test(named);

test('each member of a policy has its cost', () => {
  expect(Object.keys(queuePolicyProperties).filter((member) => !isNamed(member))).toEqual([]);
});

test('each way to select has its cost', () => {
  expect(Object.keys(selections).filter((word) => !isNamed(word))).toEqual([]);
});
