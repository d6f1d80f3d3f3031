// What is set of a switch, and what is settled when nobody says otherwise.

import { Type } from '@sinclair/typebox';
import { durationMs } from './schemas.ts';

export const switchDefaults = {
  /** Longer than a switch needs to reconnect or to fail over, shorter than callers stay on a silent line. */
  graceMs: 30_000,
} as const;

export const graceMs = durationMs('How long its calls are kept when it is gone.');

export const switchProperties = {
  graceMs: Type.Optional({ ...graceMs, default: switchDefaults.graceMs }),
};
