// The router, put together. Composition and nothing else.
//
//   frame ─▶ transport ─▶ sessions ─▶ request router ─▶ partition: inbox ─▶ admission ─▶ core ─▶ domain stage ─▶ journal
//              │ 1003       │ refused     │ -32600…        │ full: overloaded  │ refusal   │ trap    │ exception    │
//              │ 1009       ▼ 401/close   ▼ not_allowed    ▼                   ▼           └────┬────┘              │
//              ▼                                                                     rebuilt without the culprit    │
//   socket ◀─ transport ◀─ sessions ◀──────────── outbox: released when durable ◀──────────────────────────────────┤
//                            │ slow reader: closed, comes back            nothing written: dropped, `overloaded` ◀─┤
//                            ▼                                            outcome unknown: the process stops ◀─────┘
//
//   behind it: tables (lag), shadow (proves replay, writes snapshots), housekeeping (seals, compacts, drops)

import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { artifacts } from './artifacts.ts';
import { type ModuleOptions, makeModules } from './domain/modules.ts';
import { Alarms } from './engine/alarms.ts';
import { type Clock, type Randomness, SystemClock, systemRandomness } from './engine/clock.ts';
import type { CorePool } from './engine/core.ts';
import { loadCoreBuild } from './engine/core-build.ts';
import { PiscinaCorePool } from './engine/piscina-core-pool.ts';
import { Explainer } from './explain/explainer.ts';
import { explainingEgress } from './explain/explaining-egress.ts';
import { assertLimits, bodyBytesMax, frameBytesMax } from './limits.ts';
import type { RouterLog } from './log.ts';
import type { AskPlatform } from './platforms/asking.ts';
import { askingEgress } from './platforms/asking-egress.ts';
import { httpAsker } from './platforms/http-asker.ts';
import { eventWriters } from './protocol/byte-writers.ts';
import { eventEncoders } from './protocol/encoders.ts';
import { openRpcDocument } from './protocol/openrpc.ts';
import type { RouterConfiguration } from './router-configuration.ts';
import { registerRouterMetrics } from './router-metrics.ts';
import { LmdbStore } from './store/lmdb-store.ts';
import type { CoreBuild, Store } from './store/store.ts';
import { Tenant } from './tenant.ts';
import { Authentication } from './transport/authentication.ts';
import { chooseTransport } from './transport/choose-transport.ts';
import { closeCodes } from './transport/close-codes.ts';
import { registerKeyMetrics, registerTlsMetrics } from './transport/door-metrics.ts';
import { createHandlers } from './transport/http.ts';
import { capabilitiesOf, openFault, routedMethods } from './transport/request-check.ts';
import { RequestRouter } from './transport/request-router.ts';
import { RpcOverHttp } from './transport/rpc-over-http.ts';
import { registerSessionMetrics } from './transport/session-metrics.ts';
import { Sessions, type SessionsOptions } from './transport/sessions.ts';
import { readTlsPair } from './transport/tls-pair.ts';
import { TlsRenewal } from './transport/tls-renewal.ts';
import { TokenKeys } from './transport/token-keys.ts';
import type { Transport, TransportFactory } from './transport/transport.ts';
import { httpPoster } from './webhooks/http-poster.ts';
import type { Post } from './webhooks/posting.ts';
import { postingEgress } from './webhooks/posting-egress.ts';

export interface Router {
  readonly url: string;
  readonly port: number;
  readonly transport: Transport['name'];
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** Looks at once at what may be replaced while it runs: certificate and key, public keys of tokens. */
  reload(): Promise<void>;
  /** Takes nothing more, finishes what was taken, closes sessions with a reason, then the stores. */
  stop(): Promise<void>;
}

export interface RouterSeams {
  readonly log: RouterLog;
  /** What is on disk is unknown: end the process, so that the next start recovers. */
  readonly onFatal: (error: unknown) => void;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  /** Where the stores of all tenants are: LMDB under `dataDir`. */
  readonly store?: Store;
  /** Who steps the cores: a pool of workers. */
  readonly pool?: CorePool;
  /** Sockets and HTTP: uWebSockets.js where its binary loads. */
  readonly transport?: TransportFactory;
  readonly authentication?: Authentication;
  /** The build of the core that new entries are written with: the one that comes with this release. */
  readonly build?: CoreBuild;
  /** What a slow reader may leave unread, and what is kept for a client that comes back: the bounds of src/limits.ts. */
  readonly sessionBounds?: Pick<SessionsOptions, 'sendBufferBytesMax' | 'feedLimits'>;
  /** Who explains contacts: processes of their own. */
  readonly explainer?: Pick<Explainer, 'explain' | 'stop'>;
  /** Who posts what webhooks are told: over HTTP. */
  readonly post?: Post;
  /** Who asks platforms for more of their callers: over HTTP. */
  readonly askPlatform?: AskPlatform;
  /** Modules of each tenant beside the router’s own. */
  readonly modules?: ModuleOptions['more'];
  /** The numbers for GET /metrics: with those of this process. */
  readonly metrics?: Registry;
}

/** What a seam leaves out is the machine's. Listens at once; a tenant's requests are `not_ready` until it has recovered. Rejects when something cannot start. */
export async function startRouter(configuration: RouterConfiguration, seams: RouterSeams): Promise<Router> {
  assertLimits();
  const { log } = seams;
  const clock = seams.clock ?? new SystemClock();
  const randomness = seams.randomness ?? systemRandomness;
  const build = seams.build ?? loadCoreBuild();
  const tenants = new Map<string, Tenant>();
  /** Of the process; those of a tenant are its partition's. */
  const alarms = new Alarms((level, message, data) => log[level](data, message));
  const { host, port: wantedPort, tls } = configuration;
  const tlsPair = tls && readTlsPair(tls);
  const tokenKeys = new TokenKeys({
    ...(configuration.jwks && { jwks: configuration.jwks }),
    ...(configuration.jwksOfTenants && { jwksOfTenants: configuration.jwksOfTenants }),
    times: {
      cooldownMs: configuration.jwksCooldownMs,
      maxAgeMs: configuration.jwksMaxAgeMs,
      keepMs: configuration.jwksKeepMs,
    },
    clock,
    alarms,
    log,
  });

  const openRpc = openRpcText();
  const authentication =
    seams.authentication ??
    new Authentication({
      secret: configuration.secret,
      tokenKeys,
      hasTenant: (tenant) => configuration.tenants.includes(tenant),
    });
  const router = new RequestRouter({
    methods: routedMethods({ 'rpc.discover': openRpc, 'session.ping': '{}' }),
    openFault,
  });
  const sessions = new Sessions({
    router,
    authentication,
    clock,
    randomness,
    sessionEpoch: randomness.uuid(),
    capabilitiesOf,
    eventEncoders,
    eventWriters,
    pingMs: configuration.pingMs,
    sessionsPerSecond: configuration.sessionsPerSecond,
    ...seams.sessionBounds,
  });
  const metrics = seams.metrics ?? processMetrics();
  registerSessionMetrics(metrics, sessions, router);
  registerRouterMetrics(metrics, tenants, alarms);
  registerKeyMetrics(metrics, tokenKeys);

  const handlers = createHandlers({
    sessions,
    rpc: new RpcOverHttp({ router, sessions, authentication, clock }),
    notReadyBecause: () => notReadyBecause(configuration, tenants),
    metrics,
    openRpc,
    origins: configuration.origins,
  });
  const createTransport =
    seams.transport ?? (await chooseTransport(configuration.transport, { info: (message) => log.info({}, message) }));
  const transport = createTransport(
    { host, port: wantedPort, frameBytesMax, bodyBytesMax, ...(tlsPair && { tls: tlsPair }) },
    handlers,
  );

  const memoryPagesMax = Math.floor(configuration.coreMemoryBytes / 65_536);
  const pool =
    seams.pool ??
    new PiscinaCorePool({
      threads: configuration.threads,
      queueMax: 4 * configuration.tenants.length + 16,
      memoryPagesMax,
    });
  await pool.addBuild(build.hash, build.wasm);
  const store =
    seams.store ??
    new LmdbStore({
      folder: configuration.dataDir,
      journal: { segmentBytes: configuration.segmentBytes, segmentEntries: configuration.segmentEntries },
    });

  const explainer =
    seams.explainer ??
    new Explainer({
      dataDir: configuration.dataDir,
      memoryPagesMax,
      clock,
      uuid: () => randomness.uuid(),
      onTrouble: (reference, why) => log.error({ reference, why }, 'a contact could not be explained'),
    });

  const post = seams.post ?? httpPoster(configuration.webhooksTo);
  const askPlatform = seams.askPlatform ?? httpAsker(configuration.webhooksTo, configuration.platformNetworks);

  let port: number;
  let tlsRenewal: TlsRenewal | undefined;
  try {
    await tokenKeys.start();
    port = await transport.listen();
    if (tlsPair !== undefined) {
      tlsRenewal = new TlsRenewal({ pair: tlsPair, transport, clock, alarms, log });
      registerTlsMetrics(metrics, tlsRenewal);
    }
    for (const name of configuration.tenants) {
      const explaining = explainingEgress(sessions.egress(name), (question) => explainer.explain(name, question));
      const posting = postingEgress(explaining, name, post, () => sessions.sinkOf(name));
      const egress = askingEgress(posting, name, askPlatform, () => sessions.sinkOf(name));
      const more = seams.modules && { more: seams.modules };
      const modules = makeModules({
        contactRetentionMs: configuration.contactRetentionMs,
        recordRetentionMs: configuration.recordRetentionMs,
        eraseWithinMs: configuration.eraseWithinMs,
        // Where anything may be reached nothing need be listed.
        ...(configuration.webhooksTo === 'public' && { platformNetworks: configuration.platformNetworks }),
        ...more,
      });
      const { onFatal } = seams;
      const options = { name, configuration, store, pool, build, clock, randomness, egress, modules, log, onFatal };
      const tenant = await Tenant.open(options);
      tenants.set(name, tenant);
      sessions.serve(name, tenant.partition);
    }
  } catch (error) {
    await shutDown().catch((failure: unknown) => log.error({ error: failure }, 'not everything could be closed'));
    throw error;
  }

  let stopping: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    tokenKeys.stop();
    tlsRenewal?.stop();
    transport.stopListening();
    router.stop();
    explainer.stop();
    // All of them, whatever becomes of one: a disk that hangs must not keep the others from closing in order.
    const stopped = await Promise.allSettled([...tenants.values()].map((tenant) => tenant.stop()));
    sessions.stop();
    const [code, reason] = closeCodes.stopping;
    await transport.close(code, reason);
    await pool.close();
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason;
  }

  const scheme = tls === undefined ? 'ws' : 'wss';
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/v1/rpc`,
    port,
    transport: transport.name,
    tenants,
    reload: async () => {
      await Promise.all([tlsRenewal?.look(true), tokenKeys.refresh()]);
    },
    stop: () => {
      stopping ??= shutDown();
      return stopping;
    },
  };
}

let openRpcMade: string | undefined;

/** The same for every router of a process. */
function openRpcText(): string {
  if (openRpcMade === undefined) {
    const { version } = JSON.parse(readFileSync(artifacts.packageFile, 'utf8')) as { version: string };
    openRpcMade = JSON.stringify(openRpcDocument(version));
  }
  return openRpcMade;
}

function processMetrics(): Registry {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  return metrics;
}

function notReadyBecause(configuration: RouterConfiguration, tenants: ReadonlyMap<string, Tenant>): string | undefined {
  for (const name of configuration.tenants) {
    const tenant = tenants.get(name);
    if (tenant === undefined) return `tenant ${name} is recovering`;
    if (!tenant.partition.ready) return `tenant ${name} is ${tenant.partition.state}`;
  }
  return undefined;
}
