// Tokens signed with keys of others, from files and addresses: who is taken and why not, whose keys sign for whom, and
// what happens while keys rotate and addresses are down. Real keys, real files, a real address; the clock is the test's.

import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JWTPayload, SignJWT } from 'jose';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesLookedAtEveryMs } from '../../src/limits.ts';
import { isRefusal } from '../../src/protocol/refusals.ts';
import type { JwksConfiguration } from '../../src/router-configuration.ts';
import { Authentication, signToken } from '../../src/transport/authentication.ts';
import { registerKeyMetrics } from '../../src/transport/door-metrics.ts';
import { TokenKeys } from '../../src/transport/token-keys.ts';
import { LogLines } from './log-lines.ts';
import { ManualClock } from './manual-clock.ts';
import { secret } from './sessions-harness.ts';
import { KeyAddress, published, type SigningKey, signedBy, signingKey } from './signing-keys.ts';

const times = { cooldownMs: 30_000, maxAgeMs: 600_000, keepMs: 3_600_000 };
const one = signingKey('RS256', 'one');
const two = signingKey('EdDSA', 'two');
const three = signingKey('EdDSA', 'three');
const stranger = signingKey('RS256', 'one');

let folder: string;
let clock: ManualClock;
let log: LogLines;
let tokenKeys: TokenKeys;
let authentication: Authentication;
let address: KeyAddress;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-token-keys-'));
  clock = new ManualClock();
  log = new LogLines();
  address = await KeyAddress.open(published(one, two));
});

afterEach(async () => {
  tokenKeys?.stop();
  await address.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(jwks?: JwksConfiguration, jwksOfTenants: Record<string, JwksConfiguration> = {}): Promise<void> {
  tokenKeys = new TokenKeys({ ...(jwks && { jwks }), jwksOfTenants, times, clock, alarms: log.alarms, log });
  authentication = new Authentication({ secret, tokenKeys, hasTenant: (name) => ['north', 'south'].includes(name) });
  await tokenKeys.start();
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

type Claims = { [name in keyof JWTPayload]: JWTPayload[name] | undefined };

const claims = (more: Claims = {}): JWTPayload => {
  const exp = Math.floor(clock.now() / 1000) + 86_400;
  return { tenant: 'north', role: 'agent', sub: 'anna', exp, ...more } as JWTPayload;
};

/** 'anna' for a token that is taken, else the refusal's name, with why where it says so. */
async function outcomeOf(token: string): Promise<string> {
  const answer = await authentication.identify(token, clock.now());
  if (!isRefusal(answer)) return answer.caller.sub;
  return answer.data?.why === undefined ? answer.refusal : `${answer.refusal}: ${answer.data.why}`;
}

const by = async (key: SigningKey, more: Claims = {}) => outcomeOf(await signedBy(key, claims(more)));

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token signed by others', () => {
  it('is taken by RS256 and EdDSA, from a file and from an address, beside those of the secret', async () => {
    for (const from of [file('keys.json', published(one, two)), address.url]) {
      await start({ from });
      expect([await by(one), await by(two)]).toEqual(['anna', 'anna']);
      const own = await signToken(
        secret,
        { tenant: 'north', role: 'agent', sub: 'own' },
        clock.now(),
        clock.now() + 9e6,
      );
      expect(await outcomeOf(own)).toBe('own');
      tokenKeys.stop();
    }
  });

  it('needs the same claims as any other', async () => {
    await start({ from: address.url });
    expect(await by(two, { role: 'king' })).toMatch(/^token_invalid: the claim "role" must be one of/);
    expect(await by(two, { exp: undefined })).toBe('token_invalid: the claim "exp" is missing');
    expect(await by(two, { exp: 1000 })).toBe('token_expired');
    expect(await by(two, { tenant: 'west' })).toBe('tenant_not_found');
  });

  it('must come from the issuer and be for the audience, where they are named', async () => {
    await start({ from: address.url, issuer: 'https://login.example/', audience: 'strowger' });
    const right = { iss: 'https://login.example/', aud: ['desk', 'strowger'] };
    expect(await by(two, right)).toBe('anna');
    expect(await by(two, { ...right, iss: 'https://other.example/' })).toBe(
      'token_invalid: unexpected "iss" claim value',
    );
    expect(await by(two, { iss: right.iss })).toBe('token_invalid: missing required "aud" claim');
    expect(await by(two, { ...right, aud: 'desk' })).toBe('token_invalid: unexpected "aud" claim value');
  });

  it('is refused when another key made the signature, or the algorithm is not among those allowed', async () => {
    await start({ from: address.url, algorithms: ['RS256'] });
    expect(await by(stranger)).toBe('token_invalid: signature verification failed');
    expect(await by(two)).toBe('token_invalid: "alg" (Algorithm) Header Parameter value not allowed');
    expect(await by(one)).toBe('anna');
  });

  it('is refused, with what is missing, where no keys are configured', async () => {
    await start();
    expect(await by(two)).toBe(
      'token_invalid: no keys (jwks) are configured that could check a token signed with EdDSA',
    );
  });

  it('without a key id is tried with every key that fits', async () => {
    const [first, second] = [signingKey('EdDSA'), signingKey('EdDSA')];
    await start({ from: file('keys.json', published(one, first, second)) });
    expect([await by(first), await by(second)]).toEqual(['anna', 'anna']);
    expect(await by(signingKey('EdDSA'))).toBe('token_invalid: signature verification failed');
  });
});

describe('an algorithm that does not belong to the key', () => {
  const header = (alg: string) => ({ alg, kid: 'one' });
  const mac = (head: object, payload: JWTPayload, key: string | Buffer) => {
    const body = `${encoded(head)}.${encoded(payload)}`;
    return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
  };

  it('HS256 with the public key as the secret, in any of its forms, is a wrong signature', async () => {
    await start({ from: address.url });
    const publicKey = createPublicKey(one.privateKey);
    const forms = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'pem', type: 'pkcs1' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(one.publicJwk),
      `${one.publicJwk.n}`,
      Buffer.from(`${one.publicJwk.n}`, 'base64url'),
    ];
    for (const form of forms) {
      expect(await outcomeOf(mac(header('HS256'), claims(), form))).toBe(
        'token_invalid: signature verification failed',
      );
    }
  });

  it('none, in any spelling, with and without a signature, is refused', async () => {
    await start({ from: address.url });
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      const unsigned = `${encoded(header(alg))}.${encoded(claims())}.`;
      expect(await outcomeOf(unsigned)).toBe('token_invalid: the algorithm must be HS256, RS256 or EdDSA');
      const signed = mac(header(alg), claims(), Buffer.from(secret));
      expect(await outcomeOf(signed)).toBe('token_invalid: the algorithm must be HS256, RS256 or EdDSA');
    }
  });

  it('a symmetric key in a set signs nothing', async () => {
    const k = Buffer.alloc(32, 'known to all');
    const oct = { kty: 'oct', k: k.toString('base64url'), kid: 'one', alg: 'HS256' };
    await start({ from: file('keys.json', JSON.stringify({ keys: [oct, two.publicJwk] })) });
    expect(await outcomeOf(mac(header('HS256'), claims(), k))).toBe('token_invalid: signature verification failed');
  });

  it('the other algorithms of an RSA key, and a header that says another than was used, are refused', async () => {
    await start({ from: address.url });
    for (const alg of ['PS256', 'RS512', 'RS384']) {
      const token = await new SignJWT(claims()).setProtectedHeader({ alg, kid: 'one' }).sign(one.privateKey);
      expect(await outcomeOf(token)).toBe('token_invalid: the algorithm must be HS256, RS256 or EdDSA');
    }
    const [, payload, signature] = (await signedBy(one, claims())).split('.');
    const swapped = `${encoded({ alg: 'EdDSA', kid: 'one' })}.${payload}.${signature}`;
    expect(await outcomeOf(swapped)).toMatch(/^token_invalid: no key of those that sign for the tenant/);
  });

  it('a key that the token brings along is not looked at', async () => {
    await start({ from: address.url });
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', jwk: stranger.publicJwk as never, jku: 'http://127.0.0.1:1/', kid: 'one' })
      .sign(stranger.privateKey);
    expect(await outcomeOf(token)).toBe('token_invalid: signature verification failed');
  });
});

describe('the keys of one tenant', () => {
  it('sign for that tenant alone, and the shared ones for all others', async () => {
    const own = signingKey('EdDSA', 'own');
    await start({ from: address.url }, { south: { from: file('south.json', published(own)) } });
    expect(await by(own, { tenant: 'south' })).toBe('anna');
    expect(await by(two, { tenant: 'north' })).toBe('anna');
    expect(await by(two, { tenant: 'south' })).toMatch(/^token_invalid: no key/);
    expect(await by(own, { tenant: 'north' })).toMatch(/^token_invalid: no key/);
  });

  it('are no help to tenants without any', async () => {
    await start(undefined, { south: { from: address.url } });
    expect(await by(two, { tenant: 'south' })).toBe('anna');
    expect(await by(two, { tenant: 'north' })).toMatch(/no keys \(jwks\) are configured/);
  });

  it('are read once where several tenants name the same address', async () => {
    await start(undefined, {
      south: { from: address.url, audience: 'a' },
      north: { from: address.url, audience: 'b' },
    });
    expect(await by(two, { tenant: 'south', aud: 'a' })).toBe('anna');
    expect(await by(two, { tenant: 'north', aud: 'a' })).toBe('token_invalid: unexpected "aud" claim value');
    expect(address.asked).toBe(1);
  });
});

describe('keys that rotate', () => {
  it('are asked for when a token names an unknown one, at most once in the cooldown', async () => {
    await start({ from: address.url });
    expect(await by(one)).toBe('anna');
    for (let attempt = 0; attempt < 5; attempt++) expect(await by(three)).toMatch(/^token_invalid: no key/);
    expect(address.asked).toBe(1);
    clock.advance(times.cooldownMs);
    await Promise.all(Array.from({ length: 20 }, () => by(signingKey('EdDSA', 'nonsense'))));
    expect(address.asked).toBe(2);
    address.body = published(two, three);
    expect(await by(three)).toMatch(/^token_invalid: no key/);
    clock.advance(times.cooldownMs);
    expect(await by(three)).toBe('anna');
    expect(address.asked).toBe(3);
  });

  it('take tokens of the removed one with them, remembered or not', async () => {
    await start({ from: address.url });
    const token = await signedBy(one, claims());
    expect(await outcomeOf(token)).toBe('anna');
    address.body = published(two);
    expect(await outcomeOf(token)).toBe('anna');
    clock.advance(times.maxAgeMs);
    await expect.poll(() => address.asked).toBe(2);
    await expect.poll(() => outcomeOf(token)).toMatch(/^token_invalid: no key/);
    expect(await by(two)).toBe('anna');
    expect(log.take()).toEqual(['info: keys of tokens have been read', 'info: keys of tokens have been read']);
  });

  it('in a file are seen within seconds, without being asked for', async () => {
    const from = file('keys.json', published(one));
    await start({ from });
    const token = await signedBy(one, claims());
    expect(await outcomeOf(token)).toBe('anna');
    file('keys.json', published(three));
    clock.advance(filesLookedAtEveryMs);
    await expect.poll(() => outcomeOf(token)).toMatch(/^token_invalid: no key/);
    expect(await by(three)).toBe('anna');
  });

  it('are read at once when somebody asks for it', async () => {
    await start({ from: address.url });
    address.body = published(three);
    await tokenKeys.refresh();
    await tokenKeys.refresh();
    expect(await by(three)).toBe('anna');
  });
});

describe('keys that cannot be read', () => {
  const alarm = () => [...log.alarms.raised.entries()].map(([name, text]) => `${name} | ${text}`).join('\n');

  it('go on for as long as was said, then tokens are not_ready until the address is back', async () => {
    await start({ from: address.url });
    const token = await signedBy(two, claims());
    expect(await outcomeOf(token)).toBe('anna');
    address.status = 503;
    clock.advance(times.maxAgeMs);
    await expect.poll(alarm).toMatch(/answered 503 .*those read before are used until 2023-/);
    expect([await outcomeOf(token), await by(one)]).toEqual(['anna', 'anna']);
    clock.advance(times.keepMs);
    await tokenKeys.refresh();
    const refused = await authentication.identify(token, clock.now());
    expect(refused).toMatchObject({ refusal: 'not_ready', data: { retryAfterMs: times.cooldownMs } });
    const asked = address.asked;
    for (let attempt = 0; attempt < 5; attempt++) expect(await by(one)).toBe('not_ready');
    expect(address.asked).toBe(asked);
    address.status = 200;
    clock.advance(times.cooldownMs);
    await expect.poll(alarm).toBe('');
    expect([await outcomeOf(token), await by(one)]).toEqual(['anna', 'anna']);
  });

  it('at the start leave the router up, and tokens not_ready until the address is', async () => {
    address.status = 500;
    await start({ from: address.url });
    expect(await by(one)).toBe('not_ready');
    expect(alarm()).toMatch(/not_ready until they are/);
    const own = await signToken(secret, { tenant: 'north', role: 'agent', sub: 'own' }, clock.now(), clock.now() + 9e6);
    expect(await outcomeOf(own)).toBe('own');
    address.status = 200;
    clock.advance(times.cooldownMs);
    await expect.poll(() => by(one)).toBe('anna');
  });

  it.each([
    ['nobody listens', async () => address.close(), /ECONNREFUSED/],
    ['it is no JSON', () => (address.body = '<html>'), /no JSON/],
    ['it is a set without a key of use', () => (address.body = '{"keys":[]}'), /no key in it can check tokens/],
    ['it is endless', () => (address.body = 'x'.repeat(2_000_000)), /longer than 1048576 bytes/],
    ['it is somewhere else', () => Object.assign(address, { status: 302, location: '/other' }), /redirect/],
  ])('since %s, leave the last good ones in use', async (_, spoil, told) => {
    await start({ from: address.url });
    expect(await by(one)).toBe('anna');
    await spoil();
    await tokenKeys.refresh();
    expect(alarm()).toMatch(told);
    expect([await by(one), await by(two)]).toEqual(['anna', 'anna']);
    if (_ === 'nobody listens') address = await KeyAddress.open('');
  });

  it('in a file, at the start, are an error with the place; later an alarm', async () => {
    const from = file('keys.json', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}');
    await expect(start({ from })).rejects.toThrow(/keys\.json: \/keys\/0: /);
    await expect(start({ from: join(folder, 'none.json') })).rejects.toThrow(/none\.json: ENOENT/);
    file('keys.json', published(one));
    await start({ from });
    rmSync(from);
    clock.advance(filesLookedAtEveryMs);
    await expect.poll(alarm).toMatch(/keys\.json: ENOENT/);
    expect(await by(one)).toBe('anna');
  });

  it('are waited for no longer once the router stops, without an alarm', async () => {
    await start({ from: address.url });
    await expect.poll(() => by(one)).toBe('anna');
    address.isSilent = true;
    const refreshed = tokenKeys.refresh();
    await expect.poll(() => address.asked).toBe(2);
    tokenKeys.stop();
    await refreshed;
    expect(alarm()).toBe('');
    clock.advance(10 * times.maxAgeMs);
    expect(address.asked).toBe(2);
  });

  it('are in the metrics, without what an address carries as a query', async () => {
    const registry = new Registry();
    await start({ from: `${address.url}?key=hidden` });
    registerKeyMetrics(registry, tokenKeys);
    await by(one);
    address.status = 500;
    await tokenKeys.refresh();
    const text = await registry.metrics();
    expect(text).toContain(`strowger_token_keys{source="${address.url}"} 2\n`);
    expect(text).toContain(`strowger_token_keys_read_seconds{source="${address.url}"} ${clock.now() / 1000}\n`);
    expect(text).toContain(`strowger_token_keys_reads_total{source="${address.url}",outcome="read"} 1\n`);
    expect(text).toContain(`strowger_token_keys_reads_total{source="${address.url}",outcome="failed"} 1\n`);
    expect(text).not.toContain('hidden');
  });
});
