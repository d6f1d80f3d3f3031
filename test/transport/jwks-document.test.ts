// Which keys of a set are taken, and what is told about a set that is not.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jwksKeysMax } from '../../src/limits.ts';
import { JwksError, usableKeys } from '../../src/transport/jwks-document.ts';
import { published, signingKey } from './signing-keys.ts';

const rsa = signingKey('RS256', 'r').publicJwk;
const ed = signingKey('EdDSA', 'e').publicJwk;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const privateKey = signingKey('EdDSA').privateKey.export({ format: 'jwk' });
const secretKey = { kty: 'oct', k: Buffer.alloc(32, 'x').toString('base64url'), alg: 'HS256', kid: 's' };
const set = (...keys: unknown[]) => JSON.stringify({ keys });

describe('of a JSON Web Key Set', () => {
  it('the RSA and Ed25519 keys that are for signatures are taken, in their order', () => {
    expect(usableKeys(set(rsa, ed)).ids).toEqual(['r', 'e']);
    expect(usableKeys(set({ ...rsa, alg: 'RS256', use: 'sig' }, { ...ed, kid: undefined })).ids).toEqual([
      'r',
      '(none)',
    ]);
  });

  it('keys for anything else are passed over, symmetric ones among them', () => {
    const others = [ec, secretKey, { ...rsa, use: 'enc' }, { ...rsa, alg: 'PS256' }, { ...ed, alg: 'Ed25519' }];
    expect(usableKeys(set(...others, ed)).set.keys).toEqual([ed]);
    for (const other of others) expect(() => usableKeys(set(other))).toThrow(/no key in it can check tokens/);
  });

  it.each([
    ['no JSON', '{"keys"', /^no JSON: /],
    ['no set', '[]', /\{"keys": \[ … \]\} is expected/],
    ['no list', '{"keys":{}}', /is expected/],
    ['an empty one', '{"keys":[]}', /no key in it can check tokens/],
    ['a key that is a text', set('key'), /^\/keys\/0: is no key/],
    ['a private key', set(rsa, privateKey), /^\/keys\/1: is a private key/],
    ['a key that is too short', set({ ...short, kid: 'k' }), /^\/keys\/0 \(kid "k"\): 1024 bits; RS256 needs 2048/],
    ['a damaged key', set({ ...ed, x: 'AAAA' }), /^\/keys\/0 \(kid "e"\): /],
    ['a key id that is a number', set({ ...ed, kid: 7 }), /^\/keys\/0: its kid is no text/],
    ['too many keys', set(...Array.from({ length: jwksKeysMax + 1 }, () => ed)), /101 keys; at most 100 are read/],
  ])('%s is refused with the place', (_, text, told) => {
    expect(() => usableKeys(text)).toThrow(JwksError);
    expect(() => usableKeys(text)).toThrow(told);
  });

  it('what is published of our own keys is taken', () => {
    expect(usableKeys(published(signingKey('EdDSA', 'mine'))).ids).toEqual(['mine']);
  });
});
