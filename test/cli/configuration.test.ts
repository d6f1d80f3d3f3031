// Where a setting comes from and who wins; what a wrong one is told, with its source; and the document that says so.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/command-error.ts';
import { type ConfigurationSources, loadConfiguration } from '../../src/cli/configuration.ts';
import { configurationReference, exampleDocument, exampleFile } from '../../src/cli/configuration-reference.ts';
import { parseText } from '../../src/cli/read-document.ts';
import { type Setting, settings } from '../../src/cli/settings.ts';
import { trialDocument, trialSecret, trialSecretFile } from '../../src/cli/trial.ts';
import { configDocument } from '../../src/protocol/config-document.ts';
import { faultOf, validateParams } from '../../src/protocol/validation.ts';
import { routerDefaults } from '../../src/router-configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-configuration-'));
const secret = 'a secret of at least thirty-two bytes';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'etc'), { recursive: true });
  writeFileSync(join(folder, 'etc', 'secret'), `${secret}\n`);
});

function load(sources: Partial<ConfigurationSources>) {
  return loadConfiguration({ flags: {}, environment: {}, folder, ...sources });
}

const least = { flags: { tenant: ['bank'] }, environment: { STROWGER_SECRET: secret } };

function file(content: string): string {
  writeFileSync(join(folder, 'etc', 'router.yaml'), content);
  return 'etc/router.yaml';
}

function faults(sources: Partial<ConfigurationSources>): string[] {
  try {
    load(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message.split('\n');
  }
  return [];
}

describe('a configuration', () => {
  it('is complete with a tenant and a secret; the rest are defaults', () => {
    const { router, tenants } = load(least);
    expect(router).toEqual({
      ...routerDefaults,
      dataDir: join(folder, 'data'),
      tenants: ['bank'],
      secret: Buffer.from(secret),
    });
    expect(tenants).toEqual([{ tenant: 'bank' }]);
  });

  it('takes a flag before a variable, that before the file, that before the default', () => {
    const config = file('port: 1\ntenants: [{ tenant: bank }]\nsecretFile: secret\n');
    expect(load({ flags: { config } }).router.port).toBe(1);
    expect(load({ environment: { STROWGER_CONFIG: config } }).router.port).toBe(1);
    expect(load({ flags: { config }, environment: { STROWGER_PORT: '2' } }).router.port).toBe(2);
    expect(load({ flags: { config, port: '3' }, environment: { STROWGER_PORT: '2' } }).router.port).toBe(3);
    expect(load(least).router.port).toBe(routerDefaults.port);
  });

  it('takes an empty variable for none', () => {
    expect(load({ ...least, environment: { STROWGER_SECRET: secret, STROWGER_PORT: '' } }).router.port).toBe(7700);
  });

  it('reads paths in a file from where the file is, others from where it was called', () => {
    const config = file('dataDir: d\nsecretFile: secret\ntenants: [{ tenant: bank, apply: router.yaml }]\n');
    const { router, tenants } = load({ flags: { config } });
    expect(router.dataDir).toBe(join(folder, 'etc', 'd'));
    expect(router.secret).toEqual(Buffer.from(secret));
    expect(tenants).toEqual([{ tenant: 'bank', apply: join(folder, 'etc', 'router.yaml') }]);
    expect(load({ flags: { config, dataDir: 'd' } }).router.dataDir).toBe(join(folder, 'd'));
  });

  it('has tenants from repeated flags, or with commas from a variable', () => {
    expect(load({ ...least, flags: { tenant: ['a', 'b'] } }).router.tenants).toEqual(['a', 'b']);
    const environment = { STROWGER_SECRET: secret, STROWGER_TENANTS: 'a, b' };
    expect(load({ environment }).router.tenants).toEqual(['a', 'b']);
  });

  it('reads every setting from its flag, its variable and its place in the file alike', () => {
    for (const setting of settings as readonly Setting[]) {
      if (setting.reads !== 'number') continue;
      const { minimum } = setting.schema as unknown as { minimum: number };
      const name = setting.flag.split(' ')[0]!.slice(2);
      const flagName = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const value = minimum + 1;
      const key = setting.key as 'port';
      expect(load({ ...least, flags: { ...least.flags, [flagName]: `${value}` } }).router[key], name).toBe(value);
      const environment = { ...least.environment, [setting.variable]: `${value}` };
      expect(load({ ...least, environment }).router[key], setting.variable).toBe(value);
      const config = file(`${key}: ${value}\n`);
      expect(load({ ...least, flags: { ...least.flags, config } }).router[key], key).toBe(value);
    }
  });

  it('takes the secret from a file named by a flag, else from the variable, else from a file named elsewhere', () => {
    writeFileSync(join(folder, 'other'), 'b'.repeat(40));
    const both = { STROWGER_SECRET: secret, STROWGER_SECRET_FILE: 'other' };
    expect(load({ ...least, environment: both }).router.secret).toEqual(Buffer.from(secret));
    const flags = { tenant: ['bank'], secretFile: 'other' };
    expect(load({ flags, environment: both }).router.secret).toEqual(Buffer.from('b'.repeat(40)));
    expect(load({ ...least, environment: { STROWGER_SECRET_FILE: 'other' } }).router.secret).toHaveLength(40);
  });

  it('leaves the transport to the router unless one is named', () => {
    expect(load(least).router.transport).toBeUndefined();
    expect(load({ ...least, flags: { tenant: ['a'], transport: 'auto' } }).router.transport).toBeUndefined();
    expect(load({ ...least, flags: { tenant: ['a'], transport: 'ws' } }).router.transport).toBe('ws');
  });

  it('falls back to the trial’s tenant and secret, and lets flags win over them', () => {
    const fallback = { tenants: [{ tenant: 'trial' }], secret: () => Buffer.from('t'.repeat(40)) };
    expect(load({ fallback }).router).toMatchObject({ tenants: ['trial'], secret: Buffer.from('t'.repeat(40)) });
    const named = { ...least, flags: { tenant: ['bank', 'trial'] }, fallback };
    expect(load(named).router).toMatchObject({ tenants: ['bank', 'trial'], secret: Buffer.from(secret) });
    expect(faults({ ...least, fallback })[0]).toMatch(/^--tenant: a trial needs the tenant trial/);
  });
});

const table = `
  what is wrong                  | where     | what is given                                      | what is told
  a port that is no number       | flag      | {"port":"x"}                                       | --port: expected an integer from 0 to 65535, got "x"
  a port out of range            | variable  | {"STROWGER_PORT":"65536"}                          | STROWGER_PORT: expected an integer from 0 to 65535, got 65536
  a port from another program    | variable  | {"STROWGER_PORT":"tcp://10.0.0.1:7700"}            | STROWGER_PORT: expected an integer from 0 to 65535, got "tcp://10.0.0.1:7700"
  a port that is a text          | file      | port: "7700"                                       | etc/router.yaml: /port: expected an integer from 0 to 65535, got "7700"
  a setting that is not known    | file      | prot: 7700                                         | etc/router.yaml: /prot: there is no such setting
  a member that is not known     | file      | tls: { cert: x }                                   | etc/router.yaml: /tls/cert: there is no such setting
  a secret in the file           | file      | secret: abc                                        | etc/router.yaml: /secret: there is no such setting
  a tenant with a path           | flag      | {"tenant":["../up"]}                               | --tenant: /0/tenant: expected 1 to 128 characters of A–Z a–z 0–9 . _ @ + -, beginning with a letter, a digit or _, got "../up"
  a tenant twice                 | flag      | {"tenant":["a","a"]}                               | --tenant: a is there twice
  a document that is not there   | file      | tenants: [{ tenant: a, apply: no.yaml }]           | etc/router.yaml: /tenants: there is no file ETC/no.yaml for a
  a certificate without a key    | flag      | {"tlsCertFile":"etc/secret"}                       | --tls-cert-file: needs tls.keyFile as well
  a certificate that is not there| flag      | {"tlsCertFile":"etc/no","tlsKeyFile":"etc/secret"} | --tls-cert-file: there is no file ETC/no
  an unknown transport           | variable  | {"STROWGER_TRANSPORT":"udp"}                       | STROWGER_TRANSPORT: expected one of "auto", "uws", "ws", got "udp"
  a secret that is too short     | variable  | {"STROWGER_SECRET":"short"}                        | STROWGER_SECRET: the secret has 5 bytes; at least 32 are needed
  a page that is no origin       | flag      | {"origin":["https://a.example/page"]}              | --origin: /0: expected an origin such as "https://desk.example", or "*", got "https://a.example/page"
  settings that are a list       | file      | [1, 2]                                             | etc/router.yaml: expected settings by name, as \`port: 7700\``;

describe('a wrong setting is told with its source:', () => {
  const rows = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()) as [string, string, string, string]);

  it.each(rows)('%s (%s %s)', (_, where, given, told) => {
    const flags = { tenant: ['bank'], ...(where === 'flag' && JSON.parse(given)) };
    const environment = { ...least.environment, ...(where === 'variable' && JSON.parse(given)) };
    const inFile = where === 'file' ? { config: file(given) } : {};
    const withTenant = where === 'file' && given.startsWith('tenants') ? {} : flags;
    expect(faults({ flags: { ...withTenant, ...inFile }, environment })).toEqual([
      told.replaceAll('ETC', join(folder, 'etc')),
    ]);
  });

  it('all of them at once, in the order file, variables, flags', () => {
    const config = file('prot: 1\n');
    const told = faults({ flags: { config, tenant: ['a'], threads: '0' }, environment: { STROWGER_PORT: '-1' } });
    expect(told.map((line) => line.split(' ')[0])).toEqual(['etc/router.yaml:', 'STROWGER_PORT:', '--threads:']);
  });

  it('no tenant and no secret: what to give', () => {
    expect(faults({})).toEqual(['no tenants: give --config FILE, --tenant ID, or --trial to try the router out']);
    expect(faults({ flags: { tenant: ['a'] } })[0]).toMatch(
      /^no secret: give --secret-file FILE or the variable STROWGER_SECRET/,
    );
  });

  it('a file that is not there or no YAML, with its line', () => {
    expect(() => load({ flags: { config: 'no.yaml' } })).toThrow(/no\.yaml: ENOENT/);
    expect(() => load({ flags: { config: file('port: 1\nport: 2\n') } })).toThrow(
      /router\.yaml: .*keys must be unique.* at line 2/i,
    );
  });
});

describe('the trial', () => {
  it('makes a secret once and keeps it for nobody else to read', () => {
    const dataDir = join(folder, 'data');
    expect(trialSecret(dataDir)).toBeUndefined();
    const made = trialSecret(dataDir, (bytes) => new Uint8Array(bytes).fill(7));
    expect(made.byteLength).toBeGreaterThanOrEqual(32);
    expect(statSync(trialSecretFile(dataDir)).mode & 0o777).toBe(0o600);
    chmodSync(trialSecretFile(dataDir), 0o400);
    expect(trialSecret(dataDir, () => expect.unreachable('there is a secret already'))).toEqual(made);
  });

  it('has a document that config.apply takes', () => {
    expect(validateParams('config.apply', { document: trialDocument })).toBeUndefined();
  });
});

describe('docs/configuration.md', () => {
  const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

  it('is what the table of settings says; run `npm run docs` where it is not', () => {
    expect(written).toBe(configurationReference());
  });

  it('has an example of a document that is right', () => {
    expect(faultOf(configDocument, parseText(exampleDocument, 'the example'))).toBeUndefined();
  });

  it('has an example of a file that is right, but for the files that are not on this machine', () => {
    const config = file(exampleFile);
    const told = faults({ flags: { config }, environment: { STROWGER_SECRET: secret } });
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) expect(line).toContain('there is no file ');
  });
});
