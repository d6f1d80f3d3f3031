// A router for trial: no configuration, data in ./data, one tenant, a secret that it makes itself and keeps there, a
// few queues and agents to begin with, and a token for each role.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller, Role } from '../engine/egress.ts';
import type { ConfigDocument } from '../protocol/config-document.ts';
import { signToken } from '../transport/authentication.ts';

export const trialTenant = 'trial';
export const trialDataDir = './data';
/** Long enough to come back to it after a holiday; the secret in the data directory makes new ones. */
const trialTokenMs = 30 * 86_400_000;

const secretBytes = 32;

export function trialSecretFile(dataDir: string): string {
  return join(dataDir, 'trial-secret');
}

/** The secret kept in the data directory. `random` makes one where there is none yet; without it that is undefined. */
export function trialSecret(dataDir: string, random: (bytes: number) => Uint8Array): Uint8Array;
export function trialSecret(dataDir: string): Uint8Array | undefined;
export function trialSecret(dataDir: string, random?: (bytes: number) => Uint8Array): Uint8Array | undefined {
  const file = trialSecretFile(dataDir);
  if (!existsSync(file)) {
    if (random === undefined) return undefined;
    mkdirSync(dataDir, { recursive: true });
    // `wx`: of two that start at the same time one fails, and none uses a secret that the file does not hold.
    writeFileSync(file, `${Buffer.from(random(secretBytes)).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(file, 0o600);
  }
  return Buffer.from(readFileSync(file, 'utf8').trim());
}

/** One caller a role, each with something to do in the trial's configuration. */
export const trialCallers: Readonly<Record<Role, string>> = {
  admin: 'admin',
  app: 'crm',
  switch: 'switch-1',
  agent: 'ann',
  customer: 'visitor-1',
  supervisor: 'sue',
};

export async function trialTokens(secret: Uint8Array, now: number): Promise<Readonly<Record<Role, string>>> {
  const entries = Object.entries(trialCallers).map(async ([role, sub]) => {
    const caller: Caller = { tenant: trialTenant, role: role as Role, sub };
    return [role, await signToken(secret, caller, now, now + trialTokenMs)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

export const trialDocument: ConfigDocument = {
  version: 1,
  tenant: { name: 'A tenant for trial' },
  queues: [
    { queueId: 'sales', channels: ['voice', 'chat', 'video'], wrapUpMs: 5000 },
    { queueId: 'support', channels: ['voice', 'chat', 'email'], select: 'bestSkilled', wrapUpMs: 10_000 },
  ],
  agents: [
    { agentId: 'ann', name: 'Ann', skills: { english: 10, billing: 7 }, capacity: { voice: 1, chat: 3, total: 3 } },
    { agentId: 'bob', name: 'Bob', skills: { english: 6, german: 10 }, capacity: { voice: 1, chat: 2, total: 2 } },
    {
      agentId: 'cem',
      name: 'Cem',
      skills: { english: 8, turkish: 10, billing: 9 },
      queues: ['support'],
      capacity: { voice: 1, email: 4, total: 4 },
    },
  ],
};
