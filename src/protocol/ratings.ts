// Ratings: items and scales of a tenant, and how ratings and grades are shown.

import { Type } from '@sinclair/typebox';
import { messageCharactersMax, ratingItemsMax, surveyTextMs } from '../limits.ts';
import { namePattern } from './ids.ts';
import { count, durationMs, flag, id, oneOf, params, result, shape, text, timeMs, whole } from './schemas.ts';

export const ratingDefaults = {
  agentItems: { attitude: { to: 5 }, expertise: { to: 5 }, availability: { to: 5 } },
  customerItems: { attitude: { to: 5 }, preparation: { to: 5 } },
  priorRatings: 5,
  rateWithinDays: 30,
  chooseWithinMs: 60_000,
  askCustomers: true,
  askAgents: true,
  textAnswerMs: surveyTextMs,
} as const;

const questionText = (description: string) =>
  Type.String({ minLength: 1, maxLength: messageCharactersMax, format: 'lines', description });

const itemName = Type.String({ pattern: namePattern });

const scale = params({
  from: Type.Optional(whole(0, 1, 'The lowest.', { default: 1 })),
  to: whole(2, 100, 'The highest.'),
});

const items = (description: string, byDefault: object) =>
  Type.Optional(
    Type.Record(itemName, scale, {
      additionalProperties: false,
      minProperties: 1,
      maxProperties: ratingItemsMax,
      description,
      default: byDefault,
    }),
  );

export const tenantRatings = Type.Optional({
  ...params({
    agentItems: items('What customers rate agents in, and on which scale.', ratingDefaults.agentItems),
    customerItems: items('What agents rate customers in, and on which scale.', ratingDefaults.customerItems),
    priorRatings: Type.Optional(
      whole(0, 1_000, 'The mean of all counts in every grade as so many ratings would.', {
        default: ratingDefaults.priorRatings,
      }),
    ),
    rateWithinDays: Type.Optional(
      whole(1, 366, 'How many days after a service both sides may rate it.', {
        default: ratingDefaults.rateWithinDays,
      }),
    ),
    chooseWithinMs: Type.Optional(
      durationMs('How long a contact that was created with `choose` waits for the choice.', {
        minimum: 1_000,
        default: ratingDefaults.chooseWithinMs,
      }),
    ),
    askCustomers: Type.Optional(flag('Who brought the contact is asked for a rating when it is over. Default: true.')),
    askByDigits: Type.Optional(
      flag(
        'When the agent has hung up, a caller at a switch is asked for the items, one after the other, with leg.gather. Default: false.',
      ),
    ),
    askByText: Type.Optional(
      flag(
        'When the agent has ended a chat, its customer is asked for the items by contact.message, one after the other, and the numbers that are sent back are the rating. Default: false.',
      ),
    ),
    questions: Type.Optional(
      Type.Record(itemName, questionText('What is asked for this item.'), {
        additionalProperties: false,
        maxProperties: ratingItemsMax,
        description:
          'By item, what is asked by text. Default: “How would you rate us for ITEM, from FROM (lowest) to TO (highest)? Please answer with the number.”',
      }),
    ),
    thanks: Type.Optional(questionText('What is said to who has answered. Absent: nothing.')),
    textAnswerMs: Type.Optional(
      durationMs('How long one may take to answer a question that is asked by text.', {
        minimum: 1_000,
        maximum: 86_400_000,
        default: ratingDefaults.textAnswerMs,
      }),
    ),
    askAgents: Type.Optional(flag('The agent is. Default: true.')),
  }),
  description: 'Ratings are kept, by both sides of each other. Absent: they are not.',
});

/** Of a queue. */
export const ratingsPolicyProperties = params({
  fromGrade: Type.Optional(
    whole(
      0,
      1_000,
      'It is for customers of this grade or a better one: of the chosen agent’s queues that say so, the one with the highest `fromGrade` that the customer reaches is where the contact goes.',
    ),
  ),
  creditMs: Type.Optional(
    durationMs(
      'A contact whose customer chose its agent is credited with so much waiting for the best grade, and with its share of it for less. It counts in the order only.',
    ),
  ),
  declines: Type.Optional(
    oneOf(
      ['rest', 'goOn'],
      'Who rejects an offer rests for `afterRejectMs` (rest, the default), or has no rest, and the contact goes on to others than that one (goOn).',
    ),
  ),
});

/** What somebody is rated in, with the scale, as those who are asked see it. */
export const itemsAsked = Type.Array(
  result({ item: text('What is rated.'), from: whole(0, 1, 'The lowest.'), to: whole(2, 100, 'The highest.') }),
);

export const ratingItems = Type.Record(itemName, whole(0, 100, 'On the scale of the item.'), {
  additionalProperties: false,
  minProperties: 1,
  maxProperties: ratingItemsMax,
  description: 'A value for each item that is rated; those left out are not.',
});

const point = (description: string) => whole(0, 1_000, description);

/** What is shown of somebody with an offer. */
export const gradeShown = result({
  grade: point('From 0, the lowest of every scale, to 1000, the highest; with few ratings near the mean of all.'),
  ratings: count('How many there are.'),
});

export const gradeMembers = {
  grade: point('Over all items: from 0, the lowest of every scale, to 1000, the highest.'),
  ratings: count('How many ratings there are.'),
  items: Type.Record(itemName, point('The grade in this item.'), { description: 'By item of the tenant.' }),
};

/** One of the two. */
export const customerShown = {
  customerId: Type.Optional(id('The customer.')),
  visitorId: Type.Optional(id('A visitor whom nobody knows by another name: the `sub` of the session.')),
};

export const ratingView = shape(
  'Rating',
  result({
    ratingId: id('The rating.'),
    contactId: id('The contact that it is about.'),
    by: oneOf(['customer', 'agent'], 'Who has rated the other.'),
    agentId: id('The agent.'),
    ...customerShown,
    items: Type.Record(itemName, whole(0, 100, 'A value.'), { description: 'As it was given.' }),
    points: Type.Record(itemName, point('From 0 to 1000.'), {
      description: 'The same on one scale for all: from 0, the lowest of the scale that the item had then, to 1000.',
    }),
    comment: Type.Optional(text('What was said with it.')),
    givenAt: timeMs('When it was given.'),
    changedAt: Type.Optional(timeMs('When it was changed last.')),
  }),
);
