// The mapping: a YAML file that says how the columns of somebody's call records become recorded calls, and how their
// types and priorities are routed. examples/mappings/bank.yaml is the one that is used where none is given.
//
// A mapping is checked whole, before any line is read: unknown settings, wrong types, formats and zones that do not
// exist are named by their path in the file.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parse } from 'yaml';
import { PRIORITY_MAX } from '../../assembly/layout.ts';
import { artifacts } from '../artifacts.ts';
import { Zone } from '../zone.ts';
import { partsOfFormat } from './recorded-time.ts';

const closed = <P extends TProperties>(properties: P): TObject<P> =>
  Type.Object(properties, { additionalProperties: false });
const column = Type.String({ minLength: 1 });
const columns = Type.Union([column, Type.Array(column, { minItems: 1 })]);
const texts = Type.Array(Type.String());
const columnOrAbsent = Type.Union([column, closed({ column, absent: texts })]);
const duration = Type.Union([
  closed({ seconds: column }),
  closed({ milliseconds: column }),
  closed({ until: columns }),
]);
const queueId = Type.String({ pattern: '^[A-Za-z0-9._:@+-]{1,64}$' });

const schema = closed({
  format: Type.Literal(1),
  name: Type.String(),
  csv: Type.Optional(
    closed({
      delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
      quote: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    }),
  ),
  time: closed({
    zone: Type.String(),
    date: Type.Optional(closed({ column, format: Type.String() })),
    begins: Type.Optional(column),
    format: Type.String(),
    absent: Type.Optional(texts),
  }),
  call: closed({
    id: columns,
    type: Type.Optional(column),
    priority: Type.Optional(column),
    customer: Type.Optional(columnOrAbsent),
    arrival: columns,
    wait: duration,
    serviceStart: Type.Optional(columns),
    service: duration,
    agent: columnOrAbsent,
  }),
  outcome: closed({
    column,
    served: texts,
    hungUp: texts,
    skipped: Type.Optional(texts),
    hungUpNeeds: Type.Optional(column),
  }),
  routing: closed({
    queues: Type.Array(closed({ queueId, types: Type.Optional(texts) }), { minItems: 1, maxItems: 64 }),
    credits: Type.Optional(
      Type.Array(closed({ priorities: texts, waitCreditMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }) })),
    ),
    priorities: Type.Optional(
      Type.Array(closed({ types: texts, priority: Type.Integer({ minimum: -PRIORITY_MAX, maximum: PRIORITY_MAX }) })),
    ),
  }),
  agents: Type.Optional(
    closed({
      serve: Type.Optional(Type.Union([Type.Literal('sameDay'), Type.Literal('allDays')])),
      breaks: Type.Optional(Type.Boolean()),
      breakToleranceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    }),
  ),
});

export type Mapping = Static<typeof schema>;
export type Routing = Mapping['routing'];

/** What is wrong with a mapping file, one problem a line. */
export class MappingError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`${file} is not a mapping that can be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'MappingError';
  }
}

export const bankMappingFile = join(artifacts.root, 'examples', 'mappings', 'bank.yaml');

export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new MappingError(file, [(error as Error).message]);
  }
  return parseMapping(text, file);
}

export function parseMapping(text: string, file: string): Mapping {
  let document: unknown;
  try {
    document = parse(text, { prettyErrors: true });
  } catch (error) {
    throw new MappingError(file, [(error as Error).message]);
  }
  if (!Value.Check(schema, document)) {
    const problems = [...Value.Errors(schema, document)]
      .slice(0, 20)
      .map((error) => `${error.path.replaceAll('/', '.').replace(/^\./, '') || 'the file'}: ${error.message}`);
    throw new MappingError(file, [...new Set(problems)]);
  }
  const problems = contradictions(document);
  if (problems.length > 0) throw new MappingError(file, problems);
  return document;
}

/** What a schema cannot say. */
function contradictions(mapping: Mapping): string[] {
  const problems: string[] = [];
  const { time, outcome, routing } = mapping;
  try {
    new Zone(time.zone);
  } catch {
    problems.push(`time.zone: ${time.zone} is no time zone`);
  }
  const clock = ['hour', 'minute'] as const;
  const date = ['year', 'month', 'day'] as const;
  const named = partsOfFormat(time.format);
  const wholeInOne = ['iso', 'epochSeconds', 'epochMs'].includes(time.format);
  if (time.date === undefined) {
    if (!wholeInOne && ![...date, ...clock].every((part) => named.has(part)))
      problems.push(
        'time.format: without time.date it must name year, month, day, hour and minute, or be iso, epochSeconds or epochMs',
      );
    if (time.begins !== undefined) problems.push('time.begins: has a meaning only together with time.date');
  } else {
    const dated = partsOfFormat(time.date.format);
    if (!date.every((part) => dated.has(part))) problems.push('time.date.format: must name year, month and day');
    if (wholeInOne || !clock.every((part) => named.has(part)) || date.some((part) => named.has(part)))
      problems.push('time.format: together with time.date it must name hour and minute, and no date');
  }
  const outcomes = [...outcome.served, ...outcome.hungUp, ...(outcome.skipped ?? [])];
  for (const text of new Set(outcomes))
    if (outcomes.filter((other) => other === text).length > 1) problems.push(`outcome: ${text} is listed twice`);
  const ids = routing.queues.map((queue) => queue.queueId);
  if (new Set(ids).size < ids.length) problems.push('routing.queues: a queueId is listed twice');
  const rest = routing.queues.findIndex((queue) => queue.types === undefined);
  if (rest >= 0 && rest < routing.queues.length - 1)
    problems.push(`routing.queues: ${ids[rest]} takes all types, so the queues after it would get none`);
  return problems;
}

/** The columns that a file must have for this mapping. */
export function columnsOf(mapping: Mapping): string[] {
  const { time, call, outcome } = mapping;
  const found: (string | undefined)[] = [
    time.date?.column,
    time.begins,
    ...list(call.id),
    call.type,
    call.priority,
    columnOf(call.customer),
    ...list(call.arrival),
    ...durationColumns(call.wait),
    ...list(call.serviceStart ?? []),
    ...durationColumns(call.service),
    columnOf(call.agent),
    outcome.column,
    outcome.hungUpNeeds,
  ];
  return [...new Set(found.filter((name) => name !== undefined))];
}

/** The queue for a call's type; undefined where the mapping has none for it. */
export function queueFor(routing: Routing, type: string): string | undefined {
  return routing.queues.find((queue) => queue.types === undefined || queue.types.includes(type))?.queueId;
}

export function waitCreditFor(routing: Routing, priority: string): number {
  return routing.credits?.find((credit) => credit.priorities.includes(priority))?.waitCreditMs ?? 0;
}

/** Of a contact of this type, by the second; 0 where the mapping says nothing of it. */
export function priorityFor(routing: Routing, type: string): number {
  return routing.priorities?.find(({ types }) => types.includes(type))?.priority ?? 0;
}

export function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

function columnOf(value: Static<typeof columnOrAbsent> | undefined): string | undefined {
  return typeof value === 'object' ? value.column : value;
}

function durationColumns(value: Static<typeof duration>): readonly string[] {
  return 'seconds' in value ? [value.seconds] : 'milliseconds' in value ? [value.milliseconds] : list(value.until);
}
