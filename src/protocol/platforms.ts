// The vocabulary of platforms (docs/platforms.md): number plans, platforms, hand-overs, and what a contact shows of who is really calling.

import { Kind, type Static, Type } from '@sinclair/typebox';
import type { Role } from '../engine/egress.ts';
import {
  accessIdLengthMax,
  guessesMax,
  handoverLiveMs,
  handoverLiveMsMax,
  originalCalledLengthMax,
  platformAttributesMax,
  platformLateMs,
  platformLateMsMax,
  platformNetworksMax,
  platformTimeoutMs,
  platformTimeoutMsMax,
  serialLengthMax,
  serialLengthMin,
} from '../limits.ts';
import { isNetwork } from '../networks.ts';
import { schemaFault } from './answer-schema.ts';
import { type Fault, faultUnder } from './fault.ts';
import {
  attributes,
  count,
  durationMs,
  flag,
  id,
  identity,
  name,
  nullable,
  oneOf,
  params,
  result,
  shape,
  text,
  timeMs,
  whole,
} from './schemas.ts';
import { webhookFault, webhookProperties } from './webhooks.ts';

/** A token of the role `app` whose `sub` begins so is a platform's, and may hand over and nothing else (src/protocol/rights.ts). */
export const platformSubPrefix = 'platform:';

/** Who may set plans and platforms up: what is listed there decides who is believed. */
export const settingPlatformsUp = ['admin'] as const satisfies readonly Role[];

export const checkDigits = ['none', 'luhn'] as const;

export const guessDefaults = {
  windowMs: 600_000,
  // Whoever mistypes does so a few times. A platform whose serials come wrong fifty times in ten minutes is guessed at, or broken.
  perPlatform: 50,
  perSwitch: 200,
  perCaller: 5,
} as const;

const digits = (description: string, most: number, example: string) =>
  Type.String({
    pattern: `^[0-9]{1,${most}}$`,
    description,
    examples: [example],
    'x-rule': `1 to ${most} digits`,
    'x-type': 'digits',
  });

const limited = (of: string, most: number) =>
  Type.Optional(
    whole(1, guessesMax, `Wrong serials ${of} within \`windowMs\`, until none is looked up.`, { default: most }),
  );

export const numberPlanProperties = {
  range: {
    ...params({
      prefix: Type.Optional(digits('Access ids that begin so.', accessIdLengthMax, '900')),
      from: Type.Optional(digits('The first access id of the range.', accessIdLengthMax, '90010')),
      to: Type.Optional(digits('The last one.', accessIdLengthMax, '90099')),
    }),
    description:
      'The access ids that the plan is for: all with this `prefix`, or those `from` … `to`. As numbers come, without a +: with the country code where that comes, too.',
  },
  accessIdLength: whole(1, accessIdLengthMax, 'Digits at the beginning of a number that name the platform.'),
  serialLength: whole(serialLengthMin, serialLengthMax, 'Digits behind them that are the serial.'),
  checkDigit: Type.Optional({
    ...oneOf(
      checkDigits,
      'luhn: one digit behind the serial is the check digit of all before it. It finds what was mistyped; a guess is no harder by it.',
    ),
    default: 'none',
  }),
  guesses: Type.Optional({
    ...params({
      windowMs: Type.Optional(
        durationMs('How long wrong serials are counted together.', {
          minimum: 1_000,
          maximum: 86_400_000,
          default: guessDefaults.windowMs,
        }),
      ),
      perPlatform: limited('of one platform', guessDefaults.perPlatform),
      perSwitch: limited('that one switch or application brings', guessDefaults.perSwitch),
      perCaller: limited('from one calling number, of one platform', guessDefaults.perCaller),
    }),
    description: 'How often may be guessed before nothing is looked up any more: contacts go on, unidentified.',
  }),
};

export interface NumberPlanGiven {
  readonly range: { readonly prefix?: string; readonly from?: string; readonly to?: string };
  readonly accessIdLength: number;
  readonly serialLength: number;
  readonly checkDigit?: (typeof checkDigits)[number];
  readonly guesses?: {
    readonly windowMs?: number;
    readonly perPlatform?: number;
    readonly perSwitch?: number;
    readonly perCaller?: number;
  };
}

export function numberPlanFault({ range, accessIdLength, serialLength }: NumberPlanGiven): Fault | undefined {
  const { prefix, from, to } = range;
  if (
    (prefix === undefined) === (from === undefined || to === undefined) ||
    (prefix !== undefined && (from ?? to) !== undefined)
  )
    return { path: '/range', message: 'expected either prefix, or from and to' };
  if (prefix !== undefined && prefix.length > accessIdLength)
    return { path: '/range/prefix', message: `is longer than accessIdLength, ${accessIdLength}` };
  for (const [path, end] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (end !== undefined && end.length !== accessIdLength)
      return { path: `/range/${path}`, message: `expected ${accessIdLength} digits, as accessIdLength says` };
  if (from !== undefined && to !== undefined && from > to) return { path: '/range/to', message: 'is before from' };
  if (accessIdLength + serialLength > originalCalledLengthMax)
    return { path: '/serialLength', message: `numbers would have more than ${originalCalledLengthMax} digits` };
  return undefined;
}

const guessed = (when: string) =>
  result({
    live: count(`Serials that may be guessed ${when}.`),
    share: Type.Number({ minimum: 0, maximum: 1, description: 'Of all serials of this length.' }),
    expectedGuesses: nullable(
      count('How many different serials have to be tried on average until one of them is right.'),
      'null: there is none.',
    ),
    expectedMs: nullable(
      count('How long that takes of one platform, as often as `guesses` lets it be tried.'),
      'null: there is none.',
    ),
  });

export const numberPlanView = shape(
  'NumberPlan',
  result({
    planId: id('The plan.'),
    ...numberPlanProperties,
    numberLength: count('Digits of a number of this plan.'),
    platforms: count('Platforms whose access ids are in its range.'),
    guessing: result({
      serials: count('How many serials of this length there are.'),
      bits: Type.Number({ description: 'The same as bits: how much there is to guess of one that is not known.' }),
      now: {
        ...guessed('now, at the platform that has most'),
        description: 'How hard a serial is to guess now.',
      },
      atWorst: {
        ...guessed('when a platform has as many as it may'),
        description: 'How hard it is when a platform has handed over as much as it may.',
      },
    }),
  }),
);

const credential = Type.String({
  minLength: 16,
  maxLength: 128,
  format: 'text',
  examples: ['k7-Jx2_mQ0rT9wLz4'],
  description:
    'What others than the platform itself have to give with `handover.put` for it. The router keeps a digest and never shows it.',
});

export const handoverMs = durationMs('How long what it hands over can be used, where it does not say.', {
  minimum: 1_000,
  maximum: handoverLiveMsMax,
  default: handoverLiveMs,
});

const answerSchema = Type.Unsafe<Record<string, unknown>>({
  [Kind]: 'Attributes',
  type: 'object',
  description:
    'What its `data` must be, as JSON Schema; understood are type, properties, required, additionalProperties, items, enum, and bounds of lengths, counts and numbers.',
});

export const network = Type.String({
  pattern: '^[0-9A-Fa-f.:]{2,39}/[0-9]{1,3}$',
  examples: ['10.20.0.0/16'],
  description: 'A network as address/bits.',
  'x-rule': 'a network as address/bits',
  'x-type': 'a network',
});

const asking = {
  url: webhookProperties.url,
  timeoutMs: Type.Optional(
    durationMs(
      'How long it may take until its caller counts as unidentified. Nothing waits for it: the contact is offered meanwhile.',
      {
        minimum: 100,
        maximum: platformTimeoutMsMax,
        default: platformTimeoutMs,
      },
    ),
  ),
  lateMs: Type.Optional(
    durationMs('For how long more an answer is taken: the agent’s screen is brought up to date.', {
      maximum: platformLateMsMax,
      default: platformLateMs,
    }),
  ),
  networks: Type.Optional(
    Type.Array(network, {
      maxItems: platformNetworksMax,
      description:
        'Where it may be besides public addresses: private networks that it is in, each within one that the router’s setting `platformNetworks` allows. Looked at when its name is looked up.',
    }),
  ),
  schema: Type.Optional(answerSchema),
  attributes: Type.Optional(
    Type.Array(
      params({
        name: name('Of the attribute.'),
        from: Type.String({
          pattern: '^(/[^/\\s]{1,64}){1,8}$',
          examples: ['/guest/name'],
          description: 'Where in `data` it is: a JSON Pointer.',
          'x-rule': 'a JSON Pointer',
          'x-type': 'a JSON Pointer',
        }),
      }),
      { maxItems: platformAttributesMax, description: 'What of the data becomes attributes of the contact.' },
    ),
  ),
};

const secret = {
  ...webhookProperties.secret,
  description: 'Signs what it is asked, as deliveries of webhooks are signed. It is never shown again.',
};
const howItIsAsked =
  'How the platform is asked for more of a caller, when its serial has come. Absent: it is not asked.';
const fetch = { ...params({ ...asking, secret }), description: howItIsAsked };

type FetchWithoutSecret = Static<typeof platformInDocument.fetch> & object;

/** What no schema can say. */
export function platformFault({ fetch: given }: { readonly fetch?: FetchWithoutSecret }): Fault | undefined {
  if (given === undefined) return undefined;
  const { networks = [], schema } = given;
  for (const [at, network] of networks.entries())
    if (!isNetwork(network)) return { path: `/fetch/networks/${at}`, message: 'is no network' };
  return (
    faultUnder('/fetch', webhookFault(given)) ??
    (schema === undefined ? undefined : faultUnder('/fetch/schema', schemaFault(schema, '')))
  );
}

export const platformProperties = {
  accessId: digits(
    'The first digits of the numbers under which it hands its callers over.',
    accessIdLengthMax,
    '90011',
  ),
  name: Type.Optional(text('As agents read it.')),
  credential: Type.Optional(credential),
  handoverMs: Type.Optional(handoverMs),
  fetch: Type.Optional(fetch),
};

/** As a configuration document has it: what is secret may be left out, and stays as it is then. */
export const platformInDocument = {
  ...platformProperties,
  credential: Type.Optional({
    ...credential,
    description: `${credential.description} An export leaves it out, too; left out of a document, the one that is there stays.`,
  }),
  hasCredential: Type.Optional(
    flag('Others than itself need its `credential`, which is there or given. false takes away the one that is there.'),
  ),
  fetch: Type.Optional({
    ...params({
      ...asking,
      secret: Type.Optional({
        ...secret,
        description: `${secret.description} An export leaves it out, too; left out of a document, the one that is there stays.`,
      }),
    }),
    description: howItIsAsked,
  }),
};

export const platformView = shape(
  'Platform',
  result({
    platformId: id('The platform.'),
    accessId: platformProperties.accessId,
    planId: id('The plan of its numbers.'),
    name: platformProperties.name,
    hasCredential: Type.Boolean({ description: 'Others than itself need its `credential`.' }),
    handoverMs,
    fetch: Type.Optional({ ...result(asking), description: 'How it is asked.' }),
    asked: count('Contacts of which it is being asked.'),
    leftAloneUntil: Type.Optional(timeMs('It did not answer so often that it is not asked until then.')),
    lastFailure: Type.Optional(result({ at: timeMs('When it failed last.'), why: text('How.') })),
    since: timeMs('When it was set.'),
    live: count('Serials that it has handed over and that can still be used.'),
    identified: count('Contacts that came with one of its serials.'),
    wrongSerials: count('Wrong serials within the window of its plan.'),
    limitedUntil: Type.Optional(timeMs('Until when none of its serials is looked up: too many were wrong.')),
  }),
);

export const serial = Type.String({
  pattern: `^[0-9]{${serialLengthMin},${serialLengthMax}}$`,
  examples: ['12345678'],
  description: 'As many digits as the plan says. Absent: the router makes one that nobody can guess.',
  'x-rule': `${serialLengthMin} to ${serialLengthMax} digits`,
  'x-type': 'digits',
});

export const handoverProperties = {
  serial: Type.Optional(serial),
  data: Type.Optional({
    ...attributes,
    description: `What the agent is to see of the caller. ${attributes.description}`,
  }),
  identity: Type.Optional({
    ...identity,
    description: 'Who the caller is: the customer of the contact, where that names none itself.',
  }),
  expiresAt: Type.Optional(timeMs('Until when it can be used. Default: the platform’s `handoverMs` from now on.')),
};
