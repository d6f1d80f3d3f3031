// Rows are packed as msgpackr packs them, or not at all; and those that the modules write are packed.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { RowPacker } from '../../src/store/row-packer.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`row packer: seed ${seed} (SEED repeats it)`);

const packr = new Packr({ useRecords: false, copyBuffers: true, moreTypes: true });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const edges = [0, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const number = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((edge) => -edge), ...edges.map((edge) => -edge - 1), 2 ** 32, 1.5, Number.NaN),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
);
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 300 });
const plainText = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 255 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.tuple(fc.constantFrom('a', 'ü', '☎'), fc.nat(400)).map(([one, times]) => one.repeat(times)),
);
/** What comes as JSON, and so has members that are called like something else. */
const key = fc.oneof({ weight: 9, arbitrary: plainText }, { weight: 1, arbitrary: fc.constant('toString') });

function rows(text: fc.Arbitrary<string>, leaf: fc.Arbitrary<unknown>, listMax: number): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: listMax }),
      tie('row'),
    ),
    row: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  })).row;
}

const plain = rows(plainText, fc.constant(7), 40);
const odd = fc.oneof(
  fc.constantFrom(undefined, 1n, new Date(0), new Map([[1, 2]]), new Set([1]), Object.create(null), /x/),
  fc.uint8Array({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const any = rows(ascii, odd, 40);

/** What it adds for a row; undefined: nothing. */
function packedBy(packer: RowPacker, row: unknown): Buffer | undefined {
  const from = packer.at;
  return packer.pack(row) ? Buffer.from(packer.bytes.subarray(from, packer.at)) : undefined;
}

describe('a packer of rows', () => {
  it('packs what is plain as msgpackr does', () => {
    const packer = new RowPacker();
    fc.assert(
      fc.property(plain, (row) => {
        const packed = packedBy(packer, row);
        expect(hex(packed!)).toBe(hex(packr.pack(row)));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('packs nothing otherwise than msgpackr does', () => {
    const packer = new RowPacker();
    fc.assert(
      fc.property(any, (row) => {
        const packed = packedBy(packer, row);
        if (packed !== undefined) expect(hex(packed)).toBe(hex(packr.pack(row)));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('packs one row behind the other, also when they take more than there was room for', () => {
    const packer = new RowPacker();
    const row = (number: number) => ({ number, text: 'x'.repeat(number % 256), list: [number, -number] });
    for (let turn = 0; turn < 3; turn++) {
      packer.reset();
      const ends = Array.from({ length: 3_000 }, (_, number) => {
        expect(packer.pack(row(number))).toBe(true);
        return packer.at;
      });
      ends.forEach((end, number) => {
        expect(hex(packer.bytes.subarray(ends[number - 1] ?? 0, end))).toBe(hex(packr.pack(row(number))));
      });
    }
  });

  it('packs keys as they are, however many there are, and whatever came behind which', () => {
    const packer = new RowPacker();
    const keys = Array.from({ length: 6_000 }, (_, index) => 'k'.repeat(index % 40) + index);
    for (let turn = 0; turn < 3; turn++) {
      for (let from = 0; from < keys.length; from += 7) {
        packer.reset();
        const row = Object.fromEntries(
          keys.slice(from, from + 20).map((key) => [key, { [key]: [{ [`ü${key}`]: 1 }] }]),
        );
        expect(hex(packedBy(packer, row)!)).toBe(hex(packr.pack(row)));
      }
    }
  });

  it('packs long lists, also where the room ends', () => {
    const packer = new RowPacker();
    const sizes = [15, 16, 255, 256, 4_000, 16_000];
    for (let turn = 0; turn < 40; turn++) {
      for (const size of sizes) {
        const row = { list: Array.from({ length: size }, (_, index) => [index, 'wait', null]) };
        expect(hex(packedBy(packer, row)!)).toBe(hex(packr.pack(row)));
      }
    }
  });

  it('packs long texts, whatever their bytes', () => {
    const packer = new RowPacker();
    for (const one of ['a', 'ü', '☎', '𝄞'])
      for (const times of [10, 11, 16, 31, 32, 85, 86, 127, 128, 255, 256, 5_000, 10_000])
        expect(hex(packedBy(packer, one.repeat(times))!)).toBe(hex(packr.pack(one.repeat(times))));
  });

  it('leaves to msgpackr what is too long, what is too deep and what is a member of nothing', () => {
    const packer = new RowPacker();
    let deep: unknown = 1;
    for (let depth = 0; depth < 40; depth++) deep = { deep };
    const endless = { list: Array.from({ length: 65_536 }, () => 1) };
    for (const row of [
      endless,
      deep,
      { constructor: 'x' },
      { a: undefined },
      { a: '\ud800' },
      { a: 'x'.repeat(65_536) },
    ])
      expect(packedBy(packer, row)).toBeUndefined();
    expect(hex(packedBy(packer, { a: 1 })!)).toBe(hex(packr.pack({ a: 1 })));
  });
});
