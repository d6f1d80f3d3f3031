// What the compiled core may contain: no state outside the memory it is given, and nothing asked of the host but that.
//
// A mutable global would belong to an instance while the partition's memory wanders between workers; a data segment would
// overwrite a live memory when another worker instantiates the module on it.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { coreModule, corePath } from './core-under-test.ts';

const SECTION_GLOBAL = 6;
const SECTION_START = 8;
const SECTION_DATA = 11;
const SECTION_DATA_COUNT = 12;

/** Reads an unsigned LEB128 number; returns it and where the next byte is. */
function leb(bytes: Uint8Array, from: number): [value: number, next: number] {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

/** Bodies of a module's sections by their number. */
function sections(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 8; at < bytes.length; ) {
    const [size, body] = leb(bytes, at + 1);
    found.set(bytes[at] ?? -1, bytes.subarray(body, body + size));
    at = body + size;
  }
  return found;
}

/** Whether any global of the section can be assigned; each is a type, a mutability and an initial expression. */
function hasMutableGlobal(section: Uint8Array): boolean {
  const [count, first] = leb(section, 0);
  for (let global = 0, at = first; global < count; global++) {
    if (section[at + 1] === 1) return true;
    while (section[at] !== 0x0b) at++;
    at++;
  }
  return false;
}

describe('the compiled core', () => {
  const found = sections(readFileSync(corePath));

  test('has no mutable global', () => {
    const globals = found.get(SECTION_GLOBAL);
    expect(globals !== undefined && hasMutableGlobal(globals)).toBe(false);
  });

  test('has no data segment and no start function', () => {
    expect(found.has(SECTION_DATA)).toBe(false);
    expect(found.has(SECTION_DATA_COUNT)).toBe(false);
    expect(found.has(SECTION_START)).toBe(false);
  });

  test('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(coreModule)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  test('exports what the host calls', () => {
    const functions = WebAssembly.Module.exports(coreModule).filter(({ kind }) => kind === 'function');
    expect(functions.map(({ name }) => name).sort()).toEqual([
      'describe',
      'digest',
      'exportState',
      'format',
      'importState',
      'step',
    ]);
  });

  test('a section reader that finds a mutable global in a module that has one', () => {
    const module = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 6, 6, 1, 0x7f, 1, 0x41, 0, 0x0b]);
    expect(() => new WebAssembly.Module(module)).not.toThrow();
    expect(hasMutableGlobal(sections(module).get(SECTION_GLOBAL) ?? new Uint8Array([0]))).toBe(true);
  });
});

describe('the layout', () => {
  test('holds only numbers that both compilers hold exactly', () => {
    for (const [name, value] of Object.entries(layout)) {
      expect(Number.isSafeInteger(value), name).toBe(true);
    }
  });

  test('gives every refusal and every header field a number of its own', () => {
    const numbersOf = (prefix: string, members: string[]): void => {
      const values = members.map((member) => (layout as unknown as Record<string, number>)[`${prefix}${member}`]);
      expect(new Set(values).size, prefix).toBe(members.length);
    };
    const refusals = Object.keys(layout).filter((name) => name.startsWith('REFUSED_'));
    numbersOf(
      'REFUSED_',
      refusals.map((name) => name.slice('REFUSED_'.length)),
    );
    numbersOf(
      'HEADER_',
      Object.keys(layout)
        .filter((name) => name.startsWith('HEADER_'))
        .map((name) => name.slice(7)),
    );
  });
});
