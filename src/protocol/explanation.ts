// What contact.explain answers: the steps of a contact's wait, each with a sentence and with what the sentence rests on.

import { type Static, Type } from '@sinclair/typebox';
import { channel, count, durationMs, flag, id, oneOf, result, shape, timeMs } from './schemas.ts';
import { choices, scoreTerms, selections, standings, words } from './states.ts';

const sentence = (description: string) => Type.String({ description });

/** By whom the decisions were told again. */
export const tellers = ['writer', 'newer', 'effects'] as const;

export const stepKinds = [
  'arrived',
  'searched',
  'queued',
  'waitsFor',
  'fellBack',
  'moved',
  'leaves',
  'withheld',
  'withheldNoMore',
  'parked',
  'unparked',
  'eased',
  'announced',
  'chose',
  'matched',
  'offered',
  'dialled',
  'accepted',
  'withdrawn',
  'stood',
  'resumed',
  'connected',
  'parted',
  'handedOver',
  'ended',
  'waits',
] as const;

export const agentStanding = shape(
  'AgentStanding',
  result({
    agentId: Type.Optional(id('The agent; absent where it has been removed since.')),
    stands: oneOf(words(standings), 'The first that held, in the order of this list.'),
    text: sentence('The same in words.'),
    place: Type.Optional(count('Of a free agent: its place by `select` of the queue, from 1.')),
    idleMs: Type.Optional(count('Of a free agent: how long it had been idle.')),
    levels: Type.Optional(
      count('Of a free agent: sum of its levels over all skills that were asked for or preferred.'),
    ),
    score: Type.Optional(
      Type.Integer({ description: 'Of a free agent, where the queue selects by score: what it came to.' }),
    ),
    terms: Type.Optional(
      Type.Array(
        result({
          term: oneOf(words(scoreTerms), 'The term, as in `weights` of the queue.'),
          value: count('What it was, 0 to 1000.'),
          weight: Type.Integer({ description: 'What the queue let it count.' }),
        }),
        { description: 'The terms of the score that counted: it is the sum of each value times its weight.' },
      ),
    ),
  }),
);

export const candidateContact = shape(
  'CandidateContact',
  result({
    contactId: Type.Optional(id('The contact; absent where it is remembered no longer.')),
    queueId: Type.Optional(id('Its queue.')),
    chosen: flag('This one was taken.'),
    asked: flag('This is the contact that is explained.'),
    byName: flag('It waited for this agent by name.'),
    byAffinity: Type.Optional(flag('It waits for this agent, whom its customer knows.')),
    weight: Type.Integer({ description: 'Of its queue: the higher comes first, whatever the rank.' }),
    rank: Type.Number({
      description:
        'priority + ageingPerSecond × (waitedMs + creditMs) / 1000, of which `ageingCap` of its queue counts at most, or what its `ageingSteps` say; the higher comes first.',
    }),
    priority: Type.Integer({ description: 'Its priority; not in the rank where the order is firstCome.' }),
    ageingPerSecond: Type.Number({ description: 'Of its queue.' }),
    waitedMs: Type.Integer({ description: 'How long it had waited then.' }),
    creditMs: count('Waiting it is credited with.'),
  }),
);

export const explanationStep = shape(
  'ExplanationStep',
  result({
    at: timeMs('When.'),
    kind: oneOf([...stepKinds], 'What happened.'),
    text: sentence('The same in words.'),
    agentId: Type.Optional(id('The agent it is about; absent where it has been removed since.')),
    lineId: Type.Optional(id('The line it rang at.')),
    queueId: Type.Optional(id('The queue that it moved to, or whose steps were taken.')),
    why: Type.Optional(Type.String({ description: 'The reason, as the events of contacts and offers have it.' })),
    untilMs: Type.Optional(timeMs('Until when at most.')),
    ahead: Type.Optional(
      count(
        'Contacts before it in its queue; where builds of before exact places decided, above 256 all that waited there.',
      ),
    ),
    select: Type.Optional(oneOf(words(selections), 'How the queue chose among free agents.')),
    byStanding: Type.Optional(
      Type.Array(result({ stands: oneOf(words(standings)), agents: count('How many of them.') }), {
        description: 'All agents that there were, counted by how they stood.',
      }),
    ),
    agents: Type.Optional(
      Type.Array(agentStanding, {
        description:
          'Free ones first, in the order in which they would have been chosen; then by reason; at most so many.',
      }),
    ),
    choice: Type.Optional(
      oneOf(
        words(choices),
        'first: the agent became free and took the best that waited; byName: one that waited for it by name; byAffinity: one that waited for it since its customer knows it; earlier: another contact was placed at the same moment and before.',
      ),
    ),
    candidates: Type.Optional(
      Type.Array(candidateContact, {
        description: 'The contacts that the agent chose among: the first of each queue and requirement, and this one.',
      }),
    ),
    standing: Type.Optional(agentStanding),
    batch: Type.Optional(
      result({
        contacts: count('Contacts in the batch.'),
        agents: count('Agents in the batch.'),
        matches: count('How many were matched: as many as could be.'),
        total: Type.Integer({ description: 'The sum of their scores: as high as with so many it can be.' }),
        score: Type.Optional(
          Type.Integer({ description: 'What this contact scored with the agent it was matched with.' }),
        ),
      }),
    ),
  }),
);

export const explanation = result({
  contactId: id('The contact.'),
  queueId: id('Its queue.'),
  channel,
  arrivedAt: timeMs('When it came.'),
  waitedMs: durationMs(
    'How long it waited: until it was connected or over, or until the end of what is in the journal.',
  ),
  agentId: Type.Optional(id('Who took it.')),
  lineId: Type.Optional(id('At which line.')),
  toldBy: oneOf(
    [...tellers],
    'writer: by the build of the core that decided. newer: by the one of today, which came to the same decisions at every tick. effects: neither could; what happened is told, without the reasons.',
  ),
  steps: Type.Array(explanationStep, { description: 'In the order in which they came.' }),
  stepsLeftOut: count('Steps in the middle that were too many to list.'),
});

export type Explanation = Static<typeof explanation>;
export type ExplanationStep = Static<typeof explanationStep>;
export type AgentStanding = Static<typeof agentStanding>;
export type CandidateContact = Static<typeof candidateContact>;
