// What the writers write is what the encoders say, byte for byte, or nothing; and never a byte behind the room that they have.

import { randomInt } from 'node:crypto';
import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventWriters,
  type MembersWriter,
  resultWriters,
  roomOf,
  writeNumber,
} from '../../src/protocol/byte-writers.ts';
import { eventEncoders, type MembersEncoder, resultEncoders } from '../../src/protocol/encoders.ts';
import { events } from '../../src/protocol/events.ts';
import { methods } from '../../src/protocol/methods.ts';
import { fitting } from './schema-arbitrary.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`writers: seed ${seed} (SEED repeats it)`);

type Value = Record<string, unknown>;
type Case = readonly [name: string, schema: TSchema, write: MembersWriter, encode: MembersEncoder];
const all: Case[] = [
  ...Object.entries(events).map(
    ([name, { params }]): Case => [name, params, eventWriters.get(name)!, eventEncoders.get(name)!],
  ),
  ...Object.entries(methods).map(
    ([name, { result }]): Case => [name, result, resultWriters.get(name)!, resultEncoders.get(name)!],
  ),
];
const large = roomOf(Buffer.alloc(1_000_000));
const GUARD = 0xee;

function written(write: MembersWriter, value: Value, at = 3): string | undefined {
  const end = write(value, large, at);
  return end < 0 ? undefined : large.bytes.toString('utf8', at, end);
}

/** Members that are no member, no number, of another type, text that is not ASCII, and one more than is declared. */
const odd = [undefined, Number.NaN, Number.POSITIVE_INFINITY, -0, -5, 0.5, 1e21, null, 7, true, 'ü€😀', [], {}];

describe('a writer made from a schema', () => {
  it.each(all)('%s: writes what the encoder says', (_, schema, write, encode) => {
    fc.assert(
      fc.property(
        fitting(schema) as fc.Arbitrary<Value>,
        fc.nat(),
        fc.constantFrom(...odd),
        fc.nat({ max: 7 }),
        (value, choice, strange, at) => {
          // An object without members is left to the encoder: who writes something before it has no use for a comma.
          const hasEmpty = JSON.stringify(value).includes('{}');
          if (!hasEmpty) expect(written(write, value, at)).toBe(encode(value));
          const names = Object.keys(value);
          const name = names[choice % names.length] ?? 'further';
          for (const other of [value, { ...value, [name]: strange }, { ...value, further: strange }])
            expect([undefined, encode(other)]).toContain(written(write, other, at));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it.each(all)('%s: writes nothing behind the room that it has', (_, schema, write, encode) => {
    fc.assert(
      fc.property(
        fitting(schema) as fc.Arbitrary<Value>,
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        (value, share) => {
          const bytes = Buffer.alloc(large.bytes.length >> 4, GUARD);
          const length = Math.min(bytes.length, Math.floor(Buffer.byteLength(encode(value)) * share));
          const end = write(value, roomOf(bytes.subarray(0, length)), 0);
          expect(end).toBeLessThanOrEqual(length);
          expect(bytes.subarray(length).every((byte) => byte === GUARD)).toBe(true);
        },
      ),
      { seed, numRuns: 5 },
    );
  });

  it('writes each number as itself', () => {
    const room = roomOf(Buffer.alloc(64));
    const text = (value: number) => room.bytes.toString('latin1', 1, writeNumber(room, 1, value));
    for (let power = 0; power <= 15; power++)
      for (const value of [10 ** power - 1, 10 ** power, 10 ** power + 1]) expect(text(value)).toBe(String(value));
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })),
        (value) => {
          expect(text(value)).toBe(`${value}`);
        },
      ),
      { seed, numRuns: 2_000 },
    );
  });
});
