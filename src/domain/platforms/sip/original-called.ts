// Which number was called first, as a contact or the SIP headers of its call say it (docs/platforms.md has the rules with their sources).
//
//   originalCalled ── given: it alone counts
//   History-Info ──── the entry whose index comes first: 1 before 1.1, 1.2 before 1.10 (RFC 7044). rc, mp and np say by what way an entry
//                     came about, and name the one before; the first of all has none of them
//   Diversion ─────── the last entry: whoever diverts a call puts its own on top (RFC 5806)
//
// A header may be given as one text or as several, as a switch has them; several are one list, in this order. Of each header one entry
// counts and no other is ever tried: a caller who could add entries could else guess many numbers with one call. Each header may so name
// one number. What privacy asks for is not to show the number, and it is shown to nobody: it is looked at here and nowhere else.

import { isSipFault, type NameAddress, readNameAddresses, type SipFault } from './name-addresses.ts';
import { numberOfUri } from './number-of-uri.ts';

export type SipHeader = string | readonly string[];

export interface CalledAs {
  readonly originalCalled?: string;
  readonly sip?: { readonly diversion?: SipHeader; readonly historyInfo?: SipHeader };
}

export interface Called {
  /** Numbers in the order in which they are to be looked for in the plans: one of each source at most. */
  readonly numbers: readonly string[];
  /** Where a header could not be read. */
  readonly fault?: SipFault & { readonly path: string };
}

const plainNumber = /^\+?[\d\-.() ]+$/;

export function calledAs({ originalCalled, sip }: CalledAs): Called {
  if (originalCalled !== undefined) return { numbers: given(originalCalled) };
  const history = read(sip?.historyInfo, '/sip/historyInfo');
  const diversion = read(sip?.diversion, '/sip/diversion');
  const numbers = [firstOf(history.entries), lastOf(diversion.entries)].flatMap((entry) => {
    const digits = entry && numberOfUri(entry.uri);
    return digits === undefined ? [] : [digits];
  });
  const fault = history.fault ?? diversion.fault;
  return { numbers: [...new Set(numbers)], ...(fault !== undefined && { fault }) };
}

/** A number, or the URI that a switch has it in. */
function given(text: string): string[] {
  const digits = plainNumber.test(text) ? text.replace(/\D/g, '') : numberOfUri(text);
  return digits === undefined || digits === '' || digits.length > 32 ? [] : [digits];
}

interface HeaderRead {
  readonly entries: readonly NameAddress[];
  readonly fault?: SipFault & { readonly path: string };
}

function read(header: SipHeader | undefined, path: string): HeaderRead {
  if (header === undefined) return { entries: [] };
  const entries: NameAddress[] = [];
  const texts = typeof header === 'string' ? [header] : header;
  for (const [at, text] of texts.entries()) {
    const found = readNameAddresses(text);
    // What else the header says is not believed either: the entry that counts may be in what cannot be read.
    if (isSipFault(found))
      return { entries: [], fault: { ...found, path: typeof header === 'string' ? path : `${path}/${at}` } };
    entries.push(...found);
  }
  return { entries };
}

function firstOf(entries: readonly NameAddress[]): NameAddress | undefined {
  let first: { readonly entry: NameAddress; readonly index: readonly number[] } | undefined;
  for (const entry of entries) {
    const index = indexOf(entry);
    // Without an index, as before RFC 4244, it is where it stands: behind nothing.
    if (index === undefined) first ??= { entry, index: [Number.MAX_SAFE_INTEGER] };
    else if (first === undefined || comesBefore(index, first.index)) first = { entry, index };
  }
  return first?.entry;
}

const indexForm = /^\d{1,9}(?:\.\d{1,9})*$/;

function indexOf({ parameters }: NameAddress): readonly number[] | undefined {
  const text = parameters.get('index');
  return text === undefined || !indexForm.test(text) ? undefined : text.split('.').map(Number);
}

function comesBefore(one: readonly number[], other: readonly number[]): boolean {
  for (const [at, number] of one.entries()) {
    const beside = other[at];
    if (beside === undefined) return false;
    if (number !== beside) return number < beside;
  }
  return one.length < other.length;
}

function lastOf(entries: readonly NameAddress[]): NameAddress | undefined {
  return entries.at(-1);
}
