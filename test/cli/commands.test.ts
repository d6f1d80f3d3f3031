// The command line as a user meets it: a trial router, tokens, configuration out and in, TLS, and how it ends when
// something is wrong. Everything runs in a folder of its own, on free ports of this machine.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/main.ts';
import { loadNative } from '../../src/transport/choose-transport.ts';
import { certificate } from '../tls/certificates.ts';
import { binary, ended, launch, type Served, serve, strowger } from './command-line.ts';

const root = mkdtempSync(join(tmpdir(), 'strowger-command-line-'));
const secret = 'a secret of at least thirty-two bytes';
/** uWebSockets.js has no binary for every Node. */
const transports = 'library' in loadNative() ? ['uws', 'ws'] : ['ws'];
const { certFile, keyFile } = certificate('first');

afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderFor(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

describe('whoever reads the output goes away', () => {
  const folder = folderFor('reader');

  it('and a command ends without a word', async () => {
    // Longer than what a pipe holds.
    const child = launch(['reference'], { folder });
    const end = ended(child);
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await end).toMatchObject({ code: 141, err: '' });
  });

  it('and a router serves on', async () => {
    const router = await serve(['--trial'], { folder });
    router.process.stdout!.destroy();
    router.process.stderr!.destroy();
    const environment = { STROWGER_URL: router.said.url };
    expect((await strowger(['config', 'export'], { folder, environment })).code).toBe(0);
    router.process.kill('SIGTERM');
    expect(await new Promise((resolve) => router.process.once('exit', resolve))).toBe(0);
  });
});

describe('a trial router', () => {
  const folder = folderFor('trial');
  let router: Served;
  beforeAll(async () => {
    router = await serve(['--trial'], { folder });
  });
  afterAll(async () => {
    expect(await router.stop()).toMatchObject({ code: 0 });
  });

  const here = (commandLine: readonly string[], input?: string) =>
    strowger(commandLine, {
      folder,
      environment: { STROWGER_URL: router.said.url },
      ...(input !== undefined && { input }),
    });

  it('says where it is and gives a token for each role', () => {
    expect(router.said.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/rpc$/);
    const roles = ['admin', 'agent', 'app', 'customer', 'supervisor', 'switch'];
    expect(Object.keys(router.said.tokens!).sort()).toEqual(roles);
  });

  it('keeps its secret in its data directory, for its user alone', () => {
    expect(statSync(join(folder, 'data', 'trial-secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'data'))).toContain('tenants');
  });

  it('has its queues and agents, exported as YAML and as JSON alike', async () => {
    const [yaml, json] = await Promise.all([here(['config', 'export']), here(['config', 'export', '--json'])]);
    expect(yaml).toMatchObject({ code: 0, err: '' });
    const document = JSON.parse(json.out);
    expect(parse(yaml.out)).toEqual(document);
    expect(document.complete).toBe(true);
    expect(document.queues.map(({ queueId }: { queueId: string }) => queueId)).toEqual(['sales', 'support']);
    expect(document.agents).toHaveLength(3);
  });

  it('takes a document, says first what would be done, then does it, and then has nothing to do', async () => {
    const document =
      'version: 1\nqueues:\n  - queueId: night\n    channels: [voice]\n  - queueId: sales\n    channels: [chat]\n';
    const counts = '1 created, 1 changed, 0 removed, 0 unchanged';
    const dry = await here(['config', 'apply', '-', '--dry-run'], document);
    expect(dry).toMatchObject({ code: 0, out: `+ queue night\n~ queue sales\nwould be: ${counts}\n` });
    expect((await here(['config', 'apply', '-'], document)).out).toContain(`\n${counts}\n`);
    expect((await here(['config', 'apply', '-'], document)).out).toBe('0 created, 0 changed, 0 removed, 2 unchanged\n');
    const removed = await here(['config', 'apply', '-', '--json'], `${document}complete: true\n`);
    expect(JSON.parse(removed.out).removed).toContainEqual({ kind: 'queue', id: 'support' });
  });

  it('names file and place of what is wrong in a document', async () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      'version: 1\nqueues: [{ queueId: q, channels: [voice], offerMs: soon }]\n',
    );
    const { code, err } = await here(['config', 'apply', 'wrong.yaml']);
    expect(code).toBe(1);
    expect(err).toBe('wrong.yaml: /queues/0/offerMs: expected an integer from 1 to 604800000, got "soon"\n');
  });

  it('refuses by name what a role may not do', async () => {
    const token = (await here(['token', '--role', 'agent'])).out.trim();
    const { code, err } = await here(['config', 'export', '--token', token]);
    expect(code).toBe(1);
    expect(err).toMatch(/^not_allowed_for_role: /);
  });

  it('tells tokens that are no tokens apart from a router that is not there', async () => {
    expect((await here(['config', 'export', '--token', 'x'])).err).toMatch(/^token_invalid: /);
    const { code, err } = await here(['config', 'export', '--url', 'ws://127.0.0.1:1']);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^no router answers at .*ECONNREFUSED/),
    });
  });

  it('lets no second router use its data', async () => {
    const { code, err } = await strowger(['serve', '--trial', '--port', '0', '--log-level', 'silent'], { folder });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/in use/) });
    expect(err).not.toMatch(/\n +at /);
  });
});

describe('a configured router', () => {
  const folder = folderFor('configured');
  writeFileSync(join(folder, 'secret'), secret);
  writeFileSync(join(folder, 'bank.yaml'), 'version: 1\nqueues: [{ queueId: gold, channels: [voice] }]\n');
  writeFileSync(
    join(folder, 'router.yaml'),
    `secretFile: secret
tenants: [{ tenant: bank, apply: bank.yaml }, { tenant: clinic }]
tls: { certFile: ${certFile}, keyFile: ${keyFile} }
logLevel: error
`,
  );

  it.each(transports)(
    'serves its tenants over TLS by %s, with their documents applied at each start',
    async (transport) => {
      const router = await serve(['--config', 'router.yaml', '--transport', transport], { folder });
      try {
        expect(router.said).toEqual({ url: expect.stringMatching(/^wss:\/\//), transport });
        const environment = { STROWGER_URL: router.said.url, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
        for (const [tenant, queues] of [
          ['bank', [{ queueId: 'gold', channels: ['voice'] }]],
          ['clinic', []],
        ] as const) {
          const as = ['--role', 'admin', '--sub', 'me', '--tenant', tenant, '--secret-file', 'secret'];
          const token = (await strowger(['token', ...as], { folder })).out.trim();
          const exported = await strowger(['config', 'export', '--json', '--token', token], { folder, environment });
          expect(JSON.parse(exported.out).queues ?? []).toEqual(queues);
        }
        const untrusting = await strowger(['config', 'export', '--token', 'x', '--url', router.said.url], { folder });
        expect(untrusting).toMatchObject({ code: 1, err: expect.stringContaining('self-signed') });
      } finally {
        expect(await router.stop()).toMatchObject({ code: 0 });
      }
    },
  );

  it('is only checked with --check', async () => {
    const checked = await strowger(['serve', '--config', 'router.yaml', '--check'], { folder });
    expect(checked).toEqual({ code: 0, out: 'The configuration is fine.\n', err: '' });
  });

  it('does not start on a port that is taken, and says so without a stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.on('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, err } = await strowger(['serve', '--config', 'router.yaml', '--port', `${port}`], { folder });
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain(`${port}`);
    expect(err).not.toMatch(/\n +at /);
  });
});

/** In this process, which is quicker, with what it writes caught. */
async function runHere(commandLine: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const caught = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += text;
      return true;
    }),
  ];
  try {
    const code = await run(commandLine);
    return { code, out, err };
  } finally {
    for (const spy of caught) spy.mockRestore();
  }
}

const asterisk = ['asterisk', '--config', join(process.cwd(), 'examples/asterisk/adapter.yaml'), '--token'];
const claims = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url');

describe('used wrongly, a command ends with 2 and says how it is used:', () => {
  const before = process.cwd();
  beforeAll(() => process.chdir(folderFor('wrong')));
  afterAll(() => process.chdir(before));

  it.each([
    [['sereve'], /unknown command 'sereve'/],
    [['serve', '--prot', '1'], /unknown option '--prot'/],
    [['serve'], /^no tenants: give --config FILE, --tenant ID, or --trial/],
    [['serve', '--trial', '--port', 'x'], /^--port: expected an integer from 0 to 65535, got "x"/],
    [['serve', '--trial', '--tenant', 'bank', '--check'], /^--tenant: a trial needs the tenant trial/],
    [['serve', '--trial', '--check', '--threads', '0'], /^--threads: expected an integer from 1/],
    [['token'], /required option '--role <role>'/],
    [['token', '--role', 'king'], /'king' is invalid.*Allowed choices are admin/],
    [['token', '--role', 'agent'], /^no secret: give --secret-file FILE or the variable STROWGER_SECRET/],
    [['token', '--role', 'agent', '--tenant', 'bank'], /^--sub is needed/],
    [['config', 'apply'], /missing required argument 'file'/],
    [['config', 'export'], /^no --token was given, and no trial router has run/],
    [['config', 'export', '--url', 'ftp://x', '--token', 'x'], /^--url must begin with/],
    [['replay'], /missing required argument 'calls.csv'/],
    [['replay', 'c.csv', '--patience', 'none'], /^--patience must be recorded or drawn/],
    [['replay', 'c.csv', '--secret-file', 's'], /^--secret-file is of a running router: give --speed as well/],
    [['replay', 'c.csv', '--speed', 'fast'], /^--speed must be a number from 0.01 to 100000, not fast/],
    [[...asterisk, 'x'], /^--token: this is no token \(Invalid JWT\)/],
    [[...asterisk, `e30.${claims({ role: 'agent', sub: 'ann' })}.x`], /role agent, and the role switch is needed/],
    [[...asterisk, `e30.${claims({ role: 'switch' })}.x`], /^--token: it names no switch/],
    [['reference', '--of', 'everything'], /Allowed choices are interface, configuration, openrpc/],
  ])('%j', async (commandLine, told) => {
    const { code, out, err } = await runHere(commandLine);
    expect(err).toMatch(told);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe('asked for help, a command ends with 0 and shows examples:', () => {
  it.each([['serve'], ['doctor'], ['ready'], ['token'], ['jwks'], ['config apply'], ['config export'], ['reference']])(
    '%s',
    async (names) => {
      const { code, out, err } = await runHere([...names.split(' '), '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/Examples:/);
    },
  );

  it('strowger alone, as an error', async () => {
    const { code, err } = await runHere([]);
    expect(code).toBe(2);
    expect(err).toMatch(/Exit codes: 0 done, 1 failed, 2 used wrongly/);
  });

  it('names every command', async () => {
    const { out } = await runHere(['--help']);
    for (const name of ['serve', 'doctor', 'ready', 'token', 'jwks', 'config', 'replay', 'demo', 'reference']) {
      expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });
});

describe('strowger replay without --speed', () => {
  const head =
    'vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server';
  // Ann serves the first for ten minutes; the second hangs up after one, the third is recorded as served after nine.
  const calls = [
    'A,1,7,0,PS,1999-08-01,9:00:00,9:00:00,0,0:00:00,0:00:00,0,AGENT,9:00:00,9:10:00,600,ANN',
    'A,2,8,0,PS,1999-08-01,9:01:00,9:01:00,0,9:01:00,9:02:00,60,HANG,0:00:00,0:00:00,0,NO_SERVER',
    'A,3,9,0,PS,1999-08-01,9:01:00,9:01:00,0,9:01:00,9:10:00,540,AGENT,9:10:00,9:12:00,120,ANN',
  ];

  it('needs no router, and says what came out beside what was recorded', async () => {
    const folder = folderFor('virtual');
    writeFileSync(join(folder, 'calls.csv'), `${[head, ...calls].join('\n')}\n`);
    const { code, out, err } = await strowger(['replay', 'calls.csv', '--report', 'report.json'], { folder });
    expect({ code, out, err }).toMatchObject({ code: 0, err: expect.stringContaining('3 calls to replay') });
    expect(out).toMatch(/in virtual time/);
    expect(out).toMatch(/Every call is accounted for\.\n$/);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ speed: 'virtual', account: { balanced: true, answered: 2, abandoned: 1 } });
    const [, all] = report.groups;
    expect(all.replayed).toEqual(all.recorded);
    expect(all.replayed).toMatchObject({ calls: 3, meanWaitMs: 200_000, meanWaitAnsweredMs: 270_000 });
  });

  it('has the same answer each time, as JSON on standard output', async () => {
    const commandLine = ['replay', 'calls.csv', '--json', '--run-id', 'r'];
    const run = async () => JSON.parse((await strowger(commandLine, { folder: folderFor('virtual') })).out);
    const [{ wallMs: _, contactsPerSecond: __, ...first }, { wallMs: ___, contactsPerSecond: ____, ...second }] = [
      await run(),
      await run(),
    ];
    expect(second).toEqual(first);
  });
});

describe('strowger reference', () => {
  it('writes what docs/ holds', async () => {
    const docs = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    expect((await strowger(['reference'], { folder: root })).out).toBe(docs('reference.md'));
    const configuration = await strowger(['reference', '--of', 'configuration', '--out', 'c.md'], { folder: root });
    expect(configuration).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(join(root, 'c.md'), 'utf8')).toBe(docs('configuration.md'));
    expect(JSON.parse((await strowger(['reference', '--of', 'openrpc'], { folder: root })).out).openrpc).toBe('1.3.2');
  });
});

describe('bin/strowger.js', () => {
  it('runs the same command line', async () => {
    const child = spawn(process.execPath, [binary, '--version'], { cwd: root });
    expect(await ended(child)).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
