// The list of addresses that a header field of SIP has: `"Sales; East" <sip:900@pbx>;reason=no-answer, <tel:+86900>`.
//
// Of the grammar of RFC 3261 this is the part that Diversion (RFC 5806) and History-Info (RFC 7044) are written in, read in one pass from
// left to right: commas, semicolons and angle brackets inside quotation marks, and commas inside angle brackets, are text. An address
// without angle brackets is read as well, since gateways write such; its parameters are then the header's, as RFC 3261 has it.

import { sipEntriesMax, sipParametersMax } from '../../../limits.ts';

export interface NameAddress {
  /** What stands between the angle brackets. */
  readonly uri: string;
  /** By name in small letters; without a value: an empty text. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Where reading ended, counted in characters from 0, and what was expected there. */
export interface SipFault {
  readonly at: number;
  readonly expected: string;
}

export function isSipFault(value: object): value is SipFault {
  return 'expected' in value;
}

const quote = '"';
/** Of a token (RFC 3261), and what hosts and numbers of versions are written with besides. */
const valueCharacters = /[A-Za-z0-9\-.!%*_+`'~:[\]@/]/;

export function readNameAddresses(text: string): readonly NameAddress[] | SipFault {
  const entries: NameAddress[] = [];
  const scanner = new Scanner(text);
  scanner.skipSpaces();
  while (!scanner.isAtEnd) {
    if (entries.length === sipEntriesMax) return scanner.fault(`no more than ${sipEntriesMax} entries`);
    const entry = readEntry(scanner);
    if (isSipFault(entry)) return entry;
    entries.push(entry);
    if (scanner.isAtEnd) break;
    if (!scanner.takes(',')) return scanner.fault('a comma, a semicolon or the end');
    scanner.skipSpaces();
    if (scanner.isAtEnd) return scanner.fault('an address behind the comma');
  }
  return entries.length === 0 ? scanner.fault('an address') : entries;
}

function readEntry(scanner: Scanner): NameAddress | SipFault {
  if (scanner.isAt(quote)) {
    const name = scanner.quoted();
    if (typeof name === 'object') return name;
    scanner.skipSpaces();
    if (!scanner.isAt('<')) return scanner.fault('an angle bracket behind the name');
  }
  const before = scanner.until('<,;"');
  if (!scanner.takes('<')) {
    const uri = before.trim();
    return uri === '' ? scanner.fault('an address') : withParameters(scanner, uri);
  }
  const uri = scanner.until('>');
  if (!scanner.takes('>')) return scanner.fault('a closing angle bracket');
  if (uri.trim() === '') return scanner.fault('an address between the angle brackets');
  return withParameters(scanner, uri.trim());
}

function withParameters(scanner: Scanner, uri: string): NameAddress | SipFault {
  const parameters = new Map<string, string>();
  scanner.skipSpaces();
  while (scanner.takes(';')) {
    if (parameters.size === sipParametersMax) return scanner.fault(`no more than ${sipParametersMax} parameters`);
    scanner.skipSpaces();
    const name = scanner.token();
    if (name === '') return scanner.fault('the name of a parameter');
    scanner.skipSpaces();
    const value = scanner.takes('=') ? readValue(scanner) : '';
    if (typeof value === 'object') return value;
    // Of a parameter that is given twice the first holds: whoever added another did not make the address.
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
    scanner.skipSpaces();
  }
  return { uri, parameters };
}

function readValue(scanner: Scanner): string | SipFault {
  scanner.skipSpaces();
  if (scanner.isAt(quote)) return scanner.quoted();
  const value = scanner.token();
  return value === '' ? scanner.fault('the value of a parameter') : value;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  isAt(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  takes(character: string): boolean {
    if (!this.isAt(character)) return false;
    this.#at += 1;
    return true;
  }

  skipSpaces(): void {
    while (this.isAt(' ')) this.#at += 1;
  }

  until(ends: string): string {
    const from = this.#at;
    while (!this.isAtEnd && !ends.includes(this.#text[this.#at] as string)) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }

  token(): string {
    const from = this.#at;
    while (!this.isAtEnd && valueCharacters.test(this.#text[this.#at] as string)) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }

  /** Behind a backslash any character stands for itself. */
  quoted(): string | SipFault {
    this.#at += 1;
    let said = '';
    while (!this.isAtEnd) {
      const character = this.#text[this.#at++] as string;
      if (character === quote) return said;
      if (character !== '\\') said += character;
      else if (this.isAtEnd) break;
      else said += this.#text[this.#at++];
    }
    return this.fault('a closing quotation mark');
  }

  fault(expected: string): SipFault {
    return { at: this.#at, expected };
  }
}
