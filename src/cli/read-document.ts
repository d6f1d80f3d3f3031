// Reads a file of settings, YAML or JSON (which is YAML too), and says in which line it is wrong.

import { readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { configurationFileBytesMax } from '../limits.ts';
import { CommandError } from './command-error.ts';

/** The text of a file; `-` is standard input. */
export function readText(file: string): string {
  try {
    if (file === '-') return readFileSync(0, 'utf8');
    const { size } = statSync(file);
    if (size > configurationFileBytesMax) {
      throw new CommandError(`${file}: ${size} bytes; at most ${configurationFileBytesMax} are read`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file}: ${(error as Error).message}`, undefined, { cause: error });
  }
}

export function readDocument(file: string): unknown {
  return parseText(readText(file), file === '-' ? 'standard input' : file);
}

/** `name` is how messages call it. */
export function parseText(text: string, name: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new CommandError(`${name}: ${error.message.trim()}`);
  try {
    // JSON has no dates, maps or sets: a round trip leaves what a request could carry.
    return JSON.parse(JSON.stringify(document.toJS() ?? null));
  } catch (cause) {
    throw new CommandError(`${name}: ${(cause as Error).message}`, undefined, { cause });
  }
}
