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

describe('a packer of rows', () => {
  it('packs what is plain as msgpackr does', () => {
    const packer = new RowPacker();
    fc.assert(
      fc.property(plain, (row) => {
        const packed = packer.pack(row);
        expect(hex(packed!)).toBe(hex(packr.pack(row)));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('packs nothing otherwise than msgpackr does', () => {
    const packer = new RowPacker();
    fc.assert(
      fc.property(any, (row) => {
        const packed = packer.pack(row);
        if (packed !== undefined) expect(hex(packed)).toBe(hex(packr.pack(row)));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('leaves rows as they are when it goes on', () => {
    const packer = new RowPacker();
    const row = (number: number) => ({ number, text: 'x'.repeat(number % 256), list: [number, -number] });
    const packed = Array.from({ length: 3_000 }, (_, number) => packer.pack(row(number))!);
    packed.forEach((bytes, number) => {
      expect(hex(bytes)).toBe(hex(packr.pack(row(number))));
    });
  });

  it('packs long lists, also where a chunk ends', () => {
    const packer = new RowPacker();
    const sizes = [15, 16, 255, 256, 4_000, 16_000];
    for (let turn = 0; turn < 40; turn++) {
      for (const size of sizes) {
        const row = { list: Array.from({ length: size }, (_, index) => [index, 'wait', null]) };
        expect(hex(packer.pack(row)!)).toBe(hex(packr.pack(row)));
      }
    }
  });

  it('packs long texts, whatever their bytes', () => {
    const packer = new RowPacker();
    for (const one of ['a', 'ü', '☎', '𝄞'])
      for (const times of [10, 11, 16, 31, 32, 85, 86, 127, 128, 255, 256, 5_000, 10_000])
        expect(hex(packer.pack(one.repeat(times))!)).toBe(hex(packr.pack(one.repeat(times))));
  });

  it('leaves to msgpackr what a chunk has no room for, what is too deep and what is a member of nothing', () => {
    const packer = new RowPacker();
    const long = Object.fromEntries(Array.from({ length: 1_100 }, (_, index) => [`m${index}`, 'x'.repeat(255)]));
    let deep: unknown = 1;
    for (let depth = 0; depth < 40; depth++) deep = { deep };
    const endless = { list: Array.from({ length: 65_536 }, () => 1) };
    for (const row of [
      long,
      endless,
      deep,
      { constructor: 'x' },
      { a: undefined },
      { a: '\ud800' },
      { a: 'x'.repeat(65_536) },
    ])
      expect(packer.pack(row)).toBeUndefined();
    expect(hex(packer.pack({ a: 1 })!)).toBe(hex(packr.pack({ a: 1 })));
  });
});
