// The processes that explain: how many at once, how many a minute, what becomes of one that takes too long, breaks, or is
// asked for what the disk no longer has. Real processes on a real data directory.

import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../src/engine/egress.ts';
import { Explainer, type ExplainerOptions } from '../../src/explain/explainer.ts';
import type { Explanation } from '../../src/protocol/explanation.ts';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import { TestClock } from '../engine/partition-harness.ts';
import { tenant } from '../journeys/router-harness.ts';
import { served } from './served-day.ts';

let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'strowger-explain-'));
  await served(dataDir, 20);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

interface Scene {
  readonly explainer: Explainer;
  readonly clock: TestClock;
  readonly troubles: string[];
}

function scene(options: Partial<ExplainerOptions> = {}): Scene {
  const clock = new TestClock();
  const troubles: string[] = [];
  let made = 0;
  const explainer = new Explainer({
    dataDir,
    memoryPagesMax: 16_384,
    clock,
    uuid: () => `reference ${++made}`,
    onTrouble: (_, why) => troubles.push(why),
    ...options,
  });
  return { explainer, clock, troubles };
}

function refusalOf(answer: Answer) {
  if (!('refusal' in answer)) throw new Error(`no refusal: ${JSON.stringify(answer).slice(0, 300)}`);
  return { name: answer.refusal.refusal, ...answer.refusal.data };
}

describe('an explainer', () => {
  test('explains what is on the disk', async () => {
    const answer = await scene().explainer.explain(tenant, { contactId: 'c3' });
    const { steps, agentId, toldBy } = (answer as { result: Explanation }).result;
    expect({ agentId, toldBy }).toEqual({ agentId: 'ann', toldBy: 'writer' });
    expect(steps.map(({ kind }) => kind)).toEqual(['arrived', 'searched', 'offered', 'connected']);
  });

  test('says whom it does not find', async () => {
    const { explainer } = scene();
    expect(refusalOf(await explainer.explain(tenant, { contactId: 'nobody' }))).toEqual({ name: 'contact_not_found' });
    const question = { contactId: 'c3', agentId: 'nobody' };
    expect(refusalOf(await explainer.explain(tenant, question))).toEqual({ name: 'agent_not_found' });
  });

  test('runs so many at once, and says when to ask again', async () => {
    const { explainer, clock } = scene({ atOnceMax: 1 });
    const first = explainer.explain(tenant, { contactId: 'c1' });
    expect(refusalOf(await explainer.explain(tenant, { contactId: 'c2' }))).toEqual({
      name: 'too_many_explanations',
      retryAfterMs: expect.any(Number),
    });
    expect(await first).toHaveProperty('result');
    clock.advance(1_000);
    expect(await explainer.explain(tenant, { contactId: 'c2' })).toHaveProperty('result');
  });

  test('gives each tenant so many a minute', async () => {
    const { explainer, clock } = scene({ perMinuteMax: 2 });
    await explainer.explain(tenant, { contactId: 'c1' });
    clock.advance(20_000);
    await explainer.explain(tenant, { contactId: 'c1' });
    clock.advance(15_000);
    const refused = { name: 'too_many_explanations', retryAfterMs: 25_000 };
    expect(refusalOf(await explainer.explain(tenant, { contactId: 'c1' }))).toEqual(refused);
    // Another tenant has a minute of its own; there is no such folder.
    expect(await explainer.explain('globex', { contactId: 'c1' })).toEqual({ bug: 'reference 1' });
    clock.advance(25_000);
    expect(await explainer.explain(tenant, { contactId: 'c1' })).toHaveProperty('result');
  });

  test('ends one that takes too long', async () => {
    const { explainer, troubles } = scene({ timeoutMs: 1 });
    const refused = { name: 'explanation_took_too_long', afterMs: 1 };
    expect(refusalOf(await explainer.explain(tenant, { contactId: 'c1' }))).toEqual(refused);
    expect(troubles).toEqual([]);
  });

  test('ends all when it is stopped, and starts no more', async () => {
    const { explainer } = scene();
    const running = explainer.explain(tenant, { contactId: 'c1' });
    explainer.stop();
    expect(refusalOf(await running).name).toBe('not_ready');
    expect(refusalOf(await explainer.explain(tenant, { contactId: 'c1' })).name).toBe('not_ready');
  });

  test('outlives a process that a damaged file ends', async () => {
    const damaged = mkdtempSync(join(tmpdir(), 'strowger-explain-'));
    try {
      await served(damaged, 3);
      const { explainer, troubles } = scene({ dataDir: damaged });
      expect(await explainer.explain(tenant, { contactId: 'c1' })).toHaveProperty('result');
      const folder = join(damaged, 'tenants', tenant, 'tables');
      truncateSync(join(folder, '00000001.mdb'), 8_192);
      expect(await explainer.explain(tenant, { contactId: 'c1' })).toEqual({ bug: 'reference 1' });
      expect(troubles.length).toBe(1);
    } finally {
      rmSync(damaged, { recursive: true, force: true });
    }
  });

  test('reads beside whoever has the folder open, and changes nothing in it', async () => {
    const store = await new LmdbStore({ folder: dataDir }).open(tenant);
    try {
      expect(await scene().explainer.explain(tenant, { contactId: 'c3' })).toHaveProperty('result');
      const last = store.journal.lastNumber;
      await store.journal.seal();
      await store.journal.compact(last);
      expect(await scene().explainer.explain(tenant, { contactId: 'c3' })).toHaveProperty('result');
    } finally {
      await store.close();
    }
  });

  test('says from when on the journal reaches back', async () => {
    const dropped = mkdtempSync(join(tmpdir(), 'strowger-explain-'));
    try {
      await served(dropped, 3, 'old');
      await served(dropped, 3, 'new');
      const store = await new LmdbStore({ folder: dropped }).open(tenant);
      const { lastNumber } = store.journal;
      expect(await store.journal.drop(Number.MAX_SAFE_INTEGER, lastNumber)).toBe(1);
      await store.close();
      const { explainer } = scene({ dataDir: dropped });
      const trimmed = { name: 'explanation_trimmed' };
      expect(refusalOf(await explainer.explain(tenant, { contactId: 'old1' }))).toEqual(trimmed);
      // No snapshot was ever taken, so what is left of the journal leads nowhere.
      expect(refusalOf(await explainer.explain(tenant, { contactId: 'new1' }))).toEqual(trimmed);
    } finally {
      rmSync(dropped, { recursive: true, force: true });
    }
  });
});
