// What the front door tells /metrics beside its sessions: how long the certificate is good, and how the keys of tokens
// are kept up to date. Times are Unix seconds, as Prometheus counts them.

import { Counter, Gauge, type Registry } from 'prom-client';
import type { KeySet } from './key-set.ts';
import type { TlsRenewal } from './tls-renewal.ts';
import type { TokenKeys } from './token-keys.ts';

export function registerTlsMetrics(registry: Registry, renewal: TlsRenewal): void {
  const registers = [registry];
  new Gauge({
    name: 'strowger_tls_certificate_expires_seconds',
    help: 'When the certificate in use, or what it leans on, is good no longer.',
    registers,
    collect() {
      this.set(renewal.pair.validTo / 1000);
    },
  });
  new Counter({
    name: 'strowger_tls_renewals_total',
    help: 'New certificates found in the files: taken, or refused because they could not be used.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'taken' }, renewal.taken);
      this.inc({ outcome: 'refused' }, renewal.refused);
    },
  });
}

export function registerKeyMetrics(registry: Registry, tokenKeys: TokenKeys): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (set: KeySet) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['source'],
      registers,
      collect() {
        this.reset();
        for (const set of tokenKeys.sets) this.set({ source: set.shown }, read(set));
      },
    });
  gauge('strowger_token_keys', 'Public keys that tokens are checked with.', (set) => set.ids.length);
  gauge('strowger_token_keys_read_seconds', 'When they were last read; 0: never.', (set) => (set.readAt ?? 0) / 1000);
  new Counter({
    name: 'strowger_token_keys_reads_total',
    help: 'Reads of the keys of tokens, by how they ended.',
    labelNames: ['source', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { shown: source, reads, failures } of tokenKeys.sets) {
        this.inc({ source, outcome: 'read' }, reads);
        this.inc({ source, outcome: 'failed' }, failures);
      }
    },
  });
}
