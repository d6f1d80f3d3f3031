// The reference switch passes every case of the script against switches; and switches with a fault do not.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaseResult } from '../../src/conformance/run.ts';
import { runCases } from '../../src/conformance/run.ts';
import { switchChapters } from '../../src/conformance/switch/cases.ts';
import { type SwitchSetting, switchStage } from '../../src/conformance/switch/world.ts';
import { resultText } from '../../src/conformance/text.ts';
import { usualNumbers } from '../../src/simulation/switch/telephones.ts';
import { SwitchUnderTest, type Tampering, wishes } from './switch-harness.ts';

let under: SwitchUnderTest;
beforeAll(async () => {
  under = await SwitchUnderTest.start();
});
afterAll(() => under?.close());

function settingOf({ router, clock, switch: referenceSwitch }: SwitchUnderTest, waitMs: number): SwitchSetting {
  return {
    router,
    clock,
    numbers: usualNumbers,
    operator: {
      call: () => referenceSwitch.bring(wishes),
      hangUp: (legId) => referenceSwitch.end(legId, 'hungUp'),
    },
    waitMs,
    operatorWaitMs: waitMs,
    quietMs: 400,
  };
}

async function run(tested: SwitchUnderTest, waitMs: number, ...only: string[]): Promise<readonly CaseResult[]> {
  const options = { only, signal: new AbortController().signal, onResult: () => {} };
  return (await runCases(switchChapters, switchStage(settingOf(tested, waitMs)), options)).cases;
}

describe('the reference switch', () => {
  const names = switchChapters.flatMap(({ cases }) => cases.map(({ name }) => name));

  test('has cases, each of its own name', () => {
    expect(names.length).toBeGreaterThan(25);
    expect(new Set(names).size).toBe(names.length);
  });

  test('conforms in every case', async () => {
    const results = await run(under, 20_000);
    const bad = results.filter(({ outcome }) => outcome !== 'passed');
    expect(bad.map(resultText)).toEqual([]);
    expect(results).toHaveLength(names.length);
  });
});

/** A switch with a fault: what it answers, or what it sends. */
interface Fault {
  readonly fault: string;
  readonly found: string;
  /** What the case says of it. */
  readonly says: RegExp;
  readonly answers?: Tampering['answers'];
  readonly sends?: Tampering['sends'];
}

let unique = 0;
const faults: readonly Fault[] = [
  {
    fault: 'does not remember what it was asked',
    found: 'ring-again-after-failure',
    says: /no further report .* leg\.failed/s,
    answers: (requests) => ({
      'leg.ring': (params) => {
        unique += 1;
        return requests['leg.ring']({ ...params, requestId: `${params.requestId}.${unique}` });
      },
    }),
  },
  {
    fault: 'takes a leg that is gone for an error',
    found: 'release-again',
    says: /the result \{\} of leg\.release/,
    answers: (requests) => ({
      'leg.release': (params) =>
        String(params.contactId) === 'nobody'
          ? Promise.reject(new Error('no such leg'))
          : requests['leg.release'](params),
    }),
  },
  {
    fault: 'does not ring at all',
    found: 'conversation',
    says: /leg\.ringing of .*nothing within/s,
    answers: () => ({ 'leg.ring': async () => ({}) }),
  },
  {
    fault: 'joins whatever it is told',
    found: 'connect-with-nobody',
    says: /expected: an error/,
    answers: () => ({ 'leg.connect': async () => ({}) }),
  },
  {
    fault: 'says of every failure that it was just one',
    found: 'fails-busy',
    says: /with the cause busy/,
    sends: (method, params, send) => send(method === 'leg.failed' ? { ...params, cause: 'failed' } : params),
  },
  {
    fault: 'says nothing when it is back',
    found: 'returns',
    says: /expected: switch\.report/,
    sends: async (method, params, send) => {
      if (method !== 'switch.report') return send(params);
      const keep = (params.legs as { legId: string }[]).map(({ legId }) => legId);
      return { keep, connect: [], release: [], unknown: [] };
    },
  },
  {
    fault: 'forgets what was not answered',
    found: 'end-is-repeated',
    says: /expected: leg\.failed/,
    sends: (method, params, send) => (method === 'leg.failed' ? send(params).catch(() => {}) : send(params)),
  },
  {
    fault: 'names its legs as the router does',
    found: 'call',
    says: /does not begin with leg:/,
    sends: (method, params, send) =>
      send(method === 'contact.create' ? { ...params, legId: `leg:${params.legId}` } : params),
  },
  {
    fault: 'sends a parameter that is none',
    found: 'fails-busy',
    says: /leg\.failed: .*no such parameter/s,
    sends: (method, params, send) => send(method === 'leg.failed' ? { ...params, why: 'busy' } : params),
  },
  {
    fault: 'goes on ringing for ever',
    found: 'rings-no-longer',
    says: /leg\.failed .*noAnswer/s,
    answers: (requests) => ({ 'leg.ring': (params) => requests['leg.ring']({ ...params, ringMs: 600_000 }) }),
  },
  {
    fault: 'brings a refused call again',
    found: 'refused',
    says: /no contact\.create/,
    sends: async (method, params, send) => {
      if (method === 'contact.create') await send(params).catch(() => {});
      return send(params);
    },
  },
  {
    fault: 'reports a leg as answered that is in a conversation',
    found: 'conversation-goes-on',
    says: /expected: .* connected/,
    sends: (method, params, send) =>
      send(
        method === 'switch.report'
          ? { ...params, legs: (params.legs as object[]).map((leg) => ({ ...leg, state: 'answered' })) }
          : params,
      ),
  },
];

describe('a switch with a fault does not conform', () => {
  test.each(faults)('one that $fault', async ({ found, says, answers, sends }) => {
    const faulty = await SwitchUnderTest.start('wait', {
      ...(answers && { answers }),
      ...(sends && { sends }),
    });
    try {
      const result = (await run(faulty, 3_000, found)).find(({ name }) => name === found)!;
      expect(result.outcome).toBe('failed');
      expect(resultText(result)).toMatch(says);
    } finally {
      await faulty.close(true);
    }
  });
});
