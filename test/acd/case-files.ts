// The files of rules in plain words (cases/*.txt): what a file opens with is the rule, then come the cases that show it.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { casesOf, type PlainCase } from '../plain-cases.ts';

export interface CaseFile {
  readonly file: string;
  /** The file's name, in words. */
  readonly rule: string;
  /** What stands before the first case. */
  readonly opening: string;
  readonly cases: readonly PlainCase[];
}

const folder = fileURLToPath(new URL('./cases/', import.meta.url));

/** What stands before the first title. */
function openingOf(text: string): string {
  const lines = text.split('\n');
  const title = lines.findIndex((_, at) => /^-{3,}$/.test(lines[at + 1] ?? ''));
  return lines.slice(0, Math.max(0, title)).join('\n').trim();
}

export function caseFiles(): CaseFile[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const text = readFileSync(`${folder}${file}`, 'utf8');
      const rule = file.replace('.txt', '').replaceAll('-', ' ');
      return { file, rule, opening: openingOf(text), cases: casesOf(text) };
    });
}

/** A first line of a case with more people than sockets would bring in a second or two, or with waits of half a minute at the speed of live ones. */
export const virtualOnly = 'in virtual time';

export function isVirtualOnly({ lines }: PlainCase): boolean {
  return lines[0] === virtualOnly;
}
