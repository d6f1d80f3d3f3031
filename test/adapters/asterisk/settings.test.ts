// The settings of `strowger asterisk`: what is wrong is told with its place, and what is right becomes endpoints and numbers.

import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../../src/adapters/asterisk/settings.ts';
import { endpointOf, writtenAs } from '../../../src/adapters/asterisk/telephones.ts';
import { readDocument } from '../../../src/cli/read-document.ts';

const least = { asterisk: { password: 'secret' }, telephones: { agent: 'PJSIP/{agentId}' } };

test('the example is whole', () => {
  const file = 'examples/asterisk/adapter.yaml';
  expect(settingsOf(readDocument(file), file)).toMatchObject({
    asterisk: { user: 'asterisk', password: 'change-me', path: '/asterisk', app: 'strowger' },
    calls: { channel: 'voice', music: 'default', whileAway: 'wait' },
  });
});

test.each([
  [null, 'a.yaml: /asterisk: is missing'],
  [{ ...least, asterisk: {} }, 'a.yaml: /asterisk: exactly one of password and passwordFile must be given'],
  [{ ...least, asterisk: { passwordFile: 'no-such-file' } }, 'a.yaml: /asterisk/passwordFile: ENOENT'],
  [{ ...least, asterisk: { password: 'x', port: 1 } }, 'a.yaml: /asterisk/port: there is no such parameter'],
  [{ ...least, telephones: {} }, 'a.yaml: /telephones: neither agent nor numbers is given'],
  [
    { ...least, telephones: { agent: 'ann' } },
    'a.yaml: /telephones/agent: expected what Asterisk dials, such as PJSIP/{agentId}',
  ],
  [{ ...least, telephones: { agent: 'PJSIP/{name}' } }, 'a.yaml: /telephones/agent: {name} is not known'],
  [{ ...least, calls: { whileAway: 'sing' } }, 'a.yaml: /calls/whileAway: expected one of'],
])('%j is refused: %s', (content, message) => {
  expect(() => settingsOf(content, 'a.yaml')).toThrow(message);
});

describe('telephones', () => {
  const settings = settingsOf(
    {
      ...least,
      telephones: {
        agent: 'PJSIP/{agentId}',
        numbers: [
          { begins: '+49', endpoint: 'PJSIP/0{rest}@berlin' },
          { begins: '+', endpoint: 'PJSIP/{number}@carrier' },
        ],
      },
    },
    '',
  );

  test.each([
    [{ agentId: 'ann', lineId: 'ann.1' }, 'PJSIP/ann'],
    [{ agentId: 'ann', lineId: 'ann.1', number: '+493012' }, 'PJSIP/03012@berlin'],
    [{ number: '+12025550100' }, 'PJSIP/+12025550100@carrier'],
    [{ number: '100' }, undefined],
    [{ agentId: 'ann@elsewhere/x' }, undefined],
    [{}, undefined],
  ])('%j is %s', (to, endpoint) => {
    expect(endpointOf(to, settings)).toBe(endpoint);
  });
});

test('numbers become as the tenant writes them, by the first rule that fits', () => {
  const settings = settingsOf(
    {
      ...least,
      calls: {
        numbers: [
          { begins: '00', becomes: '+' },
          { begins: '', length: 7, becomes: '+1202' },
          { begins: '0', becomes: '+49' },
        ],
      },
    },
    '',
  );
  const written = (number: string) => writtenAs(number, settings);
  expect(['004930', '5550100', '0301234', '030123', '+1202', '100'].map(written)).toEqual([
    '+4930',
    '+12025550100',
    '+12020301234',
    '+4930123',
    '+1202',
    '100',
  ]);
});
