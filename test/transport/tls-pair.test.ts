// What is read from a certificate and its key, and what is told about files that cannot be served with.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tlsFileBytesMax } from '../../src/limits.ts';
import { isStillOnDisk, readTlsPair, TlsError } from '../../src/transport/tls-pair.ts';
import { certificate, pemFile, ReplacedFiles } from '../tls/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-tls-pair-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const first = certificate('first');
const second = certificate('second');

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('a certificate and its key', () => {
  it('say how long they are good and for which names', () => {
    const pair = readTlsPair(second);
    expect(pair).toMatchObject({ ...second, names: 'DNS:second.example, IP Address:127.0.0.1' });
    expect(new Date(pair.validTo).getUTCFullYear()).toBe(2126);
    expect(pair.chainFault).toBeUndefined();
    expect(new Date(readTlsPair(certificate('expired')).validTo).toISOString()).toBe('2021-01-01T00:00:00.000Z');
    expect(new Date(readTlsPair(certificate('future')).validFrom).toISOString()).toBe('2098-01-01T00:00:00.000Z');
  });

  it('are good no longer than anything in the chain, and say where the chain breaks', () => {
    const chain = [second.certFile, certificate('expired').certFile].map((one) => readFileSync(one, 'utf8')).join('');
    const pair = readTlsPair({ certFile: file('chain.pem', chain), keyFile: second.keyFile });
    expect(new Date(pair.validTo).getUTCFullYear()).toBe(2021);
    expect(pair.chainFault).toBe('certificate 1 of the file was not issued by certificate 2');
  });

  it('know whether their files have been replaced', () => {
    const files = new ReplacedFiles(folder, 'first');
    const pair = readTlsPair(files);
    expect(isStillOnDisk(pair)).toBe(true);
    files.put('first', 'second');
    expect(isStillOnDisk(pair)).toBe(false);
  });

  it.each([
    [
      'a key of another certificate',
      { ...first, keyFile: second.keyFile },
      /second-key\.pem is not the key of .*first\.pem/,
    ],
    ['no such file', { ...first, certFile: join(folder, 'none.pem') }, /none\.pem: ENOENT/],
    ['a key where the certificate should be', { ...first, certFile: first.keyFile }, /there is no certificate in it/],
    ['a certificate where the key should be', { ...first, keyFile: first.certFile }, /there is no private key in it/],
    ['an encrypted key', { ...second, keyFile: pemFile('encrypted-key.pem') }, /the key is encrypted/],
    [
      'a damaged certificate',
      { ...first, certFile: file('bad.pem', readFileSync(first.certFile, 'utf8').replace(/\n[^\n]+\n/, '\n')) },
      /bad\.pem: certificate 1 cannot be read/,
    ],
    ['an endless file', { ...first, keyFile: file('long.pem', Buffer.alloc(tlsFileBytesMax + 1)) }, /at most 1048576/],
  ])('are refused with the file and the reason: %s', (_, files, told) => {
    expect(() => readTlsPair(files)).toThrow(TlsError);
    expect(() => readTlsPair(files)).toThrow(told);
  });
});
