// Takes a frame that holds one plain request: its members in the usual order without spaces, a whole number for an id.
// It is read from the bytes as they came, since making a text of a frame costs as much as all of this. Parameters that are ids are
// known to fit when they have been read; others are parsed by themselves: a third of the time of parsing the whole.
// What it gives is what parseFrame() and readMessage() would have given; anything else is undefined, and theirs.

import { endOfDigits, hashOf, wholeOf } from '../protocol/frame-bytes.ts';
import type { RequestMessage, RoutedMethod } from './request-router.ts';
import { textOf } from './utf8.ts';

const beforeId = Buffer.from('{"jsonrpc":"2.0","id":');
const beforeMethod = Buffer.from(',"method":"');
const beforeParams = Buffer.from('","params":{');
const QUOTE = 34;
const CLOSING = 125;
/** Many times as many as there are methods, so that hardly two of them want the same place. */
const PLACES = 4_096;

interface Known {
  readonly method: RoutedMethod;
  readonly name: Uint8Array;
}

export class PlainRequests {
  /** By the hash of the name, or in one of the next places where that is taken. */
  readonly #known: (Known | undefined)[] = new Array<Known | undefined>(PLACES).fill(undefined);

  constructor(methods: ReadonlyMap<string, RoutedMethod>) {
    for (const [text, method] of methods) {
      const name = Buffer.from(text);
      let place = hashOf(name, 0, name.length) % PLACES;
      while (this.#known[place] !== undefined) place = (place + 1) % PLACES;
      this.#known[place] = { method, name };
    }
  }

  /** The frame is good during the call alone. */
  read(frame: Uint8Array): RequestMessage | undefined {
    if (!stands(beforeId, frame, 0)) return undefined;
    let at = endOfDigits(frame, beforeId.length);
    if (at < 0) return undefined;
    const id = wholeOf(frame, beforeId.length, at);
    if (!stands(beforeMethod, frame, at)) return undefined;
    at += beforeMethod.length;
    const end = frame.indexOf(QUOTE, at);
    if (end < 0 || !stands(beforeParams, frame, end)) return undefined;
    const method = this.#find(frame, at, end);
    if (method === undefined) return undefined;
    at = end + beforeParams.length;
    const params = method.readParams?.(frame, at);
    if (params !== undefined) return { kind: 'request', id, method: method.name, params, fits: true };
    const parsed = parseLast(frame, at - 1);
    return parsed === undefined ? undefined : { kind: 'request', id, method: method.name, params: parsed };
  }

  #find(frame: Uint8Array, from: number, end: number): RoutedMethod | undefined {
    for (let place = hashOf(frame, from, end) % PLACES; ; place = (place + 1) % PLACES) {
      const known = this.#known[place];
      if (known === undefined) return undefined;
      if (known.name.length === end - from && stands(known.name, frame, from)) return known.method;
    }
  }
}

function stands(text: Uint8Array, frame: Uint8Array, at: number): boolean {
  if (at + text.length > frame.length) return false;
  for (let index = 0; index < text.length; index++) if (frame[at + index] !== text[index]) return false;
  return true;
}

/** The object that begins here, if the frame ends with it and one more brace. */
function parseLast(frame: Uint8Array, at: number): object | undefined {
  if (frame[frame.length - 1] !== CLOSING) return undefined;
  try {
    return JSON.parse(textOf(frame.subarray(at, -1))) as object;
  } catch {
    return undefined;
  }
}
