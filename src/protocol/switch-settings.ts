// What is set of a switch, and what is settled when nobody says otherwise.

import { Type } from '@sinclair/typebox';
import { durationMs, whole } from './schemas.ts';

export const switchDefaults = {
  /** Longer than a switch needs to reconnect or to fail over, shorter than callers stay on a silent line. */
  graceMs: 30_000,
  /** All the same until you say otherwise. */
  weight: 1,
} as const;

export const graceMs = durationMs('How long its calls are kept when it is gone.');

export const weight = whole(0, 1_000, 'So many parts of what the router begins by itself; 0: nothing.');

export const switchProperties = {
  graceMs: Type.Optional({ ...graceMs, default: switchDefaults.graceMs }),
  weight: Type.Optional({ ...weight, default: switchDefaults.weight }),
};
