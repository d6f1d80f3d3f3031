// Number plans and platforms in the configuration document: made so by comparing, given back without what is secret, looked at as a whole.

import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platformFailuresMax } from '../../../src/limits.ts';
import { DomainWorld, type Members, type Who } from '../domain-world.ts';
import { expectSurvivesLoad } from '../survives-load.ts';

let world: DomainWorld;
const admin = 'admin:root';
const keyOf = (letter: string) => Buffer.alloc(24, letter);
const secretOf = (letter: string) => `whsec_${keyOf(letter).toString('base64')}`;

beforeEach(async () => {
  world = await DomainWorld.start({ platformNetworks: ['10.0.0.0/8'] });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const plan = { planId: 'north', range: { prefix: '900' }, accessIdLength: 5, serialLength: 8 };
const fetch = { url: 'https://a.example/callers', networks: ['10.20.0.0/16'] };
const hotel = { platformId: 'A', accessId: '90011', name: 'Hotel A', fetch };
const bank = { platformId: 'B', accessId: '90022' };
const credential = 'a word that nobody knows';
const numberPlans = [plan];
const platforms = [
  { ...hotel, fetch: { ...fetch, secret: secretOf('a') } },
  { ...bank, credential },
];
const document = { queues: [{ queueId: 'sales', channels: ['voice'] }], numberPlans, platforms };

const apply = (given: Members, more: Members = {}) =>
  world.ok(admin, 'config.apply', { document: { version: 1, ...given }, ...more });
const outcomeOf = (given: Members, who: Who = admin) =>
  world.outcome(who, 'config.apply', { document: { version: 1, ...given } });
const exported = async () => (await world.ok(admin, 'config.export')).document as Members;
const handOver = (more: Members) => world.outcome('app:front', 'handover.put', { platformId: 'B', ...more });

/** How the platform was asked about a caller of this number. */
async function askedAbout(contactId: string): Promise<Members> {
  const { originalCalled } = await world.ok('app:platform:A', 'handover.put', { platformId: 'A' });
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', originalCalled });
  return world.askedPlatforms().at(-1)!.params;
}

const isSignedBy =
  (letter: string) =>
  ({ headers, body }: Members) => {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers as Members;
    return signature === `v1,${createHmac('sha256', keyOf(letter)).update(`${id}.${at}.${body}`).digest('base64')}`;
  };

describe('what the document says of platforms', () => {
  it('is made, works, and is given back without secrets', async () => {
    expect(await apply(document)).toMatchObject({
      created: [
        { kind: 'queue', id: 'sales' },
        { kind: 'numberPlan', id: 'north' },
        { kind: 'platform', id: 'A' },
        { kind: 'platform', id: 'B' },
      ],
    });
    expect(await askedAbout('c1')).toSatisfy(isSignedBy('a'));
    expect(await handOver({ serial: '11111111' })).toBe('platform_credential_wrong');
    expect(await handOver({ serial: '11111111', credential })).toBe('done');
    const given = await exported();
    expect(given).toMatchObject({
      numberPlans,
      platforms: [
        { ...hotel, hasCredential: false },
        { ...bank, hasCredential: true },
      ],
    });
    expect(JSON.stringify(given)).not.toMatch(/whsec|nobody knows/);
    expect(await apply(given)).toEqual({ created: [], changed: [], removed: [], unchanged: 4 });
  });

  it('is compared with what is there: a default that is said changes nothing', async () => {
    await apply(document);
    const said = {
      numberPlans: [{ ...plan, checkDigit: 'none', guesses: { perCaller: 5 } }],
      platforms: [{ ...hotel, handoverMs: 120_000, fetch: { ...fetch, timeoutMs: 3_000 } }],
    };
    expect(await apply(said)).toEqual({ created: [], changed: [], removed: [], unchanged: 2 });
    expect(await apply({ platforms: [{ ...hotel, name: 'Hotel' }] })).toMatchObject({ changed: [{ id: 'A' }] });
  });

  it('keeps what it leaves out of the secrets, and takes what it names', async () => {
    await apply(document);
    await apply({ platforms: [{ ...hotel, fetch: { ...fetch, timeoutMs: 500 } }] });
    expect(await askedAbout('c1')).toSatisfy(isSignedBy('a'));
    await apply({ platforms: [{ ...hotel, fetch: { ...fetch, secret: secretOf('b') } }] });
    expect(await askedAbout('c2')).toSatisfy(isSignedBy('b'));
    await apply({ platforms: [{ ...bank, name: 'Bank' }] });
    expect(await handOver({})).toBe('platform_credential_wrong');
    await apply({ platforms: [{ ...bank, hasCredential: false }] });
    expect(await handOver({})).toBe('done');
  });

  it('needs the secrets of a platform that is new: else an export made a platform that anybody can hand over for', async () => {
    await apply(document);
    const given = await exported();
    await apply({ complete: true, numberPlans });
    expect(await outcomeOf(given)).toBe('platform_has_no_secret');
    expect(await outcomeOf({ platforms: [{ ...bank, hasCredential: true }] })).toBe('platform_has_no_credential');
    expect(await outcomeOf({ platforms: [{ ...bank, hasCredential: true, credential }] })).toBe('done');
  });

  it('is removed only where the document is complete', async () => {
    await apply(document);
    expect(await apply({ numberPlans, platforms: [bank] })).toMatchObject({ removed: [] });
    expect(await apply({ complete: true, numberPlans, platforms: [bank] })).toMatchObject({
      removed: [
        { kind: 'queue', id: 'sales' },
        { kind: 'platform', id: 'A' },
      ],
    });
    expect(await apply({ complete: true })).toMatchObject({
      removed: [
        { kind: 'numberPlan', id: 'north' },
        { kind: 'platform', id: 'B' },
      ],
    });
  });

  it('is looked at as it would be in the end', async () => {
    await apply(document);
    const twoPlans = [
      { ...plan, range: { from: '90000', to: '90019' } },
      { ...plan, planId: 'south', range: { from: '90020', to: '90099' } },
    ];
    expect(await outcomeOf({ numberPlans: [twoPlans[1]!] })).toBe('number_plans_overlap');
    expect(await outcomeOf({ numberPlans: [twoPlans[0]!] })).toBe('access_id_in_no_plan');
    expect(await outcomeOf({ complete: true, platforms: [bank] })).toBe('access_id_in_no_plan');
    expect(await outcomeOf({ platforms: [{ ...hotel, accessId: '90022' }] })).toBe('access_id_taken');
    expect(await exported()).toMatchObject({ numberPlans });
    // One plan becomes two, and both platforms change their access ids with each other.
    const swapped = [
      { ...hotel, accessId: '90022' },
      { ...bank, accessId: '90011', credential },
    ];
    expect(await outcomeOf({ numberPlans: twoPlans, platforms: swapped })).toBe('done');
    const numberOf = async (who: Who, platformId: string, more: Members = {}) =>
      (await world.ok(who, 'handover.put', { platformId, ...more })).originalCalled;
    expect(await numberOf('app:platform:A', 'A')).toMatch(/^90022/);
    expect(await numberOf('app:front', 'B', { credential })).toMatch(/^90011/);
  });

  it('is the administrator’s to say, and an application’s document leaves it as it is', async () => {
    await apply(document);
    const app = 'app:front';
    expect(await outcomeOf({ platforms: [{ ...bank, hasCredential: false }] }, app)).toBe('not_allowed_for_role');
    expect(await outcomeOf({ complete: true }, app)).toBe('not_allowed_for_role');
    expect(await outcomeOf(await exported(), app)).toBe('done');
  });

  it('stays as it is when the document is refused', async () => {
    await apply(document);
    const before = await exported();
    const more = { numberPlans: [{ ...plan, guesses: { perCaller: 1 } }], platforms: [{ ...bank, name: 'Bank' }] };
    expect(await outcomeOf({ ...more, entries: [{ entry: '+4930', queueId: 'none' }] })).toBe('queue_not_found');
    await apply(more, { dryRun: true });
    expect(await exported()).toEqual(before);
  });
});

describe('a private network', () => {
  const inNetwork = (network: string) => ({ ...fetch, networks: [network], secret: secretOf('a') });
  const set = (network: string) =>
    world.outcome(admin, 'platform.set', { platformId: 'A', accessId: '90011', fetch: inNetwork(network) });

  it('may be listed where whoever runs the router lets it, by whichever way', async () => {
    await apply(document);
    expect(await set('10.1.0.0/16')).toBe('done');
    expect(await set('10.0.0.0/8')).toBe('done');
    for (const network of ['10.0.0.0/7', '192.168.0.0/16', '::ffff:10.0.0.0/104', '127.0.0.1/32', 'fd00::/8'])
      expect(await set(network), network).toBe('network_not_allowed');
    expect(await outcomeOf({ platforms: [{ ...hotel, fetch: inNetwork('11.0.0.0/8') }] })).toBe('network_not_allowed');
  });
});

describe('a platform that is left alone', () => {
  it('is asked anew once it is set otherwise', async () => {
    await apply(document);
    for (let at = 0; at < platformFailuresMax; at++) {
      await askedAbout(`f${at}`);
      await world.answerTo(world.askedPlatforms().at(-1), { error: { code: -32_000, message: 'down' } });
    }
    const platform = async () => ((await world.ok(admin, 'platform.list')).platforms as Members[])[0];
    expect(await platform()).toHaveProperty('leftAloneUntil');
    await apply({ platforms: [{ ...hotel, name: 'Hotel' }] });
    expect(await platform()).toHaveProperty('leftAloneUntil');
    await apply({ platforms: [{ ...hotel, fetch: { ...fetch, url: 'https://b.example/callers' } }] });
    expect(await platform()).not.toHaveProperty('leftAloneUntil');
    expect(await askedAbout('c1')).toMatchObject({ url: 'https://b.example/callers' });
  });
});
