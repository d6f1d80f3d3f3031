// What an agent is set up with: of agent.set, agent.get and the configuration document.

import { Type } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import { channelPattern, namePattern } from './ids.ts';
import { attributes, durationMs, id, level, text, whole } from './schemas.ts';

const capacityMax = 255;

/** `^…$` for one word that channels may not be called, beside the channels. */
const capacityPattern = `^total$|${channelPattern}`;

export const agentProperties = {
  name: Type.Optional(text('As others see it.')),
  skills: Type.Optional(
    Type.Record(Type.String({ pattern: namePattern }), level, {
      additionalProperties: false,
      maxProperties: layout.SKILLS_PER_AGENT_MAX,
      description: 'Skill and level. Default: none.',
    }),
  ),
  queues: Type.Optional(
    Type.Array(id('A queue.'), {
      maxItems: layout.QUEUES_MAX,
      uniqueItems: true,
      description: 'The queues that the agent serves. Absent: all, also those made later.',
    }),
  ),
  capacity: Type.Record(Type.String({ pattern: capacityPattern }), whole(0, capacityMax, 'Contacts at once.'), {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: layout.CHANNELS_MAX + 1,
    description: 'Contacts at once on each channel, and in `total` over all (default: the sum of the channels).',
  }),
  wrapUpMs: Type.Optional(durationMs('Wrap-up after each contact. Default: the queue’s.')),
  attributes: Type.Optional(attributes),
};
