// Rows as msgpack: byte for byte what msgpackr would write (redo.ts), in half of its time.
//
//   row ─ members, lists, texts, numbers, yes and no? ─ yes ─▶ bytes written here
//                     └ anything else ─▶ undefined: msgpackr writes it
//
// A row is packed for each contact that comes and again when it is over, and its keys are most of it; so which key came behind
// which is remembered with the bytes of the key, eight at a time. What a tick counted and recorded is a row with long lists. Rows are
// packed one behind the other, among what else is written between them, into bytes that are used again for the next tick.

const BYTES_MIN = 65_536;
/** What has grown larger is not kept for the next. */
const BYTES_KEPT_MAX = 8_388_608;
/** Longer texts, and those that are not ASCII, are written by a call, which costs more than a short loop. */
const SHORT_TEXT_MAX = 255;
/** The head of a text says its length in two bytes at most. */
const TEXT_BYTES_MAX = 0xffff;
/** Bytes that one unit of a string can take in UTF-8. */
const BYTES_PER_UNIT = 3;
/** The head of a list says its length in its own byte up to here, and in two more up to the other. */
const SHORT_LIST_MAX = 15;
const LIST_MAX = 0xffff;
const DEPTH_MAX = 16;
/** Keys of customers' data are keys, too: past so many, all are forgotten, and past so many behind the same one, the rest is not remembered. */
const KNOWN_KEYS_MAX = 4_096;
const BEHIND_ONE_MAX = 256;
/** A key with its head, as three words. */
const WORD_BYTES = 8;
const KEY_WORDS_MAX = 3;

const MAP_16 = 0xde;
const LIST = 0x90;
const LIST_16 = 0xdc;
const TEXT = 0xa0;
const TEXT_8 = 0xd9;
const TEXT_16 = 0xda;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const INT_8 = 0xd0;
const INT_16 = 0xd1;
const INT_32 = 0xd2;
const NIL = 0xc0;
const NO = 0xc2;
const YES = 0xc3;

/** A key of an object, or, as the one that is under a key and behind none, its beginning. */
class KnownKey {
  readonly key: string;
  /** With its head; 0: it is no short ASCII text. */
  readonly bytes: number;
  /** The bytes of three words; what is behind the end of the key is written over by its value. */
  readonly words = new Float64Array(KEY_WORDS_MAX);
  /** The key that came behind it the last time. */
  next: KnownKey | undefined;
  readonly others = new Map<string, KnownKey>();
  /** What the object under it begins with, or those of the list under it. */
  under: KnownKey | undefined;

  constructor(key: string) {
    this.key = key;
    const text = Buffer.from(key, 'utf8');
    const isShort = text.length === key.length && text.length < KEY_WORDS_MAX * WORD_BYTES;
    this.bytes = isShort ? 1 + text.length : 0;
    if (isShort) Buffer.from(this.words.buffer).set([TEXT | text.length, ...text]);
  }
}

export class RowPacker {
  #root = new KnownKey('');
  #knownKeys = 0;
  #bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  #view = viewOf(this.#bytes);
  #at = 0;
  #limit = BYTES_MIN;
  /** The row did not end within the bytes. */
  #full = false;

  /** Good until it grows. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the next byte goes. */
  get at(): number {
    return this.#at;
  }

  /** From the first byte on again. */
  reset(): void {
    this.#at = 0;
    if (this.#bytes.length > BYTES_KEPT_MAX) this.#replaceBy(Buffer.allocUnsafeSlow(BYTES_MIN));
  }

  /** Returns where they begin: the caller writes them. */
  reserve(count: number): number {
    const from = this.#at;
    while (from + count > this.#bytes.length) this.#grow();
    this.#at = from + count;
    return from;
  }

  /** False where the row holds something else than the simplest: then nothing has been written. */
  pack(row: unknown): boolean {
    const from = this.#at;
    for (;;) {
      this.#full = false;
      if (this.#value(row, 0, this.#root)) return true;
      this.#at = from;
      if (!this.#full) return false;
      this.#grow();
    }
  }

  #grow(): void {
    const grown = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#replaceBy(grown);
  }

  #replaceBy(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#limit = bytes.length;
  }

  #hasRoomFor(count: number): boolean {
    if (this.#at + count <= this.#limit) return true;
    this.#full = true;
    return false;
  }

  #value(value: unknown, depth: number, key: KnownKey | undefined): boolean {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'object') {
      if (value === null) return this.#byte(NIL);
      if (depth >= DEPTH_MAX) return false;
      if (Array.isArray(value)) return this.#list(value, depth, key);
      return this.#members(value as Readonly<Record<string, unknown>>, depth, key);
    }
    if (typeof value === 'boolean') return this.#byte(value ? YES : NO);
    return false;
  }

  #byte(byte: number): boolean {
    if (!this.#hasRoomFor(1)) return false;
    this.#bytes[this.#at++] = byte;
    return true;
  }

  #members(object: Readonly<Record<string, unknown>>, depth: number, of: KnownKey | undefined): boolean {
    if (object.constructor !== Object) return false;
    if (!this.#hasRoomFor(3)) return false;
    const head = this.#at;
    this.#at += 3;
    let count = 0;
    let known = of === undefined ? undefined : this.#under(of);
    for (const key in object) {
      if (known !== undefined) {
        const { next } = known;
        known = next !== undefined && next.key === key ? next : this.#behind(known, key);
      }
      const isWritten = known === undefined ? this.#text(key) : this.#key(known);
      if (!isWritten || !this.#value(object[key], depth + 1, known)) return false;
      count += 1;
    }
    this.#bytes[head] = MAP_16;
    this.#bytes[head + 1] = count >> 8;
    this.#bytes[head + 2] = count & 0xff;
    return true;
  }

  #under(known: KnownKey): KnownKey {
    known.under ??= new KnownKey('');
    return known.under;
  }

  /** Undefined: it is not remembered, nor what comes behind it. */
  #behind(before: KnownKey, key: string): KnownKey | undefined {
    let known = before.others.get(key);
    if (known === undefined) {
      if (before.others.size >= BEHIND_ONE_MAX) return undefined;
      known = new KnownKey(key);
      before.others.set(key, known);
      this.#knownKeys += 1;
      if (this.#knownKeys > KNOWN_KEYS_MAX) {
        this.#root = new KnownKey('');
        this.#knownKeys = 0;
      }
    }
    before.next = known;
    return known;
  }

  #key({ key, bytes, words }: KnownKey): boolean {
    if (bytes === 0 || !this.#hasRoomFor(KEY_WORDS_MAX * WORD_BYTES)) return this.#text(key);
    const at = this.#at;
    const view = this.#view;
    view.setFloat64(at, words[0]!, true);
    if (bytes > WORD_BYTES) view.setFloat64(at + WORD_BYTES, words[1]!, true);
    if (bytes > 2 * WORD_BYTES) view.setFloat64(at + 2 * WORD_BYTES, words[2]!, true);
    this.#at = at + bytes;
    return true;
  }

  #list(list: readonly unknown[], depth: number, key: KnownKey | undefined): boolean {
    const { length } = list;
    if (length > LIST_MAX || !this.#hasRoomFor(3)) return false;
    if (length <= SHORT_LIST_MAX) this.#bytes[this.#at++] = LIST | length;
    else {
      this.#bytes[this.#at++] = LIST_16;
      this.#bytes[this.#at++] = length >> 8;
      this.#bytes[this.#at++] = length & 0xff;
    }
    const isOfNumbers = typeof list[0] === 'number' && typeof list[length - 1] === 'number';
    return isOfNumbers ? this.#numbers(list, depth + 1, key) : this.#elements(list, depth + 1, key);
  }

  #elements(list: readonly unknown[], depth: number, key: KnownKey | undefined): boolean {
    for (let index = 0; index < list.length; index++) if (!this.#value(list[index], depth, key)) return false;
    return true;
  }

  /** The engine has arrays of numbers in kinds of their own; where it has met them all in one place it looks each element up by a call. */
  #numbers(list: readonly unknown[], depth: number, key: KnownKey | undefined): boolean {
    for (let index = 0; index < list.length; index++) {
      const value = list[index];
      const isWritten = typeof value === 'number' ? this.#number(value) : this.#value(value, depth, key);
      if (!isWritten) return false;
    }
    return true;
  }

  #text(text: string): boolean {
    const { length } = text;
    const out = this.#bytes;
    if (length > SHORT_TEXT_MAX) return this.#anyText(text);
    if (!this.#hasRoomFor(2 + length)) return false;
    let at = this.#at;
    if (length < 32) out[at++] = TEXT | length;
    else {
      out[at++] = TEXT_8;
      out[at++] = length;
    }
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return this.#anyText(text);
      out[at++] = code;
    }
    this.#at = at;
    return true;
  }

  /** Halves of surrogate pairs are left to msgpackr: what it makes of them depends on the length. */
  #anyText(text: string): boolean {
    if (text.length * BYTES_PER_UNIT > TEXT_BYTES_MAX || !text.isWellFormed()) return false;
    if (!this.#hasRoomFor(3 + text.length * BYTES_PER_UNIT)) return false;
    const out = this.#bytes;
    const head = this.#at;
    const bytes = out.write(text, head + 3);
    let at = head;
    if (bytes < 32) out[at++] = TEXT | bytes;
    else if (bytes < 0x100) {
      out[at++] = TEXT_8;
      out[at++] = bytes;
    } else {
      out[at++] = TEXT_16;
      out[at++] = bytes >> 8;
      out[at++] = bytes & 0xff;
    }
    out.copyWithin(at, head + 3, head + 3 + bytes);
    this.#at = at + bytes;
    return true;
  }

  #number(value: number): boolean {
    if (!this.#hasRoomFor(9)) return false;
    const at = this.#at;
    const view = this.#view;
    if (value >>> 0 === value) {
      if (value < 0x80) {
        view.setUint8(at, value);
        this.#at = at + 1;
      } else if (value < 0x100) {
        view.setUint8(at, UINT_8);
        view.setUint8(at + 1, value);
        this.#at = at + 2;
      } else if (value < 0x10000) {
        view.setUint8(at, UINT_16);
        view.setUint16(at + 1, value);
        this.#at = at + 3;
      } else {
        view.setUint8(at, UINT_32);
        view.setUint32(at + 1, value);
        this.#at = at + 5;
      }
    } else if (value >> 0 === value) {
      if (value >= -0x20) {
        view.setInt8(at, value);
        this.#at = at + 1;
      } else if (value >= -0x80) {
        view.setUint8(at, INT_8);
        view.setInt8(at + 1, value);
        this.#at = at + 2;
      } else if (value >= -0x8000) {
        view.setUint8(at, INT_16);
        view.setInt16(at + 1, value);
        this.#at = at + 3;
      } else {
        view.setUint8(at, INT_32);
        view.setInt32(at + 1, value);
        this.#at = at + 5;
      }
    } else {
      view.setUint8(at, FLOAT_64);
      view.setFloat64(at + 1, value);
      this.#at = at + 9;
    }
    return true;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
