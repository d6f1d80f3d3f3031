// The building blocks of every schema: ids, names, texts, times, and what several methods and events share.
//
// Parameters are closed (`params`): what is not named is refused. Results and events are open (`result`): the router
// may send members that a client does not know. What JSON Schema cannot say is a kind of our own, registered below;
// its JSON Schema is what it comes nearest to.

import { FormatRegistry, Kind, type TProperties, type TSchema, Type, TypeRegistry } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import {
  attributesBytesMax,
  attributesDepthMax,
  durationMsMax,
  identitiesPerContactMax,
  linesPerSeatMax,
  listPageMax,
  textCharactersMax,
  timeMsMax,
} from '../limits.ts';
import { channelPattern, idPattern, idRule, namePattern, nameRule } from './ids.ts';
import { agentStates, contactStates, lineStates, orElses, words } from './states.ts';

/** Printable and with whole characters: half a surrogate pair would turn into another text on its way to the disk. */
FormatRegistry.Set('text', (text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const halfPair = /\p{Cs}/u;

/** The same over several lines. */
FormatRegistry.Set('lines', (text) => !/[\p{Cc}\p{Cs}]/u.test(text.replace(/[\n\r\t]/g, '')));

TypeRegistry.Set('Thousandths', (schema: { minimum: number; maximum: number }, value) => {
  if (typeof value !== 'number' || !(value >= schema.minimum && value <= schema.maximum)) return false;
  return Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6;
});

TypeRegistry.Set('Attributes', ({ bytesMax = attributesBytesMax }: { bytesMax?: number }, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const bytes = bytesAtMost(value, attributesDepthMax);
  return bytes <= bytesMax || (bytes !== Infinity && Buffer.byteLength(JSON.stringify(value)) <= bytesMax);
});

/** Not less than the bytes of the value as JSON, Infinity when it may not be kept at all. Never recurses deeper than told. */
function bytesAtMost(value: unknown, depth: number): number {
  if (typeof value === 'string') return halfPair.test(value) ? Infinity : value.length * 6 + 3;
  if (typeof value !== 'object' || value === null) return 26;
  if (depth === 0) return Infinity;
  let bytes = 2;
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__' || halfPair.test(key)) return Infinity;
    bytes += key.length * 6 + 4 + bytesAtMost(member, depth - 1);
    if (bytes === Infinity) return Infinity;
  }
  return bytes;
}

/**
 * A schema that several others are made of: the reference and the OpenRPC document describe it once, under this name.
 */
export function shape<S extends TSchema>(name: string, schema: S): S {
  return { ...schema, 'x-shape': name };
}

export function params<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

export function result<P extends TProperties>(properties: P) {
  return Type.Object(properties);
}

export function oneOf<Word extends string>(list: readonly [Word, ...Word[]], description?: string) {
  return Type.Unsafe<Word>({ [Kind]: 'Word', type: 'string', enum: list, ...(description && { description }) });
}
TypeRegistry.Set('Word', (schema: { enum: readonly string[] }, value) => schema.enum.includes(value as string));

export const id = (description: string) =>
  Type.String({ pattern: idPattern, description, 'x-rule': idRule, 'x-type': 'an id' });
export const name = (description: string) =>
  Type.String({ pattern: namePattern, description, 'x-rule': nameRule, 'x-type': 'a name' });
export const channel = Type.String({
  pattern: channelPattern,
  description: 'voice, video, chat, callback, email, or a channel of your own.',
  'x-rule': `${nameRule}, not "total"`,
  'x-type': 'a channel',
});
export const text = (description: string) =>
  Type.String({ minLength: 1, maxLength: textCharactersMax, format: 'text', description });
export const whole = (minimum: number, maximum: number, description: string, more: { default?: number } = {}) =>
  Type.Integer({ minimum, maximum, description, ...more });
export const durationMs = (description: string, more: { default?: number; minimum?: number; maximum?: number } = {}) =>
  Type.Integer({ minimum: 0, maximum: durationMsMax, description, ...more });
export const timeMs = (description: string) => Type.Integer({ minimum: 0, maximum: timeMsMax, description });
export const flag = (description: string) => Type.Boolean({ description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });
export const thousandths = (minimum: number, maximum: number, description: string, more: { default?: number } = {}) =>
  Type.Unsafe<number>({
    [Kind]: 'Thousandths',
    type: 'number',
    multipleOf: 0.001,
    minimum,
    maximum,
    description,
    ...more,
  });
export const attributes = Type.Unsafe<Record<string, unknown>>({
  [Kind]: 'Attributes',
  type: 'object',
  description: `Anything of yours, as JSON: at most ${attributesBytesMax} bytes, ${attributesDepthMax} levels deep.`,
});
/** As attributes, with a bound of its own. */
export const anyObject = (bytesMax: number, description: string) =>
  Type.Unsafe<Record<string, unknown>>({
    [Kind]: 'Attributes',
    type: 'object',
    bytesMax,
    description: `${description}, as JSON: at most ${bytesMax} bytes, ${attributesDepthMax} levels deep.`,
  });
export const nullable = <S extends TSchema>(schema: S, whenNull: string) =>
  Type.Union([schema, Type.Null()], { description: `${schema.description} ${whenNull}` });

const requestId = Type.Optional(id('Makes it safe to send the request again.'));
/** The parameters of a method that changes something and does not create by id. */
export function changing<P extends TProperties>(properties: P) {
  return params({ ...properties, requestId });
}

export const limit = Type.Optional(whole(1, listPageMax, 'How many at most.', { default: 100 }));
export const cursor = Type.Optional(
  Type.String({ minLength: 1, maxLength: 512, format: 'text', description: 'The `cursor` of the page before.' }),
);
export const nextCursor = Type.Optional(Type.String({ description: 'There is more: ask again with it.' }));

export const priority = whole(-layout.PRIORITY_MAX, layout.PRIORITY_MAX, 'Higher is served first.', { default: 0 });
export const waitCreditMs = durationMs('Waiting the contact is credited with. It counts in the order only.', {
  default: 0,
});
export const level = whole(1, layout.LEVEL_MAX, 'How well: 1 is the least.');

const demands = (description: string) =>
  Type.Array(params({ skill: name('A skill.'), level: Type.Optional(level) }), {
    maxItems: layout.SKILLS_PER_PROFILE_MAX,
    description,
  });

/** What a contact needs of an agent. */
export const requirement = shape(
  'Requirement',
  Type.Object(
    {
      all: Type.Optional(demands('Every one of these, each at its level or better (1 if none is given).')),
      any: Type.Optional(demands('And at least one of these.')),
    },
    { additionalProperties: false, description: 'What an agent must be able to do.' },
  ),
);
export const preferences = Type.Array(params({ skill: name('A skill.') }), {
  maxItems: layout.SKILLS_PER_PROFILE_MAX,
  description: 'Skills that count in `bestSkilled` and `leastSkilled` but are not demanded.',
});

export const identity = shape(
  'Identity',
  Type.Object(
    {
      scheme: name('What kind of name it is, as `tel`, `email`, `visitor`, `customerNumber`, or one of your own.'),
      value: text('The name itself: for `tel` in E.164.'),
    },
    { additionalProperties: false, description: 'A name that a customer has on a channel.' },
  ),
);
export const verifiedIdentities = Type.Array(identity, {
  minItems: 1,
  maxItems: identitiesPerContactMax,
  description:
    'Names that are known to be the customer’s, as by a password or a code, and not only what the customer says: the first one says who it is, before `identity` does, and customers who are named together are one.',
});

export const direct = Type.Object(
  {
    waitMs: Type.Optional(durationMs('How long to wait for that agent. Default: the queue’s.')),
    orElse: Type.Optional(
      oneOf(words(orElses), 'Then join the queue at the original place, or end. Default: the queue’s.'),
    ),
  },
  { additionalProperties: false, description: 'How to wait for the agent named by `agentId`.' },
);

export const contactState = oneOf([...words(contactStates), 'parked', 'ended']);
export const agentState = oneOf(words(agentStates));
export const lineState = oneOf(words(lineStates));

export const lineView = shape(
  'Line',
  result({
    lineId: id('The line.'),
    channel,
    state: lineState,
    number: Type.Optional(text('Its telephone number.')),
    contactId: Type.Optional(id('What it has.')),
  }),
);
export const lines = Type.Array(
  params({
    lineId: id('Unique in the tenant.'),
    channel,
    number: Type.Optional(text('Its telephone number, which a switch rings.')),
  }),
  {
    minItems: 1,
    maxItems: linesPerSeatMax,
    description: 'In the order in which they are to ring.',
  },
);
