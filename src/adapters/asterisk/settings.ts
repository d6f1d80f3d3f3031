// The settings of `strowger asterisk`, checked before anything begins: what is wrong is told with its place in the file.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { faultText } from '../../protocol/fault.ts';
import { channel, id, oneOf, params, text, whole } from '../../protocol/schemas.ts';
import { faultOf } from '../../protocol/validation.ts';

const numbersMax = 64;
const numberBeginning = Type.String({
  pattern: '^[0-9+*#]{0,32}$',
  'x-rule': 'the first digits of a number, perhaps none',
});
/** What Asterisk dials, with {agentId}, {lineId}, {number} and {rest} filled in. */
const endpoint = Type.String({
  pattern: '^[A-Za-z]+/[A-Za-z0-9@+*#:._;=/{}-]{1,256}$',
  'x-rule': 'what Asterisk dials, such as PJSIP/{agentId} or PJSIP/{number}@carrier',
});

export const asteriskSettings = params({
  asterisk: params({
    user: Type.Optional(text('The `username` of websocket_client.conf.')),
    password: Type.Optional(text('The `password` of websocket_client.conf.')),
    passwordFile: Type.Optional(text('A file with the password, instead of it.')),
    path: Type.Optional(Type.String({ pattern: '^/[A-Za-z0-9._~/-]{0,255}$', 'x-rule': 'a path such as /asterisk' })),
    app: Type.Optional(id('The Stasis application.')),
  }),
  telephones: params({
    agent: Type.Optional(endpoint),
    numbers: Type.Optional(Type.Array(params({ begins: numberBeginning, endpoint }), { maxItems: numbersMax })),
  }),
  calls: Type.Optional(
    params({
      channel: Type.Optional(channel),
      queueId: Type.Optional(id('Where all calls go. Absent: where the number called leads (entry.set).')),
      numbers: Type.Optional(
        Type.Array(
          params({
            begins: numberBeginning,
            length: Type.Optional(whole(1, 32, 'Only numbers of so many digits.')),
            becomes: numberBeginning,
          }),
          { maxItems: numbersMax },
        ),
      ),
      music: Type.Optional(id('The class of musiconhold.conf.')),
      knownByNumber: Type.Optional(
        Type.Boolean({
          description: 'Whether the number that calls says who the customer is.',
          'x-rule': 'true or false',
        }),
      ),
      greeting: Type.Optional(text('What somebody hears who is asked for a message, where the queue does not say.')),
      whileAway: Type.Optional(oneOf(['wait', 'refuse'] as const)),
    }),
  ),
});

export interface AsteriskSettings {
  readonly asterisk: { readonly user: string; readonly password: string; readonly path: string; readonly app: string };
  readonly telephones: Static<typeof asteriskSettings>['telephones'];
  readonly calls: {
    readonly channel: string;
    readonly queueId?: string;
    readonly numbers?: readonly { readonly begins: string; readonly length?: number; readonly becomes: string }[];
    readonly music: string;
    readonly greeting: string;
    readonly knownByNumber: boolean;
    readonly whileAway: 'wait' | 'refuse';
  };
}

export class SettingsError extends Error {}

/** `file`: as it is called in messages; paths in it are relative to it. */
export function settingsOf(content: unknown, file: string): AsteriskSettings {
  const fault = faultOf(asteriskSettings, content ?? {});
  if (fault !== undefined) throw new SettingsError(`${file}: ${faultText(fault)}`);
  const given = content as Static<typeof asteriskSettings>;
  const { asterisk, telephones, calls = {} } = given;
  for (const [path, template] of templatesOf(given)) {
    const unknown = /\{(?!agentId\}|lineId\}|number\}|rest\})[^}]*\}?/.exec(template);
    if (unknown !== null)
      throw new SettingsError(
        `${file}: ${path}: ${unknown[0]} is not known; {agentId}, {lineId}, {number} and {rest} are`,
      );
  }
  if (telephones.agent === undefined && telephones.numbers === undefined)
    throw new SettingsError(`${file}: /telephones: neither agent nor numbers is given, so nobody could be rung`);
  return {
    asterisk: {
      user: asterisk.user ?? 'asterisk',
      password: passwordOf(asterisk, file),
      path: asterisk.path ?? '/asterisk',
      app: asterisk.app ?? 'strowger',
    },
    telephones,
    calls: {
      channel: 'voice',
      music: 'default',
      greeting: 'vm-intro',
      knownByNumber: true,
      whileAway: 'wait',
      ...calls,
    },
  };
}

function* templatesOf({ telephones }: Static<typeof asteriskSettings>): Generator<[string, string]> {
  if (telephones.agent !== undefined) yield ['/telephones/agent', telephones.agent];
  for (const [at, { endpoint: template }] of (telephones.numbers ?? []).entries())
    yield [`/telephones/numbers/${at}/endpoint`, template];
}

function passwordOf({ password, passwordFile }: Static<typeof asteriskSettings>['asterisk'], file: string): string {
  if ((password === undefined) === (passwordFile === undefined))
    throw new SettingsError(`${file}: /asterisk: exactly one of password and passwordFile must be given`);
  if (passwordFile === undefined) return password!;
  const path = resolve(dirname(file), passwordFile);
  try {
    const read = readFileSync(path, 'utf8').trim();
    if (read === '') throw new SettingsError(`${file}: /asterisk/passwordFile: ${path} is empty`);
    return read;
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${file}: /asterisk/passwordFile: ${(error as Error).message}`);
  }
}
