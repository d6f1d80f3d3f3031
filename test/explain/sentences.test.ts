// The sentences that supervisors read, word for word: one of every reason, of every way to be chosen, of everything that
// can happen to a contact.

import { describe, expect, test } from 'vitest';
import * as say from '../../src/explain/sentences.ts';
import { type StandingCount, type StandingThen, standingText } from '../../src/explain/standing-sentences.ts';
import {
  type choices,
  endedReasons,
  fellBackReasons,
  movedReasons,
  queuedReasons,
  sentReasons,
  standings,
  withdrawnReasons,
  words,
} from '../../src/protocol/states.ts';

const base = { agent: 'ann', queue: 'sales', channel: 'voice' };
const one = { contact: 'c9', ringing: 0, inService: 0, wrapUp: 0, of: 1 };

function stood(stands: keyof typeof standings, more: Partial<StandingThen> = {}): StandingThen {
  return { ...base, stands, ...more };
}

const standingTexts: readonly (readonly [then: StandingThen, text: string])[] = [
  [stood('free'), 'ann was free.'],
  [stood('free', { agent: undefined }), 'An agent who has been removed since was free.'],
  [stood('loggedOut'), 'ann was not logged in.'],
  [stood('loggingOut'), 'ann was about to log out and took nothing more.'],
  [stood('notReady'), 'ann was not ready.'],
  [stood('notReady', { reason: 'lunch' }), 'ann was not ready (lunch).'],
  [stood('notReady', { reason: 'loggedIn' }), 'ann had logged in and not become ready yet.'],
  [stood('notReady', { reason: 'missed' }), 'ann had been made not ready, having missed offers.'],
  [stood('notReady', { reason: 'connectionLost' }), 'ann had been made not ready, having lost its connection.'],
  [stood('channelNotChosen', { chosen: ['chat', 'email'] }), 'ann was ready for chat and email only, not for voice.'],
  [stood('notInQueue'), 'ann does not work in the queue sales.'],
  [stood('excluded'), 'ann may not serve this contact.'],
  [stood('notInGroup'), 'ann is in none of the groups that it is offered to so far.'],
  [stood('skillMissing', { skill: 'german', wanted: 1, own: 0 }), 'ann lacks the skill german.'],
  [
    stood('skillMissing', { skill: 'german', wanted: 5, own: 0 }),
    'ann lacks the skill german, which was asked for at level 5.',
  ],
  [
    stood('skillTooLow', { skill: 'german', wanted: 5, own: 3 }),
    'ann has german at level 3, and level 5 was asked for.',
  ],
  [
    stood('noSkillOfSeveral', { several: ['german 5', 'dutch'] }),
    'ann has none of the skills of which one was asked for (german 5 or dutch).',
  ],
  [stood('noLine'), 'ann had no line for voice.'],
  [stood('noCapacity'), 'ann may not take anything on voice.'],
  [stood('resting', { forMs: 12_400 }), 'ann was resting after an offer it did not take, for another 12.4 s at most.'],
  [
    stood('ringing', { inProgress: { ...one, ringing: 1 }, forMs: 5_000 }),
    'ann had c9 ringing, and only one line of a seat rings at a time, for another 5 s at most.',
  ],
  [
    stood('seatTaken', { inProgress: { ...one, wrapUp: 1 }, forMs: 30_000 }),
    'ann was wrapping up c9, and takes nothing on any line until that is over, for another 30 s at most.',
  ],
  [stood('lineBusy'), 'ann was free, but not on the line that it asked for.'],
  [stood('channelFull', { inProgress: { ...one, inService: 1 } }), 'ann was serving c9.'],
  [
    stood('channelFull', { inProgress: { ...one, contact: undefined, inService: 1 } }),
    'ann was serving another contact.',
  ],
  [
    stood('channelFull', { inProgress: { ...one, wrapUp: 1 }, forMs: 90_000 }),
    'ann was wrapping up c9, for another 1 min 30 s at most.',
  ],
  [stood('channelFull', { inProgress: { ...one, wrapUp: 1 } }), 'ann was wrapping up c9.'],
  [stood('channelFull', { inProgress: { ...one, ringing: 1 } }), 'ann had c9 ringing.'],
  [
    stood('channelFull', { channel: 'chat', inProgress: { ...one, ringing: 1, inService: 1, wrapUp: 1, of: 3 } }),
    'ann had 3 of 3 contacts on chat: 1 ringing, 1 in service and 1 in wrap-up.',
  ],
  [
    stood('totalFull', { inProgress: { ...one, inService: 2, of: 2 } }),
    'ann had 2 of 2 contacts in all: 2 in service.',
  ],
  [
    stood('next'),
    'ann was free as well, but comes after everybody else: it had only just become so, or lost this contact.',
  ],
  [stood('unknown'), 'ann was not known.'],
];

describe('why an agent did not get it', () => {
  test.each(standingTexts)('%o', (then, text) => {
    expect(standingText(then)).toBe(text);
  });

  test('every reason has its sentence here', () => {
    const told = new Set(standingTexts.map(([{ stands }]) => stands));
    expect([...told].sort()).toEqual(words(standings).sort());
  });
});

const free = (agent: string, idleMs: number, levels = 0, term = 0) => stood('free', { agent, idleMs, levels, term });
const loaded = (agent: string, idleMs: number, occupancy: number, term: number) =>
  stood('free', { agent, idleMs, levels: 0, occupancy, term });
const someTerms = ['idle', 'lastAgent'] as const;
const scored = (agent: string, idleMs: number, score: number, ...counted: [value: number, weight: number][]) => {
  const terms = counted.map(([value, weight], at) => ({ term: someTerms[at]!, value, weight }));
  return stood('free', { agent, idleMs, scored: { score, terms } });
};
const others: StandingCount[] = [
  { stands: 'loggedOut', agents: 5, named: ['dan', 'eve', 'fay'] },
  { stands: 'channelFull', agents: 1, named: ['gus'] },
  { stands: 'skillMissing', agents: 1, named: [undefined] },
];

describe('why an agent got it', () => {
  test('nobody was free', () => {
    expect(say.searchText([], others, 'longestIdle')).toBe(
      'Nobody was free: 5 were not logged in (dan, eve, fay and 2 more), 1 was busy on the channel (gus) and 1 lacks a skill.',
    );
    expect(say.searchText([], [], 'longestIdle')).toBe('There were no agents.');
  });

  test('several were rung at once', () => {
    const three = [free('ann', 340_000), free('bob', 120_000), free('cid', 3_000)];
    const told = (who: StandingThen[], rung: number, already: number) =>
      say.searchText(who, others.slice(1, 2), 'ringAll', { rung, already });
    expect(told(three, 10, 0)).toBe('ann, bob and cid were rung together; 1 was busy on the channel (gus).');
    expect(told(three, 2, 0)).toBe(
      'ann and bob were rung together, of 3 who were free those who had been idle for longest; 1 was busy on the channel (gus).',
    );
    expect(told(three.slice(0, 1), 2, 0)).toBe('ann was rung; 1 was busy on the channel (gus).');
    expect(told(three.slice(0, 1), 1, 2)).toBe('ann was rung as well; 1 was busy on the channel (gus).');
    expect(told([], 1, 2)).toBe('Nobody else was free to be rung: 1 was busy on the channel (gus).');
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((agent) => free(agent, 1_000));
    expect(say.searchText(seven, [], 'ringAll', { rung: 10, already: 0 })).toBe(
      'a, b, c, d, e and 2 more were rung together.',
    );
    expect(say.searchText(three, [], 'ringProgressive', { rung: 1, already: 0 })).toBe(
      'ann was chosen of 3 who were free: idle for 5 min 40 s, longer than the next, bob, with 2 min.',
    );
  });

  test('there were too many to tell of', () => {
    expect(say.untoldText(400_000)).toBe(
      'It looked for somebody among 400000 agents, more than can be told of at once.',
    );
  });

  test('only one was free', () => {
    expect(say.searchText([free('ann', 1_000)], others.slice(1, 2), 'longestIdle')).toBe(
      'ann was the only one free and was chosen; 1 was busy on the channel (gus).',
    );
    expect(say.searchText([free('ann', 1_000)], [], 'longestIdle')).toBe('ann was the only one free and was chosen.');
  });

  test.each([
    [
      'longestIdle',
      [free('ann', 340_000), free('bob', 120_000), free('cid', 3_000)],
      'ann was chosen of 3 who were free: idle for 5 min 40 s, longer than the next, bob, with 2 min.',
    ],
    [
      'longestIdle',
      [free('ann', 3_000), free('bob', 3_000)],
      'ann was chosen of 2 who were free: idle for 3 s, as long as bob, but set up earlier.',
    ],
    [
      'bestSkilled',
      [free('ann', 1_000, 9), free('bob', 120_000, 7)],
      'ann was chosen of 2 who were free: its levels in the skills asked for come to 9, more than those of the next, bob, with 7.',
    ],
    [
      'bestSkilled',
      [free('ann', 9_000, 7), free('bob', 3_000, 7)],
      'ann was chosen of 2 who were free: its levels in the skills asked for come to 7, as those of bob, and it was idle for 9 s, longer than the next, bob, with 3 s.',
    ],
    [
      'linear',
      [free('ann', 9_000), free('bob', 3_000)],
      'ann was chosen of 2 who were free: first in the order in which agents were set up, before bob.',
    ],
    [
      'leastSkilled',
      [free('ann', 1_000, 3), free('bob', 120_000, 7)],
      'ann was chosen of 2 who were free: its levels in the skills asked for come to 3, less than those of the next, bob, with 7.',
    ],
    [
      'leastSkilled',
      [free('ann', 3_000, 7), free('bob', 3_000, 7)],
      'ann was chosen of 2 who were free: its levels in the skills asked for come to 7, as those of bob, and it was idle for 3 s, as long as bob, but set up earlier.',
    ],
    [
      'leastOccupied',
      [loaded('ann', 1_000, 425, 7), loaded('bob', 120_000, 610, 8)],
      'ann was chosen of 2 who were free: it had been occupied for 42.5% of the time that counts, less than the next, bob, with 61%.',
    ],
    [
      'leastOccupied',
      [loaded('ann', 9_000, 1, 7), loaded('bob', 3_000, 1, 8)],
      'ann was chosen of 2 who were free: it had been occupied for 0.1% of the time that counts, a little less than the next, bob.',
    ],
    [
      'leastOccupied',
      [loaded('ann', 3_000, 1, 7), loaded('bob', 9_000, 1, 7)],
      'ann was chosen of 2 who were free: it had been occupied for 0.1% of the time that counts, as much as bob, and it was set up earlier.',
    ],
    [
      'leastOccupied',
      [loaded('ann', 9_000, 0, 0), loaded('bob', 3_000, 0, 0)],
      'ann was chosen of 2 who were free: it had been occupied for 0% of the time that counts, as much as bob, and it was idle for 9 s, longer than the next, bob, with 3 s.',
    ],
    [
      'leastContacts',
      [free('ann', 1_000, 0, 3), free('bob', 120_000, 0, 5)],
      'ann was chosen of 2 who were free: it counted 3 contacts in this queue, fewer than the next, bob, with 5.',
    ],
    [
      'leastContacts',
      [free('ann', 9_000, 0, 1), free('bob', 3_000, 0, 1)],
      'ann was chosen of 2 who were free: it counted 1 contact in this queue, as many as bob, and it was idle for 9 s, longer than the next, bob, with 3 s.',
    ],
    [
      'weightedRandom',
      [free('ann', 1_000, 5), free('bob', 120_000, 7), free('cid', 120_000, 0)],
      'ann was chosen of 3 who were free: drawn at random, with 5 chances of 13.',
    ],
    [
      'roundRobin',
      [free('ann', 1_000, 0, 0), free('bob', 120_000, 0, 0)],
      'ann was chosen of 2 who were free: neither it nor the next, bob, had had a turn in this queue, and it was set up earlier.',
    ],
    [
      'roundRobin',
      [free('ann', 1_000, 0, 0), free('bob', 120_000, 0, 17)],
      'ann was chosen of 2 who were free: it had not had a turn in this queue yet.',
    ],
    [
      'roundRobin',
      [free('ann', 1_000, 0, 16), free('bob', 120_000, 0, 17)],
      'ann was chosen of 2 who were free: its last turn in this queue was before that of the next, bob.',
    ],
    [
      'score',
      [scored('ann', 1_000, 2_600, [600, 1], [500, 4]), scored('bob', 120_000, 900, [900, 1], [0, 4])],
      'ann was chosen of 2 who were free: it scored 2600 (idle 600 × 1, served this customer last 500 × 4), more than the next, bob, with 900 (idle 900 × 1, served this customer last 0 × 4).',
    ],
    [
      'score',
      [scored('ann', 9_000, 5, [5, 1]), scored('bob', 3_000, 5, [5, 1])],
      'ann was chosen of 2 who were free: it scored 5 (idle 5 × 1), as much as bob, and it was idle for 9 s, longer than the next, bob, with 3 s.',
    ],
    [
      'score',
      [scored('ann', 3_000, 0), scored('bob', 3_000, 0)],
      'ann was chosen of 2 who were free: it scored 0, as much as bob, and it was idle for 3 s, as long as bob, but set up earlier.',
    ],
  ] as const)('by %s', (select, candidates, text) => {
    expect(say.searchText(candidates, [], select)).toBe(text);
  });

  test('it was put into a batch', () => {
    const free2 = [scored('ann', 1_000, 2_600, [600, 1], [500, 4]), scored('bob', 2_000, 900, [900, 1])];
    expect(say.batchedText(free2, others)).toBe(
      'It was put into a batch, to be matched together with others: of 2 who were free ann scored most for it, 2600 (idle 600 × 1, served this customer last 500 × 4); 5 were not logged in (dan, eve, fay and 2 more), 1 was busy on the channel (gus) and 1 lacks a skill.',
    );
    expect(say.batchedText([], [])).toBe('It was put into a batch, to be matched together with others.');
  });

  test('the batch was matched', () => {
    const batch = { contacts: 12, agents: 9, matches: 9, total: 5_200, score: 800 };
    const best = { agent: 'bob', score: 900 };
    const sum = 'of all ways to make 9 matches the scores come to the most, 5200';
    expect(say.matchedText(batch, { agent: 'ann', isBest: false }, best, false)).toBe(
      `ann was matched with it in a batch of 12 contacts and 9 agents: it scored 800 with its rank, though it scored 900 with bob; ${sum}.`,
    );
    expect(say.matchedText(batch, { agent: 'bob', isBest: true }, best, false)).toBe(
      `bob was matched with it in a batch of 12 contacts and 9 agents: it scored 800 with its rank, the most for it; ${sum}.`,
    );
    expect(say.matchedText(batch, undefined, best, false)).toBe(
      `It was left over in a batch of 12 contacts and 9 agents: ${sum}, when others are matched, though it scored 900 with bob.`,
    );
    expect(say.matchedText(batch, undefined, best, true)).toBe(
      'The agent it was matched with in a batch of 12 contacts and 9 agents was not free any more; it waits for the next batch.',
    );
  });

  test('it had been asked for by name', () => {
    expect(say.namedSearchText(stood('free'))).toBe('It asked for ann, who was free.');
    expect(say.namedSearchText(stood('channelFull', { inProgress: { ...one, inService: 1 } }))).toBe(
      'It asked for ann, who was serving c9.',
    );
  });
});

function candidate(contact: string | undefined, more: Partial<say.CandidateThen> = {}): say.CandidateThen {
  const { priority = 0, ageingPerSecond = 0, waitedMs = 0, creditMs = 0 } = more;
  const rank = priority + (ageingPerSecond * (waitedMs + creditMs)) / 1_000;
  return {
    contact,
    byName: false,
    rings: false,
    firstCome: false,
    weight: 0,
    rank,
    priority,
    ageingPerSecond,
    waitedMs,
    creditMs,
    ...more,
  };
}

describe('which of several contacts an agent took', () => {
  const asked = candidate('c1', { priority: 1, ageingPerSecond: 0.1, waitedMs: 75_000 });
  const choose = (taken: say.CandidateThen, how: keyof typeof choices = 'first', of = asked) =>
    say.choiceText('ann', how, taken, of, [taken, of]);

  test.each([
    [
      'by rank',
      candidate('c7', { priority: 2, ageingPerSecond: 0.1, waitedMs: 60_000, creditMs: 45_000 }),
      'ann became free and took c7 rather than this one: c7 ranked 12.5 (priority 2, and 0.1 a second for 1 min 45 s, 45 s of them credited), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    ],
    [
      'by the weight of its queue',
      candidate('c7', { weight: 10 }),
      'ann became free and took c7 rather than this one: the queue of c7 weighs 10, that of this one 0.',
    ],
    [
      'of a queue where who comes first is served first',
      candidate(undefined, { firstCome: true, ageingPerSecond: 1, waitedMs: 99_000 }),
      'ann became free and took another contact rather than this one: another contact ranked 99 (1 a second for 1 min 39 s), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    ],
  ])('%s', (_, taken, text) => {
    expect(choose(taken)).toBe(text);
  });

  test('with the same rank, by time and then by the order of creation', () => {
    const equal = candidate('c1', { waitedMs: 5_000 });
    expect(choose(candidate('c7', { waitedMs: 8_000 }), 'first', equal)).toBe(
      'ann became free and took c7 rather than this one: both ranked 0, and c7 had waited 8 s, this one 5 s.',
    );
    expect(choose(candidate('c7', { waitedMs: 5_000 }), 'first', equal)).toBe(
      'ann became free and took c7 rather than this one: both ranked 0 and had waited as long, but c7 was created before this one.',
    );
  });

  test('what waiting was worth, where there is an end to it or it goes in steps', () => {
    const c7 = candidate('c7', { priority: 9, waitedMs: 75_000 });
    expect(choose({ ...c7, rank: 14, ageingPerSecond: 1 })).toBe(
      'ann became free and took c7 rather than this one: c7 ranked 14 (priority 9, and 5 for 1 min 15 s, the most that waiting is worth), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    );
    expect(choose({ ...c7, rank: 14 })).toBe(
      'ann became free and took c7 rather than this one: c7 ranked 14 (priority 9, and 5 for 1 min 15 s), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    );
  });

  test('by name', () => {
    const named = candidate('c7', { byName: true });
    expect(choose(named, 'byName')).toBe('ann became free and took c7, which was waiting for ann by name.');
    const both = { ...asked, byName: true };
    expect(choose({ ...named, rank: 9, priority: 9 }, 'byName', both)).toBe(
      'ann became free and took c7 rather than this one: c7 ranked 9 (priority 9), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    );
    const known = candidate('c7', { byAffinity: true });
    expect(choose(known, 'byAffinity')).toBe(
      'ann became free and took c7, which was waiting for ann, whom its customer knows.',
    );
    const waits = { ...asked, byAffinity: true };
    expect(choose({ ...known, rank: 9, priority: 9 }, 'byAffinity', waits)).toBe(
      'ann became free and took c7 rather than this one: c7 ranked 9 (priority 9), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    );
    expect(say.choiceText('ann', 'byAffinity', waits, waits, [waits])).toBe(
      'ann became free and took it, since it was waiting for ann, whom its customer knows.',
    );
    expect(say.choiceText('ann', 'byName', both, both, [both])).toBe(
      'ann became free and took it, since it was waiting for ann by name.',
    );
  });

  test('placed at the same moment', () => {
    expect(choose(candidate('c7', { priority: 9 }), 'earlier')).toBe(
      'ann was free and took c7, which was placed at the same moment: c7 ranked 9 (priority 9), this one 8.5 (priority 1, and 0.1 a second for 1 min 15 s).',
    );
  });

  test('this one', () => {
    expect(say.choiceText('ann', 'first', asked, asked, [asked])).toBe(
      'ann became free and took it, the first of all that ann could serve.',
    );
    const next = candidate('c8', { priority: 3 });
    expect(say.choiceText('ann', 'first', asked, asked, [candidate('c9'), next, asked])).toBe(
      'ann became free and took it: this one ranked 8.5 (priority 1, and 0.1 a second for 1 min 15 s), c8 3 (priority 3).',
    );
  });
});

describe('what happened to it', () => {
  test('it came', () => {
    const plain = {
      contact: 'c1',
      queue: 'sales',
      channel: 'voice',
      priority: 0,
      creditMs: 0,
      requires: [],
      any: [],
      prefers: [],
      askedFor: undefined,
    };
    expect(say.arrivedText(plain)).toBe('c1 came on voice for the queue sales.');
    expect(
      say.arrivedText({
        ...plain,
        priority: 2,
        creditMs: 90_000,
        requires: ['german 5', 'tax'],
        any: ['dutch', 'frisian'],
        prefers: ['patience'],
        askedFor: 'ann',
      }),
    ).toBe(
      'c1 came on voice for the queue sales. It requires german 5 and tax, requires dutch or frisian, prefers patience, asks for ann by name, has priority 2 and is credited with 1 min 30 s of waiting.',
    );
  });

  test.each([
    ['set', 'Its customer’s agent is ann, as was set.'],
    ['lastAgent', 'Its customer’s agent is ann, who served it last there.'],
    ['bestRating', 'Its customer’s agent is ann, whom it has rated best there.'],
  ] as const)('whom its customer knows: %s', (source, text) => {
    const plain = { contact: 'c1', queue: 'sales', channel: 'voice', priority: 0, creditMs: 0, askedFor: undefined };
    const knows = { agentId: 'ann', source };
    expect(say.arrivedText({ ...plain, requires: [], any: [], prefers: [], knows })).toBe(
      `c1 came on voice for the queue sales. ${text}`,
    );
  });

  test('its customer was here before', () => {
    const came = { contact: 'c2', queue: 'sales', channel: 'voice', priority: 0, creditMs: 0 };
    expect(
      say.arrivedText({ ...came, requires: [], any: [], prefers: [], askedFor: undefined, placeOfMs: 95_000 }),
    ).toBe(
      'c2 came on voice for the queue sales. Its customer had waited before: it has the place of 1 min 35 s before.',
    );
  });

  test.each([
    ['arrived', 'It joined the queue, as the first.'],
    ['notTaken', 'It went back to its place in the queue, as the first.'],
    ['fellBack', 'It joined the queue at its original place, as the first.'],
    ['updated', 'What it asks for was changed, and it took its new place in the queue, as the first.'],
    ['offeredAgain', 'It took its old place in the queue, as the first.'],
    ['moved', 'It joined that queue, as the first.'],
    ['sent', 'It was put into its queue at its own place, as the first.'],
  ] as const)('it was queued: %s', (why, text) => {
    expect(say.queuedText(why, 0)).toBe(text);
    expect(Object.keys(queuedReasons)).toContain(why);
  });

  test('behind others', () => {
    expect(say.queuedText('arrived', 1)).toBe('It joined the queue, behind 1 other.');
    expect(say.queuedText('arrived', 12)).toBe('It joined the queue, behind 12 others.');
  });

  test('it waited for an agent, and no longer', () => {
    expect(say.waitsForText('ann', 20_000)).toBe('It waited for ann, for 20 s at most.');
    expect(words(fellBackReasons).map((why) => say.fellBackText('ann', why))).toEqual([
      'It no longer asked for ann, who was not to be had in time, or did not take it.',
      'It no longer asked for ann, who was not logged in, or logged out.',
      'It no longer asked for ann, who was not ready.',
      'It no longer asked for ann, who cannot serve it.',
      'It no longer asked for ann, who was waited for by as many as may.',
    ]);
    expect(say.waitsForText('ann', 20_000, true)).toBe('It waited for ann as well, for 20 s at most.');
    expect(say.fellBackText('ann', 'notReady', true)).toBe(
      'It waited in the queue alone from then on, and not for ann, who was not ready.',
    );
  });

  test('it rang, and no longer', () => {
    expect(say.offeredText('ann', 'ann.voice.1', 1, false)).toBe('It rang at ann, on the line ann.voice.1.');
    expect(say.offeredText('ann', undefined, 22, false)).toBe('It rang at ann: its 22nd offer.');
    expect(say.offeredText('ann', undefined, 13, false)).toBe('It rang at ann: its 13th offer.');
    expect(say.offeredText('ann', 'l1', 2, true)).toBe(
      'It rang anew at ann, on the line l1: the router had been away.',
    );
    expect(words(withdrawnReasons).map((why) => say.withdrawnText('ann', why, false))).toEqual([
      'It stopped ringing at ann: the customer gave up.',
      'It stopped ringing at ann: it was not answered in time.',
      'It stopped ringing at ann: it was declined.',
      'It stopped ringing at ann: the agent became not ready.',
      'It stopped ringing at ann: the agent logged out.',
      'It stopped ringing at ann: the contact was ended.',
      'It stopped ringing at ann: the agent was changed and can no longer serve it.',
      'It stopped ringing at ann: the telephone was engaged.',
      'It stopped ringing at ann: no telephone could be reached, or the call was not put through in time.',
      'It stopped ringing at ann: another agent took it.',
      'It stopped ringing at ann: it was sent elsewhere.',
    ]);
  });

  test('it left its queue', () => {
    const way = { from: 'sales', to: 'help', waitedMs: 30_000, there: 3 };
    expect(words(movedReasons).map((why) => say.movedText(why, way))).toEqual([
      'It moved to the queue help, because sales was full: 3 contacts waited there already.',
      'It moved to the queue help, because it had waited 30 s in sales.',
      'It moved to the queue help, because sales was closed.',
      'It moved to the queue help, because nobody who could serve it in sales was logged in.',
      'It moved to the queue help, because nobody who could serve it in sales was ready.',
      'It moved to the queue help, because sales had taken all its steps for it and nobody had answered.',
      'It moved to the queue help, because its customer is to be called back.',
      'It moved to the queue help, because sales had made as many offers of it as it makes and none was taken.',
      'It moved to the queue help, because its customer is asked for a message.',
    ]);
    const then = 'should it not be answered now, it leaves the queue instead of going back.';
    expect(say.staysText('sales')).toBe(
      'That holds no longer: should it not be answered now, it goes back to its place in sales after all.',
    );
    expect(words(movedReasons).map((why) => say.leavesText(why, 'sales', 30_000))).toEqual([
      `sales is full: ${then}`,
      `It had waited 30 s in sales: ${then}`,
      `sales closed: ${then}`,
      `Nobody else who could serve it in sales was logged in: ${then}`,
      `Nobody else who could serve it in sales was ready: ${then}`,
      `sales had taken all its steps for it: ${then}`,
      `Its customer is to be called back: ${then}`,
      `sales makes no further offer of it: ${then}`,
      `Its customer is to be asked for a message: ${then}`,
    ]);
  });

  test('its queue made it easier to serve', () => {
    const steps = [
      { afterMs: 30_000, drop: 'german' },
      { afterMs: 60_000, lower: { skill: 'billing', level: 2 }, priority: 5 },
    ];
    expect(say.steppedText('sales', steps.slice(0, 1), 30_000)).toBe(
      'After 30 s, by the steps of sales, it does without the skill german.',
    );
    expect(say.steppedText('sales', steps, 60_000)).toBe(
      'After 1 min, by the steps of sales, it does without the skill german, will do with billing at level 2 and has 5 more priority.',
    );
    expect(say.steppedText('sales', [], 60_000)).toBe('After 1 min the steps of sales changed what it needs.');
    expect(
      say.steppedText(
        'sales',
        [
          { afterMs: 1_000, group: 'far' },
          { afterMs: 2_000, queue: 'help' },
        ],
        2_000,
      ),
    ).toBe(
      'After 2 s, by the steps of sales, it is offered to the group far as well and is offered to agents of the queue help as well.',
    );
    expect(say.leftStepsText('help')).toBe(
      'It needs all that it asked for again: the steps of the queue before do not count in help.',
    );
    expect(say.easedText([])).toBe('');
    expect(say.easedText(steps.map((step) => ({ ...step, ageMs: step.afterMs })))).toBe(
      ' By steps of its queue, since it was 30 s old it does without the skill german and since it was 1 min old it will do with billing at level 2 and has 5 more priority.',
    );
  });

  test('it was sent on', () => {
    expect(words(sentReasons).map((why) => say.partedText('ann', why, 90_000))).toEqual([
      'ann served it no longer, after 1 min 30 s: its agent had transferred it.',
      'ann served it no longer, after 1 min 30 s: it was moved by hand.',
      'ann served it no longer, after 1 min 30 s: the connection to its agent was lost.',
      'ann served it no longer, after 1 min 30 s: its agent was gone.',
      'ann served it no longer, after 1 min 30 s: nobody had taken it where it had been sent.',
      'ann served it no longer, after 1 min 30 s: its agent had handed it over to whom it had asked.',
      'ann served it no longer, after 1 min 30 s: it was put aside.',
      'ann served it no longer, after 1 min 30 s: its customer had chosen an agent there.',
    ]);
    expect(say.sentText('transferred', 'help')).toBe(
      'It went to the queue help, because its agent had transferred it.',
    );
    expect(say.handedOverText('ben', 'ben.voice.1')).toBe('ben had it from then on, on the line ben.voice.1.');
  });

  test('it was parked', () => {
    expect(say.parkedText(true, 0)).toBe('It was parked: nobody was to be offered it before it was resumed or due.');
    expect(say.parkedText(false, 90_000)).toBe('It was parked no longer, after 1 min 30 s.');
  });

  test('its agent called out', () => {
    expect(say.calledOutText('c1', 'ann', 'voice', 'sales')).toBe(
      'c1 is a call that ann made on voice, by the rules of the queue sales.',
    );
    expect(say.dialledText('ann', 'ann.voice.1', 40_000)).toBe(
      'It was at ann, on the line ann.voice.1, from the beginning, and had 40 s to be put through.',
    );
    expect(say.dialledText('ann', 'ann.voice.1', 0)).toBe(
      'It was at ann, on the line ann.voice.1, from the beginning.',
    );
    expect(say.reachedText('ann.voice.1', 3_000)).toBe('It was put through on the line ann.voice.1, after 3 s.');
  });

  test('it was accepted, and not put through', () => {
    expect(say.acceptedText('ann', 20_000)).toBe('ann accepted it, and it had 20 s to be put through.');
    expect(say.withdrawnText('ann', 'cancelled', true)).toBe('It was not put through to ann: the customer gave up.');
  });

  test('how its wait ended', () => {
    expect(say.connectedText('ann', 'ann.voice.1', 75_000)).toBe(
      'ann took it on the line ann.voice.1; it had waited 1 min 15 s in all.',
    );
    expect(words(endedReasons).map((why) => say.endedText(why, 3_600_000))).toEqual([
      'The customer gave up, after 1 h.',
      'The customer ended it, after 1 h.',
      'An agent ended it, after 1 h.',
      'It was ended by the application, after 1 h.',
      'It ended, since the agent it asked for was not to be had and it wanted nobody else, after 1 h.',
      'It ended, since its switch was lost, after 1 h.',
      'It ended, since its switch no longer had the call, after 1 h.',
      'It ended, having waited as long as its queue lets anybody wait, after 1 h.',
      'It ended, since its queue closed, after 1 h.',
      'It ended, since nobody who could serve it was logged in any more, after 1 h.',
      'It ended, since its queue had taken all its steps for it and nobody had answered, after 1 h.',
      'It ended, since its customer is to be called back, after 1 h.',
      'It ended, since its customer was called back and was not reached, after 1 h.',
      'It ended, since its customer, who was to be called back, has called meanwhile, after 1 h.',
      'The consultation ended, since whoever was asked took the contact that it was about, after 1 h.',
      'It ended here, since its customer is with somebody outside, after 1 h.',
      'It ended, since its queue had made as many offers of it as it makes and none was taken, after 1 h.',
      'The consultation ended, since the contact that it was about had ended or left the agent who asked, after 1 h.',
      'It ended, since its customer is asked for a message instead, after 1 h.',
      'It ended, since the agent’s own telephone was not answered, after 1 h.',
      'It ended, since it was not put through, after 1 h.',
      'It ended, since the money that was to pay for it had run out, after 1 h.',
    ]);
    expect(say.stillText('waiting', 500)).toBe('It still waits, after 500 ms.');
    expect(say.stillText('waitingFor', 500)).toBe('It still waits for the agent, after 500 ms.');
    expect(say.stillText('ringing', 500)).toBe('It still rings, after 500 ms.');
    expect(say.stillText('connecting', 500)).toBe('It is still being put through, after 500 ms.');
    expect(say.resumedText(7_380_000)).toBe('The router started again after 2 h 3 min.');
  });
});
