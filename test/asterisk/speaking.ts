// Somebody who calls and speaks: a tone, sent by RTP to where the other side has said that it hears, until that hangs up.

import { createSocket } from 'node:dgram';
import { Callers } from '../../bench/load/asterisk/callers.ts';
import { first } from './real-asterisk.ts';

const from = '+12025550199';
const callerPort = 17_196;

const samplesPerPacket = 160;
const everyMs = 20;
/** µ-law's loudest, in turn: 500 Hz. */
const tone = Buffer.from(Array.from({ length: samplesPerPacket }, (_, at) => (at % 16 < 8 ? 0x80 : 0x00)));

/** `description`: the other side's SDP. */
function speak(description: string): () => void {
  const port = Number(/^m=audio (\d+) /m.exec(description)?.[1]);
  const host = /^c=IN IP4 (\S+)/m.exec(description)?.[1];
  if (host === undefined || Number.isNaN(port)) throw new Error(`nobody hears, by ${description}`);
  const socket = createSocket('udp4');
  let packets = 0;
  const beat = setInterval(() => {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt16BE(packets % 65_536, 2);
    header.writeUInt32BE((packets * samplesPerPacket) % 0x1_0000_0000, 4);
    header.writeUInt32BE(7, 8);
    packets += 1;
    socket.send(Buffer.concat([header, tone]), port, host);
  }, everyMs);
  return () => {
    clearInterval(beat);
    socket.close();
  };
}

/** Resolves when Asterisk has hung up; rejects when it has not let the call in. */
export async function callAndSpeak(number: string): Promise<void> {
  let hush = () => {};
  let isOver = (_: number | undefined) => {};
  const over = new Promise<number | undefined>((resolve) => {
    isOver = resolve;
  });
  const callers = await Callers.open(
    { own: callerPort, asterisk: first.sipPort },
    (_, status) => isOver(status),
    (_, description) => {
      hush = speak(description);
    },
  );
  callers.call(from, number);
  const status = await over;
  hush();
  await callers.close();
  if (status !== undefined) throw new Error(`the call was turned away: ${status}`);
}
