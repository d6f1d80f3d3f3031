// Sessions with a fake partition per tenant, a clock that the test moves and connections without sockets.

import type { Caller, Role } from '../../src/engine/egress.ts';
import { Authentication, signToken } from '../../src/transport/authentication.ts';
import { RequestRouter } from '../../src/transport/request-router.ts';
import { RpcOverHttp } from '../../src/transport/rpc-over-http.ts';
import { Sessions, type SessionsOptions } from '../../src/transport/sessions.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { FakePartition, fakeChecks, fakeEvents } from './fake-partition.ts';
import { ManualClock, seededRandomness } from './manual-clock.ts';

export const secret = new TextEncoder().encode('a secret of at least 32 bytes, for tests only');

export interface Received {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown> & { seq: number };
  // biome-ignore lint/suspicious/noExplicitAny: results are whatever the test asked for
  result?: any;
  error?: { code: number; message: string; data: Record<string, unknown> };
}

export class FakeConnection implements Connection {
  readonly id = 1;
  readonly remoteAddress = '127.0.0.1';
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: string[] = [];
  unread = 0;
  closed: { code: number; reason: string } | undefined;

  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.headers = headers;
  }
  send(text: string): void {
    if (this.closed === undefined) this.frames.push(text);
  }
  sendFrames(bytes: Buffer, starts: readonly number[], ends: readonly number[]): void {
    starts.forEach((start, index) => {
      this.send(bytes.toString('utf8', start, ends[index]));
    });
  }

  bufferedBytes(): number {
    return this.unread;
  }
  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }
  /** What came since the last time, parsed. */
  take(): Received[] {
    return this.frames.splice(0).map((frame) => JSON.parse(frame));
  }
}

export interface Harness {
  clock: ManualClock;
  sessions: Sessions;
  router: RequestRouter;
  authentication: Authentication;
  http: RpcOverHttp;
  partitions: Record<string, FakePartition>;
  token(caller?: Partial<Caller>, lifeMs?: number): Promise<string>;
  connect(headers?: Record<string, string>): FakeConnection;
  send(connection: FakeConnection, value: unknown): void;
  /** A connection with an open session; its answer has been taken. */
  opened(
    caller?: Partial<Caller>,
    params?: Record<string, unknown>,
  ): Promise<{ connection: FakeConnection; answer: Received }>;
}

const verifying = new Set<Promise<unknown>>();

class WatchedAuthentication extends Authentication {
  override identify(token: string | undefined, now: number): ReturnType<Authentication['identify']> {
    const identified = super.identify(token, now);
    if (identified instanceof Promise) verifying.add(identified);
    return identified;
  }
}

/** Waits until every token given so far is verified and what waited for it has run. */
export async function settle(): Promise<void> {
  await Promise.allSettled(verifying);
  verifying.clear();
  await new Promise((resolve) => setImmediate(resolve));
}

export function createHarness(options: Omit<Partial<SessionsOptions>, 'clock'> = {}): Harness {
  const clock = new ManualClock();
  const tenants = ['north', 'south'];
  const authentication = new WatchedAuthentication({ secret, hasTenant: (tenant) => tenants.includes(tenant) });
  const router = new RequestRouter(fakeChecks);
  const sessions = new Sessions({
    router,
    authentication,
    clock,
    randomness: seededRandomness(1),
    sessionEpoch: 'epoch-1',
    capabilitiesOf: ({ role }) => ({ of: role }),
    eventEncoders: fakeEvents,
    ...options,
  });
  const partitions: Record<string, FakePartition> = {};
  for (const tenant of tenants) {
    const partition = new FakePartition(sessions.egress(tenant));
    sessions.serve(tenant, partition);
    partitions[tenant] = partition;
  }
  const token = (
    { tenant = 'north', role = 'agent' as Role, sub = 'anna' }: Partial<Caller> = {},
    lifeMs = 3_600_000,
  ) => signToken(secret, { tenant, role, sub }, clock.now(), clock.now() + lifeMs);
  const connect = (headers: Record<string, string> = {}) => {
    const connection = new FakeConnection(headers);
    sessions.connected(connection);
    return connection;
  };
  const send = (connection: FakeConnection, value: unknown) =>
    sessions.received(connection, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  const http = new RpcOverHttp({ router, sessions, authentication, clock });
  return {
    clock,
    sessions,
    router,
    authentication,
    http,
    partitions,
    token,
    connect,
    send,
    async opened(caller = {}, params = {}) {
      const connection = connect();
      send(connection, request(0, 'session.open', { token: await token(caller), ...params }));
      await settle();
      const [answer] = [JSON.parse(connection.frames.shift()!)];
      return { connection, answer };
    },
  };
}

export function request(id: string | number | null | undefined, method: string, params: unknown = {}) {
  return { jsonrpc: '2.0', ...(id !== undefined && { id }), method, params };
}
