// The workload asks for everything that there is, and most of it gets through; misfortunes of every kind come up.

import { expect, test } from 'vitest';
import { methodNames, methodSpec } from '../../src/protocol/methods.ts';
import { bentTowards } from './directed.ts';
import { type Deed, scriptOf } from './script.ts';
import { settingOf } from './setting.ts';
import { runScript } from './simulation.ts';
import { workload } from './workload.ts';

/** The same at every run, as of all runs of the simulator in the suite: new seeds are looked for by `npm run test:sim`, and by SEED here. */
const seed = Number(process.env.SEED ?? 7);
/** On a machine that others use as well. */
const slow = { timeout: 600_000 };
/** So many at least, and on until everything was seen: each run is bent towards what is missing, as some things are rare. */
const runsMin = 30;
const runsMax = 1_000;

test('every method of the registry is in the workload, and somebody there may call it', () => {
  expect(Object.keys(workload).sort()).toEqual([...methodNames].sort());
  const roles = new Set(settingOf(seed).people.map(({ role }) => role));
  for (const name of methodNames) expect(methodSpec(name).roles.some((role) => roles.has(role))).toBe(true);
});

/** Some hundred runs: too long for `npm test`. */
const isPlayed = process.env.WAYS === 'all';

test.skipIf(!isPlayed)(
  'every method is answered with a result in some run, and every kind of thing is seen',
  slow,
  async () => {
    console.log(`SEED=${seed}`);
    const seen = new Map<string, number>();
    const breaches: string[] = [];
    const wanted = [
      ...methodNames,
      ...['offer.withdrawn', 'contact.wrapUp', 'queue.stats', 'overloaded', 'offer_no_longer_open'],
      ...['slow_reader', 'went on', 'missed too much', 'explanation_trimmed'],
      ...[
        'leg.ring',
        'leg.play',
        'leg.record',
        'leg.connect',
        'leg.hold',
        'leg.resume',
        'leg.release',
        'asked again',
        'an error of a switch',
      ],
      ...['ended voicemail', 'a message', 'a rating', 'a survey', 'a quote', 'a contact that is paid for', 'a receipt'],
      ...['messages that are paid for', 'a document'],
      ...['contact.message', 'contact.signal', 'asked by text'],
      ...['books', 'a booking', 'a refund', 'a hold posted', 'a hold timedOut', 'payment.changed'],
      ...['ended switchLost', 'ended legLost', 'ended byAgent', 'leg_not_found', 'contact.held', 'contact.resumed'],
      ...['contact.moved', 'a move token'],
      ...['contact.identified', 'contact.unidentified'],
      ...['line.switched', 'line.notSwitched', 'contact.outside', 'ended transferredOut'],
      ...['a colleague who was not reached', 'a colleague on the line', 'a number of a line was called'],
      ...['asked outside', 'handed over outside', 'whoever was asked is on hold', 'whoever was asked is taken up'],
      ...[
        'contact.changed',
        'ended exhausted',
        'contact.leftQueue',
        'ended timedOut',
        'ended closed',
        'queue_closed',
        'nobody_logged_in',
      ],
      ...['a start refused for damage', 'a trap at a timer', 'an upgrade'],
    ];
    const missing = () => wanted.filter((what) => !seen.has(what));
    for (let run = 0; run < runsMin || (run < runsMax && missing().length > 0); run++) {
      const at = seed + run;
      const setting = settingOf(at);
      // What it is bent towards depends on the runs before: only this test with its SEED plays it again.
      const outcome = await runScript(setting, bentTowards(missing(), setting, scriptOf(setting)));
      for (const [what, count] of outcome.seen) seen.set(what, (seen.get(what) ?? 0) + count);
      if (outcome.breaches.length > 0) breaches.push(`seed ${at}: ${outcome.breaches.join('\n')}`);
    }
    expect(breaches).toEqual([]);
    expect(missing()).toEqual([]);
  },
);

test('every kind of step comes up', () => {
  const kinds = new Set<Deed['do']>(
    Array.from({ length: 300 }, (_, at) => scriptOf(settingOf(seed + at))).flatMap((script) =>
      script.map((step) => step.do),
    ),
  );
  expect([...kinds].sort()).toEqual(
    [
      ...[
        'act',
        'ask',
        'provoke',
        'cut',
        'vanish',
        'clientCrash',
        'stall',
        'deaf',
        'weather',
        'kill',
        'powerCut',
        'stop',
      ],
      ...['upgrade', 'damage', 'clockBack', 'diskFull', 'diskSlow', 'disaster', 'trap'],
    ].sort(),
  );
});
