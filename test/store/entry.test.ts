import { describe, expect, test } from 'vitest';
import { decodeValue, encodeEntry, INPUT, joinEntry, REDO } from '../../src/store/entry.ts';
import { decodeRedo, decodeRow, encodeRedo, encodeRow } from '../../src/store/redo.ts';
import { StoreError } from '../../src/store/store.ts';
import { bytesOf, entryOf, printedSeed, randomFrom } from './scratch.ts';

describe('bytes of an entry', () => {
  test('give the entry back', () => {
    const entry = entryOf(4_503_599_627_370_497, { input: bytesOf(100, 1), redo: bytesOf(50, 2) });
    const { input, redo } = encodeEntry(entry);
    const joined = joinEntry(
      decodeValue(input, entry.number, INPUT, 'here'),
      decodeValue(redo!, entry.number, REDO, 'here'),
    );
    expect({ ...joined, input: [...joined.input], redo: [...joined.redo] }).toEqual({
      ...entry,
      input: [...entry.input],
      redo: [...entry.redo],
    });
  });

  test('any flipped bit, and any missing end, is noticed and named by number', () => {
    const { input } = encodeEntry(entryOf(77, { input: bytesOf(30, 1) }));
    for (let bit = 0; bit < input.length * 8; bit++) {
      const damaged = Buffer.from(input);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeValue(damaged, 77, INPUT, 'a.segment'), `bit ${bit}`).toThrow(
        /^a\.segment: entry 77, input: /,
      );
    }
    for (let length = 0; length < input.length; length++) {
      expect(() => decodeValue(input.subarray(0, length), 77, INPUT, 'a.segment'), `${length} bytes`).toThrow(
        StoreError,
      );
    }
  });

  test('of another number, of the other value or of another format version are refused', () => {
    const { input, redo } = encodeEntry(entryOf(77));
    expect(() => decodeValue(input, 78, INPUT, 'x')).toThrow('it says that it is entry 77');
    expect(() => decodeValue(redo!, 77, INPUT, 'x')).toThrow(StoreError);
    const other = Buffer.from(input);
    other[2] = 9;
    expect(() => decodeValue(other, 77, INPUT, 'x')).toThrow('format version 9, this build reads 1');
  });

  test('are refused for what cannot be written', () => {
    expect(() => encodeEntry({ ...entryOf(1), digest: 2n ** 63n })).toThrow('no signed 64-bit digest');
    expect(() => encodeEntry({ ...entryOf(1), coreHash: 'xyz' })).toThrow('no core hash');
    expect(() => encodeEntry({ ...entryOf(1), number: 0 })).toThrow('no entry number');
  });
});

describe('redo', () => {
  test('gives writes and follow-ups back, and the same bytes for the same redo', () => {
    const redo = {
      writes: [
        ['\0\u0001abc', encodeRow({ a: 1, b: 'ü', c: null, d: [1n, 2.5], e: new Uint8Array(3) })],
        ['\0\u0001\u00ff\u0000', undefined],
        ['\0\u0002', new Uint8Array(0)],
      ] as [string, Uint8Array | undefined][],
      followUps: [{ kind: 'settle', amount: 12n, at: undefined }, 'text', 7],
    };
    const bytes = encodeRedo(redo);
    expect(encodeRedo(redo).equals(bytes)).toBe(true);
    const decoded = decodeRedo(bytes);
    expect(decoded.writes.map(([key, value]) => [key, value && [...value]])).toEqual(
      redo.writes.map(([key, value]) => [key, value && [...value]]),
    );
    expect(decoded.followUps).toEqual(redo.followUps);
    expect(decodeRedo(encodeRedo({ writes: [], followUps: [] }))).toEqual({ writes: [], followUps: [] });
  });

  test('that is cut off anywhere before its follow-ups is refused', () => {
    const bytes = encodeRedo({
      writes: [
        ['\0\u0001a', bytesOf(20, 1)],
        ['\0\u0001b', undefined],
      ],
      followUps: [],
    });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeRedo(bytes.subarray(0, length)), `${length} bytes`).toThrow(StoreError);
    }
  });

  test('rows come back as they were', () => {
    const random = randomFrom(printedSeed('rows'));
    const draw = (depth: number): unknown => {
      const kind = random(depth > 2 ? 7 : 9);
      if (kind === 0) return random(2 ** 31) * random(2 ** 21);
      if (kind === 1) return -random(1e9) / 8;
      if (kind === 2) return 'é'.repeat(random(40));
      if (kind === 3) return random(2) === 0;
      if (kind === 4) return null;
      if (kind === 5) return BigInt(random(1e9)) * 9_007_199_254n;
      if (kind === 6) return Buffer.from(bytesOf(random(20), 1));
      if (kind === 7) return Array.from({ length: random(5) }, () => draw(depth + 1));
      return Object.fromEntries(Array.from({ length: random(20) }, (_, index) => [`k${index}`, draw(depth + 1)]));
    };
    for (let round = 0; round < 300; round++) {
      const row = draw(0);
      const plain = (value: unknown): unknown =>
        JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part));
      expect(plain(decodeRow(encodeRow(row)))).toEqual(plain(row));
    }
    expect(() => encodeRow(undefined)).toThrow('never undefined');
  });
});
