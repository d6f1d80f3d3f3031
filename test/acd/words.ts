// Durations, and what stands in braces: YAML's flow style, in which a duration may be written as people do.

import { parse } from 'yaml';
import type { Members } from './stage.ts';

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const duration = /^(\d+(?:\.\d+)?) (ms|s|min|h|d)$/;

export function msOf(text: string): number {
  const [, number, unit] = duration.exec(text) ?? [];
  if (number === undefined) throw new Error(`no duration: "${text}"; as 20 s, 500 ms, 2 min, 1 h, 1 d`);
  return Number(number) * unitsMs[unit!]!;
}

export function membersOf(text: string | undefined): Members {
  if (text === undefined || text.trim() === '') return {};
  return withDurations(parse(text.trim())) as Members;
}

function withDurations(value: unknown): unknown {
  if (typeof value === 'string') return duration.test(value) ? msOf(value) : value;
  if (Array.isArray(value)) return value.map(withDurations);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withDurations(part)]));
}
