// Posts over HTTP or HTTPS: one request, one connection, a time limit over all of it, no redirects. Of an answer its status counts, and
// nothing else of it is read.
//
// Where only public addresses are allowed, the address that is connected to is the one that was looked at: a name that is looked up
// twice could mean something else the second time.

import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Post, Posting } from './posting.ts';

export type PostsTo = 'public' | 'any';

/** Not reachable over the Internet, or not one address: RFC 6890 and its successors. */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic.addSubnet(network, prefix, 'ipv6');

/**
 * Of version 6, what is handed out to the public (RFC 4291, 2.4), and addresses of version 4 mapped into it, which are judged as such.
 * All else is nobody's, or somebody's own: site-local addresses, translators of the network that this machine is in.
 */
const handedOut = new BlockList();
handedOut.addSubnet('2000::', 3, 'ipv6');
handedOut.addSubnet('::ffff:0:0', 96, 'ipv6');

export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !notPublic.check(address, 'ipv4');
  // With a zone (fe80::1%eth0) it is of this link.
  return !address.includes('%') && handedOut.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

export function httpPoster(postsTo: PostsTo): Post {
  return (posting) => post(posting, postsTo);
}

function post({ url: given, headers, body, timeoutMs }: Posting, postsTo: PostsTo): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const url = new URL(given);
    // A name in brackets is an address of version 6; it is not looked up, so it is looked at here.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (postsTo === 'public' && isIP(host) !== 0 && !isPublic(host)) return reject(new Error(privateText(host)));
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      ...(postsTo === 'public' && { lookup: publicLookup }),
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    asked.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.message || error.code || 'no answer')));
    asked.on('close', () => clearTimeout(timer));
    asked.on('response', (response) => {
      response.destroy();
      resolve({ status: response.statusCode ?? 0 });
    });
    asked.end(body);
  });
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = error ? [] : addresses.filter(({ address }) => isPublic(address));
    if (error) callback(error, '', 0);
    else if (first === undefined) callback(new Error(privateText(hostname)), '', 0);
    else if (options.all) callback(null, [first]);
    else callback(null, first.address, first.family);
  });
};

function privateText(host: string): string {
  return `${host} is not a public address: the setting webhooksTo allows others`;
}
