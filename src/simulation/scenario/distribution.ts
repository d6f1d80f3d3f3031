// How long something takes: a distribution as a scenario names it, and draws from it in whole milliseconds.

import { type Static, Type } from '@sinclair/typebox';
import { durationMsMax } from '../../limits.ts';
import { durationMs, params, whole } from '../../protocol/schemas.ts';
import type { Draws } from '../random.ts';

const meanMs = durationMs('The mean.', { minimum: 1 });

export const distribution = Type.Object(
  {
    constant: Type.Optional(params({ valueMs: durationMs('Always this.') })),
    exponential: Type.Optional(params({ meanMs })),
    logNormal: Type.Optional(params({ meanMs, deviationMs: durationMs('The standard deviation.', { minimum: 1 }) })),
    erlang: Type.Optional(
      params({ meanMs, shape: whole(1, 1_000, 'Stages: 1 is exponential, many are all but constant.') }),
    ),
    empirical: Type.Optional(
      Type.Object(
        {
          valuesMs: Type.Optional(Type.Array(durationMs('Seen once.'), { minItems: 1, maxItems: 1_000_000 })),
          file: Type.Optional(Type.String({ minLength: 1, description: 'A number of milliseconds a line.' })),
        },
        {
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          description: 'One of those that were seen, each as likely.',
          'x-rule': 'exactly one of valuesMs and file',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: 'How long it takes.',
    'x-rule': 'exactly one of constant, exponential, logNormal, erlang and empirical',
  },
);

export type Distribution = Static<typeof distribution>;

/** What is drawn from `draws`, one call after the other; `valuesOf` reads a file of values. */
export function samplerOf(of: Distribution, draws: Draws, valuesOf: (file: string) => readonly number[]): () => number {
  return bounded(rawSamplerOf(of, draws, valuesOf));
}

function rawSamplerOf(
  { constant, exponential, logNormal, erlang, empirical }: Distribution,
  draws: Draws,
  valuesOf: (file: string) => readonly number[],
): () => number {
  if (constant !== undefined) return () => constant.valueMs;
  if (exponential !== undefined) return () => draws.exponential(exponential.meanMs);
  if (erlang !== undefined) return () => draws.erlang(erlang.shape, erlang.meanMs);
  if (logNormal !== undefined) {
    const variation = logNormal.deviationMs / logNormal.meanMs;
    const sigma = Math.sqrt(Math.log(1 + variation * variation));
    const median = logNormal.meanMs / Math.sqrt(1 + variation * variation);
    return () => draws.logNormal(median, sigma);
  }
  const values = empirical!.valuesMs ?? valuesOf(empirical!.file!);
  return () => draws.pick(values);
}

function bounded(draw: () => number): () => number {
  return () => Math.min(durationMsMax, Math.round(draw()));
}
