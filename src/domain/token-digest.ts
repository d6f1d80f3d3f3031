// What is kept of a token that is told once: whoever reads a row has no use for it.

import { createHash } from 'node:crypto';

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
