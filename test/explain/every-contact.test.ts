// Every contact of a day is explained from what is stored, and each explanation comes to what was decided then: the winner,
// the time and the line of every offer, as its agents were told. Through restarts, snapshots and other builds of the core.

import { expect, test } from 'vitest';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { TrimmedError } from '../../src/explain/retrace.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { buildDecidingOtherwise, otherBuild } from '../engine/other-build.ts';
import { ExplainedDay, takeSnapshot } from './explained-day.ts';

const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

const current = loadCoreBuild();
/** As builds were before they could explain: nothing is said of it in the layout. */
const { EXPLAIN_VERSION: _, ...layoutBefore } = current.layout;

function tellers(told: { toldBy: string }[]): string[] {
  return [...new Set(told.map(({ toldBy }) => toldBy))].sort();
}

test('a day is explained as it was decided', async () => {
  const day = await ExplainedDay.start(new Random(seed));
  await day.busy(500);
  const told = await day.expectExplained();
  expect(told.length).toBeGreaterThan(100);
  expect(tellers(told)).toEqual(['writer']);
  const kinds = new Set(told.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
  for (const kind of ['searched', 'queued', 'chose', 'offered', 'withdrawn', 'connected', 'ended', 'fellBack'] as const)
    expect(kinds).toContain(kind);
});

test('of a long story the beginning and the end are told, and of many agents some', async () => {
  const day = await ExplainedDay.start(new Random(seed + 6));
  await day.busy(300);
  const told = await day.expectExplained();
  const { contactId, steps } = told.reduce((longest, next) =>
    next.steps.length > longest.steps.length ? next : longest,
  );
  expect(steps.length).toBeGreaterThan(8);
  for (const stepsMax of [5, 8]) {
    const short = await day.explain(contactId, { stepsMax, agentsMax: 2 });
    const first = Math.ceil(stepsMax / 2);
    expect(short.steps).toEqual([...steps.slice(0, first), ...steps.slice(first - stepsMax)]);
    expect(short.stepsLeftOut).toBe(steps.length - stepsMax);
  }
  const { steps: asked } = await day.explain(contactId, { agentsMax: 1, agentId: 'eve' });
  for (const { byStanding = [], agents = [] } of asked.filter(({ byStanding }) => byStanding !== undefined)) {
    expect(byStanding.reduce((sum, { agents: some }) => sum + some, 0)).toBe(5);
    expect(agents.map(({ agentId }) => agentId)).toContain('eve');
    expect(agents.length).toBeLessThanOrEqual(2);
  }
});

test('through restarts, and from a snapshot in the middle', async () => {
  const day = await ExplainedDay.start(new Random(seed + 1));
  await day.busy(200);
  await day.restart();
  await day.busy(150);
  const snapshotAt = await takeSnapshot(day.world);
  await day.busy(100);
  await day.restart(undefined, 90_000);
  await day.busy(100);
  const told = await day.expectExplained();
  expect(tellers(told)).toEqual(['writer']);
  expect(told.some(({ steps }) => steps.some(({ kind }) => kind === 'resumed'))).toBe(true);
  expect(told.some(({ arrivedAt }) => arrivedAt > snapshotAt)).toBe(true);
});

test('a snapshot whose past has been dropped explains what came after it, and nothing before', async () => {
  const day = await ExplainedDay.start(new Random(seed + 2));
  await day.busy(200);
  const { journal } = day.world.opened;
  await takeSnapshot(day.world);
  const kept = journal.lastNumber;
  await journal.seal();
  await day.busy(200);
  await expect.poll(() => day.world.opened.tables.appliedNumber).toBeGreaterThanOrEqual(kept);
  const since = day.world.opened.snapshots.list()[0]!.at;
  expect(await journal.drop(Number.MAX_SAFE_INTEGER, kept)).toBeGreaterThan(0);
  await expect(day.explain('c1')).rejects.toThrow(TrimmedError);
  await expect(day.explain('c1')).rejects.toMatchObject({ since });
  const told = await day.expectExplained((arrivedAt) => arrivedAt > since);
  expect(told.length).toBeGreaterThan(20);
});

test('each stretch by the build that wrote it', async () => {
  const day = await ExplainedDay.start(new Random(seed + 3));
  await day.busy(150);
  await day.restart(otherBuild('B'));
  await day.busy(150);
  await day.restart(otherBuild('C'));
  await day.busy(150);
  await day.restart();
  await day.busy(50);
  expect(tellers(await day.expectExplained())).toEqual(['writer']);
});

test('a build that could not explain yet has its decisions told by the one of today', async () => {
  const day = await ExplainedDay.start(new Random(seed + 4));
  const before = otherBuild('before', layoutBefore);
  await day.restart(before);
  await day.busy(200);
  await takeSnapshot(day.world);
  await day.busy(100);
  await day.restart();
  await day.busy(100);
  expect(tellers(await day.expectExplained())).toEqual(['newer', 'writer']);
});

test('where the one of today would have decided otherwise, what happened is told, without reasons', async () => {
  const lightestQueueFirst = await buildDecidingOtherwise(
    'score.ts',
    'return oneQueue.weight > otherQueue.weight;',
    'return oneQueue.weight < otherQueue.weight;',
    layoutBefore,
  );
  const day = await ExplainedDay.start(new Random(seed + 5));
  await day.restart(lightestQueueFirst);
  await day.busy(1_200);
  await day.restart();
  await day.busy(50);
  const told = await day.expectExplained();
  expect(tellers(told)).toContain('effects');
  for (const { toldBy, steps } of told)
    if (toldBy === 'effects') expect(steps.filter(({ kind }) => kind === 'searched' || kind === 'chose')).toEqual([]);
}, 60_000);
