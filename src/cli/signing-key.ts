// A private key that signs tokens, from a file (PEM or JWK), and the public half of it as others are shown it. A router
// has none: this is for whoever stands in for the signer, to try it out or to run it by hand.

import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type TokenAlgorithm, usableKeys } from '../transport/jwks-document.ts';
import { CommandError, UsageError } from './command-error.ts';
import { readText } from './read-document.ts';

export interface SigningKey {
  readonly alg: TokenAlgorithm;
  /** The one given, else that of the JWK, else the key's thumbprint (RFC 7638), so that both halves agree on it. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

const algorithmOf: Readonly<Record<string, TokenAlgorithm>> = { rsa: 'RS256', ed25519: 'EdDSA' };

export async function readSigningKey(file: string, given: { alg?: string; kid?: string } = {}): Promise<SigningKey> {
  const { privateKey, kid: ownKid } = privateKeyOf(file, readText(file));
  const type = privateKey.asymmetricKeyType ?? 'secret';
  const alg = algorithmOf[type];
  if (alg === undefined) throw new CommandError(`${file}: a key of type ${type}; RSA and Ed25519 keys sign tokens`);
  if (given.alg !== undefined && given.alg !== alg) {
    throw new UsageError(`--alg: ${file} holds a key of type ${type}, which signs with ${alg}, not ${given.alg}`);
  }
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  const kid = given.kid ?? ownKid ?? (await calculateJwkThumbprint(jwk));
  const publicJwk: JWK = { ...jwk, kid, alg, use: 'sig' };
  try {
    usableKeys(JSON.stringify({ keys: [publicJwk] }));
  } catch (cause) {
    throw new CommandError(`${file}: ${(cause as Error).message}`, undefined, { cause });
  }
  return { alg, kid, privateKey, publicJwk };
}

function privateKeyOf(file: string, text: string): { privateKey: KeyObject; kid?: string } {
  try {
    if (!text.trimStart().startsWith('{')) return { privateKey: createPrivateKey(text) };
    const key = JSON.parse(text) as JsonWebKey & { kid?: unknown };
    const privateKey = createPrivateKey({ key, format: 'jwk' });
    return { privateKey, ...(typeof key.kid === 'string' && { kid: key.kid }) };
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CommandError(`${file}: no private key (PEM or JWK, not encrypted): ${why}`, undefined, { cause });
  }
}
