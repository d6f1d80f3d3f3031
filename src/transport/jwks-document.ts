// A JSON Web Key Set (RFC 7517) as we take it: of its keys those that can check a token, public RSA keys for RS256 and
// Ed25519 keys for EdDSA (RFC 8037). Others are passed over, since a set may serve other users too; what is damaged, or
// must not be there, is a fault of the whole, so that nobody wonders later why a token is refused.
//
// A symmetric key never gets in, and a public key never meets HS256: whoever could swap the algorithm would sign with
// what everybody knows (RFC 8725, 2.1).

import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { jwksKeysMax } from '../limits.ts';

export const tokenAlgorithms = ['RS256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

/** RFC 7518, 3.3. */
const rsaBitsMin = 2048;

/** Somebody else's document, or file, is wrong: told without a stack. */
export class JwksError extends Error {
  override readonly name = 'JwksError';
}

export interface UsableKeys {
  readonly set: JSONWebKeySet;
  /** The keys' ids, for logs: `(none)` where one has none. */
  readonly ids: readonly string[];
}

/** Throws JwksError with what is wrong where. */
export function usableKeys(text: string): UsableKeys {
  const { keys } = documentOf(text);
  if (keys.length > jwksKeysMax) throw new JwksError(`${keys.length} keys; at most ${jwksKeysMax} are read`);
  const usable = keys.filter(isUsable);
  if (usable.length === 0) {
    throw new JwksError('no key in it can check tokens: RSA keys for RS256 and Ed25519 keys for EdDSA can');
  }
  return { set: { keys: usable }, ids: usable.map(({ kid }) => kid ?? '(none)') };
}

function documentOf(text: string): { keys: unknown[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new JwksError(`no JSON: ${(cause as Error).message}`, { cause });
  }
  const keys = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys)) throw new JwksError('no JSON Web Key Set: {"keys": [ … ]} is expected');
  return { keys };
}

function isUsable(key: unknown, index: number): key is JWK {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new JwksError(`/keys/${index}: is no key`);
  const { kty, crv, alg, use, kid, d } = key as Record<string, unknown>;
  const algorithm = kty === 'RSA' ? 'RS256' : kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined;
  const name = typeof kid === 'string' ? `/keys/${index} (kid ${JSON.stringify(kid)})` : `/keys/${index}`;
  if (d !== undefined)
    throw new JwksError(`${name}: is a private key, which belongs to whoever signs and nowhere else`);
  if (algorithm === undefined || (alg ?? algorithm) !== algorithm || (use ?? 'sig') !== 'sig') return false;
  if (kid !== undefined && typeof kid !== 'string') throw new JwksError(`${name}: its kid is no text`);
  const bits = bitsOf(key as JsonWebKey, name);
  if (bits !== undefined && bits < rsaBitsMin) throw new JwksError(`${name}: ${bits} bits; RS256 needs ${rsaBitsMin}`);
  return true;
}

/** Of an RSA key. Throws where it is no key of its kind. */
function bitsOf(key: JsonWebKey, name: string): number | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails?.modulusLength;
  } catch (cause) {
    throw new JwksError(`${name}: ${(cause as Error).message}`, { cause });
  }
}
