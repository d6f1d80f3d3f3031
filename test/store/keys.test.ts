import { describe, expect, test } from 'vitest';
import { keyAfterPrefix, keyOf, prefixOf, type RowKey, rowKeyIn } from '../../src/store/keys.ts';
import { printedSeed, randomFrom } from './scratch.ts';

describe('keys of the tables', () => {
  test('sort as the values do and come back as they were', () => {
    const random = randomFrom(printedSeed('keys'));
    const texts = ['', 'a', 'ab', 'b', 'a\0', 'a\0b', 'a\u00ff', 'é', '漢字', '😀', '+49 89', '\0', '\u007f', '\u0080'];
    const numbers = [0, 1, 255, 256, 65_535, 2 ** 32 - 1, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER];
    const part = () =>
      random(2) === 0 ? texts[random(texts.length)]! : random(3) ? numbers[random(numbers.length)]! : random(1e9);
    for (let shape = 0; shape < 200; shape++) {
      const kinds = Array.from({ length: 1 + random(3) }, part);
      const draw = (): (string | number)[] =>
        kinds.map((kind) => {
          for (;;) {
            const drawn = part();
            if (typeof drawn === typeof kind) return drawn;
          }
        });
      const rows = Array.from({ length: 30 }, draw);
      const sorted = rows.map((row) => keyOf(9, row)).sort();
      const expected = rows.toSorted(compareRows).map((row) => keyOf(9, row));
      expect(sorted).toEqual(expected);
      for (const row of rows) expect(rowKeyIn(keyOf(9, row))).toEqual(row.length === 1 ? row[0] : row);
    }
  });

  test('are bytes, also where the text is not ASCII', () => {
    for (const row of ['é', '漢', '😀\0', 12345678901] as RowKey[]) {
      for (const unit of keyOf(65_535, row)) expect(unit.charCodeAt(0)).toBeLessThan(256);
    }
  });

  test('begin with their prefix, and end before the key after it', () => {
    const inPrefix = (row: RowKey, prefix: RowKey): boolean => {
      const start = prefixOf(3, prefix);
      const key = keyOf(3, row);
      return key >= start && key < keyAfterPrefix(start)!;
    };
    expect(inPrefix('customer', 'cust')).toBe(true);
    expect(inPrefix('cust', 'cust')).toBe(true);
    expect(inPrefix('cusp', 'cust')).toBe(false);
    expect(inPrefix(['a', 5], ['a'])).toBe(true);
    expect(inPrefix(['ab', 5], ['a'])).toBe(false);
    expect(inPrefix(['ab', 5], 'a')).toBe(true);
    expect(inPrefix([7, 'x'], [7])).toBe(true);
    expect(inPrefix([8, 'x'], [7])).toBe(false);
  });

  test('refuse what has no order or no end', () => {
    for (const row of [-1, 0.5, Number.NaN, 2 ** 53] as RowKey[]) expect(() => keyOf(1, row)).toThrow(RangeError);
    for (const table of [0, -1, 65_536, 1.5]) expect(() => keyOf(table, 1)).toThrow('no table id');
    expect(() => keyOf(1, 'x'.repeat(2000))).toThrow('is 2004 bytes long');
    expect(() => rowKeyIn('\0\u0001 never ends')).toThrow('does not end');
    expect(() => rowKeyIn('\0\u0001\u0014\u0001')).toThrow('not the key of a row');
  });
});

function compareRows(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]!;
    if (typeof left === 'number' && typeof right === 'number') {
      if (left !== right) return left - right;
    } else {
      const order = Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
      if (order !== 0) return order;
    }
  }
  return 0;
}
