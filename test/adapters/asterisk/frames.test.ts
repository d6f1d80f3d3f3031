// What Asterisk really says (recorded from 22.10.1, one frame of each kind), as it is read here; and what is said to it, beside what it was seen to take.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AriFrame, decodeFrame, encodeRequest } from '../../../src/adapters/asterisk/ari/frames.ts';
import { endedBy, failedBy } from '../../../src/adapters/asterisk/causes.ts';

const recorded = JSON.parse(readFileSync(new URL('./frames.recorded.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, unknown>
>;

function read(name: string): AriFrame {
  const frame = decodeFrame(JSON.stringify(recorded[name]));
  if (frame === undefined) throw new Error(`${name} was not read`);
  return frame;
}

function eventOf(name: string) {
  const frame = read(name);
  if (!('event' in frame)) throw new Error(`${name} is no event`);
  return frame.event;
}

describe('events', () => {
  test('a call that comes says which number was called, and by whom', () => {
    expect(eventOf('StasisStart inbound')).toMatchObject({
      type: 'StasisStart',
      channel: { state: 'Ring', caller: { number: 'sipp' }, dialplan: { exten: '5551000', app_name: 'Stasis' } },
    });
  });

  test('events of dialling have their channel where all others have it', () => {
    expect(eventOf('Dial RINGING').channel?.id).toBe((recorded['Dial RINGING']!.peer as { id: string }).id);
  });

  test('every recorded frame but the handshake is read', () => {
    const requests = (name: string) => name === 'handshake' || name.startsWith('RESTRequest');
    for (const name of Object.keys(recorded)) if (!requests(name)) expect(read(name), name).toBeDefined();
  });

  test.each(['', 'hello', '[]', '{}', '{"type":7}', '{"type":"RESTResponse"}'])('%j is not of ARI', (text) => {
    expect(decodeFrame(text)).toBeUndefined();
  });
});

describe('requests and their answers', () => {
  test('a request with a query is the one that Asterisk was seen to take, but for its ids', () => {
    const taken = recorded['RESTRequest POST channels/ID/moh query']!;
    const said = JSON.parse(encodeRequest('7', 'POST', taken.uri as string, { mohClass: 'default', none: undefined }));
    expect(said).toEqual({ ...taken, transaction_id: '7', request_id: '7' });
  });

  test('one with a body carries it as a text', () => {
    const taken = recorded['RESTRequest POST bridges body']!;
    const body = JSON.parse(taken.message_body as string) as object;
    expect(JSON.parse(encodeRequest('8', 'POST', 'bridges', {}, body))).toEqual({
      ...taken,
      transaction_id: '8',
      request_id: '8',
    });
  });

  test('an answer has the status and what was in the body, or nothing', () => {
    const { request_id: requestId } = recorded['RESTResponse 404 channels/no-such-channel']!;
    expect(read('RESTResponse 404 channels/no-such-channel')).toEqual({
      response: { requestId, status: 404, body: { message: 'Channel not found' } },
    });
    expect(read('RESTResponse 204 channels/ID')).toMatchObject({ response: { status: 204, body: undefined } });
  });
});

describe('causes', () => {
  test('of telephones that were not answered', () => {
    expect(failedBy(eventOf('ChannelDestroyed cause 17').cause)).toBe('busy');
    expect(failedBy(eventOf('ChannelDestroyed cause 19').cause)).toBe('noAnswer');
    expect([1, 3, 20, 21, 27, 16, undefined].map(failedBy)).toEqual([
      'unreachable',
      'unreachable',
      'unreachable',
      'rejected',
      'unreachable',
      'failed',
      'failed',
    ]);
  });

  test('of calls: who hangs up has 16 in a bridge, and none or 0 outside', () => {
    expect(endedBy(eventOf('ChannelHangupRequest cause 16').cause)).toBe('hungUp');
    expect(endedBy(eventOf('ChannelHangupRequest cause absent').cause)).toBe('hungUp');
    expect(endedBy(eventOf('ChannelDestroyed cause 0').cause)).toBe('hungUp');
    expect([44, 102].map(endedBy)).toEqual(['lost', 'lost']);
  });
});
