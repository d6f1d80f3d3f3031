// What the sessions count, for /metrics. The counts are plain numbers on the hot path and are read when asked for.

import { Counter, Gauge, type Registry } from 'prom-client';
import { closeCodes } from './close-codes.ts';
import type { RequestRouter } from './request-router.ts';
import type { Sessions } from './sessions.ts';

export function registerSessionMetrics(registry: Registry, sessions: Sessions, router: RequestRouter): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge('strowger_connections', 'WebSocket connections, with or without a session.', () => sessions.connections);
  gauge('strowger_sessions', 'Open sessions.', () => sessions.opened);
  gauge('strowger_feed_bytes', 'Bytes kept for clients that come back.', () => sessions.feeds.bytes);
  counter('strowger_requests_total', 'Requests taken, refused ones too.', () => router.requests);
  counter('strowger_answers_total', 'Answers of partitions.', () => router.answers);
  counter(
    'strowger_notifications_total',
    'Notifications, before they are copied to sessions.',
    () => sessions.notifications,
  );
  new Counter({
    name: 'strowger_session_closes_total',
    help: 'Connections that the router closed, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [name, [, reason]] of Object.entries(closeCodes)) {
        this.inc({ reason }, sessions.closes.get(name as keyof typeof closeCodes) ?? 0);
      }
    },
  });
}
