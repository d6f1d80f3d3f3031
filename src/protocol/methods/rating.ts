// Ratings, both ways, and whom an agent has served.

import { Type } from '@sinclair/typebox';
import { exactlyOneFault, type Fault } from '../fault.ts';
import { customerShown, gradeMembers, gradeShown, ratingItems, ratingView } from '../ratings.ts';
import {
  changing,
  channel,
  count,
  cursor,
  durationMs,
  flag,
  id,
  limit,
  name,
  nextCursor,
  params,
  result,
  text,
  timeMs,
} from '../schemas.ts';
import { contactBrief } from './contact.ts';
import { attending, bringing, everyone, method, settingUp } from './method.ts';

const ratingId = id('Of your making.');
const contactId = id('The contact.');
const comment = Type.Optional(text('What is to be said with it.'));
const customer = {
  customerId: Type.Optional(id('The customer.')),
  visitorId: Type.Optional(id('The visitor: the `sub` of the session that brought the contact.')),
};
const rating = ['app', 'switch', 'customer', 'agent'] as const;

function atMostOne(of: readonly string[], given: object): Fault | undefined {
  const named = of.filter((name) => name in given);
  return named.length > 1 ? { path: `/${named[1]}`, message: `is not given with ${named[0]}` } : undefined;
}

export const ratingMethods = {
  'rating.give': method({
    summary:
      'Rates the other side of a contact that was served. An agent rates its customer; the customer, the switch that brought the contact, or an application for the customer rates the agent. One rating of each side for each service; the same again under its `ratingId` succeeds for as long as it is kept.',
    roles: rating,
    params: changing({
      ratingId,
      contactId,
      agentId: Type.Optional(id('Who of the agents who served it is meant. Default: the last.')),
      items: ratingItems,
      comment,
    }),
    result: ratingView,
    changes: true,
    withheld: { agent: ['agentId'] },
    refusals: [
      'ratings_not_kept',
      'rating_exists_with_different_content',
      'contact_not_served',
      'rating_time_over',
      'contact_rated_already',
      'rating_item_unknown',
      'rating_out_of_scale',
      'too_many_ratings',
    ],
  }),
  'rating.change': method({
    summary: 'Changes a rating: by the side that gave it, at any time. What is given takes the place of what was.',
    roles: rating,
    params: changing({ ratingId, items: Type.Optional(ratingItems), comment }),
    result: ratingView,
    changes: true,
    refusals: ['ratings_not_kept', 'rating_not_found', 'rating_item_unknown', 'rating_out_of_scale'],
  }),
  'rating.remove': method({
    summary: 'Takes a rating back: by the side that gave it, at any time. It counts nowhere any more.',
    roles: rating,
    params: changing({ ratingId }),
    result: result({ ratingId }),
    changes: true,
    refusals: ['rating_not_found'],
  }),
  'rating.list': method({
    summary:
      'Ratings in the order of the services that they are about. Agents see those that they gave; customers and switches those that were given for a contact of theirs, which they name.',
    roles: everyone,
    params: params({
      contactId: Type.Optional(contactId),
      agentId: Type.Optional(id('Those that this agent gave or was given.')),
      ...customer,
      limit,
      cursor,
    }),
    result: result({ ratings: Type.Array(ratingView), cursor: nextCursor }),
    changes: false,
    furtherFault: (given) => atMostOne(['contactId', 'agentId', 'customerId', 'visitorId'], given),
    withheld: {
      agent: ['agentId', 'customerId', 'visitorId'],
      customer: ['agentId', 'customerId', 'visitorId'],
      switch: ['agentId', 'customerId', 'visitorId'],
    },
    refusals: [],
  }),
  'rating.grade': method({
    summary: 'What the ratings of an agent or of a customer come to. Agents see their own.',
    roles: attending,
    params: params({ agentId: Type.Optional(id('The agent.')), ...customer }),
    result: result({ agentId: Type.Optional(id('The agent.')), ...customerShown, ...gradeMembers }),
    changes: false,
    furtherFault: (given) => exactlyOneFault(['agentId', 'customerId', 'visitorId'], given),
    withheld: { agent: ['customerId', 'visitorId'] },
    refusals: ['ratings_not_kept'],
  }),
  'rating.erase': method({
    summary:
      'Erases all that is kept here of a customer: its ratings, those it was given, and which contacts were served. Goes on behind the answer where that is much.',
    roles: settingUp,
    params: changing(customer),
    result: result(customerShown),
    changes: true,
    furtherFault: (given) => exactlyOneFault(['customerId', 'visitorId'], given),
    refusals: [],
  }),
  'customer.served': method({
    summary: 'The customers whom an agent has served, the newest first, for as long as they may be rated or have been.',
    roles: attending,
    params: params({ agentId: Type.Optional(id('The agent. Left out by an agent, who is meant.')), limit, cursor }),
    result: result({
      served: Type.Array(
        result({
          contactId,
          ...customerShown,
          queueId: id('The queue.'),
          channel,
          connectedAt: timeMs('When the service began.'),
          endedAt: timeMs('When it was over.'),
          rating: gradeShown,
          rated: Type.Optional(id('The rating that the agent gave for it.')),
        }),
      ),
      cursor: nextCursor,
    }),
    changes: false,
    self: 'agentId',
    refusals: ['agent_not_found'],
  }),
};

export const candidateMethods = {
  'candidate.list': method({
    summary:
      'The agents who are ready and could serve the contact, the best grade first; of equals, who was set up first. Busy ones are among them: a contact waits for whom its customer chooses.',
    roles: bringing,
    params: params({
      contactId,
      by: Type.Optional(name('`overall`, which is the default, or an item in which agents are rated.')),
      servedMe: Type.Optional(flag('Only agents who have served this customer.')),
      limit,
    }),
    result: result({
      contactId,
      candidates: Type.Array(
        result({
          agentId: id('The agent.'),
          name: Type.Optional(text('As others see it.')),
          ...gradeMembers,
          free: flag('Could take it at once.'),
          servedMe: Type.Optional(count('How often the agent has served this customer, as far as that is remembered.')),
        }),
      ),
    }),
    changes: false,
    refusals: ['ratings_not_kept', 'contact_not_found', 'rating_item_unknown'],
  }),
  'candidate.choose': method({
    summary:
      'The customer has chosen: the contact rings at this agent, waits for that one where busy, and then goes to whoever is free, at its place. The queue’s `ratings` say in which of the agent’s queues it waits, and what it is credited with.',
    roles: bringing,
    params: changing({
      contactId,
      agentId: id('One of candidate.list.'),
      waitMs: Type.Optional(durationMs('How long it waits for that agent. Default: the `direct` of the queue.')),
    }),
    result: contactBrief,
    changes: true,
    refusals: [
      'contact_not_found',
      'contact_not_choosing',
      'contact_already_ended',
      'contact_already_connected',
      'contact_in_another_queue',
      'agent_not_found',
      'agent_cannot_serve',
      'too_many_names',
    ],
  }),
};
