// Where a JSON Web Key Set comes from: a file, or an http or https address, told apart by how it begins. Reads are
// bounded in size and time. An address is taken as it is written: a redirect could lead from https to anywhere.

import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { jwksBytesMax, jwksFetchTimeoutMs } from '../limits.ts';
import { JwksError } from './jwks-document.ts';

export interface JwksSource {
  readonly isAddress: boolean;
  /** For logs, metrics and messages: without what an address may carry as a query. */
  readonly shown: string;
  /** Rejects with JwksError, also when `signal` says that nobody waits any more. */
  read(signal?: AbortSignal): Promise<string>;
}

export function isAddress(from: string): boolean {
  return /^https?:\/\//i.test(from);
}

export function jwksSource(from: string): JwksSource {
  if (!isAddress(from)) return { isAddress: false, shown: from, read: () => asJwksError(from, readBounded(from)) };
  const { origin, pathname } = new URL(from);
  const shown = `${origin}${pathname}`;
  return { isAddress: true, shown, read: (signal) => asJwksError(shown, fetchBounded(from, signal)) };
}

/** The same file, at once: for checking a configuration. Throws JwksError. */
export function readJwksFile(file: string): string {
  try {
    boundedBy(statSync(file).size);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw jwksErrorOf(file, error);
  }
}

async function readBounded(file: string): Promise<string> {
  const content = await readFile(file);
  boundedBy(content.byteLength);
  return content.toString('utf8');
}

async function fetchBounded(address: string, signal: AbortSignal | undefined): Promise<string> {
  const timeout = AbortSignal.timeout(jwksFetchTimeoutMs);
  const response = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new JwksError(`answered ${response.status} ${response.statusText}`.trim());
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    boundedBy(bytes);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function boundedBy(bytes: number): void {
  if (bytes > jwksBytesMax) throw new JwksError(`longer than ${jwksBytesMax} bytes`);
}

async function asJwksError(name: string, reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch (error) {
    throw jwksErrorOf(name, error);
  }
}

function jwksErrorOf(name: string, error: unknown): JwksError {
  // fetch says no more than that it failed; why is in the cause, or at least its code.
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
  return new JwksError(`${name}: ${why}`, { cause: error });
}
