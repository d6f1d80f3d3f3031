// What the host writes for a contact with legs, beside the same record by the tests' own writer, and what it does not write.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { CommandEncoder } from '../../src/engine/command-encoder.ts';
import { type Command, writeCommand } from '../core/commands.ts';

const handle = { slot: 7, number: 2 ** 32 + 9 };
/** The core keeps the low 32 bits of a contact's number. */
const offer = { contact: 7, number: 9, offer: 3, agent: 5 };

function encoded(write: (encoder: CommandEncoder) => void): Uint8Array {
  const bytes = new Uint8Array(512);
  const encoder = new CommandEncoder(bytes.buffer, 0, bytes.length);
  write(encoder);
  return bytes.subarray(0, encoder.bytes);
}

function written(command: Command): Uint8Array {
  const bytes = new Uint8Array(512);
  return bytes.subarray(0, writeCommand(new DataView(bytes.buffer), 0, command));
}

describe('the encoder', () => {
  const create = { profile: 2, priority: -3, creditMs: 40 };
  const created = { kind: 'contactCreate', contact: 7, number: 9, ...create, agent: -1, waitMs: 0, orElse: 0 } as const;

  test.each<[string, (encoder: CommandEncoder) => void, Command]>([
    [
      'a contact with legs',
      (encoder) => encoder.contactCreate({ ...handle, ...create }, true),
      { ...created, withLegs: true },
    ],
    ['a contact without', (encoder) => encoder.contactCreate({ ...handle, ...create }, false), created],
    ['an acceptance that connects', (encoder) => encoder.offerAccept(handle, 3, 5), { kind: 'offerAccept', ...offer }],
    [
      'an acceptance with the time to connect',
      (encoder) => encoder.offerAccept(handle, 3, 5, { connectMs: 1_500 }),
      { kind: 'offerAccept', ...offer, connectMs: 1_500 },
    ],
    [
      'an acceptance that is never refused',
      (encoder) => encoder.offerAccept(handle, 3, 5, { connectMs: 1, ifOpen: true }),
      { kind: 'offerAccept', ...offer, connectMs: 1, ifOpen: true },
    ],
    [
      'a telephone that rings',
      (encoder) => encoder.offerRang(handle, 3, 5),
      { kind: 'offerRang', ...offer, ifOpen: true },
    ],
    [
      'legs that are joined',
      (encoder) => encoder.offerConnected(handle, 3, 5),
      { kind: 'offerConnected', ...offer, ifOpen: true },
    ],
    [
      'an offer that failed',
      (encoder) => encoder.offerFailed(handle, 3, 5, layout.WITHDRAWN_BUSY, 2_000),
      { kind: 'offerFailed', ...offer, code: layout.WITHDRAWN_BUSY, restMs: 2_000, ifOpen: true },
    ],
    [
      'the end of a contact whose leg was lost',
      (encoder) => encoder.contactEnd(handle, layout.ENDED_LEG_LOST),
      { kind: 'contactEnd', contact: 7, number: 9, code: layout.ENDED_LEG_LOST },
    ],
    [
      'more time for a wrap-up',
      (encoder) => encoder.wrapUpExtend(handle, 30_000),
      { kind: 'wrapUpExtend', contact: 7, number: 9, byMs: 30_000 },
    ],
    [
      'a contact that leaves for another queue',
      (encoder) => encoder.contactLeave(handle, 3, 11, layout.MOVED_TIMED_OUT),
      { kind: 'contactLeave', contact: 7, number: 9, queue: 3, profile: 11, why: layout.MOVED_TIMED_OUT },
    ],
    [
      'a contact that leaves for good',
      (encoder) => encoder.contactLeave(handle, 3, undefined, layout.MOVED_CLOSED),
      { kind: 'contactLeave', contact: 7, number: 9, queue: 3, profile: layout.NONE, why: layout.MOVED_CLOSED },
    ],
    [
      'a contact that is given a place back, and a way',
      (encoder) =>
        encoder.contactCreate({ ...handle, profile: 4, priority: 0, creditMs: 0 }, false, undefined, {
          place: { arrivedAt: 1_700_000_000_000, sequence: 5_000_000_000 },
          way: [
            { profile: 5, why: layout.MOVED_FULL },
            { profile: 6, why: layout.MOVED_NOBODY },
          ],
        }),
      {
        kind: 'contactCreate',
        contact: 7,
        number: 9,
        profile: 4,
        priority: 0,
        creditMs: 0,
        agent: layout.NONE,
        waitMs: 0,
        orElse: layout.OR_ELSE_QUEUE,
        place: { arrived: 1_700_000_000_000, sequence: 5_000_000_000 },
        way: [
          { profile: 5, why: layout.MOVED_FULL },
          { profile: 6, why: layout.MOVED_NOBODY },
        ],
      },
    ],
  ])('writes %s', (_, write, command) => {
    expect(encoded(write)).toEqual(written(command));
  });

  test.each<[string, (encoder: CommandEncoder) => void, string]>([
    [
      'no time to connect',
      (encoder) => encoder.offerAccept(handle, 3, 5, { connectMs: 0 }),
      'i32 0 is not an integer from 1',
    ],
    [
      'a failure for a reason of the core’s own',
      (encoder) => encoder.offerFailed(handle, 3, 5, layout.WITHDRAWN_CHANGED, 0),
      'an offer does not fail with the code 7',
    ],
    [
      'a rest of less than nothing',
      (encoder) => encoder.offerFailed(handle, 3, 5, layout.WITHDRAWN_BUSY, -1),
      'i32 -1 is not an integer from 0',
    ],
    [
      'an end for a reason that is not known',
      (encoder) => encoder.contactEnd(handle, layout.ENDED_FUNDS_EXHAUSTED + 1),
      'i32 23 is not an integer from 1 to 22',
    ],
  ])('refuses %s', (_, write, message) => {
    expect(() => encoded(write)).toThrow(message);
  });

  test('takes back what a refused request has written, and begins the next as if that had not been', () => {
    const bytes = new Uint8Array(512);
    const encoder = new CommandEncoder(bytes.buffer, 0, bytes.length);
    encoder.beginRequest();
    encoder.wrapUpExtend(handle, 1_000);
    const one = encoder.bytes;
    const mark = encoder.beginRequest();
    encoder.wrapUpExtend(handle, 2_000);
    encoder.wrapUpExtend(handle, 3_000);
    expect([encoder.bytes, encoder.count]).toEqual([3 * one, 3]);
    encoder.rewind(mark);
    expect([encoder.bytes, encoder.count]).toEqual([one, 1]);
    encoder.wrapUpExtend(handle, 4_000);
    expect([encoder.bytes, encoder.count]).toEqual([2 * one, 2]);
    // Not glued to the one before.
    const alone = written({ kind: 'wrapUpExtend', contact: 7, number: 9, byMs: 4_000 });
    expect(bytes.subarray(one, 2 * one)).toEqual(alone);
  });
});
