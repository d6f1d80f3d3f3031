// People who come with tokens that somebody else has signed: while that somebody is away, when the keys change, and what
// becomes of sessions that are open meanwhile.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyAddress, published, type SigningKey, signedBy, signingKey } from '../transport/signing-keys.ts';
import { JourneyRouter, tenant } from './router-harness.ts';

const cooldownMs = 1_000;
const before = signingKey('RS256', 'before');
const after = signingKey('EdDSA', 'after');

let address: KeyAddress;
let router: JourneyRouter;

beforeAll(async () => {
  address = await KeyAddress.open(published(before));
  address.status = 500;
  router = await JourneyRouter.start({ jwks: { from: address.url }, jwksCooldownMs: cooldownMs });
});
afterAll(async () => {
  await router?.close(/^the keys of tokens cannot be read|^an alarm is over/);
  await address?.close();
});

const token = (key: SigningKey, lifeSeconds = 3_600) =>
  signedBy(key, { tenant, role: 'admin', sub: 'boss', exp: Math.floor(Date.now() / 1000) + lifeSeconds });

const post = async (key: SigningKey) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'queue.list', params: {} });
  const response = await router.post(body, { authorization: `Bearer ${await token(key)}` });
  const { error } = (await response.json()) as { error?: { data: Record<string, unknown> } };
  return [response.status, error?.data];
};

test('before the keys can be had, requests are told to come again, and the router is ready for all others', async () => {
  const refused = { refusal: 'not_ready', retryAfterMs: expect.any(Number) };
  expect(await post(before)).toEqual([503, refused]);
  const socket = await router.socket();
  expect(await socket.call('session.open', { token: await token(before) })).toMatchObject({ error: { data: refused } });
  expect((await fetch(`${router.http}/ready`)).status).toBe(200);
  expect(await router.rpc('admin', 'boss', 'queue.list')).toHaveProperty('result');
  const metrics = await (await fetch(`${router.http}/metrics`)).text();
  expect(metrics).toContain(`strowger_alarm{tenant="",alarm="token_keys: ${address.url}"} 1\n`);
  address.status = 200;
  await expect.poll(() => post(before), { timeout: 10_000 }).toEqual([200, undefined]);
  expect(await socket.call('session.open', { token: await token(before) })).toMatchObject({
    result: { role: 'admin' },
  });
});

test('a session outlives the key of its token, until the token’s own end', async () => {
  const [lasting, short] = [await router.socket(), await router.socket()];
  await lasting.call('session.open', { token: await token(before) });
  await short.call('session.open', { token: await token(before, 8) });
  address.body = published(after);
  await expect.poll(() => post(after), { timeout: 10_000 }).toEqual([200, undefined]);
  expect(await post(before)).toMatchObject([401, { refusal: 'token_invalid' }]);
  expect(await lasting.call('queue.list')).toHaveProperty('result');
  expect(await short.end(20_000)).toEqual({ code: 4001, reason: 'token_expired' });
  expect(await lasting.call('queue.list')).toHaveProperty('result');
});
