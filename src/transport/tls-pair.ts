// A certificate with its private key, read from their files and found to be of use, or a sentence that says what is
// wrong with which file. Whoever holds a TlsPair can serve with it: it parses, the key is the certificate's, and the
// TLS library takes both.

import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { tlsFileBytesMax } from '../limits.ts';

export interface TlsFiles {
  /** PEM: the certificate, then what leads from it to its root. */
  readonly certFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
}

export interface TlsPair extends TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Milliseconds since the epoch. Of all certificates in the file, the narrowest: one that is over breaks the chain. */
  readonly validFrom: number;
  readonly validTo: number;
  /** What the certificate is for: its DNS names and addresses, else its subject. */
  readonly names: string;
  /** Certificates that do not follow from each other, in words; clients that do not know them otherwise refuse the chain. */
  readonly chainFault?: string;
}

/** A file that somebody has to put right: told without a stack. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** Throws TlsError. */
export function readTlsPair(files: TlsFiles): TlsPair {
  return tlsPairOf(files, readPem(files.certFile), readPem(files.keyFile));
}

/** Throws TlsError. `cert` and `key` are what the files hold. */
export function tlsPairOf(files: TlsFiles, cert: Buffer, key: Buffer): TlsPair {
  const chain = certificatesOf(files.certFile, cert);
  const privateKey = privateKeyOf(files.keyFile, key);
  if (!chain[0]!.checkPrivateKey(privateKey)) {
    throw new TlsError(`${files.keyFile} is not the key of the certificate in ${files.certFile}`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new TlsError(`${files.certFile}: the TLS library does not take it: ${(cause as Error).message}`, { cause });
  }
  const chainFault = chainFaultOf(chain);
  return {
    ...files,
    cert,
    key,
    validFrom: Math.max(...chain.map(({ validFrom }) => Date.parse(validFrom))),
    validTo: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
    names: chain[0]!.subjectAltName ?? chain[0]!.subject ?? 'nobody',
    ...(chainFault !== undefined && { chainFault }),
  };
}

/** Whether the files still hold what the pair was made from. */
export function isStillOnDisk({ certFile, keyFile, cert, key }: TlsPair): boolean {
  return readPem(certFile).equals(cert) && readPem(keyFile).equals(key);
}

/** Tells contents apart without keeping a key. */
export function digestOf(...contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.byteLength}:`).update(content);
  return hash.digest('base64');
}

function readPem(file: string): Buffer {
  try {
    return boundedPem(file, readFileSync(file));
  } catch (error) {
    throw tlsErrorOf(file, error);
  }
}

export function boundedPem(file: string, content: Buffer): Buffer {
  if (content.byteLength <= tlsFileBytesMax) return content;
  throw new TlsError(`${file}: ${content.byteLength} bytes; a certificate or key has at most ${tlsFileBytesMax}`);
}

export function tlsErrorOf(file: string, error: unknown): TlsError {
  return error instanceof TlsError ? error : new TlsError(`${file}: ${(error as Error).message}`, { cause: error });
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesOf(file: string, cert: Buffer): X509Certificate[] {
  const blocks = cert.toString('latin1').match(pemCertificate);
  if (blocks === null) throw new TlsError(`${file}: there is no certificate in it (PEM: -----BEGIN CERTIFICATE-----)`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new TlsError(`${file}: certificate ${index + 1} cannot be read: ${(cause as Error).message}`, { cause });
    }
  });
}

function privateKeyOf(file: string, key: Buffer): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key.toString('latin1'))) {
    throw new TlsError(
      `${file}: the key is encrypted, and nobody is there to type a password: keep it decrypted, for the router's user alone to read`,
    );
  }
  try {
    return createPrivateKey(key);
  } catch (cause) {
    throw new TlsError(`${file}: there is no private key in it (PEM): ${(cause as Error).message}`, { cause });
  }
}

function chainFaultOf(chain: readonly X509Certificate[]): string | undefined {
  for (const [index, certificate] of chain.slice(0, -1).entries()) {
    if (!certificate.checkIssued(chain[index + 1]!)) {
      return `certificate ${index + 1} of the file was not issued by certificate ${index + 2}`;
    }
  }
  return undefined;
}
