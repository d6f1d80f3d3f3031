// Every setting of `strowger serve`, once: its place in the configuration file, its flag, its environment variable, its
// default with the reason, and its schema. Loading, `--help` and docs/configuration.md are made from this table.

import { type TSchema, Type } from '@sinclair/typebox';
import {
  durationMsMax,
  segmentBytesMax,
  segmentEntriesMax,
  tenantsMax,
  textCharactersMax,
  threadsMax,
} from '../limits.ts';
import { network } from '../protocol/platforms.ts';
import { oneOf, params, text, whole } from '../protocol/schemas.ts';
import { routerDefaults } from '../router-configuration.ts';
import { tokenAlgorithms } from '../transport/jwks-document.ts';

const minute = 60_000;
const day = 86_400_000;
const gigabyte = 1_073_741_824;
const pathCharactersMax = 4096;

export interface Setting {
  /** Member of the configuration file; `tls.certFile` is a member of a member. */
  readonly key: string;
  readonly flag: string;
  readonly variable: string;
  readonly schema: TSchema;
  /** How a text, from a flag or a variable, becomes a value. */
  readonly reads: 'text' | 'number' | 'list' | 'path' | 'pathOrAddress' | 'tenants';
  readonly default?: unknown;
  /** What it does and, where it has one, why the default is so. */
  readonly meaning: string;
}

/** A tenant's folder is named after it, so it begins with no dot and has no colon. */
const tenantPattern = '^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}$';
const tenantRule = '1 to 128 characters of A–Z a–z 0–9 . _ @ + -, beginning with a letter, a digit or _';
const tenantId = Type.String({
  pattern: tenantPattern,
  description: 'The name that tokens carry.',
  'x-rule': tenantRule,
});

const path = Type.String({ minLength: 1, maxLength: pathCharactersMax, 'x-rule': 'the path of a file or folder' });
const origin = Type.String({
  pattern: '^(\\*|https?://[^/\\s]+)$',
  maxLength: textCharactersMax,
  'x-rule': 'an origin such as "https://desk.example", or "*"',
});

/** Of `iss` and `aud`: mostly addresses. */
const claim = text('A claim.');
const jwksFrom = Type.String({
  minLength: 1,
  maxLength: pathCharactersMax,
  'x-rule': 'the path of a file, or an address that begins with http:// or https://',
});
const algorithms = Type.Array(oneOf(tokenAlgorithms), { minItems: 1, maxItems: tokenAlgorithms.length });
const tenantJwks = params({
  from: jwksFrom,
  issuer: Type.Optional(claim),
  audience: Type.Optional(claim),
  algorithms: Type.Optional(algorithms),
});

export const settings = [
  {
    key: 'host',
    flag: '--host <address>',
    variable: 'STROWGER_HOST',
    schema: text('An address.'),
    reads: 'text',
    default: routerDefaults.host,
    meaning: 'The address to listen on. Only this machine, until you say otherwise; `0.0.0.0` is every address.',
  },
  {
    key: 'port',
    flag: '--port <number>',
    variable: 'STROWGER_PORT',
    schema: whole(0, 65_535, 'A port.'),
    reads: 'number',
    default: routerDefaults.port,
    meaning: 'The port to listen on; 0 takes any that is free.',
  },
  {
    key: 'dataDir',
    flag: '--data-dir <folder>',
    variable: 'STROWGER_DATA_DIR',
    schema: path,
    reads: 'path',
    default: routerDefaults.dataDir,
    meaning: 'Where everything is kept. One process at a time uses it.',
  },
  {
    key: 'tenants',
    flag: '--tenant <id...>',
    variable: 'STROWGER_TENANTS',
    schema: Type.Array(params({ tenant: tenantId, apply: Type.Optional(path), jwks: Type.Optional(tenantJwks) }), {
      minItems: 1,
      maxItems: tenantsMax,
    }),
    reads: 'tenants',
    meaning:
      'The tenants that this router serves, each with its own data. `apply` names a document that config.apply makes so at each start; `jwks` (`from`, `issuer`, `audience`, `algorithms`) says who alone signs its tokens with keys of their own. In a variable ids are separated by commas.',
  },
  {
    key: 'secretFile',
    flag: '--secret-file <file>',
    variable: 'STROWGER_SECRET_FILE',
    schema: path,
    reads: 'path',
    meaning:
      'The file with the secret that signs tokens (HS256), at least 32 bytes; white space around it does not count. Not needed where a `jwks` serves every tenant. The variable STROWGER_SECRET may hold the secret itself; it is in no file of settings, so that those can be shown to others.',
  },
  {
    key: 'jwks.from',
    flag: '--jwks-from <file or address>',
    variable: 'STROWGER_JWKS_FROM',
    schema: jwksFrom,
    reads: 'pathOrAddress',
    meaning:
      'Takes tokens signed with RS256 or EdDSA by the keys of this JSON Web Key Set as well, for every tenant that names none of its own. A file is read again when it changes.',
  },
  {
    key: 'jwks.issuer',
    flag: '--jwks-issuer <text>',
    variable: 'STROWGER_JWKS_ISSUER',
    schema: claim,
    reads: 'text',
    meaning: 'What the claim `iss` of such tokens must be; not looked at where nothing is said.',
  },
  {
    key: 'jwks.audience',
    flag: '--jwks-audience <text>',
    variable: 'STROWGER_JWKS_AUDIENCE',
    schema: claim,
    reads: 'text',
    meaning:
      'What must be in their claim `aud`. Say it wherever the same signer serves others too: else a token for them opens this router.',
  },
  {
    key: 'jwks.algorithms',
    flag: '--jwks-algorithms <name...>',
    variable: 'STROWGER_JWKS_ALGORITHMS',
    schema: algorithms,
    reads: 'list',
    meaning: 'Which of both algorithms are taken; both where nothing is said.',
  },
  {
    key: 'jwksCooldownMs',
    flag: '--jwks-cooldown-ms <ms>',
    variable: 'STROWGER_JWKS_COOLDOWN_MS',
    schema: whole(1_000, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.jwksCooldownMs,
    meaning:
      'A token with a key that is not known has the keys read again, at most once in this time; so has a read that failed.',
  },
  {
    key: 'jwksMaxAgeMs',
    flag: '--jwks-max-age-ms <ms>',
    variable: 'STROWGER_JWKS_MAX_AGE_MS',
    schema: whole(1_000, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.jwksMaxAgeMs,
    meaning: 'Keys of an address are read again at this age: so long a key that was taken out is still good.',
  },
  {
    key: 'jwksKeepMs',
    flag: '--jwks-keep-ms <ms>',
    variable: 'STROWGER_JWKS_KEEP_MS',
    schema: whole(1_000, 30 * day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.jwksKeepMs,
    meaning:
      'How long keys go on being used while they cannot be read: a day, so that an outage over a night stops nobody. After it such tokens are `not_ready`.',
  },
  {
    key: 'tls.certFile',
    flag: '--tls-cert-file <file>',
    variable: 'STROWGER_TLS_CERT_FILE',
    schema: path,
    reads: 'path',
    meaning:
      'Serves https and wss with this certificate (PEM, with its chain). Needs `tls.keyFile`. Both are read again when they change.',
  },
  {
    key: 'tls.keyFile',
    flag: '--tls-key-file <file>',
    variable: 'STROWGER_TLS_KEY_FILE',
    schema: path,
    reads: 'path',
    meaning: 'The certificate’s private key (PEM, not encrypted).',
  },
  {
    key: 'origins',
    flag: '--origin <origin...>',
    variable: 'STROWGER_ORIGINS',
    schema: Type.Array(origin, { maxItems: 1000 }),
    reads: 'list',
    default: routerDefaults.origins,
    meaning:
      'Pages of these origins may use the router, beside those of its own host and of localhost. `*` allows all. In a variable they are separated by commas.',
  },
  {
    key: 'transport',
    flag: '--transport <name>',
    variable: 'STROWGER_TRANSPORT',
    schema: oneOf(['auto', 'uws', 'ws']),
    reads: 'text',
    default: 'auto',
    meaning: '`auto` takes uWebSockets.js (`uws`) where its binary loads, else `ws` on node:http.',
  },
  {
    key: 'threads',
    flag: '--threads <number>',
    variable: 'STROWGER_THREADS',
    schema: whole(1, threadsMax, 'Threads.'),
    reads: 'number',
    default: routerDefaults.threads,
    meaning:
      'Threads that run the core, beside the main thread. More than there are processors to spare, or tenants, help nobody.',
  },
  {
    key: 'contactRetentionMs',
    flag: '--contact-retention-ms <ms>',
    variable: 'STROWGER_CONTACT_RETENTION_MS',
    schema: whole(60_000, durationMsMax, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.contactRetentionMs,
    meaning:
      'How long an ended contact can be asked for, and its id is not free: a day, so that a late repetition finds it.',
  },
  {
    key: 'recordRetentionMs',
    flag: '--record-retention-ms <ms>',
    variable: 'STROWGER_RECORD_RETENTION_MS',
    schema: whole(60_000, 10 * 365 * day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.recordRetentionMs,
    meaning:
      'How long records of finished contacts are kept, what timelines show beside them, and what a disabled webhook has not taken: 40 days, so that a month can be billed after its end.',
  },
  {
    key: 'journalRetentionMs',
    flag: '--journal-retention-ms <ms>',
    variable: 'STROWGER_JOURNAL_RETENTION_MS',
    schema: whole(60_000, 10 * 365 * day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.journalRetentionMs,
    meaning: 'How long decisions can be replayed: a month, so that last month’s complaint can be looked into.',
  },
  {
    key: 'eraseWithinMs',
    flag: '--erase-within-ms <ms>',
    variable: 'STROWGER_ERASE_WITHIN_MS',
    schema: whole(1_000, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.eraseWithinMs,
    meaning:
      'By when a customer who was erased has left the disk as well. The tables are written anew once within it, for all who were erased until then: the shorter, the more often.',
  },
  {
    key: 'segmentBytes',
    flag: '--segment-bytes <bytes>',
    variable: 'STROWGER_SEGMENT_BYTES',
    schema: whole(1_048_576, segmentBytesMax, 'Bytes.'),
    reads: 'number',
    default: routerDefaults.segmentBytes,
    meaning: 'When a file of the journal is full and the next is begun. Smaller ones free the disk sooner.',
  },
  {
    key: 'segmentEntries',
    flag: '--segment-entries <number>',
    variable: 'STROWGER_SEGMENT_ENTRIES',
    schema: whole(1_000, segmentEntriesMax, 'Entries.'),
    reads: 'number',
    default: routerDefaults.segmentEntries,
    meaning: 'Likewise, by how many entries are in it.',
  },
  {
    key: 'sealEveryMs',
    flag: '--seal-every-ms <ms>',
    variable: 'STROWGER_SEAL_EVERY_MS',
    schema: whole(1_000, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.sealEveryMs,
    meaning: 'After so long a file of the journal is closed and stripped of names and texts, full or not.',
  },
  {
    key: 'snapshotEveryEntries',
    flag: '--snapshot-every-entries <number>',
    variable: 'STROWGER_SNAPSHOT_EVERY_ENTRIES',
    schema: whole(100, 10_000_000, 'Entries.'),
    reads: 'number',
    default: routerDefaults.snapshotEveryEntries,
    meaning: 'A snapshot is written after so many entries of the journal: what recovery has to replay at most.',
  },
  {
    key: 'snapshotEveryMs',
    flag: '--snapshot-every-ms <ms>',
    variable: 'STROWGER_SNAPSHOT_EVERY_MS',
    schema: whole(1_000, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.snapshotEveryMs,
    meaning: 'Or after so long.',
  },
  {
    key: 'coreMemoryBytes',
    flag: '--core-memory-bytes <bytes>',
    variable: 'STROWGER_CORE_MEMORY_BYTES',
    schema: whole(gigabyte / 8, 4 * gigabyte, 'Bytes.'),
    reads: 'number',
    default: routerDefaults.coreMemoryBytes,
    meaning: 'What the core of one tenant may take of memory; only what is used is taken.',
  },
  {
    key: 'sessionsPerSecond',
    flag: '--sessions-per-second <number>',
    variable: 'STROWGER_SESSIONS_PER_SECOND',
    schema: whole(1, 1_000_000, 'Sessions.'),
    reads: 'number',
    default: routerDefaults.sessionsPerSecond,
    meaning: 'Sessions of a tenant that are opened in a second; the others come again a little later.',
  },
  {
    key: 'requestIdsMs',
    flag: '--request-ids-ms <ms>',
    variable: 'STROWGER_REQUEST_IDS_MS',
    schema: whole(minute, day, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.requestIdsMs,
    meaning: 'How long a `requestId` is remembered with its answer.',
  },
  {
    key: 'webhooksTo',
    flag: '--webhooks-to <public|any>',
    variable: 'STROWGER_WEBHOOKS_TO',
    schema: oneOf(['public', 'any']),
    reads: 'text',
    default: routerDefaults.webhooksTo,
    meaning:
      'Where webhooks may be: `public` refuses addresses of private networks and of this machine, so that whoever sets one cannot reach what only this machine reaches.',
  },
  {
    key: 'platformNetworks',
    flag: '--platform-network <network...>',
    variable: 'STROWGER_PLATFORM_NETWORKS',
    schema: Type.Array(network, { maxItems: 1000 }),
    reads: 'list',
    default: routerDefaults.platformNetworks,
    meaning:
      'Private networks (address/bits, as 10.20.0.0/16) in which tenants may have platforms that the router asks, and list as `fetch.networks` of platform.set. None, unless you say so: a tenant must not reach what only this machine reaches. In a variable they are separated by commas.',
  },
  {
    key: 'pingMs',
    flag: '--ping-ms <ms>',
    variable: 'STROWGER_PING_MS',
    schema: whole(1_000, 10 * minute, 'Milliseconds.'),
    reads: 'number',
    default: routerDefaults.pingMs,
    meaning: 'How often either side of a session says that it is there; three times as long in silence ends it.',
  },
  {
    key: 'logLevel',
    flag: '--log-level <level>',
    variable: 'STROWGER_LOG_LEVEL',
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    reads: 'text',
    default: routerDefaults.logLevel,
    meaning: 'What goes to the log, one line of JSON each on standard error.',
  },
] as const satisfies readonly Setting[];
