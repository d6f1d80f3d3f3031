// What a router needs to know to start. The command line makes it from a file, flags and the environment
// (src/cli/configuration.ts); tests and benchmarks make it themselves.

import type { TokenAlgorithm } from './transport/jwks-document.ts';
import type { TlsFiles } from './transport/tls-pair.ts';
import type { PostsTo } from './webhooks/http-poster.ts';

/** Somebody who signs tokens with keys of their own, and publishes the public ones as a JSON Web Key Set. */
export interface JwksConfiguration {
  /** The path of a file, or an http or https address. */
  readonly from: string;
  /** What the token's `iss` must be. */
  readonly issuer?: string;
  /** What must be in the token's `aud`. */
  readonly audience?: string;
  /** Undefined: both. */
  readonly algorithms?: readonly TokenAlgorithm[];
}

export interface RouterConfiguration {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** The tenants served: each a folder of its own. */
  readonly tenants: readonly string[];
  /** Key of the HS256 tokens, at least 32 bytes. */
  readonly secret: Uint8Array;
  /** Who else may sign tokens, for tenants that have none of their own in `jwksOfTenants`. */
  readonly jwks?: JwksConfiguration;
  readonly jwksOfTenants?: Readonly<Record<string, JwksConfiguration>>;
  /** Between two reads because of keys that are not known, and after one that failed. */
  readonly jwksCooldownMs: number;
  /** Keys of an address are read again at this age. */
  readonly jwksMaxAgeMs: number;
  /** How long keys go on being used while they cannot be read. */
  readonly jwksKeepMs: number;
  /** Read again while the router runs. */
  readonly tls?: TlsFiles;
  /** Origins of web pages that may connect, beside the router's own and localhost. */
  readonly origins: readonly string[];
  /** Undefined: uws where its binary loads. */
  readonly transport?: 'uws' | 'ws';
  /** Workers that step the cores. */
  readonly threads: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** How long inputs are kept, for explanations and replays. */
  readonly journalRetentionMs: number;
  /** How long an ended contact is kept, and its id known. */
  readonly contactRetentionMs: number;
  /** How long records of finished contacts are kept, and notes for timelines; until when a disabled webhook may take what it was to be told. */
  readonly recordRetentionMs: number;
  /** Until whoever was erased has left the disk as well. */
  readonly eraseWithinMs: number;
  readonly segmentBytes: number;
  readonly segmentEntries: number;
  /** A live segment is sealed, and then compacted, after so long. */
  readonly sealEveryMs: number;
  readonly snapshotEveryEntries: number;
  readonly snapshotEveryMs: number;
  /** Bound of one partition's core memory. */
  readonly coreMemoryBytes: number;
  readonly sessionsPerSecond: number;
  readonly requestIdsMs: number;
  readonly pingMs: number;
  /** Where webhooks may be: whoever can set one must not reach what only this machine reaches. */
  readonly webhooksTo: PostsTo;
  /** Networks (CIDR) that are not public and in which tenants may have platforms that are asked. */
  readonly platformNetworks: readonly string[];
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Every setting but the tenants and the secret, with the reason for its value. */
export const routerDefaults: Omit<RouterConfiguration, 'tenants' | 'secret'> = {
  host: '127.0.0.1',
  port: 7700,
  dataDir: './data',
  origins: [],
  // Nonsense in tokens makes two requests a minute to the address, no more.
  jwksCooldownMs: minuteMs / 2,
  // A key that was taken out stops being good within so long.
  jwksMaxAgeMs: 10 * minuteMs,
  // An outage over a night stops nobody whose token is still good.
  jwksKeepMs: dayMs,
  // One for the live cores and, on two cores, none left over for the main thread otherwise.
  threads: 1,
  logLevel: 'info',
  // A month of decisions can be explained.
  journalRetentionMs: 30 * dayMs,
  contactRetentionMs: dayMs,
  // A month, and the days in which its bill is made.
  recordRetentionMs: 40 * dayMs,
  // Files are written anew after half of it, for all who were erased by then.
  eraseWithinMs: 15 * minuteMs,
  // Minutes of a busy day, so that compaction stays small.
  segmentBytes: 67_108_864,
  segmentEntries: 250_000,
  // Names and texts leave the journal within about ten minutes.
  sealEveryMs: 10 * minuteMs,
  // Recovery reads at most this much journal: seconds.
  snapshotEveryEntries: 100_000,
  snapshotEveryMs: 10 * minuteMs,
  coreMemoryBytes: 1_073_741_824,
  sessionsPerSecond: 2_000,
  requestIdsMs: 10 * minuteMs,
  pingMs: 15_000,
  webhooksTo: 'public',
  // Whoever runs the router knows what only this machine reaches; tenants do not.
  platformNetworks: [],
};
