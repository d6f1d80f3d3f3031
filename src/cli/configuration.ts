// The configuration of `strowger serve`: flags before environment before file before defaults, each value checked where
// it comes from, so that a message names its source (`STROWGER_PORT: expected an integer …`, `strowger.yaml: /port: …`).
//
// Paths in a file are relative to the file, others to where the command was called. Nothing here opens the data.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNetwork } from '../networks.ts';
import { faultText } from '../protocol/fault.ts';
import { faultOf } from '../protocol/validation.ts';
import type { JwksConfiguration, RouterConfiguration } from '../router-configuration.ts';
import { readTlsPair, TlsError, type TlsFiles } from '../transport/tls-pair.ts';
import { UsageError } from './command-error.ts';
import { addJwksFault, resolvedFrom, sharedJwks } from './jwks-configuration.ts';
import { readDocument } from './read-document.ts';
import { type Setting, settings } from './settings.ts';

export interface TenantConfiguration {
  readonly tenant: string;
  /** A document for config.apply at each start. */
  readonly apply?: string;
  /** Who signs its tokens, instead of those who do for every tenant. */
  readonly jwks?: JwksConfiguration;
}

export interface Configuration {
  readonly router: RouterConfiguration;
  readonly tenants: readonly TenantConfiguration[];
}

export interface ConfigurationSources {
  /** By the name of the flag without dashes, in camelCase, as the command line library gives them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** For a trial: where no tenant and no secret is given, these are taken. */
  readonly fallback?: { readonly tenants: readonly TenantConfiguration[]; secret(dataDir: string): Uint8Array };
  /** Where all tokens are signed by others, and no secret is given: one that nobody knows. */
  readonly ownSecret?: () => Uint8Array;
}

const secretBytesMin = 32;
export const secretVariable = 'STROWGER_SECRET';
export const fileVariable = 'STROWGER_CONFIG';

export interface Given {
  readonly value: unknown;
  readonly source: string;
}
export type Values = ReadonlyMap<string, Given>;

/** Throws UsageError with everything that is wrong, a line each. */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const { configuration, faults } = readConfiguration(sources);
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return configuration;
}

export interface ReadConfiguration {
  /** With defaults, or nothing, in place of what is wrong. */
  readonly configuration: Configuration;
  readonly faults: readonly string[];
  /** Where the secret is, if a file was named. */
  readonly secretFile: string | undefined;
}

/** For who wants to see what is right although something is wrong. Throws CommandError where the file cannot be read. */
export function readConfiguration(sources: ConfigurationSources): ReadConfiguration {
  const faults: string[] = [];
  const file = configurationFile(sources);
  const values = new Map<string, Given>([
    ...defaults(sources.folder),
    ...(file === undefined ? [] : fromFile(resolve(sources.folder, file), file, faults)),
    ...fromTexts('variable', sources, faults),
    ...fromTexts('flag', sources, faults),
  ]);
  const configuration = assemble(values, sources, faults);
  return { configuration, faults, secretFile: values.get('secretFile')?.value as string | undefined };
}

/** As it was given. */
export function configurationFile({ flags, environment }: ConfigurationSources): string | undefined {
  const file = flags.config ?? environment[fileVariable];
  return typeof file === 'string' && file !== '' ? file : undefined;
}

function defaults(folder: string): [string, Given][] {
  const given = (value: unknown): Given => ({ value, source: 'default' });
  return settings.flatMap((setting: Setting) =>
    setting.default === undefined
      ? []
      : [[setting.key, given(setting.reads === 'path' ? resolve(folder, setting.default as string) : setting.default)]],
  );
}

function fromFile(path: string, shown: string, faults: string[]): [string, Given][] {
  const content = readDocument(path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    faults.push(`${shown}: expected settings by name, as \`port: 7700\``);
    return [];
  }
  const found: [string, Given][] = [];
  for (const [key, value] of flattened(content)) {
    const setting = settings.find((one: Setting) => one.key === key);
    const pointer = `/${key.replaceAll('.', '/')}`;
    if (setting === undefined) {
      faults.push(`${shown}: ${pointer}: there is no such setting`);
      continue;
    }
    const fault = faultOf(setting.schema, value, pointer);
    if (fault !== undefined) faults.push(`${shown}: ${faultText(fault)}`);
    else found.push([key, { value: withPaths(setting, value, dirname(path)), source: `${shown}: ${pointer}` }]);
  }
  return found;
}

/** Members of members as `tls.certFile`. */
function* flattened(content: object): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(content)) {
    const isGroup = settings.some((setting: Setting) => setting.key.startsWith(`${name}.`));
    if (isGroup && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [member, inner] of Object.entries(value)) yield [`${name}.${member}`, inner];
    } else yield [name, value];
  }
}

function fromTexts(kind: 'flag' | 'variable', sources: ConfigurationSources, faults: string[]): [string, Given][] {
  const found: [string, Given][] = [];
  for (const setting of settings as readonly Setting[]) {
    const source = kind === 'flag' ? setting.flag.split(' ')[0]! : setting.variable;
    const given = kind === 'flag' ? sources.flags[flagName(source)] : sources.environment[setting.variable];
    if (given === undefined || given === '') continue;
    const value = readAs(setting, given);
    const fault = faultOf(setting.schema, value);
    if (fault !== undefined) faults.push(`${source}: ${faultText(fault)}`);
    else found.push([setting.key, { value: withPaths(setting, value, sources.folder), source }]);
  }
  return found;
}

function flagName(flag: string): string {
  return flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function readAs({ reads }: Setting, given: unknown): unknown {
  const listed = () => (Array.isArray(given) ? given : `${given}`.split(',').map((one) => one.trim()));
  switch (reads) {
    case 'number':
      // What is no decimal integer stays a text, and is shown as it was given.
      return /^-?\d{1,15}$/.test(`${given}`) ? Number(given) : given;
    case 'list':
      return listed();
    case 'tenants':
      return listed().map((tenant) => ({ tenant }));
    default:
      return given;
  }
}

function withPaths({ reads }: Setting, value: unknown, folder: string): unknown {
  if (reads === 'path') return resolve(folder, value as string);
  if (reads === 'pathOrAddress') return resolvedFrom(folder, value as string);
  if (reads !== 'tenants') return value;
  return (value as TenantConfiguration[]).map(({ tenant, apply, jwks }) => ({
    tenant,
    ...(apply !== undefined && { apply: resolve(folder, apply) }),
    ...(jwks !== undefined && { jwks: { ...jwks, from: resolvedFrom(folder, jwks.from) } }),
  }));
}

function assemble(values: Values, sources: ConfigurationSources, faults: string[]): Configuration {
  const value = <K extends keyof RouterConfiguration>(key: K) => values.get(key)?.value as RouterConfiguration[K];
  const tls = tlsOf(values, faults);
  const tenants = tenantsOf(values, sources, faults);
  const jwks = sharedJwks(values, faults);
  const jwksOfTenants = Object.fromEntries(tenants.flatMap((one) => (one.jwks ? [[one.tenant, one.jwks]] : [])));
  const needsSecret = jwks === undefined && tenants.some((one) => one.jwks === undefined);
  const transport = values.get('transport')?.value;
  const router: RouterConfiguration = {
    host: value('host'),
    port: value('port'),
    dataDir: value('dataDir'),
    tenants: tenants.map(({ tenant }) => tenant),
    secret: secretOf(values, sources, value('dataDir'), needsSecret, faults),
    ...(jwks && { jwks }),
    ...(Object.keys(jwksOfTenants).length > 0 && { jwksOfTenants }),
    jwksCooldownMs: value('jwksCooldownMs'),
    jwksMaxAgeMs: value('jwksMaxAgeMs'),
    jwksKeepMs: value('jwksKeepMs'),
    ...(tls && { tls }),
    origins: value('origins'),
    ...((transport === 'uws' || transport === 'ws') && { transport }),
    threads: value('threads'),
    logLevel: value('logLevel'),
    journalRetentionMs: value('journalRetentionMs'),
    contactRetentionMs: value('contactRetentionMs'),
    recordRetentionMs: value('recordRetentionMs'),
    eraseWithinMs: value('eraseWithinMs'),
    segmentBytes: value('segmentBytes'),
    segmentEntries: value('segmentEntries'),
    sealEveryMs: value('sealEveryMs'),
    snapshotEveryEntries: value('snapshotEveryEntries'),
    snapshotEveryMs: value('snapshotEveryMs'),
    coreMemoryBytes: value('coreMemoryBytes'),
    sessionsPerSecond: value('sessionsPerSecond'),
    requestIdsMs: value('requestIdsMs'),
    pingMs: value('pingMs'),
    webhooksTo: value('webhooksTo'),
    platformNetworks: platformNetworksOf(values, faults),
  };
  return { router, tenants };
}

function platformNetworksOf(values: Values, faults: string[]): readonly string[] {
  const { value, source } = values.get('platformNetworks') as Given;
  const networks = value as readonly string[];
  for (const network of networks) if (!isNetwork(network)) faults.push(`${source}: ${network} is no network`);
  return networks.filter(isNetwork);
}

function tlsOf(values: Values, faults: string[]): RouterConfiguration['tls'] {
  const [cert, key] = [values.get('tls.certFile'), values.get('tls.keyFile')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const [there, missing] = cert === undefined ? [key!, 'tls.certFile'] : [cert, 'tls.keyFile'];
    faults.push(`${there.source}: needs ${missing} as well`);
    return undefined;
  }
  const files = { certFile: cert.value as string, keyFile: key.value as string };
  const missing = [cert, key].filter(({ value }) => !existsSync(value as string));
  for (const { value, source } of missing) faults.push(`${source}: there is no file ${value}`);
  if (missing.length === 0) addTlsFault(files, cert.source, faults);
  return files;
}

function addTlsFault(files: TlsFiles, source: string, faults: string[]): void {
  try {
    readTlsPair(files);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    faults.push(`${source}: ${error.message}`);
  }
}

function tenantsOf(
  values: Values,
  { fallback }: ConfigurationSources,
  faults: string[],
): readonly TenantConfiguration[] {
  const given = values.get('tenants');
  if (given === undefined) {
    if (fallback !== undefined) return fallback.tenants;
    // A tenant that was given and is wrong has been told already.
    if (faults.length === 0)
      faults.push('no tenants: give --config FILE, --tenant ID, or --trial to try the router out');
    return [];
  }
  const tenants = given.value as TenantConfiguration[];
  for (const { tenant } of fallback?.tenants ?? []) {
    if (tenants.some((one) => one.tenant === tenant)) continue;
    faults.push(`${given.source}: a trial needs the tenant ${tenant}: leave the others out, or name it too`);
  }
  for (const [index, { tenant, apply, jwks }] of tenants.entries()) {
    if (tenants.findIndex((one) => one.tenant === tenant) < index)
      faults.push(`${given.source}: ${tenant} is there twice`);
    if (apply !== undefined && !existsSync(apply))
      faults.push(`${given.source}: there is no file ${apply} for ${tenant}`);
    if (jwks !== undefined) addJwksFault(jwks, `${given.source}: keys of ${tenant}`, faults);
  }
  return tenants;
}

function secretOf(
  values: Values,
  { environment, fallback, ownSecret }: ConfigurationSources,
  dataDir: string,
  isNeeded: boolean,
  faults: string[],
): Uint8Array {
  const found = givenSecret(values, environment, faults);
  if (found === undefined) {
    if (fallback !== undefined && faults.length === 0) return fallback.secret(dataDir);
    if (!isNeeded && ownSecret !== undefined) return ownSecret();
    if (fallback === undefined && faults.length === 0) {
      faults.push(
        `no secret: give --secret-file FILE or the variable ${secretVariable} (\`openssl rand -base64 33\` makes one), or a jwks for every tenant`,
      );
    }
    return new Uint8Array();
  }
  if (found.secret.byteLength < secretBytesMin) {
    faults.push(
      `${found.source}: the secret has ${found.secret.byteLength} bytes; at least ${secretBytesMin} are needed`,
    );
  }
  return found.secret;
}

/** A file named by a flag wins over the variable with the secret itself. */
function givenSecret(
  values: Values,
  environment: ConfigurationSources['environment'],
  faults: string[],
): { secret: Uint8Array; source: string } | undefined {
  const file = values.get('secretFile');
  const secret = environment[secretVariable];
  if (secret !== undefined && secret !== '' && !file?.source.startsWith('--')) {
    return { secret: Buffer.from(secret), source: secretVariable };
  }
  if (file === undefined) return undefined;
  try {
    return { secret: Buffer.from(readFileSync(file.value as string, 'utf8').trim()), source: file.source };
  } catch (error) {
    faults.push(`${file.source}: ${(error as Error).message}`);
    return undefined;
  }
}
