// What partitions, stores and shadows count, for /metrics. Read when asked for, so that ticks pay nothing.

import { Gauge, type Registry } from 'prom-client';
import type { Alarms } from './engine/alarms.ts';
import { readHeader } from './engine/core-instance.ts';
import type { Tenant } from './tenant.ts';

type Reading = readonly [name: string, help: string, read: (tenant: Tenant) => number];

const readings: readonly Reading[] = [
  ['strowger_ticks', 'Number of the newest durable tick.', ({ partition }) => partition.numbers.durable],
  ['strowger_inbox_requests', 'Requests that wait for a tick.', ({ partition }) => partition.numbers.inbox],
  ['strowger_tables_lag_writes', 'Writes that the tables do not have yet.', ({ partition }) => partition.numbers.lag],
  ['strowger_journal_bytes', 'Bytes of the journal on disk.', ({ store }) => store.journal.bytes()],
  ['strowger_tables_bytes', 'Bytes of the tables on disk.', ({ store }) => store.tables.bytes()],
  ['strowger_shadow_lag_entries', 'Entries that the shadow has not executed yet.', ({ shadow }) => shadow.lag],
  [
    'strowger_contacts_waiting',
    'Contacts waiting or ringing.',
    ({ partition }) => readHeader(partition.core.memory).waiting,
  ],
  ['strowger_contacts_live', 'Contacts that are not over.', ({ partition }) => readHeader(partition.core.memory).live],
  ['strowger_core_timers', 'Timers set in the core.', ({ partition }) => readHeader(partition.core.memory).timers],
  [
    'strowger_core_arena_bytes',
    'Memory of the core in use.',
    ({ partition }) => readHeader(partition.core.memory).arenaTop,
  ],
  [
    'strowger_platforms_left_alone',
    'Platforms that did not answer and are left alone until they have.',
    ({ partition }) => partition.gauge('platformsLeftAlone'),
  ],
  [
    'strowger_serial_guessers_limited',
    'Platforms, switches and calling numbers that have had too many wrong serials: none of theirs is looked up.',
    ({ partition }) => partition.gauge('guessersLimited'),
  ],
  [
    'strowger_platform_questions',
    'Callers of whom platforms are being asked.',
    ({ partition }) => partition.gauge('platformQuestions'),
  ],
  [
    'strowger_handovers',
    'Serials that have been handed over and are remembered.',
    ({ partition }) => partition.gauge('handovers'),
  ],
  ['strowger_ready', '1 when the partition can take and commit.', ({ partition }) => (partition.ready ? 1 : 0)],
];

export function registerRouterMetrics(registry: Registry, tenants: ReadonlyMap<string, Tenant>, alarms: Alarms): void {
  for (const [name, help, read] of readings) {
    new Gauge({
      name,
      help,
      labelNames: ['tenant'],
      registers: [registry],
      collect() {
        for (const tenant of tenants.values()) this.set({ tenant: tenant.name }, read(tenant));
      },
    });
  }
  new Gauge({
    name: 'strowger_alarm',
    help: '1 for each alarm that is raised; those of the whole process name no tenant.',
    labelNames: ['tenant', 'alarm'],
    registers: [registry],
    collect() {
      this.reset();
      for (const alarm of alarms.raised.keys()) this.set({ tenant: '', alarm }, 1);
      for (const tenant of tenants.values()) {
        for (const alarm of tenant.partition.alarms.raised.keys()) this.set({ tenant: tenant.name, alarm }, 1);
      }
    },
  });
}
