// docs/complaints.md and the cases say the same: each case that the page names is there, and each that is marked as a complaint is on the page.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const page = readFileSync(here('../../docs/complaints.md'), 'utf8');

/** The titles of a file, and which of them are marked. */
const titles = new Set<string>();
const marked = new Set<string>();
for (const file of readdirSync(here('./cases/'))) {
  let title = '';
  const lines = readFileSync(here(`./cases/${file}`), 'utf8').split('\n');
  lines.forEach((line, at) => {
    if (/^-{3,}$/.test(lines[at + 1] ?? '')) title = `${file}: ${line}`;
    titles.add(title);
    if (line.startsWith('# Complaint:')) marked.add(title);
  });
}
const named = new Set(
  [...page.matchAll(/`([\w-]+\.txt)`: (.+?)(?=; `[\w-]+\.txt`: | \|$)/gm)].map(
    ([, file, title]) => `${file}: ${title}`,
  ),
);

test('each case on the page is there', () => {
  expect(named.size).toBeGreaterThan(30);
  expect([...named].filter((title) => !titles.has(title))).toEqual([]);
});

test('each case that is marked as a complaint is on the page', () => {
  expect([...marked].filter((title) => !named.has(title))).toEqual([]);
});
