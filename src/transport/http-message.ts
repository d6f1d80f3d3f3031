// What both transports do with HTTP messages alike: collecting a body within its bound, naming a status, keeping the
// headers that matter of an upgrade, and the answer 413.

import { STATUS_CODES } from 'node:http';
import { oversizeTolerance } from '../limits.ts';
import type { HttpResponse } from './transport.ts';

export interface BodyCollector {
  /** False: so far over the bound that the connection should be cut. Copies the chunk. */
  add(chunk: Uint8Array): boolean;
  /** Undefined when the body was over the bound. */
  body(): Uint8Array | undefined;
}

/** Reads on (and throws away) a little past the bound, so that the client gets to read the 413. */
export function collectBody(bytesMax: number): BodyCollector {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      bytes += chunk.byteLength;
      if (bytes <= bytesMax) chunks.push(chunk.slice());
      else chunks.length = 0;
      return bytes <= bytesMax * oversizeTolerance;
    },
    body: () => (bytes <= bytesMax ? Buffer.concat(chunks) : undefined),
  };
}

export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function bodyTooLarge(bytesMax: number): HttpResponse {
  return jsonResponse(413, { error: 'too_large', message: `The body is larger than ${bytesMax} bytes.` });
}

export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

const kept = ['authorization', 'origin', 'user-agent'];

/** The headers of an upgrade that stay with the connection: a hundred thousand of them are kept in memory. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const name of kept) {
    const value = headers[name];
    if (value) result[name] = value;
  }
  return result;
}
