// The adapter with a real Asterisk passes the script for switches (`strowger conformance switch`), every case of it: its telephones and its
// customers are SIP, and nobody has to sit there.

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Callers } from '../../bench/load/asterisk/callers.ts';
import { Adapter } from '../../src/adapters/asterisk/adapter.ts';
import { settingsOf } from '../../src/adapters/asterisk/settings.ts';
import { runCases } from '../../src/conformance/run.ts';
import { switchChapters } from '../../src/conformance/switch/cases.ts';
import type { ScriptedRouter } from '../../src/conformance/switch/scripted-router.ts';
import { switchStage } from '../../src/conformance/switch/world.ts';
import { resultText } from '../../src/conformance/text.ts';
import { SystemClock } from '../../src/engine/clock.ts';
import { usualNumbers } from '../../src/simulation/switch/telephones.ts';
import { impatient, scriptedRouter } from '../switch/switch-harness.ts';
import { ConductedTelephones } from './conducted-telephones.ts';
import { credentials, first, phonePorts } from './real-asterisk.ts';

const number = '2025550199';
const callersPort = 17_198;
const waitMs = 20_000;

const closing: (() => Promise<void>)[] = [];
const said: string[] = [];
let router: ScriptedRouter;
let callers: Callers;
let adapter: Adapter;

describe.skipIf(inject('withoutAsterisk') !== '')('with a real Asterisk', () => {
  beforeAll(async () => {
    const clock = new SystemClock();
    router = await scriptedRouter();
    closing.push(() => router.close());
    const telephones = await ConductedTelephones.open(phonePorts.carrier, first.sipPort);
    closing.push(() => telephones.close());
    callers = await Callers.open({ own: callersPort, asterisk: first.sipPort }, () => {});
    closing.push(() => callers.close());
    const keep = (_: object, message: string) => void said.push(message);
    const content = {
      asterisk: credentials,
      telephones: {
        numbers: [
          { begins: usualNumbers.isLost, endpoint: 'PJSIP/{number}@mobile' },
          { begins: '+', endpoint: 'PJSIP/{number}@carrier' },
        ],
      },
      calls: { queueId: 'sales' },
    };
    adapter = await Adapter.start({
      ...{
        router: router.url,
        switchId: 'pbx',
        host: '127.0.0.1',
        port: first.listenPort,
        clock,
        randomness: impatient,
      },
      token: await router.token(clock.now(), 3_600_000),
      settings: settingsOf(content, 'adapter.yaml'),
      log: { info: keep, warn: keep, error: keep },
      onRefused: (error) => keep({}, `refused: ${error.message}`),
    });
    closing.push(() => adapter.close());
  });

  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    if (first.channels().length > 0) first.cli('channel request hangup all');
  });

  /** The customer who was brought with this leg: each calls from a number of its own. */
  function callerOf(legId: string): string {
    const brought = router.heard.find(({ method, params }) => method === 'contact.create' && params.legId === legId);
    if (brought === undefined) throw new Error(`nobody was brought as ${legId}`);
    return brought.params.from as string;
  }

  test('conforms in every case', { timeout: 600_000 }, async () => {
    await expect.poll(() => adapter.switch.isRouted, { timeout: 30_000 }).toBe(true);
    let calls = 0;
    const operator = {
      call: () => {
        calls += 1;
        callers.call(`+1203555${1_000 + calls}`, number);
      },
      hangUp: (legId: string) => callers.hangUp(callerOf(legId)),
    };
    const clock = new SystemClock();
    const setting = { router, operator, numbers: usualNumbers, clock, waitMs, operatorWaitMs: waitMs, quietMs: 600 };
    const { cases } = await runCases(switchChapters, switchStage(setting), {
      only: process.env.CASES ? process.env.CASES.split(',') : [],
      signal: new AbortController().signal,
      onResult: () => {},
    });
    const bad = cases.filter(({ outcome }) => outcome !== 'passed');
    expect(bad.map(resultText), said.join('\n')).toEqual([]);
    expect(cases.length).toBeGreaterThan(0);
    // Whoever called has been let go, or was not let in; and nothing is left.
    await expect.poll(() => callers.calling, { timeout: 10_000 }).toBe(0);
    await expect.poll(() => first.channels(), { timeout: 10_000, interval: 200 }).toEqual([]);
    await expect.poll(() => first.bridges(), { timeout: 10_000, interval: 200 }).toEqual([]);
    expect(adapter.switch.legs.size).toBe(0);
  });
});
