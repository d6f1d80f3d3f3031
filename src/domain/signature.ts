// How what the router sends outside is signed: over id, time and body with dots between them, HMAC with SHA-256 (RFC 2104), in Base64.

import { createHmac } from 'node:crypto';
import { keyOf } from '../protocol/webhooks.ts';

export function signatureOf(secret: string, name: string, timestamp: string, body: string): string {
  return createHmac('sha256', keyOf(secret)).update(`${name}.${timestamp}.${body}`).digest('base64');
}

/** What a signed request outside says of itself (Standard Webhooks): its id, when it was signed, in seconds, and the signature. */
export function signedHeaders(secret: string, name: string, timestamp: string, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'Strowger',
    'webhook-id': name,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signatureOf(secret, name, timestamp, body)}`,
  };
}
