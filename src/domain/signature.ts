// How what the router sends outside is signed: over id, time and body with dots between them, HMAC with SHA-256 (RFC 2104), in Base64.

import { createHmac } from 'node:crypto';
import { keyOf } from '../protocol/webhooks.ts';

export function signatureOf(secret: string, name: string, timestamp: string, body: string): string {
  return createHmac('sha256', keyOf(secret)).update(`${name}.${timestamp}.${body}`).digest('base64');
}
