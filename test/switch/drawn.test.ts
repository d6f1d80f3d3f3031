// What is drawn for a simulated switch: the same seed gives the same telephones and customers, and shares are kept.

import { describe, expect, test } from 'vitest';
import {
  DrawnTelephones,
  type TelephonePolicy,
  usualTelephones,
} from '../../src/simulation/switch/drawn-telephones.ts';
import type { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import { Traffic } from '../../src/simulation/switch/traffic.ts';
import { ManualClock } from '../transport/manual-clock.ts';

const ring = { legId: 'leg:1', contactId: 'c', agentId: 'ann', lineId: 'ann.1' };

/** What so many telephones say, each with the time since its ring. */
function heard(policy: TelephonePolicy, seed: number, rings: number): string[][] {
  const clock = new ManualClock(0);
  const telephones = new DrawnTelephones(policy, seed, clock);
  const all: string[][] = [];
  for (let nth = 0; nth < rings; nth++) {
    const said: string[] = [];
    const from = clock.now();
    const say = (what: string) => said.push(`${what} ${clock.now() - from}`);
    const telephone = telephones.ring(ring, {
      ringing: () => say('ringing'),
      answered: () => say('answered'),
      failed: (cause) => say(cause),
      ended: (cause) => say(`ended ${cause}`),
    });
    clock.advance(600_000);
    if (said.at(-1)?.startsWith('answered')) {
      telephone.joined();
      clock.advance(6_000_000);
    }
    all.push(said);
  }
  return all;
}

const share = (all: string[][], of: (said: string[]) => boolean) => all.filter(of).length / all.length;
const ends = (word: string) => (said: string[]) => said.some((what) => what.startsWith(word));

describe('telephones that are drawn', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(heard(usualTelephones, 7, 50)).toEqual(heard(usualTelephones, 7, 50));
    expect(heard(usualTelephones, 7, 50)).not.toEqual(heard(usualTelephones, 8, 50));
  });

  test('keep their shares', () => {
    const policy = {
      ...usualTelephones,
      busy: 0.2,
      rejects: 0.1,
      noAnswer: 0.1,
      unreachable: 0.1,
      agentHangsUp: 0.5,
      lost: 0.1,
    };
    const all = heard(policy, 1, 4_000);
    expect(share(all, ends('busy'))).toBeCloseTo(0.2, 1);
    expect(share(all, ends('rejected'))).toBeCloseTo(0.1, 1);
    expect(share(all, ends('unreachable'))).toBeCloseTo(0.1, 1);
    expect(share(all, (said) => said.length === 1 && said[0]!.startsWith('ringing'))).toBeCloseTo(0.1, 1);
    expect(share(all, ends('answered'))).toBeCloseTo(0.5, 1);
    expect(share(all, ends('ended hungUp'))).toBeCloseTo(0.25, 1);
    expect(share(all, ends('ended lost'))).toBeCloseTo(0.05, 1);
    // A telephone rings before it is rejected or answered, and one that is busy never rings.
    for (const said of all) {
      if (ends('answered')(said) || ends('rejected')(said)) expect(said[0]).toMatch(/^ringing/);
      if (ends('busy')(said)) expect(said).toHaveLength(1);
    }
  });

  test('refuse shares that are more than the whole', () => {
    expect(() => heard({ ...usualTelephones, busy: 0.7, rejects: 0.7 }, 1, 1)).toThrow('more than one');
  });
});

describe('customers that are drawn', () => {
  function day(seed: number): string[] {
    const clock = new ManualClock(0);
    const did: string[] = [];
    let calls = 0;
    const traffic = new Traffic({
      policy: { callsPerMinute: 60, callsMax: 100, patienceMs: 10_000, talkMs: 5_000 },
      seed,
      clock,
      wishes: () => ({ channel: 'voice', queueId: 'sales' }),
      onNotTaken: () => did.push('not taken'),
    });
    const stub = {
      legs: new Map(),
      bring: () => {
        calls += 1;
        did.push(`${clock.now()} call ${calls}`);
        return calls % 10 === 0 ? undefined : { legId: `l${calls}`, servedBy: 'router' };
      },
      end: (legId: string, cause: string) => did.push(`${clock.now()} ${legId} ${cause}`),
    };
    traffic.start(stub as unknown as ReferenceSwitch);
    clock.advance(3_600_000);
    return did;
  }

  test('are the same for the same seed; each calls once, and hangs up when patience is over', () => {
    expect(day(3)).toEqual(day(3));
    expect(day(3)).not.toEqual(day(4));
    const did = day(3);
    expect(did.filter((what) => what.includes('call'))).toHaveLength(100);
    expect(did.filter((what) => what.includes('hungUp'))).toHaveLength(90);
    expect(did.filter((what) => what === 'not taken')).toHaveLength(10);
  });
});
