// Whose public keys check whose tokens. A tenant with a key set of its own takes tokens signed by that one alone; the
// others share the router's. So the keys of one tenant never sign for another, whatever tenant a token names.

import type { JWTVerifyOptions } from 'jose';
import type { Refusal } from '../protocol/refusals.ts';
import type { JwksConfiguration } from '../router-configuration.ts';
import { tokenAlgorithms } from './jwks-document.ts';
import { jwksSource } from './jwks-source.ts';
import { type Claims, KeySet, type KeySetOptions } from './key-set.ts';

export interface TokenKeysOptions extends Omit<KeySetOptions, 'source'> {
  /** For every tenant that has none of its own. */
  readonly jwks?: JwksConfiguration;
  readonly jwksOfTenants?: Readonly<Record<string, JwksConfiguration>>;
}

/** A key set and what else a token must say to be taken by it. */
export class Issuer {
  readonly keys: KeySet;
  readonly #expected: JWTVerifyOptions;

  constructor(keys: KeySet, { issuer, audience, algorithms = tokenAlgorithms }: JwksConfiguration) {
    this.keys = keys;
    this.#expected = {
      algorithms: [...algorithms],
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  verify(token: string, now: number): Promise<Claims | Refusal> {
    return this.keys.verify(token, { ...this.#expected, currentDate: new Date(now) });
  }
}

export class TokenKeys {
  /** By source: tenants that name the same one share it. */
  readonly #sets = new Map<string, KeySet>();
  readonly #shared: Issuer | undefined;
  readonly #ofTenants = new Map<string, Issuer>();

  constructor({ jwks, jwksOfTenants = {}, ...setOptions }: TokenKeysOptions) {
    const issuer = (configuration: JwksConfiguration) => {
      const { from } = configuration;
      const set = this.#sets.get(from) ?? new KeySet({ ...setOptions, source: jwksSource(from) });
      this.#sets.set(from, set);
      return new Issuer(set, configuration);
    };
    this.#shared = jwks && issuer(jwks);
    for (const [tenant, own] of Object.entries(jwksOfTenants)) this.#ofTenants.set(tenant, issuer(own));
  }

  get sets(): Iterable<KeySet> {
    return this.#sets.values();
  }

  /** Who may sign for the tenant, beside the router's own secret. */
  issuerOf(tenant: unknown): Issuer | undefined {
    return (typeof tenant === 'string' ? this.#ofTenants.get(tenant) : undefined) ?? this.#shared;
  }

  /** Rejects with JwksError for a file that cannot be used; addresses may be down. */
  async start(): Promise<void> {
    const started = await Promise.allSettled([...this.sets].map((set) => set.start()));
    for (const outcome of started) {
      if (outcome.status === 'fulfilled') continue;
      this.stop();
      throw outcome.reason;
    }
  }

  /** Reads all of them now. */
  async refresh(): Promise<void> {
    await Promise.all([...this.sets].map((set) => set.refresh()));
  }

  stop(): void {
    for (const set of this.sets) set.stop();
  }
}
