// docs/conformance.md and the cases say the same: each file that the page names is there and has cases, each file of cases is named, and a
// file reads as a specification: its rule first, then cases that look at something.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { caseFiles, isVirtualOnly } from './case-files.ts';

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = readFileSync(root('docs/conformance.md'), 'utf8');
const named = [...page.matchAll(/`([\w-]+\.txt)`/g)].map(([, file]) => file!);
const elsewhere = [...page.matchAll(/`((?:test|src)\/[\w/.-]+\.ts)`/g)].map(([, file]) => file!);
const files = caseFiles();

test('each rule has a file, each file a rule, and none is named twice', () => {
  expect([...named].sort()).toEqual(files.map(({ file }) => file).sort());
});

test('what is shown otherwise is there', () => {
  expect(elsewhere.length).toBeGreaterThan(10);
  expect(elsewhere.filter((file) => !existsSync(root(file)))).toEqual([]);
});

test('what shows the sentences of the mission is there', () => {
  const pages = ['mission', 'platforms', 'lines'].map((name) => readFileSync(root(`docs/${name}.md`), 'utf8'));
  const mission = pages.join('\n');
  const cases = new Set(files.map(({ file }) => file));
  const shown = [...mission.matchAll(/`([\w-]+\.txt)`/g)].map(([, file]) => file!);
  expect(shown.length).toBeGreaterThan(30);
  expect(shown.filter((file) => !cases.has(file))).toEqual([]);
  const paths = [...mission.matchAll(/`((?:test|src)\/[\w/.-]+\.ts)`/g)].map(([, file]) => file!);
  expect(paths.filter((file) => !existsSync(root(file)))).toEqual([]);
});

test('a file opens with its rule, in a sentence', () => {
  expect(files.filter(({ opening }) => !/^[A-Z][^#]*[.]$/.test(opening)).map(({ file }) => file)).toEqual([]);
});

test('a file has cases, each with a title of its own, and each looks at something last', () => {
  for (const { file, cases } of files) {
    expect(cases.length, file).toBeGreaterThan(0);
    expect(new Set(cases.map(({ title }) => title)).size, file).toBe(cases.length);
    for (const { title, lines } of cases) expect(lines.at(-1), `${file}: ${title}`).toMatch(/^then /);
  }
});

test('a case is played over sockets as well, unless it brings a crowd or waits for ten minutes', () => {
  const alone = files.flatMap(({ cases }) => cases).filter(isVirtualOnly);
  expect(alone.length).toBeGreaterThan(0);
  for (const { title, lines } of alone)
    expect(lines.join('\n'), title).toMatch(
      /^(given|when) (\d+ (agents called|contacts come)|(\d\d min|[6-9]\d\d s) pass)/m,
    );
});
