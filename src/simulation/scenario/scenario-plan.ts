// What a scenario comes to in one of its replications: a plan. Everything is drawn beforehand, each stream of contacts and
// each purpose from random numbers of its own. So where two scenarios have a stream in common, the same contacts come at
// the same times with the same service and patience, and what differs in the outcome is what differs in the scenarios.

import { Zone } from '../../zone.ts';
import { bankMappingFile, readMapping } from '../mapping.ts';
import { drawnPatience, recordedPatience } from '../patience.ts';
import type { Plan, PlannedAgent, PlannedContact, PlannedShift } from '../plan.ts';
import { RandomStream } from '../random.ts';
import { readRecording } from '../recording.ts';
import { planReplay } from '../replay-plan.ts';
import { serviceTimes } from '../service-times.ts';
import { shiftRulesOf, shiftsOf } from '../shifts.ts';
import { arrivalsOn, Day, type FileTime, timesIn } from './arrivals.ts';
import { samplerOf } from './distribution.ts';
import {
  type AgentGroup,
  linesOf,
  type Population,
  type RecordingSource,
  type Scenario,
  ScenarioError,
  type Stream,
} from './scenario.ts';

/** The plan of a replication, counted from 1. */
export type PlanOf = (replication: number) => Plan;

export interface PreparedScenario {
  readonly planOf: PlanOf;
  /** Whose times of day they are. */
  readonly zone: Zone;
}

type Own = Exclude<Population, { recording: RecordingSource }>;

/** Reads what the scenario names, once for all replications. */
export async function prepareScenario(scenario: Scenario): Promise<PreparedScenario> {
  const { population } = scenario;
  if ('recording' in population) return prepareRecording(scenario, population.recording);
  const days = Array.from({ length: scenario.days }, (_, number) => new Day(scenario, number));
  const files: Files = {
    durationsIn: once((file) => durationsIn(scenario.fileAt(file))),
    timesIn: once((file) => timesIn(scenario.fileAt(file), days)),
  };
  return { planOf: (replication) => planScenario(scenario, population, replication, days, files), zone: scenario.zone };
}

/** What is in the files that a scenario names. */
interface Files {
  readonly durationsIn: (file: string) => readonly number[];
  readonly timesIn: (file: string) => readonly FileTime[];
}

function once<T>(read: (file: string) => T): (file: string) => T {
  const known = new Map<string, T>();
  return (file) => {
    const content = known.get(file) ?? read(file);
    known.set(file, content);
    return content;
  };
}

async function prepareRecording(scenario: Scenario, source: RecordingSource): Promise<PreparedScenario> {
  const { from, to = from, availability, patience = 'drawn' } = source;
  const mapping = readMapping(source.mapping === undefined ? bankMappingFile : scenario.fileAt(source.mapping));
  const days = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const { calls } = await readRecording(scenario.fileAt(source.file), mapping, days);
  const usual = shiftRulesOf(mapping, 'pauses');
  const shifts = shiftsOf(calls, { ...usual, availability: availability ?? usual.availability });
  const { routing, time } = mapping;
  const { serviceLevel } = scenario;
  return {
    planOf: (replication) => {
      const seed = scenario.seed + replication - 1;
      const serviceMs = serviceTimes(calls, 'drawn', seed);
      const patienceMs = patience === 'drawn' ? drawnPatience(calls, seed) : recordedPatience(calls);
      return planReplay({ calls, shifts, serviceMs, patienceMs, routing, serviceLevel, runId: 'call', prefix: '' });
    },
    zone: new Zone(time.zone),
  };
}

function planScenario(
  scenario: Scenario,
  { calendars, queues, contacts: streams, agents: groups }: Own,
  replication: number,
  days: readonly Day[],
  files: Files,
): Plan {
  const contacts = streams
    .flatMap((stream) => contactsOf(scenario, stream, replication, days, files))
    .sort((a, b) => a.arrivedAt - b.arrivedAt);
  if (contacts.length === 0)
    throw new ScenarioError(`nobody comes in replication ${replication}: look at the arrivals`);
  const first = contacts[0]!.arrivedAt;
  const last = contacts.at(-1)!.arrivedAt;
  const agents = groups.flatMap((group) => agentsOf(group, days, first, last));
  const shifts = agents.flatMap((agent) => agent.shifts);
  return {
    contacts,
    agents,
    calendars,
    queues: queues.map((queue) => ({ missedBeforeNotReady: 0, ...queue })),
    startsAt: shifts.reduce((least, { from }) => Math.min(least, from), first),
    endsAt: shifts.reduce((most, { to }) => Math.max(most, to), last),
  };
}

function contactsOf(
  scenario: Scenario,
  stream: Stream,
  replication: number,
  days: readonly Day[],
  files: Files,
): PlannedContact[] {
  const { name, arrivals, service, patience, channel = 'voice', ...wishes } = stream;
  const drawsFor = (...purpose: readonly (string | number)[]) =>
    new RandomStream(scenario.seed, replication, name, ...purpose);
  const serviceMs = samplerOf(service, drawsFor('service'), files.durationsIn);
  const patienceMs = patience && samplerOf(patience, drawsFor('patience'), files.durationsIn);
  const times = days.flatMap((day) =>
    arrivalsOn(day, arrivals, drawsFor('arrivals', day.number), files.timesIn).sort((a, b) => a - b),
  );
  return times.map((arrivedAt, index) => ({
    contactId: `${name}.${index + 1}`,
    arrivedAt,
    type: name,
    wishes: { ...wishes, channel },
    serviceMs: serviceMs(),
    patienceMs: patienceMs?.(),
  }));
}

/** Who is always there is there before the first contact. */
const loggedInMs = 1_000;
/** Nobody waits longer for them. */
const servedWithinMs = 30 * 86_400_000;

function agentsOf(
  { group, count, shifts, ...settings }: AgentGroup,
  days: readonly Day[],
  first: number,
  last: number,
): PlannedAgent[] {
  const planned: PlannedShift[] =
    shifts === undefined
      ? [{ from: first - loggedInMs, to: last + servedWithinMs, settings, breaks: [], pausesMs: [] }]
      : apart(
          days.flatMap((day) =>
            shifts.map(({ from, to, breaks = [] }) => ({
              from: day.at(from),
              to: day.at(to),
              settings,
              breaks: breaks.map((pause) => ({ from: day.at(pause.from), to: day.at(pause.to) })),
              pausesMs: [],
            })),
          ),
        );
  if (planned.length === 0) return [];
  return Array.from({ length: count }, (_, index) => ({
    agentId: `${group}.${index + 1}`,
    group,
    shifts: planned,
  }));
}

/** Where the clocks go forward, a shift or a break may have no time left, or reach into what follows. */
function apart(shifts: readonly PlannedShift[]): PlannedShift[] {
  const real = shifts.filter(({ from, to }) => to > from);
  return real.map((shift, index) => ({
    ...shift,
    to: Math.min(shift.to, real[index + 1]?.from ?? shift.to),
    breaks: shift.breaks.filter(({ from, to }) => to > from),
  }));
}

function durationsIn(path: string): readonly number[] {
  const values = linesOf(path).map(([line, text]) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0)
      throw new ScenarioError(`${path}: line ${line}: expected a whole number of milliseconds, got "${text}"`);
    return value;
  });
  if (values.length === 0) throw new ScenarioError(`${path}: there is no number in it`);
  return values;
}
