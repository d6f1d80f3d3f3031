// The settings that name public keys of tokens: resolved from where they were written, and looked into at the start, so
// that a wrong file is told before anything listens. Addresses are only read once the router runs: they may be down.

import { resolve } from 'node:path';
import type { JwksConfiguration } from '../router-configuration.ts';
import { JwksError, type TokenAlgorithm, usableKeys } from '../transport/jwks-document.ts';
import { isAddress, readJwksFile } from '../transport/jwks-source.ts';
import type { Values } from './configuration.ts';

/** Of the settings `jwks.…`, for every tenant without keys of its own. */
export function sharedJwks(values: Values, faults: string[]): JwksConfiguration | undefined {
  const text = (key: string) => values.get(key)?.value as string | undefined;
  const from = values.get('jwks.from');
  if (from === undefined) {
    const lone = ['jwks.issuer', 'jwks.audience', 'jwks.algorithms'].find((key) => values.has(key));
    if (lone !== undefined) faults.push(`${values.get(lone)!.source}: needs jwks.from as well`);
    return undefined;
  }
  const [issuer, audience] = [text('jwks.issuer'), text('jwks.audience')];
  const algorithms = values.get('jwks.algorithms')?.value as readonly TokenAlgorithm[] | undefined;
  const jwks: JwksConfiguration = {
    from: from.value as string,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(algorithms !== undefined && { algorithms }),
  };
  addJwksFault(jwks, from.source, faults);
  return jwks;
}

export function addJwksFault({ from }: JwksConfiguration, source: string, faults: string[]): void {
  try {
    if (isAddress(from)) assertAddress(from);
    else assertFile(from);
  } catch (error) {
    if (!(error instanceof JwksError)) throw error;
    faults.push(`${source}: ${error.message}`);
  }
}

function assertAddress(from: string): void {
  if (!URL.canParse(from)) throw new JwksError(`${from} is no address`);
  const { username, password } = new URL(from);
  if (username !== '' || password !== '') throw new JwksError('an address with a password in it is not taken');
}

function assertFile(file: string): void {
  const text = readJwksFile(file);
  try {
    usableKeys(text);
  } catch (error) {
    throw new JwksError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A path from where it was written, an address as it is. */
export function resolvedFrom(folder: string, from: string): string {
  return isAddress(from) ? from : resolve(folder, from);
}
