// The doctor: each of its checks with something really wrong, as far as a test may spoil a machine, and beside a router
// that runs. What it looks at must be as it was afterwards.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { artifacts } from '../../src/artifacts.ts';
import { run } from '../../src/cli/main.ts';
import { flushFinding } from '../../src/doctor/data-checks.ts';
import { checkTls } from '../../src/doctor/door-checks.ts';
import { fileSystemKind } from '../../src/doctor/file-system-kind.ts';
import { checkNames, type Finding, type Status } from '../../src/doctor/finding.ts';
import { latencyOf } from '../../src/doctor/flush-latency.ts';
import { checkClock, checkNode } from '../../src/doctor/machine-checks.ts';
import { certificate, ReplacedFiles } from '../tls/certificates.ts';
import { ManualClock } from '../transport/manual-clock.ts';
import { KeyAddress, published, signingKey } from '../transport/signing-keys.ts';
import { bareEnvironment, ended, type Served, serve, strowger } from './command-line.ts';

const root = mkdtempSync(join(tmpdir(), 'strowger-doctor-test-'));
const routers: Served[] = [];
let made = 0;

afterEach(async () => {
  for (const router of routers.splice(0)) await router.stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function newFolder(): string {
  made += 1;
  const folder = join(root, `${made}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'secret'), 'a secret of at least thirty-two bytes', { mode: 0o600 });
  return folder;
}

interface Diagnosis {
  readonly status: Status;
  readonly counts: Readonly<Record<Status, number>>;
  readonly findings: readonly Finding[];
}

/** Port 0 where the flags name none: what else runs here is nobody's business. */
async function diagnose(folder: string, ...flags: string[]): Promise<Diagnosis> {
  const port = flags.includes('--port') ? [] : ['--port', '0'];
  let out = '';
  const caught = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
  ];
  const before = process.cwd();
  process.chdir(folder);
  try {
    const code = await run(['doctor', '--json', ...port, ...flags]);
    const diagnosis = JSON.parse(out) as Diagnosis;
    expect(code).toBe(diagnosis.status === 'fail' ? 1 : 0);
    return diagnosis;
  } finally {
    process.chdir(before);
    for (const spy of caught) spy.mockRestore();
  }
}

/** `status: text` of each finding of one check. */
function of(check: Finding['check'], { findings }: Diagnosis): string[] {
  return findings.filter((one) => one.check === check).map(({ status, text }) => `${status}: ${text}`);
}

const bank = ['--tenant', 'bank', '--secret-file', 'secret'];

describe('the doctor', () => {
  it('finds nothing wrong where nothing is, and says each thing in a line with what to do', async () => {
    const folder = newFolder();
    const ran = await strowger(['doctor', '--port', '0', ...bank], { folder });
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^ok {4}configuration: what flags and variables say is right$/m);
    expect(ran.out).toMatch(/^ok {4}tenant: bank: is new$/m);
    expect(ran.out).toMatch(/^0 failed, \d+ warnings, \d+ ok\n$/m);
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('ends with 1 where something is, as text and as JSON alike, and gives advice for all that is not ok', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'data'), 'no folder');
    const text = await strowger(['doctor', '--port', '0', ...bank], { folder });
    expect(text).toMatchObject({ code: 1, err: expect.stringMatching(/^\d failed, \d+ warnings, \d+ ok\n$/) });
    expect(text.out).toMatch(/^fail {2}data folder: .*\/data is no folder\n {6}→ Give another `dataDir`/m);
    const json = await diagnose(folder, ...bank);
    expect(json.status).toBe('fail');
    expect(json.findings).toHaveLength(json.counts.ok + json.counts.warn + json.counts.fail);
    for (const { status, advice } of json.findings) expect(advice === undefined).toBe(status === 'ok');
  });

  it('looks at the trial where nothing is configured, and makes it no secret', async () => {
    const folder = newFolder();
    const diagnosis = await diagnose(folder);
    expect(of('configuration', diagnosis)).toEqual(['ok: the trial’s configuration is right']);
    expect(of('tenant', diagnosis)).toEqual(['ok: trial: is new']);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('tells every check, in the documentation too', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'keys.json'), published(signingKey('EdDSA', 'k')));
    const diagnosis = await diagnose(folder, ...bank, '--jwks-from', 'keys.json');
    expect([...new Set(diagnosis.findings.map(({ check }) => check))]).toEqual([...checkNames]);
    const documentation = readFileSync(join(artifacts.root, 'docs', 'operations.md'), 'utf8');
    const table = documentation.slice(documentation.indexOf('| check | warns | fails |'));
    const documented = [...table.matchAll(/^\| `([a-z ]+)` \| .*\| .*\|$/gm)].map(([, name]) => name);
    expect(documented).toEqual([...checkNames]);
  });
});

describe('of the machine and the installation, the doctor finds', () => {
  it.each([
    ['18.20.8', 'fail'],
    ['20.14.0', 'fail'],
    ['20.15.0', 'ok'],
    ['21.7.3', 'warn'],
    ['22.11.0', 'ok'],
    ['24.1.0', 'ok'],
    ['25.0.0', 'warn'],
  ])('Node %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  it('binaries that do not load and a core that is damaged, in an installation that has them so', async () => {
    const copy = newFolder();
    copyInstallation(copy);
    const child = spawn(
      process.execPath,
      ['bin/strowger.js', 'doctor', '--json', '--port', '0', '--transport', 'uws'],
      {
        cwd: copy,
        env: bareEnvironment() as NodeJS.ProcessEnv,
      },
    );
    const { code, out } = await ended(child);
    const diagnosis = JSON.parse(out) as Diagnosis;
    expect(code).toBe(1);
    expect(of('sockets', diagnosis)[0]).toMatch(/^fail: uWebSockets\.js has no binary for Node/);
    expect(of('store', diagnosis)[0]).toMatch(/^fail: lmdb does not work: /);
    expect(of('core', diagnosis)[0]).toMatch(/^fail: the core does not run: WebAssembly/);
    expect(of('data folder', diagnosis)[0]).toMatch(/^ok: /);

    // And a router there would take the other transport, and live.
    const choose = `import { chooseTransport } from './dist/src/transport/choose-transport.js';
      await chooseTransport(undefined, { info: (message) => console.log(message) });
      setTimeout(() => console.log('alive'), 300);`;
    const chosen = await ended(spawn(process.execPath, ['--input-type=module', '-e', choose], { cwd: copy }));
    expect(chosen).toMatchObject({ code: 0, err: '' });
    expect(chosen.out).toMatch(/^transport: ws on node:http, since uWebSockets\.js has no binary.*\nalive\n$/);
  });

  it('a limit of open files that is too low', async () => {
    const folder = newFolder();
    const script = `ulimit -n 512 && exec "$0" "$@"`;
    const commandLine = [artifacts.root, 'bin', 'strowger.js'].join('/');
    const child = spawn('sh', ['-c', script, process.execPath, commandLine, 'doctor', '--json', '--port', '0'], {
      cwd: folder,
    });
    const diagnosis = JSON.parse((await ended(child)).out) as Diagnosis;
    expect(of('open files', diagnosis)).toEqual([
      process.platform === 'linux'
        ? 'fail: only 512 files may be open'
        : 'warn: how many files may be open cannot be told here',
    ]);
  });

  it('a clock that was never set, and one that is behind what was written', async () => {
    expect(await checkClock(new ManualClock(0), undefined)).toMatchObject({ status: 'fail' });
    const folder = newFolder();
    const tenant = join(folder, 'data', 'tenants', 'bank');
    mkdirSync(tenant, { recursive: true });
    writeFileSync(join(tenant, 'EPOCH'), '1\n');
    const future = Date.now() / 1000 + 3_600;
    utimesSync(join(tenant, 'EPOCH'), future, future);
    expect(of('clock', await diagnose(folder, ...bank))[0]).toMatch(/^warn: .* 36\d\d s behind the newest file/);
  });
});

/** Linked packages look for theirs where they really are. */
const copied = ['lmdb', 'node-gyp-build-optional-packages', 'uWebSockets.js'];

/** What runs, without binaries of native libraries and with half of a core. */
function copyInstallation(to: string): void {
  const modules = join(artifacts.root, 'node_modules');
  cpSync(join(artifacts.root, 'dist'), join(to, 'dist'), { recursive: true });
  cpSync(join(artifacts.root, 'bin'), join(to, 'bin'), { recursive: true });
  cpSync(artifacts.packageFile, join(to, 'package.json'));
  mkdirSync(join(to, 'node_modules'));
  for (const name of readdirSync(modules)) {
    const isSource = (path: string) => !path.endsWith('.node');
    const [from, copy] = [join(modules, name), join(to, 'node_modules', name)];
    if (copied.includes(name)) cpSync(from, copy, { recursive: true, filter: isSource });
    else if (name !== '@lmdb') symlinkSync(from, copy);
  }
  const core = join(to, 'dist', 'core', 'core.wasm');
  writeFileSync(core, readFileSync(core).subarray(0, statSync(core).size / 2));
}

describe('of the configuration, the doctor finds', () => {
  it('each fault, and looks at what is right all the same', async () => {
    const diagnosis = await diagnose(newFolder(), ...bank, '--threads', '0', '--ping-ms', 'x');
    expect(of('configuration', diagnosis)).toEqual([
      'fail: --threads: expected an integer from 1 to 256, got "0"'.replace('"0"', '0'),
      'fail: --ping-ms: expected an integer from 1000 to 600000, got "x"',
    ]);
    expect(of('tenant', diagnosis)).toEqual(['ok: bank: is new']);
  });

  it('a file that is not there, and goes no further', async () => {
    const diagnosis = await diagnose(newFolder(), '--config', 'none.yaml');
    expect(of('configuration', diagnosis)[0]).toMatch(/^fail: .*none\.yaml: ENOENT/);
    expect(of('core', diagnosis)[0]).toMatch(/^ok: /);
    expect(of('data folder', diagnosis)).toEqual([]);
  });
});

/** Memory, where this system has some to lay files into. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : undefined;

describe('of the data folder, the doctor finds', () => {
  it.skipIf(process.getuid === undefined)('that it cannot be written to', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'data'), { mode: 0o555 });
    // The administrator may write anywhere, so somebody else looks.
    const isAdministrator = process.getuid!() === 0;
    for (const path of [root, folder]) chmodSync(path, 0o755);
    const script = `import(${JSON.stringify(join(artifacts.root, 'dist/src/cli/main.js'))}).then((main) => main.run(process.argv.slice(1)))`;
    const child = spawn(process.execPath, ['-e', script, '--', 'doctor', '--json', '--port', '0'], {
      cwd: folder,
      ...(isAdministrator && { uid: 65_534, gid: 65_534 }),
    });
    const diagnosis = JSON.parse((await ended(child)).out) as Diagnosis;
    expect(of('data folder', diagnosis)[0]).toMatch(/^fail: .*\/data cannot be written to by this user/);
    expect(of('flush', diagnosis)[0]).toMatch(/^fail: .*EACCES/);
  });

  it.skipIf(memory === undefined)('that it is memory, too small, and flushes faster than a disk', async () => {
    const folder = newFolder();
    const tenants = Array.from({ length: 1_000 }, (_, index) => `t${index}`).join(',');
    vi.stubEnv('STROWGER_TENANTS', tenants);
    try {
      const dataDir = join(memory!, `strowger-doctor-test-${process.pid}`);
      const flags = ['--data-dir', dataDir, '--secret-file', 'secret', '--segment-bytes', '268435456'];
      const diagnosis = await diagnose(folder, ...flags);
      expect(of('file system', diagnosis)[0]).toMatch(/^warn: tmpfs: it is memory/);
      expect(of('free space', diagnosis)[0]).toMatch(/^fail: .* journals take 536,870 MB at least$/);
      expect(of('flush', diagnosis)[0]).toMatch(/^warn: .*faster than a disk writes$/);
      expect(existsSync(dataDir)).toBe(false);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    [0x6969, 'nfs', true],
    [0xff534d42, 'cifs', true],
    [0xff534d42 | 0, 'cifs', true],
    [0x65735546, 'fuse', true],
    [0x794c7630, 'overlay', true],
    [0xef53, 'ext', false],
    [0x58465342, 'xfs', false],
  ])('file systems by their number: %i is %s', (type, name, isTrouble) => {
    const kind = fileSystemKind(type);
    expect([kind?.name, kind?.trouble !== undefined]).toEqual([name, isTrouble]);
  });

  it('a disk that is slow, by half of its flushes or by the slowest', () => {
    const times = (slow: number, ms: number) => [...Array(100 - slow).fill(1), ...Array(slow).fill(ms)];
    expect(latencyOf(times(0, 0))).toEqual({ flushes: 100, medianMs: 1, p99Ms: 1 });
    expect(flushFinding(latencyOf(times(1, 20))).status).toBe('ok');
    expect(flushFinding(latencyOf(times(2, 30)))).toMatchObject({
      status: 'warn',
      text: expect.stringMatching(/99% up to 30 ms$/),
    });
    expect(flushFinding(latencyOf(times(60, 8)))).toMatchObject({
      status: 'warn',
      text: expect.stringMatching(/took up to 8.00 ms/),
    });
  });

  it('tenants of another version, foreign folders, and cores that this build does not know', async () => {
    const folder = newFolder();
    const tenant = (name: string) => {
      const path = join(folder, 'data', 'tenants', name);
      mkdirSync(join(path, 'cores'), { recursive: true });
      return path;
    };
    writeFileSync(join(tenant('newer'), 'FORMAT'), 'strowger tenant\nversion 99\n');
    writeFileSync(join(tenant('photos'), 'cat.jpg'), '');
    writeFileSync(join(tenant('older'), 'FORMAT'), 'strowger tenant\nversion 1\n');
    writeFileSync(join(tenant('older'), 'cores', '0123456789abcdef.layout.json'), '{"PAGE_BYTES":1}');
    vi.stubEnv('STROWGER_TENANTS', 'newer,photos,older');
    const diagnosis = await diagnose(folder, '--secret-file', 'secret').finally(() => vi.unstubAllEnvs());
    const [newer, photos, older] = of('tenant', diagnosis);
    expect(newer).toMatch(/^fail: newer: .*says version 99, this build reads version 1/);
    expect(photos).toMatch(/^fail: photos: .*but no FORMAT/);
    expect(older).toBe('warn: older: was written by cores that this build cannot take over (0123456789ab)');
  });
});

describe('beside a router that runs, the doctor', () => {
  it('finds it in its place, disturbs nothing and leaves nothing behind', async () => {
    const folder = newFolder();
    const router = await serve(['--data-dir', 'data', ...bank], { folder });
    routers.push(router);
    const { port } = new URL(router.said.url);
    const diagnosis = await diagnose(folder, '--port', port, ...bank);
    expect(diagnosis.counts.fail).toBe(0);
    const { pid } = router.process;
    expect(of('tenant', diagnosis)).toEqual([
      `ok: bank: of this version, in use by the router that runs (process ${pid})`,
    ]);
    expect(of('port', diagnosis)).toEqual([
      `ok: 127.0.0.1:${port}: the router that runs listens there (process ${pid})`,
    ]);
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await ready.json()).toEqual({ status: 'ready' });
    expect(readdirSync(join(folder, 'data'))).toEqual(['tenants']);
    expect(await router.stop()).toMatchObject({ code: 0, err: expect.not.stringMatching(/"level":(40|50)/) });
  });

  it('names it where another is about to use the same data', async () => {
    const folder = newFolder();
    const router = await serve(['--data-dir', 'data', ...bank], { folder });
    routers.push(router);
    const diagnosis = await diagnose(folder, '--port', '0', ...bank);
    const whose = `process ${router.process.pid} (`;
    expect(of('tenant', diagnosis)[0]).toMatch(
      /^fail: bank: in use by process \d+ \(.*\), which does not listen at port 0$/,
    );
    expect(of('tenant', diagnosis)[0]).toContain(whose);
  });

  it('leaves the data of one that has stopped exactly as they were', async () => {
    const folder = newFolder();
    const router = await serve(['--data-dir', 'data', ...bank], { folder });
    await router.stop();
    const before = everythingIn(join(folder, 'data'));
    expect(before.length).toBeGreaterThan(5);
    const diagnosis = await diagnose(folder, ...bank);
    expect(of('tenant', diagnosis)).toEqual(['ok: bank: of this version, and free']);
    expect(everythingIn(join(folder, 'data'))).toEqual(before);
  });
});

/** Names, sizes and times; of the folder itself not its time, in which a file has been made and removed. */
function everythingIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const { size, mtimeMs, mode } = statSync(join(folder, name));
    return `${name} ${size} ${mtimeMs} ${mode}`;
  });
}

describe('of the front door, the doctor finds', () => {
  it('a port that is taken, and by whom', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.on('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const diagnosis = await diagnose(newFolder(), '--port', `${port}`, ...bank);
    taken.close();
    const whose = process.platform === 'linux' ? `process ${process.pid} \\(` : 'another process';
    expect(of('port', diagnosis)[0]).toMatch(new RegExp(`^fail: 127\\.0\\.0\\.1:${port} is taken by ${whose}`));
  });

  it('an address that this machine does not have', async () => {
    const diagnosis = await diagnose(newFolder(), '--host', '192.0.2.1', '--port', '7700', ...bank);
    expect(of('port', diagnosis)[0]).toMatch(/^fail: 192\.0\.2\.1:7700 cannot be listened on: .*EADDRNOTAVAIL/);
    expect(of('tls', diagnosis)[0]).toMatch(/^warn: not configured, and 192\.0\.2\.1 is listened on/);
  });

  it.each([
    ['first', 'first', /^ok: .*, until 2126-/],
    ['expired', 'expired', /^fail: .*until 2021-01-01T00:00:00\.000Z: it is over$/],
    ['future', 'future', /^fail: .*from 2098-01-01T00:00:00\.000Z: not good yet$/],
    ['first', 'second', /^fail: .*key\.pem is not the key of the certificate in/],
  ] as const)('the certificate of %s with the key of %s', async (cert, key, told) => {
    const folder = newFolder();
    const files = new ReplacedFiles(folder, 'first');
    files.put(cert, key);
    chmodSync(files.keyFile, 0o600);
    const diagnosis = await diagnose(folder, ...bank, '--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem');
    expect(of('tls', diagnosis)).toEqual([expect.stringMatching(told)]);
  });

  it('a certificate that is about to end, a chain that is broken and a key that everybody can read', async () => {
    const folder = newFolder();
    const files = new ReplacedFiles(folder, 'expired');
    chmodSync(files.keyFile, 0o644);
    const [ending, readable] = checkTls(files, '127.0.0.1', Date.UTC(2020, 11, 27));
    expect(ending).toMatchObject({ status: 'warn', text: expect.stringMatching(/: 5 days are left$/) });
    expect(readable).toMatchObject({
      status: 'warn',
      text: expect.stringMatching(/key\.pem can be read by everybody/),
    });
    const { certFile } = certificate('second');
    writeFileSync(files.certFile, `${readFileSync(certificate('first').certFile)}${readFileSync(certFile)}`);
    const [chain] = checkTls({ ...files, keyFile: certificate('first').keyFile }, '127.0.0.1', Date.now());
    expect(chain).toMatchObject({ status: 'warn', text: expect.stringMatching(/was not issued by certificate 2$/) });
  });

  it('a secret that everybody can read', async () => {
    const folder = newFolder();
    expect(of('secret', await diagnose(folder, ...bank))[0]).toMatch(/^ok: /);
    chmodSync(join(folder, 'secret'), 0o644);
    expect(of('secret', await diagnose(folder, ...bank))[0]).toMatch(/^warn: .*secret can be read by everybody here$/);
  });

  it('keys of tokens that are there, that are not, and that come unprotected', async () => {
    const folder = newFolder();
    const address = await KeyAddress.open(published(signingKey('RS256', 'one'), signingKey('EdDSA', 'two')));
    const { url } = address;
    const keys = async (from: string) => of('token keys', await diagnose(folder, ...bank, '--jwks-from', from));
    try {
      expect(await keys(url)).toEqual([`ok: ${url}: 2 (one, two)`]);
      const elsewhere = url.replace('127.0.0.1', '0.0.0.0');
      expect(await keys(elsewhere)).toEqual([`warn: ${elsewhere}: 2 (one, two), over http`]);
      address.status = 404;
      expect(await keys(url)).toEqual([`fail: ${url}: answered 404 Not Found`]);
    } finally {
      await address.close();
    }
    expect((await keys(url))[0]).toMatch(/^fail: .*ECONNREFUSED/);
    writeFileSync(join(folder, 'keys.json'), '{"keys":[]}');
    expect((await keys('keys.json'))[0]).toMatch(/^fail: .*no key in it can check tokens/);
  });
});
