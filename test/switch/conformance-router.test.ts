// The router passes every case of the script against routers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routerChapters } from '../../src/conformance/router/cases.ts';
import { type MadeSetting, makeSetting } from '../../src/conformance/router/own-setting.ts';
import { routerStage } from '../../src/conformance/router/world.ts';
import { type CaseResult, runCases } from '../../src/conformance/run.ts';
import { resultText } from '../../src/conformance/text.ts';
import { SystemClock } from '../../src/engine/clock.ts';
import { JourneyRouter, tokenFor } from '../journeys/router-harness.ts';
import { type Change, faultySockets } from './faulty-sockets.ts';

const names = routerChapters.flatMap(({ cases }) => cases.map(({ name }) => name));
let router: JourneyRouter;
let made: MadeSetting;
let results: readonly CaseResult[] = [];

beforeAll(async () => {
  router = await JourneyRouter.start();
  const access = { url: router.url, token: tokenFor };
  made = await makeSetting(access, 'conformance', { clock: new SystemClock(), waitMs: 20_000, quietMs: 200 });
  const options = { only: [], signal: new AbortController().signal, onResult: () => {} };
  results = (await runCases(routerChapters, routerStage(made.setting), options)).cases;
}, 300_000);
afterAll(async () => {
  await made?.remove();
  await router?.close();
});

describe('the router', () => {
  test('has cases, each of its own name', () => {
    expect(names.length).toBeGreaterThan(45);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(names)('conforms: %s', (name) => {
    const result = results.find((one) => one.name === name)!;
    expect(result.outcome === 'passed' ? '' : resultText(result)).toBe('');
  });
});

interface Fault {
  readonly fault: string;
  readonly found: string;
  readonly says: RegExp;
  readonly change: Change;
}

let unique = 0;
const faults: readonly Fault[] = [
  {
    fault: 'asks again under another requestId',
    found: 'ring-again',
    says: /the requestId/,
    change: (message) => {
      if (message.method !== 'leg.ring') return message;
      unique += 1;
      return { ...message, params: { ...message.params, requestId: `other${unique}` } };
    },
  },
  {
    fault: 'takes who was answered for connected',
    found: 'answered-takes-the-offer',
    says: /expected: a contact .*connecting/,
    change: (message, answers) =>
      answers === 'contact.get' && message.result?.state === 'connecting'
        ? { ...message, result: { ...message.result, state: 'connected' } }
        : message,
  },
  {
    fault: 'does not release a telephone that was answered too late',
    found: 'answered-too-late',
    says: /expected: leg\.release/,
    change: (message) => (message.method === 'leg.release' ? undefined : message),
  },
  {
    fault: 'says that everybody hung up',
    found: 'agent-leg-lost',
    says: /expected: contact\.ended .*legLost/,
    change: (message) =>
      message.method === 'contact.ended' ? { ...message, params: { ...message.params, why: 'byAgent' } } : message,
  },
  {
    fault: 'takes reports of legs that nobody knows',
    found: 'unknown-leg',
    says: /expected: the refusal leg_not_found/,
    change: ({ error, ...message }) =>
      error?.data?.refusal === 'leg_not_found' ? { ...message, result: {} } : { ...message, ...(error && { error }) },
  },
  {
    fault: 'has nothing to say to a report',
    found: 'connect-at-return',
    says: /expected: connect/,
    change: (message, answers) =>
      answers === 'switch.report' && message.result
        ? { ...message, result: { keep: [], connect: [], release: [], unknown: [] } }
        : message,
  },
  {
    fault: 'tells nobody of holding',
    found: 'hold-and-resume',
    says: /expected: contact\.held/,
    change: (message) => (message.method === 'contact.held' ? { ...message, method: 'contact.paused' } : message),
  },
];

describe('a router with a fault does not conform', () => {
  test.each(faults)('one that $fault', async ({ found, says, change }) => {
    const idPrefix = `faulty.${found}`;
    const setting = { ...made.setting, idPrefix, waitMs: 4_000, sockets: faultySockets(change) };
    const options = { only: [found], signal: new AbortController().signal, onResult: () => {} };
    const { cases } = await runCases(routerChapters, routerStage(setting), options);
    const result = cases.find(({ name }) => name === found)!;
    expect(result.outcome).toBe('failed');
    expect(resultText(result)).toMatch(says);
  });
});
