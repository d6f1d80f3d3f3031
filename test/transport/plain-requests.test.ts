// What is read straight from a frame is what parsing and validating it would have given, whatever the frame is; and plain
// requests are read so.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/engine/egress.ts';
import { idCharactersMax } from '../../src/limits.ts';
import { idPattern } from '../../src/protocol/ids.ts';
import { everyone, type MethodSpec } from '../../src/protocol/methods/method.ts';
import { methods as specs } from '../../src/protocol/methods.ts';
import { paramsReaders } from '../../src/protocol/readers.ts';
import { paramsFault } from '../../src/protocol/validation.ts';
import { encodeRequest, parseFrame, readMessage } from '../../src/transport/json-rpc.ts';
import { PlainRequests } from '../../src/transport/plain-requests.ts';
import { routedMethods } from '../../src/transport/request-check.ts';
import type { RequestMessage } from '../../src/transport/request-router.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`plain requests: seed ${seed} (SEED repeats it)`);

const methods = routedMethods({});
const plainRequests = new PlainRequests(methods);
const characters = 'abcxyzABCXYZ0123456789._:@+-';
const plainId = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 40 });
const anyId = fc.oneof(
  { weight: 8, arbitrary: plainId },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'x'.repeat(idCharactersMax), 'x'.repeat(idCharactersMax + 1), '__proto__'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
const anyNumber = fc.oneof(
  fc.nat(),
  fc.constantFrom(0, 1, -1, 1.5, 1e21, 999_999_999_999_999, 1_000_000_000_000_000, Number.MAX_SAFE_INTEGER),
);

type Params = Record<string, unknown>;

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Something that may well fit the schema, most of the time. */
function valueFor({ type, enum: list, minimum = 0, maximum = 99 }: Schema): fc.Arbitrary<unknown> {
  if (list !== undefined) return fc.constantFrom(...list);
  if (type === 'integer') return fc.integer({ min: Math.max(minimum - 1, -1), max: Math.min(maximum + 1, 2 ** 40) });
  if (type === 'boolean') return fc.boolean();
  return fc.oneof(
    { weight: 3, arbitrary: plainId },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
  );
}

/** Parameters by their names in any order, some left out, now and then one that is no id or has no such name. */
function paramsOf(names: readonly string[], schemaOf: (name: string) => Schema, odd: number): fc.Arbitrary<Params> {
  const values = names.map((name) =>
    fc.oneof({ weight: 20, arbitrary: valueFor(schemaOf(name)) }, { weight: odd, arbitrary: anyId }),
  );
  return fc
    .tuple(fc.shuffledSubarray([...names]), fc.tuple(...values))
    .map(([chosen, given]) => Object.fromEntries(chosen.map((name) => [name, given[names.indexOf(name)]])));
}

const namesOf = (method: string) => Object.keys(specs[method as keyof typeof specs].params.properties);

function parsed(text: string): RequestMessage | undefined {
  const value = parseFrame(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const message = readMessage(value);
  return message.kind === 'request' ? message : undefined;
}

/** Fails where a frame is read as something else than parsing gives; says how it was read, if it was. */
function howRead(text: string): 'whole' | 'parameters parsed' | undefined {
  const frame = Buffer.from(text);
  const read = plainRequests.read(frame);
  if (read === undefined) return undefined;
  const { fits, ...rest } = read;
  // Half of a character of two halves is none in UTF-8.
  const message = parsed(frame.toString());
  expect(rest).toEqual(message);
  if (fits !== true) return 'parameters parsed';
  const spec = specs[read.method as keyof typeof specs];
  expect(paramsFault(spec, message!.params)).toBeUndefined();
  const { check, settle } = methods.get(read.method)!;
  for (const role of everyone as readonly Role[]) {
    const caller = { tenant: 'north', role, sub: 'anna' };
    expect(settle(read.params as Params, caller)).toEqual(check(message!.params, caller));
  }
  return 'whole';
}

describe.each([...paramsReaders.keys()])('a request of %s', (method) => {
  const spec = specs[method as keyof typeof specs] as MethodSpec;
  const required = (spec.params.required ?? []) as readonly string[];
  const schemaOf = (name: string) => (spec.params.properties[name] ?? {}) as Schema;
  const ids = namesOf(method).filter((name) => (schemaOf(name) as { pattern?: string }).pattern === idPattern);

  it('is read where it is plain', () => {
    const plain = fc.tuple(
      fc.nat(),
      fc.shuffledSubarray(ids),
      fc.array(plainId, { minLength: ids.length, maxLength: ids.length }),
    );
    fc.assert(
      fc.property(plain, ([id, chosen, values]) => {
        const given = Object.fromEntries(chosen.map((name, index) => [name, values[index]!]));
        const fits = required.every((name) => name in given) && paramsFault(spec, given) === undefined;
        // Without parameters there is little to read.
        const expected = fits && chosen.length > 0 ? 'whole' : 'parameters parsed';
        expect(howRead(encodeRequest(id, method, given))).toBe(expected);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('is read as it is parsed, or not at all', () => {
    const arbitrary = fc.tuple(
      fc.oneof(anyNumber, fc.string()),
      paramsOf([...namesOf(method), 'further'], schemaOf, 1),
      fc.array(
        fc.tuple(fc.nat(), fc.constantFrom('put', 'cut', 'twice'), fc.constantFrom(...'{}[]",:\\0 1eax\u0000é€')),
        { maxLength: 2 },
      ),
    );
    fc.assert(
      fc.property(arbitrary, ([id, given, changes]) => {
        let text = encodeRequest(id, method, given);
        howRead(text);
        for (const [place, change, character] of changes) {
          const at = place % text.length;
          if (change === 'put') text = text.slice(0, at) + character + text.slice(at);
          else if (change === 'cut') text = text.slice(0, at) + text.slice(at + 1);
          else text = text.replace('"params":{', `"params":{${JSON.stringify(given).slice(1, -1)},`);
          howRead(text);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe('a frame', () => {
  it('is read whole where all is plain, has its parameters parsed by themselves where not, and is left alone where there is no such method', () => {
    const plain = {
      contactId: 'c1',
      queueId: 'q1',
      channel: 'voice',
      from: 'web: a "visitor"'.replaceAll('"', "'"),
      priority: 3,
      choose: false,
    };
    expect(howRead(encodeRequest(1, 'contact.create', plain))).toBe('whole');
    const texts = ['a "visitor"', 'ä visitor', 'a\\b', ''].map((from) => ({ ...plain, from }));
    const others = [
      { ...plain, channel: 'total' },
      { ...plain, priority: 1.5 },
      { ...plain, attributes: { '}}': ['}', '{"'] } },
    ];
    for (const create of [...texts, ...others])
      expect(howRead(encodeRequest(1, 'contact.create', create))).toBe('parameters parsed');
    // Both of two of which exactly one is to be given; and what is given with another alone.
    expect(howRead(encodeRequest(1, 'contact.create', { ...plain, entry: 'e1' }))).toBe('parameters parsed');
    expect(howRead(encodeRequest(1, 'contact.create', { ...plain, spendMax: 5 }))).toBe('parameters parsed');
    expect(howRead(encodeRequest(1, 'contact.end', { contactId: 'c1' }))).toBe('whole');
    expect(howRead(encodeRequest(1, 'thing.unknown', { contactId: 'c1' }))).toBeUndefined();
    expect(howRead(encodeRequest(1, 'toString', { contactId: 'c1' }))).toBeUndefined();
  });

  it('is left alone where something stands behind its parameters', () => {
    const text = encodeRequest(1, 'contact.create', { contactId: 'c1', queueId: 'q1', channel: 'voice' });
    for (const behind of [',"params":{"contactId":"c2"}}', ',"id":{}}', '}}', ''])
      expect(howRead(text.slice(0, -1) + behind)).toBeUndefined();
  });
});
