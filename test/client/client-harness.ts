// A router in miniature on a real socket: sessions over the ws transport with a fake partition, and clients for it.
// The server can be stopped and started anew on the same port, with or without what it kept in memory.

import { type ClientOptions, StrowgerClient } from '../../src/client/client.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { Authentication, signToken } from '../../src/transport/authentication.ts';
import { createHandlers } from '../../src/transport/http.ts';
import { RequestRouter } from '../../src/transport/request-router.ts';
import { RpcOverHttp } from '../../src/transport/rpc-over-http.ts';
import { Sessions, type SessionsOptions } from '../../src/transport/sessions.ts';
import type { Transport, TransportFactory } from '../../src/transport/transport.ts';
import { createWsTransport } from '../../src/transport/ws-transport.ts';
import { FakePartition, fakeChecks, fakeEvents, fakeMethods } from '../transport/fake-partition.ts';
import { secret } from '../transport/sessions-harness.ts';

export { secret };
export const fakeTakesRequestId = (name: string) =>
  'requestId' in (fakeMethods[name as keyof typeof fakeMethods]?.params.properties ?? {});

export class MiniatureRouter {
  readonly clock = new SystemClock();
  readonly #options: Omit<Partial<SessionsOptions>, 'clock'>;
  partition!: FakePartition;
  sessions!: Sessions;
  router!: RequestRouter;
  readonly #factory: TransportFactory;
  #transport: Transport | undefined;
  #epochs = 0;
  port = 0;
  ready: string | undefined;
  /** As a router that is older than the client takes session.open. */
  openFault = fakeChecks.openFault;

  constructor(options: Omit<Partial<SessionsOptions>, 'clock'> = {}, transport: TransportFactory = createWsTransport) {
    this.#options = options;
    this.#factory = transport;
  }

  /** `keep`: what the partition had is still there, as after a restart from disk; the epoch is another in any case. */
  async start(keep = false): Promise<void> {
    const before = this.partition;
    this.#epochs += 1;
    const authentication = new Authentication({ secret, hasTenant: (tenant) => tenant === 'north' });
    const { clock } = this;
    this.router = new RequestRouter({ ...fakeChecks, openFault: (params) => this.openFault(params) });
    this.sessions = new Sessions({
      router: this.router,
      authentication,
      clock,
      randomness: systemRandomness,
      sessionEpoch: `epoch-${this.#epochs}`,
      capabilitiesOf: ({ role }) => ({ of: role }),
      eventEncoders: fakeEvents,
      ...this.#options,
    });
    this.partition = new FakePartition(this.sessions.egress('north'), keep ? before : undefined);
    this.sessions.serve('north', this.partition);
    const rpc = new RpcOverHttp({ router: this.router, sessions: this.sessions, authentication, clock });
    const handlers = createHandlers({
      rpc,
      sessions: this.sessions,
      notReadyBecause: () => this.ready,
      metrics: { metrics: async () => 'strowger_up 1\n', contentType: 'text/plain' },
      openRpc: '{"openrpc":"1.3.2"}',
      origins: ['https://desk.example'],
    });
    const limits = { frameBytesMax: 1_048_576, bodyBytesMax: 4_194_304 };
    this.#transport = this.#factory({ host: '127.0.0.1', port: this.port, ...limits }, handlers);
    this.port = await this.#transport.listen();
  }

  async stop(): Promise<void> {
    this.sessions.stop();
    await this.#transport?.close(1001, 'router_stopping');
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/rpc`;
  }

  token(sub = 'anna', lifeMs = 3_600_000, tenant = 'north'): Promise<string> {
    return signToken(secret, { tenant, role: 'agent', sub }, this.clock.now(), this.clock.now() + lifeMs);
  }

  async client(options: Partial<ClientOptions> = {}): Promise<StrowgerClient> {
    const token = options.token ?? (await this.token());
    return StrowgerClient.connect({ url: this.url, takesRequestId: fakeTakesRequestId, ...options, token });
  }
}
