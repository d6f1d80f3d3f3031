// Who is calling: verifies a bearer token (JWT) into a Caller, or says with a refusal why not. The algorithm in its header
// says by what: HS256 by the router's secret, RS256 and EdDSA by a public key of who signs for the tenant
// (token-keys.ts). Each way takes its own algorithms only, so no key is ever used with another's.
//
// Verified tokens are remembered by hash, bounded, so that thousands of clients that come back at once cost a hash
// each. What is remembered still expires: its time is looked at on every use, and the keys that verified it must be the
// newest and still be usable. Refusals are never remembered.

import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { Caller, Role } from '../engine/egress.ts';
import { idCharactersMax, tokenCharactersMax, tokensCachedMax } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../protocol/refusals.ts';
import { tokenAlgorithms } from './jwks-document.ts';
import type { KeySet } from './key-set.ts';
import type { TokenKeys } from './token-keys.ts';

export const roles = ['admin', 'app', 'switch', 'agent', 'customer', 'supervisor'] as const satisfies readonly Role[];

export interface Identity {
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface AuthenticationOptions {
  readonly secret: Uint8Array;
  /** Public keys of others who sign. */
  readonly tokenKeys?: TokenKeys;
  readonly hasTenant: (tenant: string) => boolean;
  readonly cachedMax?: number;
}

const idPattern = /^[A-Za-z0-9._:@+-]+$/;
const secretBytesMin = 32;

function secretKey(secret: Uint8Array): Uint8Array {
  if (secret.byteLength < secretBytesMin)
    throw new Error(`the token secret must have at least ${secretBytesMin} bytes`);
  return secret;
}

/** A token that was found good, and by which keys, where it was not by the secret. */
interface Verified {
  readonly identity: Identity;
  readonly keys: KeySet | undefined;
  readonly version: number;
}

export class Authentication {
  readonly #secret: Uint8Array;
  readonly #tokenKeys: TokenKeys | undefined;
  readonly #hasTenant: (tenant: string) => boolean;
  readonly #cachedMax: number;
  readonly #verified = new Map<string, Verified>();

  constructor({ secret, tokenKeys, hasTenant, cachedMax = tokensCachedMax }: AuthenticationOptions) {
    this.#secret = secretKey(secret);
    this.#tokenKeys = tokenKeys;
    this.#hasTenant = hasTenant;
    this.#cachedMax = cachedMax;
  }

  /** Answers at once where it can; a promise only for a token that was not seen before. */
  identify(token: string | undefined, now: number): Identity | Refusal | Promise<Identity | Refusal> {
    if (token === undefined || token === '') return refuse('token_missing');
    if (token.length > tokenCharactersMax) return refuse('token_invalid', { why: 'too long' });
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(hash);
    if (known !== undefined && isVerifiedStill(known, now)) return this.#stillGood(known.identity, now);
    this.#verified.delete(hash);
    return this.#verify(token, hash, now);
  }

  #stillGood(identity: Identity, now: number): Identity | Refusal {
    if (identity.expiresAt <= now) return refuse('token_expired', { expiredAt: identity.expiresAt });
    if (!this.#hasTenant(identity.caller.tenant)) return refuse('tenant_not_found', { tenant: identity.caller.tenant });
    return identity;
  }

  async #verify(token: string, hash: string, now: number): Promise<Identity | Refusal> {
    try {
      const { alg } = decodeProtectedHeader(token);
      const issuer = (tokenAlgorithms as readonly unknown[]).includes(alg)
        ? this.#tokenKeys?.issuerOf(decodeJwt(token).tenant)
        : undefined;
      if (issuer === undefined && alg !== 'HS256') return this.#algorithmRefused(alg);
      const version = issuer?.keys.version ?? 0;
      const claims = issuer === undefined ? await this.#verifyBySecret(token, now) : await issuer.verify(token, now);
      if (isRefusal(claims)) return claims;
      const identity = identityOf(claims);
      if (isRefusal(identity)) return identity;
      const good = this.#stillGood(identity, now);
      if (!isRefusal(good)) this.#remember(hash, { identity, keys: issuer?.keys, version });
      return good;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #verifyBySecret(token: string, now: number): Promise<Record<string, unknown>> {
    const options = { algorithms: ['HS256'], currentDate: new Date(now) };
    return (await jwtVerify(token, this.#secret, options)).payload;
  }

  #algorithmRefused(alg: unknown): Refusal {
    const isKnown = (tokenAlgorithms as readonly unknown[]).includes(alg);
    const why = isKnown
      ? `no keys (jwks) are configured that could check a token signed with ${alg}`
      : `the algorithm must be HS256, ${tokenAlgorithms.join(' or ')}`;
    return refuse('token_invalid', { why });
  }

  #remember(hash: string, verified: Verified): void {
    if (this.#verified.size >= this.#cachedMax) {
      const [oldest] = this.#verified.keys();
      this.#verified.delete(oldest!);
    }
    this.#verified.set(hash, verified);
  }
}

function isVerifiedStill({ keys, version }: Verified, now: number): boolean {
  return keys === undefined || (keys.version === version && keys.isUsable(now));
}

/** What jose found; other errors are ours. */
function refusalOf(error: unknown): Refusal {
  // The signature was good: jose looks at the time last.
  if (error instanceof errors.JWTExpired)
    return refuse('token_expired', { expiredAt: Number(error.payload.exp) * 1000 });
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refuse('token_invalid', { why: 'no key of those that sign for the tenant has its kid and algorithm' });
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return refuse('token_invalid', { why: error.message });
  }
  throw error;
}

function identityOf({ tenant, role, sub, exp }: Record<string, unknown>): Identity | Refusal {
  if (!isClaimedId(tenant)) return refuse('token_invalid', { why: 'the claim "tenant" is missing or no id' });
  if (!isRole(role)) return refuse('token_invalid', { why: `the claim "role" must be one of ${roles.join(', ')}` });
  if (!isClaimedId(sub)) return refuse('token_invalid', { why: 'the claim "sub" is missing or no id' });
  if (typeof exp !== 'number') return refuse('token_invalid', { why: 'the claim "exp" is missing' });
  return { caller: { tenant, role, sub }, expiresAt: exp * 1000 };
}

function isClaimedId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= idCharactersMax && idPattern.test(value);
}

function isRole(value: unknown): value is Role {
  return (roles as readonly unknown[]).includes(value);
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerToken(header: string | undefined): string | undefined {
  const match = header === undefined ? null : /^Bearer +(\S+) *$/i.exec(header);
  return match?.[1];
}

/** A token for `caller`, good until `expiresAt`: for the command line, the trial and the tests. */
export function signToken(secret: Uint8Array, caller: Caller, issuedAt: number, expiresAt: number): Promise<string> {
  return unsignedToken(caller, issuedAt, expiresAt).setProtectedHeader({ alg: 'HS256' }).sign(secretKey(secret));
}

/** The claims that every token has. */
export function unsignedToken({ tenant, role, sub }: Caller, issuedAt: number, expiresAt: number): SignJWT {
  return new SignJWT({ tenant, role })
    .setSubject(sub)
    .setIssuedAt(Math.floor(issuedAt / 1000))
    .setExpirationTime(Math.floor(expiresAt / 1000));
}
