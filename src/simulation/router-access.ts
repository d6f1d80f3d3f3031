// How simulated parties get to the router: its address, and a token for each of them. With the secret the tokens are
// made here, one for every role and agent; without it they come from a file that somebody who has it has made.

import { readFileSync } from 'node:fs';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { StrowgerClient } from '../client/client.ts';
import type { Clock } from '../engine/clock.ts';
import type { Role } from '../engine/egress.ts';
import { simulatedCallTimeoutMs, simulatedTokenMs } from '../limits.ts';
import { signToken } from '../transport/authentication.ts';

export interface RouterAccess {
  readonly url: string;
  /** Undefined where nobody has given one. */
  token(role: Role, sub: string): string | Promise<string> | undefined;
}

export class AccessError extends Error {
  override readonly name = 'AccessError';
}

export function accessBySecret(url: string, tenant: string, secret: Uint8Array, clock: Clock): RouterAccess {
  return {
    url,
    token: (role, sub) => {
      const now = clock.now();
      return signToken(secret, { tenant, role, sub }, now, now + simulatedTokenMs);
    },
  };
}

const tokensSchema = Type.Object({
  admin: Type.String(),
  switch: Type.String(),
  agents: Type.Record(Type.String(), Type.String()),
});

/** A file of JSON: `{admin, switch, agents: {agentId: token}}`. */
export function accessByTokens(url: string, file: string): RouterAccess {
  let tokens: unknown;
  try {
    tokens = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AccessError(`cannot read tokens from ${file}: ${(error as Error).message}`);
  }
  if (!Value.Check(tokensSchema, tokens)) {
    const [first] = Value.Errors(tokensSchema, tokens);
    throw new AccessError(`${file} holds no tokens as they are needed: ${first?.path ?? ''} ${first?.message ?? ''}`);
  }
  return {
    url,
    token: (role, sub) =>
      role === 'agent' ? tokens.agents[sub] : role === 'admin' || role === 'switch' ? tokens[role] : undefined,
  };
}

export type ConnectionListener = (who: string, what: 'open' | 'lost', reason: string) => void;

export interface Party {
  readonly role: Role;
  readonly sub: string;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly onState?: (state: Readonly<Record<string, unknown>>) => void;
  readonly onConnection: ConnectionListener;
}

/** A session of its own for this party. Throws AccessError with what to do where there is none to be had. */
export async function connectParty(access: RouterAccess, party: Party): Promise<StrowgerClient> {
  const { role, sub, clock, connectTimeoutMs, onState, onConnection } = party;
  const first = access.token(role, sub);
  if (first === undefined) throw new AccessError(`there is no token for ${role} ${sub}`);
  return StrowgerClient.connect({
    url: access.url,
    token: () => access.token(role, sub)!,
    clock,
    connectTimeoutMs,
    timeoutMs: simulatedCallTimeoutMs,
    onConnection: (what, detail) => onConnection(`${role} ${sub}`, what, detail.reason ?? ''),
    ...(onState !== undefined && { onState }),
  });
}
