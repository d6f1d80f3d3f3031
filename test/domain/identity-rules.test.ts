// The tenant's own rules for who is who: what an expression may be, and, with random rules over random customers, that persons and
// conflicts are those of a plain model that knows neither tables nor slices nor CEL.

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  expressionLanguage,
  expressionOf,
  type Given,
  SeenBusiness,
  type SeenCustomer,
  SeenName,
} from '../../src/domain/identity-rules/expression.ts';
import { customersPerKeyMax, identityRuleSliceMax, identityRulesMax } from '../../src/limits.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { RuleModel } from './rule-model.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const seed = seedOfThisRun();
const app = 'app:crm' as const;

const customer = (of: Partial<SeenCustomer> = {}): SeenCustomer => ({
  name: new SeenName('email', 'ada@x.example', true),
  attributes: { card: '4711', tags: ['a', 'b'], age: 36, none: null },
  business: [
    new SeenBusiness({ businessId: 'o1', type: 'order', status: 'new', open: true, data: { no: '17' } }),
    new SeenBusiness({ businessId: 'o2', type: 'claim', status: 'done', open: false }),
  ],
  ...of,
});

function given(text: string, of?: Partial<SeenCustomer>): Given | string {
  const read = expressionOf(text);
  return 'fault' in read ? `${read.at ?? '-'}: ${read.fault}` : read.run(customer(of));
}

describe('an expression', () => {
  test('gives a text, or nothing', () => {
    expect(given('name.value.split("@")[1]')).toEqual({ key: 'x.example' });
    expect(given('name.verified && name.scheme == "email" ? name.value : ""')).toEqual({ key: 'ada@x.example' });
    expect(given('attributes.?card.orValue("")')).toEqual({ key: '4711' });
    expect(given('attributes.?nothing.orValue("")')).toBeUndefined();
    expect(given('has(attributes.nothing) ? attributes.nothing : ""')).toBeUndefined();
    expect(given('attributes.none')).toBeUndefined();
    expect(given('null')).toBeUndefined();
    expect(given('string(attributes.age)')).toEqual({ key: '36' });
    expect(given('business.exists(b, b.type == "order" && b.open) ? business[0].data.no : ""')).toEqual({ key: '17' });
    expect(given('business.filter(b, b.open).size() == 1 ? attributes.tags.join("-") : ""')).toEqual({ key: 'a-b' });
  });

  test('that cannot be read, or has a word that is none, says where', () => {
    expect(given('name.value +')).toMatch(/^12: /);
    expect(given('name.vlue')).toBe('5: No such key: vlue');
    expect(given('name.scheme == "email" ? attribute.x : ""')).toBe('25: Unknown variable: attribute');
    expect(given('business.map(b, b.typ).join("")')).toBe('18: No such key: typ');
    expect(given('name.verified')).toBe('0: gives bool, and a key is a text: string(…) makes one');
  });

  test('that fails for a customer says why, and gives nothing', () => {
    expect(given('attributes.nothing')).toEqual({ fault: 'at 11: No such key: nothing' });
    expect(given('attributes.age')).toEqual({ fault: 'gave no text but a number' });
    expect(given('business[7].type')).toMatchObject({ fault: expect.stringMatching(/^at 0: /) });
    expect(given('name.value', { name: new SeenName('x', 'v'.repeat(257), false) })).toEqual({
      fault: 'gave more than 256 characters',
    });
  });

  test('takes no patterns, no time, no names for values, and no loop in a loop', () => {
    expect(given('name.value.matches("(a+)+$") ? "a" : ""')).toBe('0: uses matches, which rules do not have');
    expect(given('string(timestamp("2026-01-01T00:00:00Z"))')).toBe('7: uses timestamp, which rules do not have');
    expect(given('cel.bind(x, name.value, x + x)')).toBe('0: uses bind, which rules do not have');
    expect(given('business.exists(b, business.exists(c, c.type == b.type)) ? "a" : ""')).toBe(
      '19: is a loop in a loop',
    );
    expect(given('name.value.split("").map(c, c + c).join("")')).toBe(
      '0: goes over something else than what the customer has',
    );
    expect(given('business.map(b, b.type).map(b, b + b).join("")')).toBe(
      '0: goes over something else than what the customer has',
    );
    expect(given(`name.value${' + name.value'.repeat(100)}`)).toMatch(/Exceeded maxAstNodes/);
    expect(given(`${'('.repeat(40)}name.value${')'.repeat(40)}`)).toMatch(/Exceeded maxDepth/);
  });

  test('sees lists and texts up to a length', () => {
    const seen = new SeenBusiness({
      ...{ businessId: 'o', type: 't', status: 's', open: true },
      data: { long: 'x'.repeat(5_000), list: Array.from({ length: 500 }, () => 1) },
    });
    expect(
      given('string(business[0].data.long.size()) + "/" + string(business[0].data.list.size())', { business: [seen] }),
    ).toEqual({
      key: '1024/100',
    });
  });

  test('is read by the version that its rows name', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const [name = '', version] = expressionLanguage.split(' ');
    expect(dependencies[name]).toBe(version);
  });
});

describe('rules', () => {
  let world: DomainWorld;

  beforeEach(async () => {
    world = await DomainWorld.start();
  });

  afterEach(async () => {
    await expectSurvivesLoad(world);
    await world.stop();
  });

  const resolve = (identity: Members) => world.ok(app, 'customer.resolve', { identity });
  const tel = (at: number) => ({ scheme: 'tel', value: `+4930${100_000 + at}` });
  const rules = async () => (await world.ok(app, 'identityRule.list', {})).rules as Members[];
  const set = (ruleId: string, expression: string, follows = 'link') =>
    world.ok(app, 'identityRule.set', { ruleId, expression, follows });

  test('that cannot be used are refused with what and where', async () => {
    expect(
      await world.call(app, 'identityRule.set', { ruleId: 'r', expression: 'name.', follows: 'link' }),
    ).toMatchObject({
      refusal: { refusal: 'identity_rule_expression_wrong', data: { ruleId: 'r', path: '/expression', at: 5 } },
    });
    for (let at = 0; at < identityRulesMax; at++) await set(`r${at}`, 'null');
    expect(await world.outcome(app, 'identityRule.set', { ruleId: 'more', expression: 'null', follows: 'link' })).toBe(
      'too_many_identity_rules',
    );
    expect(await world.outcome(app, 'identityRule.remove', { ruleId: 'more' })).toBe('identity_rule_not_found');
  });

  test('go through the customers whom they find bit by bit, and customers who come meanwhile are theirs too', async () => {
    const count = 2 * identityRuleSliceMax + 50;
    for (let at = 1; at <= count; at++) await resolve(tel(at));
    // The last two digits: two of each hundred have the same, so nobody's key is too common.
    await set('even', 'name.value.substring(6) + (name.value.endsWith("0") ? "" : name.value)');
    const seen = new Set<string>();
    for (let tries = 0; tries < 50 && (await rules())[0]?.state !== 'done'; tries++) {
      const [rule] = await rules();
      seen.add(`${String(rule?.state)} ${String(rule?.goneThrough)}`);
      if (tries === 0) await resolve(tel(count + 1));
      await world.pass(1);
    }
    expect(await rules()).toMatchObject([{ state: 'done', goneThrough: count + 1, keys: count + 1, failing: 0 }]);
    expect([...seen].every((one) => Number(one.split(' ')[1]) % identityRuleSliceMax === 0)).toBe(true);
  });

  test('a key that too many have joins nobody, and says so', async () => {
    for (let at = 0; at <= customersPerKeyMax; at++) await resolve(tel(at));
    await set('all', '"the same"');
    await world.pass(1);
    expect(await rules()).toMatchObject([
      { state: 'done', keys: customersPerKeyMax + 1, linked: 0, tooCommon: customersPerKeyMax + 1 },
    ]);
    await set('all', 'name.scheme == "tel" ? "" : "the same"');
    await world.pass(1);
    expect(await rules()).toMatchObject([{ state: 'done', keys: 0, tooCommon: 0 }]);
    await world.ok(app, 'identityRule.remove', { ruleId: 'all' });
    await world.pass(1);
    expect(await rules()).toEqual([]);
  });

  test('are in the configuration document', async () => {
    await resolve(tel(1));
    await resolve({ scheme: 'email', value: 'ada@x.example' });
    const rule = { ruleId: 'r', expression: 'name.verified ? "" : "one"', follows: 'link', why: 'all are one here' };
    const document = { version: 1, identityRules: [rule] };
    expect(await world.ok('admin:root', 'config.apply', { document })).toMatchObject({
      created: [{ kind: 'identityRule', id: 'r' }],
    });
    await world.pass(1);
    expect(await world.ok(app, 'customer.get', { customerId: 'c2' })).toMatchObject({ customerId: 'c1' });
    const exported = (await world.ok('admin:root', 'config.export')).document as Members;
    expect(exported.identityRules).toEqual([rule]);
    expect(await world.ok('admin:root', 'config.apply', { document: exported })).toMatchObject({ changed: [] });
    const wrong = { version: 1, identityRules: [{ ...rule, expression: 'nobody' }] };
    expect(await world.call('admin:root', 'config.apply', { document: wrong })).toMatchObject({
      refusal: { refusal: 'identity_rule_expression_wrong', data: { ruleId: 'r', at: 0 } },
    });
    const { identityRules: _, ...without } = exported;
    await world.ok('admin:root', 'config.apply', { document: without });
    expect(await rules()).toEqual([]);
  });
});

describe('random rules over random customers', () => {
  test.each(Array.from({ length: 12 }, (_, run) => run))('are what a plain model says, %i', async (run) => {
    const random = new Random(seed + run);
    const world = await DomainWorld.start();
    const model = new RuleModel();
    try {
      for (let step = 0; step < 60; step++) {
        const done = await model.step(random, world);
        await world.pass(1);
        const shown = await model.shown(world);
        expect(shown, `seed ${seed + run}, step ${step}: ${done}`).toEqual(model.expected());
      }
      await expectSurvivesLoad(world);
    } finally {
      await world.stop();
    }
  });
});
