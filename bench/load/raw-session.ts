// One WebSocket of the load generator, on a bare TCP socket: frames are put together and taken apart by hand, and what
// an event turn sends leaves in one write. A library would cost more a message than the router does, and the load
// generator must not be what is measured.
//
// Frames go out masked with a key of zeros, as the standard allows: the other side unmasks them like any other, and the
// payload can be written as it is. Everything sent is plain ASCII.
//
// An array in a frame is taken apart where its messages begin: no text within a message can look like that, since its
// quotation marks would be escaped.

import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';

const READ_BYTES = 1 << 20;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const ARRAY = '['.charCodeAt(0);
const BETWEEN = Buffer.from(',{"jsonrpc":"2.0",');

/** All sockets of the process read into it: what is in it is taken apart before the next one reads. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
const heads: string[] = [];

/** A payload's bytes are `buffer` from `at` to `end`, and gone when the call returns. */
export type OnText = (session: RawSession, buffer: Buffer, at: number, end: number) => void;

export class RawSession {
  readonly name: string;
  /** Whatever the load has to know of it. */
  readonly index: number;
  onText: OnText;
  onLost: (why: string) => void;
  #socket!: Socket;
  #rest: Buffer | undefined;
  #out = '';
  #dirty: RawSession[];

  private constructor(name: string, index: number, dirty: RawSession[]) {
    this.name = name;
    this.index = index;
    this.#dirty = dirty;
    this.onText = () => {};
    this.onLost = (why) => {
      throw new Error(`${name}: ${why}`);
    };
  }

  /** Resolves when the upgrade has been answered. */
  static connect(url: string, name: string, index: number, dirty: RawSession[]): Promise<RawSession> {
    const session = new RawSession(name, index, dirty);
    const { hostname, port, pathname } = new URL(url);
    const key = randomBytes(16).toString('base64');
    return new Promise((resolve, reject) => {
      let head = '';
      const callback = (bytes: number): boolean => {
        if (head !== 'read') head = session.#readHead(head, bytes, () => resolve(session), reject);
        else session.#read(readBuffer.subarray(0, bytes));
        return true;
      };
      const socket = createConnection({ host: hostname, port: Number(port), onread: { buffer: readBuffer, callback } });
      session.#socket = socket;
      socket.setNoDelay(true);
      socket.once('error', (error) => session.#gone(error.message, reject));
      socket.once('close', () => session.#gone('the connection was closed', reject));
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
  }

  /** Sent with all else that this turn sends, by flush(). */
  send(text: string): void {
    if (this.#out === '') this.#dirty.push(this);
    this.#out += headOf(text.length, TEXT) + text;
  }

  flush(): void {
    const out = this.#out;
    this.#out = '';
    this.#socket.write(out, 'latin1');
  }

  /** Ends without a word: from here on nothing of it is reported. */
  end(): void {
    this.onLost = () => {};
    this.onText = () => {};
    this.#socket.destroy();
  }

  #gone(why: string, reject: (error: Error) => void): void {
    reject(new Error(`${this.name}: ${why}`));
    this.onLost(why);
  }

  #readHead(before: string, bytes: number, done: () => void, reject: (error: Error) => void): string {
    const head = before + readBuffer.toString('latin1', 0, bytes);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return head;
    if (!head.startsWith('HTTP/1.1 101')) {
      reject(new Error(`${this.name}: ${head.slice(0, 200)}`));
      return head;
    }
    if (head.length > end + 4) throw new Error(`${this.name}: the server spoke first`);
    done();
    return 'read';
  }

  #read(bytes: Buffer): void {
    let buffer = bytes;
    if (this.#rest !== undefined) {
      buffer = Buffer.concat([this.#rest, bytes]);
      this.#rest = undefined;
    }
    let at = 0;
    while (at + 2 <= buffer.length) {
      let length = buffer[at + 1]! & 127;
      let head = 2;
      if (length === 126) {
        if (at + 4 > buffer.length) break;
        length = buffer.readUInt16BE(at + 2);
        head = 4;
      } else if (length === 127) {
        if (at + 10 > buffer.length) break;
        length = Number(buffer.readBigUInt64BE(at + 2));
        head = 10;
      }
      const end = at + head + length;
      if (end > buffer.length) break;
      this.#frame(buffer[at]! & 15, buffer, at + head, end);
      at = end;
    }
    if (at < buffer.length) this.#rest = Buffer.from(buffer.subarray(at));
  }

  #frame(opcode: number, buffer: Buffer, at: number, end: number): void {
    if (opcode === TEXT) this.#texts(buffer, at, end);
    else if (opcode === CLOSE) this.onLost(`closed: ${buffer.toString('latin1', at + 2, end)}`);
    else if (opcode === PING) this.#socket.write(headOf(end - at, 10) + buffer.toString('latin1', at, end), 'latin1');
  }

  #texts(buffer: Buffer, at: number, end: number): void {
    if (buffer[at] !== ARRAY) {
      this.onText(this, buffer, at, end);
      return;
    }
    let from = at + 1;
    for (let next = from; next < end - 1; from = next + 1) {
      next = buffer.indexOf(BETWEEN, from);
      // What is found behind this frame belongs to another.
      if (next < 0 || next > end) next = end - 1;
      this.onText(this, buffer, from, next);
    }
  }
}

/** Head and mask of a final frame. */
function headOf(length: number, opcode: number): string {
  if (opcode !== TEXT) return made(length, opcode);
  heads[length] ??= made(length, opcode);
  return heads[length];
}

function made(length: number, opcode: number): string {
  if (length > 65_535) throw new RangeError(`a frame of ${length} bytes is longer than this load sends`);
  const bytes = length < 126 ? [128 | length] : [128 | 126, length >> 8, length & 255];
  return String.fromCharCode(128 | opcode, ...bytes, 0, 0, 0, 0);
}
