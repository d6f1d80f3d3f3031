// Keeps TLS up to date with its files: looks at them every few seconds and when asked to (SIGHUP), and hands a new
// pair to the transport, which gives it to new handshakes while open connections stay as they are.
//
// Files are read and compared, not watched: certificates are renewed by links that are moved, in mounted folders and by
// copying, and what a watcher sees of that differs from place to place. A pair that cannot be used is refused and the
// old one goes on. Two files cannot be replaced at once, so a pair is told to be wrong when the next look finds it the
// same; when somebody asks, at once.

import { readFile } from 'node:fs/promises';
import type { Alarms } from '../engine/alarms.ts';
import type { Clock, Wake } from '../engine/clock.ts';
import { filesLookedAtEveryMs, tlsExpiresWithinMs } from '../limits.ts';
import type { RouterLog } from '../log.ts';
import { boundedPem, digestOf, TlsError, type TlsPair, tlsErrorOf, tlsPairOf } from './tls-pair.ts';
import type { Transport } from './transport.ts';

export const tlsRefusedAlarm = 'tls_pair_refused';
export const tlsExpiresAlarm = 'tls_certificate_expires';

export interface TlsRenewalOptions {
  /** What the transport was made with. */
  readonly pair: TlsPair;
  readonly transport: Pick<Transport, 'renew'>;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: RouterLog;
}

export class TlsRenewal {
  readonly #options: TlsRenewalOptions;
  #pair: TlsPair;
  /** What was found wrong at the last look: told when the next one finds the same. */
  #suspect: string | undefined;
  #looking: Promise<void> | undefined;
  #wake: Wake | undefined;
  #isStopped = false;
  taken = 0;
  refused = 0;

  constructor(options: TlsRenewalOptions) {
    this.#options = options;
    this.#pair = options.pair;
    this.#watchExpiry();
    this.#lookLater();
  }

  get pair(): TlsPair {
    return this.#pair;
  }

  /** Looks at once. `isAsked`: somebody waits for the outcome, so what is wrong is told at the first sight. */
  async look(isAsked: boolean): Promise<void> {
    // One look at a time; who asks wants one that has begun after it.
    if (this.#looking !== undefined) await this.idle();
    if (this.#isStopped) return;
    this.#looking = this.#look(isAsked).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** The look that is on its way, where there is one. */
  async idle(): Promise<void> {
    while (this.#looking !== undefined) await this.#looking;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.cancel();
  }

  #lookLater(): void {
    const { clock } = this.#options;
    this.#wake = clock.wakeAt(clock.now() + filesLookedAtEveryMs, () => {
      this.#lookLater();
      if (this.#looking === undefined) void this.look(false);
    });
  }

  async #look(isAsked: boolean): Promise<void> {
    const { alarms } = this.#options;
    try {
      const [cert, key] = await Promise.all([read(this.#pair.certFile), read(this.#pair.keyFile)]);
      const isNew = !cert.equals(this.#pair.cert) || !key.equals(this.#pair.key);
      if (isNew) await this.#take(cert, key, isAsked);
      else this.#clear();
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.#refuse(error, error.message, isAsked);
    }
    this.#watchExpiry();
    if (isAsked && !alarms.raised.has(tlsRefusedAlarm)) this.#say('the TLS files have been looked at');
  }

  async #take(cert: Buffer, key: Buffer, isAsked: boolean): Promise<void> {
    const { transport, clock } = this.#options;
    try {
      const pair = tlsPairOf(this.#pair, cert, key);
      const now = clock.now();
      if (pair.validTo <= now) throw new TlsError(`${pair.certFile}: was valid until ${dateOf(pair.validTo)}`);
      if (pair.validFrom > now) throw new TlsError(`${pair.certFile}: is not valid before ${dateOf(pair.validFrom)}`);
      await transport.renew(pair);
      this.#pair = pair;
      this.taken += 1;
      this.#clear();
      this.#say('new handshakes get the new certificate');
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.#refuse(error, digestOf(cert, key), isAsked);
    }
  }

  #refuse(error: TlsError, suspect: string, isAsked: boolean): void {
    const isSeenAgain = this.#suspect === suspect;
    this.#suspect = suspect;
    if (!isAsked && !isSeenAgain) return;
    const text = `the TLS files are refused, and the certificate until ${dateOf(this.#pair.validTo)} goes on: ${error.message}`;
    if (this.#options.alarms.text(tlsRefusedAlarm) !== text) this.refused += 1;
    this.#options.alarms.raise(tlsRefusedAlarm, text);
  }

  #clear(): void {
    this.#suspect = undefined;
    this.#options.alarms.clear(tlsRefusedAlarm);
  }

  #say(message: string): void {
    const { certFile, names, validTo } = this.#pair;
    this.#options.log.info({ certFile, names, validTo: dateOf(validTo) }, message);
  }

  #watchExpiry(): void {
    const { alarms, clock } = this.#options;
    const { certFile, validFrom, validTo } = this.#pair;
    const now = clock.now();
    if (validTo <= now)
      alarms.raise(tlsExpiresAlarm, `${certFile}: the certificate was valid until ${dateOf(validTo)}`);
    else if (validFrom > now) {
      alarms.raise(tlsExpiresAlarm, `${certFile}: the certificate is not valid before ${dateOf(validFrom)}`);
    } else if (validTo - now < tlsExpiresWithinMs) {
      alarms.raise(tlsExpiresAlarm, `${certFile}: the certificate is valid until ${dateOf(validTo)} only`);
    } else alarms.clear(tlsExpiresAlarm);
  }
}

async function read(file: string): Promise<Buffer> {
  try {
    return boundedPem(file, await readFile(file));
  } catch (error) {
    throw tlsErrorOf(file, error);
  }
}

function dateOf(at: number): string {
  return new Date(at).toISOString();
}
