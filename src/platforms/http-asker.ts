// Asks a platform over HTTP or HTTPS: POST, some attempts within one time limit, a connection each, no redirects, an answer of bounded length.
//
// Connected is to the platform's own address alone, and to the address that was looked at: the socket looks its name up once, by
// a look-up that lets nothing through but public addresses and those of the networks that both the tenant has listed and whoever runs the
// router lets tenants list. A name that means something else a moment later, or that has a private address among others, leads nowhere
// else by that.

import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInSome } from '../networks.ts';
import { isPublic, type PostsTo } from '../webhooks/http-poster.ts';
import type { AskPlatform, PlatformAnswered, PlatformAsk } from './asking.ts';

/** Between two attempts: what failed at once may be well again, what is busy is not made busier. */
const PAUSE_MS = 100;

/** `within`: networks that are not public and in which tenants may have platforms. */
export function httpAsker(asksAt: PostsTo, within: readonly string[] = []): AskPlatform {
  return async (ask) => {
    const allowed = asksAt === 'any' ? () => true : allowedIn(ask.networks, within);
    const end = AbortSignal.timeout(ask.timeoutMs);
    // Each attempt may take twice as long as the one before: what is lost is soon asked again, and whoever is slow gets there.
    for (let times = 1; ; times *= 2) {
      const outcome = await attempt(ask, allowed, times * ask.attemptMs, end).catch((error: unknown) => error as Error);
      const isAgain = outcome instanceof Error ? !(outcome instanceof NotToBeAskedError) : isTriedAgain(outcome);
      if (isAgain) await sleep(times * PAUSE_MS, undefined, { signal: end }).catch(() => {});
      if (isAgain && !end.aborted) continue;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    }
  };
}

/** It is busy or broken; whatever else it says it will say again. */
function isTriedAgain({ status }: PlatformAnswered): boolean {
  return status >= 500 || status === 429;
}

/** It would come to the same again. */
class NotToBeAskedError extends Error {}

export function allowedIn(networks: readonly string[], within: readonly string[]): (address: string) => boolean {
  const [isListed, isLet] = [isInSome(networks), isInSome(within)];
  return (address) => isPublic(address) || (isListed(address) && isLet(address));
}

function attempt(
  ask: PlatformAsk,
  allowed: (address: string) => boolean,
  limitMs: number,
  end: AbortSignal,
): Promise<PlatformAnswered> {
  return new Promise((resolve, reject) => {
    const url = new URL(ask.url);
    // An address in place of a name is not looked up, so it is looked at here.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !allowed(host)) return reject(notAllowed(host));
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...ask.headers, 'content-length': Buffer.byteLength(ask.body) },
      agent: false,
      lookup: lookingUp(allowed),
    });
    const silent = () => asked.destroy(new Error('no answer in time'));
    const timer = setTimeout(silent, limitMs);
    end.addEventListener('abort', silent, { once: true });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      reject(error instanceof NotToBeAskedError ? error : new Error(error.message || error.code || 'no answer')),
    );
    asked.on('close', () => {
      clearTimeout(timer);
      end.removeEventListener('abort', silent);
      // Of an answer that broke off in its middle there is no other word.
      reject(new Error('the answer broke off'));
    });
    asked.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      // Nobody is led elsewhere, and what is no answer need not be read.
      if (status !== 200) {
        resolve({ status, body: '' });
        return asked.destroy();
      }
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        length += part.length;
        parts.push(part);
        if (length <= ask.bytesMax) return;
        resolve({ status, body: '', isTooLong: true });
        asked.destroy();
      });
      response.on('end', () => resolve({ status, body: Buffer.concat(parts).toString('utf8') }));
      response.on('error', () => {});
    });
    asked.end(ask.body);
  });
}

function lookingUp(allowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses.filter(({ address }) => allowed(address));
      if (error) callback(error, '', 0);
      else if (first === undefined) callback(notAllowed(hostname), '', 0);
      else if (options.all) callback(null, [first]);
      else callback(null, first.address, first.family);
    });
  };
}

function notAllowed(host: string): NotToBeAskedError {
  return new NotToBeAskedError(
    `${host} is not a public address, nor in a network that the platform lists and the setting platformNetworks allows`,
  );
}
