// The front door: the port, the certificate, the secret, the public keys of tokens.

import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tlsExpiresWithinMs } from '../limits.ts';
import type { JwksConfiguration, RouterConfiguration } from '../router-configuration.ts';
import { usableKeys } from '../transport/jwks-document.ts';
import { isAddress, jwksSource } from '../transport/jwks-source.ts';
import { readTlsPair, type TlsFiles } from '../transport/tls-pair.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { firstLine } from './machine-checks.ts';
import { ownerOfAbstractSocket, ownerOfPort, ownerText } from './socket-owner.ts';

const dayMs = 86_400_000;

/** `locks`: names of the sockets that whoever uses the tenants' folders holds. */
export async function checkPort(host: string, port: number, locks: readonly string[]): Promise<Finding> {
  if (port === 0) return ok('port', 'any free one is taken');
  const fault = await listenFault(host, port);
  if (fault === undefined) return ok('port', `${host}:${port} is free`);
  if (fault.code === 'EADDRINUSE') return takenFinding(host, port, locks);
  const text = `${host}:${port} cannot be listened on: ${fault.message}`;
  if (fault.code === 'EACCES') {
    const advice =
      'Ports below 1024 need the right to (AmbientCapabilities=CAP_NET_BIND_SERVICE), or take another `port`.';
    return fail('port', text, advice);
  }
  return fail('port', text, 'Give an address of this machine as `host`; 0.0.0.0 is every address.');
}

function takenFinding(host: string, port: number, locks: readonly string[]): Finding {
  const listener = ownerOfPort(port);
  const isOurs = listener !== undefined && locks.some((name) => ownerOfAbstractSocket(name)?.pid === listener.pid);
  if (isOurs) return ok('port', `${host}:${port}: the router that runs listens there (process ${listener.pid})`);
  return fail('port', `${host}:${port} is taken by ${ownerText(listener)}`, 'Stop it, or take another `port`.');
}

function listenFault(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    // Alone, as the router does: else a port that is shared would look free.
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export function checkTls(tls: TlsFiles | undefined, host: string, now: number): Finding[] {
  if (tls === undefined) {
    if (isLoopback(host)) return [ok('tls', 'not configured; only this machine is listened to')];
    const advice = 'Set `tls.certFile` and `tls.keyFile`, unless something in front of the router does TLS.';
    return [warn('tls', `not configured, and ${host} is listened on: tokens can be read on the way`, advice)];
  }
  try {
    return [certificateFinding(tls, now), ...readableByOthers('tls', tls.keyFile)];
  } catch (error) {
    return [fail('tls', firstLine(error), 'Put the certificate with its chain, and its key, into the two files.')];
  }
}

/** Throws TlsError. */
function certificateFinding(tls: TlsFiles, now: number): Finding {
  const { names, validFrom, validTo, chainFault } = readTlsPair(tls);
  const until = `${names}, until ${new Date(validTo).toISOString()}`;
  if (validTo <= now)
    return fail('tls', `${until}: it is over`, 'Renew it; a running router takes the new files by itself.');
  if (validFrom > now) {
    return fail(
      'tls',
      `${names}, from ${new Date(validFrom).toISOString()}: not good yet`,
      'Look at the clock, or at who made it.',
    );
  }
  if (chainFault !== undefined) {
    return warn(
      'tls',
      `${until}: ${chainFault}`,
      'The file holds the certificate, then who issued it, then who issued that.',
    );
  }
  if (validTo - now < tlsExpiresWithinMs) {
    const days = Math.floor((validTo - now) / dayMs);
    return warn('tls', `${until}: ${days} days are left`, 'Renew it; a running router takes the new files by itself.');
  }
  return ok('tls', until);
}

/** `file`: where the secret lies, if it does in one. */
export function checkSecret(file: string | undefined): Finding[] {
  if (file === undefined) return [];
  const found = readableByOthers('secret', file);
  return found.length > 0 ? found : [ok('secret', `${file} can be read by its owner alone`)];
}

function readableByOthers(check: 'tls' | 'secret', file: string): Finding[] {
  try {
    const { mode } = statSync(file);
    if ((mode & 0o007) === 0) return [];
    return [warn(check, `${file} can be read by everybody here`, `chmod o= ${file}`)];
  } catch (error) {
    return [fail(check, firstLine(error), 'Name a file that is there.')];
  }
}

/** One finding a source; they are read as the router reads them. */
export async function checkTokenKeys({
  jwks,
  jwksOfTenants = {},
}: Pick<RouterConfiguration, 'jwks' | 'jwksOfTenants'>) {
  const named: (JwksConfiguration | undefined)[] = [jwks, ...Object.values(jwksOfTenants)];
  const sources = new Set(named.flatMap((one) => (one === undefined ? [] : [one.from])));
  return Promise.all([...sources].map(checkKeySource));
}

async function checkKeySource(from: string): Promise<Finding> {
  try {
    const source = jwksSource(from);
    const { ids } = usableKeys(await source.read());
    const text = `${source.shown}: ${ids.length} (${ids.join(', ')})`;
    if (isAddress(from) && new URL(from).protocol === 'http:' && !isLoopback(new URL(from).hostname)) {
      return warn(
        'token keys',
        `${text}, over http`,
        'Take https: whoever is on the way could put in keys of their own.',
      );
    }
    return ok('token keys', text);
  } catch (error) {
    const advice =
      'The router starts without an address, and refuses such tokens as `not_ready`; without a file it does not start.';
    return fail('token keys', firstLine(error), advice);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host);
}
