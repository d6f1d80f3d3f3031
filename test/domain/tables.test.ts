// Numbers of modules and tables are for ever: what is on the disk has no other name for them. So they are written down in
// docs/on-disk-format.md, and a change of one is seen here.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TableDeclaration } from '../../src/domain/module.ts';
import { makeModules } from '../../src/domain/modules.ts';
import { requestsTable } from '../../src/engine/request-memory.ts';
import { setAsideTable } from '../../src/engine/set-aside.ts';

interface Owner {
  readonly name: string;
  readonly number: number | undefined;
  readonly tables: readonly TableDeclaration[];
}

const owners: readonly Owner[] = [
  { name: 'engine', number: undefined, tables: [requestsTable, setAsideTable] },
  ...makeModules(),
];

test('docs/on-disk-format.md names every module and table with its number', () => {
  const lines = [...owners]
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
    .map(({ name, number, tables }) => `| ${number ?? '–'} | ${name} | ${tables.map(shown).join(', ')} |`);
  const written = readFileSync(new URL('../../docs/on-disk-format.md', import.meta.url), 'utf8');
  const [, table] = written.split('| module | name | tables |\n|---|---|---|\n');
  expect(table?.split('\n\n')[0]).toBe(lines.join('\n'));
});

test('no two modules and no two tables have one number or one name', () => {
  const tables = owners.flatMap((owner) => owner.tables);
  expect(twice(owners.map(({ number }) => number))).toEqual([]);
  expect(twice(tables.map(({ id }) => id))).toEqual([]);
  expect(twice(tables.map(({ name }) => name))).toEqual([]);
});

function twice<One>(all: readonly One[]): One[] {
  return all.filter((one, at) => all.indexOf(one) !== at);
}

/** `personal` ones are those that erasing has to reach. */
function shown({ id, name, personal }: TableDeclaration): string {
  return `${id} ${name}${personal ? '*' : ''}`;
}
