// The public keys of one source, kept up to date.
//
// - They are read again when they have reached their greatest age (a file: every few seconds), when a token names a key
//   that is not among them, and when asked to (SIGHUP); for unknown keys at most once in a cooldown, so that nobody can
//   make the router call an address by sending nonsense.
// - A read that fails, or brings no usable key, changes nothing: the last good keys go on for `keepMs`, with an alarm.
//   After that, and before the first read, tokens that need them are `not_ready`: nobody can say whether they are good.
// - `version` changes with the keys, so that what was verified by others is verified anew.
//
// jose selects the key and verifies (createLocalJWKSet). Its createRemoteJWKSet fetches too, but drops good keys at the
// end of their age even where the address is down, tries again at every token then, reads no files, and has a clock of
// its own.

import { createLocalJWKSet, errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Alarms } from '../engine/alarms.ts';
import type { Clock, Wake } from '../engine/clock.ts';
import { filesLookedAtEveryMs, overloadedRetryAfterMs } from '../limits.ts';
import type { RouterLog } from '../log.ts';
import { type Refusal, refuse } from '../protocol/refusals.ts';
import { JwksError, usableKeys } from './jwks-document.ts';
import type { JwksSource } from './jwks-source.ts';

export interface KeySetTimes {
  /** Between two reads because of keys that are not known, and after a read that failed. */
  readonly cooldownMs: number;
  /** Keys of an address are read again at this age. */
  readonly maxAgeMs: number;
  /** How long keys go on being used after the last good read. */
  readonly keepMs: number;
}

export interface KeySetOptions {
  readonly source: JwksSource;
  readonly times: KeySetTimes;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: RouterLog;
}

type Keys = ReturnType<typeof createLocalJWKSet>;
export type Claims = JWTVerifyResult['payload'];

export class KeySet {
  readonly #options: KeySetOptions;
  #text: string | undefined;
  #keys: Keys | undefined;
  #ids: readonly string[] = [];
  #version = 0;
  #readAt: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #wake: Wake | undefined;
  readonly #stopping = new AbortController();
  reads = 0;
  failures = 0;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  get shown(): string {
    return this.#options.source.shown;
  }
  get ids(): readonly string[] {
    return this.#ids;
  }
  get version(): number {
    return this.#version;
  }
  /** When the keys were last read, ms since the epoch. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** Reads for the first time and keeps reading from then on. Rejects with JwksError for a file that cannot be used. */
  async start(): Promise<void> {
    const first = this.refresh();
    if (this.#options.source.isAddress) return;
    const fault = await first;
    if (fault === undefined) return;
    this.stop();
    throw fault;
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake?.cancel();
  }

  isUsable(now: number): boolean {
    return this.#readAt !== undefined && now < this.#readAt + this.#options.times.keepMs;
  }

  /** Resolves with the claims of a good token, or a refusal; rejects with errors of jose for a bad one. */
  async verify(token: string, options: JWTVerifyOptions): Promise<Claims | Refusal> {
    const now = () => this.#options.clock.now();
    if (!this.isUsable(now())) await this.#refreshIfCool();
    if (!this.isUsable(now())) return this.#unavailable();
    try {
      return await verifyBy(this.#keys!, token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const before = this.#version;
      await this.#refreshIfCool();
      if (this.#version === before) throw error;
      return await verifyBy(this.#keys!, token, options);
    }
  }

  /** Reads now, or waits for the read that is on its way. Resolves with what went wrong. */
  async refresh(): Promise<JwksError | undefined> {
    let fault: JwksError | undefined;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      this.#readLater();
    });
    await this.#reading.catch((error: unknown) => {
      if (!(error instanceof JwksError)) throw error;
      fault = error;
    });
    return fault;
  }

  async #refreshIfCool(): Promise<void> {
    const { clock, times } = this.#options;
    if (this.#reading !== undefined || clock.now() - this.#triedAt >= times.cooldownMs) await this.refresh();
  }

  async #read(): Promise<void> {
    const { source, clock, alarms } = this.#options;
    this.#triedAt = clock.now();
    try {
      this.#take(await source.read(this.#stopping.signal));
      this.#readAt = clock.now();
      this.reads += 1;
      alarms.clear(this.#alarm);
    } catch (error) {
      if (!(error instanceof JwksError)) throw error;
      if (this.#stopping.signal.aborted) throw error;
      this.failures += 1;
      alarms.raise(this.#alarm, this.#troubleText(error));
      throw error;
    }
  }

  #take(text: string): void {
    if (text === this.#text) return;
    const { source, log } = this.#options;
    try {
      const { set, ids } = usableKeys(text);
      this.#keys = createLocalJWKSet(set);
      this.#ids = ids;
    } catch (error) {
      throw error instanceof JwksError ? new JwksError(`${source.shown}: ${error.message}`, { cause: error }) : error;
    }
    this.#text = text;
    this.#version += 1;
    log.info({ source: source.shown, keys: this.#ids }, 'keys of tokens have been read');
  }

  #readLater(): void {
    if (this.#stopping.signal.aborted) return;
    const { source, times, clock } = this.#options;
    const everyMs = source.isAddress ? times.maxAgeMs : filesLookedAtEveryMs;
    const isBad = this.#readAt === undefined || this.#readAt < this.#triedAt;
    this.#wake?.cancel();
    this.#wake = clock.wakeAt(this.#triedAt + (isBad ? Math.min(everyMs, times.cooldownMs) : everyMs), () => {
      void this.refresh();
    });
  }

  get #alarm(): string {
    return `token_keys: ${this.shown}`;
  }

  #troubleText(error: JwksError): string {
    const until = this.#readAt === undefined ? undefined : this.#readAt + this.#options.times.keepMs;
    const meanwhile =
      until === undefined
        ? 'tokens that need them are not_ready until they are'
        : `those read before are used until ${new Date(until).toISOString()}`;
    return `the keys of tokens cannot be read (${error.message}); ${meanwhile}`;
  }

  #unavailable(): Refusal {
    const { clock, times } = this.#options;
    const retryAfterMs = Math.max(overloadedRetryAfterMs, this.#triedAt + times.cooldownMs - clock.now());
    const message =
      'The keys that this token is checked with cannot be had at present; try again after `retryAfterMs`.';
    return refuse('not_ready', { retryAfterMs }, message);
  }
}

async function verifyBy(keys: Keys, token: string, options: JWTVerifyOptions): Promise<Claims> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    // A token without a key id, or keys that share one: each that fits may have signed it.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}
