// A scenario: a YAML file that says who comes, who is there to serve them, and by which rules; or which recording is to be
// played. docs/scenarios.md explains every setting; examples/scenarios has some.
//
// Queues, agents and what contacts ask for are written as in queue.set, agent.set and contact.create, and are checked by
// the same schemas. A scenario is checked whole before anything is played: what is wrong is named by its path.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import * as layout from '../../../assembly/layout.ts';
import { calendarsPerTenantMax } from '../../limits.ts';
import { agentProperties } from '../../protocol/agent-properties.ts';
import { calendarFault, calendarProperties } from '../../protocol/calendar.ts';
import { type Fault, faultText } from '../../protocol/fault.ts';
import { policyFault, queuePolicyProperties, queuesLedTo } from '../../protocol/queue-policy.ts';
import {
  channel,
  durationMs,
  id,
  name,
  oneOf,
  params,
  preferences,
  priority,
  requirement,
  waitCreditMs,
  whole,
} from '../../protocol/schemas.ts';
import { faultOf } from '../../protocol/validation.ts';
import { Zone } from '../../zone.ts';
import { isDay } from '../recorded-time.ts';
import { availabilities } from '../shifts.ts';
import { distribution } from './distribution.ts';

const replicationsMax = 100_000;
const clockTime = (description: string) =>
  Type.String({
    pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?)$',
    description,
    'x-rule': 'a time of day from "00:00" to "24:00", in quotes',
  });
const file = Type.String({ minLength: 1, description: 'A file, as seen from the folder of the scenario.' });
const from = clockTime('From this time of day …');
const to = clockTime('… to this.');

const arrivals = Type.Object(
  {
    poisson: Type.Optional(
      params({
        from,
        to,
        perHour: Type.Number({ minimum: 0, maximum: 1_000_000, description: 'So many an hour on average.' }),
      }),
    ),
    burst: Type.Optional(
      params({
        at: clockTime('When the first can come.'),
        count: whole(1, 1_000_000, 'So many …'),
        overMs: Type.Optional(durationMs('… each at any moment of this time. Default: all at once.')),
      }),
    ),
    file: Type.Optional(file),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: 'When they come.',
    'x-rule': 'exactly one of poisson, burst and file',
  },
);

const stream = params({
  name: name('What they are counted as in the results.'),
  queueId: id('The queue that they join.'),
  channel: Type.Optional(channel),
  requires: Type.Optional(requirement),
  prefers: Type.Optional(preferences),
  priority: Type.Optional(priority),
  waitCreditMs: Type.Optional(waitCreditMs),
  arrivals: Type.Array(arrivals, { minItems: 1, maxItems: 1_000, description: 'All of them together.' }),
  service: distribution,
  patience: Type.Optional(distribution),
});

const shift = params({ from, to, breaks: Type.Optional(Type.Array(params({ from, to }), { maxItems: 20 })) });

const agents = params({
  group: name('Its agents are called by it, with a number.'),
  count: whole(1, 10_000, 'So many, all alike.'),
  ...agentProperties,
  shifts: Type.Optional(
    Type.Array(shift, {
      minItems: 1,
      maxItems: 20,
      description: 'In order. Default: there from the beginning until the last contact has been served.',
    }),
  ),
});

const recording = params({
  file,
  mapping: Type.Optional(file),
  from: Type.Optional(Type.String({ description: 'The first day, YYYY-MM-DD.' })),
  to: Type.Optional(Type.String({ description: 'The last day.' })),
  availability: Type.Optional(oneOf(availabilities, 'When its agents are there.')),
  patience: Type.Optional(oneOf(['recorded', 'drawn'], 'Who hangs up.')),
});

const schema = params({
  format: Type.Literal(1, { description: 'Of this file.' }),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  seed: Type.Optional(whole(0, 2 ** 32 - 1, 'For everything that is drawn.')),
  replications: Type.Optional(whole(1, replicationsMax, 'How often it is played, each time with other draws.')),
  confidencePercent: Type.Optional(Type.Number({ minimum: 50, maximum: 99.99 })),
  warmUpMs: Type.Optional(durationMs('Who comes in this time after the beginning is played and not counted.')),
  serviceLevel: Type.Optional(
    params({
      withinMs: durationMs('Answered within this.', { minimum: 1 }),
      shortAbandonMs: Type.Optional(durationMs('Who hangs up sooner does not count.')),
    }),
  ),
  intervalMs: Type.Optional(durationMs('Of what is shown over the day.', { minimum: 60_000 })),
  time: Type.Optional(
    params({
      day: Type.Optional(Type.String({ description: 'The first day, YYYY-MM-DD.' })),
      days: Type.Optional(whole(1, 3_660, 'So many, one like the other.')),
      zone: Type.Optional(Type.String({ description: 'Whose times of day they are.' })),
    }),
  ),
  recording: Type.Optional(recording),
  calendars: Type.Optional(
    Type.Array(params({ calendarId: id('Unique in the scenario.'), ...calendarProperties }), {
      minItems: 1,
      maxItems: calendarsPerTenantMax,
    }),
  ),
  queues: Type.Optional(
    Type.Array(params({ queueId: id('Unique in the scenario.'), ...queuePolicyProperties }), {
      minItems: 1,
      maxItems: layout.QUEUES_MAX,
    }),
  ),
  contacts: Type.Optional(Type.Array(stream, { minItems: 1, maxItems: 1_000 })),
  agents: Type.Optional(Type.Array(agents, { minItems: 1, maxItems: 1_000 })),
});

type Written = Static<typeof schema>;
export type Stream = Static<typeof stream>;
export type Arrivals = Static<typeof arrivals>;
export type AgentGroup = Static<typeof agents>;
export type RecordingSource = Static<typeof recording>;

/** Who comes and who is there: of the scenario's own making, or a recording's. */
export type Population =
  | { readonly recording: RecordingSource }
  | {
      readonly calendars: NonNullable<Written['calendars']>;
      readonly queues: NonNullable<Written['queues']>;
      readonly contacts: readonly Stream[];
      readonly agents: readonly AgentGroup[];
    };

export interface Scenario {
  readonly name: string;
  readonly seed: number;
  readonly replications: number;
  readonly confidencePercent: number;
  readonly warmUpMs: number;
  readonly serviceLevel: { readonly withinMs: number; readonly shortAbandonMs: number };
  readonly intervalMs: number;
  readonly day: string;
  readonly days: number;
  readonly zone: Zone;
  readonly population: Population;
  /** A file that the scenario names, as seen from here. */
  readonly fileAt: (file: string) => string;
}

/** A scenario that cannot be played, and why. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** `document` is what was read from `file`, which messages name. */
export function scenarioOf(document: unknown, scenarioFile: string): Scenario {
  const fault = faultOf(schema, document) ?? contradiction(document as Written);
  if (fault !== undefined) throw new ScenarioError(`${scenarioFile}: ${faultText(fault)}`);
  const written = document as Written;
  const { time = {}, serviceLevel } = written;
  return {
    name: written.name ?? scenarioFile,
    seed: written.seed ?? 1,
    replications: written.replications ?? 10,
    confidencePercent: written.confidencePercent ?? 95,
    warmUpMs: written.warmUpMs ?? 0,
    serviceLevel: { withinMs: serviceLevel?.withinMs ?? 20_000, shortAbandonMs: serviceLevel?.shortAbandonMs ?? 0 },
    intervalMs: written.intervalMs ?? 1_800_000,
    day: time.day ?? '2026-01-05',
    days: time.days ?? 1,
    zone: new Zone(time.zone ?? 'UTC'),
    population:
      written.recording !== undefined
        ? { recording: written.recording }
        : {
            calendars: written.calendars ?? [],
            queues: written.queues!,
            contacts: written.contacts!,
            agents: written.agents!,
          },
    fileAt: (file) => resolve(dirname(scenarioFile), file),
  };
}

/** What a schema cannot say. */
function contradiction(written: Written): Fault | undefined {
  return (
    timeFault(written) ??
    partsFault(written) ??
    openingsFault(written) ??
    namesFault(written) ??
    intervalsFault(written)
  );
}

function timeFault({ time, recording }: Written): Fault | undefined {
  const days = [
    ['/time/day', time?.day],
    ['/recording/from', recording?.from],
    ['/recording/to', recording?.to],
  ] as const;
  for (const [path, day] of days)
    if (day !== undefined && !isDay(day)) return { path, message: `expected a day, YYYY-MM-DD, got "${day}"` };
  try {
    new Zone(time?.zone ?? 'UTC');
  } catch {
    return { path: '/time/zone', message: `"${time?.zone}" is no time zone` };
  }
  return undefined;
}

/** A recording brings its own queues, contacts, agents and days. */
function partsFault(written: Written): Fault | undefined {
  const { recording } = written;
  const own = ['queues', 'contacts', 'agents'] as const;
  for (const part of own) {
    if (recording === undefined && written[part] === undefined)
      return { path: `/${part}`, message: 'is missing: there must be queues, contacts and agents, or a recording' };
    if (recording !== undefined && written[part] !== undefined)
      return { path: `/${part}`, message: 'may not be there beside a recording, which brings its own' };
  }
  if (recording !== undefined && written.time !== undefined)
    return { path: '/time', message: 'may not be there beside a recording, which brings its own' };
  return undefined;
}

/** Hours that cannot be kept, and exits that lead nowhere. */
function openingsFault({ calendars = [], queues = [] }: Written): Fault | undefined {
  const twice = repeated(
    calendars.map(({ calendarId }) => calendarId),
    (at) => `/calendars/${at}/calendarId`,
  );
  if (twice !== undefined) return twice;
  for (const [at, calendar] of calendars.entries()) {
    const fault = calendarFault(calendar, `/calendars/${at}`);
    if (fault !== undefined) return fault;
  }
  const known = new Set(queues.map(({ queueId }) => queueId));
  for (const [at, queue] of queues.entries()) {
    const fault = policyFault(queue, `/queues/${at}`);
    if (fault !== undefined) return fault;
    const missing = queuesLedTo(queue).find((queueId) => !known.has(queueId));
    if (missing !== undefined) return { path: `/queues/${at}`, message: `there is no queue "${missing}" to lead to` };
    if (queue.calendarId !== undefined && !calendars.some(({ calendarId }) => calendarId === queue.calendarId))
      return { path: `/queues/${at}/calendarId`, message: `there is no calendar "${queue.calendarId}"` };
  }
  return undefined;
}

function namesFault({ queues = [], contacts = [], agents = [] }: Written): Fault | undefined {
  const known = new Map(queues.map((queue) => [queue.queueId, queue]));
  const fault =
    repeated(
      queues.map(({ queueId }) => queueId),
      (at) => `/queues/${at}/queueId`,
    ) ??
    repeated(
      contacts.map((stream) => stream.name),
      (at) => `/contacts/${at}/name`,
    ) ??
    repeated(
      agents.map(({ group }) => group),
      (at) => `/agents/${at}/group`,
    );
  if (fault !== undefined) return fault;
  const all = contacts.findIndex(({ name: of }) => of === 'all');
  if (all >= 0) return { path: `/contacts/${all}/name`, message: '"all" is what everybody together is counted as' };
  for (const [at, { queueId, channel: of = 'voice' }] of contacts.entries()) {
    const queue = known.get(queueId);
    if (queue === undefined) return { path: `/contacts/${at}/queueId`, message: `there is no queue "${queueId}"` };
    if (!queue.channels.includes(of))
      return { path: `/contacts/${at}/channel`, message: `the queue "${queueId}" does not take ${of}` };
  }
  for (const [at, group] of agents.entries())
    for (const [which, queueId] of (group.queues ?? []).entries())
      if (!known.has(queueId))
        return { path: `/agents/${at}/queues/${which}`, message: `there is no queue "${queueId}"` };
  return undefined;
}

function repeated(names: readonly string[], pathOf: (at: number) => string): Fault | undefined {
  const at = names.findIndex((one, index) => names.indexOf(one) < index);
  return at < 0 ? undefined : { path: pathOf(at), message: `"${names[at]}" is there already` };
}

function intervalsFault({ contacts = [], agents = [] }: Written): Fault | undefined {
  for (const [at, { arrivals: patterns }] of contacts.entries())
    for (const [which, { poisson }] of patterns.entries())
      if (poisson !== undefined && inDay(poisson.to) <= inDay(poisson.from))
        return { path: `/contacts/${at}/arrivals/${which}/poisson/to`, message: 'is not after `from`' };
  for (const [at, { shifts = [] }] of agents.entries()) {
    let before = '';
    for (const [which, { from: begin, to: end, breaks = [] }] of shifts.entries()) {
      const path = `/agents/${at}/shifts/${which}`;
      if (inDay(end) <= inDay(begin)) return { path: `${path}/to`, message: 'is not after `from`' };
      if (inDay(begin) < before) return { path: `${path}/from`, message: 'lies before the end of the shift before' };
      before = inDay(end);
      let done = inDay(begin);
      for (const [of, pause] of breaks.entries()) {
        if (inDay(pause.to) <= inDay(pause.from))
          return { path: `${path}/breaks/${of}/to`, message: 'is not after `from`' };
        if (inDay(pause.from) < done || inDay(pause.to) > inDay(end))
          return { path: `${path}/breaks/${of}`, message: 'must lie in its shift, after the break before' };
        done = inDay(pause.to);
      }
    }
  }
  return undefined;
}

/** A time of day as a text that can be compared. */
function inDay(clock: string): string {
  return clock.length === 5 ? `${clock}:00` : clock;
}

/** The lines of a file that a scenario names, without empty ones and comments (#), each with its number. */
export function linesOf(path: string): (readonly [line: number, text: string])[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ScenarioError((error as Error).message);
  }
  return text
    .split(/\r?\n/)
    .map((line, index) => [index + 1, line.trim()] as const)
    .filter(([, line]) => line !== '' && !line.startsWith('#'));
}
