// The front door as an operator meets it: tokens by keys of their own, made and published on the command line, and
// certificates and keys that are replaced while the router runs, by files alone and with SIGHUP.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { StrowgerClient } from '../../src/client/client.ts';
import { ReplacedFiles } from '../tls/certificates.ts';
import { transports } from '../transport/loadable-transports.ts';
import { ended, launch, type Served, serve, strowger } from './command-line.ts';

const root = mkdtempSync(join(tmpdir(), 'strowger-front-door-'));
const routers: Served[] = [];

afterEach(async () => {
  for (const router of routers.splice(0)) expect(await router.stop()).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderFor(name: string): string {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
}

async function start(folder: string, ...commandLine: string[]): Promise<Served> {
  const router = await serve(['--data-dir', 'data', ...commandLine], { folder });
  routers.push(router);
  return router;
}

const pem = (type: 'rsa' | 'ed25519') =>
  (type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

async function told(commandLine: readonly string[], folder: string): Promise<string> {
  const { code, out, err } = await strowger(commandLine, { folder });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.trim();
}

describe('tokens by a key of one’s own', () => {
  const folder = folderFor('keys');
  writeFileSync(join(folder, 'ed.pem'), pem('ed25519'));
  writeFileSync(join(folder, 'rsa.pem'), pem('rsa'));

  it('need no secret, are taken while their key is published, and open sessions outlive it', async () => {
    writeFileSync(join(folder, 'keys.json'), await told(['jwks', 'ed.pem', 'rsa.pem'], folder));
    const keys = ['--jwks-from', 'keys.json', '--jwks-audience', 'strowger'];
    const router = await start(folder, '--tenant', 'bank', ...keys);
    const { url } = router.said;
    const as = (key: string) =>
      told(
        ['token', '--role', 'admin', '--sub', 'me', '--tenant', 'bank', '--key', key, '--audience', 'strowger'],
        folder,
      );
    const [ed, rsa] = [await as('ed.pem'), await as('rsa.pem')];
    const withToken = (token: string) => strowger(['config', 'export', '--url', url, '--token', token], { folder });
    for (const token of [ed, rsa]) expect(await withToken(token)).toMatchObject({ code: 0, err: '' });

    const session = await StrowgerClient.connect({ url, token: ed, takesRequestId: () => false });
    writeFileSync(join(folder, 'keys.json'), await told(['jwks', 'rsa.pem'], folder));
    router.process.kill('SIGHUP');
    await expect.poll(async () => (await withToken(ed)).err, { timeout: 20_000 }).toMatch(/^token_invalid: /);
    expect(await withToken(rsa)).toMatchObject({ code: 0 });
    expect(await session.request('queue.list', {})).toMatchObject({ queues: [] });
    session.close();
    expect(router.logged()).toContain('keys of tokens have been read');
  });

  it('carry the key’s thumbprint, or the id that is given, in both halves', async () => {
    const published = JSON.parse(await told(['jwks', 'ed.pem'], folder)).keys[0];
    expect(published).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: published.x,
      kid: published.kid,
      alg: 'EdDSA',
      use: 'sig',
    });
    const who = ['--role', 'agent', '--sub', 'ann', '--tenant', 'bank'];
    const token = await told(['token', ...who, '--key', 'ed.pem', '--issuer', 'me'], folder);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: published.kid });
    expect(decodeJwt(token)).toMatchObject({ iss: 'me', tenant: 'bank', role: 'agent', sub: 'ann' });
    const named = await told(['token', ...who, '--key', 'rsa.pem', '--alg', 'RS256', '--kid', 'k1'], folder);
    expect(decodeProtectedHeader(named)).toEqual({ alg: 'RS256', kid: 'k1' });
    expect(JSON.parse(await told(['jwks', 'rsa.pem', '--kid', 'k1'], folder)).keys[0].kid).toBe('k1');
    const jwk = { ...createPrivateKey(pem('ed25519')).export({ format: 'jwk' }), kid: 'own' };
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify(jwk));
    expect(decodeProtectedHeader(await told(['token', ...who, '--key', 'key.jwk'], folder)).kid).toBe('own');
  });

  it.each([
    [['token', '--key', 'none.pem'], 1, /none\.pem: ENOENT/],
    [['token', '--key', 'keys.json'], 1, /keys\.json: no private key/],
    [['token', '--key', 'ec.pem'], 1, /ec\.pem: a key of type ec; RSA and Ed25519 keys sign tokens/],
    [['token', '--key', 'short.pem'], 1, /short\.pem: .*1024 bits; RS256 needs 2048/],
    [['token', '--key', 'ed.pem', '--alg', 'RS256'], 2, /ed\.pem holds a key of type ed25519, which signs with EdDSA/],
    [['token', '--key', 'ed.pem', '--alg', 'HS256'], 2, /Allowed choices are RS256, EdDSA/],
    [['token', '--key', 'ed.pem', '--secret-file', 'x'], 2, /a token has one signature/],
    [['token', '--kid', 'x'], 2, /--kid is for tokens signed with a key: give --key FILE/],
    [['jwks', 'ed.pem', 'rsa.pem', '--kid', 'x'], 2, /give one file with it/],
    [['jwks', 'ec.pem'], 1, /a key of type ec/],
  ])('%j ends with %i and says why', async (commandLine, code, err) => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    writeFileSync(join(folder, 'ec.pem'), ec);
    writeFileSync(join(folder, 'short.pem'), short.export({ type: 'pkcs8', format: 'pem' }));
    const who = commandLine[0] === 'token' ? ['--role', 'agent', '--sub', 'ann', '--tenant', 'bank'] : [];
    expect(await strowger([...commandLine, ...who], { folder })).toMatchObject({
      code,
      out: '',
      err: expect.stringMatching(err),
    });
  });
});

describe.each(transports)('TLS files that are replaced, over %s', (transport) => {
  it('serve new handshakes with the new certificate, and are refused when they are broken', async () => {
    const folder = folderFor(`tls-${transport}`);
    const files = new ReplacedFiles(folder, 'first');
    writeFileSync(join(folder, 'secret'), 'a secret of at least thirty-two bytes');
    const door = ['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem', '--secret-file', 'secret'];
    const router = await start(folder, '--tenant', 'bank', '--transport', transport, ...door);
    const port = Number(new URL(router.said.url).port);
    const open = () =>
      new Promise<tls.TLSSocket>((resolve, reject) => {
        const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket));
        socket.on('error', reject);
      });
    const served = async () => {
      const socket = await open();
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN;
    };
    const metrics = async () => {
      const socket = await open();
      socket.write('GET /metrics HTTP/1.1\r\nhost: router\r\n\r\n');
      let text = '';
      for await (const part of socket) {
        text += part;
        if (text.includes('strowger_tls_renewals_total{outcome="refused"}')) break;
      }
      return text;
    };

    expect(await strowger(['ready', '--port', `${port}`, ...door], { folder })).toEqual({
      code: 0,
      out: 'ready\n',
      err: '',
    });
    expect(await served()).toBe('router.example');
    files.put('second', 'first');
    router.process.kill('SIGHUP');
    await expect.poll(() => router.logged()).toMatch(/"level":50,.*"alarm":"tls_pair_refused".* is not the key of /);
    expect(await served()).toBe('router.example');
    expect(await metrics()).toContain('strowger_alarm{tenant="",alarm="tls_pair_refused"} 1\n');

    files.put('second');
    await expect.poll(served, { timeout: 20_000, interval: 200 }).toBe('second.example');
    const after = await metrics();
    expect(after).not.toContain('alarm="tls_pair_refused"');
    expect(after).toContain('strowger_tls_renewals_total{outcome="taken"} 1\n');
    expect(after).toMatch(/strowger_tls_certificate_expires_seconds 4\d{9}\n/);

    files.put('first');
    router.process.kill('SIGHUP');
    await expect.poll(served).toBe('router.example');
  });
});

describe('strowger ready', () => {
  const folder = folderFor('ready');
  writeFileSync(join(folder, 'secret'), 'a secret of at least thirty-two bytes');

  it('says what is in the way, and waits for it to pass', async () => {
    const router = await start(folder, '--tenant', 'bank', '--secret-file', 'secret');
    const { port } = new URL(router.said.url);
    await router.stop();
    const away = await strowger(['ready', '--port', port], { folder });
    expect(away).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    const waiting = strowger(['ready', '--port', port, '--host', '0.0.0.0', '--wait', '60'], { folder });
    await start(folder, '--tenant', 'bank', '--secret-file', 'secret', '--port', port);
    expect(await waiting).toEqual({ code: 0, out: 'ready\n', err: '' });
  });

  it('is used wrongly with a time that is none', async () => {
    expect(await strowger(['ready', '--wait', 'long'], { folder })).toMatchObject({ code: 2 });
  });
});

describe('stopped while it starts', () => {
  it('a router ends with the signal’s number, as the first process of a container too', async () => {
    const folder = folderFor('stopped');
    writeFileSync(join(folder, 'secret'), 'a secret of at least thirty-two bytes');
    const flags = ['--tenant', 'bank', '--secret-file', 'secret', '--data-dir', 'data'];
    const child = launch(['serve', '--port', '0', ...flags], { folder });
    const end = ended(child);
    // The first line of its log is older than the recovery.
    child.stderr!.once('data', () => child.kill('SIGTERM'));
    expect([0, 143]).toContain((await end).code);
  });
});

describe('a configuration of the front door', () => {
  const folder = folderFor('wrong');
  writeFileSync(join(folder, 'bad.json'), '{"keys":[]}');
  new ReplacedFiles(folder, 'first').put('first', 'second');

  it.each([
    [['--jwks-from', 'none.json'], /^--jwks-from: .*none\.json: ENOENT/],
    [['--jwks-from', 'bad.json'], /^--jwks-from: .*bad\.json: no key in it can check tokens/],
    [['--jwks-from', 'https://u:p@login.example/'], /^--jwks-from: an address with a password in it is not taken/],
    [['--jwks-from', 'https://[/'], /^--jwks-from: https:\/\/\[\/ is no address/],
    [['--jwks-issuer', 'x'], /^--jwks-issuer: needs jwks\.from as well/],
    [['--jwks-from', 'https://x.example/', '--jwks-algorithms', 'HS256'], /^--jwks-algorithms: .*"RS256", "EdDSA"/],
    [['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem'], /^--tls-cert-file: .*key\.pem is not the key of/],
  ])('is found wrong before anything starts: %j', async (commandLine, err) => {
    const whole = ['serve', '--check', '--tenant', 'bank', ...commandLine];
    const environment = { STROWGER_SECRET: 'a secret of at least thirty-two bytes' };
    expect(await strowger(whole, { folder, environment })).toMatchObject({ code: 2, err: expect.stringMatching(err) });
  });

  it('names keys for one tenant in a file, and misses a secret for the other', async () => {
    writeFileSync(join(folder, 'ed.pem'), pem('ed25519'));
    writeFileSync(join(folder, 'keys.json'), await told(['jwks', 'ed.pem'], folder));
    const bank = '{ tenant: bank, jwks: { from: keys.json, issuer: me, algorithms: [EdDSA] } }';
    const check = ['serve', '--check', '--config', 'router.yaml'];
    writeFileSync(join(folder, 'router.yaml'), `tenants: [${bank}]\n`);
    expect(await strowger(check, { folder })).toMatchObject({ code: 0, out: 'The configuration is fine.\n' });
    writeFileSync(join(folder, 'router.yaml'), `tenants: [${bank}, { tenant: clinic }]\n`);
    expect((await strowger(check, { folder })).err).toMatch(/^no secret: .* or a jwks for every tenant/);
    writeFileSync(join(folder, 'router.yaml'), `tenants: [{ tenant: bank, jwks: { from: bad.json } }]\n`);
    expect((await strowger(check, { folder })).err).toMatch(
      /^router\.yaml: \/tenants: keys of bank: .*bad\.json: no key/,
    );
  });
});
