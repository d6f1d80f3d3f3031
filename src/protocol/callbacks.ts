// The vocabulary of callbacks (docs/callbacks.md): how a queue calls back, and how a callback stands.

import { Type } from '@sinclair/typebox';
import { durationMs, oneOf, params, whole } from './schemas.ts';

/**
 * waiting: until `nextAt`, or for its turn. leaving: its contact rings still, and the callback begins when that comes to nothing.
 * queued: its contact waits in the queue or rings at an agent. calling: the customer is rung before any agent is asked.
 */
export const callbackStates = ['waiting', 'leaving', 'queued', 'calling', 'ended'] as const;
export type CallbackState = (typeof callbackStates)[number];

/** Why a callback is over. */
export const callbackEnds = [
  'reached',
  'unreachable',
  'answered',
  'calledIn',
  'cancelled',
  'blocked',
  'queueRemoved',
] as const;
export type CallbackEnd = (typeof callbackEnds)[number];

/** Every default and why it is so. */
export const callbackDefaults = {
  first: 'agent',
  attempts: 3,
  spacingMs: 300_000,
  ringMs: 30_000,
} as const;

export const callbackPolicyProperties = params({
  first: Type.Optional({
    ...oneOf(
      ['agent', 'customer'],
      'agent: an agent takes the callback, then the customer is rung. customer: the customer is rung when it is about to be its turn, and then is the next.',
    ),
    default: callbackDefaults.first,
  }),
  offerAfterMs: Type.Optional(
    durationMs('After so long whoever brought a waiting contact is told callback.offered. Absent: never.'),
  ),
  attempts: Type.Optional(
    whole(1, 20, 'So often the customer is rung; then the callback is over as unreachable.', {
      default: callbackDefaults.attempts,
    }),
  ),
  spacingMs: Type.Optional(
    durationMs('From one attempt to the next.', { minimum: 1_000, default: callbackDefaults.spacingMs }),
  ),
  ringMs: Type.Optional({
    ...whole(1_000, 120_000, 'How long the customer is rung.'),
    default: callbackDefaults.ringMs,
  }),
});

/** A number that anybody can be called at. */
export const e164Pattern = '^\\+[1-9]\\d{5,14}$';
const e164 = new RegExp(e164Pattern);
export const isE164 = (text: string): boolean => e164.test(text);

export const callableNumber = (description: string) =>
  Type.String({
    pattern: e164Pattern,
    description,
    examples: ['+493012345', '+12025550100'],
    'x-rule': 'a telephone number in E.164, as +493012345',
    'x-type': 'E.164',
  });
