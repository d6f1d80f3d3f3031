// What the table says of each method, and how an entry is written so that the types of its schemas are kept.

import type { TObject, TSchema } from '@sinclair/typebox';
import type { Role } from '../../engine/egress.ts';
import type { Fault } from '../fault.ts';
import type { RefusalName } from '../refusals.ts';

export interface MethodSpec<P extends TObject = TObject, R extends TSchema = TSchema> {
  readonly summary: string;
  /** Who may call it. */
  readonly roles: readonly Role[];
  readonly params: P;
  readonly result: R;
  /** It changes something that outlives the session. */
  readonly changes: boolean;
  /** The parameter that is the id of what it creates: the same id with the same content succeeds again. */
  readonly creates?: string;
  /** For the role `agent` this parameter is the agent's own id and may be left out; every other role must give it. */
  readonly self?: 'agentId';
  /** Exactly one of these parameters is given. */
  readonly exactlyOne?: readonly string[];
  /** What else must hold and no schema can say; given what fits the schema. */
  readonly furtherFault?: (params: object) => Fault | undefined;
  /** Parameters that some who may call the method may not give. */
  readonly withheld?: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** Takes a tick of its own: its commands are many and belong together. */
  readonly exclusive?: boolean;
  /** What it may be refused with, beside what every method may be refused with (`generalRefusals`). */
  readonly refusals: readonly RefusalName[];
}

export function method<P extends TObject, R extends TSchema>(spec: MethodSpec<P, R>): MethodSpec<P, R> {
  return spec;
}

export const everyone = [
  'admin',
  'app',
  'switch',
  'agent',
  'customer',
  'supervisor',
] as const satisfies readonly Role[];
export const settingUp = ['admin', 'app'] as const satisfies readonly Role[];
export const watching = ['admin', 'app', 'supervisor'] as const satisfies readonly Role[];
export const bringing = ['app', 'switch', 'customer'] as const satisfies readonly Role[];
export const attending = ['agent', 'supervisor', 'admin', 'app'] as const satisfies readonly Role[];

export const forcing = ['supervisor', 'admin'] as const satisfies readonly Role[];

/** Any request of an open session may be refused so. */
export const generalRefusals = [
  'overloaded',
  'not_ready',
  'too_large',
  'session_not_open',
  'token_missing',
  'token_invalid',
  'token_expired',
  'tenant_not_found',
  'not_allowed_for_role',
] as const satisfies readonly RefusalName[];

/** And so, when it carries a requestId. */
export const repetitionRefusals = [
  'request_id_reused_with_different_content',
  'first_answer_erased',
] as const satisfies readonly RefusalName[];
