// Which number was called first: read from what switches and gateways really write, and from what nobody should.

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isSipFault, readNameAddresses } from '../../../src/domain/platforms/sip/name-addresses.ts';
import { calledAs } from '../../../src/domain/platforms/sip/original-called.ts';
import { sipEntriesMax } from '../../../src/limits.ts';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`SIP headers: seed ${seed} (SEED repeats it)`);

const diversion = (text: string | string[]) => calledAs({ sip: { diversion: text } }).numbers;
const history = (text: string | string[]) => calledAs({ sip: { historyInfo: text } }).numbers;

describe('Diversion', () => {
  test.each([
    ['one entry', '<sip:90011234567@pbx.example>;reason=unconditional', '90011234567'],
    ['an international number', '<sip:+8690011234567@pbx.example;user=phone>;counter=1', '8690011234567'],
    ['the + escaped', '<sip:%2B8690011234567@pbx.example>', '8690011234567'],
    ['a tel URI with signs for the eye', '<tel:+86-900.1(123)4567>;reason=no-answer', '8690011234567'],
    [
      'parameters of the number before the @',
      '<sip:90011234567;npdi=yes;phone-context=+86@pbx.example>',
      '90011234567',
    ],
    ['a password before the @', '<sip:90011234567:secret@pbx.example>', '90011234567'],
    ['sips, in capitals', '<SIPS:90011234567@pbx.example>', '90011234567'],
    [
      'a quoted name full of signs',
      '"Smith, \\"J\\"; <x>" <sip:90011234567@pbx.example>;reason="user-busy"',
      '90011234567',
    ],
    ['a name without quotation marks', 'Front Desk <sip:90011234567@pbx.example>', '90011234567'],
    ['no angle brackets', 'sip:90011234567@pbx.example;reason=deflection', '90011234567'],
    ['privacy', '<sip:90011234567@pbx.example>;privacy=full;screen=yes', '90011234567'],
    [
      'headers escaped in the URI',
      '<sip:90011234567@pbx.example?Privacy=header&Reason=SIP%3Bcause%3D302>',
      '90011234567',
    ],
    ['a host that is an address of version 6', '<sip:90011234567@[2001:db8::1]:5060>;limit=3', '90011234567'],
    ['spaces wherever they may be', ' <sip:90011234567@pbx.example> ; reason = unknown ', '90011234567'],
  ])('%s', (_, text, number) => {
    expect(diversion(text)).toEqual([number]);
  });

  it('has the first diversion at its end, whether in one text or in several', () => {
    expect(diversion('<sip:333@c>;reason=no-answer, <sip:222@b>;reason=user-busy,<sip:111@a>')).toEqual(['111']);
    expect(diversion(['<sip:333@c>', '<sip:222@b>', '<sip:111@a>'])).toEqual(['111']);
    expect(diversion(['<sip:333@c>, <sip:222@b>', '<sip:111@a>;privacy=full'])).toEqual(['111']);
  });

  it('names nobody where whoever diverted is not said', () => {
    expect(diversion('<sip:anonymous@anonymous.invalid>;privacy=full')).toEqual([]);
    expect(diversion('<sip:333@c>, <sip:anonymous@anonymous.invalid>')).toEqual([]);
    expect(diversion('<sip:alice@a>')).toEqual([]);
    expect(diversion('<http://a/333>')).toEqual([]);
    expect(diversion('<sip:333>')).toEqual([]);
    expect(diversion('<sip:%FF333@c>')).toEqual([]);
    expect(diversion(`<sip:${'1'.repeat(33)}@c>`)).toEqual([]);
  });
});

describe('History-Info', () => {
  it('begins with the entry that the request came with', () => {
    const text =
      '<sip:90011234567@a>;index=1, <sip:4000@b;cause=302>;index=1.1;mp=1, <sip:agent@192.0.2.4>;index=1.1.1;rc=1.1';
    expect(history(text)).toEqual(['90011234567']);
  });

  it('goes by the index, not by where an entry stands', () => {
    expect(history('<sip:3@c>;index=1.1.1;np=1.1, <sip:2@b>;index=1.1;rc=1, <sip:1@a>;index=1')).toEqual(['1']);
    expect(history(['<sip:10@c>;index=1.10', '<sip:2@b>;index=1.2'])).toEqual(['2']);
    // The entry of before was taken away by a network that hides what is inside.
    expect(history('<sip:20@b>;index=2.1, <sip:11@a>;index=1.1')).toEqual(['11']);
  });

  it('reads reasons and privacy escaped in the URI, and is not misled by them', () => {
    const text =
      '<sip:90011234567@a?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%2C%20gone%22&Privacy=history>;index=1;foo=bar';
    expect(history(text)).toEqual(['90011234567']);
    expect(history('<tel:+86-900-11234567?Privacy=none>;index=1')).toEqual(['8690011234567']);
  });

  it('takes the entries as they stand where none has an index', () => {
    expect(history('<sip:1@a>, <sip:2@b>')).toEqual(['1']);
    expect(history('<sip:1@a>;index=x, <sip:2@b>;index=1.1')).toEqual(['2']);
  });
});

it('looks at History-Info first, then at Diversion, at one entry of each', () => {
  const sip = { historyInfo: '<sip:1@a>;index=1, <sip:2@a>;index=1.1', diversion: '<sip:4@a>, <sip:3@a>' };
  expect(calledAs({ sip }).numbers).toEqual(['1', '3']);
  expect(calledAs({ sip: { ...sip, diversion: '<sip:1@a>' } }).numbers).toEqual(['1']);
});

it('takes what the contact says for itself before any header', () => {
  const sip = { diversion: '<sip:3@a>' };
  expect(calledAs({ originalCalled: '+86 900-1', sip }).numbers).toEqual(['869001']);
  expect(calledAs({ originalCalled: 'sip:+86900@pbx', sip }).numbers).toEqual(['86900']);
  expect(calledAs({ originalCalled: 'nobody', sip }).numbers).toEqual([]);
  expect(calledAs({ originalCalled: '()', sip }).numbers).toEqual([]);
});

describe('what cannot be read', () => {
  test.each([
    ['', 'an address', 0],
    ['   ', 'an address', 3],
    ['<sip:1@a', 'a closing angle bracket', 8],
    ['<>', 'an address between the angle brackets', 2],
    ['"x', 'a closing quotation mark', 2],
    ['"x\\', 'a closing quotation mark', 3],
    ['"x" sip:1@a', 'an angle bracket behind the name', 4],
    ['<sip:1@a>;', 'the name of a parameter', 10],
    ['<sip:1@a>;a=', 'the value of a parameter', 12],
    ['<sip:1@a>,', 'an address behind the comma', 10],
    ['<sip:1@a>,,<sip:2@a>', 'an address', 10],
    ['<sip:1@a> x', 'a comma, a semicolon or the end', 10],
  ])('%j: %s is expected', (text, expected, at) => {
    expect(calledAs({ sip: { diversion: text } })).toEqual({
      numbers: [],
      fault: { path: '/sip/diversion', at, expected },
    });
  });

  it('says in which of several texts, and believes none of that header then', () => {
    const { numbers, fault } = calledAs({
      sip: { historyInfo: ['<sip:1@a>;index=1', '<sip:2@a'], diversion: '<sip:3@a>' },
    });
    expect(fault).toEqual({ path: '/sip/historyInfo/1', at: 8, expected: 'a closing angle bracket' });
    expect(numbers).toEqual(['3']);
  });

  it('has an end', () => {
    const many = Array.from({ length: sipEntriesMax + 1 }, () => '<sip:1@a>').join(',');
    expect(calledAs({ sip: { diversion: many } }).fault?.expected).toMatch(/^no more than/);
    const parameters = `<sip:1@a>${';a=b'.repeat(1_000)}`;
    // The same name again is no other parameter.
    expect(calledAs({ sip: { diversion: parameters } }).numbers).toEqual(['1']);
    const named = `<sip:1@a>${Array.from({ length: 17 }, (_, at) => `;a${at}=b`).join('')}`;
    expect(calledAs({ sip: { diversion: named } }).fault?.expected).toMatch(/^no more than/);
  });
});

describe('whatever comes', () => {
  const sign = fc.constantFrom(
    ...'<>";,=\\@:?&%+-.()0123456789abc ',
    'sip:',
    'tel:',
    'index=',
    '1.1',
    '%2B',
    '%FF',
    'é',
  );
  const junk = fc.array(sign, { maxLength: 200 }).map((parts) => parts.join(''));

  it('is read to an end or refused at a place within it, and gives digits or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(junk, fc.string({ maxLength: 300 })), (text) => {
        const read = readNameAddresses(text);
        if (isSipFault(read)) expect(read.at).toBeLessThanOrEqual(text.length);
        else expect(read.length).toBeGreaterThan(0);
        for (const header of ['diversion', 'historyInfo'])
          for (const number of calledAs({ sip: { [header]: text } }).numbers) expect(number).toMatch(/^\d{1,32}$/);
        for (const number of calledAs({ originalCalled: text }).numbers) expect(number).toMatch(/^\d{1,32}$/);
      }),
      { seed, numRuns: 5_000 },
    );
  });

  const plain = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });
  const name = fc.string({ unit: fc.constantFrom(...'ab ,;<>"\\'), maxLength: 12 });
  const quoted = name.map((text) => `"${text.replace(/[\\"]/g, '\\$&')}" `);
  const entry = fc
    .tuple(
      fc.option(quoted, { nil: '' }),
      fc.constantFrom('sip', 'sips', 'tel'),
      fc.constantFrom('', '+', '%2B'),
      plain,
    )
    .map(([said, scheme, plus, number]) => ({
      number,
      text: `${said}<${scheme}:${plus}${number}${scheme === 'tel' ? '' : '@a.example;user=phone'}>`,
    }));

  it('that is well formed is read whole, in one text or several', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), fc.nat(7), (entries, cut) => {
        const texts = entries.map(({ text }) => `${text};reason="no, answer";counter=1`);
        const last = entries.at(-1)!.number;
        expect(diversion(texts)).toEqual([last]);
        expect(diversion(texts.join(', '))).toEqual([last]);
        const [one, other] = [texts.slice(0, cut), texts.slice(cut)].map((some) => some.join(','));
        if (one && other) expect(diversion([one, other])).toEqual([last]);
        const indexed = entries.map(({ text }, at) => `${text};index=1${'.1'.repeat(at)}`);
        expect(history(indexed.toReversed())).toEqual([entries[0]!.number]);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it('takes time by its length alone', () => {
    // Backtracking would be quadratic or worse: ten times the text may take no more than some forty times as long.
    const steps = (length: number) => {
      let looked = 0;
      const text = '<sip:1@a>;a="'.padEnd(length, '\\"');
      const counting = new Proxy(Object(text), {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) looked += 1;
          const value = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      readNameAddresses(counting as string);
      return looked;
    };
    expect(steps(10_000)).toBeLessThan(12 * steps(1_000));
    expect(steps(1_000)).toBeGreaterThan(900);
  });
});
