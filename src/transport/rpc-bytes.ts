// JSON-RPC 2.0 as bytes: notifications and results whose members have a writer made from their schema (src/protocol/byte-writers.ts).
// What it cannot write, or where there is no room, is -1: json-rpc.ts makes a text of it.

import { constantWriter, type MembersWriter, type Room, writeNumber } from '../protocol/byte-writers.ts';
import { notificationPrefix } from './json-rpc.ts';

export const COMMA = 0x2c;
const CLOSING = 0x7d;
/** Of a number, and what stands around it. */
const NUMBER_ROOM = 32;
const CLOSING_BYTES = 2;

/** Writes a notification from `at` on. Returns where it ends, or -1. */
export type NotificationWriter = (
  seq: number,
  params: Readonly<Record<string, unknown>>,
  room: Room,
  at: number,
) => number;

export function notificationWriter(event: string, writeMembers: MembersWriter): NotificationWriter {
  const prefix = notificationPrefix(event);
  const writePrefix = constantWriter(prefix);
  const headBytes = Buffer.byteLength(prefix) + NUMBER_ROOM;
  return (seq, params, room, at) => {
    const { bytes } = room;
    if (at + headBytes > bytes.length) return -1;
    const comma = writeNumber(room, writePrefix(room, at), seq);
    bytes[comma] = COMMA;
    return closed(room, writeMembers(params, room, comma + 1));
  };
}

const resultHead = '{"jsonrpc":"2.0","id":';
const writeResultHead = constantWriter(resultHead);
const resultMiddle = ',"result":{';
const writeResultMiddle = constantWriter(resultMiddle);
const RESULT_HEAD_BYTES = resultHead.length + resultMiddle.length + NUMBER_ROOM;

export function writeResult(
  id: number,
  result: Readonly<Record<string, unknown>>,
  writeMembers: MembersWriter,
  room: Room,
  at: number,
): number {
  if (at + RESULT_HEAD_BYTES > room.bytes.length) return -1;
  const middle = writeNumber(room, writeResultHead(room, at), id);
  return closed(room, writeMembers(result, room, writeResultMiddle(room, middle)));
}

/** The braces of the members and of the message. */
function closed({ bytes }: Room, at: number): number {
  if (at < 0 || at + CLOSING_BYTES > bytes.length) return -1;
  bytes[at] = CLOSING;
  bytes[at + 1] = CLOSING;
  return at + CLOSING_BYTES;
}
