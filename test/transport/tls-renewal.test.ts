// Certificates that are replaced while a router runs: what is taken, what is refused and when that is told. The
// transport only takes note here; with real handshakes the shared suite renews, and the command line's tests from files.

import { mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesLookedAtEveryMs } from '../../src/limits.ts';
import { registerTlsMetrics } from '../../src/transport/door-metrics.ts';
import { readTlsPair, TlsError, type TlsPair } from '../../src/transport/tls-pair.ts';
import { TlsRenewal, tlsExpiresAlarm, tlsRefusedAlarm } from '../../src/transport/tls-renewal.ts';
import { type CertificateName, ReplacedFiles } from '../tls/certificates.ts';
import { LogLines } from './log-lines.ts';
import { ManualClock } from './manual-clock.ts';

const dayMs = 86_400_000;
/** A minute in which `first` and `second` are good. */
const minute = Date.UTC(2027, 0, 1);

let folder: string;
let files: ReplacedFiles;
let clock: ManualClock;
let log: LogLines;
let served: TlsPair[];
let fault: Error | undefined;
let renewal: TlsRenewal;

function start(name: CertificateName, now = minute): void {
  files = new ReplacedFiles(folder, name);
  clock = new ManualClock(now);
  const transport = {
    renew: async (pair: TlsPair) => {
      if (fault !== undefined) throw fault;
      served.push(pair);
    },
  };
  renewal = new TlsRenewal({ pair: readTlsPair(files), transport, clock, alarms: log.alarms, log });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-tls-renewal-'));
  log = new LogLines();
  served = [];
  fault = undefined;
});

afterEach(() => {
  renewal.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the next look of its own does, to its end. */
async function nextLook(): Promise<void> {
  clock.advance(filesLookedAtEveryMs);
  await renewal.idle();
}

const refused = () => log.alarms.text(tlsRefusedAlarm);

describe('a certificate that is replaced', () => {
  it('is taken at the next look, and told once', async () => {
    start('first');
    await nextLook();
    expect(log.take()).toEqual([]);
    files.put('second');
    await nextLook();
    await nextLook();
    expect(served.map(({ names }) => names)).toEqual(['DNS:second.example, IP Address:127.0.0.1']);
    expect(log.lines[0]!.data).toMatchObject({ certFile: files.certFile, names: served[0]!.names });
    expect(log.take()).toEqual(['info: new handshakes get the new certificate']);
    expect(renewal.taken).toBe(1);
  });

  it('is taken at once when asked for, and the answer is told either way', async () => {
    start('first');
    files.put('second');
    await renewal.look(true);
    expect(served).toHaveLength(1);
    expect(log.take()).toContain('info: new handshakes get the new certificate');
    await renewal.look(true);
    expect(log.take()).toEqual(['info: the TLS files have been looked at']);
  });

  it('half replaced, is waited for until the other half is there', async () => {
    start('first');
    files.put('second', 'first');
    await nextLook();
    expect(log.take()).toEqual([]);
    files.put('second');
    await nextLook();
    expect(served).toHaveLength(1);
    expect(log.take()).toEqual(['info: new handshakes get the new certificate']);
    expect(renewal.refused).toBe(0);
  });

  it.each([
    ['wrong', () => files.put('second', 'first'), /key\.pem is not the key of the certificate in .*cert\.pem/],
    ['over already', () => files.put('expired'), /was valid until 2021-01-01/],
    ['not yet good', () => files.put('future'), /is not valid before 2098-01-01/],
    ['gone', () => unlinkSync(files.keyFile), /key\.pem: ENOENT/],
  ])('but is %s, is refused, told once, and the old one goes on', async (_, replace, told) => {
    start('first');
    replace();
    await nextLook();
    expect(refused()).toBeUndefined();
    for (let look = 0; look < 3; look++) await nextLook();
    expect(refused()).toMatch(told);
    expect(refused()).toMatch(/the certificate until 2126-.* goes on/);
    expect(log.take()).toEqual([`error: ${refused()}`]);
    expect([served.length, renewal.refused]).toEqual([0, 1]);
    files.put('second');
    await nextLook();
    expect([served.length, refused()]).toEqual([1, undefined]);
    expect(log.take()).toEqual(['warn: an alarm is over', 'info: new handshakes get the new certificate']);
  });

  it('and put back, is an alarm that is over', async () => {
    start('first');
    files.put('second', 'first');
    await renewal.look(true);
    expect(refused()).toMatch(/is not the key/);
    files.put('first');
    await nextLook();
    expect([refused(), served.length]).toEqual([undefined, 0]);
  });

  it('but is not taken by the transport, is refused and tried again', async () => {
    start('first');
    fault = new TlsError('not this one');
    files.put('second');
    await renewal.look(true);
    expect(refused()).toMatch(/not this one/);
    fault = undefined;
    await nextLook();
    expect([refused(), served.length]).toEqual([undefined, 1]);
  });

  it('is not looked at any more once the router stops', async () => {
    start('first');
    renewal.stop();
    files.put('second');
    await nextLook();
    await renewal.look(true);
    expect(served).toEqual([]);
  });
});

describe('a certificate that comes to its end', () => {
  it('raises an alarm two weeks before, which a new one ends', async () => {
    start('first', Date.UTC(2021, 0, 1) - 20 * dayMs);
    renewal.stop();
    start('expired', Date.UTC(2021, 0, 1) - 15 * dayMs);
    expect(log.alarms.text(tlsExpiresAlarm)).toBeUndefined();
    clock.advance(dayMs + filesLookedAtEveryMs);
    await renewal.idle();
    expect(log.alarms.text(tlsExpiresAlarm)).toMatch(/is valid until 2021-01-01T00:00:00.000Z only/);
    clock.advance(14 * dayMs);
    await renewal.idle();
    await nextLook();
    expect(log.alarms.text(tlsExpiresAlarm)).toMatch(/was valid until 2021-01-01/);
  });

  it('is in the metrics, with what was taken and refused', async () => {
    start('first');
    const registry = new Registry();
    registerTlsMetrics(registry, renewal);
    files.put('second', 'first');
    await renewal.look(true);
    files.put('second');
    await renewal.look(true);
    const text = await registry.metrics();
    expect(text).toContain(`strowger_tls_certificate_expires_seconds ${served[0]!.validTo / 1000}\n`);
    expect(text).toContain('strowger_tls_renewals_total{outcome="taken"} 1\n');
    expect(text).toContain('strowger_tls_renewals_total{outcome="refused"} 1\n');
  });
});
